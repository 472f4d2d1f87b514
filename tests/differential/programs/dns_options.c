/* SPDX-License-Identifier: BSD-3-Clause */
/* What evdns_base_set_option returns for each option and value; what the options then do. */
#include "dns_kit.h"

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_server server;

static void
reply(const struct script_query *query, struct script_message *message)
{
	(void)query;
	(void)message;
}

static void
values(void)
{
	static const char *const names[] = {"ndots", "timeout", "max-timeouts", "max-inflight",
	    "attempts", "randomize-case", "bind-to", "initial-probe-timeout",
	    "getaddrinfo-allow-skew", "so-rcvbuf", "so-sndbuf", "no-such-option", "TIMEOUT", ""};
	static const char *const texts[] = {"0", "1", "3", "15", "16", "64", "255", "256", "65000",
	    "65001", "3600", "3601", "100000", "2147483647", "2147483648", "99999999999", "-1",
	    "abc", "", " 3", "3 ", "+3", "3x", "0x10", "0.5", "1.5", "0.0001", "1e1", "nan", "inf",
	    "127.0.0.1", "127.0.0.1:53", "::1", "[::1]:53", "[::1]", "0.0.0.0", "127.0.0.1:0",
	    "localhost"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			char with_colon[64];

			snprintf(with_colon, sizeof(with_colon), "%s:", names[i]);
			dns = evdns_base_new(base, 0);
			say("%s '%s': %d", names[i], texts[k],
			    evdns_base_set_option(dns, names[i], texts[k]));
			if (k < 4)
				say("%s '%s': %d", with_colon, texts[k],
				    evdns_base_set_option(dns, with_colon, texts[k]));
			evdns_base_free(dns, 0);
		}
	}
	dns = evdns_base_new(base, 0);
	say("timeout:5 '7': %d", evdns_base_set_option(dns, "timeout:5", "7"));
	say("timeout::  '7': %d", evdns_base_set_option(dns, "timeout::", "7"));
	say("timeouts '7': %d", evdns_base_set_option(dns, "timeouts", "7"));
	evdns_base_free(dns, 0);
}

/* How long a request takes that no server replies to. */
static void
duration(const char *first, const char *value, const char *second, const char *other)
{
	struct timeval before, after;

	dns = evdns_base_new(base, 0);
	dns_use(dns, &server);
	server.queries = 0;
	say("%s %s, %s %s", first, value, second, other);
	evdns_base_set_option(dns, first, value);
	evdns_base_set_option(dns, second, other);
	evutil_gettimeofday(&before, NULL);
	evdns_base_resolve_ipv4(dns, "a.test", 0, dns_say_answer, (void *)"  a");
	dns_wait(base, 1);
	evutil_gettimeofday(&after, NULL);
	evutil_timersub(&after, &before, &after);
	say("  after %d s, %d queries", (int)(after.tv_sec + (after.tv_usec + 500000) / 1000000),
	    server.queries);
	evdns_base_free(dns, 0);
}

/* How many requests are sent at a time. */
static void
at_a_time(const char *first, const char *second)
{
	dns = evdns_base_new(base, 0);
	dns_use(dns, &server);
	say("max-inflight %s, then %s", first, second);
	evdns_base_set_option(dns, "max-inflight", first);
	server.queries = 0;
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "a%d.test", i);
		evdns_base_resolve_ipv4(dns, name, 0, dns_say_answer, (void *)"  a");
	}
	for (int i = 0; i < 5; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	say("  %d queries", server.queries);
	evdns_base_set_option(dns, "max-inflight", second);
	for (int i = 0; i < 5; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	say("  %d queries", server.queries);
	evdns_base_free(dns, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	kit_drain(server.fd);
}

int
main(void)
{
	base = kit_base();
	dns_serve(&server, base, NULL, reply);
	values();
	duration("timeout", "5", "attempts", "3");
	duration("timeout", "5", "attempts", "1");
	duration("timeout", "2", "attempts", "1");
	duration("timeout", "1", "attempts", "2");
	duration("timeout", "1", "attempts", "10");
	duration("timeout", "1", "max-timeouts", "1");
	at_a_time("5", "10");
	at_a_time("10", "5");
	at_a_time("64", "100");
	at_a_time("1", "1");
	dns_stop(&server);
	event_base_free(base);
	return 0;
}
