/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events: setting them up, adding and deleting them; what their callbacks see.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/loop_case.h"

static struct seen seen, other_seen;

/* ---- Setting up ---- */

TEST_EVERYWHERE(event__event_is_what_it_was_made_as)
{
	struct event *ev;
	struct event_base *its_base;
	evutil_socket_t fd;
	short events;
	event_callback_fn callback;
	void *arg;

	set_up(_i);
	ev = event_new(base, ends[0], EV_READ | EV_PERSIST, see, &seen);

	ck_assert_int_eq(event_get_fd(ev), ends[0]);
	ck_assert_ptr_eq(event_get_base(ev), base);
	ck_assert_int_eq(event_get_events(ev), EV_READ | EV_PERSIST);
	ck_assert(event_get_callback(ev) == see);
	ck_assert_ptr_eq(event_get_callback_arg(ev), &seen);
	ck_assert_int_eq(event_get_priority(ev), 0);
	ck_assert(event_initialized(ev));
	event_get_assignment(ev, &its_base, &fd, &events, &callback, &arg);
	ck_assert_ptr_eq(its_base, base);
	ck_assert_int_eq(fd, ends[0]);
	ck_assert_int_eq(events, EV_READ | EV_PERSIST);
	ck_assert(callback == see);
	ck_assert_ptr_eq(arg, &seen);
	event_get_assignment(ev, NULL, NULL, NULL, NULL, NULL);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__event_may_be_its_callbacks_argument)
{
	struct event *ev;

	set_up(_i);
	ev = event_new(base, -1, EV_PERSIST, delete_it, event_self_cbarg());

	ck_assert_ptr_eq(event_get_callback_arg(ev), ev);
	event_add(ev, MS(0));
	turn(base);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, NULL), 0);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__signals_do_not_mix_with_descriptors)
{
	static const short wrong[] = {EV_READ, EV_WRITE, EV_CLOSED};
	struct event ev;

	set_up(_i);
	keep_log();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(event_assign(&ev, base, 10, EV_SIGNAL | wrong[i], see, NULL), -1);
		ck_assert_ptr_null(event_new(base, 10, EV_SIGNAL | wrong[i], see, NULL));
	}

	ck_assert(was_logged("event_assign: EV_SIGNAL is not compatible with EV_READ, EV_WRITE or "
			     "EV_CLOSED"));
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 6);
	tear_down();
}

TEST_EVERYWHERE(event__memory_that_was_zeroed_is_no_event_yet)
{
	struct event ev;

	memset(&ev, 0, sizeof(ev));
	set_up(_i);
	ck_assert(!event_initialized(&ev));

	event_assign(&ev, base, -1, 0, see, NULL);

	ck_assert(event_initialized(&ev));
	event_debug_unassign(&ev);
	ck_assert(!event_initialized(&ev));
	tear_down();
}

TEST_EVERYWHERE(event__event_without_a_base_does_nothing_and_says_so)
{
	struct event ev;

	set_up(_i);
	event_assign(&ev, NULL, ends[0], EV_READ, see, &seen);
	keep_log();

	ck_assert_int_eq(event_add(&ev, NULL), -1);
	ck_assert(was_logged("event_add: event has no event_base set."));
	ck_assert_int_eq(event_del(&ev), -1);
	ck_assert(was_logged("event_del_: event has no event_base set."));
	ck_assert_int_eq(event_remove_timer(&ev), -1);
	ck_assert(was_logged("event_remove_timer: event has no event_base set."));
	event_active(&ev, EV_READ, 1);
	ck_assert(was_logged("event_active: event has no event_base set."));
	ck_assert_int_eq(event_pending(&ev, EV_READ, NULL), 0);
	ck_assert(was_logged("event_pending: event has no event_base set."));
	ck_assert_int_eq(event_finalize(0, &ev, NULL), -1);
	ck_assert_int_eq(event_priority_set(&ev, 0), -1);
	event_debug_unassign(&ev);
	tear_down();
}

TEST_EVERYWHERE(event__event_moves_to_another_base_before_it_is_added)
{
	struct event_base *other;
	struct event *ev;

	set_up(_i);
	other = base_on(backend);
	event_base_priority_init(other, 5);
	ev = event_new(base, -1, 0, see, &seen);

	ck_assert_int_eq(event_base_set(other, ev), 0);
	ck_assert_ptr_eq(event_get_base(ev), other);
	ck_assert_int_eq(event_get_priority(ev), 2);
	event_add(ev, MS(0));
	ck_assert_int_eq(event_base_set(base, ev), -1);
	ck_assert_ptr_eq(event_get_base(ev), other);
	event_free(ev);
	event_base_free(other);
	tear_down();
}

