/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs of bufferevents: two streams in memory, of which each reads what the other writes.
 */
#include <errno.h>
#include <event2/bufferevent.h>

#include "base/memory.h"
#include "buffer/buffer_move.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/stream.h"
#include "stream/timeouts.h"

/*
 * Invariants:
 *   1. partner->partner is this one
 *   2. both have the same lock
 *   3. while neither is sending, the output has no bytes that the partner could take
 *
 * Everything is protected by the lock.
 */
struct pair {
	struct stream stream;
	struct pair *partner; /* NULL once one of them was freed */
	bool is_sending;      /* a nested call leaves the rest to the outer one */
};

static struct pair *
of_stream(struct stream *stream)
{
	return container_of(stream, struct pair, stream);
}

/* The caller holds the lock of one end, and so of both and of their buffers. */
static void
has_locks_locked(struct pair *pair) ASSUMES(pair->stream.input.lock, pair->stream.output.lock)
{
	(void)pair;
}

/* ---- Moving bytes ------------------------------------------------------------------------ */

/* How much of the output the partner can take now. */
static size_t
sendable_locked(struct pair *from, struct pair *to)
    REQUIRES(from->stream.input.lock, to->stream.input.lock)
{
	size_t size = from->stream.output.size;
	size_t space;

	if (!from->partner || !lvn_stream_writes_locked(&from->stream) ||
	    !lvn_stream_reads_locked(&to->stream))
		return 0;
	space = lvn_stream_input_space_locked(&to->stream);
	return size < space ? size : space;
}

/* False if nothing was moved. */
static bool
move_locked(struct pair *from, struct pair *to, size_t size)
    REQUIRES(from->stream.output.lock, to->stream.input.lock)
{
	size_t moved = 0;

	return lvn_buffer_move_some_locked(&to->stream.input, &from->stream.output, size, &moved) ==
		   0 &&
	       moved > 0;
}

/*
 * Moves what the partner takes, or with `forced` all of the output once.
 *
 * Callbacks of the buffers may write, drain and free.  The changes that they make lead here
 * again and find is_sending set.
 */
static void
send_locked(struct pair *from, bool forced) REQUIRES(from->stream.input.lock)
{
	struct pair *to = from->partner;
	bool any = false;
	size_t size;

	if (!to || from->is_sending)
		return;
	has_locks_locked(from);
	has_locks_locked(to);
	from->is_sending = true;
	if (forced)
		any =
		    from->stream.output.size > 0 && move_locked(from, to, from->stream.output.size);
	while (!forced && (size = sendable_locked(from, to)) > 0 && move_locked(from, to, size))
		any = true;
	if (any) {
		lvn_timeouts_restart_locked(&to->stream, EV_READ);
		lvn_timeouts_restart_locked(&from->stream, EV_WRITE);
		lvn_deliver_read_locked(&to->stream, 0);
		lvn_deliver_write_locked(&from->stream, 0);
	}
	from->is_sending = false;
}

/* ---- What a stream does ------------------------------------------------------------------- */

static int
enable(struct stream *stream, short events)
{
	struct pair *pair = of_stream(stream);
	struct pair *partner = pair->partner;

	has_locks_locked(pair);
	if ((events & EV_READ) && partner) {
		has_locks_locked(partner);
		send_locked(partner, false);
	}
	if (events & EV_WRITE)
		send_locked(pair, false);
	return 0;
}

static int
disable(struct stream *stream, short events)
{
	(void)stream;
	(void)events;
	return 0;
}

static void
on_output(struct stream *stream)
{
	struct pair *pair = of_stream(stream);

	has_locks_locked(pair);
	send_locked(pair, false);
	lvn_timeouts_update_locked(&pair->stream, EV_WRITE);
}

/* Reports the end of this one's directions to the partner. */
static void
finish_locked(struct pair *partner, short events) REQUIRES(partner->stream.input.lock)
{
	short what = BEV_EVENT_EOF;

	if (events & EV_WRITE)
		what |= BEV_EVENT_READING;
	if (events & EV_READ)
		what |= BEV_EVENT_WRITING;
	errno = 0;
	lvn_deliver_event_locked(&partner->stream, what, 0);
}

/* Callbacks of the buffers may free either end meanwhile. */
static int
flush(struct stream *stream, short events, enum bufferevent_flush_mode mode)
{
	struct pair *pair = of_stream(stream);
	struct pair *partner = pair->partner;

	if (!partner)
		return -1;
	if (mode == BEV_NORMAL)
		return 0;
	has_locks_locked(pair);
	has_locks_locked(partner);
	if (events & EV_READ)
		send_locked(partner, true);
	if (events & EV_WRITE)
		send_locked(pair, true);
	if (mode == BEV_FINISHED && pair->partner)
		finish_locked(partner, events);
	return 0;
}

static void
detach(struct stream *stream)
{
	struct pair *pair = of_stream(stream);

	if (pair->partner)
		pair->partner->partner = NULL;
	pair->partner = NULL;
}

static struct stream *
get_partner(struct stream *stream)
{
	struct pair *partner = of_stream(stream)->partner;

	return partner ? &partner->stream : NULL;
}

static const struct bufferevent_ops pair_ops = {
    .name = "pair",
    .enable = enable,
    .disable = disable,
    .flush = flush,
    .on_output = on_output,
    .get_partner = get_partner,
    .detach = detach,
};

/* ---- For programs -------------------------------------------------------------------------- */

static int
new_half(struct event_base *base, int options, struct stream *sibling, struct pair **half_out)
{
	struct pair *half = lvn_calloc(1, sizeof(*half));
	int rc;

	if (!half)
		return -ENOMEM;
	rc = lvn_stream_init(&half->stream, base, &pair_ops, options, sibling);
	if (rc < 0) {
		lvn_free(half);
		return rc;
	}
	lvn_stream_init_timers(&half->stream);
	*half_out = half;
	return 0;
}

int
bufferevent_pair_new(struct event_base *base, int options, struct bufferevent *pair[2])
{
	struct pair *first;
	struct pair *second;
	int rc;

	/* Callbacks of one end must not run within calls of the other. */
	options |= BEV_OPT_DEFER_CALLBACKS;
	rc = new_half(base, options, NULL, &first);
	if (rc < 0)
		return lvn_stream_result(rc);
	rc = new_half(base, options, &first->stream, &second);
	if (rc < 0) {
		lvn_stream_discard(&first->stream);
		return lvn_stream_result(rc);
	}
	first->partner = second;
	second->partner = first;
	pair[0] = &first->stream.bev;
	pair[1] = &second->stream.bev;
	return 0;
}

struct bufferevent *
bufferevent_pair_get_partner(struct bufferevent *bev)
{
	struct stream *stream = lvn_stream_of(bev);
	struct stream *partner;

	if (lvn_stream_is_gone(bev, __func__))
		return NULL;
	if (!bev->be_ops->get_partner)
		return NULL;
	lvn_stream_enter(stream);
	partner = bev->be_ops->get_partner(stream);
	lvn_stream_leave(stream);
	return partner ? &partner->bev : NULL;
}
