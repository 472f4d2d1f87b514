/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A suite whose cases fail in every way that the suites' main has to notice.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/suite.h"

TEST_SECONDS(0.2);

TEST(a_good_case)
{
	int fd = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

TEST(a_case_that_leaves_a_descriptor_open)
{
	ck_assert_int_ge(open("/dev/null", O_RDONLY), 0);
}

TEST(a_case_that_may_leave_a_descriptor_open)
{
	suite_allow_open_descriptors();
	ck_assert_int_ge(open("/dev/null", O_RDONLY), 0);
}

TEST(a_case_that_crashes)
{
	abort();
}

TEST(a_case_that_hangs)
{
	for (;;)
		pause();
}

TEST(a_case_that_ends_the_process)
{
	exit(0);
}

TEST_RANGE(a_case_that_fails_the_second_time, 0, 3)
{
	ck_assert_int_ne(_i, 1);
}
