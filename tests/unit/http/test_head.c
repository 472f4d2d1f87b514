/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests/http/requests.txt and responses.txt cannot show: reuse, memory, and how often a
 * byte is looked at.
 */
#include "http/head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/fail_nth.h"
#include "support/suite.h"

#define REQUEST "GET /a?b HTTP/1.1\r\nHost: a.example\r\nX-One: 1\r\nx-two:2\r\n\r\n"

static struct http_head head;
static const char *why;

static void
clear(void)
{
	lvn_http_head_clear(&head);
}

TEST_FIXTURE(NULL, clear);

static int
parse_request(const char *text)
{
	return lvn_http_head_parse_request(
	    &head, text, strlen(text), &lvn_http_limits_default, 0, &why);
}

static int
parse_response(const char *text)
{
	return lvn_http_head_parse_response(
	    &head, text, strlen(text), &lvn_http_limits_default, 0, &why);
}

static long
find_end(const char *text)
{
	struct http_head_search search = {0};

	return lvn_http_head_find_end(&search, text, strlen(text), &lvn_http_limits_default);
}

static void
check_slice(struct http_slice slice, const char *expected)
{
	ck_assert_msg(lvn_http_slice_is(slice, expected), "%.*s", (int)slice.size, slice.at);
}

TEST(lvn_http_head_find_end__behind_the_empty_line)
{
	ck_assert_int_eq(find_end(REQUEST), strlen(REQUEST));
	ck_assert_int_eq(find_end(REQUEST "body\r\n\r\n"), strlen(REQUEST));
	ck_assert_int_eq(find_end("\r\n\r\n" REQUEST), strlen(REQUEST) + 4);
	ck_assert_int_eq(find_end("GET / HTTP/1.0\n\nbody"), 16);
	ck_assert_int_eq(find_end("GET / HTTP/1.0\r\n\r\r\n"), 0);
	ck_assert_int_eq(find_end(""), 0);
}

TEST(lvn_http_head_find_end__no_head_is_known_by_its_first_byte)
{
	ck_assert_int_eq(find_end("\x16"), -400);
	ck_assert_int_eq(find_end("\r\n\x16"), -400);
	ck_assert_int_eq(find_end(" "), -400);
	ck_assert_int_eq(find_end("\r"), 0);
	ck_assert_int_eq(find_end("G"), 0);
}

/*
 * All bytes but the first of each line are overwritten once they were searched: a second look at
 * one of them would find an end.  So a head that comes byte by byte costs as much as a whole one.
 */
TEST(lvn_http_head_find_end__looks_at_each_byte_once)
{
	static char bytes[60000];
	struct http_head_search search = {0};
	size_t size = 0, end = sizeof(bytes) - 1;

	while (size < end) {
		bool begins_line = size % 1000 == 0 && size > 0;

		/* The byte that is new. */
		bytes[size++] = begins_line ? '\n' : 'x';
		ck_assert_int_eq(
		    lvn_http_head_find_end(&search, bytes, size, &lvn_http_limits_default), 0);
		ck_assert_uint_eq(search.at, size);
		ck_assert_uint_eq(search.lines, (size - 1) / 1000);
		if (size - 1 > search.line)
			bytes[size - 1] = '\n';
	}
}

TEST(lvn_http_head_find_end__limits_hold_before_a_line_ends)
{
	struct http_limits limits = {.head_size = 100, .line_size = 50, .fields = 3};
	static char bytes[200];

	memset(bytes, 'x', sizeof(bytes));
	for (size_t size = 1; size <= 60; size++) {
		struct http_head_search search = {0};

		ck_assert_int_eq(
		    lvn_http_head_find_end(&search, bytes, size, &limits), size <= 50 ? 0 : -414);
	}
	bytes[30] = bytes[70] = '\n';
	for (size_t size = 1; size <= 120; size++) {
		struct http_head_search search = {0};

		ck_assert_int_eq(
		    lvn_http_head_find_end(&search, bytes, size, &limits), size <= 100 ? 0 : -431);
	}
}

TEST(lvn_http_head_parse_request__parts_are_slices_of_the_bytes)
{
	static const char text[] = REQUEST;

	ck_assert_int_eq(parse_request(text), 0);

	ck_assert_ptr_eq(head.method.at, text);
	check_slice(head.method, "GET");
	check_slice(head.target, "/a?b");
	ck_assert_int_eq(head.form, HTTP_TARGET_ORIGIN);
	ck_assert_int_eq(head.major, 1);
	ck_assert_int_eq(head.minor, 1);
	ck_assert_uint_eq(head.field_count, 3);
	check_slice(head.fields[1].name, "X-One");
	check_slice(head.fields[1].value, "1");
	ck_assert_ptr_eq(head.fields[2].name.at, strstr(text, "x-two"));
	ck_assert_ptr_eq(head.fields[2].value.at, strstr(text, "2\r"));
	ck_assert_ptr_null(head.unfolded);
}

