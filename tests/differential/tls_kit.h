/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the programs about TLS share: a stream under test on one end of a socket pair, and on the
 * other a peer that is OpenSSL alone and moves when the program says so.
 *
 * Nothing that depends on chance, such as the size of a signature, goes into the transcript.
 */
#ifndef DIFFERENTIAL_TLS_KIT_H
#define DIFFERENTIAL_TLS_KIT_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "kit.h"

/* How the stream under test is made. */
struct tls_way {
	bool filter; /* on a socket stream, not on the socket */
	bool client;
	int version; /* TLS1_2_VERSION or TLS1_3_VERSION */
	int options;
};

/* The ways that most programs go through: socket and filter, server and client, 1.2 and 1.3. */
#define TLS_WAY_COUNT 8
struct tls_way tls_way(int i, int options);
const char *tls_way_name(const struct tls_way *way);

struct tls_case {
	struct tls_way way;
	struct event_base *base;
	int ends[2]; /* of the stream, and of the peer; -1 when closed */
	SSL *peer;
	bool peer_is_up;
	bool peer_is_dead;         /* has got an end or an error */
	struct bufferevent *below; /* of a filter */
	struct bufferevent *bev;
};

/* A context of both roles, with a certificate, of this version alone. */
SSL_CTX *tls_context(int version);
/* An SSL for the stream under test; its freeing is said as "NAME is freed". */
SSL *tls_new(int version, const char *name);

/* A new case; bev has callbacks that say what they see, and reads. */
void tls_open(struct tls_case *c, const struct tls_way *way);
/* The same without the stream: only base, ends and the peer. */
void tls_open_peer(struct tls_case *c, const struct tls_way *way);
/* With the state that the role has. */
void tls_make_stream(struct tls_case *c, SSL *ssl);
void tls_close(struct tls_case *c);
/* Turns of the loop that do not wait. */
void tls_turns(struct tls_case *c);
/* Turns of the loop and of the peer until the handshake is done. */
void tls_handshake(struct tls_case *c);

/* The peer: */
void tls_peer_move(struct tls_case *c); /* goes on with the handshake, or reads and says what */
void tls_peer_write(struct tls_case *c, const char *text);
void tls_peer_notify(struct tls_case *c); /* close_notify */
void tls_peer_finish(struct tls_case *c); /* the end of the connection, without close_notify */
void tls_peer_reset(struct tls_case *c);  /* closes with bytes unread */

/* Callbacks of the stream under test, with its name as the argument. */
void tls_on_read(struct bufferevent *bev, void *name);
void tls_on_read_keep(struct bufferevent *bev, void *name); /* leaves the input */
void tls_on_write(struct bufferevent *bev, void *name);
void tls_on_event(struct bufferevent *bev, short what, void *name);
const char *tls_event_bits(short what);
/* Pops all errors of the stream and says their libraries and reasons. */
void tls_say_errors(struct bufferevent *bev);
void tls_say_state(struct bufferevent *bev);
/* Says whether a descriptor is open. */
void tls_say_open(const char *name, int fd);

#endif
