/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents of sockets: bytes in and out, directions, watermarks, ends and errors.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>

#include "support/stream_case.h"

/* ---- Bytes ----------------------------------------------------------------------------- */

START_TEST(a_new_stream_writes_and_does_not_read)
{
	set_up(_i, 0);
	bufferevent_free(bev);
	bev = stream_on(base, ends[0], 0);

	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	ck_assert_int_eq(bufferevent_getfd(bev), ends[0]);
	ck_assert_ptr_eq(bufferevent_get_base(bev), base);
	ck_assert_ptr_null(bufferevent_get_underlying(bev));
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	tear_down();
}
END_TEST

START_TEST(input_comes_to_the_read_callback)
{
	set_up(_i, 0);
	put(ends[1], "hello");

	turn(base);

	ck_assert_str_eq(spelled(), "r5 ");
	tear_down();
}
END_TEST

START_TEST(output_goes_to_the_peer_in_the_turn_it_was_added_in)
{
	set_up(_i, 0);
	write_text(bev, "hello");
	ck_assert_int_eq(take(ends[1]), 0);

	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}
END_TEST

START_TEST(output_of_a_callback_is_sent_when_it_returns)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, echo, spell_written, spell_event, word(""));
	put(ends[1], "hello");

	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}
END_TEST

static void
write_twice(struct bufferevent *stream, void *name)
{
	(void)name;
	write_text(stream, "ab");
	write_text(stream, "cde");
	evbuffer_drain(bufferevent_get_input(stream), 100);
}

START_TEST(what_a_callback_writes_in_pieces_is_sent_at_once)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, write_twice, spell_written, NULL, word(""));
	put(ends[1], "x");

	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}
END_TEST

static int refills;

static void
refill(struct bufferevent *stream, void *name)
{
	(void)name;
	if (refills-- > 0)
		write_text(stream, "again");
}

START_TEST(a_write_callback_may_fill_the_output_again)
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
END_TEST

START_TEST(a_megabyte_goes_through_and_comes_back)
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
END_TEST

START_TEST(the_functions_for_bytes_work_on_both_buffers)
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
END_TEST

START_TEST(users_cannot_take_output_away_nor_add_input)
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
END_TEST

START_TEST(one_read_takes_no_more_than_its_bound)
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
END_TEST

START_TEST(one_write_sends_no_more_than_its_bound)
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
END_TEST

/* ---- Directions ------------------------------------------------------------------------ */

START_TEST(nothing_is_read_while_reading_is_disabled)
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
END_TEST

START_TEST(nothing_is_written_while_writing_is_disabled)
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
END_TEST

/* Programs enable writing to be asked for output. */
START_TEST(enabling_writing_without_output_calls_the_write_callback_once)
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
END_TEST

static void
disable_and_enable(struct bufferevent *stream, void *name)
{
	spell_text(name);
	if (refills-- > 0) {
		bufferevent_disable(stream, EV_WRITE);
		bufferevent_enable(stream, EV_WRITE);
	}
}

START_TEST(enabling_writing_in_the_write_callback_calls_it_again_in_another_turn)
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
END_TEST

START_TEST(output_can_be_stopped_before_it_goes)
{
	set_up(_i, 0);
	write_text(bev, "hello");
	bufferevent_disable(bev, EV_WRITE);

	turns(base, 3);

	ck_assert_int_eq(take(ends[1]), 0);
	ck_assert_uint_eq(output_size(bev), 5);
	tear_down();
}
END_TEST

START_TEST(output_waits_for_a_peer_that_takes_nothing)
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
END_TEST

/* ---- Watermarks ------------------------------------------------------------------------ */

START_TEST(the_read_callback_waits_for_the_low_watermark)
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
END_TEST

START_TEST(the_write_callback_waits_for_the_low_watermark)
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
END_TEST

/* In libevent a full input could spin, or never be read again. */
START_TEST(fault_spin_or_stall_at_a_high_read_watermark)
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
	ck_assert_int_le(turned, 3 + backend->threads);
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
END_TEST

START_TEST(reading_resumes_however_the_input_was_drained)
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
END_TEST

START_TEST(a_low_watermark_above_the_high_one_stalls_nothing_that_is_drained)
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
END_TEST

/* ---- Ends and errors ------------------------------------------------------------------- */

START_TEST(the_end_of_input_is_told_once_and_output_still_goes)
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
END_TEST

START_TEST(output_that_cannot_go_is_an_error_and_input_still_comes)
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
END_TEST

START_TEST(a_stream_without_a_descriptor_keeps_its_output)
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
END_TEST

START_TEST(setfd_leaves_the_old_descriptor_alone)
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
END_TEST

START_TEST(replacefd_closes_the_old_descriptor_if_the_stream_owns_it)
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
END_TEST

START_TEST(a_flush_of_a_socket_does_nothing)
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
END_TEST

/* ---- Triggers and callbacks ------------------------------------------------------------ */

START_TEST(a_trigger_calls_at_once)
{
	set_up(_i, 0);

	bufferevent_trigger(bev, EV_READ | EV_WRITE, 0);
	bufferevent_trigger_event(bev, BEV_EVENT_READING | BEV_EVENT_EOF, 0);

	ck_assert_str_eq(spelled(), "r0 w0 <eof ");
	tear_down();
}
END_TEST

