/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Freeing a filter, the bufferevent below it, and their peer inside every callback.
 */
#include <signal.h>

#include "support/stream_kit.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static struct end top, peer;
static struct bufferevent *below;

/* ---- Where and what ---- */

enum place {
	IN_INPUT_FUNCTION,
	IN_OUTPUT_FUNCTION,
	IN_READ_CALLBACK,
	IN_WRITE_CALLBACK,
	IN_EVENT_CALLBACK,
	IN_CALLBACK_OF_INPUT,
	IN_CALLBACK_OF_OUTPUT,
	IN_CALLBACK_OF_INPUT_BELOW,
	IN_CALLBACK_OF_OUTPUT_BELOW,
	IN_CONTEXT_CLEANUP,
	PLACES,
};

enum victim { FREE_FILTER = 1, FREE_BELOW = 2, FREE_PEER = 4, VICTIMS = 8 };

static enum place place;
static int victims; /* 0 once they were freed */
static enum bufferevent_filter_result result_of_function;
static int contexts_freed;

static void
free_below(void)
{
	if (below)
		bufferevent_free(below);
	below = NULL;
}

static void
visit(enum place here)
{
	int now = here == place ? victims : 0;

	if (!now)
		return;
	victims = 0;
	if ((now & FREE_BELOW))
		free_below();
	if ((now & FREE_FILTER) && top.bev)
		free_end(&top);
	if ((now & FREE_PEER) && peer.bev)
		free_end(&peer);
}

static enum bufferevent_filter_result
input_function(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	bool is_here = place == IN_INPUT_FUNCTION && victims;

	visit(IN_INPUT_FUNCTION);
	return is_here && result_of_function != BEV_OK ? result_of_function
						       : shift_down(from, to, limit, mode, context);
}

static enum bufferevent_filter_result
output_function(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	bool is_here = place == IN_OUTPUT_FUNCTION && victims;

	visit(IN_OUTPUT_FUNCTION);
	return is_here && result_of_function != BEV_OK ? result_of_function
						       : shift_up(from, to, limit, mode, context);
}

static void
in_read(struct end *end)
{
	(void)end;
	visit(IN_READ_CALLBACK);
}

static void
in_write(struct end *end)
{
	(void)end;
	visit(IN_WRITE_CALLBACK);
}

static void
in_event(struct end *end, short what)
{
	(void)end;
	(void)what;
	visit(IN_EVENT_CALLBACK);
}

static void
in_buffer(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buffer;
	(void)info;
	visit((enum place)(uintptr_t)arg);
}

static void
watch_buffer(struct evbuffer *buffer, enum place as)
{
	ck_assert_ptr_nonnull(evbuffer_add_cb(buffer, in_buffer, (void *)(uintptr_t)as));
}

static void
on_context_freed(void *context)
{
	(void)context;
	contexts_freed++;
	visit(IN_CONTEXT_CLEANUP);
}

/* ---- One run ---- */

static void
open_stack(bool on_sockets)
{
	struct bufferevent *pair[2];
	evutil_socket_t ends[2];

	if (on_sockets) {
		open_pair(backend, ends);
		pair[0] = bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE);
		pair[1] = bufferevent_socket_new(base, ends[1], BEV_OPT_CLOSE_ON_FREE);
	} else {
		ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
	}
	memset(&top, 0, sizeof(top));
	memset(&peer, 0, sizeof(peer));
	below = pair[0];
	watch_end(&peer, pair[1]);
	watch_end(&top, bufferevent_filter_new(
			    below, input_function, output_function, 0, on_context_freed, NULL));
	top.on_read = in_read;
	top.on_write = in_write;
	top.on_event = in_event;
	watch_buffer(bufferevent_get_input(top.bev), IN_CALLBACK_OF_INPUT);
	watch_buffer(bufferevent_get_output(top.bev), IN_CALLBACK_OF_OUTPUT);
	watch_buffer(bufferevent_get_input(below), IN_CALLBACK_OF_INPUT_BELOW);
	watch_buffer(bufferevent_get_output(below), IN_CALLBACK_OF_OUTPUT_BELOW);
	enable_end(&top, EV_READ | EV_WRITE);
	enable_end(&peer, EV_READ | EV_WRITE);
}

