/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/dns.h>
#include <string.h>

#include "base/compiler.h"
#include "dns/dns_search.h"
#include "support/dns_kit.h"
#include "support/fail_nth.h"
#include "support/suite.h"

/* A list of the words of the text. */
static struct dns_suffixes *
suffixes_of(const char *text)
{
	struct dns_suffixes *suffixes = NULL;

	while (*text) {
		size_t length = strcspn(text, " ");
		struct dns_suffixes *more;

		ck_assert_int_eq(lvn_dns_suffixes_add(suffixes, text, length, false, &more), 0);
		lvn_dns_suffixes_unref(suffixes);
		suffixes = more;
		text += length + (text[length] == ' ');
	}
	return suffixes;
}

/* The names that are tried, each with a blank behind it. */
static void
try_all(struct dns_search *search, char *tried, size_t capacity)
{
	char text[LVN_DNS_NAME_TEXT_CAPACITY];
	struct dns_name name;
	size_t size = 0;

	tried[0] = '\0';
	while (lvn_dns_search_next(search, &name)) {
		size_t length = lvn_dns_name_print(&name, text);
		struct dns_name current;

		lvn_dns_search_current(search, &current);
		ck_assert(lvn_dns_name_same_case(&current, &name));
		ck_assert_uint_lt(size + length + 1, capacity);
		memcpy(tried + size, text, length);
		memcpy(tried + size + length, " ", 2);
		size += length + 1;
		if (!lvn_dns_search_note(search, DNS_ERR_NOTEXIST))
			break;
	}
}

static const struct {
	const char *name;
	unsigned ndots;
	const char *suffixes;
	const char *tried;
} cases[] = {
    {"h", 1, "", "h "},
    {"h", 1, "a.x b.x c.x", "h.a.x h.b.x h.c.x h "},
    {"h.i", 1, "a.x b.x c.x", "h.i h.i.a.x h.i.b.x h.i.c.x "},
    {"h.i", 2, "a.x b.x", "h.i.a.x h.i.b.x h.i "},
    {"h.i.j", 2, "a.x", "h.i.j h.i.j.a.x "},
    {"h", 0, "a.x", "h h.a.x "},
    {"h.", 1, "a.x", "h "},
    {"h.i.", 5, "a.x", "h.i "},
    {"h\\.", 1, "a.x", "h\\..a.x h\\. "},
    {"h\\\\.", 1, "a.x", "h\\\\ "},
    {".", 1, "a.x", ". "},
    {"h", 1, ".", "h "},
    {"h.i", 1, ". a.x", "h.i h.i.a.x "},
    {"h", 1, ". a.x", "h h.a.x "},
    {"h", 1, "a.x . b.x", "h.a.x h h.b.x "},
    {"h", 1, "a.x b.x .", "h.a.x h.b.x h "},
    {"h", 1, ".a.x b.x.", "h.a.x h.b.x h "},
};

TEST_RANGE(lvn_dns_search_next__order, 0, (int)LVN_COUNT_OF(cases))
{
	struct dns_suffixes *suffixes = suffixes_of(cases[_i].suffixes);
	struct dns_search search;
	char tried[200];

	ck_assert_int_eq(
	    lvn_dns_search_start(&search, cases[_i].name, cases[_i].ndots, suffixes), 0);
	try_all(&search, tried, sizeof(tried));

	ck_assert_str_eq(tried, cases[_i].tried);
	ck_assert_int_eq(search.result, DNS_ERR_NOTEXIST);
	lvn_dns_search_clear(&search);
	lvn_dns_suffixes_unref(suffixes);
}

TEST(lvn_dns_search_current__before_the_first_try)
{
	struct dns_suffixes *suffixes = suffixes_of("a.x");
	struct dns_search search;
	struct dns_name name;

	ck_assert_int_eq(lvn_dns_search_start(&search, "h", 1, suffixes), 0);
	lvn_dns_search_current(&search, &name);

	check_name(&name, "h");
	lvn_dns_search_clear(&search);
	lvn_dns_suffixes_unref(suffixes);
}

