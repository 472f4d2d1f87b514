/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/deliver.h"

#include <errno.h>
#include <stdio.h>

#include "unit/stream/fake_stream.h"

static int errno_seen;

static void
keep_errno(struct bufferevent *bev, short what, void *arg)
{
	errno_seen = errno;
	spell_event(bev, what, arg);
}

TEST(deliver_event__keeps_errno_for_the_callback)
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

TEST(deliver__deferred_calls_come_once_and_in_order)
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

TEST(deliver__applies_watermarks_unless_ignored)
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

TEST(deliver__schedules_nothing_without_callbacks)
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

static bool
always(void *arg)
{
	(void)arg;
	return true;
}

TEST(bufferevent_trigger__deferred_without_memory_comes_with_the_next)
{
	struct stream *stream = fake_stream(0, NULL);
	char line[200];

	snprintf(line, sizeof(line),
	    "bufferevent_trigger: out of memory: the deferred callback of bufferevent %p waits for "
	    "the next one",
	    (void *)&stream->bev);
	keep_log();
	lvn_memory_set_fault(always, NULL);
	bufferevent_trigger(&stream->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
	lvn_memory_set_fault(NULL, NULL);
	ck_assert(was_logged(line));
	turn(base);
	ck_assert_str_eq(spelled(), "");

	bufferevent_trigger(&stream->bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
	turn(base);

	ck_assert_str_eq(spelled(), "r0 w0 s");
	end_fake(stream);
}

TEST(bufferevent_trigger_event__deferred_without_memory_is_logged_and_not_called)
{
	struct stream *stream = fake_stream(0, NULL);
	char line[200];

	snprintf(line, sizeof(line),
	    "bufferevent_trigger: out of memory: the deferred callback of bufferevent %p is not "
	    "called",
	    (void *)&stream->bev);
	keep_log();
	lvn_memory_set_fault(always, NULL);
	bufferevent_trigger_event(&stream->bev, BEV_EVENT_EOF, BEV_TRIG_DEFER_CALLBACKS);
	lvn_memory_set_fault(NULL, NULL);
	ck_assert(was_logged(line));
	bufferevent_trigger(&stream->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
	turn(base);

	ck_assert_str_eq(spelled(), "r0 s");
	end_fake(stream);
}
