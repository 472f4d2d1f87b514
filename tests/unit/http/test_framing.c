/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The struct that comes of each decision; tests/http/requests.txt and responses.txt have the
 * messages.
 */
#include "http/framing.h"

#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static struct http_head head;
static struct http_framing framing;
static const char *why;

static void
clear(void)
{
	lvn_http_head_clear(&head);
}

TEST_FIXTURE(NULL, clear);

/* A head with these fields. */
static int
frame_request(const char *first_line, const char *fields, unsigned lenient)
{
	char text[512];

	snprintf(text, sizeof(text), "%s\r\nHost: a\r\n%s\r\n", first_line, fields);
	ck_assert_int_eq(lvn_http_head_parse_request(
			     &head, text, strlen(text), &lvn_http_limits_default, lenient, &why),
	    0);
	return lvn_http_framing_of_request(&head, lenient, &framing, &why);
}

static int
frame_response(const char *first_line, const char *fields, bool to_head, bool to_connect)
{
	char text[512];

	snprintf(text, sizeof(text), "%s\r\n%s\r\n", first_line, fields);
	ck_assert_int_eq(lvn_http_head_parse_response(
			     &head, text, strlen(text), &lvn_http_limits_default, 0, &why),
	    0);
	return lvn_http_framing_of_response(&head, to_head, to_connect, 0, &framing, &why);
}

static void
check_framing(enum http_body body, uint64_t size, bool keep_alive, bool must_close)
{
	ck_assert_int_eq(framing.body, body);
	ck_assert_uint_eq(framing.size, size);
	ck_assert_int_eq(framing.keep_alive, keep_alive);
	ck_assert_int_eq(framing.must_close, must_close);
}

TEST(lvn_http_framing_of_request__bodies)
{
	ck_assert_int_eq(frame_request("GET / HTTP/1.1", "", 0), 0);
	check_framing(HTTP_BODY_NONE, 0, true, false);
	ck_assert_int_eq(frame_request("GET / HTTP/1.1", "Content-Length: 0\r\n", 0), 0);
	check_framing(HTTP_BODY_NONE, 0, true, false);
	ck_assert_int_eq(frame_request("GET / HTTP/1.1", "Content-Length: 7\r\n", 0), 0);
	check_framing(HTTP_BODY_SIZED, 7, true, false);
	ck_assert_int_eq(frame_request("GET / HTTP/1.1", "Transfer-Encoding: chunked\r\n", 0), 0);
	check_framing(HTTP_BODY_CHUNKED, 0, true, false);
}

TEST(lvn_http_framing_of_request__largest_length)
{
	ck_assert_int_eq(
	    frame_request("PUT / HTTP/1.1", "Content-Length: 9223372036854775807\r\n", 0), 0);
	check_framing(HTTP_BODY_SIZED, INT64_MAX, true, false);
	ck_assert_int_eq(
	    frame_request("PUT / HTTP/1.1", "Content-Length: 9223372036854775808\r\n", 0), 400);
}

TEST(lvn_http_framing_of_request__refused_ones_write_nothing)
{
	framing.size = 12345;
	why = NULL;
	ck_assert_int_eq(frame_request("PUT / HTTP/1.1", "Content-Length: 1, 1\r\n", 0), 400);
	ck_assert_ptr_nonnull(why);
	ck_assert_int_eq(
	    frame_request("PUT / HTTP/1.1", "Transfer-Encoding: gzip, chunked\r\n", 0), 501);
	ck_assert_int_eq(
	    frame_request("PUT / HTTP/1.1", "Expect: x\r\nContent-Length: 1\r\n", 0), 417);
	ck_assert_uint_eq(framing.size, 12345);
}

TEST(lvn_http_framing_of_request__both_lengths_close)
{
	static const char *const fields = "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n";

	ck_assert_int_eq(frame_request("PUT / HTTP/1.1", fields, 0), 400);
	ck_assert_int_eq(frame_request("PUT / HTTP/1.1", fields, HTTP_LENIENT_BOTH_LENGTHS), 0);
	check_framing(HTTP_BODY_CHUNKED, 0, false, true);
}

TEST(lvn_http_framing_of_request__same_lengths)
{
	static const char *const fields = "Content-Length: 7, 7\r\nContent-Length: 7\r\n";

	ck_assert_int_eq(frame_request("PUT / HTTP/1.1", fields, 0), 400);
	ck_assert_int_eq(frame_request("PUT / HTTP/1.1", fields, HTTP_LENIENT_SAME_LENGTHS), 0);
	check_framing(HTTP_BODY_SIZED, 7, true, false);
}

