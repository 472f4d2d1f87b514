/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An engine: what a TLS library does for one connection.  It turns the bytes of the program into
 * records and back, and never touches a descriptor: it takes records from one buffer and adds
 * others to a second one.  openssl.c and mbedtls.c are the two; tls_stream.c is the only caller.
 */
#ifndef LVN_TLS_ENGINE_H
#define LVN_TLS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "stream/transport.h"

struct evbuffer;
struct engine;

/* Of a handshake behind the first one. */
enum handshake_state {
	HANDSHAKE_NONE,
	HANDSHAKE_ASKED_FOR, /* the peer is to begin it; data may flow meanwhile */
	HANDSHAKE_UNDER_WAY  /* write must not be called: bytes of the peer may be in its way */
};

/*
 * Functions return 0, a number of bytes, or what a transport returns (enum transport_result, or
 * -errno): TRANSPORT_WANT_READ when the records that are there are used up, TRANSPORT_END for the
 * peer's close_notify, TRANSPORT_TRUNCATED if the records end without it, -EPROTO if the peer or
 * the library does not agree to something.  The codes of a failure are noted then.
 */
struct engine_ops {
	/*
	 * Let the session read from and write to the engine's buffers.  With `shares` the session
	 * stays the caller's.  0 or -errno: nothing has changed.
	 */
	int (*attach)(struct engine *engine, bool shares);
	/* Undo that: the stream could not be made. */
	void (*restore)(struct engine *engine);
	/* Leave the session to its owner, who may use it on the descriptor, or on none with -1. */
	void (*detach)(struct engine *engine, int fd);
	/* The last call: frees the session, or the share of it. */
	void (*free)(struct engine *engine, bool shares);

	/* The role of the handshake that comes. */
	void (*set_role)(struct engine *engine, bool is_server);
	/* Make the session ready for another connection in the same role. */
	int (*clear)(struct engine *engine);

	/* 1 when it is done. */
	ptrdiff_t (*handshake)(struct engine *engine);
	ptrdiff_t (*read)(struct engine *engine, void *data, size_t size);
	/* After TRANSPORT_WANT_READ it must be called with the same bytes again. */
	ptrdiff_t (*write)(struct engine *engine, const void *data, size_t size);
	/* Send close_notify, unless it was sent.  0 or -errno. */
	int (*shutdown)(struct engine *engine);
	/* How many bytes of the program are in the session. */
	size_t (*pending)(struct engine *engine);
	/*
	 * Begin another handshake, with which read goes on.  No bytes of the program may be in the
	 * session.  -EOPNOTSUPP if there is none.
	 */
	int (*renegotiate)(struct engine *engine);
	enum handshake_state (*handshake_state)(struct engine *engine);
};

/* How many codes of failures are kept: the first ones, and the last one. */
#define ENGINE_ERRORS_MAX 4

/*
 * Invariants:
 *   1. ops->read and ops->handshake return TRANSPORT_WANT_READ only when `in` is empty
 *   2. `end` is not 0 only if nothing more comes on the wire than what is in `in`
 */
struct engine {
	const struct engine_ops *ops;
	void *session;
	void *former[2]; /* what the session read from and wrote to before, until it is used */
	/* OpenSSL: the BIO of `in` and `out` while the session is on the descriptor; else NULL. */
	void *kept;
	struct stream *stream;
	struct evbuffer *in;  /* records that have come */
	struct evbuffer *out; /* records to be sent */
	/*
	 * While output is encrypted: so many bytes of records may be sent without waiting in `out`.
	 * What cannot be sent makes it 0.
	 */
	size_t direct;
	struct transport_traffic *traffic;
	ptrdiff_t end; /* TRANSPORT_TRUNCATED or -errno: how the wire has ended; else 0 */
	unsigned long errors[ENGINE_ERRORS_MAX]; /* the first is the cause of the others */
	unsigned error_count;
	bool is_running;    /* one of the engine's functions is on the stack */
	bool is_deaf;       /* no records are taken: a handshake only begins */
	bool has_no_memory; /* for a record */
	bool has_asked;     /* mbedTLS: the peer is to begin another handshake */
	bool reads_wire;    /* OpenSSL: the session reads the descriptor itself, and not `in` */
	bool owes_end;      /* OpenSSL: the descriptor did not take close_notify */
};

/* ---- For engines ---------------------------------------------------------------------------- */

/* Takes records: a number of bytes, TRANSPORT_WANT_READ, TRANSPORT_TRUNCATED or -errno. */
ptrdiff_t lvn_engine_take(struct engine *engine, void *data, size_t size);
/* Adds a record: 0 or -ENOMEM.  Outside of the engine's functions it also wakes the stream. */
int lvn_engine_give(struct engine *engine, const void *data, size_t size);

void lvn_engine_note_error(struct engine *engine, unsigned long code);
/* The most recent of them, which is taken away; 0 if there is none. */
unsigned long lvn_engine_pop_error(struct engine *engine);

#endif
