/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two TLS streams of OpenSSL that talk to each other, over each wire: what suites of TLS streams
 * share.
 */
#ifndef LEVIN_TESTS_UNIT_TLS_TLS_STREAM_KIT_H
#define LEVIN_TESTS_UNIT_TLS_TLS_STREAM_KIT_H

#include <event2/bufferevent_ssl.h>
#include <signal.h>
#include <string.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "unit/tls/tls_ends.h"

enum { BULK = 1000000 };

/* What carries the records. */
enum wire { OVER_SOCKET, OVER_FILTER, OVER_TLS, OVER_PAIR, WIRES };

static const struct backend_under_test *backend;
static struct event_base *base;
static SSL_CTX *context;
static evutil_socket_t ends[2];
static struct bufferevent *client, *server;
static const char *heard;

static inline struct bufferevent *
on_top(struct bufferevent *below, enum bufferevent_ssl_state state)
{
	struct bufferevent *bev = bufferevent_openssl_filter_new(
	    base, below, tls_ssl(context), state, BEV_OPT_CLOSE_ON_FREE);

	ck_assert_ptr_nonnull(bev);
	return bev;
}

static inline struct bufferevent *
open_end(evutil_socket_t fd, enum wire wire, enum bufferevent_ssl_state state)
{
	struct bufferevent *bev;

	if (wire == OVER_FILTER)
		return on_top(bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE), state);
	bev = bufferevent_openssl_socket_new(
	    base, fd, tls_ssl(context), state, BEV_OPT_CLOSE_ON_FREE);
	ck_assert_ptr_nonnull(bev);
	return wire == OVER_TLS ? on_top(bev, state) : bev;
}

static inline void
spell_both(bufferevent_data_cb on_read)
{
	bufferevent_setcb(client, on_read, NULL, spell_event, word("c"));
	bufferevent_setcb(server, on_read, NULL, spell_event, word("s"));
}

static inline void
set_up(int i, enum wire wire, int version)
{
	signal(SIGPIPE, SIG_IGN);
	backend = backend_under_test(i);
	base = base_on(backend);
	context = tls_context(version);
	if (wire == OVER_PAIR) {
		struct bufferevent *pair[2];

		ck_assert_int_eq(bufferevent_pair_new(base, BEV_OPT_CLOSE_ON_FREE, pair), 0);
		client = on_top(pair[0], BUFFEREVENT_SSL_CONNECTING);
		server = on_top(pair[1], BUFFEREVENT_SSL_ACCEPTING);
	} else {
		open_pair(backend, ends);
		client = open_end(ends[0], wire, BUFFEREVENT_SSL_CONNECTING);
		server = open_end(ends[1], wire, BUFFEREVENT_SSL_ACCEPTING);
	}
	spell_both(spell_read);
}

static inline void
tear_down(void)
{
	if (client)
		bufferevent_free(client);
	if (server)
		bufferevent_free(server);
	event_base_free(base);
	SSL_CTX_free(context);
}

static inline void
shake_hands(void)
{
	bool client_is_up = false;
	bool server_is_up = false;

	while (!client_is_up || !server_is_up) {
		heard = next_spelled(base);
		client_is_up |= strstr(heard, "c!up ") != NULL;
		server_is_up |= strstr(heard, "s!up ") != NULL;
		ck_assert_msg(!strstr(heard, "err"), "%s", heard);
	}
	spell_both(NULL);
}

static inline void
start_both(void)
{
	bufferevent_enable(client, EV_READ | EV_WRITE);
	bufferevent_enable(server, EV_READ | EV_WRITE);
	shake_hands();
}

static inline void
write_pattern(struct bufferevent *bev, size_t size)
{
	static unsigned char data[BULK];

	for (size_t i = 0; i < size; i++)
		data[i] = (unsigned char)(i * 31 + i / 251);
	ck_assert_int_eq(bufferevent_write(bev, data, size), 0);
}

static inline void
expect_pattern(struct evbuffer *buffer, size_t size)
{
	const unsigned char *got = evbuffer_pullup(buffer, -1);

	ck_assert_uint_eq(evbuffer_get_length(buffer), size);
	for (size_t i = 0; i < size; i++)
		ck_assert_uint_eq(got[i], (unsigned char)(i * 31 + i / 251));
}

static inline void
move_bulk_both_ways(void)
{
	write_pattern(client, BULK);
	write_pattern(server, BULK);
	while (input_size(server) < BULK || input_size(client) < BULK)
		step(base);
	expect_pattern(bufferevent_get_input(server), BULK);
	expect_pattern(bufferevent_get_input(client), BULK);
}

#endif
