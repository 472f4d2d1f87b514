/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/lifetime.h"

#include <event2/event.h>

#include "base/memory.h"
#include "base/resolver_hook.h"
#include "loop/debug.h"
#include "loop/deferred.h"
#include "stream/limits.h"
#include "stream/stream_lock.h"

/* Nobody knows of the stream any more, and nothing of it runs. */
static void
end(struct stream *stream)
{
	const struct bufferevent_ops *ops = stream->bev.be_ops;

	if (ops->destroy)
		ops->destroy(stream);
	lvn_lifetime_discard(stream);
}

void
lvn_lifetime_discard(struct stream *stream)
{
	lvn_debug_forget(stream);
	event_debug_unassign(&stream->bev.ev_read);
	event_debug_unassign(&stream->bev.ev_write);
	lvn_buffer_clear(&stream->input);
	lvn_buffer_clear(&stream->output);
	lvn_stream_lock_clear(stream);
	lvn_free(stream);
}

static void
on_finalized(struct event_callback *callback, void *arg)
{
	(void)callback;
	end(arg);
}

void
lvn_lifetime_end_and_leave(struct stream *stream)
{
	/* They are EV_FINALIZE: this does not wait for their callbacks. */
	event_del(&stream->bev.ev_read);
	event_del(&stream->bev.ev_write);
	lvn_stream_drop_limits_locked(stream);
	lvn_stream_leave(stream);
	if (lvn_deferred_is_calm(stream->bev.ev_base))
		end(stream);
	else
		lvn_deferred_finalize(stream->bev.ev_base, &stream->deferred, on_finalized, stream);
}

void
lvn_lifetime_schedule_end_locked(struct stream *stream)
{
	/* The only reference is the caller's, so none is with the loop. */
	stream->flags |= STREAM_IS_SCHEDULED;
	lvn_deferred_schedule(stream->bev.ev_base, &stream->deferred);
}

/*
 * A lookup is given up where nobody else can be answering it.  Elsewhere its answer is awaited,
 * and then ignored: it may already be on its way.
 */
static void *
lookup_to_cancel_locked(struct stream *stream) REQUIRES(stream->lock)
{
	void *lookup = stream->lookup;

	if (stream->lock->kind != LOCK_ABSENT)
		return NULL;
	stream->lookup = NULL;
	return lookup;
}

/* Deferred calls are not made any more. */
static void
cancel_deferred_locked(struct stream *stream) REQUIRES(stream->lock)
{
	stream->flags &= (uint16_t) ~(STREAM_READ_PENDING | STREAM_WRITE_PENDING);
	stream->events_pending = 0;
	if (!(stream->flags & STREAM_IS_SCHEDULED))
		return;
	/* Else it has begun, finds nothing to do, and gives its reference up itself. */
	if (lvn_deferred_cancel(stream->bev.ev_base, &stream->deferred)) {
		stream->flags &= (uint16_t)~STREAM_IS_SCHEDULED;
		lvn_lifetime_unhold_locked(stream);
	}
}

void
lvn_lifetime_free_and_leave(struct stream *stream)
{
	void *lookup;

	stream->flags |= STREAM_IS_FREED;
	stream->bev.readcb = NULL;
	stream->bev.writecb = NULL;
	stream->bev.errorcb = NULL;
	stream->bev.enabled = 0;
	cancel_deferred_locked(stream);
	(void)stream->bev.be_ops->disable(stream, EV_READ | EV_WRITE);
	lookup = lookup_to_cancel_locked(stream);
	if (lookup)
		lvn_resolver_hook_cancel(lookup);
	if (stream->bev.be_ops->unlink)
		stream->bev.be_ops->unlink(stream);
	lvn_lifetime_release_and_leave(stream);
}
