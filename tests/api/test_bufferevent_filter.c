/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filters, on pairs, on sockets and on other filters.
 */
#include <errno.h>
#include <event2/bufferevent_struct.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/stream_kit.h"

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

TEST_EVERYWHERE(filter__functions_change_bytes_both_ways)
{
	start(_i);
	stack(shift_down, shift_up);
	enable_end(&top, EV_READ);
	end_write_text(&top, "HAL, open the doors");
	turn(base);
	expect_input(&far, "IBM-!pqfo!uif!eppst");
	ck_assert_int_eq(top.writes, 1);

	end_write_text(&far, "IBM-!pqfo!uif!eppst");
	turn(base);
	ck_assert_int_eq(top.reads, 1);
	expect_input(&top, "HAL, open the doors");
	finish_test();
}

TEST_EVERYWHERE(filter__without_functions_bytes_pass_unchanged)
{
	start_on_sockets(_i);
	stack(NULL, NULL);
	enable_end(&top, EV_READ);
	end_write_text(&top, "hello");
	end_write_text(&far, "world");
	turn(base);
	turn(base);
	expect_input(&far, "hello");
	expect_input(&top, "world");
	finish_test();
}

TEST_EVERYWHERE(filter__stack_applies_functions_in_order)
{
	start(_i);
	for (int i = 0; i < 10; i++)
		stack(shift_down, shift_up);
	enable_end(&top, EV_READ);
	end_write_text(&top, "0123456789");
	turn(base);
	expect_input(&far, ":;<=>?@ABC");
	end_write_text(&far, ":;<=>?@ABC");
	turn(base);
	expect_input(&top, "0123456789");
	finish_test();
	ck_assert_int_eq(contexts_freed, 10);
}

TEST_EVERYWHERE(bufferevent_getfd__of_a_filter_is_the_underlying_one)
{
	start_on_sockets(_i);
	stack(NULL, NULL);
	ck_assert_ptr_eq(bufferevent_get_underlying(top.bev), bottom);
	ck_assert_int_eq(bufferevent_getfd(top.bev), bufferevent_getfd(bottom));
	ck_assert_int_eq(bufferevent_get_enabled(top.bev), EV_WRITE);
	ck_assert_ptr_eq(bufferevent_get_base(top.bev), base);
	finish_test();
}

TEST_EVERYWHERE(filter__reads_nothing_below_until_enabled)
{
	start(_i);
	stack(shift_down, shift_up);
	end_write_text(&far, "hello");
	turn(base);
	ck_assert_int_eq(top.reads, 0);
	ck_assert_int_eq(end_output_size(&far), 5);
	enable_end(&top, EV_READ);
	ck_assert_int_eq(top.reads, 0); /* not within the call */
	turn(base);
	ck_assert_int_eq(top.reads, 1);

	ck_assert_int_eq(bufferevent_disable(top.bev, EV_READ), 0);
	end_write_text(&far, "hello");
	turn(base);
	ck_assert_int_eq(top.reads, 1);
	finish_test();
}

TEST_EVERYWHERE(bufferevent_disable__output_waits)
{
	start(_i);
	stack(shift_down, shift_up);
	ck_assert_int_eq(bufferevent_disable(top.bev, EV_WRITE), 0);
	end_write_text(&top, "hello");
	turn(base);
	ck_assert_int_eq(end_output_size(&top), 5);
	enable_end(&top, EV_WRITE);
	turn(base);
	expect_input(&far, "ifmmp");
	finish_test();
}

/* ---- Watermarks ---- */

TEST_EVERYWHERE(filter__high_watermark_suspends_the_whole_stack)
{
	start(_i);
	stack(shift_down, shift_up);
	stack(shift_down, shift_up);
	bufferevent_setwatermark(bottom, EV_READ, 0, 8);
	bufferevent_setwatermark(bufferevent_get_underlying(top.bev), EV_READ, 0, 8);
	bufferevent_setwatermark(top.bev, EV_READ, 0, 8);
	enable_end(&top, EV_READ);
	for (int i = 0; i < 10; i++)
		end_write_text(&far, "23456789:;");
	for (int i = 0; i < 10; i++)
		turn(base);
	ck_assert_int_eq(end_input_size(&top), 8);
	ck_assert_int_ge(end_output_size(&far), 100 - 3 * 8);
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
	ck_assert_int_eq(end_input_size(&top), 0);
	finish_test();
}

