/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls and their results; tests/http/requests.txt has the bytes that are refused.
 */
#include "http/chunked.h"

#include <errno.h>
#include <string.h>

#include "support/suite.h"

static struct http_chunks chunks;
static struct http_slice data;
static size_t used;
static char trailers[256];
static int trailer_error;

static int
on_trailer(void *arg, const struct http_field *field)
{
	size_t size = strlen(trailers);

	ck_assert_ptr_eq(arg, trailers);
	memcpy(trailers + size, field->name.at, field->name.size);
	size += field->name.size;
	trailers[size++] = '=';
	memcpy(trailers + size, field->value.at, field->value.size);
	return trailer_error;
}

static enum http_chunks_step
read_bytes(const char *bytes, size_t size)
{
	return lvn_http_chunks_read(
	    &chunks, bytes, size, &used, &data, &lvn_http_limits_default, on_trailer, trailers);
}

static enum http_chunks_step
read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

TEST(lvn_http_chunks_read__data_and_what_is_behind)
{
	static const char text[] = "5\r\nhello\r\n0\r\n\r\nGET";

	ck_assert_int_eq(read_text(text), HTTP_CHUNKS_DATA);
	ck_assert_uint_eq(used, 8);
	ck_assert_ptr_eq(data.at, text + 3);
	ck_assert_uint_eq(data.size, 5);
	ck_assert_int_eq(read_text(text + 8), HTTP_CHUNKS_END);
	ck_assert_uint_eq(used, 7);
	ck_assert_int_eq(read_text("GET"), HTTP_CHUNKS_END);
	ck_assert_uint_eq(used, 0);
}

TEST(lvn_http_chunks_read__data_come_in_parts)
{
	ck_assert_int_eq(read_text("5\r\nhe"), HTTP_CHUNKS_DATA);
	ck_assert_uint_eq(data.size, 2);
	ck_assert_int_eq(read_text("llo\r"), HTTP_CHUNKS_DATA);
	ck_assert_uint_eq(data.size, 3);
	ck_assert_uint_eq(used, 3);
	ck_assert_int_eq(read_text("\r"), HTTP_CHUNKS_MORE);
	ck_assert_int_eq(read_text("\n0"), HTTP_CHUNKS_MORE);
	ck_assert_uint_eq(used, 2);
	ck_assert_int_eq(read_text("\r\n\r\n"), HTTP_CHUNKS_END);
}

TEST(lvn_http_chunks_read__no_bytes)
{
	ck_assert_int_eq(read_text(""), HTTP_CHUNKS_MORE);
	ck_assert_int_eq(read_text("5\r\n"), HTTP_CHUNKS_MORE);
	ck_assert_int_eq(read_text(""), HTTP_CHUNKS_MORE);
	ck_assert_int_eq(read_text("hello\r\n0\r\n"), HTTP_CHUNKS_DATA);
	ck_assert_int_eq(read_text("\r\n0\r\n"), HTTP_CHUNKS_MORE);
	ck_assert_int_eq(read_text(""), HTTP_CHUNKS_MORE);
	ck_assert_uint_eq(used, 0);
}

TEST(lvn_http_chunks_read__sizes_above_32_bits)
{
	ck_assert_int_eq(read_text("7FFFFFFFffffffff\r\nab"), HTTP_CHUNKS_DATA);
	ck_assert_uint_eq(data.size, 2);
	ck_assert_uint_eq(chunks.left, INT64_MAX - 2);
	chunks = (struct http_chunks){0};
	ck_assert_int_eq(read_text("8000000000000000\r\n"), HTTP_CHUNKS_BAD);
	ck_assert_int_eq(chunks.error, 400);
}

TEST(lvn_http_chunks_read__a_failure_stays)
{
	ck_assert_int_eq(read_text("5;\r\n"), HTTP_CHUNKS_BAD);
	ck_assert_int_eq(chunks.error, 400);
	ck_assert_ptr_nonnull(chunks.why);
	ck_assert_int_eq(read_text("5\r\nhello"), HTTP_CHUNKS_BAD);
	ck_assert_uint_eq(used, 0);
}

TEST(lvn_http_chunks_read__trailers_are_reported_apart)
{
	ck_assert_int_eq(
	    read_text("0\r\nA: b\r\nContent-Length: 5\r\nC:d\r\n\r\n"), HTTP_CHUNKS_END);
	ck_assert_str_eq(trailers, "A=bC=d");
}

TEST(lvn_http_chunks_read__trailers_nobody_wants_are_checked)
{
	struct http_limits limits = lvn_http_limits_default;

	ck_assert_int_eq(lvn_http_chunks_read(&chunks, "0\r\nA: b\r\nC : d\r\n\r\n", 18, &used,
			     &data, &limits, NULL, NULL),
	    HTTP_CHUNKS_BAD);
	ck_assert_int_eq(chunks.error, 400);
}

