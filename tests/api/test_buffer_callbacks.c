/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "support/buffer_kit.h"
#include "support/own_locks.h"

struct notes {
	int calls;
	size_t orig_size, added, deleted;
	struct evbuffer_cb_entry *removes; /* one that is removed in the next call */
	bool frees, adds;
};

static void
note(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	struct notes *notes = arg;

	notes->calls++;
	notes->orig_size = info->orig_size;
	notes->added = info->n_added;
	notes->deleted = info->n_deleted;
	if (notes->removes)
		ck_assert_int_eq(evbuffer_remove_cb_entry(buffer, notes->removes), 0);
	notes->removes = NULL;
	if (notes->adds) {
		notes->adds = false;
		ck_assert_int_eq(evbuffer_add(buffer, "inside", 6), 0);
	}
	if (notes->frees)
		evbuffer_free(buffer);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add_cb__callback_receives_the_change)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct notes notes = {0};

	ck_assert_ptr_nonnull(evbuffer_add_cb(buffer, note, &notes));
	evbuffer_add(buffer, "0123456789", 10);
	ck_assert_uint_eq(notes.added, 10);
	evbuffer_drain(buffer, 4);

	ck_assert_int_eq(notes.calls, 2);
	ck_assert_uint_eq(notes.orig_size, 10);
	ck_assert_uint_eq(notes.added, 0);
	ck_assert_uint_eq(notes.deleted, 4);
	ck_assert_int_eq(evbuffer_remove_cb(buffer, note, &notes), 0);
	ck_assert_int_eq(evbuffer_remove_cb(buffer, note, &notes), -1);
	evbuffer_drain(buffer, 1);
	ck_assert_int_eq(notes.calls, 2);
	evbuffer_free(buffer);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_cb_clear_flags__disabled_callback_is_not_called)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct notes notes = {0};
	struct evbuffer_cb_entry *entry = evbuffer_add_cb(buffer, note, &notes);

	ck_assert_int_eq(evbuffer_cb_clear_flags(buffer, entry, EVBUFFER_CB_ENABLED), 0);
	evbuffer_add(buffer, "x", 1);
	ck_assert_int_eq(notes.calls, 0);
	ck_assert_int_eq(evbuffer_cb_set_flags(buffer, entry, EVBUFFER_CB_ENABLED), 0);
	evbuffer_add(buffer, "x", 1);

	ck_assert_int_eq(notes.calls, 1);
	evbuffer_free(buffer);
}

/* libevent remembers the next one before it calls the first. */
TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_remove_cb_entry__of_the_next_callback)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct notes last = {0}, first = {0}, middle = {0};

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

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_remove_cb_entry__inside_itself_with_a_change)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct notes other = {0}, notes = {.adds = true};

	evbuffer_add_cb(buffer, note, &other);
	notes.removes = evbuffer_add_cb(buffer, note, &notes);
	evbuffer_add(buffer, "x", 1);

	ck_assert_int_eq(notes.calls, 1);
	ck_assert_int_eq(other.calls, 2);
	check_text(buffer, "xinside");
	evbuffer_free(buffer);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_free__inside_a_callback)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct notes other = {0}, notes = {.frees = true};

	evbuffer_add_cb(buffer, note, &other);
	evbuffer_add_cb(buffer, note, &notes);
	ck_assert_int_eq(evbuffer_add(buffer, "x", 1), 0);

	ck_assert_int_eq(notes.calls, 1);
	ck_assert_int_eq(other.calls, 0);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_free__of_the_destination_of_a_move)
{
	struct evbuffer *from = new_buffer(_i), *to = another_buffer(_i);
	struct notes notes = {.frees = true};

	evbuffer_add(from, "0123456789", 10);
	evbuffer_add_cb(to, note, &notes);
	ck_assert_int_eq(evbuffer_remove_buffer(from, to, 4), 4);

	check_text(from, "456789");
	evbuffer_free(from);
}

