/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs of bufferevents.
 */
#include <event2/bufferevent_struct.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdlib.h>

#include "support/stream_kit.h"

static struct event_base *base;
static struct end a, b;

static void
start(int i)
{
	struct bufferevent *pair[2];

	base = base_on(backend_under_test(i));
	ck_assert_int_eq(bufferevent_pair_new(base, BEV_OPT_THREADSAFE, pair), 0);
	watch_end(&a, pair[0]);
	watch_end(&b, pair[1]);
	a.other = &b;
	b.other = &a;
}

static void
finish_test(void)
{
	if (a.bev)
		bufferevent_free(a.bev);
	if (b.bev)
		bufferevent_free(b.bev);
	event_base_free(base);
}

TEST_EVERYWHERE(pair__one_end_reads_what_the_other_writes)
{
	start(_i);
	enable_end(&b, EV_READ);
	end_write_text(&a, "hello");
	ck_assert_int_eq(b.reads, 0); /* callbacks are always deferred */
	turn(base);

	ck_assert_int_eq(b.reads, 1);
	ck_assert_int_eq(a.writes, 1);
	expect_input(&b, "hello");
	ck_assert_int_eq(end_output_size(&a), 0);
	finish_test();
}

TEST_EVERYWHERE(bufferevent_pair_new__enabled_for_writing_only)
{
	start(_i);
	ck_assert_int_eq(bufferevent_get_enabled(a.bev), EV_WRITE);
	ck_assert_int_eq(bufferevent_getfd(a.bev), -1);
	keep_log();
	ck_assert_int_eq(bufferevent_setfd(a.bev, 1), -1);
	ck_assert(was_logged("bufferevent_setfd: "));
	ck_assert_ptr_null(bufferevent_get_underlying(a.bev));
	ck_assert_ptr_eq(bufferevent_pair_get_partner(a.bev), b.bev);
	ck_assert_ptr_eq(bufferevent_pair_get_partner(b.bev), a.bev);
	finish_test();
}

TEST_EVERYWHERE(pair__output_waits_for_a_reader)
{
	start(_i);
	end_write_text(&a, "hello");
	turn(base);
	ck_assert_int_eq(b.reads + a.writes, 0);
	ck_assert_int_eq(end_output_size(&a), 5);

	enable_end(&b, EV_READ);
	turn(base);
	expect_input(&b, "hello");
	finish_test();
}

TEST_EVERYWHERE(bufferevent_disable__output_waits)
{
	start(_i);
	enable_end(&b, EV_READ);
	ck_assert_int_eq(bufferevent_disable(a.bev, EV_WRITE), 0);
	end_write_text(&a, "hello");
	turn(base);
	ck_assert_int_eq(end_output_size(&a), 5);
	enable_end(&a, EV_WRITE);
	turn(base);
	expect_input(&b, "hello");
	finish_test();
}

/* libevent calls the reader again and again while it is at its mark. */
TEST_EVERYWHERE(pair__no_spin_at_high_watermark)
{
	start(_i);
	bufferevent_setwatermark(b.bev, EV_READ, 0, 4);
	enable_end(&b, EV_READ);
	end_write_text(&a, "0123456789");
	turn(base);
	ck_assert_int_eq(b.reads, 1);
	ck_assert_int_eq(end_input_size(&b), 4);

	drain_input(&b, 1);
	turn(base);
	ck_assert_int_eq(b.reads, 2);
	expect_input(&b, "1234");
	turn(base);
	expect_input(&b, "5678");
	bufferevent_setwatermark(b.bev, EV_READ, 0, 0);
	turn(base);
	expect_input(&b, "9");
	finish_test();
}

TEST_EVERYWHERE(pair__low_watermark_delays_read_callback)
{
	start(_i);
	bufferevent_setwatermark(b.bev, EV_READ, 6, 0);
	bufferevent_setwatermark(a.bev, EV_WRITE, 2, 0);
	enable_end(&b, EV_READ);
	end_write_text(&a, "01234");
	turn(base);
	ck_assert_int_eq(b.reads, 0);
	end_write_text(&a, "5");
	turn(base);
	ck_assert_int_eq(b.reads, 1);
	finish_test();
}

/* A callback of the buffer takes one byte at a time: each makes room for the next. */
static void
take_one(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)arg;
	if (info->n_added > 0)
		evbuffer_drain(buffer, 1);
}

TEST_IN_SIMULATION(pair__read_callback_that_drains_does_not_recurse)
{
	enum { SIZE = 300000 };
	char *bytes = calloc(1, SIZE);

	start(_i);
	bufferevent_setwatermark(b.bev, EV_READ, 0, 1);
	ck_assert_ptr_nonnull(evbuffer_add_cb(bufferevent_get_input(b.bev), take_one, NULL));
	ck_assert_int_eq(bufferevent_write(a.bev, bytes, SIZE), 0);
	enable_end(&b, EV_READ);
	ck_assert_int_eq(end_output_size(&a), 0);
	ck_assert_int_eq(end_input_size(&b), 0);
	free(bytes);
	finish_test();
}

/* ---- Flushing and ends ---- */

