/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/dns.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "dns/dns_log.h"
#include "dns/dns_options.h"
#include "support/suite.h"

#define MS ((int64_t)1000000)
#define S  (1000 * MS)

static struct dns_options options;
static unsigned warnings;

static void
count_warning(int is_warning, const char *text)
{
	(void)text;
	warnings += (unsigned)is_warning;
}

static void
set_up(void)
{
	lvn_dns_options_init(&options);
	lvn_dns_log_set_fn(count_warning);
}

TEST_FIXTURE(set_up, NULL);

static int
set(const char *name, const char *value)
{
	return lvn_dns_options_set(&options, name, value, DNS_OPTIONS_ALL);
}

TEST(lvn_dns_options_init__is_as_libevent)
{
	ck_assert_uint_eq(options.given, 0);
	ck_assert_uint_eq(options.ndots, 1);
	ck_assert_uint_eq(options.attempts, 3);
	ck_assert_uint_eq(options.max_timeouts, 3);
	ck_assert_uint_eq(options.max_inflight, 64);
	ck_assert_int_eq(options.timeout_ns, 5 * S);
	ck_assert_int_eq(options.initial_probe_ns, 10 * S);
	ck_assert_int_eq(options.allow_skew_ns, 3 * S);
	ck_assert(options.randomize_case);
	ck_assert(!options.use_tcp && !options.ignore_truncation);
	ck_assert_uint_eq(options.bind_to_size, 0);
	ck_assert_uint_eq(options.edns_udp_size, 1232);
}

/* What libevent returns for each value, and what it then takes. */
static const struct {
	const char *value;
	int64_t taken; /* by max-inflight; -1: refused */
	bool is_clamped;
} counts[] = {{"0", 1, true}, {"1", 1, false}, {"3", 3, false}, {"65000", 65000, false},
    {"65001", 65000, true}, {"2147483648", 65000, true}, {"9223372036854775807", 65000, true},
    {"9223372036854775808", -1, false}, {"99999999999999999999", -1, false}, {"-1", -1, false},
    {"-2", 1, true}, {"abc", -1, false}, {"5x", -1, false}, {"", 1, true}, {"  5", 5, false},
    {"5 ", -1, false}, {" ", -1, false}, {"+5", 5, false}, {"+", -1, false}, {"010", 10, false},
    {"0x10", -1, false}, {"1.5", -1, false}};

TEST_RANGE(lvn_dns_options_set__counts, 0, (int)LVN_COUNT_OF(counts))
{
	bool is_refused = counts[_i].taken < 0;

	ck_assert_int_eq(set("max-inflight", counts[_i].value), is_refused ? -EINVAL : 0);

	ck_assert_uint_eq(options.max_inflight, is_refused ? 64 : counts[_i].taken);
	ck_assert_uint_eq(warnings, is_refused || counts[_i].is_clamped);
}

static const struct {
	const char *value;
	int64_t taken_ns; /* -1: refused */
} times[] = {{"5", 5 * S}, {"+5", 5 * S}, {" \t5", 5 * S}, {"1.5", 1500 * MS}, {"5.", 5 * S},
    {".25", 250 * MS}, {"0.001", MS}, {"0.0010001", MS + 100}, {"1.0000000019", S + 1},
    {"010", 10 * S}, {"2147483647", INT32_MAX *S}, {"2147483648", INT32_MAX *S},
    {"99999999999999999999", INT32_MAX *S}, {"0", -1}, {"0.0009", -1}, {"-1", -1}, {"-5", -1},
    {"", -1}, {".", -1}, {"+.", -1}, {"+", -1}, {"5x", -1}, {"5 ", -1}, {"1.5.5", -1}, {"abc", -1},
    {"nan", -1}, {"inf", -1}, {"1e2", -1}, {"0x10", -1}, {"1,5", -1}};

TEST_RANGE(lvn_dns_options_set__times, 0, (int)LVN_COUNT_OF(times))
{
	bool is_refused = times[_i].taken_ns < 0;

	ck_assert_int_eq(set("timeout", times[_i].value), is_refused ? -EINVAL : 0);

	ck_assert_int_eq(options.timeout_ns, is_refused ? 5 * S : times[_i].taken_ns);
	ck_assert_uint_eq(options.given, is_refused ? 0 : GIVEN_TIMEOUT);
}

