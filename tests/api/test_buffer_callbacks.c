/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/event.h>
#include <pthread.h>

#include "support/buffer_kit.h"
#include "support/own_locks.h"

struct told {
	int calls;
	size_t orig_size, added, deleted;
	struct evbuffer_cb_entry *removes; /* one that is removed in the next call */
	bool frees, adds;
};

static void
note(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	struct told *told = arg;

	told->calls++;
	told->orig_size = info->orig_size;
	told->added = info->n_added;
	told->deleted = info->n_deleted;
	if (told->removes)
		ck_assert_int_eq(evbuffer_remove_cb_entry(buffer, told->removes), 0);
	told->removes = NULL;
	if (told->adds) {
		told->adds = false;
		ck_assert_int_eq(evbuffer_add(buffer, "inside", 6), 0);
	}
	if (told->frees)
		evbuffer_free(buffer);
}

START_TEST(a_callback_is_told_what_changed)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct told told = {0};

	ck_assert_ptr_nonnull(evbuffer_add_cb(buffer, note, &told));
	evbuffer_add(buffer, "0123456789", 10);
	ck_assert_uint_eq(told.added, 10);
	evbuffer_drain(buffer, 4);

	ck_assert_int_eq(told.calls, 2);
	ck_assert_uint_eq(told.orig_size, 10);
	ck_assert_uint_eq(told.added, 0);
	ck_assert_uint_eq(told.deleted, 4);
	ck_assert_int_eq(evbuffer_remove_cb(buffer, note, &told), 0);
	ck_assert_int_eq(evbuffer_remove_cb(buffer, note, &told), -1);
	evbuffer_drain(buffer, 1);
	ck_assert_int_eq(told.calls, 2);
	evbuffer_free(buffer);
}
END_TEST

START_TEST(a_callback_that_is_off_is_not_called)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct told told = {0};
	struct evbuffer_cb_entry *entry = evbuffer_add_cb(buffer, note, &told);

	ck_assert_int_eq(evbuffer_cb_clear_flags(buffer, entry, EVBUFFER_CB_ENABLED), 0);
	evbuffer_add(buffer, "x", 1);
	ck_assert_int_eq(told.calls, 0);
	ck_assert_int_eq(evbuffer_cb_set_flags(buffer, entry, EVBUFFER_CB_ENABLED), 0);
	evbuffer_add(buffer, "x", 1);

	ck_assert_int_eq(told.calls, 1);
	evbuffer_free(buffer);
}
END_TEST

/* libevent remembers the next one before it calls the first. */
START_TEST(a_callback_may_remove_the_one_that_is_next)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct told last = {0}, first = {0}, middle = {0};

	evbuffer_add_cb(buffer, note, &last);
	first.removes = evbuffer_add_cb(buffer, note, &middle);
	evbuffer_add_cb(buffer, note, &first);
	evbuffer_add(buffer, "x", 1);
	evbuffer_add(buffer, "x", 1);

	ck_assert_int_eq(first.calls, 2);
	ck_assert_int_eq(middle.calls, 0);
	ck_assert_int_eq(last.calls, 2);
	evbuffer_free(buffer);
}
END_TEST

START_TEST(a_callback_may_remove_itself_and_change_the_buffer)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct told other = {0}, told = {.adds = true};

	evbuffer_add_cb(buffer, note, &other);
	told.removes = evbuffer_add_cb(buffer, note, &told);
	evbuffer_add(buffer, "x", 1);

	ck_assert_int_eq(told.calls, 1);
	ck_assert_int_eq(other.calls, 2);
	check_text(buffer, "xinside");
	evbuffer_free(buffer);
}
END_TEST

START_TEST(a_callback_may_free_the_buffer)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct told other = {0}, told = {.frees = true};

	evbuffer_add_cb(buffer, note, &other);
	evbuffer_add_cb(buffer, note, &told);
	ck_assert_int_eq(evbuffer_add(buffer, "x", 1), 0);

	ck_assert_int_eq(told.calls, 1);
	ck_assert_int_eq(other.calls, 0);
}
END_TEST

START_TEST(a_callback_may_free_a_buffer_that_bytes_move_to)
{
	struct evbuffer *from = new_buffer(_i), *to = another_buffer(_i);
	struct told told = {.frees = true};

	evbuffer_add(from, "0123456789", 10);
	evbuffer_add_cb(to, note, &told);
	ck_assert_int_eq(evbuffer_remove_buffer(from, to, 4), 4);

	check_text(from, "456789");
	evbuffer_free(from);
}
END_TEST

static void
note_old(struct evbuffer *buffer, size_t old_size, size_t new_size, void *arg)
{
	struct told *told = arg;

	ck_assert_uint_eq(evbuffer_get_length(buffer), new_size);
	told->calls++;
	told->orig_size = old_size;
}

