/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hostile records for a TLS stream, as a client and as a server, on a socket and as a filter.  OpenSSL
 * alone is the peer; what it sends is changed, cut, doubled and followed by other bytes, as the
 * input says.  The stream must report at most one end of each direction, or wait.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <openssl/err.h>

#include "fuzz/tls_hostile.h"

enum { ROUNDS = 24 };

struct seen {
	bool is_connected;
	int ends;
};

static SSL_CTX *context;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	context = make_context();
	return 0;
}

/* ---- the stream */

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct seen *seen = arg;

	insist(seen->is_connected);
	evbuffer_drain(bufferevent_get_input(bev), SIZE_MAX);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct seen *seen = arg;

	if (what & BEV_EVENT_CONNECTED) {
		insist(!seen->is_connected && seen->ends == 0);
		seen->is_connected = true;
		bufferevent_write(bev, "answer", 6);
		return;
	}
	insist(what & (BEV_EVENT_READING | BEV_EVENT_WRITING));
	seen->ends++;
	bufferevent_disable(bev, EV_READ | EV_WRITE);
}

static struct bufferevent *
open_stream(struct event_base *base, int fd, SSL *ssl, bool is_client, bool is_filter)
{
	enum bufferevent_ssl_state state =
	    is_client ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING;

	if (!is_filter)
		return bufferevent_openssl_socket_new(base, fd, ssl, state, BEV_OPT_CLOSE_ON_FREE);
	return bufferevent_openssl_filter_new(base,
	    bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE), ssl, state,
	    BEV_OPT_CLOSE_ON_FREE);
}

/* ---- the peer */

static SSL *
open_peer(struct choices *choices, bool is_client)
{
	SSL *peer = SSL_new(context);

	insist(peer != NULL);
	SSL_set_bio(peer, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	if (choose(choices, 2))
		SSL_set_max_proto_version(peer, TLS1_2_VERSION);
	if (is_client)
		SSL_set_connect_state(peer);
	else
		SSL_set_accept_state(peer);
	return peer;
}

/* Goes on with what has come, and writes something now and then. */
static void
move_peer(SSL *peer, struct choices *choices)
{
	char bytes[CHUNK];

	ERR_clear_error();
	if (SSL_do_handshake(peer) == 1) {
		while (SSL_read(peer, bytes, sizeof(bytes)) > 0)
			;
		memset(bytes, 'x', sizeof(bytes));
		if (choose(choices, 2))
			SSL_write(peer, bytes, 1 + (int)choose(choices, 256) * 64);
		if (choose_rarely(choices, 8))
			SSL_key_update(peer, SSL_KEY_UPDATE_REQUESTED);
		if (choose_rarely(choices, 8))
			SSL_shutdown(peer);
	}
	ERR_clear_error();
}

static void
pass_to_stream(SSL *peer, int fd, struct choices *choices)
{
	static uint8_t bytes[CHUNK_DAMAGED];
	int got = BIO_read(SSL_get_wbio(peer), bytes, CHUNK);
	size_t size = damage(bytes, got > 0 ? (size_t)got : 0, choices);

	if (size > 0 && levin_sim_write(fd, bytes, size) < 0)
		return;
	if (choose_rarely(choices, 32))
		levin_sim_shutdown(fd, SHUT_WR);
	if (choose_rarely(choices, 32))
		levin_sim_reset(fd);
}

static void
pass_to_peer(SSL *peer, int fd)
{
	uint8_t bytes[CHUNK];
	ssize_t size;

	while ((size = levin_sim_read(fd, bytes, sizeof(bytes))) > 0)
		BIO_write(SSL_get_rbio(peer), bytes, (int)size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = choices_from_bytes(data, size);
	bool is_client = choose(&choices, 2);
	bool is_filter = choose(&choices, 2);
	struct seen seen = {.ends = 0};
	struct levin_sim *sim = levin_sim_new(1, NULL);
	struct event_base *base = levin_sim_base_new(sim, NULL);
	SSL *peer = open_peer(&choices, !is_client);
	struct bufferevent *bev;
	int ends[2];

	insist(levin_sim_socketpair(sim, ends) == 0);
	bev = open_stream(base, ends[0], SSL_new(context), is_client, is_filter);
	insist(bev != NULL);
	bufferevent_setcb(bev, on_read, NULL, on_event, &seen);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	for (int i = 0; i < ROUNDS; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		pass_to_peer(peer, ends[1]);
		move_peer(peer, &choices);
		pass_to_stream(peer, ends[1], &choices);
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
	insist(seen.ends <= 2);
	bufferevent_free(bev);
	SSL_free(peer);
	event_base_loop(base, EVLOOP_NONBLOCK);
	levin_sim_close(ends[1]);
	insist(levin_sim_count_descriptors(sim) == 0);
	event_base_free(base);
	levin_sim_free(sim);
	return 0;
}
