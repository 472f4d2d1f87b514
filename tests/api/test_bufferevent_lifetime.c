/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents of sockets: freed from anywhere, referenced, moved; their priorities.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <pthread.h>
#include <string.h>

#include "support/stream_case.h"

static void
free_it(struct bufferevent *stream, void *name)
{
	spell_text(name);
	bufferevent_free(stream);
	bev = NULL;
}

static void
free_it_for_event(struct bufferevent *stream, short what, void *name)
{
	(void)what;
	free_it(stream, name);
}

/* ---- Freeing --------------------------------------------------------------------------- */

TEST_EVERYWHERE(bufferevent_free__inside_read_callback)
{
	set_up(_i, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, free_it, spell_written, spell_event, word("f"));
	put(ends[1], "hello");

	turns(base, 2);

	ck_assert_str_eq(spelled(), "f");
	ck_assert_int_eq(take(ends[1]), -1);
	evutil_closesocket(ends[1]);
	open_pair(backend, ends);
	tear_down();
}

static void *
free_in_thread(void *stream)
{
	bufferevent_free(stream);
	return NULL;
}

static void
read_after_another_thread_freed(struct bufferevent *stream, void *name)
{
	struct evbuffer *input;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, free_in_thread, stream), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	bev = NULL;
	input = bufferevent_get_input(stream);
	ck_assert_ptr_nonnull(input);
	ck_assert_uint_eq(evbuffer_get_length(input), 5);
	spell_text(name);
}

TEST_EVERYWHERE(bufferevent_free__in_another_thread_while_a_callback_runs)
{
	set_up(_i, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS |
		       BEV_OPT_UNLOCK_CALLBACKS);
	bufferevent_setcb(
	    bev, read_after_another_thread_freed, spell_written, spell_event, word("f"));
	put(ends[1], "hello");

	turns(base, 2);

	ck_assert_str_eq(spelled(), "f");
	ck_assert_int_eq(take(ends[1]), -1);
	evutil_closesocket(ends[1]);
	open_pair(backend, ends);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__inside_write_callback)
{
	set_up(_i, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, echo, free_it, spell_event, word("f"));
	put(ends[1], "hello");

	turns(base, 2);

	ck_assert_str_eq(spelled(), "f");
	ck_assert_int_eq(take(ends[1]), -1);
	evutil_closesocket(ends[1]);
	open_pair(backend, ends);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__inside_event_callback)
{
	set_up(_i, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, spell_read, spell_written, free_it_for_event, word("f"));
	finish(ends[1]);

	turns(base, 2);

	ck_assert_str_eq(spelled(), "f");
	evutil_closesocket(ends[1]);
	open_pair(backend, ends);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__inside_deferred_callback)
{
	set_up(_i, BEV_OPT_DEFER_CALLBACKS);
	bufferevent_setcb(bev, free_it, spell_written, spell_event, word("f"));
	bufferevent_trigger(bev, EV_READ | EV_WRITE, 0);
	bufferevent_trigger_event(bev, BEV_EVENT_EOF, 0);

	turns(base, 2);

	ck_assert_str_eq(spelled(), "f");
	tear_down();
}

/* In libevent what was deferred could still be called. */
TEST_EVERYWHERE(bufferevent_free__cancels_deferred_callbacks)
{
	set_up(_i, BEV_OPT_DEFER_CALLBACKS);
	put(ends[1], "hello");
	write_text(bev, "hello");
	bufferevent_trigger(bev, EV_READ | EV_WRITE, 0);
	bufferevent_trigger_event(bev, BEV_EVENT_EOF, 0);

	bufferevent_free(bev);
	bev = NULL;
	turns(base, 3);

	ck_assert_str_eq(spelled(), "");
	ck_assert_int_eq(take(ends[1]), 0);
	tear_down();
}

static void
free_other(struct bufferevent *stream, void *name)
{
	spell_text(name);
	evbuffer_drain(bufferevent_get_input(stream), 100);
	if (bev)
		bufferevent_free(bev);
	bev = NULL;
}

TEST_EVERYWHERE(bufferevent_free__by_another_stream_in_the_same_turn)
{
	evutil_socket_t others[2];
	struct bufferevent *first, *last;

	set_up(_i, 0);
	open_pair(backend, others);
	first = stream_on(base, others[0], 0);
	last = stream_on(base, others[1], 0);
	bufferevent_setcb(first, free_other, NULL, NULL, word("a"));
	bufferevent_setcb(last, free_other, NULL, NULL, word("b"));
	bufferevent_setcb(bev, free_it, NULL, NULL, word("c"));
	bufferevent_enable(first, EV_READ);
	bufferevent_enable(last, EV_READ);
	put(ends[1], "x");
	put(others[1], "x");
	put(others[0], "x");

	turns(base, 2);

	ck_assert_ptr_null(bev);
	ck_assert_uint_ge(strlen(spelled()), 2);
	bufferevent_free(first);
	bufferevent_free(last);
	close_pair(others);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_incref__keeps_the_stream_without_callbacks)
{
	set_up(_i, BEV_OPT_CLOSE_ON_FREE);

	bufferevent_incref(bev);
	ck_assert_int_eq(bufferevent_decref(bev), 0);
	bufferevent_incref(bev);
	bufferevent_free(bev);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "");
	ck_assert_int_eq(take(ends[1]), 0);
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ), -1);
	ck_assert_int_eq(bufferevent_decref(bev), 1);
	bev = NULL;

	ck_assert_int_eq(take(ends[1]), -1);
	evutil_closesocket(ends[1]);
	open_pair(backend, ends);
	tear_down();
}