static void
talk(void)
{
	for (int round = 0; round < 3; round++) {
		if (top.bev)
			end_write_text(&top, "one, two, three");
		if (peer.bev)
			end_write_text(&peer, "four, five, six");
		turn(base);
		if (top.bev)
			bufferevent_flush(top.bev, EV_READ | EV_WRITE, BEV_FLUSH);
		turn(base);
	}
	if (peer.bev) {
		bufferevent_flush(peer.bev, EV_WRITE, BEV_FINISHED);
		free_end(&peer);
	}
	turn(base);
	turn(base);
}

/* A filter that is freed leaves the bufferevent below to the program, which can read from it. */
static void
expect_below_works(void)
{
	struct end bottom = {0};

	watch_end(&bottom, below);
	ck_assert_int_eq(bufferevent_enable(below, EV_READ), 0);
	drain_input(&bottom, end_input_size(&bottom));
	end_write_text(&peer, "seven");
	turn(base);
	turn(base);
	expect_input(&bottom, "seven");
	bufferevent_setcb(below, NULL, NULL, NULL, NULL);
}

static void
run(bool on_sockets, bool is_deferred)
{
	int expected = victims;

	contexts_freed = 0;
	open_stack(on_sockets);
	if (is_deferred && place == IN_CONTEXT_CLEANUP)
		free_end(&top);
	if (expected == FREE_FILTER && place <= IN_WRITE_CALLBACK) {
		end_write_text(&top, "one");
		end_write_text(&peer, "two");
		turn(base);
		turn(base);
		ck_assert_ptr_null(top.bev);
		expect_below_works();
	} else {
		talk();
	}
	if (top.bev)
		free_end(&top);
	if (peer.bev)
		free_end(&peer);
	turn(base);
	free_below();
	turn(base);
	ck_assert_int_eq(contexts_freed, 1);
	ck_assert_int_eq(victims, 0);
}

static void
run_all(int i, bool on_sockets)
{
	static const enum bufferevent_filter_result results[] = {BEV_OK, BEV_NEED_MORE, BEV_ERROR};

	signal(SIGPIPE, SIG_IGN);
	backend = backend_under_test(i);
	base = base_on(backend);
	for (place = 0; place < PLACES; place++) {
		for (int freed = 1; freed < VICTIMS; freed++) {
			for (int r = 0; r < (place <= IN_OUTPUT_FUNCTION ? 3 : 1); r++) {
				victims = freed;
				result_of_function = results[r];
				run(on_sockets, freed % 2);
			}
		}
	}
	event_base_free(base);
}

TEST_EVERYWHERE(bufferevent_free__inside_every_callback_of_a_filter_on_a_pair)
{
	run_all(_i, false);
}

TEST_EVERYWHERE(bufferevent_free__inside_every_callback_of_a_filter_on_a_socket)
{
	run_all(_i, true);
}

/* ---- Flushing inside a callback ---- */

static bool has_trailer;

/* Adds a trailer behind the last byte once it is to finish. */
static enum bufferevent_filter_result
add_trailer(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	(void)limit;
	(void)context;
	if (evbuffer_get_length(from) == 0 && (mode != BEV_FINISHED || has_trailer))
		return BEV_NEED_MORE;
	evbuffer_add_buffer(to, from);
	if (mode == BEV_FINISHED) {
		evbuffer_add(to, ".", 1);
		has_trailer = true;
	}
	return BEV_OK;
}

static void
finish_output(struct end *end)
{
	end->on_write = NULL;
	bufferevent_flush(end->bev, EV_WRITE, BEV_FINISHED);
}

/* The end must not overtake what the filter held back. */
TEST_EVERYWHERE(bufferevent_flush__inside_write_callback_of_a_filter)
{
	struct bufferevent *pair[2];

	backend = backend_under_test(_i);
	base = base_on(backend);
	ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
	watch_end(&peer, pair[1]);
	enable_end(&peer, EV_READ);
	watch_end(&top,
	    bufferevent_filter_new(pair[0], NULL, add_trailer, BEV_OPT_CLOSE_ON_FREE, NULL, NULL));
	top.on_write = finish_output;
	end_write_text(&top, "all");
	turn(base);

	ck_assert_int_eq(peer.events, BEV_EVENT_EOF | BEV_EVENT_READING);
	expect_input(&peer, "all.");
	free_end(&top);
	free_end(&peer);
	event_base_free(base);
}
