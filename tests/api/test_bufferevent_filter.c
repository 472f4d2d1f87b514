/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filters, on pairs, on sockets and on other filters.
 */
#include <errno.h>
#include <event2/bufferevent_struct.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/end_kit.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static struct end top, far; /* of the stack, and at the other side */
static struct bufferevent *bottom;
static int contexts_freed;

static void
count_freed(void *context)
{
	ck_assert_ptr_eq(context, &contexts_freed);
	contexts_freed++;
}

static void
start(int i)
{
	struct bufferevent *pair[2];

	backend = backend_under_test(i);
	base = base_on(backend);
	ck_assert_int_eq(bufferevent_pair_new(base, BEV_OPT_THREADSAFE, pair), 0);
	bottom = pair[0];
	top.bev = pair[0];
	watch_end(&far, pair[1]);
	enable_end(&far, EV_READ);
}

/* Instead of the pair. */
static void
start_on_sockets(int i)
{
	evutil_socket_t ends[2];

	backend = backend_under_test(i);
	base = base_on(backend);
	open_pair(backend, ends);
	bottom = bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	top.bev = bottom;
	watch_end(&far, bufferevent_socket_new(base, ends[1], BEV_OPT_CLOSE_ON_FREE));
	enable_end(&far, EV_READ);
}

/* One layer more on top. */
static void
stack(bufferevent_filter_cb input, bufferevent_filter_cb output)
{
	watch_end(&top, bufferevent_filter_new(top.bev, input, output, BEV_OPT_CLOSE_ON_FREE,
			    count_freed, &contexts_freed));
}

static void
finish_test(void)
{
	if (top.bev)
		bufferevent_free(top.bev);
	if (far.bev)
		bufferevent_free(far.bev);
	event_base_free(base);
}

/* ---- Bytes ---- */

START_TEST(bytes_are_turned_both_ways)
{
	start(_i);
	stack(shift_down, shift_up);
	enable_end(&top, EV_READ);
	write_text(&top, "HAL, open the doors");
	turn(base);
	expect_input(&far, "IBM-!pqfo!uif!eppst");
	ck_assert_int_eq(top.writes, 1);

	write_text(&far, "IBM-!pqfo!uif!eppst");
	turn(base);
	ck_assert_int_eq(top.reads, 1);
	expect_input(&top, "HAL, open the doors");
	finish_test();
}
END_TEST

START_TEST(without_functions_bytes_stay_as_they_are)
{
	start_on_sockets(_i);
	stack(NULL, NULL);
	enable_end(&top, EV_READ);
	write_text(&top, "hello");
	write_text(&far, "world");
	turn(base);
	turn(base);
	expect_input(&far, "hello");
	expect_input(&top, "world");
	finish_test();
}
END_TEST

START_TEST(a_stack_turns_bytes_in_order)
{
	start(_i);
	for (int i = 0; i < 10; i++)
		stack(shift_down, shift_up);
	enable_end(&top, EV_READ);
	write_text(&top, "0123456789");
	turn(base);
	expect_input(&far, ":;<=>?@ABC");
	write_text(&far, ":;<=>?@ABC");
	turn(base);
	expect_input(&top, "0123456789");
	finish_test();
	ck_assert_int_eq(contexts_freed, 10);
}
END_TEST

START_TEST(it_has_the_descriptor_of_what_it_stands_on)
{
	start_on_sockets(_i);
	stack(NULL, NULL);
	ck_assert_ptr_eq(bufferevent_get_underlying(top.bev), bottom);
	ck_assert_int_eq(bufferevent_getfd(top.bev), bufferevent_getfd(bottom));
	ck_assert_int_eq(bufferevent_get_enabled(top.bev), EV_WRITE);
	ck_assert_ptr_eq(bufferevent_get_base(top.bev), base);
	finish_test();
}
END_TEST

