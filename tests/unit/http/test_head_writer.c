/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/head_writer.h"

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
    lvn_http_head_writer_clean__leaves_out_what_cannot_be_sent, 0, sizeof(bad) / sizeof(bad[0]))
{
	lvn_http_fields_init(&fields);
	add("A", "1");
	add(bad[_i].name, bad[_i].value);
	add("B", "\tx \xc3\xa9");
	lvn_http_head_writer_clean(&fields);
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

TEST_RANGE(lvn_http_head_writer_announced__reads_digits_alone, 0, sizeof(sizes) / sizeof(sizes[0]))
{
	uint64_t size = 0;

	lvn_http_fields_init(&fields);
	ck_assert(!lvn_http_head_writer_announced(&fields, &size));
	add("content-length", sizes[_i].text);
	ck_assert_int_eq(lvn_http_head_writer_announced(&fields, &size), sizes[_i].is_size);
	if (sizes[_i].is_size)
		ck_assert_uint_eq(size, sizes[_i].size);
	lvn_http_fields_clear(&fields);
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