TEST(lvn_http_chunks_read__a_part_of_a_trailer_comes_again)
{
	ck_assert_int_eq(read_text("0\r\nA: b\r\nC:"), HTTP_CHUNKS_MORE);
	ck_assert_uint_eq(used, 9);
	ck_assert_int_eq(read_text("C: d\r"), HTTP_CHUNKS_MORE);
	ck_assert_uint_eq(used, 0);
	ck_assert_int_eq(read_text("C: d\r\n\r\n"), HTTP_CHUNKS_END);
	ck_assert_str_eq(trailers, "A=bC=d");
}

/* What was searched is overwritten: a second look would find the end of a line. */
TEST(lvn_http_chunks_read__looks_at_each_byte_of_a_trailer_once)
{
	static char line[10001];

	ck_assert_int_eq(read_text("0\r\n"), HTTP_CHUNKS_MORE);
	for (size_t size = 1; size < sizeof(line); size++) {
		line[size - 1] = 'x';
		ck_assert_int_eq(read_bytes(line, size), HTTP_CHUNKS_MORE);
		ck_assert_uint_eq(used, 0);
		line[size - 1] = '\n';
	}
}

TEST(lvn_http_chunks_read__a_trailer_that_cannot_be_kept)
{
	trailer_error = -ENOMEM;
	ck_assert_int_eq(read_text("0\r\nA: b\r\n\r\n"), HTTP_CHUNKS_BAD);
	ck_assert_int_eq(chunks.error, -ENOMEM);
	trailer_error = 0;
}

TEST(lvn_http_chunks_read__limits_of_trailers)
{
	struct http_limits limits = {.head_size = 12, .line_size = 8, .fields = 2};
	static const char *const texts[] = {"0\r\nA: bcde\r\n", "0\r\nA: bcdefg",
	    "0\r\nA:b\r\nA:b\r\nABC", "0\r\nA:\r\nA:\r\nA:\r\n"};

	ck_assert_int_eq(lvn_http_chunks_read(&chunks, "0\r\nA: b\r\nA:\r\n\r\n", 15, &used, &data,
			     &limits, NULL, NULL),
	    HTTP_CHUNKS_END);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		chunks = (struct http_chunks){0};
		ck_assert_int_eq(lvn_http_chunks_read(&chunks, texts[i], strlen(texts[i]), &used,
				     &data, &limits, NULL, NULL),
		    HTTP_CHUNKS_BAD);
		ck_assert_int_eq(chunks.error, 431);
	}
}

TEST(lvn_http_chunks_read__limits_of_extensions_begin_anew_with_each_chunk)
{
	static char extension[1000];

	memset(extension, 'x', sizeof(extension));
	for (unsigned chunk = 0; chunk < 16; chunk++) {
		ck_assert_int_eq(read_text("1;"), HTTP_CHUNKS_MORE);
		ck_assert_int_eq(read_bytes(extension, sizeof(extension)), HTTP_CHUNKS_MORE);
		ck_assert_int_eq(read_text("\r\na"), HTTP_CHUNKS_DATA);
		ck_assert_int_eq(read_text("\r\n"), HTTP_CHUNKS_MORE);
	}
	ck_assert_int_eq(read_text("1;"), HTTP_CHUNKS_MORE);
	ck_assert_int_eq(read_bytes(extension, sizeof(extension)), HTTP_CHUNKS_BAD);
	ck_assert_int_eq(chunks.error, 400);
}

TEST(lvn_http_chunk_head__sizes)
{
	char out[LVN_HTTP_CHUNK_HEAD_SIZE];

	ck_assert_uint_eq(lvn_http_chunk_head(out, 0), 3);
	ck_assert_mem_eq(out, "0\r\n", 3);
	ck_assert_uint_eq(lvn_http_chunk_head(out, 26), 4);
	ck_assert_mem_eq(out, "1a\r\n", 4);
	ck_assert_uint_eq(lvn_http_chunk_head(out, UINT64_MAX), LVN_HTTP_CHUNK_HEAD_SIZE);
	ck_assert_mem_eq(out, "ffffffffffffffff\r\n", 18);
}

TEST(lvn_http_chunk_head__is_read_again)
{
	char out[LVN_HTTP_CHUNK_HEAD_SIZE];

	for (uint64_t size = 1; size <= INT64_MAX / 3; size *= 3) {
		chunks = (struct http_chunks){0};
		ck_assert_int_eq(read_bytes(out, lvn_http_chunk_head(out, size)), HTTP_CHUNKS_MORE);
		ck_assert_uint_eq(chunks.left, size);
	}
}
