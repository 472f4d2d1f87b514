/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "dns/dns_answer.h"
#include "dns/dns_cache.h"
#include "support/dns_kit.h"
#include "support/fail_nth.h"
#include "support/suite.h"

#define S ((int64_t)1000000000)

static const uint8_t key[LVN_SIPHASH_KEY_SIZE] = {7};
static const uint8_t address[4] = {192, 0, 2, 1};
static struct dns_cache *cache;
static int64_t now_ns = 1000 * S;

static void
set_up(void)
{
	cache = lvn_dns_cache_new(key, NULL);
	ck_assert_ptr_nonnull(cache);
}

static void
tear_down(void)
{
	lvn_dns_cache_free(cache);
}

TEST_FIXTURE(set_up, tear_down);

static void
limit(const struct dns_cache_limits *limits)
{
	lvn_dns_cache_free(cache);
	cache = lvn_dns_cache_new(key, limits);
	ck_assert_ptr_nonnull(cache);
}

static struct dns_question
question_of(const char *name, uint16_t type)
{
	return (struct dns_question){name_of(name), type, DNS_CLASS_IN};
}

/* The cache has the only reference afterwards. */
static void
put(const char *name, uint16_t type, struct dns_answer *answer)
{
	struct dns_question question = question_of(name, type);

	ck_assert_ptr_nonnull(answer);
	ck_assert_int_eq(lvn_dns_cache_put(cache, &question, answer, now_ns), 0);
	lvn_dns_answer_unref(answer);
}

static void
put_address(const char *name, uint32_t ttl)
{
	put(name, DNS_TYPE_A, lvn_dns_answer_of_addresses(DNS_TYPE_A, ttl, address, 1, NULL));
}

static void
put_failure(const char *name, uint16_t type, uint16_t status, uint32_t ttl)
{
	put(name, type, lvn_dns_answer_of_failure(type, status, ttl));
}

static struct dns_answer *
find(const char *name, uint16_t type, uint32_t *ttl_out)
{
	struct dns_question question = question_of(name, type);

	return lvn_dns_cache_find(cache, &question, now_ns, ttl_out);
}

/* The status of the answer, or -1 if there is none. */
static int
status_of(const char *name, uint16_t type)
{
	uint32_t ttl;
	struct dns_answer *answer = find(name, type, &ttl);

	return answer ? answer->status : -1;
}

static struct dns_cache_statistics
statistics(void)
{
	struct dns_cache_statistics numbers;

	lvn_dns_cache_get_statistics(cache, &numbers);
	return numbers;
}

TEST(lvn_dns_cache_find__until_the_answer_expires)
{
	uint32_t ttl = 0;

	put_address("a.example", 10);
	ck_assert_mem_eq(lvn_dns_answer_addresses(find("A.Example", DNS_TYPE_A, &ttl)), address, 4);
	ck_assert_uint_eq(ttl, 10);

	now_ns += 9 * S + 1;
	ck_assert_int_eq(status_of("a.example", DNS_TYPE_A), 0);
	find("a.example", DNS_TYPE_A, &ttl);
	ck_assert_uint_eq(ttl, 0);

	now_ns += S - 1;
	ck_assert_int_eq(status_of("a.example", DNS_TYPE_A), -1);
	ck_assert_uint_eq(statistics().expired, 1);
	ck_assert_uint_eq(statistics().entries, 0);
	ck_assert_uint_eq(statistics().bytes, 0);
}

TEST(lvn_dns_cache_count__alone_counts_hits_and_misses)
{
	uint32_t ttl;

	put_address("a.example", 10);
	find("a.example", DNS_TYPE_A, &ttl);
	ck_assert_int_eq(status_of("b.example", DNS_TYPE_A), -1);
	ck_assert_uint_eq(statistics().hits + statistics().misses, 0);

	lvn_dns_cache_count(cache, true);
	lvn_dns_cache_count(cache, true);
	lvn_dns_cache_count(cache, false);

	ck_assert_uint_eq(statistics().hits, 2);
	ck_assert_uint_eq(statistics().misses, 1);
}

TEST(lvn_dns_cache_find__other_questions)
{
	struct dns_question question = question_of("a.example", DNS_TYPE_A);
	uint32_t ttl;

	ck_assert_int_eq(status_of("a.example", DNS_TYPE_A), -1);
	put_address("a.example", 10);

	ck_assert_int_eq(status_of("a.example", DNS_TYPE_AAAA), -1);
	ck_assert_int_eq(status_of("example", DNS_TYPE_A), -1);
	ck_assert_int_eq(status_of("a.a.example", DNS_TYPE_A), -1);
	question.dns_class = 3;
	ck_assert_ptr_null(lvn_dns_cache_find(cache, &question, now_ns, &ttl));
}