TEST(lvn_http_head_parse_response__parts)
{
	ck_assert_int_eq(parse_response("HTTP/1.0 404 Not Found\r\nX: v\r\n\r\n"), 0);

	ck_assert_int_eq(head.status, 404);
	check_slice(head.reason, "Not Found");
	ck_assert_int_eq(head.minor, 0);
	ck_assert_uint_eq(head.field_count, 1);
	ck_assert_uint_eq(head.method.size, 0);
}

TEST(lvn_http_head_parse_response__reason_may_be_missing)
{
	ck_assert_int_eq(parse_response("HTTP/1.1 200\r\n\r\n"), 0);
	check_slice(head.reason, "");
	ck_assert_int_eq(parse_response("HTTP/1.1 200 \r\n\r\n"), 0);
	check_slice(head.reason, "");
}

TEST(lvn_http_head_parse_request__a_head_is_used_again)
{
	struct http_field *fields;

	ck_assert_int_eq(parse_request(REQUEST), 0);
	fields = head.fields;
	ck_assert_int_eq(parse_request("POST / HTTP/1.0\r\nX: v\r\n\r\n"), 0);

	ck_assert_ptr_eq(head.fields, fields);
	ck_assert_uint_eq(head.field_count, 1);
	check_slice(head.method, "POST");
	ck_assert_int_eq(head.minor, 0);
}

TEST(lvn_http_head_parse_request__a_refused_head_has_no_fields)
{
	why = NULL;
	ck_assert_int_eq(parse_request("GET / HTTP/1.1\r\nHost: a\r\nX : v\r\n\r\n"), 400);
	ck_assert_uint_eq(head.field_count, 0);
	ck_assert_ptr_nonnull(why);

	ck_assert_int_eq(parse_request(REQUEST), 0);
	ck_assert_uint_eq(head.field_count, 3);
}

TEST(lvn_http_head_parse_request__exactly_one_head)
{
	ck_assert_int_eq(parse_request(REQUEST "x"), 400);
	ck_assert_int_eq(parse_request(REQUEST REQUEST), 400);
	for (size_t size = 0; size < strlen(REQUEST); size++) {
		char *bytes = malloc(size > 0 ? size : 1);

		memcpy(bytes, REQUEST, size);
		ck_assert_int_eq(lvn_http_head_parse_request(
				     &head, bytes, size, &lvn_http_limits_default, 0, &why),
		    400);
		free(bytes);
	}
}

TEST(lvn_http_head_parse_response__exactly_one_head)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nY: c\r\n\r\n";

	ck_assert_int_eq(parse_response(text), 0);
	for (size_t size = 0; size < strlen(text); size++) {
		char *bytes = malloc(size > 0 ? size : 1);

		memcpy(bytes, text, size);
		ck_assert_int_eq(lvn_http_head_parse_response(
				     &head, bytes, size, &lvn_http_limits_default, 0, &why),
		    400);
		free(bytes);
	}
}

TEST(lvn_http_head_parse_request__limits_hold_without_a_search)
{
	struct http_limits limits = {.line_size = 20, .fields = 2};

	ck_assert_int_eq(lvn_http_head_parse_request(
			     &head, "GET /456789 HTTP/1.0\r\n\r\n", 24, &limits, 0, &why),
	    414);
	ck_assert_int_eq(
	    lvn_http_head_parse_request(
		&head, "GET / HTTP/1.0\r\nX: 34567890123456789\r\n\r\n", 40, &limits, 0, &why),
	    431);
	ck_assert_int_eq(
	    lvn_http_head_parse_request(
		&head, "GET / HTTP/1.0\r\nX: 1\r\nX: 1\r\nX: 1\r\n\r\n", 36, &limits, 0, &why),
	    431);
}

TEST(lvn_http_head_parse_response__folded_values_are_copies)
{
	char text[] = "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nY: c\r\nZ:\r\n d\r\n\r\n";

	ck_assert_int_eq(parse_response(text), 0);

	check_slice(head.fields[0].value, "a  \tb");
	check_slice(head.fields[1].value, "c");
	check_slice(head.fields[2].value, "d");
	ck_assert_str_eq(text + 20, "a\r\n\tb\r\nY: c\r\nZ:\r\n d\r\n\r\n");
	ck_assert_int_eq(parse_response("HTTP/1.1 200 OK\r\nX: a\r\n\r\n"), 0);
	ck_assert_ptr_null(head.unfolded);
}

TEST(lvn_http_head_parse_response__many_folds)
{
	static char text[20000] = "HTTP/1.1 200 OK\r\n";
	struct http_limits limits = {0};
	size_t size = strlen(text);

	for (unsigned i = 0; i < 1000; i++) {
		memcpy(text + size, "X: a\r\n b\r\n", 10);
		size += 10;
	}
	memcpy(text + size, "\r\n", 2);
	size += 2;

	ck_assert_int_eq(lvn_http_head_parse_response(&head, text, size, &limits, 0, &why), 0);

	ck_assert_uint_eq(head.field_count, 1000);
	check_slice(head.fields[0].value, "a   b");
	check_slice(head.fields[999].value, "a   b");
}

