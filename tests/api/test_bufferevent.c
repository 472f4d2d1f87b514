/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents of sockets: bytes in and out, directions, watermarks, ends and errors.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/stream_case.h"

/* ---- Bytes ----------------------------------------------------------------------------- */

TEST_EVERYWHERE(bufferevent_socket_new__enabled_for_writing_only)
{
	set_up(_i, 0);
	bufferevent_free(bev);
	turn(base);
	bev = stream_on(base, ends[0], 0);

	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	ck_assert_int_eq(bufferevent_getfd(bev), ends[0]);
	ck_assert_ptr_eq(bufferevent_get_base(bev), base);
	ck_assert_ptr_null(bufferevent_get_underlying(bev));
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	tear_down();
}

TEST_EVERYWHERE(read_callback__called_when_input_arrives)
{
	set_up(_i, 0);
	put(ends[1], "hello");

	turn(base);

	ck_assert_str_eq(spelled(), "r5 ");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_write__sent_in_the_same_turn)
{
	set_up(_i, 0);
	write_text(bev, "hello");
	ck_assert_int_eq(take(ends[1]), 0);

	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_write__inside_a_callback_is_sent_when_it_returns)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, echo, spell_written, spell_event, word(""));
	put(ends[1], "hello");

	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

static void
write_twice(struct bufferevent *stream, void *name)
{
	(void)name;
	write_text(stream, "ab");
	write_text(stream, "cde");
	evbuffer_drain(bufferevent_get_input(stream), 100);
}

TEST_EVERYWHERE(bufferevent_write__several_inside_a_callback_are_sent_at_once)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, write_twice, spell_written, NULL, word(""));
	put(ends[1], "x");

	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

static int refills;

static void
refill(struct bufferevent *stream, void *name)
{
	(void)name;
	if (refills-- > 0)
		write_text(stream, "again");
}

TEST_EVERYWHERE(bufferevent_write__inside_write_callback)
{
	int taken = 0;

	set_up(_i, 0);
	refills = 100;
	bufferevent_setcb(bev, NULL, refill, NULL, NULL);
	write_text(bev, "first");

	while (refills >= 0) {
		turn(base);
		taken += take(ends[1]);
	}

	ck_assert_int_eq(taken, 5 + 100 * 5);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_write__a_megabyte_is_echoed)
{
	struct bufferevent *peer;
	size_t size = 1 << 20;

	set_up(_i, 0);
	bufferevent_setcb(bev, echo, NULL, NULL, NULL);
	peer = stream_on(base, ends[1], 0);
	bufferevent_enable(peer, EV_READ);
	write_bytes(peer, size);

	while (input_size(peer) < size)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	ck_assert_uint_eq(input_size(peer), size);
	ck_assert_uint_eq(output_size(peer), 0);
	ck_assert_uint_eq(output_size(bev), 0);
	bufferevent_free(peer);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_read__and_write_functions_use_both_buffers)
{
	struct evbuffer *buffer = evbuffer_new();
	char data[8];

	set_up(_i, 0);
	bufferevent_setcb(bev, spell_read, NULL, NULL, word(""));
	evbuffer_add(buffer, "abc", 3);
	ck_assert_int_eq(bufferevent_write_buffer(bev, buffer), 0);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 0);
	put(ends[1], "hello");
	turn(base);

	ck_assert_int_eq(take(ends[1]), 3);
	ck_assert_uint_eq(bufferevent_read(bev, data, 2), 2);
	ck_assert_int_eq(memcmp(data, "he", 2), 0);
	ck_assert_int_eq(bufferevent_read_buffer(bev, buffer), 0);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 3);
	ck_assert_uint_eq(bufferevent_read(bev, data, sizeof(data)), 0);
	evbuffer_free(buffer);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_get_output__is_frozen_where_the_stream_drains_it)
{
	set_up(_i, 0);
	write_text(bev, "abc");

	ck_assert_int_eq(evbuffer_drain(bufferevent_get_output(bev), 1), -1);
	ck_assert_int_eq(evbuffer_prepend(bufferevent_get_output(bev), "x", 1), -1);
	ck_assert_int_eq(evbuffer_add(bufferevent_get_input(bev), "x", 1), -1);
	ck_assert_int_eq(evbuffer_prepend(bufferevent_get_input(bev), "x", 1), 0);
	ck_assert_uint_eq(output_size(bev), 3);
	ck_assert_uint_eq(input_size(bev), 1);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_set_max_single_read__bounds_one_read)
{
	set_up(_i, 0);
	ck_assert_int_eq(bufferevent_get_max_single_read(bev), 16384);
	ck_assert_int_eq(bufferevent_set_max_single_read(bev, 3), 0);
	put(ends[1], "abcdefgh");

	turns(base, 3);

	ck_assert_str_eq(spelled(), "r3 r3 r2 ");
	ck_assert_int_eq(bufferevent_get_max_single_read(bev), 3);
	ck_assert_int_eq(bufferevent_get_max_to_read(bev), 3);
	ck_assert_int_eq(bufferevent_set_max_single_read(bev, 0), 0);
	ck_assert_int_eq(bufferevent_get_max_single_read(bev), 16384);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_set_max_single_write__bounds_one_write)
{
	set_up(_i, 0);
	ck_assert_int_eq(bufferevent_get_max_single_write(bev), 16384);
	ck_assert_int_eq(bufferevent_set_max_single_write(bev, 3), 0);
	ck_assert_int_eq(bufferevent_get_max_to_write(bev), 3);
	write_text(bev, "abcdefgh");

	step(base);
	ck_assert_int_eq(take(ends[1]), 3);
	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_str_eq(spelled(), "w0 ");
	ck_assert_int_eq(bufferevent_set_max_single_write(bev, (size_t)-1), 0);
	ck_assert_int_eq(bufferevent_get_max_single_write(bev), 16384);
	tear_down();
}