static const struct {
	const char *name;
	const char *value;
	size_t offset;
	size_t size;
	int64_t taken;
	unsigned part;
	uint32_t given;
} places[] = {
#define PLACE(member) offsetof(struct dns_options, member), sizeof(options.member)
    {"ndots", "2", PLACE(ndots), 2, DNS_OPTION_SEARCH, 0},
    {"timeout", "2", PLACE(timeout_ns), 2 * S, DNS_OPTION_MISC, GIVEN_TIMEOUT},
    {"max-timeouts", "255", PLACE(max_timeouts), 255, DNS_OPTION_MISC, GIVEN_MAX_TIMEOUTS},
    {"max-inflight", "7", PLACE(max_inflight), 7, DNS_OPTION_MISC, 0},
    {"attempts", "255", PLACE(attempts), 255, DNS_OPTION_MISC, GIVEN_ATTEMPTS},
    {"initial-probe-timeout", "4", PLACE(initial_probe_ns), 4 * S, DNS_OPTION_MISC,
	GIVEN_INITIAL_PROBE},
    {"max-probe-timeout", "60", PLACE(max_probe_ns), 60 * S, DNS_OPTION_MISC, GIVEN_MAX_PROBE},
    {"probe-backoff-factor", "2", PLACE(probe_factor), 2, DNS_OPTION_MISC, 0},
    {"getaddrinfo-allow-skew", "1", PLACE(allow_skew_ns), S, DNS_OPTION_MISC, 0},
    {"so-rcvbuf", "5000", PLACE(receive_buffer), 5000, DNS_OPTION_MISC, 0},
    {"so-sndbuf", "0", PLACE(send_buffer), 0, DNS_OPTION_MISC, 0},
    {"tcp-idle-timeout", "9", PLACE(tcp_idle_ns), 9 * S, DNS_OPTION_MISC, 0},
    {"edns-udp-size", "4096", PLACE(edns_udp_size), 4096, DNS_OPTION_MISC, 0},
    {"randomize-case", "0", PLACE(randomize_case), 0, DNS_OPTION_MISC, 0},
    {"randomize-case", "2", PLACE(randomize_case), 1, DNS_OPTION_MISC, 0},
    {"use-vc", NULL, PLACE(use_tcp), 1, DNS_OPTION_MISC, 0},
    {"ignore-tc", "", PLACE(ignore_truncation), 1, DNS_OPTION_MISC, 0},
};

static int64_t
taken_at(size_t offset, size_t size)
{
	const void *place = (const char *)&options + offset;

	if (size == sizeof(int64_t))
		return *(const int64_t *)place;
	return size == sizeof(bool) ? *(const bool *)place : *(const unsigned *)place;
}

TEST_RANGE(lvn_dns_options_set__each_option_has_its_place, 0, (int)LVN_COUNT_OF(places))
{
	char with_colon[64];
	size_t length = strlen(places[_i].name);

	memcpy(with_colon, places[_i].name, length);
	memcpy(with_colon + length, ":x", 3);
	ck_assert_int_eq(lvn_dns_options_set(&options, places[_i].name, "3", ~places[_i].part), 0);
	ck_assert_uint_eq(options.given, 0);

	ck_assert_int_eq(
	    lvn_dns_options_set(&options, with_colon, places[_i].value, places[_i].part), 0);

	ck_assert_int_eq(taken_at(places[_i].offset, places[_i].size), places[_i].taken);
	ck_assert_uint_eq(options.given, places[_i].given);
	ck_assert_uint_eq(warnings, 0);
}

TEST(lvn_dns_options_set__unknown_names_change_nothing)
{
	static const char *const names[] = {
	    "rotate", "", ":", "Timeout", "timeou", "timeoutx", "ndots foo", "edns0"};
	struct dns_options before = options;

	for (size_t i = 0; i < LVN_COUNT_OF(names); i++)
		ck_assert_int_eq(set(names[i], "5"), 0);

	ck_assert_mem_eq(&options, &before, sizeof(before));
	ck_assert_uint_eq(warnings, 0);
}

TEST(lvn_dns_options_set__without_a_value)
{
	ck_assert_int_eq(set("timeout", NULL), -EINVAL);
	ck_assert_int_eq(set("ndots", NULL), -EINVAL);
	ck_assert_int_eq(set("bind-to", NULL), -EINVAL);
	ck_assert_uint_eq(warnings, 3);
}

TEST(lvn_dns_options_set__bind_to)
{
	ck_assert_int_eq(set("bind-to", "127.0.0.9:99"), 0);
	ck_assert_uint_eq(options.bind_to_size, sizeof(struct sockaddr_in));
	ck_assert_uint_eq(ntohl(options.bind_to.v4.sin_addr.s_addr), 0x7f000009);
	ck_assert_uint_eq(ntohs(options.bind_to.v4.sin_port), 99);

	ck_assert_int_eq(set("bind-to:", "::1"), 0);
	ck_assert_uint_eq(options.bind_to_size, sizeof(struct sockaddr_in6));

	ck_assert_int_eq(set("bind-to", "localhost"), -EINVAL);
	ck_assert_uint_eq(options.bind_to_size, sizeof(struct sockaddr_in6));
	ck_assert_int_eq(lvn_dns_options_set(&options, "bind-to", "1.2.3.4", DNS_OPTION_MISC), 0);
	ck_assert_uint_eq(options.bind_to_size, sizeof(struct sockaddr_in6));
}

TEST(lvn_dns_options_set__the_longest_pause_bounds_the_first_one)
{
	ck_assert_int_eq(set("max-probe-timeout", "4"), 0);
	ck_assert_int_eq(options.initial_probe_ns, 4 * S);

	ck_assert_int_eq(set("initial-probe-timeout", "9"), 0);
	ck_assert_int_eq(options.initial_probe_ns, 4 * S);
}