TEST(lvn_dns_search_next__leaves_out_names_that_are_too_long)
{
	struct dns_suffixes *suffixes = suffixes_of("abcdefghijklmnopqrstuvwxyz b");
	struct dns_search search;
	struct dns_name name;
	char text[251];

	memset(text, 'a', sizeof(text));
	for (size_t i = 49; i < sizeof(text) - 1; i += 50)
		text[i] = '.';
	memcpy(text + 249, "b", 2);

	ck_assert_int_eq(lvn_dns_search_start(&search, text, 10, suffixes), 0);
	ck_assert(lvn_dns_search_next(&search, &name));
	ck_assert_uint_eq(name.size, 254);
	ck_assert(lvn_dns_search_note(&search, DNS_ERR_NODATA));
	ck_assert(lvn_dns_search_next(&search, &name));
	ck_assert_uint_eq(name.size, 252);
	ck_assert(lvn_dns_search_note(&search, DNS_ERR_NOTEXIST));
	ck_assert(!lvn_dns_search_next(&search, &name));

	ck_assert_int_eq(search.result, DNS_ERR_NODATA);
	lvn_dns_search_clear(&search);
	lvn_dns_suffixes_unref(suffixes);
}

/*
 * Outcomes of the names one after the other: 0 found, 3 no such name, 5 refused, D no data,
 * 2 failed, T timeout.
 */
static const struct {
	const char *name;
	const char *outcomes;
	unsigned tries;
	int result;
} results[] = {
    {"h", "3330", 4, DNS_ERR_NONE},
    {"h", "0", 1, DNS_ERR_NONE},
    {"h", "D0", 2, DNS_ERR_NONE},
    {"h", "3333", 4, DNS_ERR_NOTEXIST},
    {"h", "3D33", 4, DNS_ERR_NODATA},
    {"h", "D333", 4, DNS_ERR_NODATA},
    {"h", "2D33", 4, DNS_ERR_NODATA},
    {"h", "D233", 4, DNS_ERR_NODATA},
    {"h", "3233", 4, DNS_ERR_SERVERFAILED},
    {"h", "3253", 4, DNS_ERR_SERVERFAILED},
    {"h", "3335", 4, DNS_ERR_REFUSED},
    {"h", "T", 1, DNS_ERR_TIMEOUT},
    {"h", "3T", 2, DNS_ERR_TIMEOUT},
    {"h", "DT", 2, DNS_ERR_NODATA},
    /* What the name as it is was found to be. */
    {"h.i", "3333", 4, DNS_ERR_NOTEXIST},
    {"h.i", "3D33", 4, DNS_ERR_NOTEXIST},
    {"h.i", "D333", 4, DNS_ERR_NODATA},
    {"h.i", "2DD3", 4, DNS_ERR_SERVERFAILED},
    {"h.i", "3330", 4, DNS_ERR_NONE},
    {"h.i", "3T", 2, DNS_ERR_NOTEXIST},
    {"h.i", "T", 1, DNS_ERR_TIMEOUT},
};

static int
outcome_of(char letter)
{
	if (letter == 'D')
		return DNS_ERR_NODATA;
	return letter == 'T' ? DNS_ERR_TIMEOUT : letter - '0';
}

TEST_RANGE(lvn_dns_search_note__results, 0, (int)LVN_COUNT_OF(results))
{
	struct dns_suffixes *suffixes = suffixes_of("a b c");
	struct dns_search search;
	struct dns_name name;
	unsigned tries = 0;
	bool goes_on = true;

	ck_assert_int_eq(lvn_dns_search_start(&search, results[_i].name, 1, suffixes), 0);
	while (goes_on && lvn_dns_search_next(&search, &name))
		goes_on = lvn_dns_search_note(&search, outcome_of(results[_i].outcomes[tries++]));

	ck_assert_uint_eq(tries, results[_i].tries);
	ck_assert_int_eq(search.result, results[_i].result);
	lvn_dns_search_clear(&search);
	lvn_dns_suffixes_unref(suffixes);
}

