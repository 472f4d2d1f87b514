/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connected streams on top of others: the tests of those over a descriptor once more, each odd
 * stream on top of a socket's; then other streams below.
 */
#include "stream/transport.h"

#include "support/backends.h"
#include "unit/stream/odd_transport.h"

static inline struct bufferevent *
odd_on_socket(struct event_base *event_base, evutil_socket_t fd, int options)
{
	return odd_on_top(bufferevent_socket_new(event_base, fd, options), options);
}

#define ODD_STREAMS_ARE_ON_TOP
#define odd_stream odd_on_socket
#include "unit/stream/test_transport.c"
#undef odd_stream

static void
set_up_on(struct bufferevent *below[2], int depth, int options)
{
	client = below[0];
	server = below[1];
	for (int i = 0; i < depth; i++) {
		client = odd_on_top(client, options);
		server = odd_on_top(server, options);
	}
	bufferevent_setcb(client, spell_read, NULL, spell_event, word("c"));
	bufferevent_setcb(server, spell_read, NULL, spell_event, word("s"));
}

/* A pair calls back at once, inside of the transport's functions. */
TEST_RANGE(carried__on_top_of_a_pair, 1, 4)
{
	for (int options = 0; options <= BEV_OPT_DEFER_CALLBACKS;
	     options += BEV_OPT_DEFER_CALLBACKS) {
		struct bufferevent *below[2];

		base = event_base_new();
		ck_assert_int_eq(
		    bufferevent_pair_new(base, options | BEV_OPT_CLOSE_ON_FREE, below), 0);
		set_up_on(below, _i, options | BEV_OPT_CLOSE_ON_FREE);
		start_both();

		write_pattern(client, BULK);
		write_pattern(server, BULK);
		while (input_size(server) < BULK || input_size(client) < BULK)
			step(base);

		expect_pattern(server, BULK);
		expect_pattern(client, BULK);
		tear_down();
	}
}

/* Also the one below the one below: each goes on when all below it is sent. */
TEST_EVERYWHERE(carried__write_callback_comes_when_everything_below_is_sent)
{
	struct bufferevent *below[2];

	signal(SIGPIPE, SIG_IGN);
	base = base_on(backend_under_test(_i));
	open_pair(backend_under_test(_i), ends);
	for (int i = 0; i < 2; i++)
		below[i] = bufferevent_socket_new(base, ends[i], BEV_OPT_CLOSE_ON_FREE);
	set_up_on(below, 2, BEV_OPT_CLOSE_ON_FREE);
	start_both();
	bufferevent_setcb(client, NULL, spell_written, spell_event, word("c"));
	bufferevent_disable(below[0], EV_WRITE);
	write_text(client, "hello");
	turns(base, 6);
	ck_assert_str_eq(spelled(), "");
	ck_assert_uint_eq(output_size(client), 5);

	bufferevent_enable(below[0], EV_WRITE);
	turns(base, 6);

	ck_assert_str_eq(spelled(), "cw0 ");
	ck_assert_uint_eq(input_size(server), 5);
	tear_down();
}

/* What came before the stream on top is its first input. */
TEST_EVERYWHERE(carried__input_that_was_there_already_is_read)
{
	struct bufferevent *below[2];

	signal(SIGPIPE, SIG_IGN);
	base = base_on(backend_under_test(_i));
	open_pair(backend_under_test(_i), ends);
	for (int i = 0; i < 2; i++)
		below[i] = bufferevent_socket_new(base, ends[i], BEV_OPT_CLOSE_ON_FREE);
	client = odd_on_top(below[0], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_enable(below[1], EV_READ);
	turns(base, 4);
	ck_assert_uint_gt(input_size(below[1]), 0);

	server = odd_on_top(below[1], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(client, spell_read, NULL, spell_event, word("c"));
	bufferevent_setcb(server, spell_read, NULL, spell_event, word("s"));
	turns(base, 6);

	heard = spelled();
	ck_assert_ptr_nonnull(strstr(heard, "c!up "));
	ck_assert_ptr_nonnull(strstr(heard, "s!up "));
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__leaves_the_stream_below_to_the_program)
{
	struct bufferevent *below[2], *on_top;

	signal(SIGPIPE, SIG_IGN);
	base = base_on(backend_under_test(_i));
	open_pair(backend_under_test(_i), ends);
	for (int i = 0; i < 2; i++)
		below[i] = bufferevent_socket_new(base, ends[i], BEV_OPT_CLOSE_ON_FREE);
	on_top = odd_on_top(below[0], 0);
	client = below[0];
	server = below[1];
	ck_assert_ptr_eq(bufferevent_get_underlying(on_top), below[0]);
	ck_assert_int_eq(bufferevent_getfd(on_top), ends[0]);

	bufferevent_free(on_top);
	bufferevent_setcb(server, spell_read_and_drain, NULL, spell_event, word("s"));
	bufferevent_enable(server, EV_READ);
	turns(base, 4);
	(void)spelled();
	write_text(client, "plain");
	turns(base, 4);

	ck_assert_str_eq(spelled(), "sr5 ");
	tear_down();
}

TEST_EVERYWHERE(carried__an_error_below_ends_the_start)
{
	struct bufferevent *below[2];

	signal(SIGPIPE, SIG_IGN);
	base = base_on(backend_under_test(_i));
	open_pair(backend_under_test(_i), ends);
	for (int i = 0; i < 2; i++)
		below[i] = bufferevent_socket_new(base, ends[i], BEV_OPT_CLOSE_ON_FREE);
	client = odd_on_top(below[0], BEV_OPT_CLOSE_ON_FREE);
	server = below[1];
	bufferevent_setcb(client, spell_read, NULL, spell_event, word("c"));

	turns(base, 2);
	bufferevent_free(server);
	server = NULL;
	turns(base, 6);

	ck_assert_str_eq(spelled(), "c<err ");
	tear_down();
}
