/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/direction.h"

#include "unit/stream/fake_stream.h"

START_TEST(the_first_reason_stops_and_the_last_that_goes_resumes)
{
	struct stream *stream = fake_stream(0, NULL);

	ck_assert_int_eq(lvn_stream_enable_locked(stream, EV_READ), 0);
	ck_assert_str_eq(spelled(), "+r");
	lvn_stream_suspend_read_locked(stream, SUSPENDED_BY_LOOKUP);
	ck_assert_str_eq(spelled(), "-r");
	lvn_stream_suspend_read_locked(stream, SUSPENDED_BY_LIMIT);
	lvn_stream_suspend_read_locked(stream, SUSPENDED_BY_LIMIT);
	lvn_stream_unsuspend_read_locked(stream, SUSPENDED_BY_LOOKUP);
	lvn_stream_unsuspend_read_locked(stream, SUSPENDED_BY_LOOKUP);
	ck_assert_str_eq(spelled(), "");
	ck_assert(!lvn_stream_reads_locked(stream));

	lvn_stream_unsuspend_read_locked(stream, SUSPENDED_BY_LIMIT);

	ck_assert_str_eq(spelled(), "+r");
	ck_assert(lvn_stream_reads_locked(stream));
	end_fake(stream);
}
END_TEST

START_TEST(a_direction_that_is_held_up_is_enabled_and_does_not_start)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_suspend_write_locked(stream, SUSPENDED_BY_GROUP);
	spelled();
	ck_assert_int_eq(lvn_stream_enable_locked(stream, EV_READ | EV_WRITE), 0);
	ck_assert_str_eq(spelled(), "+r");
	ck_assert_int_eq(stream->bev.enabled, EV_READ | EV_WRITE);

	ck_assert_int_eq(lvn_stream_disable_locked(stream, EV_WRITE), 0);
	spelled();
	lvn_stream_unsuspend_write_locked(stream, SUSPENDED_BY_GROUP);

	ck_assert_str_eq(spelled(), "");
	end_fake(stream);
}
END_TEST

START_TEST(other_bits_than_the_two_directions_mean_nothing)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_enable_locked(stream, EV_PERSIST | EV_ET | EV_TIMEOUT);

	ck_assert_int_eq(stream->bev.enabled, EV_WRITE);
	ck_assert_str_eq(spelled(), "");
	end_fake(stream);
}
END_TEST

START_TEST(the_room_for_input_ends_at_the_high_watermark)
{
	struct stream *stream = fake_stream(0, NULL);

	ck_assert_uint_eq(lvn_stream_input_room_locked(stream), SIZE_MAX);
	stream->bev.wm_read.high = 10;
	lvn_stream_watch_input_locked(stream);
	ck_assert_uint_eq(lvn_stream_input_room_locked(stream), 10);
	evbuffer_prepend(stream->bev.input, "1234567", 7);
	ck_assert_uint_eq(lvn_stream_input_room_locked(stream), 3);
	evbuffer_prepend(stream->bev.input, "1234567", 7);
	ck_assert_uint_eq(lvn_stream_input_room_locked(stream), 0);
	ck_assert_int_eq(stream->read_suspended, SUSPENDED_BY_WATERMARK);
	evbuffer_drain(stream->bev.input, 5);
	ck_assert_int_eq(stream->read_suspended, 0);
	end_fake(stream);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("stream_direction");
	TCase *group = tcase_create("direction");

	tcase_add_test(group, the_first_reason_stops_and_the_last_that_goes_resumes);
	tcase_add_test(group, a_direction_that_is_held_up_is_enabled_and_does_not_start);
	tcase_add_test(group, other_bits_than_the_two_directions_mean_nothing);
	tcase_add_test(group, the_room_for_input_ends_at_the_high_watermark);
	suite_add_tcase(suite, group);
	return suite;
}