TEST_EVERYWHERE(filter__write_watermark_below_limits_output)
{
	start(_i);
	bufferevent_disable(far.bev, EV_READ);
	stack(shift_down, shift_up);
	bufferevent_setwatermark(bottom, EV_WRITE, 0, 8);
	end_write_text(&top, "0123456789");
	ck_assert_int_eq(evbuffer_get_length(bufferevent_get_output(bottom)), 8);
	ck_assert_int_eq(end_output_size(&top), 2);
	enable_end(&far, EV_READ);
	turn(base);
	expect_input(&far, "123456789:");
	finish_test();
}

/* ---- Flushing and ends: what is stuck in libevent ---- */

TEST_EVERYWHERE(bufferevent_flush__passes_through_a_stack_of_filters)
{
	start(_i);
	for (int i = 0; i < 5; i++)
		stack(hold_back, hold_back);
	enable_end(&top, EV_READ);
	end_write_text(&top, "down");
	end_write_text(&far, "up");
	turn(base);
	ck_assert_int_eq(end_input_size(&far) + end_input_size(&top), 0);

	ck_assert_int_eq(bufferevent_flush(top.bev, EV_WRITE, BEV_FLUSH), 1);
	turn(base);
	expect_input(&far, "down");
	ck_assert_int_eq(bufferevent_flush(top.bev, EV_READ, BEV_FLUSH), 1);
	ck_assert_int_eq(top.reads, 1);
	expect_input(&top, "up");
	ck_assert_int_eq(far.events, 0);
	finish_test();
}

