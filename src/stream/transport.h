/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A transport: how bytes get from the buffers of a connected stream to its wire and back.  The
 * wire is a descriptor, or the stream below (carried.c).
 *
 * A plain socket reads and writes.  Others, such as TLS, have a handshake first, must sometimes
 * write before they can read and read before they can write, and keep bytes that the wire does
 * not know of.  Everything else is the same for all and is in connected.c: watching the
 * wire, writing after callbacks, connecting, timeouts, watermarks, rate limits, callbacks.
 *
 * libevent_openssl and libevent_mbedtls use this interface, and it alone, to add theirs.
 */
#ifndef LVN_STREAM_TRANSPORT_H
#define LVN_STREAM_TRANSPORT_H

#include <event2/util.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct bufferevent;
struct evbuffer;
struct event_base;
struct stream;

/*
 * What read, write and start return beside a number of bytes and -errno.  -EAGAIN is never
 * returned.
 */
enum transport_result {
	TRANSPORT_END = 0,              /* read: the peer has ended its output; start: done */
	TRANSPORT_TRUNCATED = -100001,  /* the connection has ended without the peer saying so */
	TRANSPORT_WANT_READ = -100002,  /* call again when the wire is readable */
	TRANSPORT_WANT_WRITE = -100003, /* call again when the wire is writable */
	TRANSPORT_CLOSED = -100004      /* start: the peer has ended, and that is no error */
};

/* One call of a transport. */
struct transport_traffic {
	size_t may_read; /* so many bytes of the wire, by the rate limits */
	/* What went through the wire.  Rate limits count these. */
	size_t read;
	size_t written;
	bool has_started; /* read: another handshake is done, for BEV_EVENT_CONNECTED */
};

/*
 * All members but read and write may be NULL.  They are called with the stream's lock held and
 * with a wire, by one thread at a time, never inside each other, and never block.  read and write change the buffers,
 * whose callbacks may free the stream: what they use is still there when these return.
 */
struct transport_ops {
	/* Of the kind of streams.  All whose transport has this name have one kind of state. */
	const char *name;

	/*
	 * Append at most `most` bytes to the input.  Returns their number, TRANSPORT_END,
	 * TRANSPORT_TRUNCATED, a want, or -errno.  `most` is 0 when it is called for what
	 * needs_input says while the program does not read; then it returns no number.
	 */
	ptrdiff_t (*read)(struct stream *stream, size_t most, struct transport_traffic *traffic);

	/*
	 * Send at most `most` bytes of the output and drain them.  Returns their number, a want,
	 * -ENODATA if the output begins with a part of a file that is not there, or -errno.  There
	 * is output, and `most` is not 0; or else it is called for what has_unsent says, and
	 * returns 0 when that is sent.
	 */
	ptrdiff_t (*write)(struct stream *stream, size_t most, struct transport_traffic *traffic);

	/*
	 * Begin, or go on with, what comes before data: a handshake.  It is called for each new
	 * descriptor once that is connected.  Returns 0 when done, 1 if that is to be reported by
	 * BEV_EVENT_CONNECTED, a want, TRANSPORT_TRUNCATED, TRANSPORT_CLOSED or -errno.
	 */
	ptrdiff_t (*start)(struct stream *stream, struct transport_traffic *traffic);

	/* Whether read would return something although the wire is not readable. */
	bool (*pending)(struct stream *stream);

	/* Whether there is something to send that is not output, also while writing is disabled. */
	bool (*has_unsent)(struct stream *stream);

	/*
	 * Whether bytes of the wire are needed for something that is not input, such as another
	 * handshake, also while reading is disabled or the input is full.  Only where there is
	 * has_unsent.
	 */
	bool (*needs_input)(struct stream *stream);

	/* The stream has another descriptor, or none with -1: forget the state of the old one. */
	void (*on_fd)(struct stream *stream, evutil_socket_t fd);

	/* The stream was freed and the descriptor closes next: say goodbye if that does not wait. */
	void (*close)(struct stream *stream);

	/* The stream is about to be freed, without locks: free what the transport has. */
	void (*destroy)(struct stream *stream);
};

/* ---- Making streams --------------------------------------------------------------------- */

/*
 * Makes a stream over a descriptor, or over none with -1.  `size` bytes are allocated for it and
 * zeroed; they begin with a struct stream, and the rest is the transport's.  Returns NULL with
 * errno on failure, and the descriptor is then not closed.
 */
struct stream *lvn_connected_new(struct event_base *base, evutil_socket_t fd, int options,
    const struct transport_ops *transport, size_t size);

/*
 * The same for other libraries: `state` is the transport's.  Where the loop runs on another thread,
 * the transport may start before this returns.
 */
LVN_EXPORT struct stream *lvn_transport_new(struct event_base *base, evutil_socket_t fd,
    int options, const struct transport_ops *transport, void *state);

/*
 * The same on top of the bufferevent below, which it takes over: its lock, base, callbacks and
 * reading, without its read watermark.  On failure nothing has changed.
 */
LVN_EXPORT struct stream *lvn_transport_new_on_top(
    struct bufferevent *below, int options, const struct transport_ops *transport, void *state);

/* ---- For functions of a transport -------------------------------------------------------- */

LVN_EXPORT void *lvn_transport_state(struct stream *stream);
LVN_EXPORT struct bufferevent *lvn_transport_bufferevent(struct stream *stream);
/* The descriptor, that of a stream below too; -1 if there is none. */
LVN_EXPORT evutil_socket_t lvn_transport_fd(struct stream *stream);

/*
 * Moves bytes that have come on the wire to the end of a buffer.  Returns their number,
 * TRANSPORT_END, TRANSPORT_WANT_READ, or -errno.
 */
LVN_EXPORT ptrdiff_t lvn_transport_receive(
    struct stream *stream, struct evbuffer *into, struct transport_traffic *traffic);

/* Moves bytes from a buffer to the wire.  Returns their number, TRANSPORT_WANT_WRITE, or -errno. */
LVN_EXPORT ptrdiff_t lvn_transport_send(
    struct stream *stream, struct evbuffer *from, size_t most, struct transport_traffic *traffic);

/* The same from memory, by one system call, where the wire is a descriptor that does not block. */
LVN_EXPORT bool lvn_transport_is_direct(struct stream *stream);
LVN_EXPORT ptrdiff_t lvn_transport_send_directly(
    struct stream *stream, const void *data, size_t size, struct transport_traffic *traffic);

/* Whether the stream below has sent everything; true without one. */
LVN_EXPORT bool lvn_transport_is_sent(struct stream *stream);

/*
 * Bytes of the output, which has more than `at`, from that position.  Returns how many there are
 * at *data_out: in the output, or copied to `scratch`, so that there are at least `size` if the
 * output has them.  -ENODATA or -errno if they are in a file that cannot be read.
 */
LVN_EXPORT ptrdiff_t lvn_transport_peek(
    struct stream *stream, size_t at, void *scratch, size_t size, const void **data_out);

/* ---- For public functions of a transport -------------------------------------------------- */

/* The state of a bufferevent with a transport of this name; else NULL. */
LVN_EXPORT void *lvn_transport_find(struct bufferevent *bufev, const char *name);

/*
 * The transport has something to send, outside of its functions: write is called from the loop.
 * Inside of them it does nothing.
 */
LVN_EXPORT void lvn_transport_wake(struct stream *stream);

#endif
