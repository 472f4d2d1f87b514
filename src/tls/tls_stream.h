/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TLS stream: a transport that moves the bytes of the program through an engine.  It is the same
 * for both TLS libraries, and over a descriptor as on top of another stream.
 *
 * Records wait in two buffers of the engine.  Output stays in the stream's buffer until its records
 * are sent, so that what the program sees there is what has not gone yet.
 */
#ifndef LVN_TLS_TLS_STREAM_H
#define LVN_TLS_TLS_STREAM_H

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <levin/tls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#include "tls/engine.h"

/* The largest plaintext of a record: RFC 8446, 5.1. */
#define LVN_TLS_RECORD_MAX 16384

/* A bufferevent that is to be made. */
struct tls_options {
	const struct engine_ops *engine;
	void *session;
	enum bufferevent_ssl_state state;
	int bufferevent;                       /* enum bufferevent_options */
	bool owns_session;                     /* the stream frees it */
	const char *caller;                    /* the public function, for the log */
	const struct transport_ops *transport; /* over a descriptor; NULL: lvn_tls_transport */
};

/* What levin_tls_shutdown has begun: context/tls_shutdown.c. */
struct tls_shutdown {
	levin_tls_shutdown_fn *callback; /* NULL: nothing */
	void *arg;
	struct timeval timeout;  /* for the peer */
	struct timeval deadline; /* for its close_notify, by the base's clock, if is_announced */
	bool is_announced;       /* close_notify was given to the engine */
	bool peer_has_ended;     /* before that */
};

/*
 * Invariants:
 *   1. the first in_flight bytes of the output are in records that the engine has made, and which
 *      are in engine.out or below
 *   2. the engine must be given the retry bytes behind those again, if that is not 0
 *   3. has_ended  =>  `ending` is what read returns from now on, behind what is held
 */
struct tls_stream {
	struct engine engine;
	size_t in_flight;
	size_t retry;
	ptrdiff_t ending;
	uint64_t flags; /* BUFFEREVENT_SSL_ */
	enum bufferevent_ssl_state state;
	struct tls_shutdown shutdown;
	struct evbuffer *held; /* input that came before a handshake went on; NULL: none */
	bool owns_session;
	bool was_used;       /* the session has seen a connection */
	bool is_open;        /* a handshake is done */
	bool has_read;       /* since then */
	bool has_ended;      /* reading */
	bool has_failed;     /* the connection is of no use any more */
	bool is_negotiating; /* another handshake, which the program has asked for */
	bool is_closed;      /* the bufferevent is freed */
	bool is_detached;    /* the session is its owner's again */
};

/*
 * Make a bufferevent over a descriptor, or over none with -1, or on top of another one.  NULL with
 * errno on failure: then a session that the stream was to own is freed, and the descriptor or the
 * bufferevent below is the caller's as before.
 */
struct bufferevent *lvn_tls_stream_socket_new(
    struct event_base *base, evutil_socket_t fd, const struct tls_options *options);
struct bufferevent *lvn_tls_stream_filter_new(
    struct bufferevent *below, const struct tls_options *options);

/* The same failure, because of what the caller's arguments are: logs the reason. */
struct bufferevent *lvn_tls_stream_refuse(const struct tls_options *options, const char *why);

/* The usual transport, and the name of all that have a struct tls_stream. */
extern const struct transport_ops lvn_tls_transport;
extern const char lvn_tls_transport_name[];

/* For transports: what belongs to the stream, and the engine's handshake. */
struct tls_stream *lvn_tls_stream_in(struct stream *stream);
ptrdiff_t lvn_tls_stream_handshake(struct tls_stream *tls);

/* NULL if it is not a TLS stream, of whatever engine. */
struct tls_stream *lvn_tls_stream_of(struct bufferevent *bufev);
/* The same, of this engine only. */
struct tls_stream *lvn_tls_stream_on(struct bufferevent *bufev, const struct engine_ops *engine);

/* What public functions do with a bufferevent, which may be another one: of every engine, of one. */
ev_uint64_t lvn_tls_stream_change_flags(
    struct bufferevent *bufev, uint64_t added, uint64_t removed);
void *lvn_tls_stream_session(struct bufferevent *bufev, const struct engine_ops *engine);
unsigned long lvn_tls_stream_pop_error(struct bufferevent *bufev, const struct engine_ops *engine);
int lvn_tls_stream_renegotiate(struct bufferevent *bufev, const struct engine_ops *engine);
int lvn_tls_stream_allows_dirty(struct bufferevent *bufev, const struct engine_ops *engine);
void lvn_tls_stream_allow_dirty(
    struct bufferevent *bufev, const struct engine_ops *engine, bool is_allowed);

/* Whether there is a connection that the engine can be called for; with the lock held, as below. */
bool lvn_tls_stream_is_usable(const struct tls_stream *tls);

/* Send close_notify behind what was made of the output.  Returns 0 or -errno; the loop sends it. */
int lvn_tls_stream_shutdown(struct tls_stream *tls);

#endif