START_TEST(nothing_is_read_before_the_filter_reads)
{
	start(_i);
	stack(shift_down, shift_up);
	write_text(&far, "hello");
	turn(base);
	ck_assert_int_eq(top.reads, 0);
	ck_assert_int_eq(output_size(&far), 5);
	enable_end(&top, EV_READ);
	ck_assert_int_eq(top.reads, 0); /* not within the call */
	turn(base);
	ck_assert_int_eq(top.reads, 1);

	ck_assert_int_eq(bufferevent_disable(top.bev, EV_READ), 0);
	write_text(&far, "hello");
	turn(base);
	ck_assert_int_eq(top.reads, 1);
	finish_test();
}
END_TEST

START_TEST(output_waits_while_writing_is_disabled)
{
	start(_i);
	stack(shift_down, shift_up);
	ck_assert_int_eq(bufferevent_disable(top.bev, EV_WRITE), 0);
	write_text(&top, "hello");
	turn(base);
	ck_assert_int_eq(output_size(&top), 5);
	enable_end(&top, EV_WRITE);
	turn(base);
	expect_input(&far, "ifmmp");
	finish_test();
}
END_TEST

/* ---- Watermarks ---- */

START_TEST(the_high_watermark_holds_the_whole_stack_up)
{
	start(_i);
	stack(shift_down, shift_up);
	stack(shift_down, shift_up);
	bufferevent_setwatermark(bottom, EV_READ, 0, 8);
	bufferevent_setwatermark(bufferevent_get_underlying(top.bev), EV_READ, 0, 8);
	bufferevent_setwatermark(top.bev, EV_READ, 0, 8);
	enable_end(&top, EV_READ);
	for (int i = 0; i < 10; i++)
		write_text(&far, "23456789:;");
	for (int i = 0; i < 10; i++)
		turn(base);
	ck_assert_int_eq(input_size(&top), 8);
	ck_assert_int_ge(output_size(&far), 100 - 3 * 8);
	ck_assert_int_eq(top.reads, 1);

	for (int i = 0; i < 100; i += 10) {
		char bytes[10];
		size_t got = 0;

		for (int k = 0; k < 100 && got < 10; k++) {
			got += bufferevent_read(top.bev, bytes + got, 10 - got);
			turn(base);
		}
		ck_assert_mem_eq(bytes, "0123456789", 10);
	}
	ck_assert_int_eq(input_size(&top), 0);
	finish_test();
}
END_TEST

START_TEST(the_output_below_is_not_filled_above_its_mark)
{
	start(_i);
	bufferevent_disable(far.bev, EV_READ);
	stack(shift_down, shift_up);
	bufferevent_setwatermark(bottom, EV_WRITE, 0, 8);
	write_text(&top, "0123456789");
	ck_assert_int_eq(evbuffer_get_length(bufferevent_get_output(bottom)), 8);
	ck_assert_int_eq(output_size(&top), 2);
	enable_end(&far, EV_READ);
	turn(base);
	expect_input(&far, "123456789:");
	finish_test();
}
END_TEST

/* ---- Flushing and ends: what is stuck in libevent ---- */

START_TEST(no_flush_is_stuck_in_a_stack_of_filters)
{
	start(_i);
	for (int i = 0; i < 5; i++)
		stack(hold_back, hold_back);
	enable_end(&top, EV_READ);
	write_text(&top, "down");
	write_text(&far, "up");
	turn(base);
	ck_assert_int_eq(input_size(&far) + input_size(&top), 0);

	ck_assert_int_eq(bufferevent_flush(top.bev, EV_WRITE, BEV_FLUSH), 1);
	turn(base);
	expect_input(&far, "down");
	ck_assert_int_eq(bufferevent_flush(top.bev, EV_READ, BEV_FLUSH), 1);
	ck_assert_int_eq(top.reads, 1);
	expect_input(&top, "up");
	ck_assert_int_eq(far.events, 0);
	finish_test();
}
END_TEST