START_TEST(setcb_replaces_all_callbacks)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct told told = {0}, old = {0};

	evbuffer_add_cb(buffer, note, &told);
	ck_assert_int_eq(evbuffer_setcb(buffer, note_old, &old), 0);
	evbuffer_add(buffer, "xy", 2);
	evbuffer_drain(buffer, 1);
	ck_assert_int_eq(evbuffer_setcb(buffer, NULL, NULL), 0);
	evbuffer_drain(buffer, 1);

	ck_assert_int_eq(told.calls, 0);
	ck_assert_int_eq(old.calls, 2);
	ck_assert_uint_eq(old.orig_size, 2);
	evbuffer_free(buffer);
}
END_TEST

/* ---- Deferred ------------------------------------------------------------------------ */

static struct evbuffer *
deferred_buffer(struct event_base **base_out, struct told *told)
{
	const struct backend_under_test *backend = backend_under_test(0);
	struct evbuffer *buffer;

	*base_out = base_on(backend);
	buffer = another_buffer(backend->threads);
	ck_assert_int_eq(evbuffer_defer_callbacks(buffer, *base_out), 0);
	evbuffer_add_cb(buffer, note, told);
	return buffer;
}

START_TEST(changes_are_told_together_by_the_loop)
{
	struct told told = {0};
	struct event_base *base;
	struct evbuffer *buffer = deferred_buffer(&base, &told);

	evbuffer_add(buffer, "0123456789", 10);
	evbuffer_drain(buffer, 3);
	evbuffer_add(buffer, "x", 1);
	ck_assert_int_eq(told.calls, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(told.calls, 1);
	ck_assert_uint_eq(told.orig_size, 0);
	ck_assert_uint_eq(told.added, 11);
	ck_assert_uint_eq(told.deleted, 3);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(told.calls, 1);
	evbuffer_free(buffer);
	event_base_free(base);
}
END_TEST

START_TEST(no_callback_comes_after_evbuffer_free)
{
	struct told told = {0};
	struct event_base *base;
	struct evbuffer *buffer = deferred_buffer(&base, &told);

	evbuffer_add(buffer, "x", 1);
	evbuffer_free(buffer);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(told.calls, 0);
	event_base_free(base);
}
END_TEST

START_TEST(a_deferred_callback_may_free_the_buffer)
{
	struct told told = {.frees = true};
	struct event_base *base;
	struct evbuffer *buffer = deferred_buffer(&base, &told);

	evbuffer_add(buffer, "x", 1);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(told.calls, 1);
	event_base_free(base);
}
END_TEST

struct endless {
	struct event_base *base;
	int calls;
};

static void
stop_after_some(evutil_socket_t fd, short what, void *arg)
{
	struct endless *endless = arg;

	(void)fd;
	(void)what;
	if (endless->calls > 1)
		event_base_loopbreak(endless->base);
}

static void
add_one_more(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)info;
	((struct endless *)arg)->calls++;
	evbuffer_add(buffer, "x", 1);
}

START_TEST(a_callback_that_defers_itself_for_ever_lets_others_run)
{
	struct event_base *base = base_on(backend_under_test(0));
	struct evbuffer *buffer = another_buffer(backend_under_test(0)->threads);
	struct endless endless = {.base = base};
	struct event *timer = event_new(base, -1, EV_PERSIST, stop_after_some, &endless);
	struct timeval soon = {0, 1000};

	evbuffer_defer_callbacks(buffer, base);
	evbuffer_add_cb(buffer, add_one_more, &endless);
	event_add(timer, &soon);
	evbuffer_add(buffer, "x", 1);
	event_base_dispatch(base);

	ck_assert_int_gt(endless.calls, 1);
	evbuffer_remove_cb(buffer, add_one_more, &endless);
	event_free(timer);
	event_base_loop(base, EVLOOP_NONBLOCK);
	evbuffer_free(buffer);
	event_base_free(base);
}
END_TEST

/* ---- Threads ------------------------------------------------------------------------- */

START_TEST(a_lock_of_the_program_protects_a_buffer_and_stays_its_own)
{
	struct evbuffer *buffer;
	void *lock;

	use_own_locks();
	lock = own_alloc(EVTHREAD_LOCKTYPE_RECURSIVE);
	buffer = evbuffer_new();
	ck_assert_int_eq(evbuffer_enable_locking(buffer, lock), 0);
	evbuffer_lock(buffer);
	ck_assert_int_eq(((struct own_lock *)lock)->depth, 1);
	ck_assert_int_eq(evbuffer_add(buffer, "text", 4), 0);
	ck_assert_int_eq(((struct own_lock *)lock)->depth, 1);
	evbuffer_unlock(buffer);
	check_text(buffer, "text");
	evbuffer_free(buffer);

	ck_assert_int_eq(((struct own_lock *)lock)->depth, 0);
	ck_assert_int_eq(atomic_load(&locks_freed), 0);
	own_free(lock, EVTHREAD_LOCKTYPE_RECURSIVE);
}
END_TEST

