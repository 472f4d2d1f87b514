/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the kernel takes membarrier away.
 */
#include <errno.h>
#include <event2/thread.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "base/lock.h"
#include "base/lock_bias.h"
#include "support/deny.h"
#include "support/suite.h"

START_TEST(a_thread_has_one_self)
{
	struct lock_thread *self = lvn_lock_register_self();

	ck_assert_ptr_nonnull(self);
	ck_assert_ptr_eq(lvn_lock_register_self(), self);
	ck_assert_ptr_eq(lvn_lock_self, self);
	ck_assert_int_eq(self->may_be_biased, lvn_lock_bias_available());
}
END_TEST

START_TEST(a_lock_is_in_a_slot_while_it_is_held_by_bias)
{
	struct lock_thread *self = lvn_lock_register_self();
	LVN_ATOMIC(struct lock_thread *) bias = self;
	LVN_ATOMIC(struct lock_thread *) holder = NULL;
	struct lock locks[2];
	unsigned depth = 1;

	ck_assert(lvn_lock_enter_biased(&bias, &holder, &depth, &locks[0]));
	ck_assert(lvn_lock_bias_is_held(self, &locks[0]));
	ck_assert(!lvn_lock_bias_is_held(self, &locks[1]));
	ck_assert(!lvn_lock_bias_forget(self, &locks[1]));
	ck_assert(lvn_lock_leave_biased(&bias, &holder, &depth, &locks[0]));
	ck_assert(!lvn_lock_bias_is_held(self, &locks[0]));

	atomic_store(&bias, &lvn_lock_nobody);
	ck_assert(!lvn_lock_enter_biased(&bias, &holder, &depth, &locks[0]));
	ck_assert(!lvn_lock_leave_biased(&bias, &holder, &depth, &locks[0]));
}
END_TEST

#if defined(EVTHREAD_USE_PTHREADS_IMPLEMENTED) && defined(SYS_membarrier)
static struct lock lock;
static int counter;

static void *
take_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		lvn_lock_acquire(&lock);
		counter++;
		lvn_lock_release(&lock);
	}
	return NULL;
}

static void
count_to_6000(void)
{
	pthread_t threads[2];

	take_often(NULL);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_often, NULL), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(counter, 6000);
}

START_TEST(without_membarrier_nobody_has_a_bias)
{
	if (!deny_system_call(SYS_membarrier, _i ? EPERM : ENOSYS))
		return;
	ck_assert(!lvn_lock_bias_available());
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	ck_assert_int_eq(lock.kind, LOCK_NATIVE);

	count_to_6000();

	ck_assert_ptr_eq(atomic_load(&lock.bias), &lvn_lock_nobody);
	lvn_lock_clear(&lock);
}
END_TEST

START_TEST(a_membarrier_that_is_taken_away_is_not_needed)
{
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	if (!deny_system_call(SYS_membarrier, EPERM))
		return;

	count_to_6000();

	lvn_lock_clear(&lock);
}
END_TEST
#endif

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("base/lock_bias");
	TCase *group = tcase_create("bias");

	tcase_add_test(group, a_thread_has_one_self);
	tcase_add_test(group, a_lock_is_in_a_slot_while_it_is_held_by_bias);
#if defined(EVTHREAD_USE_PTHREADS_IMPLEMENTED) && defined(SYS_membarrier)
	tcase_add_loop_test(group, without_membarrier_nobody_has_a_bias, 0, 2);
	tcase_add_test(group, a_membarrier_that_is_taken_away_is_not_needed);
#endif
	suite_add_tcase(suite, group);
	return suite;
}