TEST(lvn_dns_cache_put__takes_the_place_of_the_old_answer)
{
	put_failure("a", DNS_TYPE_A, LVN_DNS_STATUS_NODATA, 10);
	put_failure("a", DNS_TYPE_AAAA, LVN_DNS_STATUS_NODATA, 10);
	put_address("a", 10);

	ck_assert_int_eq(status_of("a", DNS_TYPE_A), 0);
	ck_assert_int_eq(status_of("a", DNS_TYPE_AAAA), LVN_DNS_STATUS_NODATA);
	ck_assert_uint_eq(statistics().entries, 2);
}

/* RFC 2308 5: it is the name that does not exist. */
TEST(lvn_dns_cache_put__a_name_that_does_not_exist)
{
	put_address("a", 10);
	put_failure("a", DNS_TYPE_MX, DNS_RCODE_NXDOMAIN, 10);
	ck_assert_int_eq(status_of("a", DNS_TYPE_A), DNS_RCODE_NXDOMAIN);
	ck_assert_int_eq(status_of("a", DNS_TYPE_TXT), DNS_RCODE_NXDOMAIN);
	ck_assert_int_eq(status_of("b.a", DNS_TYPE_TXT), -1);
	ck_assert_uint_eq(statistics().entries, 1);

	put_address("a", 10);
	ck_assert_int_eq(status_of("a", DNS_TYPE_A), 0);
	ck_assert_int_eq(status_of("a", DNS_TYPE_TXT), -1);
	ck_assert_uint_eq(statistics().entries, 1);
}

static const struct {
	uint16_t status;
	uint32_t ttl;
	uint32_t kept; /* 0: it is not */
} lifetimes[] = {{0, 1, 1}, {0, 100, 100}, {0, 101, 100}, {0, UINT32_MAX, 100}, {0, 0, 0},
    {DNS_RCODE_NXDOMAIN, 50, 50}, {DNS_RCODE_NXDOMAIN, 51, 50}, {DNS_RCODE_NXDOMAIN, 0, 0},
    {LVN_DNS_STATUS_NODATA, 60, 50}, {LVN_DNS_STATUS_NODATA, 0, 0}, {DNS_RCODE_SERVFAIL, 0, 2},
    {DNS_RCODE_SERVFAIL, 99, 2}, {DNS_RCODE_REFUSED, 0, 2}};

TEST_RANGE(lvn_dns_cache_put__lifetimes, 0, (int)LVN_COUNT_OF(lifetimes))
{
	struct dns_cache_limits limits = {.entries = 10,
	    .bytes = 10000,
	    .max_ttl = 100,
	    .max_negative_ttl = 50,
	    .failure_ttl = 2};
	uint32_t ttl;

	limit(&limits);
	put_address("a", 10);
	if (lifetimes[_i].status == 0)
		put_address("a", lifetimes[_i].ttl);
	else
		put_failure("a", DNS_TYPE_A, lifetimes[_i].status, lifetimes[_i].ttl);

	if (lifetimes[_i].kept == 0) {
		ck_assert_int_eq(status_of("a", DNS_TYPE_A), -1);
	} else {
		ck_assert_int_eq(find("a", DNS_TYPE_A, &ttl)->status, lifetimes[_i].status);
		ck_assert_uint_eq(ttl, lifetimes[_i].kept);
	}
}

TEST(lvn_dns_cache_put__the_least_recently_used_goes_first)
{
	struct dns_cache_limits limits = {.entries = 3, .bytes = 10000, .max_ttl = 100};

	limit(&limits);
	put_address("a", 10);
	put_address("b", 10);
	put_address("c", 10);
	ck_assert_int_eq(status_of("a", DNS_TYPE_A), 0);
	put_address("d", 10);

	ck_assert_int_eq(status_of("b", DNS_TYPE_A), -1);
	ck_assert_int_eq(status_of("a", DNS_TYPE_A), 0);
	ck_assert_uint_eq(statistics().entries, 3);
	ck_assert_uint_eq(statistics().evicted, 1);

	now_ns += 20 * S;
	put_address("e", 10);
	ck_assert_uint_eq(statistics().evicted, 1);
	ck_assert_uint_eq(statistics().expired, 1);
}

TEST(lvn_dns_cache_put__within_its_bytes)
{
	struct dns_cache_limits limits = {.entries = 1000, .bytes = 1000, .max_ttl = 100};
	uint8_t many[4 * 300] = {0};
	size_t entries;

	limit(&limits);
	for (char name[2] = "a"; *name <= 'z'; ++*name)
		put_address(name, 10);
	entries = statistics().entries;
	ck_assert_uint_ge(entries, 5);
	ck_assert_uint_eq(statistics().evicted, 26 - entries);
	ck_assert_uint_le(statistics().bytes, 1000);

	/* One that is too large alone leaves the others. */
	put("many", DNS_TYPE_A, lvn_dns_answer_of_addresses(DNS_TYPE_A, 10, many, 300, NULL));
	ck_assert_int_eq(status_of("many", DNS_TYPE_A), -1);
	ck_assert_uint_eq(statistics().entries, entries);

	put("half", DNS_TYPE_A, lvn_dns_answer_of_addresses(DNS_TYPE_A, 10, many, 100, NULL));
	ck_assert_int_eq(status_of("half", DNS_TYPE_A), 0);
	ck_assert_int_eq(status_of("z", DNS_TYPE_A), 0);
	ck_assert_uint_le(statistics().bytes, 1000);
}

