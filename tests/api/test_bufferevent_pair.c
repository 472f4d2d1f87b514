/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs of bufferevents.
 */
#include <event2/bufferevent_struct.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdlib.h>

#include "support/end_kit.h"

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

START_TEST(what_one_end_writes_the_other_reads)
{
	start(_i);
	enable_end(&b, EV_READ);
	write_text(&a, "hello");
	ck_assert_int_eq(b.reads, 0); /* callbacks are always deferred */
	turn(base);

	ck_assert_int_eq(b.reads, 1);
	ck_assert_int_eq(a.writes, 1);
	expect_input(&b, "hello");
	ck_assert_int_eq(output_size(&a), 0);
	finish_test();
}
END_TEST

START_TEST(a_new_pair_writes_and_does_not_read)
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
END_TEST

START_TEST(output_waits_for_a_reader)
{
	start(_i);
	write_text(&a, "hello");
	turn(base);
	ck_assert_int_eq(b.reads + a.writes, 0);
	ck_assert_int_eq(output_size(&a), 5);

	enable_end(&b, EV_READ);
	turn(base);
	expect_input(&b, "hello");
	finish_test();
}
END_TEST

START_TEST(output_waits_while_writing_is_disabled)
{
	start(_i);
	enable_end(&b, EV_READ);
	ck_assert_int_eq(bufferevent_disable(a.bev, EV_WRITE), 0);
	write_text(&a, "hello");
	turn(base);
	ck_assert_int_eq(output_size(&a), 5);
	enable_end(&a, EV_WRITE);
	turn(base);
	expect_input(&b, "hello");
	finish_test();
}
END_TEST

/* libevent calls the reader again and again while it is at its mark. */
START_TEST(no_spin_at_the_high_watermark)
{
	start(_i);
	bufferevent_setwatermark(b.bev, EV_READ, 0, 4);
	enable_end(&b, EV_READ);
	write_text(&a, "0123456789");
	turn(base);
	ck_assert_int_eq(b.reads, 1);
	ck_assert_int_eq(input_size(&b), 4);

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
END_TEST

START_TEST(a_low_watermark_keeps_quiet)
{
	start(_i);
	bufferevent_setwatermark(b.bev, EV_READ, 6, 0);
	bufferevent_setwatermark(a.bev, EV_WRITE, 2, 0);
	enable_end(&b, EV_READ);
	write_text(&a, "01234");
	turn(base);
	ck_assert_int_eq(b.reads, 0);
	write_text(&a, "5");
	turn(base);
	ck_assert_int_eq(b.reads, 1);
	finish_test();
}
END_TEST

/* A callback of the buffer takes one byte at a time: each makes room for the next. */
static void
take_one(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)arg;
	if (info->n_added > 0)
		evbuffer_drain(buffer, 1);
}

START_TEST(a_callback_that_makes_room_needs_no_stack)
{
	enum { SIZE = 300000 };
	char *bytes = calloc(1, SIZE);

	start(_i);
	bufferevent_setwatermark(b.bev, EV_READ, 0, 1);
	ck_assert_ptr_nonnull(evbuffer_add_cb(bufferevent_get_input(b.bev), take_one, NULL));
	ck_assert_int_eq(bufferevent_write(a.bev, bytes, SIZE), 0);
	enable_end(&b, EV_READ);
	ck_assert_int_eq(output_size(&a), 0);
	ck_assert_int_eq(input_size(&b), 0);
	free(bytes);
	finish_test();
}
END_TEST

/* ---- Flushing and ends ---- */

START_TEST(a_flush_moves_what_the_reader_did_not_ask_for)
{
	start(_i);
	write_text(&a, "hello");
	ck_assert_int_eq(bufferevent_flush(a.bev, EV_WRITE, BEV_NORMAL), 0);
	ck_assert_int_eq(input_size(&b), 0);
	ck_assert_int_eq(bufferevent_flush(a.bev, EV_WRITE, BEV_FLUSH), 0);
	ck_assert_int_eq(input_size(&b), 5);
	write_text(&a, "!");
	ck_assert_int_eq(bufferevent_flush(b.bev, EV_READ, BEV_FLUSH), 0);
	turn(base);
	expect_input(&b, "hello!");
	ck_assert_int_eq(b.events, 0);
	finish_test();
}
END_TEST

