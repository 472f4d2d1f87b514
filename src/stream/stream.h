/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stream: what every bufferevent is, how long it lives, and when its directions go on.
 *
 * A kind of streams (connected, pair, filter) has a structure that begins with a struct stream,
 * and a table of functions.  A stream is one allocation, with its two buffers in it.
 *
 * Lifetime: a stream lives until bufferevent_free was called and the last reference has gone.
 * References are held by the program (its own until it frees the stream, and those of
 * bufferevent_incref and bufferevent_lock), by a filter for the stream below it, by a lookup, and
 * by a deferred callback of a buffer.  An operation that the kernel has not completed would be
 * another one.
 *
 * The memory is always freed from the loop of the base, or by event_base_free, between two
 * callbacks and after the lock was taken once more.  So a function that runs in the loop's thread,
 * or that holds the lock, may go on using a stream after it has called a callback that may have
 * freed it: it finds STREAM_IS_FREED set, no direction enabled, and no descriptor.
 */
#ifndef LVN_STREAM_STREAM_H
#define LVN_STREAM_STREAM_H

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "base/memory.h"
#include "buffer/buffer.h"
#include "loop/debug.h"

struct connect_attempts;
struct sockaddr;
struct stream;
struct stream_limits;
struct transport_ops;

/* Why a direction that is enabled does not go on for now. */
enum stream_suspension {
	SUSPENDED_BY_WATERMARK = 1, /* the input is full */
	SUSPENDED_BY_LIMIT = 2,     /* the stream's own rate limit */
	SUSPENDED_BY_GROUP = 4,     /* the rate limit of its group */
	SUSPENDED_BY_DNS = 8,       /* waiting for a lookup */
	SUSPENDED_BY_FILTER = 16,   /* the filter above cannot take more */
};

/*
 * What a kind of streams does.  All but destroy are called with the stream's lock held and
 * may call callbacks of the program, so that afterwards everything may have changed.  Members
 * may be NULL where that is said.
 */
struct bufferevent_ops {
	const char *name;

	/*
	 * Start what `events` (EV_READ, EV_WRITE) ask for.  They are enabled and not suspended, and
	 * may have been started before.  Returns 0 or -errno.
	 */
	int (*enable)(struct stream *stream, short events);
	/* Stop them.  The caller changes `enabled` and the suspensions.  Returns 0 or -errno. */
	int (*disable)(struct stream *stream, short events);
	/* What bufferevent_flush does and returns: 1, 0 or -1. */
	int (*flush)(struct stream *stream, short events, enum bufferevent_flush_mode mode);
	/* The output has grown.  While callback_depth is not 0 this may wait for after_callbacks. */
	void (*on_output)(struct stream *stream);
	/* Callbacks have returned and callback_depth is 0.  NULL: nothing to do. */
	void (*after_callbacks)(struct stream *stream);
	/* The input has become shorter.  NULL: only the watermark waits for that. */
	void (*on_input_drained)(struct stream *stream);

	/* Returns -1 if there is no descriptor.  NULL: this kind never has one. */
	evutil_socket_t (*get_fd)(struct stream *stream);
	/* `closes_old`: if the stream owns it.  Returns 0 or -errno.  NULL as for get_fd. */
	int (*set_fd)(struct stream *stream, evutil_socket_t fd, bool closes_old);
	/* What bufferevent_socket_connect does; 0 or -errno.  NULL: this kind does not connect. */
	int (*connect)(struct stream *stream, const struct sockaddr *address, int size);
	/*
	 * Several addresses are tried, and the state of the stream has changed.  NULL where there
	 * is no connect.
	 */
	void (*watch_attempts)(struct stream *stream);
	/* Moves a stream that waits for nothing to another base; 0 or -errno.  NULL: impossible. */
	int (*set_base)(struct stream *stream, struct event_base *base);
	/* 0 or -EINVAL: the base has no such priority.  NULL: impossible. */
	int (*set_priority)(struct stream *stream, int priority);
	/* The stream below, or the other end of a pair.  NULL: this kind has none. */
	struct stream *(*get_below)(struct stream *stream);
	struct stream *(*get_partner)(struct stream *stream);

	/*
	 * bufferevent_free was called, and there may be other references: detach from the partner
	 * or the stream below.  Called once.  May be NULL.
	 */
	void (*detach)(struct stream *stream);
	/*
	 * The stream was freed, and the program has no other reference: close the descriptor if
	 * the stream owns it.  Called once.  May be NULL.
	 */
	void (*close)(struct stream *stream);
	/*
	 * The last reference has gone, no function of the stream is running, and no lock is held:
	 * free what this kind owns.  The caller frees the stream, its buffers and its lock.  May
	 * be NULL.
	 */
	void (*destroy)(struct stream *stream);
};

