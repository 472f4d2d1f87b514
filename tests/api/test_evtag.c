/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tagged data: what one function writes, another one reads; hostile sizes; what is left of a
 * buffer and of results after a failure; short memory.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/tag.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static struct evbuffer *buffer;
static int log_lines;

static void
count_line(int severity, const char *text)
{
	(void)severity;
	(void)text;
	log_lines++;
}

static void
set_up(void)
{
	buffer = evbuffer_new();
	ck_assert_ptr_nonnull(buffer);
	log_lines = 0;
	event_set_log_callback(count_line);
}

static void
tear_down(void)
{
	event_set_log_callback(NULL);
	evbuffer_free(buffer);
}

TEST_FIXTURE(set_up, tear_down);

static void
put(const char *bytes, size_t size)
{
	evbuffer_drain(buffer, evbuffer_get_length(buffer));
	ck_assert_int_eq(evbuffer_add(buffer, bytes, size), 0);
}

#define PUT(bytes) put(bytes, sizeof(bytes) - 1)

TEST(evtag_marshal__records_behind_each_other)
{
	struct evbuffer *data = evbuffer_new();
	struct timeval time = {1000000000, 999999};
	char bytes[3];
	char *text;
	uint32_t tag, number;
	uint64_t large;

	ck_assert_int_eq(evbuffer_add(data, "data", 4), 0);
	evtag_init();
	evtag_marshal(buffer, 1, "abc", 3);
	evtag_marshal_int(buffer, 200, 70000);
	evtag_marshal_int64(buffer, 3, UINT64_MAX);
	evtag_marshal_string(buffer, 4, "text");
	evtag_marshal_timeval(buffer, 5, &time);
	evtag_marshal_buffer(buffer, UINT32_MAX, data);
	ck_assert_uint_eq(evbuffer_get_length(data), 0);
	time.tv_sec = 0;
	ck_assert_int_eq(evtag_unmarshal_fixed(buffer, 1, bytes, 3), 0);
	ck_assert_int_eq(memcmp(bytes, "abc", 3), 0);
	ck_assert_int_eq(evtag_peek(buffer, &tag), 2);
	ck_assert_uint_eq(tag, 200);
	ck_assert_int_gt(evtag_unmarshal_int(buffer, 200, &number), 0);
	ck_assert_uint_eq(number, 70000);
	ck_assert_int_gt(evtag_unmarshal_int64(buffer, 3, &large), 0);
	ck_assert_uint_eq(large, UINT64_MAX);
	ck_assert_int_eq(evtag_unmarshal_string(buffer, 4, &text), 0);
	ck_assert_str_eq(text, "text");
	free(text);
	ck_assert_int_eq(evtag_unmarshal_timeval(buffer, 5, &time), 0);
	ck_assert_int_eq(time.tv_sec, 1000000000);
	ck_assert_int_eq(time.tv_usec, 999999);
	ck_assert_int_eq(evtag_unmarshal(buffer, &tag, data), 4);
	ck_assert_uint_eq(tag, UINT32_MAX);
	ck_assert_uint_eq(evbuffer_get_length(data), 4);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 0);
	evbuffer_free(data);
}

/* A reader skips the records that it does not know, in any order of the tags. */
TEST(evtag_consume__unknown_records)
{
	uint32_t number;

	evtag_marshal(buffer, 9, "unknown", 7);
	evtag_marshal_int(buffer, 1, 5);
	ck_assert_int_eq(evtag_consume(buffer), 0);
	ck_assert_int_gt(evtag_unmarshal_int(buffer, 1, &number), 0);
	ck_assert_uint_eq(number, 5);
	ck_assert_int_eq(evtag_consume(buffer), -1);
}

