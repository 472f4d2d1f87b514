/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/head_writer.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "http/fields.h"
#include "support/suite.h"

static struct evkeyvalq fields;

static void
add(const char *name, const char *value)
{
	ck_assert_int_eq(lvn_http_fields_add(&fields, name, strlen(name), value, strlen(value)), 0);
}

/* What the fields look like on the wire. */
static void
expect_fields(const char *text)
{
	char space[200];
	struct writer out = {(uint8_t *)space, (uint8_t *)space + sizeof(space), false};

	lvn_http_head_writer_put_fields(&out, &fields);
	ck_assert(!out.overrun);
	ck_assert_uint_eq((size_t)(out.at - (uint8_t *)space), strlen(text));
	ck_assert_mem_eq(space, text, strlen(text));
	ck_assert_uint_eq(lvn_http_head_writer_size(&fields), strlen(text));
}

TEST(lvn_http_head_writer_put_fields__in_their_order)
{
	lvn_http_fields_init(&fields);
	expect_fields("");
	add("B", "1");
	add("A", "");
	expect_fields("B: 1\r\nA: \r\n");
	lvn_http_fields_clear(&fields);
}

static const struct {
	const char *name, *value;
} bad[] = {
    {"X", "a\r\nY: b"},
    {"X", "a\nb"},
    {"X", "a\rb"},
    {"X", "a\1b"},
    {"X\r\nY", "a"},
    {"X Y", "a"},
    {"X:", "a"},
    {"", "a"},
    {"Content-Length", "1"},
    {"content-length", "x"},
    {"Transfer-Encoding", "chunked"},
};

TEST_RANGE(
    lvn_http_head_writer_settle__leaves_out_what_cannot_be_sent, 0, sizeof(bad) / sizeof(bad[0]))
{
	lvn_http_fields_init(&fields);
	add("A", "1");
	add(bad[_i].name, bad[_i].value);
	add("B", "\tx \xc3\xa9");
	(void)lvn_http_head_writer_settle(&fields);
	expect_fields("A: 1\r\nB: \tx \xc3\xa9\r\n");
	lvn_http_fields_clear(&fields);
}

static const struct {
	const char *text;
	bool is_size;
	uint64_t size;
} sizes[] = {
    {"0", true, 0},
    {"12", true, 12},
    {"18446744073709551615", true, UINT64_MAX},
    {"", false, 0},
    {"-1", false, 0},
    {"1 ", false, 0},
    {"0x1", false, 0},
};

TEST_RANGE(lvn_http_head_writer_settle__reads_digits_alone, 0, sizeof(sizes) / sizeof(sizes[0]))
{
	struct http_told told;

	lvn_http_fields_init(&fields);
	ck_assert(!lvn_http_head_writer_settle(&fields).has_length);
	add("content-length", sizes[_i].text);
	add("Content-Length", "7");
	told = lvn_http_head_writer_settle(&fields);
	ck_assert_int_eq(told.has_length, sizes[_i].is_size);
	if (sizes[_i].is_size)
		ck_assert_uint_eq(told.length, sizes[_i].size);
	expect_fields("");
}

static const struct {
	const char *name, *value;
	unsigned own;
} own_fields[] = {
    {"aLLow", "GET", HTTP_OWN_ALLOW},
    {"Allot", "GET", 0},
    {"Connection", "close", HTTP_OWN_CONNECTION},
    {"CONTENT-LENGTH", "1", HTTP_OWN_CONTENT_LENGTH},
    {"Content-Type", "text/plain", HTTP_OWN_CONTENT_TYPE},
    {"Content-Tope", "text/plain", 0},
    {"date", "today", HTTP_OWN_DATE},
    {"Date", "to\nday", 0},
    {"hOst", "a", HTTP_OWN_HOST},
    {"Most", "a", 0},
    {"transfer-encoding", "chunked", HTTP_OWN_TRANSFER_ENCODING},
};

TEST_RANGE(lvn_http_head_writer_settle__tells_own_fields_that_can_be_sent, 0,
    sizeof(own_fields) / sizeof(own_fields[0]))
{
	struct http_told told;

	lvn_http_fields_init(&fields);
	add("A", "1");
	add(own_fields[_i].name, own_fields[_i].value);
	told = lvn_http_head_writer_settle(&fields);
	ck_assert_uint_eq(told.own, own_fields[_i].own);
	ck_assert_uint_ge(told.size, lvn_http_head_writer_size(&fields));
	lvn_http_fields_clear(&fields);
}

/* As large as the space that is always there, and larger. */
TEST_RANGE(lvn_http_head_writer_end__adds_what_was_written, 0, 2)
{
	static char text[2000];
	size_t size = _i == 0 ? sizeof(((struct http_head_space *)0)->usual) : sizeof(text) - 1;
	struct evbuffer *to = evbuffer_new();
	struct http_head_space space;

	ck_assert_ptr_nonnull(to);
	memset(text, 'a', size);
	text[size] = '\0';
	ck_assert_int_eq(lvn_http_head_writer_begin(&space, size), 0);
	lvn_http_head_writer_put(&space.out, text);
	ck_assert_uint_eq(lvn_http_head_writer_written(&space), size);
	ck_assert_int_eq(lvn_http_head_writer_end(&space, to), 0);
	ck_assert_uint_eq(evbuffer_get_length(to), size);
	ck_assert_mem_eq(evbuffer_pullup(to, -1), text, size);
	evbuffer_free(to);
}

/* Nothing is added of a head that is larger than was said. */
TEST(lvn_http_head_writer_end__refuses_more_than_there_is_space_for)
{
	struct evbuffer *to = evbuffer_new();
	struct http_head_space space;

	ck_assert_ptr_nonnull(to);
	ck_assert_int_eq(lvn_http_head_writer_begin(&space, 3), 0);
	lvn_http_head_writer_put(&space.out, "abcd");
	ck_assert_int_lt(lvn_http_head_writer_end(&space, to), 0);
	ck_assert_uint_eq(evbuffer_get_length(to), 0);
	evbuffer_free(to);
}

TEST(lvn_http_head_writer_put_number__digits)
{
	char space[40];
	struct writer out = {(uint8_t *)space, (uint8_t *)space + sizeof(space), false};

	lvn_http_head_writer_put_number(&out, 0);
	lvn_http_head_writer_put_number(&out, UINT64_MAX);
	ck_assert_uint_eq((size_t)(out.at - (uint8_t *)space), 21);
	ck_assert_mem_eq(space, "018446744073709551615", 21);
}
