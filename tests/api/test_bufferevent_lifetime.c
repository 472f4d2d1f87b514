/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents of sockets: freed from anywhere, referenced, moved; their priorities.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
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

START_TEST(a_read_callback_may_free_its_stream)
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
END_TEST

START_TEST(a_write_callback_may_free_its_stream)
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
END_TEST

START_TEST(an_event_callback_may_free_its_stream)
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
END_TEST

START_TEST(a_deferred_callback_may_free_its_stream)
{
	set_up(_i, BEV_OPT_DEFER_CALLBACKS);
	bufferevent_setcb(bev, free_it, spell_written, spell_event, word("f"));
	bufferevent_trigger(bev, EV_READ | EV_WRITE, 0);
	bufferevent_trigger_event(bev, BEV_EVENT_EOF, 0);

	turns(base, 2);

	ck_assert_str_eq(spelled(), "f");
	tear_down();
}
END_TEST

/* In libevent what was deferred could still be called. */
START_TEST(fault_a_callback_after_free)
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
END_TEST

static void
free_other(struct bufferevent *stream, void *name)
{
	spell_text(name);
	evbuffer_drain(bufferevent_get_input(stream), 100);
	if (bev)
		bufferevent_free(bev);
	bev = NULL;
}

START_TEST(a_stream_may_be_freed_by_another_one_of_the_same_turn)
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
END_TEST

START_TEST(a_reference_keeps_a_stream_but_not_its_callbacks)
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
END_TEST

/* Rule: on failure nothing is taken over. */
START_TEST(a_stream_that_is_freed_while_it_is_locked_stays_until_it_is_unlocked)
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
END_TEST

START_TEST(fault_who_closes_the_descriptor_when_a_constructor_fails)
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
END_TEST

START_TEST(a_stream_needs_no_lock_where_there_are_none)
{
	set_up(_i, BEV_OPT_THREADSAFE);
	put(ends[1], "hello");
	bufferevent_lock(bev);
	bufferevent_unlock(bev);

	turn(base);

	ck_assert_str_eq(spelled(), "r5 ");
	tear_down();
}
END_TEST

/* ---- Priorities and bases -------------------------------------------------------------- */

START_TEST(streams_have_priorities)
{
	evutil_socket_t others[2];
	struct bufferevent *urgent;

	set_up(_i, 0);
	bufferevent_free(bev);
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
END_TEST

START_TEST(a_descriptor_that_is_set_later_gets_the_priority)
{
	set_up(_i, 0);
	bufferevent_free(bev);
	ck_assert_int_eq(event_base_priority_init(base, 3), 0);
	bev = stream_on(base, -1, 0);
	ck_assert_int_eq(bufferevent_priority_set(bev, 2), 0);

	bufferevent_setfd(bev, ends[0]);

	ck_assert_int_eq(bufferevent_get_priority(bev), 2);
	tear_down();
}
END_TEST

START_TEST(a_stream_takes_its_limits_to_another_base)
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
END_TEST

START_TEST(an_idle_stream_may_move_to_another_base)
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
END_TEST

static void
add_freeing(TCase *group)
{
	tcase_add_test_everywhere(group, a_read_callback_may_free_its_stream);
	tcase_add_test_everywhere(group, a_write_callback_may_free_its_stream);
	tcase_add_test_everywhere(group, an_event_callback_may_free_its_stream);
	tcase_add_test_everywhere(group, a_deferred_callback_may_free_its_stream);
	tcase_add_test_everywhere(group, fault_a_callback_after_free);
	tcase_add_test_everywhere(group, a_stream_may_be_freed_by_another_one_of_the_same_turn);
	tcase_add_test_everywhere(group, a_reference_keeps_a_stream_but_not_its_callbacks);
	tcase_add_test_everywhere(
	    group, a_stream_that_is_freed_while_it_is_locked_stays_until_it_is_unlocked);
	tcase_add_test_everywhere(group, a_stream_needs_no_lock_where_there_are_none);
	tcase_add_test_everywhere(group, fault_who_closes_the_descriptor_when_a_constructor_fails);
}

static void
add_priorities(TCase *group)
{
	tcase_add_test_everywhere(group, streams_have_priorities);
	tcase_add_test_everywhere(group, a_descriptor_that_is_set_later_gets_the_priority);
	tcase_add_test_everywhere(group, a_stream_takes_its_limits_to_another_base);
	tcase_add_test_everywhere(group, an_idle_stream_may_move_to_another_base);
}

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("api_bufferevent_lifetime");
	TCase *freeing = tcase_create("freeing");
	TCase *priorities = tcase_create("priorities");

	add_freeing(freeing);
	add_priorities(priorities);
	suite_add_tcase(suite, freeing);
	suite_add_tcase(suite, priorities);
	return suite;
}
