/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A suite whose cases fail in every way that the suites' main has to notice.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/suite.h"

START_TEST(a_good_case)
{
	int fd = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(a_case_that_leaves_a_descriptor_open)
{
	ck_assert_int_ge(open("/dev/null", O_RDONLY), 0);
}
END_TEST

START_TEST(a_case_that_may_leave_a_descriptor_open)
{
	suite_allow_open_descriptors();
	ck_assert_int_ge(open("/dev/null", O_RDONLY), 0);
}
END_TEST

START_TEST(a_case_that_crashes)
{
	abort();
}
END_TEST

START_TEST(a_case_that_hangs)
{
	for (;;)
		pause();
}
END_TEST

START_TEST(a_case_that_ends_the_process)
{
	exit(0);
}
END_TEST

START_TEST(a_case_that_fails_the_second_time)
{
	ck_assert_int_ne(_i, 1);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("planted");
	TCase *group = tcase_create("group");

	tcase_set_timeout(group, 0.2);
	tcase_add_test(group, a_good_case);
	tcase_add_test(group, a_case_that_leaves_a_descriptor_open);
	tcase_add_test(group, a_case_that_may_leave_a_descriptor_open);
	tcase_add_test(group, a_case_that_crashes);
	tcase_add_test(group, a_case_that_hangs);
	tcase_add_test(group, a_case_that_ends_the_process);
	tcase_add_loop_test(group, a_case_that_fails_the_second_time, 0, 3);
	suite_add_tcase(suite, group);
	return suite;
}
