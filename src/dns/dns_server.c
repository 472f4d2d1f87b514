/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_server.h"

#include <arpa/inet.h>
#include <event2/util.h>

#include "dns/dns_message.h"
#include "dns/dns_options.h"

#define MS INT64_C(1000000)

#define TIMEOUT_UNKNOWN_NS (2000 * MS)
#define TIMEOUT_LEAST_NS   (250 * MS)
#define TIMEOUT_MOST_NS    (5000 * MS)
#define TIMEOUT_LATENCIES  5

/* The weight of a new sample is 1 / 8, that of RFC 6298. */
#define SMOOTHING 8

/* Where the program has not set them: probes are real questions, and cost little. */
#define PROBE_FIRST_NS (1000 * MS)
#define PROBE_MOST_NS  (30000 * MS)
#define PROBE_FACTOR   2

static void
add_sample(struct dns_server *server, int64_t took_ns)
{
	if (server->samples == 0)
		server->latency_ns = took_ns;
	else
		server->latency_ns += (took_ns - server->latency_ns) / SMOOTHING;
	if (server->samples < LVN_DNS_SERVER_SAMPLES)
		server->samples++;
}

bool
lvn_dns_server_note_reply(struct dns_server *server, bool is_good, int64_t now_ns, int64_t took_ns)
{
	bool has_recovered = is_good && server->has_failed;

	server->replies++;
	server->replied_ns = now_ns;
	if (took_ns >= 0)
		add_sample(server, took_ns);
	if (is_good) {
		server->failures = 0;
		server->has_failed = false;
	}
	return has_recovered;
}

static int64_t
first_pause(const struct dns_options *options)
{
	return options->given & GIVEN_INITIAL_PROBE ? options->initial_probe_ns : PROBE_FIRST_NS;
}

static int64_t
next_pause(const struct dns_options *options, int64_t pause_ns)
{
	bool is_given = options->given & (GIVEN_INITIAL_PROBE | GIVEN_MAX_PROBE);
	int64_t factor = is_given ? options->probe_factor : PROBE_FACTOR;
	int64_t most = is_given ? options->max_probe_ns : PROBE_MOST_NS;

	return pause_ns < most / factor ? pause_ns * factor : most;
}

void
lvn_dns_server_note_probe(
    struct dns_server *server, const struct dns_options *options, int64_t now_ns)
{
	if (server->pause_ns == 0)
		server->pause_ns = first_pause(options);
	server->probe_ns = now_ns + server->pause_ns;
	server->pause_ns = next_pause(options, server->pause_ns);
}

static void
count(struct dns_server *server, enum dns_failure failure)
{
	if (failure == DNS_FAILURE_TIMEOUT)
		server->timeouts++;
	else if (failure == DNS_FAILURE_SYSTEM)
		server->errors++;
}

bool
lvn_dns_server_note_failure(struct dns_server *server, const struct dns_options *options,
    enum dns_failure failure, int64_t now_ns)
{
	bool had_failed = server->has_failed;

	count(server, failure);
	if (server->failures == 0) {
		server->pause_ns = first_pause(options);
		server->probe_ns = now_ns + server->pause_ns;
	}
	if (server->failures < UINT16_MAX)
		server->failures++;
	if (failure == DNS_FAILURE_SYSTEM && server->failures < options->max_timeouts)
		server->failures = options->max_timeouts;
	if (server->failures >= options->max_timeouts)
		server->has_failed = true;
	return server->has_failed && !had_failed;
}

int64_t
lvn_dns_server_timeout(
    const struct dns_server *server, const struct dns_options *options, unsigned rounds)
{
	int64_t timeout_ns = TIMEOUT_UNKNOWN_NS;

	if (options->given & GIVEN_TIMEOUT)
		return options->timeout_ns;
	if (server->samples >= LVN_DNS_SERVER_SAMPLES)
		timeout_ns = TIMEOUT_LATENCIES * server->latency_ns;
	if (timeout_ns < TIMEOUT_LEAST_NS)
		timeout_ns = TIMEOUT_LEAST_NS;
	while (rounds-- > 0 && timeout_ns < TIMEOUT_MOST_NS)
		timeout_ns *= 2;
	return timeout_ns < TIMEOUT_MOST_NS ? timeout_ns : TIMEOUT_MOST_NS;
}

void
lvn_dns_server_print(const struct dns_server *server, char text_out[LVN_DNS_SERVER_TEXT_CAPACITY])
{
	bool is_4 = server->address.any.sa_family == AF_INET;
	const void *bytes = is_4 ? (const void *)&server->address.v4.sin_addr
				 : (const void *)&server->address.v6.sin6_addr;
	in_port_t port = is_4 ? server->address.v4.sin_port : server->address.v6.sin6_port;
	char text[INET6_ADDRSTRLEN] = "?";

	evutil_inet_ntop(server->address.any.sa_family, bytes, text, sizeof(text));
	evutil_snprintf(
	    text_out, LVN_DNS_SERVER_TEXT_CAPACITY, is_4 ? "%s:%u" : "[%s]:%u", text, ntohs(port));
}

const char *
lvn_dns_server_rcode_text(unsigned rcode)
{
	switch (rcode) {
	case DNS_RCODE_FORMERR:
		return "Bad response 1 (misformatted query)";
	case DNS_RCODE_SERVFAIL:
		return "Bad response 2 (server failed)";
	case DNS_RCODE_NOTIMP:
		return "Bad response 4 (query not implemented)";
	case DNS_RCODE_REFUSED:
		return "Bad response 5 (refused)";
	default:
		return "Bad response";
	}
}
