/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connected streams over a transport that is not a plain socket, that of odd_transport.h: both ends
 * are odd.
 */
#include "stream/transport.h"

#include <event2/event.h>
#include <event2/listener.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "unit/stream/odd_transport.h"

enum { BULK = 100000 };

static const struct backend_under_test *backend;
static struct event_base *base;
static evutil_socket_t ends[2];
static struct bufferevent *client, *server;
static const char *heard;

static void
set_up(int i)
{
	signal(SIGPIPE, SIG_IGN);
	backend = backend_under_test(i);
	base = base_on(backend);
	open_pair(backend, ends);
	client = odd_stream(base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	server = odd_stream(base, ends[1], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(client, spell_read, NULL, spell_event, word("c"));
	bufferevent_setcb(server, spell_read, NULL, spell_event, word("s"));
}

static void
tear_down(void)
{
	if (client)
		bufferevent_free(client);
	if (server)
		bufferevent_free(server);
	event_base_free(base);
}

static void
start_both(void)
{
	ck_assert_int_eq(bufferevent_enable(client, EV_READ | EV_WRITE), 0);
	ck_assert_int_eq(bufferevent_enable(server, EV_READ | EV_WRITE), 0);
	turns(base, 6);
	(void)spelled();
	bufferevent_setcb(client, NULL, NULL, spell_event, word("c"));
	bufferevent_setcb(server, NULL, NULL, spell_event, word("s"));
}

static void
fill_with_pattern(unsigned char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		data[i] = (unsigned char)(i * 31 + i / 251);
}

static void
expect_pattern(struct bufferevent *bev, size_t size)
{
	static unsigned char wanted[BULK];
	const unsigned char *got = evbuffer_pullup(bufferevent_get_input(bev), -1);

	fill_with_pattern(wanted, size);
	ck_assert_uint_eq(input_size(bev), size);
	ck_assert_int_eq(memcmp(got, wanted, size), 0);
}

static void
write_pattern(struct bufferevent *bev, size_t size)
{
	static unsigned char data[BULK];

	fill_with_pattern(data, size);
	ck_assert_int_eq(bufferevent_write(bev, data, size), 0);
}

/* ---- Starting -------------------------------------------------------------------------------- */

TEST_EVERYWHERE(transport_start__comes_before_data_and_is_reported)
{
	set_up(_i);
	write_text(client, "hello");
	bufferevent_enable(server, EV_READ);

	turns(base, 8);

	heard = spelled();
	ck_assert_ptr_nonnull(strstr(heard, "c!up "));
	ck_assert_ptr_nonnull(strstr(heard, "s!up "));
	ck_assert_ptr_nonnull(strstr(heard, "sr5 "));
	ck_assert_ptr_null(strstr(heard, "err"));
	ck_assert_uint_eq(output_size(client), 0);
	tear_down();
}

TEST_EVERYWHERE(transport_start__fails_if_the_peer_closes)
{
	set_up(_i);
	bufferevent_free(server);
	server = NULL;
	turns(base, 6);

	ck_assert_str_eq(spelled(), "c<err ");
	tear_down();
}

TEST_IN_SIMULATION(transport_start__has_a_timeout)
{
	set_up(_i);
	bufferevent_free(server);
	server = NULL;
	bufferevent_free(client);
	open_pair(backend, ends);
	client = odd_stream(base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(client, spell_read, NULL, spell_event, word("c"));
	bufferevent_set_timeouts(client, MS(10), NULL);
	turns(base, 2);
	(void)spelled();

	run_for_ms(base, 50);

	ck_assert_str_eq(spelled(), "c<late ");
	evutil_closesocket(ends[1]);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_setfd__starts_again)
{
	evutil_socket_t others[2];

	set_up(_i);
	start_both();
	open_pair(backend, others);

	ck_assert_int_eq(bufferevent_replacefd(client, others[0]), 0);
	ck_assert_int_eq(bufferevent_replacefd(server, others[1]), 0);
	write_pattern(client, 1000);
	turns(base, 8);

	expect_pattern(server, 1000);
	heard = spelled();
	ck_assert_ptr_nonnull(strstr(heard, "c!up "));
	ck_assert_ptr_nonnull(strstr(heard, "s!up "));
	tear_down();
}

/* ---- Data ------------------------------------------------------------------------------------ */

TEST_EVERYWHERE(transport__moves_bytes_both_ways_at_once)
{
	set_up(_i);
	start_both();

	write_pattern(client, BULK);
	write_pattern(server, BULK);
	while (input_size(server) < BULK || input_size(client) < BULK)
		step(base);

	expect_pattern(server, BULK);
	expect_pattern(client, BULK);
	tear_down();
}

/* The writer has to read credits although its reading is disabled. */
TEST_EVERYWHERE(transport_write__reads_while_reading_is_disabled)
{
	set_up(_i);
	start_both();
	bufferevent_disable(client, EV_READ);

	write_pattern(client, BULK);
	while (input_size(server) < BULK)
		step(base);

	expect_pattern(server, BULK);
	tear_down();
}

/* What comes before a credit is kept, and read when reading is enabled. */
TEST_EVERYWHERE(transport_pending__bytes_are_read_without_a_report)
{
	set_up(_i);
	start_both();
	bufferevent_disable(client, EV_READ);
	write_pattern(server, 700);
	write_pattern(client, BULK);
	while (input_size(server) < BULK)
		step(base);
	ck_assert_uint_eq(input_size(client), 0);

	bufferevent_enable(client, EV_READ);
	turns(base, 3);

	expect_pattern(client, 700);
	tear_down();
}

TEST_EVERYWHERE(transport_pending__goes_on_below_a_high_watermark)
{
	struct evbuffer *all = evbuffer_new();

	set_up(_i);
	start_both();
	bufferevent_setwatermark(server, EV_READ, 0, 100);
	write_pattern(client, 3000);

	while (evbuffer_get_length(all) < 3000) {
		step(base);
		ck_assert_uint_le(input_size(server), 100);
		bufferevent_read_buffer(server, all);
	}

	ck_assert_uint_eq(evbuffer_get_length(all), 3000);
	evbuffer_free(all);
	tear_down();
}

TEST_IN_SIMULATION(transport__rate_limits_count_what_is_on_the_wire)
{
	struct ev_token_bucket_cfg *cfg =
	    ev_token_bucket_cfg_new(100000, 100000, 100000, 100000, MS(3600000));

	set_up(_i);
	start_both();
	bufferevent_set_rate_limit(server, cfg);
	bufferevent_set_rate_limit(client, cfg);

	write_pattern(client, 2000);
	while (input_size(server) < 2000)
		step(base);
	turns(base, 3);

	ck_assert_int_eq(bufferevent_get_read_limit(server), 100000 - 2000 - 4 * HEAD_SIZE);
	ck_assert_int_eq(bufferevent_get_write_limit(client), 100000 - 2000 - 4 * HEAD_SIZE);
	ck_assert_int_le(bufferevent_get_write_limit(server), 100000 - HEAD_SIZE);
	tear_down();
	ev_token_bucket_cfg_free(cfg);
}

/* ---- The end ---------------------------------------------------------------------------------- */

TEST_EVERYWHERE(transport_close__is_the_end_behind_the_last_byte)
{
	set_up(_i);
	start_both();
	write_pattern(client, 1200);
	turns(base, 6);
	bufferevent_free(client);
	client = NULL;
	turns(base, 4);

	expect_pattern(server, 1200);
	ck_assert_ptr_nonnull(strstr(spelled(), "s<eof "));
	tear_down();
}

TEST_EVERYWHERE(transport__a_connection_without_an_end_is_an_error)
{
	set_up(_i);
	start_both();
	finish(ends[0]);
	turns(base, 4);

	ck_assert_str_eq(spelled(), "s<err ");
	ck_assert_int_eq(bufferevent_get_enabled(server), EV_WRITE);
	tear_down();
}

/* In each callback in turn, until all bytes have come before the count is down. */
TEST_EVERYWHERE(bufferevent_free__inside_any_callback_over_a_transport)
{
	bool is_over = false;

	for (int when = 0; !is_over; when++) {
		set_up(_i);
		free_both_in_callback(&client, &server, when);
		bufferevent_enable(client, EV_READ | EV_WRITE);
		bufferevent_enable(server, EV_READ | EV_WRITE);
		write_bytes(client, 4000);
		while (client && input_size(server) < 4000)
			step(base);
		is_over = client != NULL;
		tear_down();
	}
}

#ifndef ODD_STREAMS_ARE_ON_TOP

/* ---- Connecting ------------------------------------------------------------------------------- */

static void
accept_one(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	(void)listener;
	(void)address;
	(void)size;
	(void)arg;
	server = odd_stream(base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(server, spell_read, NULL, spell_event, word("s"));
	bufferevent_enable(server, EV_READ | EV_WRITE);
}

TEST_ON_BACKENDS(bufferevent_socket_connect__starts_the_transport)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct evconnlistener *listener;

	backend = backend_under_test(_i);
	base = base_on(backend);
	server = NULL;
	listener = evconnlistener_new_bind(base, accept_one, NULL, LEV_OPT_CLOSE_ON_FREE, 5,
	    (struct sockaddr *)&address, sizeof(address));
	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(
	    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size), 0);
	client = odd_stream(base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(client, spell_read, NULL, spell_event, word("c"));
	bufferevent_enable(client, EV_READ | EV_WRITE);
	write_text(client, "hello");

	ck_assert_int_eq(bufferevent_socket_connect_hostname(
			     client, NULL, AF_INET, "127.0.0.1", ntohs(address.sin_port)),
	    0);
	while (!server || input_size(server) < 5)
		step(base);

	heard = spelled();
	ck_assert_ptr_nonnull(strstr(heard, "c!up "));
	ck_assert_ptr_null(strstr(heard, "err"));
	evconnlistener_free(listener);
	tear_down();
}

/* The first two addresses refuse. */
TEST_IN_SIMULATION(bufferevent_socket_connect_hostname__starts_the_transport_once)
{
	struct levin_sim *sim;
	int listener;

	base = base_on(backend_under_test(_i));
	sim = simulation_under_test();
	ck_assert_int_eq(levin_sim_set_file(sim, "/etc/hosts",
			     "2001:db8::1 name\n192.0.2.2 name\n192.0.2.3 name\n"),
	    0);
	listener = levin_sim_listener_at(sim, "192.0.2.3:80", 5);
	client = odd_stream(base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(client, spell_read, NULL, spell_event, word("c"));
	write_text(client, "hello");

	ck_assert_int_eq(
	    bufferevent_socket_connect_hostname(client, NULL, AF_UNSPEC, "name", 80), 0);
	run_for_ms(base, 10);
	ck_assert_str_eq(spelled(), "");
	accept_one(NULL, levin_sim_accept(listener), NULL, 0, NULL);
	run_for_ms(base, 10);

	heard = spelled();
	ck_assert_ptr_nonnull(strstr(heard, "c!up "));
	ck_assert_ptr_nonnull(strstr(heard, "sr5 "));
	ck_assert_ptr_null(strstr(heard, "err"));
	tear_down();
}

#endif
