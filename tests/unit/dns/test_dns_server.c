/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "dns/dns_options.h"
#include "support/dns_network_kit.h"

#define MS INT64_C(1000000)

static struct dns_options options;
static struct dns_server server;

static void
set_up(void)
{
	kit_default_options(&options);
	server = (struct dns_server){.number = 0};
}

static void
reply(int64_t took_ns)
{
	ck_assert(!lvn_dns_server_note_reply(&server, true, 1000 * MS, took_ns));
}

TEST_FIXTURE(set_up, NULL);

/* ---- Timeouts --------------------------------------------------------------------------- */

TEST(lvn_dns_server_timeout__two_seconds_until_three_replies)
{
	ck_assert_int_eq(lvn_dns_server_timeout(&server, &options, 0), 2000 * MS);
	reply(100 * MS);
	reply(100 * MS);
	ck_assert_int_eq(lvn_dns_server_timeout(&server, &options, 0), 2000 * MS);
	reply(100 * MS);
	ck_assert_int_eq(lvn_dns_server_timeout(&server, &options, 0), 500 * MS);
}

TEST(lvn_dns_server_timeout__doubles_up_to_five_seconds)
{
	static const int64_t expected_ms[] = {500, 1000, 2000, 4000, 5000, 5000};

	for (int i = 0; i < 3; i++)
		reply(100 * MS);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_int_eq(lvn_dns_server_timeout(&server, &options, i), expected_ms[i] * MS);
	ck_assert_int_eq(lvn_dns_server_timeout(&server, &options, 4000000000), 5000 * MS);
}

TEST(lvn_dns_server_timeout__a_quarter_second_to_five_seconds)
{
	for (int i = 0; i < 3; i++)
		reply(1 * MS);
	ck_assert_int_eq(lvn_dns_server_timeout(&server, &options, 0), 250 * MS);
	for (int i = 0; i < 300; i++)
		reply(3000 * MS);
	ck_assert_int_eq(lvn_dns_server_timeout(&server, &options, 0), 5000 * MS);
}

TEST(lvn_dns_server_timeout__that_of_the_program)
{
	options.given = GIVEN_TIMEOUT;
	options.timeout_ns = 123;
	for (int i = 0; i < 3; i++)
		reply(100 * MS);
	ck_assert_int_eq(lvn_dns_server_timeout(&server, &options, 0), 123);
	ck_assert_int_eq(lvn_dns_server_timeout(&server, &options, 3), 123);
}

/* ---- Failures --------------------------------------------------------------------------- */

static bool
note_failure(enum dns_failure failure, int64_t now_ns)
{
	return lvn_dns_server_note_failure(&server, &options, failure, now_ns);
}

TEST(lvn_dns_server_note_failure__three_timeouts_in_a_row)
{
	ck_assert(!note_failure(DNS_FAILURE_TIMEOUT, 0));
	ck_assert(!note_failure(DNS_FAILURE_TIMEOUT, 0));
	reply(1);
	ck_assert(!note_failure(DNS_FAILURE_TIMEOUT, 0));
	ck_assert(!note_failure(DNS_FAILURE_TIMEOUT, 0));
	ck_assert(note_failure(DNS_FAILURE_TIMEOUT, 0));
	ck_assert(!note_failure(DNS_FAILURE_TIMEOUT, 0));
	ck_assert(server.has_failed);
	ck_assert(lvn_dns_server_note_reply(&server, true, 0, 0));
	ck_assert(!server.has_failed);
	ck_assert_uint_eq(server.failures, 0);
	ck_assert_uint_eq(server.timeouts, 6);
}

TEST(lvn_dns_server_note_failure__a_refusal_counts_at_once)
{
	ck_assert(note_failure(DNS_FAILURE_SYSTEM, 0));
	ck_assert_uint_eq(server.failures, options.max_timeouts);
	ck_assert_uint_eq(server.errors, 1);
}

