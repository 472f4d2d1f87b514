/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/direction.h"

#include "unit/stream/fake_stream.h"

TEST(stream_suspend__first_reason_stops_and_last_one_resumes)
{
	struct stream *stream = fake_stream(0, NULL);

	ck_assert_int_eq(lvn_stream_enable_locked(stream, EV_READ), 0);
	ck_assert_str_eq(spelled(), "+r");
	lvn_stream_suspend_locked(stream, EV_READ, SUSPENDED_BY_DNS);
	ck_assert_str_eq(spelled(), "-r");
	lvn_stream_suspend_locked(stream, EV_READ, SUSPENDED_BY_LIMIT);
	lvn_stream_suspend_locked(stream, EV_READ, SUSPENDED_BY_LIMIT);
	lvn_stream_unsuspend_locked(stream, EV_READ, SUSPENDED_BY_DNS);
	lvn_stream_unsuspend_locked(stream, EV_READ, SUSPENDED_BY_DNS);
	ck_assert_str_eq(spelled(), "");
	ck_assert(!lvn_stream_reads_locked(stream));

	lvn_stream_unsuspend_locked(stream, EV_READ, SUSPENDED_BY_LIMIT);

	ck_assert_str_eq(spelled(), "+r");
	ck_assert(lvn_stream_reads_locked(stream));
	end_fake(stream);
}

TEST(stream_enable__does_not_start_a_suspended_direction)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_suspend_locked(stream, EV_WRITE, SUSPENDED_BY_GROUP);
	spelled();
	ck_assert_int_eq(lvn_stream_enable_locked(stream, EV_READ | EV_WRITE), 0);
	ck_assert_str_eq(spelled(), "+r");
	ck_assert_int_eq(stream->bev.enabled, EV_READ | EV_WRITE);

	ck_assert_int_eq(lvn_stream_disable_locked(stream, EV_WRITE), 0);
	spelled();
	lvn_stream_unsuspend_locked(stream, EV_WRITE, SUSPENDED_BY_GROUP);

	ck_assert_str_eq(spelled(), "");
	end_fake(stream);
}

TEST(stream_enable__ignores_other_bits)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_enable_locked(stream, EV_PERSIST | EV_ET | EV_TIMEOUT);

	ck_assert_int_eq(stream->bev.enabled, EV_WRITE);
	ck_assert_str_eq(spelled(), "");
	end_fake(stream);
}

TEST(stream_input_space__ends_at_the_high_watermark)
{
	struct stream *stream = fake_stream(0, NULL);

	ck_assert_uint_eq(lvn_stream_input_space_locked(stream), SIZE_MAX);
	stream->bev.wm_read.high = 10;
	lvn_stream_watch_input_locked(stream);
	ck_assert_uint_eq(lvn_stream_input_space_locked(stream), 10);
	evbuffer_prepend(stream->bev.input, "1234567", 7);
	ck_assert_uint_eq(lvn_stream_input_space_locked(stream), 3);
	evbuffer_prepend(stream->bev.input, "1234567", 7);
	ck_assert_uint_eq(lvn_stream_input_space_locked(stream), 0);
	ck_assert_int_eq(stream->read_suspended, SUSPENDED_BY_WATERMARK);
	evbuffer_drain(stream->bev.input, 5);
	ck_assert_int_eq(stream->read_suspended, 0);
	end_fake(stream);
}
