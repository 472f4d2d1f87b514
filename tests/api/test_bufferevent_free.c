/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bufferevent_free from everywhere: inside the callbacks of buffers, inside functions that the
 * bufferevent's own data passes through, and with the loop never running again.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>

#include "support/stream_case.h"

static struct bufferevent *pair[2];
static int freed;
static int cleaned;

/* As often as it is called: only the first call frees. */
static void
free_all(void)
{
	if (freed++ > 0)
		return;
	if (bev)
		bufferevent_free(bev);
	bev = NULL;
	for (int i = 0; i < 2; i++) {
		if (pair[i])
			bufferevent_free(pair[i]);
		pair[i] = NULL;
	}
}

static void
free_for_buffer(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buffer;
	(void)info;
	(void)arg;
	free_all();
}

static void
free_for_data(struct bufferevent *stream, void *arg)
{
	(void)stream;
	(void)arg;
	free_all();
}

static void
free_for_event(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	(void)what;
	(void)arg;
	free_all();
}

static void
free_for_cleanup(const void *data, size_t size, void *arg)
{
	(void)data;
	(void)size;
	(void)arg;
	cleaned++;
	free_all();
}

static void
count_cleanup(const void *data, size_t size, void *arg)
{
	(void)data;
	(void)size;
	(void)arg;
	cleaned++;
}

static void
set_up_pair(int i, int options)
{
	set_up(i, BEV_OPT_CLOSE_ON_FREE);
	ck_assert_int_eq(bufferevent_pair_new(base, options, pair), 0);
	bufferevent_enable(pair[0], EV_READ | EV_WRITE);
	bufferevent_enable(pair[1], EV_READ | EV_WRITE);
	freed = 0;
	cleaned = 0;
}

static void
expect_closed(void)
{
	while (take(ends[1]) > 0)
		;
	ck_assert_int_eq(take(ends[1]), -1);
	evutil_closesocket(ends[1]);
	open_pair(backend, ends);
}

/* ---- Callbacks of buffers -------------------------------------------------------------------- */

TEST_EVERYWHERE(bufferevent_free__inside_callback_of_output)
{
	set_up_pair(_i, 0);
	evbuffer_add_cb(bufferevent_get_output(bev), free_for_buffer, NULL);

	ck_assert_int_eq(evbuffer_add(bufferevent_get_output(bev), "hello", 5), 0);

	ck_assert_int_eq(freed, 1);
	expect_closed();
	turns(base, 2);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__inside_callback_of_output_that_is_written)
{
	set_up_pair(_i, 0);
	write_text(bev, "hello");
	evbuffer_add_cb(bufferevent_get_output(bev), free_for_buffer, NULL);

	turns(base, 2);

	ck_assert_int_eq(freed, 1);
	expect_closed();
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__inside_callback_of_input_that_is_read)
{
	set_up_pair(_i, 0);
	evbuffer_add_cb(bufferevent_get_input(bev), free_for_buffer, NULL);
	put(ends[1], "hello");

	turns(base, 2);

	ck_assert_int_eq(freed, 1);
	expect_closed();
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__inside_callback_of_input_that_is_drained)
{
	set_up_pair(_i, 0);
	bufferevent_setcb(bev, spell_read, NULL, NULL, word(""));
	bufferevent_setwatermark(bev, EV_READ, 0, 3);
	put(ends[1], "abc");
	turns(base, 2);
	evbuffer_add_cb(bufferevent_get_input(bev), free_for_buffer, NULL);

	ck_assert_int_eq(evbuffer_drain(bufferevent_get_input(bev), 2), 0);

	ck_assert_int_eq(freed, 1);
	expect_closed();
	turns(base, 2);
	tear_down();
}

/* The program's own buffer at the other side of a move. */
TEST_EVERYWHERE(bufferevent_free__inside_callback_of_buffer_moved_to)
{
	struct evbuffer *own = evbuffer_new();

	set_up_pair(_i, 0);
	bufferevent_setcb(bev, spell_read, NULL, NULL, word(""));
	put(ends[1], "hello");
	turns(base, 2);
	evbuffer_add_cb(own, free_for_buffer, NULL);

	ck_assert_int_eq(bufferevent_read_buffer(bev, own), 0);

	ck_assert_int_eq(freed, 1);
	ck_assert_uint_eq(evbuffer_get_length(own), 5);
	expect_closed();
	turns(base, 2);
	evbuffer_free(own);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__inside_callback_of_buffer_moved_from)
{
	struct evbuffer *own = evbuffer_new();

	set_up_pair(_i, 0);
	evbuffer_add(own, "hello", 5);
	evbuffer_add_cb(own, free_for_buffer, NULL);

	ck_assert_int_eq(bufferevent_write_buffer(bev, own), 0);

	ck_assert_int_eq(freed, 1);
	turns(base, 2);
	expect_closed();
	evbuffer_free(own);
	tear_down();
}