enum { MOVES = 20000, THREADS = 3 };

struct crossing {
	struct evbuffer *from, *to;
};

static void *
move_back_and_forth(void *arg)
{
	struct crossing *crossing = arg;

	for (int i = 0; i < MOVES; i++) {
		switch (i % 4) {
		case 0:
			evbuffer_add_buffer(crossing->to, crossing->from);
			break;
		case 1:
			evbuffer_remove_buffer(crossing->from, crossing->to, 7);
			break;
		case 2:
			evbuffer_prepend_buffer(crossing->to, crossing->from);
			break;
		default:
			evbuffer_add(crossing->from, "0123456789", 10);
			evbuffer_drain(crossing->from, 10);
		}
	}
	return NULL;
}

/* With locks taken in the order of the arguments this is a deadlock. */
START_TEST(buffers_are_moved_both_ways_by_threads)
{
	struct evbuffer *one = new_buffer(1), *other = another_buffer(1);
	struct crossing there = {one, other}, back = {other, one};
	pthread_t threads[2];

	evbuffer_add(one, "0123456789", 10);
	pthread_create(&threads[0], NULL, move_back_and_forth, &there);
	pthread_create(&threads[1], NULL, move_back_and_forth, &back);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);

	evbuffer_add_buffer(one, other);
	ck_assert_uint_le(evbuffer_get_length(one), 10 + 20);
	evbuffer_free(one);
	evbuffer_free(other);
}
END_TEST

static void *
add_and_search(void *arg)
{
	for (int i = 0; i < MOVES; i++) {
		evbuffer_add(arg, "line\n", 5);
		evbuffer_search(arg, "nothing", 7, NULL);
		if (i % 50 == 49)
			evbuffer_drain(arg, 100);
	}
	return NULL;
}

START_TEST(threads_share_a_buffer)
{
	struct evbuffer *buffer = new_buffer(1);
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, add_and_search, buffer);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	ck_assert_uint_eq(
	    evbuffer_get_length(buffer), (size_t)THREADS * (MOVES * 5 - MOVES / 50 * 100));
	evbuffer_free(buffer);
}
END_TEST

static void *
drain_shared(void *arg)
{
	while (evbuffer_get_length(arg) > 0) {
		evbuffer_drain(arg, 3);
		evbuffer_add(arg, "", 0);
	}
	evbuffer_free(arg);
	return NULL;
}

/* Each has a buffer of its own; only the memory is shared. */
START_TEST(threads_share_the_bytes_of_one_buffer)
{
	struct evbuffer *source = new_buffer(1);
	struct evbuffer *shares[THREADS];
	pthread_t threads[THREADS];

	for (int i = 0; i < 3000; i++)
		evbuffer_add_printf(source, "%d ", i);
	for (int i = 0; i < THREADS; i++) {
		shares[i] = evbuffer_new();
		ck_assert_int_eq(evbuffer_add_buffer_reference(shares[i], source), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, drain_shared, shares[i]);
	evbuffer_free(source);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("buffer_callbacks");
	TCase *group = tcase_create("callbacks");

	tcase_add_test_with_and_without_locks(group, a_callback_is_told_what_changed);
	tcase_add_test_with_and_without_locks(group, a_callback_that_is_off_is_not_called);
	tcase_add_test_with_and_without_locks(group, a_callback_may_remove_the_one_that_is_next);
	tcase_add_test_with_and_without_locks(
	    group, a_callback_may_remove_itself_and_change_the_buffer);
	tcase_add_test_with_and_without_locks(group, a_callback_may_free_the_buffer);
	tcase_add_test_with_and_without_locks(
	    group, a_callback_may_free_a_buffer_that_bytes_move_to);
	tcase_add_test_with_and_without_locks(group, setcb_replaces_all_callbacks);
	tcase_add_test(group, changes_are_told_together_by_the_loop);
	tcase_add_test(group, no_callback_comes_after_evbuffer_free);
	tcase_add_test(group, a_deferred_callback_may_free_the_buffer);
	tcase_add_test(group, a_callback_that_defers_itself_for_ever_lets_others_run);
	tcase_add_test(group, a_lock_of_the_program_protects_a_buffer_and_stays_its_own);
	tcase_add_loop_test(group, buffers_are_moved_both_ways_by_threads, 1, LOCK_WAYS);
	tcase_add_loop_test(group, threads_share_a_buffer, 1, LOCK_WAYS);
	tcase_add_loop_test(group, threads_share_the_bytes_of_one_buffer, 1, LOCK_WAYS);
	suite_add_tcase(suite, group);
	return suite;
}
