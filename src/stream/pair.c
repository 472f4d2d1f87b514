/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/pair.h"

#include <errno.h>

#include "base/memory.h"
#include "buffer/buffer_move.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/lifetime.h"
#include "stream/timeouts.h"

/*
 * Invariants:
 *   1. partner->partner is this one
 *   2. both have the same lock
 *   3. while neither is sending, there is nothing in the output that the partner could take
 *
 * Everything is protected by the lock.
 */
struct pair {
	struct stream stream;
	struct pair *partner; /* NULL once one of them was freed */
	bool is_sending;      /* callbacks of the buffers come back here: they leave it to us */
};

static struct pair *
of_stream(struct stream *stream)
{
	return container_of(stream, struct pair, stream);
}

/* ---- Moving bytes ------------------------------------------------------------------------ */

/* How much of the output can go to the partner's input now. */
static size_t
sendable_locked(struct pair *from) NO_LOCK_ANALYSIS
{
	struct pair *to = from->partner;
	size_t size = from->stream.output.size;
	size_t room;

	if (!to || !lvn_stream_writes_locked(&from->stream) ||
	    !lvn_stream_reads_locked(&to->stream))
		return 0;
	room = lvn_stream_input_room_locked(&to->stream);
	return size < room ? size : room;
}

static void
tell_locked(struct pair *from, struct pair *to) NO_LOCK_ANALYSIS
{
	lvn_timeouts_restart_read_locked(&to->stream);
	lvn_timeouts_restart_write_locked(&from->stream);
	lvn_deliver_read_locked(&to->stream, 0);
	lvn_deliver_write_locked(&from->stream, 0);
}

/* False if nothing could be moved. */
static bool
move_locked(struct pair *from, struct pair *to, size_t size) NO_LOCK_ANALYSIS
{
	size_t moved = 0;

	return lvn_buffer_move_some_locked(&to->stream.input, &from->stream.output, size, &moved) ==
		   0 &&
	       moved > 0;
}

/*
 * Callbacks of the buffers may write, drain and free meanwhile.  They come back here by the
 * changes they make, find is_sending set, and what they made possible is done in the loop.
 */
static void
send_locked(struct pair *from) NO_LOCK_ANALYSIS
{
	struct pair *to = from->partner;
	bool any = false;
	size_t size;

	if (!to || from->is_sending)
		return;
	from->is_sending = true;
	lvn_lifetime_hold_locked(&to->stream);
	while ((size = sendable_locked(from)) > 0 && move_locked(from, to, size))
		any = true;
	if (any)
		tell_locked(from, to);
	lvn_lifetime_release_later_locked(&to->stream);
	from->is_sending = false;
}

/* All of the output, whatever the partner says to it. */
static void
force_locked(struct pair *from) NO_LOCK_ANALYSIS
{
	struct pair *to = from->partner;

	if (from->is_sending || from->stream.output.size == 0)
		return;
	from->is_sending = true;
	lvn_lifetime_hold_locked(&to->stream);
	if (move_locked(from, to, from->stream.output.size))
		tell_locked(from, to);
	lvn_lifetime_release_later_locked(&to->stream);
	from->is_sending = false;
}

/* ---- What a stream does ------------------------------------------------------------------- */

static int
enable(struct stream *stream, short events) NO_LOCK_ANALYSIS
{
	struct pair *pair = of_stream(stream);

	if ((events & EV_READ) && pair->partner)
		send_locked(pair->partner);
	if (events & EV_WRITE)
		send_locked(pair);
	return lvn_timeouts_adjust_locked(stream);
}

static int
disable(struct stream *stream, short events) NO_LOCK_ANALYSIS
{
	(void)events;
	return lvn_timeouts_adjust_locked(stream);
}

static void
on_output(struct stream *stream) NO_LOCK_ANALYSIS
{
	send_locked(of_stream(stream));
	lvn_timeouts_restart_write_locked(stream);
}

/* What the other end hears when this one is through with it. */
static void
finish_locked(struct pair *partner, short events) NO_LOCK_ANALYSIS
{
	short what = BEV_EVENT_EOF;

	if (events & EV_WRITE)
		what |= BEV_EVENT_READING;
	if (events & EV_READ)
		what |= BEV_EVENT_WRITING;
	errno = 0;
	lvn_deliver_event_locked(&partner->stream, what, 0);
}

static int
flush(struct stream *stream, short events, enum bufferevent_flush_mode mode)
{
	struct pair *pair = of_stream(stream);

	if (!pair->partner)
		return -1;
	if (mode == BEV_NORMAL)
		return 0;
	if (events & EV_READ)
		force_locked(pair->partner);
	if ((events & EV_WRITE) && pair->partner)
		force_locked(pair);
	if (mode == BEV_FINISHED && pair->partner)
		finish_locked(pair->partner, events);
	return 0;
}

static void
unlink_partner(struct stream *stream)
{
	struct pair *pair = of_stream(stream);

	if (pair->partner)
		pair->partner->partner = NULL;
	pair->partner = NULL;
}

static const struct bufferevent_ops pair_ops = {
    .name = "pair",
    .enable = enable,
    .disable = disable,
    .flush = flush,
    .adjust_timeouts = lvn_timeouts_adjust_locked,
    .on_output = on_output,
    .unlink = unlink_partner,
};

struct pair *
lvn_pair_of(struct stream *stream)
{
	return stream->bev.be_ops == &pair_ops ? of_stream(stream) : NULL;
}

struct stream *
lvn_pair_partner_locked(const struct pair *pair) NO_LOCK_ANALYSIS
{
	return pair->partner ? &pair->partner->stream : NULL;
}

/* ---- Making ------------------------------------------------------------------------------- */

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
	lvn_timeouts_init(&half->stream);
	*half_out = half;
	return 0;
}

int
lvn_pair_new(struct event_base *base, int options, struct stream *pair_out[2])
{
	struct pair *first;
	struct pair *second;
	int rc;

	/* One end's callbacks shall not run within the other end's calls. */
	options |= BEV_OPT_DEFER_CALLBACKS;
	rc = new_half(base, options, NULL, &first);
	if (rc < 0)
		return rc;
	rc = new_half(base, options, &first->stream, &second);
	if (rc < 0) {
		lvn_lifetime_discard(&first->stream);
		return rc;
	}
	first->partner = second;
	second->partner = first;
	pair_out[0] = &first->stream;
	pair_out[1] = &second->stream;
	return 0;
}