/* ---- While its timer runs -------------------------------------------------------------------- */

static void
add_reference(struct bufferevent *stream, evbuffer_ref_cleanup_cb cleanup)
{
	ck_assert_int_eq(
	    evbuffer_add_reference(bufferevent_get_output(stream), "bytes", 5, cleanup, NULL), 0);
}

/* What is freed keeps no timer, also while the filter above it is not gone. */
TEST_EVERYWHERE(event_base_free__completes_bufferevent_free_below_a_filter)
{
	const struct timeval hour = {3600, 0};
	struct bufferevent *below;

	set_up_pair(_i, 0);
	below = pair[0];
	bufferevent_disable(pair[1], EV_READ);
	bufferevent_set_timeouts(below, &hour, &hour);
	add_reference(below, count_cleanup);
	pair[0] = bufferevent_filter_new(below, NULL, NULL, 0, NULL, NULL);
	free_all();
	bufferevent_free(below);
	expect_closed();

	tear_down();

	ck_assert_int_eq(cleaned, 1);
}

/* The base no longer has the events of the bufferevent when it is freed. */
TEST_EVERYWHERE(event_base_free__completes_bufferevent_free_inside_a_cleanup_function)
{
	const struct timeval hour = {3600, 0};
	struct bufferevent *first;

	set_up_pair(_i, 0);
	first = bufferevent_socket_new(base, -1, 0);
	add_reference(first, free_for_cleanup);
	bufferevent_disable(pair[0], EV_READ);
	bufferevent_set_timeouts(pair[1], &hour, &hour);
	add_reference(pair[1], count_cleanup);
	bufferevent_free(first);

	event_base_free(base);

	ck_assert_int_eq(freed, 1);
	ck_assert_int_eq(cleaned, 2);
	ck_assert_int_eq(take(ends[1]), -1);
	evutil_closesocket(ends[1]);
}

/* ---- No other callback of its buffers follows ------------------------------------------------ */

static void
count_change(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buffer;
	(void)info;
	(*(int *)arg)++;
}

TEST_EVERYWHERE(bufferevent_free__between_two_callbacks_of_a_buffer)
{
	struct evbuffer *buffer;

	for (int is_input = 0; is_input < 2; is_input++) {
		set_up_pair(_i, 0);
		buffer = is_input ? bufferevent_get_input(bev) : bufferevent_get_output(bev);
		evbuffer_add_cb(buffer, free_for_buffer, NULL);
		evbuffer_add_cb(buffer, free_for_buffer, NULL);
		if (is_input)
			put(ends[1], "hello");
		else
			write_text(bev, "hello");

		turns(base, 2);

		ck_assert_int_eq(freed, 1);
		expect_closed();
		tear_down();
	}
}

TEST_EVERYWHERE(bufferevent_free__before_deferred_callbacks_of_a_buffer)
{
	int changes = 0;

	set_up_pair(_i, 0);
	evbuffer_defer_callbacks(bufferevent_get_output(bev), base);
	evbuffer_add_cb(bufferevent_get_output(bev), count_change, &changes);
	write_text(bev, "hello");

	free_all();

	turns(base, 2);
	ck_assert_int_eq(changes, 0);
	expect_closed();
	tear_down();
}

/* The program's references keep the callbacks, like the buffers. */
TEST_EVERYWHERE(bufferevent_incref__keeps_callbacks_of_buffers)
{
	struct bufferevent *held;
	int changes = 0;

	set_up_pair(_i, 0);
	held = bev;
	evbuffer_add_cb(bufferevent_get_output(held), count_change, &changes);
	bufferevent_incref(held);
	free_all();

	ck_assert_int_eq(evbuffer_add(bufferevent_get_output(held), "hello", 5), 0);

	ck_assert_int_eq(changes, 1);
	bufferevent_decref(held);
	expect_closed();
	turns(base, 2);
	tear_down();
}