/* ---- Directions ------------------------------------------------------------------------ */

TEST_EVERYWHERE(bufferevent_disable__reading_stops)
{
	set_up(_i, 0);
	bufferevent_disable(bev, EV_READ);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	put(ends[1], "hello");
	turns(base, 3);
	ck_assert_str_eq(spelled(), "");

	bufferevent_enable(bev, EV_READ);
	turn(base);

	ck_assert_str_eq(spelled(), "r5 ");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_disable__writing_stops)
{
	set_up(_i, 0);
	bufferevent_disable(bev, EV_WRITE);
	write_text(bev, "hello");
	turns(base, 3);
	ck_assert_int_eq(take(ends[1]), 0);

	bufferevent_enable(bev, EV_WRITE);
	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

/* Programs enable writing to be asked for output. */
TEST_EVERYWHERE(bufferevent_enable__without_output_calls_write_callback_once)
{
	set_up(_i, 0);
	turn(base);
	ck_assert_str_eq(spelled(), "");

	bufferevent_enable(bev, EV_WRITE);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "w0 ");
	bufferevent_disable(bev, EV_WRITE);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	turns(base, 2);

	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

static void
disable_and_enable(struct bufferevent *stream, void *name)
{
	spell_text(name);
	if (refills-- > 0) {
		bufferevent_disable(stream, EV_WRITE);
		bufferevent_enable(stream, EV_WRITE);
	}
}

TEST_EVERYWHERE(bufferevent_enable__inside_write_callback_calls_it_in_another_turn)
{
	set_up(_i, 0);
	refills = 3;
	bufferevent_setcb(bev, NULL, disable_and_enable, NULL, word("w"));
	bufferevent_enable(bev, EV_WRITE);

	step(base);
	ck_assert_str_eq(spelled(), "w");
	step(base);
	ck_assert_str_eq(spelled(), "w");
	turn(base);

	ck_assert_str_eq(spelled(), "ww");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_disable__output_of_the_same_turn_is_not_sent)
{
	set_up(_i, 0);
	write_text(bev, "hello");
	bufferevent_disable(bev, EV_WRITE);

	turns(base, 3);

	ck_assert_int_eq(take(ends[1]), 0);
	ck_assert_uint_eq(output_size(bev), 5);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_write__waits_for_a_peer_that_reads_nothing)
{
	set_up(_i, 0);
	fill(ends[0]);
	write_text(bev, "hello");
	turns(base, 5);
	ck_assert_uint_eq(output_size(bev), 5);
	ck_assert_str_eq(spelled(), "");

	while (take(ends[1]) > 0)
		turn(base);

	ck_assert_uint_eq(output_size(bev), 0);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

/* ---- Watermarks ------------------------------------------------------------------------ */

TEST_EVERYWHERE(bufferevent_setwatermark__low_delays_read_callback)
{
	size_t low, high;

	set_up(_i, 0);
	bufferevent_setwatermark(bev, EV_READ, 4, 0);
	put(ends[1], "abc");
	turn(base);
	ck_assert_str_eq(spelled(), "");
	put(ends[1], "d");

	turn(base);

	ck_assert_str_eq(spelled(), "r4 ");
	ck_assert_int_eq(bufferevent_getwatermark(bev, EV_READ, &low, &high), 0);
	ck_assert_uint_eq(low, 4);
	ck_assert_uint_eq(high, 0);
	ck_assert_int_eq(bufferevent_getwatermark(bev, EV_READ | EV_WRITE, &low, &high), -1);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_setwatermark__low_delays_write_callback)
{
	set_up(_i, 0);
	bufferevent_set_max_single_write(bev, 3);
	bufferevent_setwatermark(bev, EV_WRITE, 2, 0);
	write_text(bev, "abcdefgh");

	step(base);
	ck_assert_str_eq(spelled(), "");
	step(base);
	ck_assert_str_eq(spelled(), "w2 ");
	step(base);

	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

/* In libevent a full input could spin, or never be read again. */
TEST_EVERYWHERE(bufferevent_setwatermark__no_spin_or_stall_at_the_high_one)
{
	int turned;
	struct evwatch *watch;

	set_up(_i, 0);
	bufferevent_setcb(bev, spell_read, NULL, NULL, word(""));
	bufferevent_setwatermark(bev, EV_READ, 0, 4);
	put(ends[1], "abcdefghij");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r4 ");

	watch = count_turns(base, &turned);
	run_for_ms(base, 20);
	ck_assert_int_le(turned, 50);
	ck_assert_str_eq(spelled(), "");
	evwatch_free(watch);

	evbuffer_drain(bufferevent_get_input(bev), 1);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r4 ");
	evbuffer_drain(bufferevent_get_input(bev), 3);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r4 ");
	bufferevent_setwatermark(bev, EV_READ, 0, 5);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r5 ");
	bufferevent_setwatermark(bev, EV_READ, 0, 0);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r6 ");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_setwatermark__reading_resumes_however_input_is_drained)
{
	struct evbuffer *other = evbuffer_new();
	char data[2];

	set_up(_i, 0);
	bufferevent_setcb(bev, spell_read, NULL, NULL, word(""));
	bufferevent_setwatermark(bev, EV_READ, 0, 2);
	put(ends[1], "abcdefghij");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r2 ");

	ck_assert_uint_eq(bufferevent_read(bev, data, 2), 2);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r2 ");
	ck_assert_int_eq(evbuffer_remove_buffer(bufferevent_get_input(bev), other, 1), 1);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r2 ");
	ck_assert_int_eq(bufferevent_read_buffer(bev, other), 0);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r2 ");
	ck_assert_int_eq(evbuffer_prepend_buffer(other, bufferevent_get_input(bev)), 0);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "r2 ");
	evbuffer_free(other);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_setwatermark__low_above_high_does_not_stall)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, spell_read, NULL, NULL, word(""));
	bufferevent_setwatermark(bev, EV_READ, 6, 4);
	put(ends[1], "abcdefghij");
	turns(base, 3);
	ck_assert_str_eq(spelled(), "");
	ck_assert_uint_eq(input_size(bev), 4);

	bufferevent_setwatermark(bev, EV_READ, 6, 8);
	turns(base, 3);

	ck_assert_str_eq(spelled(), "r8 ");
	tear_down();
}

/* ---- Ends and errors ------------------------------------------------------------------- */

TEST_EVERYWHERE(event_callback__eof_is_reported_once_and_output_is_sent)
{
	set_up(_i, 0);
	put(ends[1], "bye");
	finish(ends[1]);

	turns(base, 4);
	ck_assert_str_eq(spelled(), "r3 <eof ");
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	write_text(bev, "hello");
	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

TEST_EVERYWHERE(event_callback__write_error_leaves_reading_working)
{
	evutil_socket_t peer[2];

	set_up(_i, 0);
	put(ends[1], "last");
	open_pair(backend, peer);
	evutil_closesocket(ends[1]);
	ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	write_text(bev, "hello");

	turns(base, 4);

	ck_assert_ptr_nonnull(strstr(spelled(), ">err "));
	ck_assert_uint_eq(output_size(bev), 5);
	ck_assert_int_eq(bufferevent_get_enabled(bev) & EV_WRITE, 0);
	ends[1] = peer[1];
	evutil_closesocket(peer[0]);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_socket_new__without_descriptor_keeps_output)
{
	set_up(_i, 0);
	bufferevent_free(bev);
	bev = stream_on(base, -1, 0);
	bufferevent_setcb(bev, spell_read, spell_written, spell_event, word(""));
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ | EV_WRITE), 0);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	write_text(bev, "hello");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "");

	ck_assert_int_eq(bufferevent_setfd(bev, ends[0]), 0);
	put(ends[1], "abc");
	turns(base, 2);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_ptr_nonnull(strstr(spelled(), "w0 "));
	ck_assert_uint_eq(input_size(bev), 3);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_setfd__does_not_close_the_old_descriptor)
{
	evutil_socket_t others[2];

	set_up(_i, BEV_OPT_CLOSE_ON_FREE);
	open_pair(backend, others);
	write_text(bev, "hello");
	ck_assert_int_eq(bufferevent_setfd(bev, others[0]), 0);
	put(others[1], "abc");
	put(ends[1], "abcdef");

	turns(base, 2);

	ck_assert_int_eq(take(others[1]), 5);
	ck_assert_int_eq(take(ends[0]), 6);
	ck_assert_ptr_nonnull(strstr(spelled(), "r3 "));
	ck_assert_int_eq(bufferevent_setfd(bev, -1), 0);
	evutil_closesocket(others[0]);
	evutil_closesocket(others[1]);
	tear_down();
}