TEST(lvn_http_head_parse_response__out_of_memory)
{
	struct fail_nth fail = {0};
	bool has_failed;

	do {
		int status;

		fail_nth_begin(&fail);
		status = parse_response("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n");
		has_failed = fail_nth_end(&fail);
		ck_assert_int_eq(status, has_failed ? -ENOMEM : 0);
		ck_assert_uint_eq(head.field_count, has_failed ? 0 : 1);
		lvn_http_head_clear(&head);
		fail.number++;
	} while (has_failed);
	ck_assert_uint_eq(fail.number, 3);
}

TEST(lvn_http_head_parse_request__the_array_of_fields_cannot_grow)
{
	struct fail_nth fail = {.number = 1};
	static char text[2000] = "GET / HTTP/1.0\r\n";

	for (unsigned i = 0; i < 17; i++)
		memcpy(text + strlen(text), "X: v\r\n", 6);
	memcpy(text + strlen(text), "\r\n", 2);

	fail_nth_begin(&fail);
	ck_assert_int_eq(parse_request(text), -ENOMEM);
	ck_assert(fail_nth_end(&fail));
	ck_assert_int_eq(parse_request(text), 0);
	ck_assert_uint_eq(head.field_count, 17);
}

TEST(lvn_http_head_clear__zeroed_memory_and_twice)
{
	struct http_head zeroed = {0};

	lvn_http_head_clear(&zeroed);
	ck_assert_int_eq(parse_request(REQUEST), 0);
	lvn_http_head_clear(&head);
	lvn_http_head_clear(&head);
	ck_assert_ptr_null(head.fields);
}

/* Of two fields the second one needs memory of the head's own; the first one moves there. */
TEST(lvn_http_head_init__lent_memory_is_used_and_stays_the_callers)
{
	static const char *const names[] = {"A", "B"};
	struct http_field lent[1];

	lvn_http_head_init(&head, lent, 1);
	ck_assert_int_eq(parse_request("GET / HTTP/1.0\r\nA: 1\r\n\r\n"), 0);
	ck_assert_ptr_eq(head.fields, lent);
	ck_assert_int_eq(parse_request("GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\n\r\n"), 0);
	ck_assert_ptr_ne(head.fields, lent);
	ck_assert_uint_eq(head.field_count, 2);
	for (unsigned i = 0; i < 2; i++)
		ck_assert(lvn_http_slice_is(head.fields[i].name, names[i]));
	lvn_http_head_clear(&head);
	ck_assert_ptr_null(head.fields);
}

TEST(lvn_http_head_next__finds_all_without_case)
{
	const struct http_field *field;
	unsigned index = 0;

	ck_assert_int_eq(
	    parse_request("GET / HTTP/1.0\r\nX: 1\r\nY: 2\r\nx: 3\r\nXX: 4\r\n\r\n"), 0);

	field = lvn_http_head_next(&head, "x", &index);
	check_slice(field->value, "1");
	field = lvn_http_head_next(&head, "x", &index);
	check_slice(field->value, "3");
	ck_assert_ptr_null(lvn_http_head_next(&head, "x", &index));
	ck_assert_ptr_null(lvn_http_head_next(&head, "x", &index));
}

TEST(lvn_http_head_has_token__all_occurrences_as_one_list)
{
	ck_assert_int_eq(parse_request("GET / HTTP/1.0\r\nConnection: a, B\r\nX: c\r\n"
				       "connection:\"d,e\" ,f\r\n\r\n"),
	    0);

	ck_assert(lvn_http_head_has_token(&head, "Connection", "a"));
	ck_assert(lvn_http_head_has_token(&head, "Connection", "b"));
	ck_assert(lvn_http_head_has_token(&head, "Connection", "F"));
	ck_assert(!lvn_http_head_has_token(&head, "Connection", "c"));
	ck_assert(!lvn_http_head_has_token(&head, "Connection", "d"));
	ck_assert(!lvn_http_head_has_token(&head, "Connection", "a, B"));
	ck_assert(!lvn_http_head_has_token(&head, "Y", "a"));
}

TEST(lvn_http_head_parse_field__one_line)
{
	struct http_field field = {.name = {"kept", 4}};

	ck_assert_int_eq(lvn_http_head_parse_field(&field, "X : v", 5, 0, &why), 400);
	ck_assert_int_eq(lvn_http_head_parse_field(&field, "X: a\r\nY: b", 10, 0, &why), 400);
	ck_assert_int_eq(lvn_http_head_parse_field(&field, "X: a\0", 5, 0, &why), 400);
	ck_assert_int_eq(lvn_http_head_parse_field(&field, "", 0, 0, &why), 400);
	check_slice(field.name, "kept");

	ck_assert_int_eq(lvn_http_head_parse_field(&field, "X: v ", 5, 0, &why), 0);
	check_slice(field.name, "X");
	check_slice(field.value, "v");
}