static enum bufferevent_filter_result
move_after_free(struct evbuffer *source, struct evbuffer *target, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	(void)limit;
	(void)mode;
	(void)arg;
	free_all();
	evbuffer_add_buffer(target, source);
	return BEV_OK;
}

TEST_EVERYWHERE(bufferevent_free__inside_a_filter_function_silences_its_buffers)
{
	int changes = 0;

	set_up_pair(_i, 0);
	pair[0] = bufferevent_filter_new(
	    pair[0], NULL, move_after_free, BEV_OPT_CLOSE_ON_FREE, NULL, NULL);
	bufferevent_enable(pair[0], EV_WRITE);
	evbuffer_add_cb(bufferevent_get_output(pair[0]), count_change, &changes);

	write_text(pair[0], "hello");

	ck_assert_int_eq(freed, 1);
	ck_assert_int_eq(changes, 0);
	expect_closed();
	turns(base, 2);
	tear_down();
}

/* ---- Moves between two streams --------------------------------------------------------------- */

static enum bufferevent_filter_result
refuse(struct evbuffer *source, struct evbuffer *target, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	(void)source;
	(void)target;
	(void)limit;
	(void)mode;
	(void)arg;
	return BEV_ERROR;
}

static int
move(int way, struct bufferevent *from, struct bufferevent *to)
{
	struct evbuffer *input = bufferevent_get_input(from);
	struct evbuffer *output = bufferevent_get_output(to);

	switch (way) {
	case 0:
		return evbuffer_add_buffer(output, input);
	case 1:
		return bufferevent_read_buffer(from, output);
	case 2:
		return evbuffer_remove_buffer(input, output, 3);
	default:
		return bufferevent_write_buffer(to, input);
	}
}

/* A filter calls its event callback, or its write callback, within the move. */
static void
move_and_free_both(int i, bool fails, int way)
{
	set_up_pair(i, 0);
	put(ends[1], "hello");
	bufferevent_setcb(bev, spell_read, NULL, NULL, word(""));
	turns(base, 2);
	ck_assert_uint_eq(input_size(bev), 5);
	pair[1] = bufferevent_filter_new(
	    pair[1], NULL, fails ? refuse : NULL, BEV_OPT_CLOSE_ON_FREE, NULL, NULL);
	bufferevent_setcb(pair[1], NULL, free_for_data, free_for_event, NULL);
	bufferevent_enable(pair[1], EV_WRITE);

	(void)move(way, bev, pair[1]);

	ck_assert_int_eq(freed, 1);
	expect_closed();
	turns(base, 2);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__of_both_ends_inside_a_move)
{
	for (int way = 0; way < 4; way++) {
		move_and_free_both(_i, true, way);
		move_and_free_both(_i, false, way);
	}
}

/* ---- Cleanup functions ------------------------------------------------------------------------ */

static void
take_out(int way, struct bufferevent *stream)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	struct evbuffer *own;
	char bytes[16];

	switch (way) {
	case 0:
		evbuffer_drain(input, 100);
		break;
	case 1:
		bufferevent_read(stream, bytes, sizeof(bytes));
		break;
	case 2:
		evbuffer_remove(input, bytes, 5);
		break;
	case 3:
		ck_assert_ptr_nonnull(evbuffer_pullup(input, -1));
		break;
	default:
		own = evbuffer_new();
		bufferevent_read_buffer(stream, own);
		evbuffer_free(own);
		break;
	}
}

TEST_EVERYWHERE(bufferevent_free__inside_cleanup_of_bytes_in_its_input)
{
	for (int way = 0; way < 5; way++) {
		set_up_pair(_i, 0);
		evbuffer_add_reference(
		    bufferevent_get_output(pair[0]), "hello", 5, free_for_cleanup, NULL);
		evbuffer_add_reference(bufferevent_get_output(pair[0]), "more", 4, NULL, NULL);
		turns(base, 2);

		take_out(way, pair[1]);

		ck_assert_int_eq(cleaned, 1);
		turns(base, 2);
		expect_closed();
		tear_down();
	}
}

