/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/stream.h"

#include <event2/event.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

static struct event_base *base;
static evutil_socket_t ends[2];
static struct bufferevent *bev;
static struct stream *stream;

static void
set_up(void)
{
	base = base_on(backend_under_test(0));
	open_pair(backend_under_test(0), ends);
	bev = spelling_stream(base, ends[0], 0, "");
	stream = lvn_stream_of(bev);
}

static void
tear_down(void)
{
	bufferevent_free(bev);
	event_base_free(base);
	close_pair(ends);
}

TEST(connected__watches_writing_only_while_the_socket_takes_nothing)
{
	set_up();
	write_text(bev, "hello");
	ck_assert_uint_eq(stream->flags, STREAM_READ_ARMED | STREAM_WRITE_QUEUED);
	turn(base);
	ck_assert_uint_eq(stream->flags, STREAM_READ_ARMED);
	fill(ends[0]);
	write_text(bev, "hello");
	turn(base);
	ck_assert_uint_eq(
	    stream->flags, STREAM_READ_ARMED | STREAM_WRITE_ARMED | STREAM_WRITE_IS_BLOCKED);
	take(ends[1]);
	turn(base);

	ck_assert_uint_eq(stream->flags, STREAM_READ_ARMED);
	tear_down();
}

/*
 * Another thread queues the output again while the loop, which was called for it, waits for the
 * lock: then the event is active when it is to be added.
 */
TEST(connected__sends_output_that_was_queued_twice)
{
	set_up();
	fill(ends[0]);
	write_text(bev, "hello");
	stream->flags &= ~(uint32_t)STREAM_WRITE_QUEUED;

	bev->be_ops->after_callbacks(stream);
	turns(base, 2);
	while (take(ends[1]) > 0)
		turn(base);

	ck_assert_uint_eq(output_size(bev), 0);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}

TEST(bufferevent_enable__without_output_waits_without_a_timeout)
{
	set_up();
	bufferevent_set_timeouts(bev, NULL, MS(1000));
	fill(ends[0]);
	bufferevent_enable(bev, EV_WRITE);
	turn(base);
	ck_assert_uint_ne(stream->flags & STREAM_WRITE_IS_ASKED, 0);
	ck_assert_int_eq(event_pending(&bev->ev_write, EV_TIMEOUT, NULL), 0);
	ck_assert_str_eq(spelled(), "");

	write_text(bev, "hello");
	turn(base);

	ck_assert_uint_ne(stream->flags & STREAM_WRITE_IS_BLOCKED, 0);
	ck_assert_int_ne(event_pending(&bev->ev_write, EV_TIMEOUT, NULL), 0);
	while (take(ends[1]) > 0)
		turn(base);
	ck_assert_str_eq(spelled(), "w0 ");
	tear_down();
}