static void
note_old(struct evbuffer *buffer, size_t old_size, size_t new_size, void *arg)
{
	struct notes *notes = arg;

	ck_assert_uint_eq(evbuffer_get_length(buffer), new_size);
	notes->calls++;
	notes->orig_size = old_size;
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_setcb__replaces_all_callbacks)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct notes notes = {0}, old = {0};

	evbuffer_add_cb(buffer, note, &notes);
	ck_assert_int_eq(evbuffer_setcb(buffer, note_old, &old), 0);
	evbuffer_add(buffer, "xy", 2);
	evbuffer_drain(buffer, 1);
	ck_assert_int_eq(evbuffer_setcb(buffer, NULL, NULL), 0);
	evbuffer_drain(buffer, 1);

	ck_assert_int_eq(notes.calls, 0);
	ck_assert_int_eq(old.calls, 2);
	ck_assert_uint_eq(old.orig_size, 2);
	evbuffer_free(buffer);
}

/* ---- Deferred ------------------------------------------------------------------------ */

static struct evbuffer *
deferred_buffer(struct event_base **base_out, struct notes *notes)
{
	const struct backend_under_test *backend = backend_under_test(0);
	struct evbuffer *buffer;

	*base_out = base_on(backend);
	buffer = another_buffer(backend->threads);
	ck_assert_int_eq(evbuffer_defer_callbacks(buffer, *base_out), 0);
	evbuffer_add_cb(buffer, note, notes);
	return buffer;
}

TEST(evbuffer_defer_callbacks__one_call_for_all_changes)
{
	struct notes notes = {0};
	struct event_base *base;
	struct evbuffer *buffer = deferred_buffer(&base, &notes);

	evbuffer_add(buffer, "0123456789", 10);
	evbuffer_drain(buffer, 3);
	evbuffer_add(buffer, "x", 1);
	ck_assert_int_eq(notes.calls, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(notes.calls, 1);
	ck_assert_uint_eq(notes.orig_size, 0);
	ck_assert_uint_eq(notes.added, 11);
	ck_assert_uint_eq(notes.deleted, 3);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(notes.calls, 1);
	evbuffer_free(buffer);
	event_base_free(base);
}

TEST(evbuffer_free__cancels_deferred_callbacks)
{
	struct notes notes = {0};
	struct event_base *base;
	struct evbuffer *buffer = deferred_buffer(&base, &notes);

	evbuffer_add(buffer, "x", 1);
	evbuffer_free(buffer);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(notes.calls, 0);
	event_base_free(base);
}

static void
count_cleanup(const void *data, size_t size, void *arg)
{
	(void)data;
	(void)size;
	++*(int *)arg;
}

/* The call that waits for a loop has a reference to the buffer. */
TEST(event_base_free__frees_buffers_whose_deferred_calls_wait)
{
	for (int base_first = 0; base_first < 2; base_first++) {
		struct notes notes = {0};
		struct event_base *base;
		struct evbuffer *buffer = deferred_buffer(&base, &notes);
		int cleanups = 0;

		evbuffer_add_reference(buffer, "x", 1, count_cleanup, &cleanups);
		if (!base_first)
			evbuffer_free(buffer);
		event_base_free(base);
		ck_assert_int_eq(notes.calls, 0);
		if (base_first) {
			/* No loop is left to defer to. */
			evbuffer_add(buffer, "yz", 2);
			ck_assert_int_eq(notes.calls, 1);
			ck_assert_uint_eq(notes.orig_size, 1);
			ck_assert_uint_eq(notes.added, 2);
			evbuffer_free(buffer);
		}
		ck_assert_int_eq(cleanups, 1);
	}
}

TEST(evbuffer_free__inside_a_deferred_callback)
{
	struct notes notes = {.frees = true};
	struct event_base *base;
	struct evbuffer *buffer = deferred_buffer(&base, &notes);

	evbuffer_add(buffer, "x", 1);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(notes.calls, 1);
	event_base_free(base);
}

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

TEST(evbuffer_defer_callbacks__endless_changes_do_not_starve_others)
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

/* ---- Threads ------------------------------------------------------------------------- */

TEST(evbuffer_enable_locking__with_a_lock_of_the_program)
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
TEST_RANGE(evbuffer_add_buffer__both_ways_by_threads, 1, LOCK_CONFIGURATIONS)
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

TEST_RANGE(evbuffer_add__by_several_threads, 1, LOCK_CONFIGURATIONS)
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
TEST_RANGE(evbuffer_add_buffer_reference__by_several_threads, 1, LOCK_CONFIGURATIONS)
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

/* ---- Cleanup functions ----------------------------------------------------------------- */

struct cleaned {
	struct evbuffer *buffer, *other;
	int calls;
	size_t size_seen;
};

static void
free_on_cleanup(const void *data, size_t size, void *arg)
{
	struct cleaned *cleaned = arg;

	(void)data;
	(void)size;
	cleaned->calls++;
	cleaned->size_seen = evbuffer_get_length(cleaned->buffer);
	evbuffer_free(cleaned->buffer);
	if (cleaned->other)
		evbuffer_free(cleaned->other);
}

static void
take_out(struct evbuffer *buffer, int how)
{
	char bytes[20];
	char *line;
	int ends[2];

	switch (how) {
	case 0:
		ck_assert_int_eq(evbuffer_drain(buffer, 11), 0);
		break;
	case 1:
		ck_assert_int_eq(evbuffer_remove(buffer, bytes, 11), 11);
		break;
	case 2:
		line = evbuffer_readln(buffer, NULL, EVBUFFER_EOL_LF);
		ck_assert_str_eq(line, "hello wor");
		free(line);
		break;
	case 3:
		ck_assert_ptr_null(evbuffer_pullup(buffer, -1));
		break;
	default:
		ck_assert_int_eq(pipe(ends), 0);
		ck_assert_int_eq(evbuffer_write(buffer, ends[1]), 15);
		close(ends[0]);
		close(ends[1]);
		break;
	}
}

/* The buffer stays until the function returns, with sizes that are right when it is called. */
TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_free__inside_cleanup_function)
{
	static const size_t left[] = {4, 4, 5, 15, 0};

	for (int how = 0; how < 5; how++) {
		struct cleaned cleaned = {.buffer = new_buffer(_i)};

		evbuffer_add_reference(
		    cleaned.buffer, "hello wor\n_", 10, free_on_cleanup, &cleaned);
		evbuffer_add(cleaned.buffer, "_more", 5);
		take_out(cleaned.buffer, how);
		ck_assert_int_eq(cleaned.calls, 1);
		ck_assert_uint_eq(cleaned.size_seen, left[how]);
	}
}