TEST_EVERYWHERE(bufferevent_flush__of_a_pair_ignores_disabled_reading)
{
	start(_i);
	end_write_text(&a, "hello");
	ck_assert_int_eq(bufferevent_flush(a.bev, EV_WRITE, BEV_NORMAL), 0);
	ck_assert_int_eq(end_input_size(&b), 0);
	ck_assert_int_eq(bufferevent_flush(a.bev, EV_WRITE, BEV_FLUSH), 0);
	ck_assert_int_eq(end_input_size(&b), 5);
	end_write_text(&a, "!");
	ck_assert_int_eq(bufferevent_flush(b.bev, EV_READ, BEV_FLUSH), 0);
	turn(base);
	expect_input(&b, "hello!");
	ck_assert_int_eq(b.events, 0);
	finish_test();
}

TEST_EVERYWHERE(bufferevent_flush__finished_leaves_other_direction_working)
{
	start(_i);
	enable_end(&a, EV_READ);
	enable_end(&b, EV_READ);
	end_write_text(&a, "last");
	ck_assert_int_eq(bufferevent_flush(a.bev, EV_WRITE, BEV_FINISHED), 0);
	turn(base);
	ck_assert_int_eq(b.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	expect_input(&b, "last");

	end_write_text(&b, "answer");
	turn(base);
	expect_input(&a, "answer");
	ck_assert_int_eq(a.events, 0);
	finish_test();
}

TEST_EVERYWHERE(pair__without_partner_output_waits)
{
	start(_i);
	enable_end(&b, EV_READ);
	free_end(&a);
	turn(base);
	ck_assert_ptr_null(bufferevent_pair_get_partner(b.bev));
	end_write_text(&b, "hello");
	ck_assert_int_eq(bufferevent_flush(b.bev, EV_WRITE, BEV_FINISHED), -1);
	ck_assert_int_eq(end_output_size(&b), 5);
	ck_assert_int_eq(b.events, 0);
	finish_test();
}

/* ---- Freed in callbacks ---- */

TEST_EVERYWHERE(bufferevent_free__either_end_of_a_pair_inside_callbacks)
{
	void (*const kill[])(struct end *) = {free_end, free_other_end};

	start(_i);
	for (size_t who = 0; who < 4; who++) {
		struct bufferevent *pair[2];

		finish_test();
		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		base = base_on(backend_under_test(_i));
		ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
		watch_end(&a, pair[0]);
		watch_end(&b, pair[1]);
		a.other = &b;
		b.other = &a;
		if (who < 2)
			b.on_read = kill[who];
		else
			a.on_write = kill[who - 2];
		enable_end(&b, EV_READ);
		end_write_text(&a, "hello");
		turn(base);
		ck_assert_int_le(b.reads + a.writes, 2);
	}
	finish_test();
}

static void
free_both(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buffer;
	(void)arg;
	if (info->n_added > 0) {
		free_end(&a);
		free_end(&b);
	}
}

TEST_EVERYWHERE(bufferevent_free__both_ends_of_a_pair_while_bytes_move)
{
	start(_i);
	ck_assert_ptr_nonnull(evbuffer_add_cb(bufferevent_get_input(b.bev), free_both, NULL));
	enable_end(&b, EV_READ);
	end_write_text(&a, "hello");
	turn(base);
	ck_assert_ptr_null(a.bev);
	finish_test();
}

TEST_EVERYWHERE(bufferevent_free__of_a_pair_cancels_callbacks)
{
	start(_i);
	enable_end(&b, EV_READ);
	end_write_text(&a, "hello");
	free_end(&b);
	free_end(&a);
	turn(base);
	ck_assert_int_eq(a.writes + b.reads + a.events_count + b.events_count, 0);
	finish_test();
}

/* ---- Timeouts ---- */

TEST_EVERYWHERE(pair__read_timeout_without_input)
{
	start(_i);
	bufferevent_set_timeouts(b.bev, MS(20), NULL);
	enable_end(&b, EV_READ);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(b.events, BEV_EVENT_TIMEOUT | BEV_EVENT_READING);
	ck_assert_int_eq(bufferevent_get_enabled(b.bev), EV_WRITE);
	finish_test();
}

TEST_EVERYWHERE(pair__no_write_timeout_without_output)
{
	start(_i);
	bufferevent_set_timeouts(a.bev, NULL, MS(20));
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(a.events, 0);

	end_write_text(&a, "hello");
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(a.events, BEV_EVENT_TIMEOUT | BEV_EVENT_WRITING);
	finish_test();
}

/* ---- Threads ---- */

enum { MESSAGES = 20000 };

static void *
write_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < MESSAGES; i++)
		ck_assert_int_eq(bufferevent_write(a.bev, "m", 1), 0);
	return NULL;
}

static int received;

static void
count_bytes(struct end *end)
{
	received += (int)end_input_size(end);
	drain_input(end, end_input_size(end));
	if (received == MESSAGES)
		event_base_loopbreak(base);
}

TEST_ON_BACKENDS(pair__another_thread_writes)
{
	pthread_t writer;

	if (!backend_under_test(_i)->threads)
		return;
	start(_i);
	b.on_read = count_bytes;
	enable_end(&b, EV_READ);
	ck_assert_int_eq(pthread_create(&writer, NULL, write_many, NULL), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
	pthread_join(writer, NULL);
	ck_assert_int_eq(received, MESSAGES);
	finish_test();
}
