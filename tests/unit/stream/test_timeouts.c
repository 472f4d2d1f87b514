/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/timeouts.h"

#include "stream/direction.h"
#include "unit/stream/fake_stream.h"

static bool
is_timed(const struct event *timer)
{
	return event_pending(timer, EV_TIMEOUT, NULL);
}

START_TEST(timers_run_while_a_direction_waits)
{
	struct stream *stream = fake_stream(0, NULL);

	stream->bev.timeout_read = *MS(1000);
	stream->bev.timeout_write = *MS(1000);
	ck_assert_int_eq(lvn_timeouts_adjust_locked(stream), 0);
	ck_assert(!is_timed(&stream->bev.ev_read));
	ck_assert(!is_timed(&stream->bev.ev_write));

	lvn_stream_enable_locked(stream, EV_READ);
	evbuffer_add(stream->bev.output, "x", 1);
	ck_assert_int_eq(lvn_timeouts_adjust_locked(stream), 0);
	ck_assert(is_timed(&stream->bev.ev_read));
	ck_assert(is_timed(&stream->bev.ev_write));

	lvn_stream_suspend_read_locked(stream, SUSPENDED_BY_FILTER);
	lvn_stream_suspend_write_locked(stream, SUSPENDED_BY_FILTER);
	lvn_timeouts_restart_read_locked(stream);
	lvn_timeouts_restart_write_locked(stream);
	ck_assert(!is_timed(&stream->bev.ev_read));
	ck_assert(!is_timed(&stream->bev.ev_write));
	end_fake(stream);
}
END_TEST

START_TEST(a_timer_that_runs_out_disables_its_direction)
{
	struct stream *stream = fake_stream(0, NULL);

	lvn_stream_enable_locked(stream, EV_READ);
	stream->bev.timeout_read = *MS(1);
	lvn_timeouts_adjust_locked(stream);
	spelled();

	ck_assert_str_eq(next_spelled(base), "-r<late ");

	ck_assert_int_eq(stream->bev.enabled, EV_WRITE);
	end_fake(stream);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("stream_timeouts");
	TCase *group = tcase_create("timeouts");

	tcase_add_test(group, timers_run_while_a_direction_waits);
	tcase_add_test(group, a_timer_that_runs_out_disables_its_direction);
	suite_add_tcase(suite, group);
	return suite;
}
