/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_options.h"

#include <errno.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/number.h"
#include "dns/dns_log.h"

#define MS ((int64_t)1000000)
#define S  (1000 * MS)

enum kind {
	COUNT,   /* an unsigned */
	TIME,    /* an int64_t, in nanoseconds */
	SWITCH,  /* a bool: whether the number is not 0 */
	PRESENT, /* a bool: true, whatever the value is */
	ADDRESS  /* bind_to */
};

struct option {
	const char *name;
	enum kind kind;
	unsigned part; /* of the configuration */
	size_t offset;
	int64_t least;
	int64_t most;
	uint32_t given;
};

#define AT(member) offsetof(struct dns_options, member)
/* What libevent takes for a time: fractions down to a millisecond. */
#define TIMES 1 * MS, INT32_MAX *S

static const struct option table[] = {
    {"ndots", COUNT, DNS_OPTION_SEARCH, AT(ndots), 0, INT_MAX, 0},
    {"timeout", TIME, DNS_OPTION_MISC, AT(timeout_ns), TIMES, GIVEN_TIMEOUT},
    {"max-timeouts", COUNT, DNS_OPTION_MISC, AT(max_timeouts), 1, 255, GIVEN_MAX_TIMEOUTS},
    {"max-inflight", COUNT, DNS_OPTION_MISC, AT(max_inflight), 1, 65000, 0},
    {"attempts", COUNT, DNS_OPTION_MISC, AT(attempts), 1, 255, GIVEN_ATTEMPTS},
    {"randomize-case", SWITCH, DNS_OPTION_MISC, AT(randomize_case), INT_MIN, INT_MAX, 0},
    {"bind-to", ADDRESS, DNS_OPTION_NAMESERVERS, AT(bind_to), 0, 0, 0},
    {"initial-probe-timeout", TIME, DNS_OPTION_MISC, AT(initial_probe_ns), TIMES,
	GIVEN_INITIAL_PROBE},
    {"max-probe-timeout", TIME, DNS_OPTION_MISC, AT(max_probe_ns), TIMES, GIVEN_MAX_PROBE},
    {"probe-backoff-factor", COUNT, DNS_OPTION_MISC, AT(probe_factor), 1, 255, 0},
    {"getaddrinfo-allow-skew", TIME, DNS_OPTION_MISC, AT(allow_skew_ns), TIMES, 0},
    {"so-rcvbuf", COUNT, DNS_OPTION_MISC, AT(receive_buffer), 0, INT_MAX, 0},
    {"so-sndbuf", COUNT, DNS_OPTION_MISC, AT(send_buffer), 0, INT_MAX, 0},
    {"tcp-idle-timeout", TIME, DNS_OPTION_MISC, AT(tcp_idle_ns), TIMES, 0},
    {"use-vc", PRESENT, DNS_OPTION_MISC, AT(use_tcp), 0, 0, 0},
    {"ignore-tc", PRESENT, DNS_OPTION_MISC, AT(ignore_truncation), 0, 0, 0},
    {"edns-udp-size", COUNT, DNS_OPTION_MISC, AT(edns_udp_size), 512, 65535, 0},
};

void
lvn_dns_options_init(struct dns_options *options)
{
	*options = (struct dns_options){
	    .ndots = 1,
	    .attempts = 3,
	    .max_timeouts = 3,
	    .max_inflight = 64,
	    .timeout_ns = 5 * S,
	    .initial_probe_ns = 10 * S,
	    .max_probe_ns = 3600 * S,
	    .probe_factor = 3,
	    .allow_skew_ns = 3 * S,
	    .tcp_idle_ns = 30 * S,
	    .edns_udp_size = 1232,
	    .randomize_case = true,
	};
}

static const struct option *
find(const char *name)
{
	size_t length = strcspn(name, ":");

	for (size_t i = 0; i < LVN_COUNT_OF(table); i++) {
		if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0)
			return &table[i];
	}
	return NULL;
}

/* A whole number, as libevent takes it: nothing is 0, and -1 is how it notes a failure. */
static int
read_count(const char *text, int64_t *count_out)
{
	const char *end = text + strlen(text);
	struct loose_number number = {0, false};

	if (text != end && lvn_number_read_loose(text, end, &number) != end)
		return -EINVAL;
	if (number.magnitude > INT64_MAX || (number.negative && number.magnitude == 1))
		return -EINVAL;
	*count_out = number.negative ? -(int64_t)number.magnitude : (int64_t)number.magnitude;
	return 0;
}

/* The digits after a point as nanoseconds; those beyond are read over. */
static const char *
read_fraction(const char *at, int64_t *ns_out)
{
	int64_t unit = S / 10;

	for (*ns_out = 0; *at >= '0' && *at <= '9'; at++) {
		*ns_out += (*at - '0') * unit;
		unit /= 10;
	}
	return at;
}

/* Seconds, perhaps with a fraction. */
static int
read_time(const char *text, int64_t *ns_out)
{
	const char *end = text + strlen(text);
	const char *start = text + strspn(text, " \t");
	uint64_t seconds;
	int64_t fraction = 0;
	const char *at;

	if (*start == '+')
		start++;
	at = lvn_number_read_digits(start, end, 10, &seconds);
	if (*at == '.')
		at = read_fraction(at + 1, &fraction);
	if (at != end || at == start || (at == start + 1 && *start == '.'))
		return -EINVAL;
	*ns_out = seconds > INT32_MAX ? INT64_MAX : (int64_t)seconds * S + fraction;
	return *ns_out < MS ? -EINVAL : 0;
}

static int64_t
clamp(const struct option *option, int64_t value, const char *text)
{
	int64_t allowed = value < option->least ? option->least : value;

	if (allowed > option->most)
		allowed = option->most;
	if (allowed != value)
		lvn_dns_log_warn("Option %s is out of range: %s", option->name, text);
	return allowed;
}

static int
set_number(const struct option *option, void *place, const char *text)
{
	int64_t value;
	int rc = option->kind == TIME ? read_time(text, &value) : read_count(text, &value);

	if (rc < 0)
		return rc;
	value = clamp(option, value, text);
	if (option->kind == TIME)
		*(int64_t *)place = value;
	else if (option->kind == COUNT)
		*(unsigned *)place = (unsigned)value;
	else
		*(bool *)place = value != 0;
	return 0;
}

static int
set_bind_to(struct dns_options *options, const char *text)
{
	union inet_sockaddr address;
	int size = sizeof(address);

	if (evutil_parse_sockaddr_port(text, &address.any, &size) < 0)
		return -EINVAL;
	options->bind_to = address;
	options->bind_to_size = (unsigned)size;
	return 0;
}

static int
set(struct dns_options *options, const struct option *option, const char *text)
{
	void *place = (char *)options + option->offset;

	if (option->kind == PRESENT) {
		*(bool *)place = true;
		return 0;
	}
	if (!text)
		return -EINVAL;
	return option->kind == ADDRESS ? set_bind_to(options, text)
				       : set_number(option, place, text);
}

int
lvn_dns_options_set(
    struct dns_options *options, const char *name, const char *value, unsigned parts)
{
	const struct option *option = find(name);

	if (!option || !(option->part & parts))
		return 0;
	if (set(options, option, value) < 0) {
		lvn_dns_log_warn(
		    "Option %s has no such value: %s", option->name, value ? value : "(none)");
		return -EINVAL;
	}
	options->given |= option->given;
	if (options->initial_probe_ns > options->max_probe_ns)
		options->initial_probe_ns = options->max_probe_ns;
	return 0;
}