TEST(event__size_of_an_event_is_that_of_the_header)
{
	ck_assert_uint_eq(event_get_struct_event_size(), sizeof(struct event));
}

TEST(event__freeing_no_event_is_fine)
{
	event_free(NULL);
}

/* ---- What the callback sees ---- */

TEST_EVERYWHERE(event__byte_wakes_its_reader)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ, see_and_take, &seen);
	turn(base);
	ck_assert_int_eq(seen.calls, 0);
	put(ends[1], "x");

	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_READ);
	ck_assert_int_eq(seen.fd, ends[0]);
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), 0);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__persistent_reader_is_called_for_every_byte)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);

	for (int i = 1; i <= 3; i++) {
		put(ends[1], "x");
		turn(base);
		ck_assert_int_eq(seen.calls, i);
		ck_assert_int_eq(event_pending(ev, EV_READ, NULL), EV_READ);
	}
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__what_is_not_read_is_reported_again)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ | EV_PERSIST, see, &seen);
	put(ends[1], "x");

	for (int i = 1; i <= 3; i++) {
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		ck_assert_int_eq(seen.calls, i);
	}
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__full_socket_becomes_writable_when_it_is_read)
{
	struct event *ev;

	set_up(_i);
	fill(ends[0]);
	ev = added(ends[0], EV_WRITE, see, &seen);
	turn(base);
	ck_assert_int_eq(seen.calls, 0);

	take(ends[1]);
	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_WRITE);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__event_may_wait_for_both_directions)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ | EV_WRITE, see, &seen);
	put(ends[1], "x");

	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_READ | EV_WRITE);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__events_of_one_descriptor_see_what_each_waits_for)
{
	struct event *reader, *writer;

	set_up(_i);
	reader = added(ends[0], EV_READ, see, &seen);
	writer = added(ends[0], EV_WRITE, see, &other_seen);
	put(ends[1], "x");

	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_READ);
	ck_assert_int_eq(other_seen.calls, 1);
	ck_assert_int_eq(other_seen.what, EV_WRITE);
	event_free(reader);
	event_free(writer);
	tear_down();
}

TEST_EVERYWHERE(event__events_of_one_descriptor_run_newest_first)
{
	static const char *const letters[] = {"a", "b", "c", "d"};
	struct event *readers[4];

	set_up(_i);
	for (int i = 0; i < 4; i++)
		readers[i] = added(ends[0], EV_READ, spell, word(letters[i]));
	put(ends[1], "x");

	turn(base);

	ck_assert_str_eq(spelled(), "dcba");
	for (int i = 0; i < 4; i++)
		event_free(readers[i]);
	tear_down();
}

TEST_EVERYWHERE(event__reader_survives_the_writer_of_its_descriptor)
{
	struct event *reader, *writer;

	set_up(_i);
	reader = added(ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	writer = added(ends[0], EV_WRITE | EV_PERSIST, delete_it, event_self_cbarg());
	turn(base);
	ck_assert_int_eq(event_pending(writer, EV_WRITE, NULL), 0);

	put(ends[1], "x");
	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	event_free(writer);
	event_free(reader);
	tear_down();
}

TEST_EVERYWHERE(event__end_of_a_stream_is_readable)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ, see, &seen);
	finish(ends[1]);

	turn(base);

	ck_assert_int_eq(seen.what, EV_READ);
	ck_assert_int_eq(take(ends[0]), -1);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__closed_peer_is_seen_without_reading)
{
	struct event *ev;

	set_up(_i);
	if (!(event_base_get_features(base) & EV_FEATURE_EARLY_CLOSE)) {
		tear_down();
		return;
	}
	ev = added(ends[0], EV_CLOSED, see, &seen);
	put(ends[1], "x");
	turn(base);
	ck_assert_int_eq(seen.calls, 0);

	finish(ends[1]);
	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_CLOSED);
	event_free(ev);
	tear_down();
}

/* ---- Adding and deleting ---- */