/* epoll refuses directories. */
TEST_ON_BACKENDS(bufferevent_setfd__of_a_descriptor_that_is_refused_leaves_none)
{
	int directory = open("/", O_RDONLY);
	int expected;

	for (int replaces = 0; replaces < 2; replaces++) {
		set_up(_i, BEV_OPT_CLOSE_ON_FREE);
		expected = strcmp(event_base_get_method(base), "epoll") ? directory : -1;

		ck_assert_int_eq(replaces ? bufferevent_replacefd(bev, directory)
					  : bufferevent_setfd(bev, directory),
		    expected < 0 ? -1 : 0);

		ck_assert_int_eq(bufferevent_getfd(bev), expected);
		bufferevent_setfd(bev, -1);
		ck_assert_int_ge(fcntl(directory, F_GETFD), 0);
		if (replaces) {
			ck_assert_int_eq(take(ends[1]), -1);
			evutil_closesocket(ends[1]);
			open_pair(backend, ends);
		}
		tear_down();
	}
	close(directory);
}

/* Nothing would close it. */
TEST_EVERYWHERE(bufferevent_setfd__of_a_filter_whose_bufferevent_is_freed_is_refused)
{
	struct bufferevent *filter;
	evutil_socket_t others[2];

	set_up(_i, BEV_OPT_CLOSE_ON_FREE);
	open_pair(backend, others);
	filter = bufferevent_filter_new(bev, NULL, NULL, 0, NULL, NULL);
	bufferevent_free(bev);
	bev = filter;

	ck_assert_int_eq(bufferevent_setfd(filter, others[0]), -1);

	put(others[1], "abc");
	ck_assert_int_eq(take(others[0]), 3);
	close_pair(others);
	ck_assert_int_eq(take(ends[1]), -1);
	evutil_closesocket(ends[1]);
	open_pair(backend, ends);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_replacefd__closes_a_descriptor_that_it_owns)
{
	evutil_socket_t others[2];

	set_up(_i, BEV_OPT_CLOSE_ON_FREE);
	open_pair(backend, others);

	ck_assert_int_eq(bufferevent_replacefd(bev, others[0]), 0);

	ck_assert_int_eq(take(ends[1]), -1);
	ck_assert_int_eq(bufferevent_getfd(bev), others[0]);
	bufferevent_free(bev);
	bev = NULL;
	ck_assert_int_eq(take(others[1]), -1);
	evutil_closesocket(ends[1]);
	evutil_closesocket(others[1]);
	open_pair(backend, ends);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_flush__of_a_socket_does_nothing)
{
	set_up(_i, 0);

	for (int mode = BEV_NORMAL; mode <= BEV_FINISHED; mode++) {
		ck_assert_int_eq(
		    bufferevent_flush(bev, EV_READ, (enum bufferevent_flush_mode)mode), 0);
		ck_assert_int_eq(
		    bufferevent_flush(bev, EV_WRITE, (enum bufferevent_flush_mode)mode), 0);
	}
	turns(base, 2);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}

