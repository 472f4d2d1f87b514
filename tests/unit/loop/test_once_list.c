/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/once_list.h"
#include "support/suite.h"

START_TEST(any_one_may_leave_the_list)
{
	for (int out = 0; out < 3; out++) {
		struct once_list list = {NULL};
		struct once items[3] = {{.arg = NULL}};
		int left = 0;

		for (int i = 0; i < 3; i++)
			lvn_once_list_add(&list, &items[i]);

		lvn_once_list_remove(&items[out]);

		for (struct once *once = list.first; once; once = once->next) {
			ck_assert_ptr_ne(once, &items[out]);
			ck_assert_ptr_eq(*once->link, once);
			left++;
		}
		ck_assert_int_eq(left, 2);
		while (list.first)
			lvn_once_list_remove(list.first);
		lvn_once_list_add(&list, &items[out]);
		ck_assert_ptr_eq(list.first, &items[out]);
	}
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("loop/once_list");
	TCase *group = tcase_create("list");

	tcase_add_test(group, any_one_may_leave_the_list);
	suite_add_tcase(suite, group);
	return suite;
}