TEST_EVERYWHERE(bufferevent_free__inside_cleanup_of_bytes_that_are_written)
{
	set_up_pair(_i, 0);
	evbuffer_add_reference(bufferevent_get_output(bev), "hello", 5, free_for_cleanup, NULL);

	turns(base, 2);

	ck_assert_int_eq(cleaned, 1);
	expect_closed();
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__never_calls_cleanup_functions)
{
	set_up_pair(_i, 0);
	bufferevent_disable(bev, EV_WRITE);
	evbuffer_add_reference(bufferevent_get_output(bev), "hello", 5, count_cleanup, NULL);

	bufferevent_free(bev);
	bev = NULL;

	ck_assert_int_eq(cleaned, 0);
	expect_closed();
	turn(base);
	ck_assert_int_eq(cleaned, 1);
	free_all();
	tear_down();
}

TEST_EVERYWHERE(event_base_free__completes_bufferevent_free)
{
	set_up_pair(_i, 0);
	pair[1] = bufferevent_filter_new(pair[1], NULL, NULL, BEV_OPT_CLOSE_ON_FREE, NULL, NULL);
	bufferevent_disable(bev, EV_WRITE);
	evbuffer_add_reference(bufferevent_get_output(bev), "hello", 5, count_cleanup, NULL);
	evbuffer_add_reference(bufferevent_get_output(pair[0]), "hello", 5, count_cleanup, NULL);

	free_all();
	event_base_free(base);

	ck_assert_int_eq(cleaned, 2);
	expect_closed();
	close_pair(ends);
}

/* ---- Pairs -------------------------------------------------------------------------------------- */

static void
change_pair(int way)
{
	switch (way) {
	case 0:
		bufferevent_enable(pair[1], EV_READ);
		break;
	case 1:
		evbuffer_drain(bufferevent_get_input(pair[1]), 1);
		break;
	case 2:
		bufferevent_flush(pair[0], EV_WRITE, BEV_FINISHED);
		break;
	case 3:
		bufferevent_flush(pair[1], EV_READ, BEV_FLUSH);
		break;
	default:
		bufferevent_setwatermark(pair[1], EV_READ, 0, 100);
		break;
	}
}

/* The buffer callback of one partner frees both while bytes move. */
TEST_EVERYWHERE(bufferevent_free__of_pair_while_bytes_move)
{
	for (int way = 0; way < 5; way++) {
		for (int side = 0; side < 2; side++) {
			set_up_pair(_i, 0);
			bufferevent_setwatermark(pair[1], EV_READ, 0, 2);
			if (way == 0)
				bufferevent_disable(pair[1], EV_READ);
			write_text(pair[0], "hello");
			turns(base, 2);
			evbuffer_add_cb(
			    side ? bufferevent_get_input(pair[1]) : bufferevent_get_output(pair[0]),
			    free_for_buffer, NULL);

			change_pair(way);

			ck_assert_int_ge(freed, 1);
			turns(base, 2);
			expect_closed();
			tear_down();
		}
	}
}

/* ---- Asking ------------------------------------------------------------------------------------- */

/* A member that asks for its share in vain waits for it, and keeps it from the others. */
TEST_EVERYWHERE(bufferevent_get_max_to_read__changes_nothing)
{
	struct ev_token_bucket_cfg *cfg =
	    ev_token_bucket_cfg_new(100, 100, 100, 100, &(struct timeval){3600, 0});
	struct bufferevent_rate_limit_group *group;

	set_up_pair(_i, 0);
	group = bufferevent_rate_limit_group_new(base, cfg);
	bufferevent_add_to_rate_limit_group(bev, group);
	bufferevent_add_to_rate_limit_group(pair[0], group);
	bufferevent_rate_limit_group_decrement_read(group, 100);
	bufferevent_rate_limit_group_decrement_write(group, 100);

	ck_assert_int_eq(bufferevent_get_max_to_read(bev), 0);
	ck_assert_int_eq(bufferevent_get_max_to_write(bev), 0);

	bufferevent_rate_limit_group_decrement_read(group, -100);
	bufferevent_rate_limit_group_decrement_write(group, -100);
	ck_assert_int_eq(bufferevent_get_max_to_read(pair[0]), 64);
	ck_assert_int_eq(bufferevent_get_max_to_write(pair[0]), 64);
	free_all();
	expect_closed();
	bufferevent_rate_limit_group_free(group);
	tear_down();
	ev_token_bucket_cfg_free(cfg);
}