START_TEST(finishing_a_stack_ends_the_other_sides_input)
{
	start(_i);
	for (int i = 0; i < 5; i++)
		stack(hold_back, hold_back);
	write_text(&top, "last words");
	ck_assert_int_eq(bufferevent_flush(top.bev, EV_WRITE, BEV_FINISHED), 1);
	turn(base);
	expect_input(&far, "last words");
	ck_assert_int_eq(far.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	ck_assert_int_eq(far.events_count, 1);

	/* The other direction goes on. */
	enable_end(&top, EV_READ);
	write_text(&far, "answer");
	ck_assert_int_eq(bufferevent_flush(far.bev, EV_WRITE, BEV_FINISHED), 0);
	turn(base);
	expect_input(&top, "answer");
	ck_assert_int_eq(top.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	finish_test();
}
END_TEST

static size_t size_at_end;

static void
note_size(struct end *end, short what)
{
	if (what & BEV_EVENT_EOF)
		size_at_end = input_size(end);
}

START_TEST(no_end_is_stuck_in_a_stack_of_filters)
{
	start_on_sockets(_i);
	for (int i = 0; i < 5; i++)
		stack(hold_back, hold_back);
	top.on_event = note_size;
	enable_end(&top, EV_READ);
	write_text(&far, "last words");
	turn(base);
	turn(base);
	ck_assert_int_eq(input_size(&top), 0);
	free_end(&far);
	turn(base);
	turn(base);

	ck_assert_int_eq(top.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	ck_assert_int_eq(top.events_count, 1);
	ck_assert_int_eq(size_at_end, 10);
	expect_input(&top, "last words");
	finish_test();
}
END_TEST

START_TEST(an_end_waits_behind_bytes_that_have_no_room)
{
	start_on_sockets(_i);
	stack(shift_down, shift_up);
	bufferevent_setwatermark(top.bev, EV_READ, 0, 4);
	enable_end(&top, EV_READ);
	write_text(&far, "123456789:");
	turn(base);
	turn(base);
	free_end(&far);
	turn(base);
	turn(base);
	ck_assert_int_eq(top.events, 0);
	expect_input(&top, "0123");
	expect_input(&top, "4567");
	expect_input(&top, "89");
	turn(base);
	ck_assert_int_eq(top.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	finish_test();
}
END_TEST

/* ---- Functions that fail ---- */

static enum bufferevent_filter_result
refuse(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	(void)from;
	(void)to;
	(void)limit;
	(void)mode;
	(void)context;
	return BEV_ERROR;
}

static int error_at_event;

static void
note_errno(struct end *end, short what)
{
	(void)end;
	(void)what;
	error_at_event = errno;
}

START_TEST(a_function_that_fails_is_told_as_an_error)
{
	start(_i);
	stack(refuse, refuse);
	top.on_event = note_errno;
	enable_end(&top, EV_READ);
	write_text(&top, "x");
	ck_assert_int_eq(top.events, BEV_EVENT_ERROR | BEV_EVENT_WRITING);
	ck_assert_int_eq(error_at_event, EPROTO);
	ck_assert_int_eq(bufferevent_get_enabled(top.bev), EV_READ);
	write_text(&far, "x");
	turn(base);
	ck_assert_int_eq(top.events_count, 2);
	ck_assert_int_eq(bufferevent_get_enabled(top.bev), 0);
	finish_test();
}
END_TEST

static enum bufferevent_filter_result
pretend(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	(void)from;
	(void)to;
	(void)limit;
	(void)mode;
	(void)context;
	return BEV_OK;
}

START_TEST(a_function_that_does_nothing_does_not_hang)
{
	start(_i);
	stack(pretend, pretend);
	enable_end(&top, EV_READ);
	write_text(&top, "x");
	write_text(&far, "x");
	turn(base);
	ck_assert_int_eq(bufferevent_flush(top.bev, EV_READ | EV_WRITE, BEV_FINISHED) >= 0, 1);
	ck_assert_int_eq(output_size(&top), 1);
	finish_test();
}
END_TEST

/* ---- Lifetime ---- */

/* Each byte that is written has the filter freed while it is on its way. */
static void
free_top(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buffer;
	(void)arg;
	if (info->n_added > 0 && top.bev)
		free_end(&top);
}

START_TEST(a_filter_may_be_freed_under_its_own_output)
{
	for (int deep = 1; deep <= 3; deep++) {
		start(_i);
		for (int i = 0; i < deep; i++)
			stack(shift_down, shift_up);
		ck_assert_ptr_nonnull(
		    evbuffer_add_cb(bufferevent_get_output(bottom), free_top, NULL));
		write_text(&top, "0123456789");
		ck_assert_ptr_null(top.bev);
		turn(base);
		finish_test();
		ck_assert_int_eq(contexts_freed, deep);
		contexts_freed = 0;
	}
}
END_TEST

START_TEST(a_filter_may_be_freed_in_its_callbacks)
{
	signal(SIGPIPE, SIG_IGN);
	for (int which = 0; which < 3; which++) {
		memset(&top, 0, sizeof(top));
		memset(&far, 0, sizeof(far));
		start_on_sockets(_i);
		stack(shift_down, shift_up);
		stack(shift_down, shift_up);
		top.on_read = which == 0 ? free_end : NULL;
		top.on_write = which == 1 ? free_end : NULL;
		top.on_event = which == 2 ? free_end_at_event : NULL;
		enable_end(&top, EV_READ);
		if (which == 1)
			write_text(&top, "hello");
		write_text(&far, "hello");
		turn(base);
		turn(base);
		if (which == 2)
			free_end(&far);
		turn(base);
		turn(base);
		ck_assert_ptr_null(top.bev);
		finish_test();
	}
	ck_assert_int_eq(contexts_freed, 6);
}
END_TEST

START_TEST(freeing_a_filter_leaves_the_underlying_one_to_the_user)
{
	struct end below = {0};

	start_on_sockets(_i);
	for (int reads = 0; reads < 2; reads++) {
		watch_end(&top, bufferevent_filter_new(
				    bottom, shift_down, shift_up, 0, count_freed, &contexts_freed));
		if (reads)
			enable_end(&top, EV_READ);
		free_end(&top);
		ck_assert_int_eq(contexts_freed, reads + 1);
		ck_assert_int_eq(bufferevent_get_enabled(bottom), EV_READ | EV_WRITE);

		watch_end(&below, bottom);
		write_text(&far, "hello");
		turn(base);
		turn(base);
		expect_input(&below, "hello");
	}
	bufferevent_free(bottom);
	finish_test();
}
END_TEST

START_TEST(the_underlying_one_may_be_freed_first)
{
	start(_i);
	stack(shift_down, shift_up);
	enable_end(&top, EV_READ);
	bufferevent_free(bottom);
	write_text(&top, "hello");
	turn(base);
	ck_assert_int_eq(output_size(&top), 5);
	ck_assert_int_eq(bufferevent_flush(top.bev, EV_READ | EV_WRITE, BEV_FINISHED), 0);
	finish_test();
	ck_assert_int_eq(contexts_freed, 1);
}
END_TEST

/* ---- Callbacks that go on and on ---- */

static int writes_left;

static void
write_again(struct end *end)
{
	if (writes_left-- > 0)
		write_text(end, "again");
}

START_TEST(a_writer_that_never_stops_needs_no_stack)
{
	start(_i);
	writes_left = 200000;
	stack(shift_down, shift_up);
	top.on_write = write_again;
	write_text(&top, "first");
	/* The loop has its turn in between. */
	ck_assert_int_ge(writes_left, 100000);
	turn(base);
	ck_assert_int_lt(writes_left, 1);
	ck_assert_int_eq(input_size(&far), 5 * 200001);
	finish_test();
}
END_TEST

static void
take_one_byte(struct end *end)
{
	drain_input(end, 1);
}

START_TEST(a_reader_of_single_bytes_needs_no_stack)
{
	enum { SIZE = 100000 };
	static char bytes[SIZE];

	start(_i);
	stack(shift_down, shift_up);
	bufferevent_setwatermark(top.bev, EV_READ, 0, 1);
	top.on_read = take_one_byte;
	enable_end(&top, EV_READ);
	ck_assert_int_eq(bufferevent_write(far.bev, bytes, SIZE), 0);
	turn(base);
	ck_assert_int_eq(top.reads, SIZE);
	ck_assert_int_eq(output_size(&far), 0);
	finish_test();
}
END_TEST

START_TEST(deferred_callbacks_come_later)
{
	start(_i);
	watch_end(&top, bufferevent_filter_new(bottom, shift_down, shift_up,
			    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS, NULL, NULL));
	write_text(&top, "hello");
	ck_assert_int_eq(top.writes, 0);
	turn(base);
	ck_assert_int_eq(top.writes, 1);
	finish_test();
}
END_TEST

START_TEST(a_filter_has_timeouts_of_its_own)
{
	start(_i);
	stack(shift_down, hold_back);
	bufferevent_set_timeouts(top.bev, MS(20), MS(40));
	enable_end(&top, EV_READ);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(top.events, BEV_EVENT_TIMEOUT | BEV_EVENT_READING);
	write_text(&top, "stuck");
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(top.events, BEV_EVENT_TIMEOUT | BEV_EVENT_READING | BEV_EVENT_WRITING);
	finish_test();
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("bufferevent_filter");
	TCase *group = tcase_create("bytes");

	tcase_add_test_everywhere(group, bytes_are_turned_both_ways);
	tcase_add_test_everywhere(group, without_functions_bytes_stay_as_they_are);
	tcase_add_test_everywhere(group, a_stack_turns_bytes_in_order);
	tcase_add_test_everywhere(group, it_has_the_descriptor_of_what_it_stands_on);
	tcase_add_test_everywhere(group, nothing_is_read_before_the_filter_reads);
	tcase_add_test_everywhere(group, output_waits_while_writing_is_disabled);
	tcase_add_test_everywhere(group, the_high_watermark_holds_the_whole_stack_up);
	tcase_add_test_everywhere(group, the_output_below_is_not_filled_above_its_mark);
	suite_add_tcase(suite, group);

	group = tcase_create("ends");
	tcase_add_test_everywhere(group, no_flush_is_stuck_in_a_stack_of_filters);
	tcase_add_test_everywhere(group, finishing_a_stack_ends_the_other_sides_input);
	tcase_add_test_everywhere(group, no_end_is_stuck_in_a_stack_of_filters);
	tcase_add_test_everywhere(group, an_end_waits_behind_bytes_that_have_no_room);
	tcase_add_test_everywhere(group, a_function_that_fails_is_told_as_an_error);
	tcase_add_test_everywhere(group, a_function_that_does_nothing_does_not_hang);
	suite_add_tcase(suite, group);

	group = tcase_create("lifetime");
	tcase_add_test_everywhere(group, a_filter_may_be_freed_under_its_own_output);
	tcase_add_test_everywhere(group, a_filter_may_be_freed_in_its_callbacks);
	tcase_add_test_everywhere(group, freeing_a_filter_leaves_the_underlying_one_to_the_user);
	tcase_add_test_everywhere(group, the_underlying_one_may_be_freed_first);
	suite_add_tcase(suite, group);

	group = tcase_create("callbacks");
	tcase_add_test_in_simulation(group, a_writer_that_never_stops_needs_no_stack);
	tcase_add_test_in_simulation(group, a_reader_of_single_bytes_needs_no_stack);
	tcase_add_test_everywhere(group, deferred_callbacks_come_later);
	tcase_add_test_everywhere(group, a_filter_has_timeouts_of_its_own);
	suite_add_tcase(suite, group);
	return suite;
}