enum stream_flags {
	STREAM_READ_PENDING = 1 << 0, /* deferred calls of the callbacks */
	STREAM_WRITE_PENDING = 1 << 1,
	STREAM_IS_SCHEDULED = 1 << 2, /* the loop will make them */
	STREAM_IS_FREED = 1 << 3,     /* by the program: no callback is called any more */
	STREAM_IS_BELOW = 1 << 4,     /* cbarg is the stream above */

	/* Of ev_read and ev_write, which are mere timers where there is no descriptor. */
	STREAM_READ_ARMED = 1 << 5,   /* added */
	STREAM_WRITE_ARMED = 1 << 6,  /* added */
	STREAM_READ_QUEUED = 1 << 7,  /* activated */
	STREAM_WRITE_QUEUED = 1 << 8, /* activated */

	/* Of connected streams. */
	STREAM_IS_LOOKING_UP = 1 << 9,      /* a name */
	STREAM_IS_CONNECTING = 1 << 10,     /* until the socket reports how that ended */
	STREAM_IS_REFUSED = 1 << 11,        /* connect failed at once; the loop reports it */
	STREAM_IS_STARTING = 1 << 12,       /* the transport's handshake */
	STREAM_START_WANTS_WRITE = 1 << 13, /* else it waits until the descriptor is readable */
	STREAM_READ_WANTS_WRITE = 1 << 14,
	STREAM_WRITE_WANTS_READ = 1 << 15,
	STREAM_WRITE_IS_BLOCKED = 1 << 16, /* the descriptor did not take everything */
	STREAM_WRITE_IS_ASKED = 1 << 17,   /* the write callback waits until it can be written to */
	STREAM_IS_LATE = 1 << 18,          /* connecting or starting has timed out */
	/* After connecting has failed a direction waits for the program to use it again. */
	STREAM_READ_HAS_FAILED = 1 << 19,
	STREAM_WRITE_HAS_FAILED = 1 << 20,
	STREAM_FD_BLOCKS = 1 << 21,    /* calls on the descriptor block, when it was set */
	STREAM_IS_CARRIED = 1 << 22,   /* its wire is the stream below; it is a struct stacked */
	STREAM_HAS_UNSENT = 1 << 23,   /* the transport, beside the output */
	STREAM_IN_TRANSPORT = 1 << 24, /* one of the transport's functions is on the stack */
	STREAM_TAKES_FIRST_ADDRESS = 1 << 25, /* of a name */
	STREAM_NEEDS_INPUT = 1 << 26,         /* the transport, although reading may be disabled */
};

/* What few streams need.  It is allocated when one of these is, and freed with the stream. */
struct stream_extras {
	struct event_callback deferred;    /* makes deferred calls */
	short events_pending;              /* BEV_EVENT_ for the deferred event callback */
	int error;                         /* errno for it */
	struct stream_limits *limits;      /* bounds and rate limits; NULL if there are none */
	struct connect_attempts *attempts; /* of connecting to a name; NULL if there are none */
	void *lookup;                      /* under way, if it can be cancelled */
	int lookup_error;                  /* EVUTIL_EAI_ of the last name */
};

/*
 * Invariants:
 *   1. bev.input == &input, bev.output == &output, both have the same lock, which is the
 *      stream's, and are frozen for the public at the end which is the stream's business
 *   2. references > shares until STREAM_IS_FREED: the program has one that is no share
 *   3. a direction goes on if it is enabled and not suspended
 *   4. STREAM_READ_PENDING, STREAM_WRITE_PENDING and events_pending of the extras are empty
 *      unless STREAM_IS_SCHEDULED, or there was no memory for the extras
 *   5. callback_depth counts the functions on the stack that call after_callbacks when they are
 *      through with the program's callbacks
 *
 * Everything is protected by the lock.
 */
struct stream {
	struct bufferevent bev;
	struct evbuffer input;
	struct evbuffer output;
	const struct transport_ops *transport; /* of a connected stream; else NULL */
	struct stream_extras *extras;          /* NULL until one of them is needed */
	unsigned references;
	unsigned shares;         /* references of bufferevent_incref and bufferevent_lock */
	uint32_t flags;          /* enum stream_flags */
	uint8_t options;         /* enum bufferevent_options */
	uint8_t read_suspended;  /* enum stream_suspension */
	uint8_t write_suspended; /* enum stream_suspension */
	uint8_t callback_depth;
};

