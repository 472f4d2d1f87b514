/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stream: what every bufferevent is, and what each kind of them has to provide.
 *
 * A kind's own structure begins with a struct stream, and is one allocation with its two
 * buffers in it.  What holds directions up and lets them go on is in direction.h, who keeps a
 * stream alive in lifetime.h, how users are called in deliver.h.
 */
#ifndef LVN_STREAM_STREAM_H
#define LVN_STREAM_STREAM_H

#include <event2/bufferevent.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "buffer/buffer.h"

struct stream;
struct stream_limits;

/* Why a direction that is enabled does not go on for now. */
enum stream_suspension {
	SUSPENDED_BY_WATERMARK = 1, /* the input is full */
	SUSPENDED_BY_LIMIT = 2,     /* the stream's own rate limit */
	SUSPENDED_BY_GROUP = 4,     /* the rate limit of its group */
	SUSPENDED_BY_LOOKUP = 8,    /* a name is being looked up */
	SUSPENDED_BY_FILTER = 16,   /* the stream above cannot take more */
};

/*
 * What a kind of streams does.  All but destroy are called with the stream's lock held and
 * may end up in callbacks of users, so that afterwards everything may have changed; the
 * caller keeps the stream alive.  Members that may be NULL say so.
 */
struct bufferevent_ops {
	const char *name;

	/*
	 * Start what `events` (EV_READ, EV_WRITE) ask for.  They are enabled and not suspended
	 * already; called again it does no harm.  0 or -errno.
	 */
	int (*enable)(struct stream *stream, short events);
	/* Stop them; `enabled` and the suspensions are seen to by the caller.  0 or -errno. */
	int (*disable)(struct stream *stream, short events);
	/* What bufferevent_flush answers: 1, 0 or -1. */
	int (*flush)(struct stream *stream, short events, enum bufferevent_flush_mode mode);
	/* The timeouts of the public struct have changed.  0 or -errno. */
	int (*adjust_timeouts)(struct stream *stream);
	/*
	 * The output has grown.  While `handling` is not 0, what the kind does about it may wait
	 * for settle.
	 */
	void (*on_output)(struct stream *stream);
	/* Callbacks have been made, `handling` is 0 again.  May be NULL. */
	void (*settle)(struct stream *stream);
	/* The input has become shorter.  NULL where nobody waits for it but the watermark. */
	void (*on_input_drained)(struct stream *stream);

	/* -1 if there is none.  NULL: this kind has no descriptor. */
	evutil_socket_t (*get_fd)(struct stream *stream);
	/* 0 or -errno.  `closes_old`: if the stream owns it.  NULL as before. */
	int (*set_fd)(struct stream *stream, evutil_socket_t fd, bool closes_old);
	/* NULL: there never is one. */
	struct bufferevent *(*get_underlying)(struct stream *stream);

	/*
	 * The user has given the stream up, although others may still hold it: let go of
	 * partners that would keep it alive.  Called once.  May be NULL.
	 */
	void (*unlink)(struct stream *stream);
	/*
	 * The last reference is gone, nothing of the stream runs or will run, and no lock is
	 * held: free what the kind owns, and close what it is to close.  The stream itself, its
	 * buffers and its lock are seen to by the caller.  May be NULL.
	 */
	void (*destroy)(struct stream *stream);
};

enum stream_flags {
	STREAM_READ_PENDING = 1, /* deferred calls of the callbacks */
	STREAM_WRITE_PENDING = 2,
	STREAM_IS_SCHEDULED = 4,   /* the loop will make them, and has a reference */
	STREAM_IS_FREED = 8,       /* by its user; no callback is made any more */
	STREAM_IS_CONNECTING = 16, /* until the socket says how that ended */
	STREAM_IS_REFUSED = 32,    /* connect failed at once; the loop tells it */
	STREAM_IS_LOOKING_UP = 64, /* a name */
	STREAM_READ_ARMED = 128,   /* ev_read was added */
	STREAM_WRITE_ARMED = 256,  /* ev_write was added */
	STREAM_WRITE_QUEUED = 512, /* ev_write was activated */
	STREAM_WRITE_IDLE = 1024,  /* it is armed although there is no output, without a timeout */
	STREAM_HAS_FAILED = 2048,  /* to connect: output waits for the user to do something */
	STREAM_IS_SHARED = 4096,   /* users took references, who may go on after it is freed */
};

/*
 * Invariants:
 *   1. bev.input == &input, bev.output == &output, both have the stream's lock and
 *      are frozen for the public at the end which is the stream's business
 *   2. references > 0; one of them is the user's until STREAM_IS_FREED
 *   3. a direction goes on if it is enabled and its suspensions are 0; only then may ev_read
 *      or ev_write be pending on a descriptor
 *   4. STREAM_READ_PENDING, STREAM_WRITE_PENDING and events_pending are empty unless
 *      STREAM_IS_SCHEDULED
 *   5. `handling` counts the calls on the stack that will look at the output when they are
 *      through with the users' callbacks
 *
 * Everything is protected by the lock.
 */
struct stream {
	struct bufferevent bev;
	struct evbuffer input;
	struct evbuffer output;
	struct lock *lock;              /* absent where there is none, never NULL */
	struct stream_limits *limits;   /* bounds and rate limits; NULL if there are none */
	struct event_callback deferred; /* makes deferred calls; in the end, finalizes */
	void *lookup;                   /* under way, if it can be cancelled */
	unsigned references;
	int error;               /* errno for the deferred event callback */
	int lookup_error;        /* EVUTIL_EAI_ of the last name */
	short events_pending;    /* BEV_EVENT_ for the deferred event callback */
	uint16_t flags;          /* enum stream_flags */
	uint8_t options;         /* enum bufferevent_options */
	uint8_t read_suspended;  /* enum stream_suspension */
	uint8_t write_suspended; /* enum stream_suspension */
	uint8_t handling;
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

/* ---- Entering and leaving, for doors -------------------------------------------------- */

LVN_HOT_INLINE void
lvn_stream_enter(struct stream *stream) ACQUIRES(stream->lock) NO_LOCK_ANALYSIS
{
	lvn_lock_acquire(stream->lock);
}

LVN_HOT_INLINE void
lvn_stream_leave(struct stream *stream) RELEASES(stream->lock) NO_LOCK_ANALYSIS
{
	lvn_lock_release(stream->lock);
}

/* The locks of the buffers are the stream's. */
LVN_HOT_INLINE void
lvn_stream_has_buffers_locked(struct stream *stream) REQUIRES(stream->lock)
    ASSUMES(stream->input.lock, stream->output.lock)
{
	(void)stream;
}

/* ---- Making (stream.c) ---------------------------------------------------------------- */

/*
 * Sets up a zeroed stream of this kind: writing enabled, one reference, which is the user's.
 * With a `sibling` it has its lock; else one of its own if the options ask for it.  0, or
 * -errno and nothing has to be undone.
 */
int lvn_stream_init(struct stream *stream, struct event_base *base,
    const struct bufferevent_ops *ops, int options, struct stream *sibling);

/* ---- Directions: see direction.h ------------------------------------------------------- */

/* Whether a direction is enabled and not held up. */
LVN_HOT_INLINE bool
lvn_stream_reads_locked(const struct stream *stream) REQUIRES(stream->lock)
{
	return (stream->bev.enabled & EV_READ) && !stream->read_suspended;
}

LVN_HOT_INLINE bool
lvn_stream_writes_locked(const struct stream *stream) REQUIRES(stream->lock)
{
	return (stream->bev.enabled & EV_WRITE) && !stream->write_suspended;
}

#endif