START_TEST(an_end_in_one_direction_leaves_the_other_working)
{
	start(_i);
	enable_end(&a, EV_READ);
	enable_end(&b, EV_READ);
	write_text(&a, "last");
	ck_assert_int_eq(bufferevent_flush(a.bev, EV_WRITE, BEV_FINISHED), 0);
	turn(base);
	ck_assert_int_eq(b.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	expect_input(&b, "last");

	write_text(&b, "answer");
	turn(base);
	expect_input(&a, "answer");
	ck_assert_int_eq(a.events, 0);
	finish_test();
}
END_TEST

START_TEST(without_a_partner_nothing_goes_anywhere)
{
	start(_i);
	enable_end(&b, EV_READ);
	free_end(&a);
	turn(base);
	ck_assert_ptr_null(bufferevent_pair_get_partner(b.bev));
	write_text(&b, "hello");
	ck_assert_int_eq(bufferevent_flush(b.bev, EV_WRITE, BEV_FINISHED), -1);
	ck_assert_int_eq(output_size(&b), 5);
	ck_assert_int_eq(b.events, 0);
	finish_test();
}
END_TEST

/* ---- Freed in callbacks ---- */

START_TEST(either_end_may_be_freed_in_a_callback)
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
		write_text(&a, "hello");
		turn(base);
		ck_assert_int_le(b.reads + a.writes, 2);
	}
	finish_test();
}
END_TEST

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

START_TEST(both_may_be_freed_while_bytes_move)
{
	start(_i);
	ck_assert_ptr_nonnull(evbuffer_add_cb(bufferevent_get_input(b.bev), free_both, NULL));
	enable_end(&b, EV_READ);
	write_text(&a, "hello");
	turn(base);
	ck_assert_ptr_null(a.bev);
	finish_test();
}
END_TEST

START_TEST(after_free_no_callback_runs)
{
	start(_i);
	enable_end(&b, EV_READ);
	write_text(&a, "hello");
	free_end(&b);
	free_end(&a);
	turn(base);
	ck_assert_int_eq(a.writes + b.reads + a.events_count + b.events_count, 0);
	finish_test();
}
END_TEST

/* ---- Timeouts ---- */

START_TEST(a_reader_that_hears_nothing_is_told)
{
	start(_i);
	bufferevent_set_timeouts(b.bev, MS(20), NULL);
	enable_end(&b, EV_READ);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(b.events, BEV_EVENT_TIMEOUT | BEV_EVENT_READING);
	ck_assert_int_eq(bufferevent_get_enabled(b.bev), EV_WRITE);
	finish_test();
}
END_TEST

START_TEST(no_write_timeout_without_data_pending)
{
	start(_i);
	bufferevent_set_timeouts(a.bev, NULL, MS(20));
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(a.events, 0);

	write_text(&a, "hello");
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(a.events, BEV_EVENT_TIMEOUT | BEV_EVENT_WRITING);
	finish_test();
}
END_TEST

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
	received += (int)input_size(end);
	drain_input(end, input_size(end));
	if (received == MESSAGES)
		event_base_loopbreak(base);
}

START_TEST(another_thread_may_write)
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
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("bufferevent_pair");
	TCase *group = tcase_create("bytes");

	tcase_add_test_everywhere(group, what_one_end_writes_the_other_reads);
	tcase_add_test_everywhere(group, a_new_pair_writes_and_does_not_read);
	tcase_add_test_everywhere(group, output_waits_for_a_reader);
	tcase_add_test_everywhere(group, output_waits_while_writing_is_disabled);
	tcase_add_test_everywhere(group, no_spin_at_the_high_watermark);
	tcase_add_test_everywhere(group, a_low_watermark_keeps_quiet);
	tcase_add_test_in_simulation(group, a_callback_that_makes_room_needs_no_stack);
	suite_add_tcase(suite, group);

	group = tcase_create("ends");
	tcase_add_test_everywhere(group, a_flush_moves_what_the_reader_did_not_ask_for);
	tcase_add_test_everywhere(group, an_end_in_one_direction_leaves_the_other_working);
	tcase_add_test_everywhere(group, without_a_partner_nothing_goes_anywhere);
	tcase_add_test_everywhere(group, either_end_may_be_freed_in_a_callback);
	tcase_add_test_everywhere(group, both_may_be_freed_while_bytes_move);
	tcase_add_test_everywhere(group, after_free_no_callback_runs);
	suite_add_tcase(suite, group);

	group = tcase_create("time and threads");
	tcase_add_test_everywhere(group, a_reader_that_hears_nothing_is_told);
	tcase_add_test_everywhere(group, no_write_timeout_without_data_pending);
	tcase_add_test_on_backends(group, another_thread_may_write);
	suite_add_tcase(suite, group);
	return suite;
}