TEST(lvn_dns_search_start__names_that_are_none)
{
	struct dns_suffixes *suffixes = suffixes_of("a");
	struct dns_search search;
	char label[66];

	memset(label, 'a', sizeof(label));
	label[64] = '\0';
	ck_assert_int_eq(lvn_dns_search_start(&search, "", 1, suffixes), -EINVAL);
	ck_assert_int_eq(lvn_dns_search_start(&search, "a..b", 1, suffixes), -EINVAL);
	ck_assert_int_eq(lvn_dns_search_start(&search, label, 1, suffixes), -ENAMETOOLONG);

	ck_assert_uint_eq(suffixes->references, 1);
	lvn_dns_suffixes_unref(suffixes);
}

TEST(lvn_dns_search_start__without_memory)
{
	struct dns_suffixes *suffixes = suffixes_of("a");
	struct dns_search search;
	struct fail_nth fail = {0};

	fail_nth_begin(&fail);
	ck_assert_int_eq(lvn_dns_search_start(&search, "h", 1, suffixes), -ENOMEM);
	ck_assert(fail_nth_end(&fail));

	ck_assert_uint_eq(suffixes->references, 1);
	lvn_dns_suffixes_unref(suffixes);
}

TEST(lvn_dns_search_start__keeps_the_list_that_it_began_with)
{
	struct dns_suffixes *old = suffixes_of("a"), *new;
	struct dns_search search;
	char tried[100];

	ck_assert_int_eq(lvn_dns_search_start(&search, "h", 1, old), 0);
	ck_assert_int_eq(lvn_dns_suffixes_add(old, "b", 1, true, &new), 0);
	lvn_dns_suffixes_unref(old);
	try_all(&search, tried, sizeof(tried));

	ck_assert_str_eq(tried, "h.a h ");
	lvn_dns_search_clear(&search);
	lvn_dns_search_clear(&search);
	lvn_dns_suffixes_unref(new);
}

TEST(lvn_dns_suffixes_add__in_front)
{
	struct dns_suffixes *old = suffixes_of("a b"), *new;
	struct dns_search search;
	char tried[100];

	ck_assert_int_eq(lvn_dns_suffixes_add(old, "..c", 3, true, &new), 0);
	ck_assert_int_eq(lvn_dns_search_start(&search, "h", 1, new), 0);
	try_all(&search, tried, sizeof(tried));

	ck_assert_str_eq(tried, "h.c h.a h.b h ");
	lvn_dns_search_clear(&search);
	lvn_dns_suffixes_unref(old);
	lvn_dns_suffixes_unref(new);
}

TEST(lvn_dns_suffixes_add__suffixes_that_are_none)
{
	struct dns_suffixes *suffixes = suffixes_of("a"), *new = suffixes;

	ck_assert_int_eq(lvn_dns_suffixes_add(suffixes, "", 0, false, &new), -EINVAL);
	ck_assert_int_eq(lvn_dns_suffixes_add(suffixes, "a..b", 4, false, &new), -EINVAL);
	while (suffixes->count < LVN_DNS_SUFFIXES_MAX) {
		ck_assert_int_eq(lvn_dns_suffixes_add(suffixes, "b", 1, false, &new), 0);
		lvn_dns_suffixes_unref(suffixes);
		suffixes = new;
	}

	ck_assert_int_eq(lvn_dns_suffixes_add(suffixes, "b", 1, false, &new), -E2BIG);

	ck_assert_ptr_eq(new, suffixes);
	lvn_dns_suffixes_unref(suffixes);
}

TEST(lvn_dns_suffixes_add__without_memory)
{
	struct dns_suffixes *suffixes = NULL;
	struct fail_nth fail = {0};

	fail_nth_begin(&fail);
	ck_assert_int_eq(lvn_dns_suffixes_add(NULL, "a", 1, false, &suffixes), -ENOMEM);
	ck_assert(fail_nth_end(&fail));

	ck_assert_ptr_null(suffixes);
}