TEST_EVERYWHERE(event__event_that_was_not_added_never_runs)
{
	struct event *ev;

	set_up(_i);
	ev = event_new(base, ends[0], EV_READ, see, &seen);
	put(ends[1], "x");

	turn(base);

	ck_assert_int_eq(seen.calls, 0);
	ck_assert_int_eq(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), 0);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__adding_twice_is_adding_once)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ, see_and_take, &seen);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 1);
	put(ends[1], "x");

	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__deleted_event_does_not_run)
{
	int (*const del[])(struct event *) = {event_del, event_del_block, event_del_noblock};
	struct event *ev;

	set_up(_i);
	ev = event_new(base, ends[0], EV_READ, see, &seen);
	put(ends[1], "x");
	for (int i = 0; i < 3; i++) {
		event_add(ev, MS(0));

		ck_assert_int_eq(del[i](ev), 0);
		ck_assert_int_eq(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), 0);
		turn(base);
		ck_assert_int_eq(seen.calls, 0);
		ck_assert_int_eq(del[i](ev), 0);
	}
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__event_deleted_and_added_again_runs)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	for (int i = 1; i <= 3; i++) {
		event_del(ev);
		event_add(ev, NULL);
		put(ends[1], "x");
		turn(base);
		ck_assert_int_eq(seen.calls, i);
	}
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__negative_descriptor_is_never_reported)
{
	struct event *ev;

	set_up(_i);
	keep_log();
	ev = event_new(base, -7, EV_READ, see, &seen);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), EV_READ);
	turn(base);

	ck_assert_int_eq(seen.calls, 0);
	ck_assert_int_eq(logged_count(EVENT_LOG_DEBUG), 0);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__event_that_waits_for_nothing_is_not_pending)
{
	struct event *ev;

	set_up(_i);
	ev = added(-1, 0, see, &seen);

	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	ck_assert_int_eq(event_base_loop(base, 0), 1);
	event_free(ev);
	tear_down();
}

TEST_ON_BACKENDS(event__descriptor_number_beyond_every_limit_is_refused)
{
	struct event *ev;

	set_up(_i);
	keep_log();
	ev = event_new(base, 0x3ffffff0, EV_READ, see, &seen);

	ck_assert_int_eq(event_add(ev, MS(1)), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), 0);
	ck_assert_int_eq(event_base_loop(base, 0), 1);
	event_free(ev);
	tear_down();
}

TEST_ON_BACKENDS(event__descriptor_of_the_highest_number_works)
{
	/* An emulator's own sets for select end there. */
	rlim_t count = suite_is_emulated() ? FD_SETSIZE : 20000;
	struct rlimit limit;
	struct event *ev;
	int high;

	set_up(_i);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	high = dup2(ends[0], (int)(limit.rlim_cur < count ? limit.rlim_cur : count) - 1);
	ck_assert_int_ge(high, 0);
	ev = added(high, EV_READ, see, &seen);
	put(ends[1], "x");

	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	event_free(ev);
	close(high);
	tear_down();
}

TEST_ON_BACKENDS(event__epoll_refuses_a_closed_descriptor_at_once)
{
	struct event *ev;
	evutil_socket_t closed;

	set_up(_i);
	if (strcmp(backend->method, "epoll") != 0) {
		tear_down();
		return;
	}
	closed = dup(ends[0]);
	close(closed);
	keep_log();
	ev = event_new(base, closed, EV_READ, see, &seen);

	ck_assert_int_eq(event_add(ev, MS(1)), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), 0);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	ck_assert(
	    was_logged(" failed. Old events were 0; read change was 1 (add); write change was "
		       "0 (none); close change was 0 (none): Bad file descriptor"));
	ck_assert_int_eq(event_base_loop(base, 0), 1);
	event_free(ev);
	tear_down();
}

/* ---- Edges ---- */

TEST_EVERYWHERE(event__edge_is_reported_once)
{
	struct event *ev;

	set_up(_i);
	if (!(event_base_get_features(base) & EV_FEATURE_ET)) {
		tear_down();
		return;
	}
	ev = added(ends[0], EV_READ | EV_ET | EV_PERSIST, see, &seen);
	put(ends[1], "x");
	turn(base);
	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_READ | EV_ET);

	turn(base);
	ck_assert_int_eq(seen.calls, 1);
	put(ends[1], "x");
	turn(base);
	ck_assert_int_eq(seen.calls, 2);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event__edge_event_added_again_reports_what_is_there)
{
	struct event *ev;

	set_up(_i);
	if (!(event_base_get_features(base) & EV_FEATURE_ET)) {
		tear_down();
		return;
	}
	ev = added(ends[0], EV_READ | EV_ET | EV_PERSIST, see, &seen);
	put(ends[1], "x");
	turn(base);

	event_del(ev);
	event_add(ev, NULL);
	turn(base);

	ck_assert_int_eq(seen.calls, 2);
	event_free(ev);
	tear_down();
}
