/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stream on top of another one, the stream below: what every kind of filter shares.
 *
 * It takes over the callbacks of the stream below, suspends its reading while it does not read
 * itself, flushes it, passes on what concerns the descriptor, and gives it back when it is freed.
 */
#ifndef LVN_STREAM_STACKED_H
#define LVN_STREAM_STACKED_H

#include <event2/bufferevent.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "stream/stream.h"

/*
 * The first member of a kind's own structure.
 *
 * Invariants:
 *   1. both streams have the same lock
 *   2. there is a reference to `below` until the stream on top is destroyed
 *   3. `below` is SUSPENDED_BY_FILTER while the stream on top does not read
 */
struct stacked {
	struct stream stream;
	void *transport_state; /* of a carried stream, where struct hosted has it */
	struct stream *below;
	short ending; /* BEV_EVENT_ bits of the end of the input below, not reported yet; or 0 */
	int ending_error; /* errno for them */
	bool is_stuck;    /* writing below has failed */
};

/* Called by the stream below, on the loop's thread; the argument is the struct stacked. */
struct stacked_callbacks {
	bufferevent_data_cb on_read;
	bufferevent_data_cb on_written;
	bufferevent_event_cb on_event;
};

LVN_HOT_INLINE struct stacked *
lvn_stacked_of(struct stream *stream)
{
	return container_of(stream, struct stacked, stream);
}

/* One lock protects both streams and their buffers. */
LVN_HOT_INLINE void
lvn_stacked_has_locks_locked(struct stacked *stacked) ASSUMES(stacked->stream.input.lock,
    stacked->stream.output.lock, stacked->below->input.lock, stacked->below->output.lock)
{
	(void)stacked;
}

/*
 * Puts `stacked`, whose stream was initialized with `below` as its sibling, on top of it.  The
 * stream below is enabled, and reads once the one on top does.
 */
void lvn_stacked_take_over_locked(struct stacked *stacked, struct stream *below,
    const struct stacked_callbacks *callbacks) REQUIRES(below->input.lock);

/*
 * Takes the lock, for the callbacks: the stream below has released it if it unlocks callbacks.
 * False, without the lock, if another thread has freed the stream on top meanwhile.
 */
bool lvn_stacked_enter(struct stacked *stacked);

/* Resumes and suspends reading of the stream below.  Returns 0 or -errno. */
int lvn_stacked_resume_locked(struct stacked *stacked);
void lvn_stacked_suspend_locked(struct stacked *stacked);

/* Returns what bufferevent_flush of the stream below does; 0 if that was freed. */
int lvn_stacked_flush_locked(
    struct stacked *stacked, short events, enum bufferevent_flush_mode mode);

/* Whether there is input below, or its end. */
bool lvn_stacked_has_input(struct stream *stream);
/* Whether the stream below has sent all its output, or never will. */
bool lvn_stacked_is_sent(struct stream *stream);

/* Members of struct bufferevent_ops, all of the stream below's. */
evutil_socket_t lvn_stacked_get_fd(struct stream *stream);
int lvn_stacked_set_fd(struct stream *stream, evutil_socket_t fd, bool closes_old);
struct stream *lvn_stacked_get_below(struct stream *stream);
/*
 * Frees the stream below with BEV_OPT_CLOSE_ON_FREE.  Else it is left to the program, without
 * callbacks and reading.
 */
void lvn_stacked_detach(struct stream *stream);
/* Drops the reference. */
void lvn_stacked_destroy(struct stream *stream);

#endif
