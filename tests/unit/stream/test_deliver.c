/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/deliver.h"

#include <errno.h>

#include "unit/stream/fake_stream.h"

static int errno_seen;

static void
keep_errno(struct bufferevent *bev, short what, void *arg)
{
	errno_seen = errno;
	spell_event(bev, what, arg);
}

START_TEST(the_errno_of_an_event_is_kept_until_it_is_told)
{
	struct stream *stream = fake_stream(BEV_OPT_DEFER_CALLBACKS, NULL);

	bufferevent_setcb(&stream->bev, NULL, NULL, keep_errno, word(""));
	errno = EPIPE;
	lvn_deliver_event_locked(stream, BEV_EVENT_WRITING | BEV_EVENT_ERROR, 0);
	errno = 0;

	turn(base);

	ck_assert_str_eq(spelled(), ">err s");
	ck_assert_int_eq(errno_seen, EPIPE);
	end_fake(stream);
}
END_TEST

START_TEST(deferred_calls_come_once_in_their_order_and_settle_after_that)
{
	struct stream *stream = fake_stream(BEV_OPT_DEFER_CALLBACKS, NULL);

	lvn_deliver_event_locked(stream, BEV_EVENT_EOF | BEV_EVENT_READING, 0);
	lvn_deliver_write_locked(stream, 0);
	lvn_deliver_read_locked(stream, 0);
	lvn_deliver_read_locked(stream, 0);
	lvn_deliver_event_locked(stream, BEV_EVENT_CONNECTED, 0);

	turn(base);

	ck_assert_str_eq(spelled(), "!up r0 w0 <eof s");
	turn(base);
	ck_assert_str_eq(spelled(), "");
	ck_assert_uint_eq(stream->references, 1);
	end_fake(stream);
}
END_TEST

START_TEST(watermarks_decide_unless_they_are_ignored)
{
	struct stream *stream = fake_stream(0, NULL);

	stream->bev.wm_read.low = 2;
	evbuffer_prepend(stream->bev.input, "a", 1);
	evbuffer_add(stream->bev.output, "b", 1);
	spelled();
	lvn_deliver_read_locked(stream, 0);
	lvn_deliver_write_locked(stream, 0);
	ck_assert_str_eq(spelled(), "");

	lvn_deliver_read_locked(stream, BEV_TRIG_IGNORE_WATERMARKS);
	lvn_deliver_write_locked(stream, BEV_TRIG_IGNORE_WATERMARKS);

	ck_assert_str_eq(spelled(), "r1 w1 ");
	evbuffer_prepend(stream->bev.input, "a", 1);
	stream->bev.wm_write.low = 1;
	lvn_deliver_read_locked(stream, 0);
	lvn_deliver_write_locked(stream, 0);
	ck_assert_str_eq(spelled(), "r2 w1 ");
	end_fake(stream);
}
END_TEST

START_TEST(a_stream_without_callbacks_schedules_nothing)
{
	struct stream *stream = fake_stream(BEV_OPT_DEFER_CALLBACKS, NULL);

	bufferevent_setcb(&stream->bev, NULL, NULL, NULL, NULL);
	lvn_deliver_read_locked(stream, 0);
	lvn_deliver_write_locked(stream, 0);
	lvn_deliver_event_locked(stream, BEV_EVENT_EOF, 0);

	ck_assert_uint_eq(stream->references, 1);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 0);
	end_fake(stream);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("stream_deliver");
	TCase *group = tcase_create("deliver");

	tcase_add_test(group, the_errno_of_an_event_is_kept_until_it_is_told);
	tcase_add_test(group, deferred_calls_come_once_in_their_order_and_settle_after_that);
	tcase_add_test(group, watermarks_decide_unless_they_are_ignored);
	tcase_add_test(group, a_stream_without_callbacks_schedules_nothing);
	suite_add_tcase(suite, group);
	return suite;
}
