/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/timeouts.h"

#include "unit/stream/fake_stream.h"

static bool
is_timed(const struct event *timer)
{
	return event_pending(timer, EV_TIMEOUT, NULL);
}

TEST(timeouts_set__runs_while_a_direction_waits)
{
	struct stream *stream = fake_stream(0, NULL);

	ck_assert_int_eq(lvn_timeouts_set_locked(stream, MS(1000), MS(1000)), 0);
	ck_assert(!is_timed(&stream->bev.ev_read));
	ck_assert(!is_timed(&stream->bev.ev_write));

	lvn_stream_enable_locked(stream, EV_READ);
	evbuffer_add(stream->bev.output, "x", 1);
	lvn_timeouts_update_locked(stream, EV_WRITE);
	ck_assert(is_timed(&stream->bev.ev_read));
	ck_assert(is_timed(&stream->bev.ev_write));

	lvn_stream_suspend_locked(stream, EV_WRITE, SUSPENDED_BY_FILTER);
	ck_assert(is_timed(&stream->bev.ev_read));
	ck_assert(!is_timed(&stream->bev.ev_write));
	lvn_stream_suspend_locked(stream, EV_READ, SUSPENDED_BY_FILTER);
	lvn_timeouts_restart_locked(stream, EV_READ | EV_WRITE);
	ck_assert(!is_timed(&stream->bev.ev_read));
	ck_assert(!is_timed(&stream->bev.ev_write));

	lvn_stream_unsuspend_locked(stream, EV_READ, SUSPENDED_BY_FILTER);
	ck_assert(is_timed(&stream->bev.ev_read));
	ck_assert_int_eq(lvn_timeouts_set_locked(stream, NULL, MS(1000)), 0);
	ck_assert(!is_timed(&stream->bev.ev_read));
	end_fake(stream);
}

TEST(timeouts_update__restarts_nothing)
{
	struct timeval before, after;
	struct stream *stream = fake_stream(0, NULL);

	lvn_timeouts_set_locked(stream, MS(1000), NULL);
	lvn_stream_enable_locked(stream, EV_READ);
	event_pending(&stream->bev.ev_read, EV_TIMEOUT, &before);
	stream->bev.timeout_read = *MS(100000);

	lvn_timeouts_update_locked(stream, EV_READ);
	event_pending(&stream->bev.ev_read, EV_TIMEOUT, &after);
	ck_assert_int_le(after.tv_sec - before.tv_sec, 2);

	lvn_timeouts_restart_locked(stream, EV_READ);
	event_pending(&stream->bev.ev_read, EV_TIMEOUT, &after);
	ck_assert_int_ge(after.tv_sec - before.tv_sec, 90);
	end_fake(stream);
}

TEST(timeouts_expire__disables_the_direction)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_enable_locked(stream, EV_READ);
	lvn_timeouts_set_locked(stream, MS(1), NULL);
	spelled();

	ck_assert_str_eq(next_spelled(base), "-r<late s");

	ck_assert_int_eq(stream->bev.enabled, EV_WRITE);
	end_fake(stream);
}