/* What the budget allows, without what malloc adds. */
TEST(lvn_dns_cache_put__an_entry_is_small)
{
	put_address("www.example.com", 10);

	ck_assert_uint_le(statistics().bytes, 17 + 4 + 112);
}

TEST(lvn_dns_cache_put__many)
{
	enum { COUNT = 10000, KEPT = 4096 };
	char name[32];

	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "h%d.example", i);
		put_address(name, 100);
	}

	ck_assert_uint_eq(statistics().entries, KEPT);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "h%d.example", i);
		ck_assert_int_eq(status_of(name, DNS_TYPE_A), i < COUNT - KEPT ? -1 : 0);
	}
}

TEST(lvn_dns_cache_put__nothing_is_kept_where_no_entry_is_allowed)
{
	struct dns_cache_limits limits = {.entries = 0, .bytes = 1000, .max_ttl = 100};

	limit(&limits);
	put_address("a", 10);

	ck_assert_int_eq(status_of("a", DNS_TYPE_A), -1);
}

TEST(lvn_dns_cache_put__without_memory)
{
	struct dns_question question = question_of("a", DNS_TYPE_A);
	struct dns_answer *answer = lvn_dns_answer_of_addresses(DNS_TYPE_A, 10, address, 1, NULL);
	struct fail_nth fail = {0};
	int rc;

	ck_assert_ptr_nonnull(answer);
	for (;; fail.number++) {
		lvn_dns_cache_clear(cache);
		fail_nth_begin(&fail);
		rc = lvn_dns_cache_put(cache, &question, answer, now_ns);
		if (!fail_nth_end(&fail))
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		ck_assert_int_eq(status_of("a", DNS_TYPE_A), -1);
		ck_assert_uint_eq(answer->references, 1);
	}

	ck_assert_uint_eq(fail.number, 2);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(status_of("a", DNS_TYPE_A), 0);
	lvn_dns_answer_unref(answer);
}

/* The table of chains grows at 64 entries. */
TEST(lvn_dns_cache_put__without_memory_for_a_larger_table)
{
	struct fail_nth fail = {.number = 1};
	char name[32];

	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "h%d", i);
		put_address(name, 100);
	}
	{
		struct dns_question question = question_of("last", DNS_TYPE_A);
		struct dns_answer *answer =
		    lvn_dns_answer_of_addresses(DNS_TYPE_A, 10, address, 1, NULL);

		fail_nth_begin(&fail);
		ck_assert_int_eq(lvn_dns_cache_put(cache, &question, answer, now_ns), 0);
		ck_assert(fail_nth_end(&fail));
		lvn_dns_answer_unref(answer);
	}

	ck_assert_int_eq(status_of("last", DNS_TYPE_A), 0);
	ck_assert_int_eq(status_of("h0", DNS_TYPE_A), 0);
	ck_assert_uint_eq(statistics().entries, 65);
}

TEST(lvn_dns_cache_new__without_memory)
{
	struct fail_nth fail = {0};

	fail_nth_begin(&fail);
	ck_assert_ptr_null(lvn_dns_cache_new(key, NULL));
	ck_assert(fail_nth_end(&fail));
	lvn_dns_cache_free(NULL);
}

TEST(lvn_dns_cache_find__the_answer_lives_on_with_a_reference)
{
	uint32_t ttl;
	struct dns_answer *answer;

	put_address("a", 10);
	answer = lvn_dns_answer_ref(find("a", DNS_TYPE_A, &ttl));
	lvn_dns_cache_clear(cache);

	ck_assert_mem_eq(lvn_dns_answer_addresses(answer), address, 4);
	ck_assert_int_eq(status_of("a", DNS_TYPE_A), -1);
	lvn_dns_answer_unref(answer);
}

TEST(lvn_dns_cache_remove__all_types_of_a_name)
{
	put_address("a", 10);
	put_failure("A", DNS_TYPE_AAAA, LVN_DNS_STATUS_NODATA, 10);
	put_address("b", 10);
	{
		struct dns_name name = name_of("a");

		lvn_dns_cache_remove(cache, &name);
	}

	ck_assert_int_eq(status_of("a", DNS_TYPE_A), -1);
	ck_assert_int_eq(status_of("a", DNS_TYPE_AAAA), -1);
	ck_assert_int_eq(status_of("b", DNS_TYPE_A), 0);
	ck_assert_uint_eq(statistics().entries, 1);
}

TEST(lvn_dns_cache_clear__an_empty_one)
{
	struct dns_name name = name_of("a");

	lvn_dns_cache_clear(cache);
	lvn_dns_cache_remove(cache, &name);

	put_address("a", 10);
	lvn_dns_cache_clear(cache);
	lvn_dns_cache_clear(cache);
	ck_assert_uint_eq(statistics().bytes, 0);
	put_address("a", 10);
	ck_assert_int_eq(status_of("a", DNS_TYPE_A), 0);
}
