/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/conditions.h"

#include <string.h>

#include "http/fields.h"
#include "support/suite.h"

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define THEN   "Sun, 06 Nov 1994 08:49:37 GMT"
#define LATER  "Sun, 06 Nov 1994 08:49:38 GMT"
#define THEN_S 784111777

/* Fields as "Name: value" texts, up to NULL. */
static struct evkeyvalq fields;

static void
set(const char *const *texts)
{
	lvn_http_fields_clear(&fields);
	for (; *texts; texts++) {
		const char *colon = strchr(*texts, ':');

		ck_assert_int_eq(lvn_http_fields_add(&fields, *texts, (size_t)(colon - *texts),
				     colon + 2, strlen(colon + 2)),
		    0);
	}
}

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct http_validators validators = {"\"a\"", THEN_S, THEN_S + 1000, true};

static int
check(const char *const *texts, bool reads)
{
	set(texts);
	return lvn_http_conditions_check(&fields, &validators, reads);
}

static bool
allows(const char *const *texts)
{
	set(texts);
	return lvn_http_conditions_allow_range(&fields, &validators);
}

TEST(lvn_http_conditions_check__if_match)
{
	ck_assert_int_eq(check(FIELDS("X: y"), true), 0);
	ck_assert_int_eq(check(FIELDS("If-Match: \"a\""), true), 0);
	ck_assert_int_eq(check(FIELDS("If-Match: \"b\", \"a\""), true), 0);
	ck_assert_int_eq(check(FIELDS("If-Match: \"b\"", "if-match: \"a\""), false), 0);
	ck_assert_int_eq(check(FIELDS("If-Match: *"), true), 0);
	ck_assert_int_eq(check(FIELDS("If-Match: \"b\""), true), 412);
	ck_assert_int_eq(check(FIELDS("If-Match: W/\"a\""), true), 412);
	ck_assert_int_eq(check(FIELDS("If-Match: \"a,\""), true), 412);
	ck_assert_int_eq(check(FIELDS("If-Match: "), true), 412);
}

TEST(lvn_http_conditions_check__if_none_match)
{
	ck_assert_int_eq(check(FIELDS("If-None-Match: \"b\""), true), 0);
	ck_assert_int_eq(check(FIELDS("If-None-Match: \"b\", \"a\""), true), 304);
	ck_assert_int_eq(check(FIELDS("If-None-Match: W/\"a\""), true), 304);
	ck_assert_int_eq(check(FIELDS("If-None-Match: *"), true), 304);
	ck_assert_int_eq(check(FIELDS("If-None-Match: *"), false), 412);
	ck_assert_int_eq(
	    check(FIELDS("If-None-Match: \"b\"", "If-Modified-Since: " LATER), true), 0);
}

TEST(lvn_http_conditions_check__dates)
{
	ck_assert_int_eq(check(FIELDS("If-Modified-Since: " BEFORE), true), 0);
	ck_assert_int_eq(check(FIELDS("If-Modified-Since: " THEN), true), 304);
	ck_assert_int_eq(check(FIELDS("If-Modified-Since: " LATER), true), 304);
	ck_assert_int_eq(check(FIELDS("If-Modified-Since: " THEN), false), 0);
	ck_assert_int_eq(check(FIELDS("If-Modified-Since: yesterday"), true), 0);
	ck_assert_int_eq(check(FIELDS("If-Unmodified-Since: " BEFORE), true), 412);
	ck_assert_int_eq(check(FIELDS("If-Unmodified-Since: " THEN), true), 0);
	ck_assert_int_eq(check(FIELDS("If-Unmodified-Since: x"), true), 0);
	ck_assert_int_eq(check(FIELDS("If-Match: \"a\"", "If-Unmodified-Since: " BEFORE), true), 0);
}

TEST(lvn_http_conditions_check__without_an_etag)
{
	validators.etag = NULL;

	ck_assert_int_eq(check(FIELDS("If-Match: \"a\""), true), 412);
	ck_assert_int_eq(check(FIELDS("If-None-Match: \"a\""), true), 0);
	ck_assert(!allows(FIELDS("If-Range: \"a\"")));
}

TEST(lvn_http_conditions_allow_range__if_range)
{
	ck_assert(allows(FIELDS("X: y")));
	ck_assert(allows(FIELDS("If-Range: \"a\"")));
	ck_assert(!allows(FIELDS("If-Range: \"b\"")));
	ck_assert(!allows(FIELDS("If-Range: W/\"a\"")));
	ck_assert(allows(FIELDS("If-Range: " THEN)));
	ck_assert(!allows(FIELDS("If-Range: " BEFORE)));
	ck_assert(!allows(FIELDS("If-Range: " LATER)));
	ck_assert(!allows(FIELDS("If-Range: x")));
	validators.is_date_strong = false;
	ck_assert(!allows(FIELDS("If-Range: " THEN)));
	validators.etag = "W/\"a\"";
	ck_assert(!allows(FIELDS("If-Range: W/\"a\"")));
	ck_assert_int_eq(check(FIELDS("If-None-Match: \"a\""), true), 304);
}