TEST(lvn_http_framing_of_request__versions_and_connection)
{
	ck_assert_int_eq(frame_request("GET / HTTP/1.0", "", 0), 0);
	check_framing(HTTP_BODY_NONE, 0, false, false);
	ck_assert_int_eq(frame_request("GET / HTTP/1.0", "Connection: Keep-Alive\r\n", 0), 0);
	check_framing(HTTP_BODY_NONE, 0, true, false);
	ck_assert_int_eq(frame_request("GET / HTTP/1.1", "Connection: te, close\r\n", 0), 0);
	check_framing(HTTP_BODY_NONE, 0, false, false);
}

TEST(lvn_http_framing_of_request__upgrade_and_expectation)
{
	ck_assert_int_eq(frame_request("GET / HTTP/1.1",
			     "Connection: x, Upgrade\r\nUpgrade: websocket\r\n"
			     "Expect: 100-continue\r\nContent-Length: 1\r\n",
			     0),
	    0);
	ck_assert(framing.upgrade);
	ck_assert(framing.expects_continue);
	ck_assert_int_eq(frame_request("GET / HTTP/1.1", "Expect: 100-continue\r\n", 0), 0);
	ck_assert(!framing.upgrade);
	ck_assert(!framing.expects_continue);
}

TEST(lvn_http_framing_of_response__bodies)
{
	ck_assert_int_eq(
	    frame_response("HTTP/1.1 200 OK", "Content-Length: 7\r\n", false, false), 0);
	check_framing(HTTP_BODY_SIZED, 7, true, false);
	ck_assert_int_eq(
	    frame_response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked\r\n", false, false), 0);
	check_framing(HTTP_BODY_CHUNKED, 0, true, false);
	ck_assert_int_eq(frame_response("HTTP/1.1 200 OK", "", false, false), 0);
	check_framing(HTTP_BODY_UNTIL_CLOSE, 0, false, true);
	ck_assert_int_eq(
	    frame_response("HTTP/1.1 200 OK", "Content-Length: 0\r\n", false, false), 0);
	check_framing(HTTP_BODY_NONE, 0, true, false);
}

TEST(lvn_http_framing_of_response__none_whatever_the_fields_say)
{
	ck_assert_int_eq(
	    frame_response("HTTP/1.1 200 OK", "Content-Length: x\r\n", true, false), 0);
	check_framing(HTTP_BODY_NONE, 0, true, false);
	ck_assert_int_eq(
	    frame_response("HTTP/1.1 304 x", "Content-Length: 7\r\n", false, false), 0);
	check_framing(HTTP_BODY_NONE, 0, true, false);
	ck_assert_int_eq(
	    frame_response("HTTP/1.1 103 x", "Transfer-Encoding: x\r\n", false, false), 0);
	check_framing(HTTP_BODY_NONE, 0, true, false);
}

TEST(lvn_http_framing_of_response__a_204_with_a_length_closes)
{
	ck_assert_int_eq(
	    frame_response("HTTP/1.1 204 x", "Content-Length: 7\r\n", false, false), 0);
	check_framing(HTTP_BODY_NONE, 0, false, true);
	ck_assert_int_eq(
	    frame_response("HTTP/1.1 204 x", "Content-Length: 0\r\n", false, false), 0);
	check_framing(HTTP_BODY_NONE, 0, true, false);
}

TEST(lvn_http_framing_of_response__tunnels)
{
	ck_assert_int_eq(
	    frame_response("HTTP/1.1 200 OK", "Content-Length: 7\r\n", false, true), 0);
	check_framing(HTTP_BODY_TUNNEL, 0, false, false);
	ck_assert_int_eq(frame_response("HTTP/1.1 101 x", "", false, false), 0);
	check_framing(HTTP_BODY_TUNNEL, 0, false, false);
	ck_assert_int_eq(frame_response("HTTP/1.1 407 x", "Content-Length: 7\r\n", false, true), 0);
	check_framing(HTTP_BODY_SIZED, 7, true, false);
}

TEST(lvn_http_framing_of_response__codings_in_http_1_0_close)
{
	ck_assert_int_eq(
	    frame_response("HTTP/1.0 200 OK",
		"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", false, false),
	    0);
	check_framing(HTTP_BODY_CHUNKED, 0, false, true);
}
