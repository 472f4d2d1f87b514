/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests of buffers share: a buffer with or without a lock, and its contents compared.
 *
 *	tcase_add_test_with_and_without_locks(group, a_case);
 *
 * and inside the case
 *
 *	struct evbuffer *buffer = new_buffer(_i);
 */
#ifndef LEVIN_TESTS_SUPPORT_BUFFER_KIT_H
#define LEVIN_TESTS_SUPPORT_BUFFER_KIT_H

#include <event2/buffer.h>
#include <event2/thread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/backends.h"
#include "support/suite.h"

/* Without libevent_pthreads there are no locks. */
#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
enum { LOCK_WAYS = 2 };
#else
enum { LOCK_WAYS = 1 };
#endif

/* Switches locks on if `with_lock` is not 0. */
static inline void
switch_locks(int with_lock)
{
	const struct backend_under_test *way = backend_under_test(with_lock);

	ck_assert_int_eq(way->threads, with_lock != 0);
	backend_prepare_process(way);
}

/* The switch must have been thrown. */
static inline struct evbuffer *
another_buffer(int with_lock)
{
	struct evbuffer *buffer = evbuffer_new();

	ck_assert_ptr_nonnull(buffer);
	if (with_lock)
		ck_assert_int_eq(evbuffer_enable_locking(buffer, NULL), 0);
	return buffer;
}

static inline struct evbuffer *
new_buffer(int with_lock)
{
	switch_locks(with_lock);
	return another_buffer(with_lock);
}

static inline void
check_text(struct evbuffer *buffer, const char *text)
{
	size_t size = strlen(text);
	char *content = (char *)malloc(size + 2);

	ck_assert_uint_eq(evbuffer_get_length(buffer), size);
	ck_assert_int_eq(evbuffer_copyout(buffer, content, size + 1), (long)size);
	content[size] = '\0';
	ck_assert_str_eq(content, text);
	free(content);
}

#define tcase_add_test_with_and_without_locks(group, test) \
	tcase_add_loop_test(group, test, 0, LOCK_WAYS)

#endif
