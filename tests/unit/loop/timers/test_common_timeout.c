/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/timers/common_timeout.h"
#include "support/suite.h"

static bool
always_fails(void *context)
{
	(void)context;
	return true;
}

TEST(common_timeout_get__one_value_for_a_duration)
{
	struct common_timeouts common = {0};
	struct timeval second = {1, 0}, other = {1, 1};
	const struct timeval *marked = lvn_common_timeout_get(&common, &second);

	ck_assert_ptr_nonnull(marked);
	ck_assert_ptr_eq(lvn_common_timeout_get(&common, &second), marked);
	ck_assert_ptr_eq(lvn_common_timeout_get(&common, marked), marked);
	ck_assert_ptr_ne(lvn_common_timeout_get(&common, &other), marked);
	ck_assert_int_eq(marked->tv_sec, 1);
	ck_assert_int_ge(marked->tv_usec, 1000000);
	ck_assert_int_eq(lvn_common_timeout_duration(&common, marked), LVN_NS_PER_S);
	ck_assert_int_eq(lvn_common_timeout_duration(&common, &other), LVN_NS_PER_S + 1000);
	lvn_common_timeout_clear(&common);
}

TEST(common_timeout_get__microseconds_above_a_second)
{
	struct common_timeouts common = {0};
	struct timeval odd = {1, 2500000}, plain = {3, 500000};

	ck_assert_ptr_eq(
	    lvn_common_timeout_get(&common, &odd), lvn_common_timeout_get(&common, &plain));
	lvn_common_timeout_clear(&common);
}

TEST(common_timeout_duration__unknown_mark_is_a_plain_number)
{
	struct common_timeouts common = {0};
	struct timeval second = {1, 0};
	struct timeval forged = *lvn_common_timeout_get(&common, &second);
	struct timeval unknown = {1, 0x50000000 | 7 << 20};

	forged.tv_sec = 2;
	ck_assert_int_eq(
	    lvn_common_timeout_duration(&common, &forged), lvn_ns_from_timeval(&forged));
	ck_assert_int_eq(
	    lvn_common_timeout_duration(&common, &unknown), lvn_ns_from_timeval(&unknown));
	lvn_common_timeout_clear(&common);
}

static void
ignore_line(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

TEST(common_timeout_get__256_at_most)
{
	struct common_timeouts common = {0};
	struct timeval tv = {0, 0};

	lvn_log_set_callback(ignore_line);
	for (int i = 0; i < 256; i++) {
		tv.tv_usec = i;
		ck_assert_ptr_nonnull(lvn_common_timeout_get(&common, &tv));
	}
	tv.tv_usec = 256;
	ck_assert_ptr_null(lvn_common_timeout_get(&common, &tv));
	for (int i = 0; i < 256; i++) {
		tv.tv_usec = i;
		ck_assert_int_eq(
		    lvn_common_timeout_duration(&common, lvn_common_timeout_get(&common, &tv)),
		    i * LVN_NS_PER_US);
	}
	lvn_common_timeout_clear(&common);
}

TEST(common_timeout_get__out_of_memory)
{
	struct common_timeouts common = {0};
	struct timeval second = {1, 0};

	lvn_memory_set_fault(always_fails, NULL);
	ck_assert_ptr_null(lvn_common_timeout_get(&common, &second));
	lvn_memory_set_fault(NULL, NULL);

	ck_assert_ptr_nonnull(lvn_common_timeout_get(&common, &second));
	lvn_common_timeout_clear(&common);
}