START_TEST(a_deferred_trigger_calls_from_the_loop_in_a_fixed_order)
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
END_TEST

START_TEST(a_trigger_obeys_watermarks_unless_told_otherwise)
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
END_TEST

START_TEST(deferred_callbacks_come_from_the_loop)
{
	set_up(_i, BEV_OPT_DEFER_CALLBACKS);
	bufferevent_trigger(bev, EV_READ, 0);
	ck_assert_str_eq(spelled(), "");
	put(ends[1], "hello");

	turns(base, 2);

	ck_assert_ptr_nonnull(strstr(spelled(), "r5 "));
	tear_down();
}
END_TEST

START_TEST(deferred_echoes_go_out_in_the_same_turn)
{
	set_up(_i, BEV_OPT_DEFER_CALLBACKS);
	bufferevent_setcb(bev, echo, NULL, NULL, NULL);
	put(ends[1], "hello");

	turn(base);

	ck_assert_int_eq(take(ends[1]), 5);
	tear_down();
}
END_TEST

START_TEST(callbacks_can_be_asked_for_and_changed)
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
END_TEST

static void
add_bytes(TCase *group)
{
	tcase_add_test_everywhere(group, a_new_stream_writes_and_does_not_read);
	tcase_add_test_everywhere(group, input_comes_to_the_read_callback);
	tcase_add_test_everywhere(group, output_goes_to_the_peer_in_the_turn_it_was_added_in);
	tcase_add_test_everywhere(group, output_of_a_callback_is_sent_when_it_returns);
	tcase_add_test_everywhere(group, what_a_callback_writes_in_pieces_is_sent_at_once);
	tcase_add_test_everywhere(group, a_write_callback_may_fill_the_output_again);
	tcase_add_test_everywhere(group, a_megabyte_goes_through_and_comes_back);
	tcase_add_test_everywhere(group, the_functions_for_bytes_work_on_both_buffers);
	tcase_add_test_everywhere(group, users_cannot_take_output_away_nor_add_input);
	tcase_add_test_everywhere(group, one_read_takes_no_more_than_its_bound);
	tcase_add_test_everywhere(group, one_write_sends_no_more_than_its_bound);
}

static void
add_directions(TCase *group)
{
	tcase_add_test_everywhere(group, nothing_is_read_while_reading_is_disabled);
	tcase_add_test_everywhere(group, nothing_is_written_while_writing_is_disabled);
	tcase_add_test_everywhere(
	    group, enabling_writing_without_output_calls_the_write_callback_once);
	tcase_add_test_everywhere(
	    group, enabling_writing_in_the_write_callback_calls_it_again_in_another_turn);
	tcase_add_test_everywhere(group, output_can_be_stopped_before_it_goes);
	tcase_add_test_everywhere(group, output_waits_for_a_peer_that_takes_nothing);
	tcase_add_test_everywhere(group, the_read_callback_waits_for_the_low_watermark);
	tcase_add_test_everywhere(group, the_write_callback_waits_for_the_low_watermark);
	tcase_add_test_everywhere(group, fault_spin_or_stall_at_a_high_read_watermark);
	tcase_add_test_everywhere(group, reading_resumes_however_the_input_was_drained);
	tcase_add_test_everywhere(
	    group, a_low_watermark_above_the_high_one_stalls_nothing_that_is_drained);
}

static void
add_ends(TCase *group)
{
	tcase_add_test_everywhere(group, the_end_of_input_is_told_once_and_output_still_goes);
	tcase_add_test_everywhere(group, output_that_cannot_go_is_an_error_and_input_still_comes);
	tcase_add_test_everywhere(group, a_stream_without_a_descriptor_keeps_its_output);
	tcase_add_test_everywhere(group, setfd_leaves_the_old_descriptor_alone);
	tcase_add_test_everywhere(group, replacefd_closes_the_old_descriptor_if_the_stream_owns_it);
	tcase_add_test_everywhere(group, a_flush_of_a_socket_does_nothing);
}

static void
add_callbacks(TCase *group)
{
	tcase_add_test_everywhere(group, a_trigger_calls_at_once);
	tcase_add_test_everywhere(group, a_deferred_trigger_calls_from_the_loop_in_a_fixed_order);
	tcase_add_test_everywhere(group, a_trigger_obeys_watermarks_unless_told_otherwise);
	tcase_add_test_everywhere(group, deferred_callbacks_come_from_the_loop);
	tcase_add_test_everywhere(group, deferred_echoes_go_out_in_the_same_turn);
	tcase_add_test_everywhere(group, callbacks_can_be_asked_for_and_changed);
}

Suite *
suite_under_test(void)
{
	static const struct {
		const char *name;
		void (*add)(TCase *group);
	} groups[] = {
	    {"bytes", add_bytes},
	    {"directions", add_directions},
	    {"ends", add_ends},
	    {"callbacks", add_callbacks},
	};
	Suite *suite = suite_create("api_bufferevent");

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		TCase *group = tcase_create(groups[i].name);

		groups[i].add(group);
		suite_add_tcase(suite, group);
	}
	return suite;
}