TEST_EVERYWHERE(bufferevent_flush__finished_ends_input_of_the_peer)
{
	start(_i);
	for (int i = 0; i < 5; i++)
		stack(hold_back, hold_back);
	end_write_text(&top, "last words");
	ck_assert_int_eq(bufferevent_flush(top.bev, EV_WRITE, BEV_FINISHED), 1);
	turn(base);
	expect_input(&far, "last words");
	ck_assert_int_eq(far.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	ck_assert_int_eq(far.events_count, 1);

	/* The other direction goes on. */
	enable_end(&top, EV_READ);
	end_write_text(&far, "answer");
	ck_assert_int_eq(bufferevent_flush(far.bev, EV_WRITE, BEV_FINISHED), 0);
	turn(base);
	expect_input(&top, "answer");
	ck_assert_int_eq(top.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	finish_test();
}

static size_t size_at_end;

static void
note_size(struct end *end, short what)
{
	if (what & BEV_EVENT_EOF)
		size_at_end = end_input_size(end);
}

TEST_EVERYWHERE(filter__end_of_input_passes_through_a_stack)
{
	start_on_sockets(_i);
	for (int i = 0; i < 5; i++)
		stack(hold_back, hold_back);
	top.on_event = note_size;
	enable_end(&top, EV_READ);
	end_write_text(&far, "last words");
	turn(base);
	turn(base);
	ck_assert_int_eq(end_input_size(&top), 0);
	free_end(&far);
	turn(base);
	turn(base);

	ck_assert_int_eq(top.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	ck_assert_int_eq(top.events_count, 1);
	ck_assert_int_eq(size_at_end, 10);
	expect_input(&top, "last words");
	finish_test();
}

TEST_EVERYWHERE(filter__end_of_input_waits_behind_bytes)
{
	start_on_sockets(_i);
	stack(shift_down, shift_up);
	bufferevent_setwatermark(top.bev, EV_READ, 0, 4);
	enable_end(&top, EV_READ);
	end_write_text(&far, "123456789:");
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

TEST_EVERYWHERE(filter__bev_error_disables_and_reports_error)
{
	start(_i);
	stack(refuse, refuse);
	top.on_event = note_errno;
	enable_end(&top, EV_READ);
	end_write_text(&top, "x");
	ck_assert_int_eq(top.events, BEV_EVENT_ERROR | BEV_EVENT_WRITING);
	ck_assert_int_eq(error_at_event, EPROTO);
	ck_assert_int_eq(bufferevent_get_enabled(top.bev), EV_READ);
	end_write_text(&far, "x");
	turn(base);
	ck_assert_int_eq(top.events_count, 2);
	ck_assert_int_eq(bufferevent_get_enabled(top.bev), 0);
	finish_test();
}

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

TEST_EVERYWHERE(filter__function_without_progress_does_not_hang)
{
	start(_i);
	stack(pretend, pretend);
	enable_end(&top, EV_READ);
	end_write_text(&top, "x");
	end_write_text(&far, "x");
	turn(base);
	ck_assert_int_eq(bufferevent_flush(top.bev, EV_READ | EV_WRITE, BEV_FINISHED) >= 0, 1);
	ck_assert_int_eq(end_output_size(&top), 1);
	finish_test();
}

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

TEST_EVERYWHERE(bufferevent_free__filter_inside_callback_of_output_below)
{
	for (int deep = 1; deep <= 3; deep++) {
		start(_i);
		for (int i = 0; i < deep; i++)
			stack(shift_down, shift_up);
		ck_assert_ptr_nonnull(
		    evbuffer_add_cb(bufferevent_get_output(bottom), free_top, NULL));
		end_write_text(&top, "0123456789");
		ck_assert_ptr_null(top.bev);
		turn(base);
		finish_test();
		ck_assert_int_eq(contexts_freed, deep);
		contexts_freed = 0;
	}
}

TEST_EVERYWHERE(bufferevent_free__filter_inside_its_callbacks)
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
			end_write_text(&top, "hello");
		end_write_text(&far, "hello");
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

TEST_EVERYWHERE(bufferevent_free__filter_leaves_the_underlying_one)
{
	struct end below = {0};

	start_on_sockets(_i);
	for (int reads = 0; reads < 2; reads++) {
		watch_end(&top, bufferevent_filter_new(
				    bottom, shift_down, shift_up, 0, count_freed, &contexts_freed));
		if (reads)
			enable_end(&top, EV_READ);
		free_end(&top);
		ck_assert_int_eq(contexts_freed, reads);
		turn(base);
		ck_assert_int_eq(contexts_freed, reads + 1);
		ck_assert_int_eq(bufferevent_get_enabled(bottom), EV_READ | EV_WRITE);

		watch_end(&below, bottom);
		end_write_text(&far, "hello");
		turn(base);
		turn(base);
		expect_input(&below, "hello");
	}
	bufferevent_free(bottom);
	finish_test();
}

TEST_EVERYWHERE(bufferevent_free__underlying_before_filter)
{
	start(_i);
	stack(shift_down, shift_up);
	enable_end(&top, EV_READ);
	bufferevent_free(bottom);
	end_write_text(&top, "hello");
	turn(base);
	ck_assert_int_eq(end_output_size(&top), 5);
	ck_assert_int_eq(bufferevent_flush(top.bev, EV_READ | EV_WRITE, BEV_FINISHED), 0);
	finish_test();
	ck_assert_int_eq(contexts_freed, 1);
}

/* ---- Callbacks that go on and on ---- */

static int writes_left;

static void
write_again(struct end *end)
{
	if (writes_left-- > 0)
		end_write_text(end, "again");
}

TEST_IN_SIMULATION(filter__write_callback_that_writes_does_not_recurse)
{
	start(_i);
	writes_left = 200000;
	stack(shift_down, shift_up);
	top.on_write = write_again;
	end_write_text(&top, "first");
	/* The loop has its turn in between. */
	ck_assert_int_ge(writes_left, 100000);
	turn(base);
	ck_assert_int_lt(writes_left, 1);
	ck_assert_int_eq(end_input_size(&far), 5 * 200001);
	finish_test();
}

static void
take_one_byte(struct end *end)
{
	drain_input(end, 1);
}

TEST_IN_SIMULATION(filter__read_callback_of_single_bytes_does_not_recurse)
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
	ck_assert_int_eq(end_output_size(&far), 0);
	finish_test();
}

TEST_EVERYWHERE(filter__deferred_callbacks_come_from_the_loop)
{
	start(_i);
	watch_end(&top, bufferevent_filter_new(bottom, shift_down, shift_up,
			    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS, NULL, NULL));
	end_write_text(&top, "hello");
	ck_assert_int_eq(top.writes, 0);
	turn(base);
	ck_assert_int_eq(top.writes, 1);
	finish_test();
}

TEST_EVERYWHERE(bufferevent_set_timeouts__of_a_filter)
{
	start(_i);
	stack(shift_down, hold_back);
	bufferevent_set_timeouts(top.bev, MS(20), MS(40));
	enable_end(&top, EV_READ);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(top.events, BEV_EVENT_TIMEOUT | BEV_EVENT_READING);
	end_write_text(&top, "stuck");
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(top.events, BEV_EVENT_TIMEOUT | BEV_EVENT_READING | BEV_EVENT_WRITING);
	finish_test();
}
