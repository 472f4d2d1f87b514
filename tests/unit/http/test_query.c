/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/query.h"

#include <errno.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/fields.h"
#include "support/fail_nth.h"
#include "support/suite.h"

#define NONCONFORMANT EVHTTP_URI_QUERY_NONCONFORMANT
#define LAST_VAL      EVHTTP_URI_QUERY_LAST_VAL

/* The list as text; "none" if the query is refused. */
static const char *
list_of(const char *query, unsigned flags)
{
	static char out[512];
	struct evkeyvalq fields;
	size_t size = strlen(query), length = 0;
	/* No byte behind the text may be read. */
	char *copy = malloc(size ? size : 1);
	int rc;

	memcpy(copy, query, size);
	rc = lvn_http_query_parse(copy, size, flags, &fields);
	free(copy);
	out[0] = '\0';
	for (const struct evkeyval *f = fields.tqh_first; f; f = f->next.tqe_next)
		length += (size_t)snprintf(
		    out + length, sizeof(out) - length, "<%s>%s;", f->key, f->value);
	lvn_http_fields_clear(&fields);
	if (rc == 0)
		return out;
	ck_assert_int_eq(rc, -EINVAL);
	ck_assert_str_eq(out, "");
	return "none";
}

#define CHECK_LIST(query, flags, expected) ck_assert_str_eq(list_of(query, flags), expected)

TEST(lvn_http_query_parse__names_and_values)
{
	CHECK_LIST("", 0, "");
	CHECK_LIST("a=b", 0, "<a>b;");
	CHECK_LIST("a=1&b=2&a=3", 0, "<a>1;<b>2;<a>3;");
	CHECK_LIST("a=b=c", 0, "<a>b=c;");
	CHECK_LIST("a=&b=", 0, "<a>;<b>;");
	CHECK_LIST("a=b;c=d", 0, "<a>b;c=d;");
	CHECK_LIST("?a=b#c", 0, "<?a>b#c;");
}

TEST(lvn_http_query_parse__values_are_decoded_and_names_are_not)
{
	CHECK_LIST("a%41+=%41+%2B", 0, "<a%41+>A +;");
	CHECK_LIST("a=%26&b=%3d", 0, "<a>&;<b>=;");
	CHECK_LIST("a=%&b=%4&c=%zz", 0, "<a>%;<b>%4;<c>%zz;");
}

TEST(lvn_http_query_parse__an_ampersand_at_the_end)
{
	CHECK_LIST("a=b&", 0, "<a>b;");
	CHECK_LIST("a=b&&", 0, "none");
	CHECK_LIST("&", 0, "none");
}

TEST(lvn_http_query_parse__parts_that_are_no_parameter)
{
	CHECK_LIST("a", 0, "none");
	CHECK_LIST("=", 0, "none");
	CHECK_LIST("=b", 0, "none");
	CHECK_LIST("&a=b", 0, "none");
	CHECK_LIST("a=b&&c=d", 0, "none");
	CHECK_LIST("a=b&c", 0, "none");
	CHECK_LIST("a=b&=d", 0, "none");
	CHECK_LIST("a&b=c", 0, "none");
}

TEST(lvn_http_query_parse__a_zero_byte_in_a_value)
{
	CHECK_LIST("a=%00", 0, "none");
	CHECK_LIST("a=x&b=y%00z", 0, "none");
	CHECK_LIST("a=%00", NONCONFORMANT, "none");
	CHECK_LIST("a%00=b", 0, "<a%00>b;");
}

TEST(EVHTTP_URI_QUERY_NONCONFORMANT__missing_names_values_and_parts)
{
	CHECK_LIST("a", NONCONFORMANT, "<a>;");
	CHECK_LIST("a&b=c&d", NONCONFORMANT, "<a>;<b>c;<d>;");
	CHECK_LIST("=b", NONCONFORMANT, "<>b;");
	CHECK_LIST("=", NONCONFORMANT, "<>;");
	CHECK_LIST("&&a=b&&", NONCONFORMANT, "<a>b;");
	CHECK_LIST("", NONCONFORMANT, "");
}

TEST(EVHTTP_URI_QUERY_LAST_VAL__the_last_of_each_name)
{
	CHECK_LIST("", LAST_VAL, "");
	CHECK_LIST("a=1", LAST_VAL, "<a>1;");
	CHECK_LIST("a=1&a=2", LAST_VAL, "<a>2;");
	CHECK_LIST("a=1&b=2&A=3&c=4&a=5&b=6", LAST_VAL, "<c>4;<a>5;<b>6;");
	CHECK_LIST("b=1&a=2", LAST_VAL, "<b>1;<a>2;");
	CHECK_LIST("a=1&a", LAST_VAL, "none");
	CHECK_LIST("a=1&a&=2&=3", LAST_VAL | NONCONFORMANT, "<a>;<>3;");
}

TEST_RANGE(EVHTTP_URI_QUERY_LAST_VAL__any_number_of_parameters, 1, 70)
{
	/* Seven names again and again, so the last seven stay. */
	char query[8 * 70], expected[16 * 7] = "", *at = query;
	size_t size = 0;

	for (int i = 0; i < _i; i++)
		at += sprintf(at, "%c=%d&", "gBaFcEd"[i % 7], i);
	for (int i = _i > 7 ? _i - 7 : 0; i < _i; i++)
		size += (size_t)sprintf(expected + size, "<%c>%d;", "gBaFcEd"[i % 7], i);
	CHECK_LIST(query, LAST_VAL, expected);
}

TEST(EVHTTP_URI_QUERY_LAST_VAL__many_names)
{
	enum { COUNT = 50000 };
	char *query = malloc(16 * COUNT), *at = query;
	struct evkeyvalq fields;
	int next = 0;

	for (int i = 0; i < 2 * COUNT; i++)
		at += sprintf(at, "%d=%c&", i % COUNT, i < COUNT ? 'a' : 'b');
	ck_assert_int_eq(lvn_http_query_parse(query, (size_t)(at - query), LAST_VAL, &fields), 0);
	for (struct evkeyval *f = fields.tqh_first; f; f = f->next.tqe_next) {
		ck_assert_int_eq(atoi(f->key), next++);
		ck_assert_str_eq(f->value, "b");
	}
	ck_assert_int_eq(next, COUNT);
	lvn_http_fields_clear(&fields);
	free(query);
}

TEST(lvn_http_query_parse__every_allocation_fails_once)
{
	struct fail_nth fail = {0};
	bool failed;

	do {
		struct evkeyvalq fields;
		int rc;

		fail_nth_begin(&fail);
		rc = lvn_http_query_parse("a=1&b=2&a=3", 11, LAST_VAL, &fields);
		failed = fail_nth_end(&fail);
		ck_assert_int_eq(rc, failed ? -ENOMEM : 0);
		if (failed)
			ck_assert_ptr_null(fields.tqh_first);
		lvn_http_fields_clear(&fields);
		fail.number++;
	} while (failed);
	ck_assert_uint_eq(fail.number, 5);
}
