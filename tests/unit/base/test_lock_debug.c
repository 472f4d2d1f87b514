/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/event.h>
#include <event2/thread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/memory.h"
#include "support/suite.h"

static const struct evthread_lock_callbacks *const debug = &lvn_lock_functions.lock;

static void
leave_with_77(int code)
{
	_exit(code == (int)0xdeaddead ? 77 : 1);
}

static void
ignore_line(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

static void *lock;

/* Whether a use of the lock ends the process, as it does in a child. */
static bool
is_fatal(void (*use)(void))
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		event_set_log_callback(ignore_line);
		event_set_fatal_callback(leave_with_77);
		use();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert(WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 0);
	return WEXITSTATUS(status) == 77;
}

static void
take_twice(void)
{
	debug->lock(0, lock);
	debug->lock(0, lock);
}

static void
give_back(void)
{
	debug->unlock(0, lock);
}

static void
free_while_held(void)
{
	debug->lock(0, lock);
	debug->free(lock, 0);
}

static void
free_as_another_kind(void)
{
	debug->free(lock, EVTHREAD_LOCKTYPE_RECURSIVE);
}

static void
read_a_plain_lock(void)
{
	debug->lock(EVTHREAD_READ, lock);
}

static void
take_without_mode(void)
{
	debug->lock(0, lock);
}

static void
take_freed_memory(void)
{
	static char garbage[128];

	debug->lock(0, garbage);
}

TEST_FIXTURE(lvn_lock_enable_debugging, NULL);

TEST(lvn_lock_debug__misuse_of_a_plain_lock_is_fatal)
{
	lock = debug->alloc(0);
	ck_assert_ptr_nonnull(lock);

	ck_assert(is_fatal(take_twice));
	ck_assert(is_fatal(give_back));
	ck_assert(is_fatal(free_while_held));
	ck_assert(is_fatal(free_as_another_kind));
	ck_assert(is_fatal(read_a_plain_lock));
	ck_assert(is_fatal(take_freed_memory));
	ck_assert(!is_fatal(take_without_mode));
	debug->lock(0, lock);
	debug->unlock(0, lock);
	debug->free(lock, 0);
}

TEST(lvn_lock_debug__recursive_lock_is_acquired_twice)
{
	lock = debug->alloc(EVTHREAD_LOCKTYPE_RECURSIVE);

	ck_assert(!is_fatal(take_twice));
	debug->free(lock, EVTHREAD_LOCKTYPE_RECURSIVE);
}

TEST(lvn_lock_debug__read_write_lock_needs_a_mode)
{
	lock = debug->alloc(EVTHREAD_LOCKTYPE_READWRITE);

	ck_assert(is_fatal(take_without_mode));
	ck_assert(!is_fatal(read_a_plain_lock));
	debug->free(lock, EVTHREAD_LOCKTYPE_READWRITE);
}

static int refuse_next;

static int
try_lock(unsigned mode, void *arg)
{
	(void)mode;
	(void)arg;
	return refuse_next;
}

static int
unlock(unsigned mode, void *arg)
{
	(void)mode;
	(void)arg;
	return 0;
}

static void *
alloc_byte(unsigned type)
{
	/* The lock below must bear what the checks allow. */
	ck_assert_uint_eq(type & EVTHREAD_LOCKTYPE_RECURSIVE, EVTHREAD_LOCKTYPE_RECURSIVE);
	return malloc(1);
}

static void
free_byte(void *arg, unsigned type)
{
	(void)type;
	free(arg);
}

TEST(lvn_lock_debug__lock_that_was_not_acquired_is_not_held)
{
	lvn_lock_functions.application = (struct evthread_lock_callbacks){
	    1, EVTHREAD_LOCKTYPE_RECURSIVE, alloc_byte, free_byte, try_lock, unlock};
	lock = debug->alloc(0);
	refuse_next = 16;
	ck_assert_int_eq(debug->lock(EVTHREAD_TRY, lock), 16);
	ck_assert(is_fatal(give_back));
	refuse_next = 0;
	ck_assert_int_eq(debug->lock(EVTHREAD_TRY, lock), 0);
	ck_assert_int_eq(debug->unlock(0, lock), 0);
	debug->free(lock, 0);
}

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

TEST(lvn_lock_debug__out_of_memory)
{
	lvn_memory_set_functions(no_memory, NULL, NULL);
	ck_assert_ptr_null(debug->alloc(0));
}

TEST_FIXTURE(NULL, NULL);

TEST(evthread_get_lock_callbacks__under_lock_debugging)
{
	struct evthread_lock_callbacks own = {
	    1, EVTHREAD_LOCKTYPE_RECURSIVE, alloc_byte, free_byte, try_lock, unlock};

	ck_assert(evthread_get_condition_callbacks()->alloc_condition == NULL);
	ck_assert_int_eq(evthread_set_lock_callbacks(&own), 0);
	ck_assert(evthread_get_lock_callbacks()->alloc == alloc_byte);
	evthread_enable_lock_debugging();
	ck_assert(evthread_get_lock_callbacks()->alloc == alloc_byte);
	ck_assert(lvn_lock_functions.lock.alloc != alloc_byte);
}