/* R1: a tag whose bytes do not end within the buffer, or within five. */
TEST(evtag_peek__tags_without_end)
{
	uint32_t tag = 7;

	PUT("\x81");
	ck_assert_int_eq(evtag_peek(buffer, &tag), -1);
	PUT("\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00\x01\x61");
	ck_assert_int_eq(evtag_peek(buffer, &tag), -1);
	ck_assert_int_eq(evtag_unmarshal_header(buffer, &tag), -1);
	ck_assert_int_eq(evtag_consume(buffer), -1);
	ck_assert_uint_eq(tag, 7);
}

/* R2: a size that is not there is refused before anything is allocated. */
TEST(evtag_unmarshal_string__sizes_that_are_not_there)
{
	char *text = NULL;
	uint32_t length = 0, tag;

	PUT("\x01\x7f\xff\xff\xff\xf0some");
	ck_assert_int_eq(evtag_payload_length(buffer, &length), 0);
	ck_assert_uint_eq(length, UINT32_MAX);
	ck_assert_int_eq(evtag_peek_length(buffer, &length), -1);
	ck_assert_int_eq(evtag_unmarshal_string(buffer, 1, &text), -1);
	ck_assert_ptr_null(text);
	PUT("\x01\x7f\xff\xff\xff\x70some");
	ck_assert_int_eq(evtag_unmarshal_header(buffer, &tag), -1);
	PUT("\x01\x05some");
	ck_assert_int_eq(evtag_peek_length(buffer, &length), 0);
	ck_assert_uint_eq(length, 7);
	ck_assert_int_eq(evtag_unmarshal_string(buffer, 1, &text), -1);
	ck_assert_ptr_null(text);
}

/* The number is cut off, and what follows the record is not a part of it. */
TEST(evtag_unmarshal_int__not_beyond_the_payload)
{
	uint32_t number = 7;
	uint64_t large = 7;
	struct timeval time = {7, 7};

	PUT("\x01\x03\x61\x62\x63\x64");
	ck_assert_int_eq(evtag_unmarshal_int(buffer, 1, &number), -1);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 1);
	PUT("\x01\x03\x61\x62\x63\x64");
	ck_assert_int_eq(evtag_unmarshal_int64(buffer, 1, &large), -1);
	PUT("\x01\x01\x01\x02");
	ck_assert_int_eq(evtag_unmarshal_timeval(buffer, 1, &time), -1);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 1);
	ck_assert_uint_eq(number, 7);
	ck_assert_uint_eq(large, 7);
	ck_assert_int_eq(time.tv_sec, 7);
	ck_assert_int_eq(time.tv_usec, 7);
}

TEST(evtag_marshal__wrong_use)
{
	uint32_t number;

	evtag_marshal(NULL, 1, "a", 1);
	evtag_marshal(buffer, 1, NULL, 1);
	evtag_marshal_buffer(buffer, 1, NULL);
	evtag_marshal_buffer(buffer, 1, buffer);
	evtag_marshal_string(buffer, 1, NULL);
	evtag_marshal_timeval(buffer, 1, NULL);
	evtag_encode_int(NULL, 1);
	ck_assert_int_eq(log_lines, 7);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 0);
	ck_assert_int_eq(evtag_unmarshal_int(NULL, 1, &number), -1);
	ck_assert_int_eq(evtag_consume(NULL), -1);
	ck_assert_int_eq(evtag_unmarshal(NULL, &number, buffer), -1);
}

/* Numbers of all sizes and their neighbours. */
TEST(evtag_marshal_int64__is_read_as_the_same)
{
	for (int bit = 0; bit < 64; bit++) {
		for (int step = -1; step <= 1; step++) {
			uint64_t number = ((uint64_t)1 << bit) + (uint64_t)(int64_t)step, read;
			uint32_t low;

			evtag_marshal_int64(buffer, (uint32_t)number, number);
			ck_assert_int_gt(evtag_unmarshal_int64(buffer, (uint32_t)number, &read), 0);
			ck_assert_uint_eq(read, number);
			evtag_marshal_int(buffer, 1, (uint32_t)number);
			ck_assert_int_gt(evtag_unmarshal_int(buffer, 1, &low), 0);
			ck_assert_uint_eq(low, (uint32_t)number);
		}
	}
}