/* Rule: on failure nothing is taken over. */
TEST_EVERYWHERE(bufferevent_lock__keeps_a_freed_stream_until_unlocked)
{
	for (int i = 0; i < 2; i++) {
		set_up(_i, BEV_OPT_CLOSE_ON_FREE | (i == 0 ? 0 : BEV_OPT_THREADSAFE));
		bufferevent_lock(bev);
		bufferevent_free(bev);
		turn(base);
		ck_assert_int_eq(take(ends[1]), 0);

		bufferevent_unlock(bev);
		turn(base);
		bev = NULL;
		ck_assert_int_eq(take(ends[1]), -1);
		evutil_closesocket(ends[1]);
		open_pair(backend, ends);
		tear_down();
	}
}

TEST_EVERYWHERE(bufferevent_socket_new__failure_does_not_close_the_descriptor)
{
	set_up(_i, 0);
	bufferevent_free(bev);
	keep_log();

	bev =
	    bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE | BEV_OPT_UNLOCK_CALLBACKS);

	ck_assert_ptr_null(bev);
	ck_assert(was_logged("UNLOCK_CALLBACKS requires DEFER_CALLBACKS"));
	put(ends[0], "x");
	ck_assert_int_eq(take(ends[1]), 1);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_socket_new__threadsafe_without_locks)
{
	set_up(_i, BEV_OPT_THREADSAFE);
	put(ends[1], "hello");
	bufferevent_lock(bev);
	bufferevent_unlock(bev);

	turn(base);

	ck_assert_str_eq(spelled(), "r5 ");
	tear_down();
}

/* ---- Priorities and bases -------------------------------------------------------------- */

TEST_EVERYWHERE(bufferevent_priority_set__sets_and_refuses)
{
	evutil_socket_t others[2];
	struct bufferevent *urgent;

	set_up(_i, 0);
	bufferevent_free(bev);
	turn(base);
	ck_assert_int_eq(event_base_priority_init(base, 3), 0);
	bev = spelling_stream(base, ends[0], 0, "l");
	open_pair(backend, others);
	urgent = spelling_stream(base, others[0], 0, "u");
	ck_assert_int_eq(bufferevent_get_priority(bev), 1);
	ck_assert_int_eq(bufferevent_priority_set(bev, 3), -1);
	ck_assert_int_eq(bufferevent_priority_set(bev, -1), -1);
	ck_assert_int_eq(bufferevent_priority_set(bev, 2), 0);
	ck_assert_int_eq(bufferevent_priority_set(urgent, 0), 0);
	ck_assert_int_eq(bufferevent_get_priority(urgent), 0);
	put(ends[1], "x");
	put(others[1], "x");

	turns(base, 2);

	ck_assert_str_eq(spelled(), "ur1 lr1 ");
	bufferevent_free(urgent);
	close_pair(others);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_setfd__keeps_the_priority)
{
	set_up(_i, 0);
	bufferevent_free(bev);
	turn(base);
	ck_assert_int_eq(event_base_priority_init(base, 3), 0);
	bev = stream_on(base, -1, 0);
	ck_assert_int_eq(bufferevent_priority_set(bev, 2), 0);

	bufferevent_setfd(bev, ends[0]);

	ck_assert_int_eq(bufferevent_get_priority(bev), 2);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_base_set__keeps_rate_limits)
{
	struct ev_token_bucket_cfg *cfg =
	    ev_token_bucket_cfg_new(3, 3, 3, 3, &(struct timeval){0, 1000});
	struct event_base *other;

	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	bufferevent_disable(bev, EV_READ);
	ck_assert_int_eq(bufferevent_set_max_single_read(bev, 2), 0);
	if (!backend_is_simulated(backend)) {
		other = event_base_new();
		ck_assert_int_eq(bufferevent_base_set(other, bev), 0);
		event_base_free(base);
		base = other;
		ck_assert_int_eq(bufferevent_set_rate_limit(bev, cfg), 0);
		bufferevent_enable(bev, EV_READ);
		put(ends[1], "hello");
		while (evbuffer_get_length(bufferevent_get_input(bev)) < 5)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	}
	bufferevent_free(bev);
	bev = NULL;
	tear_down();
	ev_token_bucket_cfg_free(cfg);
}

TEST_EVERYWHERE(bufferevent_base_set__moves_an_idle_stream)
{
	struct event_base *other;

	set_up(_i, 0);
	other = event_base_new();
	ck_assert_int_eq(bufferevent_base_set(other, bev), -1);
	ck_assert_ptr_eq(bufferevent_get_base(bev), base);
	bufferevent_disable(bev, EV_READ);
	if (!backend_is_simulated(backend)) {
		ck_assert_int_eq(bufferevent_base_set(other, bev), 0);
		ck_assert_ptr_eq(bufferevent_get_base(bev), other);
		bufferevent_enable(bev, EV_READ);
		put(ends[1], "hello");
		turn(base);
		ck_assert_str_eq(spelled(), "");
		turn(other);
		ck_assert_str_eq(spelled(), "r5 ");
	}
	bufferevent_free(bev);
	bev = NULL;
	event_base_free(other);
	tear_down();
}