/* ---- Triggers and callbacks ------------------------------------------------------------ */

TEST_EVERYWHERE(bufferevent_trigger__calls_at_once)
{
	set_up(_i, 0);

	bufferevent_trigger(bev, EV_READ | EV_WRITE, 0);
	bufferevent_trigger_event(bev, BEV_EVENT_READING | BEV_EVENT_EOF, 0);

	ck_assert_str_eq(spelled(), "r0 w0 <eof ");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_trigger__deferred_calls_have_a_fixed_order)
{
	set_up(_i, 0);

	bufferevent_trigger_event(
	    bev, BEV_EVENT_READING | BEV_EVENT_EOF | BEV_EVENT_CONNECTED, BEV_TRIG_DEFER_CALLBACKS);
	bufferevent_trigger(bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
	bufferevent_trigger(bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
	ck_assert_str_eq(spelled(), "");
	turn(base);

	ck_assert_str_eq(spelled(), "!up r0 w0 <eof ");
	turn(base);
	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_trigger__applies_watermarks_unless_ignored)
{
	set_up(_i, 0);
	bufferevent_setwatermark(bev, EV_READ, 10, 0);
	bufferevent_disable(bev, EV_WRITE);
	write_text(bev, "abc");

	bufferevent_trigger(bev, EV_READ | EV_WRITE, 0);
	ck_assert_str_eq(spelled(), "");
	bufferevent_trigger(bev, EV_READ | EV_WRITE, BEV_TRIG_IGNORE_WATERMARKS);

	ck_assert_str_eq(spelled(), "r0 w3 ");
	tear_down();
}

TEST_EVERYWHERE(bufferevent_socket_new__deferred_callbacks_come_from_the_loop)
{
	set_up(_i, BEV_OPT_DEFER_CALLBACKS);
	bufferevent_trigger(bev, EV_READ, 0);
	ck_assert_str_eq(spelled(), "");
	put(ends[1], "hello");

	turns(base, 2);

	ck_assert_ptr_nonnull(strstr(spelled(), "r5 "));
	tear_down();
}

TEST_EVERYWHERE(bufferevent_write__inside_deferred_callback_is_sent_in_the_same_turn)
{
	set_up(_i, BEV_OPT_DEFER_CALLBACKS);
	bufferevent_setcb(bev, echo, NULL, NULL, NULL);
	put(ends[1], "hello");

	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_getcb__returns_what_bufferevent_setcb_set)
{
	bufferevent_data_cb readcb, writecb;
	bufferevent_event_cb eventcb;
	void *arg;

	set_up(_i, 0);

	bufferevent_getcb(bev, &readcb, &writecb, &eventcb, &arg);
	ck_assert(readcb == spell_read_and_drain);
	ck_assert(writecb == spell_written);
	ck_assert(eventcb == spell_event);
	ck_assert_str_eq(arg, "");
	bufferevent_getcb(bev, NULL, NULL, NULL, NULL);
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	put(ends[1], "x");
	finish(ends[1]);
	turns(base, 3);

	ck_assert_str_eq(spelled(), "");
	ck_assert_uint_eq(input_size(bev), 1);
	tear_down();
}

/* ---- Asking for the write callback ------------------------------------------------------------ */

static void
enable_by_timer(evutil_socket_t fd, short what, void *stream)
{
	(void)fd;
	(void)what;
	bufferevent_enable(stream, EV_WRITE);
}

static void
enable_for_reading(struct bufferevent *stream, void *arg)
{
	(void)arg;
	evbuffer_drain(bufferevent_get_input(stream), 100);
	bufferevent_enable(stream, EV_WRITE);
}

static void
ask_for_write_callback(int way)
{
	switch (way) {
	case 0:
		bufferevent_enable(bev, EV_WRITE);
		break;
	case 1:
		bufferevent_disable(bev, EV_WRITE);
		bufferevent_enable(bev, EV_WRITE);
		break;
	case 2:
		bufferevent_setfd(bev, ends[0]);
		break;
	case 3:
		event_base_once(base, -1, EV_TIMEOUT, enable_by_timer, bev, MS(1));
		run_for_ms(base, 2);
		break;
	default:
		bufferevent_setcb(bev, enable_for_reading, spell_written, spell_event, word(""));
		put(ends[1], "x");
		break;
	}
}

/* Not before the socket takes something, and then once. */
TEST_EVERYWHERE(bufferevent_enable__without_output_waits_until_the_socket_is_writable)
{
	for (int way = 0; way < 5; way++) {
		set_up(_i, 0);
		fill(ends[0]);

		ask_for_write_callback(way);
		turns(base, 3);
		ck_assert_str_eq(spelled(), "");
		while (take(ends[1]) > 0)
			;

		ck_assert_str_eq(next_spelled(base), "w0 ");
		turns(base, 3);
		ck_assert_str_eq(spelled(), "");
		tear_down();
	}
}

/* ---- Descriptors that block ------------------------------------------------------------------- */

static void
send_through(evutil_socket_t from, evutil_socket_t to)
{
	enum { SIZE = 500000 };
	struct bufferevent *writer = stream_on(base, from, BEV_OPT_CLOSE_ON_FREE);
	struct bufferevent *reader = stream_on(base, to, BEV_OPT_CLOSE_ON_FREE);

	bufferevent_enable(reader, EV_READ);
	write_bytes(writer, SIZE);
	while (input_size(reader) < SIZE)
		step(base);

	ck_assert_uint_eq(output_size(writer), 0);
	bufferevent_free(writer);
	bufferevent_free(reader);
}

/* Both ends are in this process: a call that blocks would never return. */
TEST_ON_BACKENDS(bufferevent_socket_new__descriptors_that_block_do_not_stop_the_loop)
{
	int fds[2];

	set_up(_i, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	send_through(fds[0], fds[1]);
	ck_assert_int_eq(pipe(fds), 0);
	send_through(fds[1], fds[0]);
	tear_down();
}