static void
free_both(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	struct cleaned *both = arg;

	(void)buffer;
	(void)info;
	if (both->calls++ == 0) {
		evbuffer_free(both->buffer);
		evbuffer_free(both->other);
	}
}

static void
move_bytes(struct evbuffer *to, struct evbuffer *from, int how)
{
	switch (how) {
	case 0:
		ck_assert_int_eq(evbuffer_add_buffer(to, from), 0);
		break;
	case 1:
		ck_assert_int_eq(evbuffer_prepend_buffer(to, from), 0);
		break;
	case 2:
		ck_assert_int_eq(evbuffer_remove_buffer(from, to, 3), 3);
		break;
	default:
		ck_assert_int_eq(evbuffer_add_buffer_reference(to, from), 0);
		break;
	}
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_free__both_buffers_of_a_move_inside_callback)
{
	for (int how = 0; how < 4; how++) {
		for (int watched = 0; watched < 2; watched++) {
			struct cleaned both = {new_buffer(_i), another_buffer(_i), 0, 0};

			evbuffer_add(both.buffer, "moved", 5);
			evbuffer_add(both.other, "had", 3);
			evbuffer_add_cb(watched ? both.buffer : both.other, free_both, &both);
			move_bytes(both.other, both.buffer, how);
			ck_assert_int_eq(both.calls, 1);
			if (how == 3)
				break;
		}
	}
}

/* In proportion to their number: a second is far more than it takes. */
TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_remove_cb_entry__fifty_thousand)
{
	enum { COUNT = 50000 };
	struct evbuffer *buffer = new_buffer(_i);
	struct evbuffer_cb_entry **entries = calloc(COUNT, sizeof(struct evbuffer_cb_entry *));
	struct notes notes = {0};
	clock_t start = clock();

	for (int i = 0; i < COUNT; i++)
		entries[i] = evbuffer_add_cb(buffer, note, &notes);
	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(evbuffer_remove_cb_entry(buffer, entries[i]), 0);

	ck_assert(clock() - start < CLOCKS_PER_SEC);
	evbuffer_add(buffer, "text", 4);
	ck_assert_int_eq(notes.calls, 0);
	free(entries);
	evbuffer_free(buffer);
}