LVN_HOT_INLINE struct stream *
lvn_stream_of(struct bufferevent *bufev)
{
	return container_of(bufev, struct stream, bev);
}

LVN_HOT_INLINE const struct stream *
lvn_stream_of_const(const struct bufferevent *bufev)
{
	return (const struct stream *)(const void *)bufev;
}

/* ---- For public functions -------------------------------------------------------------- */

LVN_HOT_INLINE void
lvn_stream_enter(struct stream *stream) ACQUIRES(stream->input.lock)
{
	lvn_lock_acquire(stream->input.lock);
}

LVN_HOT_INLINE void
lvn_stream_leave(struct stream *stream) RELEASES(stream->input.lock)
{
	lvn_lock_release(stream->input.lock);
}

/* True, with a log line and EINVAL, if debug mode knows that the program has freed it. */
LVN_HOT_INLINE bool
lvn_stream_is_gone(const struct bufferevent *bufev, const char *caller)
{
	return lvn_debug_refuses_object(lvn_stream_of_const(bufev), "bufferevent", caller);
}

/* Enters unless it is gone. */
LVN_HOT_INLINE bool
lvn_stream_enter_live(struct stream *stream, const char *caller) TRIES(true, stream->input.lock)
{
	if (lvn_stream_is_gone(&stream->bev, caller))
		return false;
	lvn_stream_enter(stream);
	return true;
}

/* Translates 0 or -errno to 0, or -1 and errno. */
LVN_HOT_INLINE int
lvn_stream_result(int rc)
{
	if (LVN_LIKELY(rc >= 0))
		return 0;
	errno = -rc;
	return -1;
}

/* Leaves, and translates 0 or -errno. */
LVN_HOT_INLINE int
lvn_stream_leave_with(struct stream *stream, int rc) RELEASES(stream->input.lock)
{
	lvn_stream_leave(stream);
	return lvn_stream_result(rc);
}

/* NULL if there are none, and there is no memory for them. */
static inline struct stream_extras *
lvn_stream_extras_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	if (!stream->extras)
		stream->extras = (struct stream_extras *)lvn_calloc(1, sizeof(*stream->extras));
	return stream->extras;
}

/* NULL if there are none. */
LVN_HOT_INLINE struct stream_limits *
lvn_stream_limits_locked(const struct stream *stream) REQUIRES(stream->input.lock)
{
	return LVN_LIKELY(!stream->extras) ? NULL : stream->extras->limits;
}

/* ---- Lifetime -------------------------------------------------------------------------- */

/*
 * Sets up a zeroed stream of this kind: writing enabled, one reference, which is the program's.
 * With a `sibling` it has its lock; else one of its own if the options ask for it.  Returns 0, or
 * -errno and nothing has to be undone.
 */
int lvn_stream_init(struct stream *stream, struct event_base *base,
    const struct bufferevent_ops *ops, int options, struct stream *sibling);

/* Undoes lvn_stream_init for a stream that the program has not seen, and frees its block. */
void lvn_stream_discard(struct stream *stream);

/*
 * Does what bufferevent_free does: removes the callbacks and events, closes the descriptor, and
 * drops the program's first reference.
 */
void lvn_stream_free_and_leave(struct stream *stream) RELEASES(stream->input.lock);

LVN_HOT_INLINE void
lvn_stream_reference_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	stream->references++;
}

/* Drops a reference and releases the lock.  Returns true if it was the last reference. */
bool lvn_stream_unreference_and_leave(struct stream *stream) RELEASES(stream->input.lock);

/* References of the program: while there are any, the descriptor of a freed stream stays open. */
void lvn_stream_share_locked(struct stream *stream) REQUIRES(stream->input.lock);
bool lvn_stream_unshare_and_leave(struct stream *stream) RELEASES(stream->input.lock);

/*
 * Takes a lookup that is to be cancelled, which is done where no other thread can be in its
 * callback.  NULL elsewhere: its result is awaited and ignored.
 */
void *lvn_stream_take_lookup_locked(struct stream *stream) REQUIRES(stream->input.lock);

/* ---- Directions (direction.h) ------------------------------------------------------------ */

/* Whether a direction is enabled and not suspended. */
LVN_HOT_INLINE bool
lvn_stream_reads_locked(const struct stream *stream) REQUIRES(stream->input.lock)
{
	return (stream->bev.enabled & EV_READ) && !stream->read_suspended;
}

LVN_HOT_INLINE bool
lvn_stream_writes_locked(const struct stream *stream) REQUIRES(stream->input.lock)
{
	return (stream->bev.enabled & EV_WRITE) && !stream->write_suspended;
}

#endif
