/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Include this in every test file instead of check.h.  A test is registered where it is
 * written, and suite.c has main:
 *
 *	TEST(evbuffer_drain__more_than_there_is)
 *	{
 *		ck_assert_int_eq(...);
 *	}
 *
 * Each test runs in a process of its own, within a time limit, and fails if it crashes,
 * leaves a descriptor open or ends its process.
 */
#ifndef LEVIN_TESTS_SUPPORT_SUITE_H
#define LEVIN_TESTS_SUPPORT_SUITE_H

#include <check.h>
#include <stdbool.h>

/* Begin a test: a function body follows. */
#define TEST(name) TEST_RANGE(name, 0, 1)

/*
 * Begin a test that runs once for each _i from first to end - 1, and not at all if end is not
 * above first.  The bounds are evaluated in main.
 */
#define TEST_RANGE(name, first, end) SUITE_TEST(name, 0, first, end)

/* Begin a test that runs once, and not at all where the condition is false. */
#define TEST_IF(condition, name) TEST_RANGE(name, 0, (condition) ? 1 : 0)

/* Begin a test that has to end its process with this status. */
#define TEST_EXIT(name, status) SUITE_TEST(name, status, 0, 1)

/* Run the tests below between these two functions, either of which may be NULL. */
#define TEST_FIXTURE(set_up, tear_down)                   \
	SUITE_ENTRY(suite_set_fixture(set_up, tear_down)) \
	struct suite_entry

/* Allow each of the tests below so many seconds instead of 60. */
#define TEST_SECONDS(seconds)                   \
	SUITE_ENTRY(suite_set_seconds(seconds)) \
	struct suite_entry

/* This test is meant to leave descriptors open: the check at its end is switched off. */
void suite_allow_open_descriptors(void);

/*
 * This test shares objects of OpenSSL between threads.  The thread sanitizer then starts its
 * symbolizer to find out whether a report is suppressed (tsan.supp), and keeps the pipes to it.
 */
void suite_share_openssl(void);

/*
 * True where an emulator serves the system calls: it has fewer signals, no sets for select above
 * FD_SETSIZE, and no futex that inherits priorities.
 */
bool suite_is_emulated(void);

/* Seconds that are long enough here: multiplied where a sanitizer or an emulator is slow. */
double suite_patience(double seconds);

/* ---- how the macros above register ---- */

/*
 * Each macro enters a function into a list before main begins.  main calls them in the order
 * of their lines, and they add tests or change the fixture and the time limit.
 */
struct suite_entry {
	struct suite_entry *next;
	int line;
	void (*apply)(void);
};

void suite_enter(struct suite_entry *entry);
void suite_add_test(const TTest *test, int status, int first, int end);
void suite_set_fixture(SFun set_up, SFun tear_down);
void suite_set_seconds(double seconds);

#define SUITE_JOIN_NOW(a, b) a##b
#define SUITE_JOIN(a, b)     SUITE_JOIN_NOW(a, b)
#define SUITE_HERE(prefix)   SUITE_JOIN(prefix, __LINE__)

#define SUITE_ENTRY(...)                                                              \
	static void SUITE_HERE(suite_apply_)(void)                                    \
	{                                                                             \
		__VA_ARGS__;                                                          \
	}                                                                             \
	__attribute__((constructor)) static void SUITE_HERE(suite_constructor_)(void) \
	{                                                                             \
		static struct suite_entry entry = {                                   \
		    .line = __LINE__, .apply = SUITE_HERE(suite_apply_)};             \
                                                                                      \
		suite_enter(&entry);                                                  \
	}

#define SUITE_TEST(name, status, first, end)                                             \
	static void name(int _i);                                                        \
	static const TTest SUITE_JOIN(name, _ttest) = {#name, name, __FILE__, __LINE__}; \
	SUITE_ENTRY(suite_add_test(&SUITE_JOIN(name, _ttest), status, first, end))       \
	static void name(int _i CK_ATTRIBUTE_UNUSED)

/* A test that is listed apart from where it is written could be forgotten. */
#undef START_TEST
#undef END_TEST

/*
 * Each assertion that holds marks its line, so that a crash can be reported "after this
 * point".  That costs a system call: loops with thousands of assertions mark now and then.
 */
void suite_mark_point(const char *file, int line);
#define _mark_point suite_mark_point

#endif
