/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TLS streams shared between threads: one runs the loop, the others write to them, call OpenSSL,
 * and free them.  Bytes are counted.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/stress_kit.h"
#include "unit/tls/tls_ends.h"

enum { THREADS = 3, ROUNDS = 60, LIVES = 25, PIECE = 100 };
enum wire { OVER_SOCKET, OVER_FILTER, OVER_PAIR, WIRES };

static const int options[] = {
    BEV_OPT_THREADSAFE,
    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS,
    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS,
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static struct event_base *base;
static const struct backend_under_test *backend;
static SSL_CTX *context;
static int stream_options;
static enum wire wire;
static struct bufferevent *both[2];
static atomic_long sent[2], received[2];

/* ---- Streams ---- */

static struct bufferevent *
open_end(struct bufferevent *below, evutil_socket_t fd, int i)
{
	const int all = stream_options | BEV_OPT_CLOSE_ON_FREE;
	enum bufferevent_ssl_state state =
	    i ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING;
	struct bufferevent *bev;

	if (wire == OVER_FILTER)
		below = bufferevent_socket_new(base, fd, all);
	if (below)
		bev = bufferevent_openssl_filter_new(base, below, tls_ssl(context), state, all);
	else
		bev = bufferevent_openssl_socket_new(base, fd, tls_ssl(context), state, all);
	ck_assert_ptr_nonnull(bev);
	return bev;
}

static void
open_both(struct bufferevent *bevs[2])
{
	struct bufferevent *pair[2] = {NULL, NULL};
	evutil_socket_t ends[2] = {-1, -1};

	if (wire == OVER_PAIR)
		ck_assert_int_eq(
		    bufferevent_pair_new(base, stream_options | BEV_OPT_CLOSE_ON_FREE, pair), 0);
	else
		open_pair(backend, ends);
	for (int i = 0; i < 2; i++)
		bevs[i] = open_end(pair[i], ends[i], i);
}

static bool
set_up(int i)
{
	signal(SIGPIPE, SIG_IGN);
	suite_share_openssl();
	backend = backend_under_test(i / (OPTIONS * WIRES));
	stream_options = options[i % OPTIONS];
	wire = (enum wire)(i / OPTIONS % WIRES);
	if (!backend->threads)
		return false;
	base = base_on(backend);
	context = tls_context(TLS1_3_VERSION);
	return true;
}

static void
tear_down(void)
{
	event_base_free(base);
	SSL_CTX_free(context);
}

/* ---- Bytes from many threads ---- */

static void
count_received(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t size = evbuffer_get_length(input);

	ck_assert_int_eq(evbuffer_drain(input, size), 0);
	atomic_fetch_add((atomic_long *)arg, (long)size);
}

static void
change_keys(struct bufferevent *bev)
{
	SSL *ssl;

	bufferevent_lock(bev);
	ssl = bufferevent_openssl_get_ssl(bev);
	if (SSL_is_init_finished(ssl) && SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1)
		(void)SSL_do_handshake(ssl);
	bufferevent_unlock(bev);
}

static void
send_pieces(void)
{
	static const char piece[PIECE];

	for (long round = 0; stress_goes_on(round, ROUNDS); round++) {
		struct bufferevent *bev = both[round % 2];

		for (int i = 0; i < 20; i++)
			ck_assert_int_eq(bufferevent_write(bev, piece, PIECE), 0);
		atomic_fetch_add(&sent[round % 2], 20 * PIECE);
		if (round % 7 == 0) {
			bufferevent_disable(bev, EV_READ | EV_WRITE);
			bufferevent_enable(bev, EV_READ | EV_WRITE);
		}
		if (round % 13 == 0)
			change_keys(bev);
		(void)bufferevent_get_openssl_error(bev);
		(void)bufferevent_ssl_set_flags(bev, BUFFEREVENT_SSL_DIRTY_SHUTDOWN);
	}
}

TEST_SECONDS(getenv("LEVIN_STRESS_SECONDS") ? 1800 : 60);

TEST_RANGE(tls_stream__written_from_all_threads, 0, stress_backends_count() * OPTIONS * WIRES)
{
	if (!set_up(_i))
		return;
	open_both(both);
	for (int i = 0; i < 2; i++) {
		bufferevent_setcb(both[i], count_received, NULL, NULL, &received[1 - i]);
		bufferevent_enable(both[i], EV_READ | EV_WRITE);
	}

	stress_run(base, THREADS, send_pieces);
	for (int i = 0; i < 2; i++)
		while (atomic_load(&received[i]) < atomic_load(&sent[i]))
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(atomic_load(&received[i]), atomic_load(&sent[i]));
	bufferevent_free(both[0]);
	bufferevent_free(both[1]);
	tear_down();
}

/* ---- Streams that come and go ---- */

static void
live_and_die(void)
{
	for (long round = 0; stress_goes_on(round, LIVES); round++) {
		struct bufferevent *bevs[2];

		open_both(bevs);
		for (int i = 0; i < 2; i++) {
			bufferevent_setcb(bevs[i], count_received, NULL, NULL, &received[i]);
			bufferevent_enable(bevs[i], EV_READ | EV_WRITE);
			bufferevent_write(bevs[i], "hello", 5);
		}
		for (long i = 0; i < round % 5 * 200; i++)
			(void)bufferevent_get_enabled(bevs[0]);
		bufferevent_free(bevs[round % 2]);
		bufferevent_free(bevs[1 - round % 2]);
	}
}

TEST_RANGE(
    bufferevent_free__of_tls_streams_from_all_threads, 0, stress_backends_count() * OPTIONS * WIRES)
{
	if (!set_up(_i))
		return;

	stress_run(base, THREADS, live_and_die);

	tear_down();
}