TEST(lvn_dns_server_note_failure__a_bad_reply_counts_as_one)
{
	ck_assert(!note_failure(DNS_FAILURE_RCODE, 0));
	/* An error is no proof that it works. */
	ck_assert(!lvn_dns_server_note_reply(&server, false, 0, 0));
	ck_assert(!note_failure(DNS_FAILURE_RCODE, 0));
	ck_assert(note_failure(DNS_FAILURE_RCODE, 0));
	ck_assert(!lvn_dns_server_note_reply(&server, false, 0, 0));
	ck_assert(server.has_failed);
	ck_assert_uint_eq(server.timeouts, 0);
	ck_assert_uint_eq(server.replies, 2);
}

TEST(lvn_dns_server_note_failure__never_overflows)
{
	options.max_timeouts = 4000000000;
	server.failures = UINT16_MAX;
	ck_assert(!note_failure(DNS_FAILURE_TIMEOUT, 0));
	ck_assert_uint_eq(server.failures, UINT16_MAX);
	ck_assert(note_failure(DNS_FAILURE_SYSTEM, 0));
	ck_assert_uint_eq(server.failures, 4000000000);
}

/* ---- Probes ----------------------------------------------------------------------------- */

TEST(lvn_dns_server_note_probe__pauses_grow_to_half_a_minute)
{
	static const int64_t expected_ms[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
	int64_t now_ns = 5000 * MS;

	note_failure(DNS_FAILURE_TIMEOUT, now_ns);
	ck_assert_int_eq(server.probe_ns, now_ns + 1000 * MS);
	note_failure(DNS_FAILURE_TIMEOUT, now_ns + 500 * MS);
	ck_assert_int_eq(server.probe_ns, now_ns + 1000 * MS);
	for (int i = 0; i < 7; i++) {
		lvn_dns_server_note_probe(&server, &options, now_ns);
		ck_assert_int_eq(server.probe_ns, now_ns + expected_ms[i] * MS);
	}
	lvn_dns_server_note_reply(&server, true, 0, 0);
	note_failure(DNS_FAILURE_TIMEOUT, now_ns);
	ck_assert_int_eq(server.probe_ns, now_ns + 1000 * MS);
}

TEST(lvn_dns_server_note_probe__options_that_are_set)
{
	static const int64_t expected_ms[] = {10000, 50000, 100000, 100000};

	options.given = GIVEN_INITIAL_PROBE;
	options.initial_probe_ns = 10000 * MS;
	options.max_probe_ns = 100000 * MS;
	options.probe_factor = 5;
	for (int i = 0; i < 4; i++) {
		lvn_dns_server_note_probe(&server, &options, 0);
		ck_assert_int_eq(server.probe_ns, expected_ms[i] * MS);
	}
}

/* ---- Text ------------------------------------------------------------------------------- */

TEST(lvn_dns_server_print__address_and_port)
{
	char text[LVN_DNS_SERVER_TEXT_CAPACITY];

	server.address.v4.sin_family = AF_INET;
	server.address.v4.sin_port = htons(53);
	server.address.v4.sin_addr.s_addr = htonl(0xc0000201);
	lvn_dns_server_print(&server, text);
	ck_assert_str_eq(text, "192.0.2.1:53");
	memset(&server.address, 0xff, sizeof(server.address));
	server.address.v6.sin6_family = AF_INET6;
	lvn_dns_server_print(&server, text);
	ck_assert_str_eq(text, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

TEST(lvn_dns_server_rcode_text__all)
{
	static const char *const expected[] = {"Bad response",
	    "Bad response 1 (misformatted query)", "Bad response 2 (server failed)", "Bad response",
	    "Bad response 4 (query not implemented)", "Bad response 5 (refused)", "Bad response"};

	for (unsigned i = 0; i < 7; i++)
		ck_assert_str_eq(lvn_dns_server_rcode_text(i), expected[i]);
}
