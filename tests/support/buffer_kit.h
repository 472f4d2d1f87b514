/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests of buffers share: a buffer with or without a lock, and its contents compared.
 *
 *	TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add__appends)
 *	{
 *		struct evbuffer *buffer = new_buffer(_i);
 *		...
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
enum { LOCK_CONFIGURATIONS = 2 };
#else
enum { LOCK_CONFIGURATIONS = 1 };
#endif

/* Switches locks on if `with_lock` is not 0. */
static inline void
switch_locks(int with_lock)
{
	const struct backend_under_test *configuration = backend_under_test(with_lock);

	ck_assert_int_eq(configuration->threads, with_lock != 0);
	backend_prepare_process(configuration);
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

#define TEST_WITH_AND_WITHOUT_LOCKS(name) TEST_RANGE(name, 0, LOCK_CONFIGURATIONS)

#endif
