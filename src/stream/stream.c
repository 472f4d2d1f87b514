/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/stream.h"

#include <errno.h>
#include <event2/event.h>

#include "base/atomic.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/private.h"
#include "base/resolver_hook.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "loop/debug.h"
#include "stream/direction.h"
#include "stream/limits.h"
#include "stream/timeouts.h"

/* ---- What happens to the buffers ------------------------------------------------------- */

static void
on_input_changed(
    struct evbuffer *buffer, size_t old_size, size_t added, size_t removed, void *owner)
{
	struct stream *stream = owner;

	(void)buffer;
	(void)old_size;
	(void)added;
	lvn_lock_assume_held(stream->input.lock);
	if (LVN_LIKELY(!stream->bev.wm_read.high) &&
	    LVN_LIKELY(!stream->bev.be_ops->on_input_drained))
		return;
	lvn_stream_apply_watermark_locked(stream);
	if (removed > 0 && stream->bev.be_ops->on_input_drained)
		stream->bev.be_ops->on_input_drained(stream);
}

static void
on_output_changed(
    struct evbuffer *buffer, size_t old_size, size_t added, size_t removed, void *owner)
{
	struct stream *stream = owner;

	(void)buffer;
	(void)old_size;
	lvn_lock_assume_held(stream->input.lock);
	if (LVN_UNLIKELY(removed > 0))
		lvn_timeouts_restart_above_locked(stream);
	if (added > 0)
		stream->bev.be_ops->on_output(stream);
}

static void
reference_for_buffer(void *owner)
{
	struct stream *stream = owner;

	lvn_lock_assume_held(stream->input.lock);
	lvn_stream_reference_locked(stream);
}

static void
unreference_for_buffer(void *owner)
{
	struct stream *stream = owner;

	lvn_stream_enter(stream);
	lvn_stream_unreference_and_leave(stream);
}

static const struct buffer_owner_ops input_owner = {
    .offset = offsetof(struct stream, input),
    .on_change = on_input_changed,
    .reference = reference_for_buffer,
    .unreference = unreference_for_buffer,
};

static const struct buffer_owner_ops output_owner = {
    .offset = offsetof(struct stream, output),
    .on_change = on_output_changed,
    .reference = reference_for_buffer,
    .unreference = unreference_for_buffer,
};

/* ---- The lock ---------------------------------------------------------------------------- */

/* Streams that work on each other share it. */
struct stream_lock {
	struct lock lock;
	LVN_ATOMIC(unsigned) streams; /* that have it */
};

/* NULL if it is absent. */
static struct stream_lock *
shared_lock_of(struct stream *stream)
{
	if (stream->input.lock == &lvn_lock_absent)
		return NULL;
	return container_of(stream->input.lock, struct stream_lock, lock);
}

/* The input's is the stream's, and the output has the same. */
static void
set_lock(struct stream *stream, struct lock *lock)
{
	lvn_buffer_share_lock(&stream->input, lock);
	lvn_buffer_share_lock(&stream->output, lock);
}

/* Returns 0 or -ENOMEM. */
static int
init_lock(struct stream *stream)
{
	struct stream_lock *shared = lvn_calloc(1, sizeof(*shared));
	int rc;

	if (!shared)
		return -ENOMEM;
	rc = lvn_lock_init(&shared->lock, true);
	if (rc < 0) {
		lvn_free(shared);
		return rc;
	}
	atomic_init(&shared->streams, 1);
	set_lock(stream, &shared->lock);
	return 0;
}

static void
share_lock(struct stream *stream, struct stream *sibling)
{
	struct stream_lock *shared = shared_lock_of(sibling);

	if (shared)
		atomic_fetch_add_explicit(&shared->streams, 1, memory_order_relaxed);
	set_lock(stream, sibling->input.lock);
}

/* No thread holds it for this stream. */
static void
clear_lock(struct stream *stream)
{
	struct stream_lock *shared = shared_lock_of(stream);

	if (!shared || atomic_fetch_sub_explicit(&shared->streams, 1, memory_order_acq_rel) > 1)
		return;
	lvn_lock_clear(&shared->lock);
	lvn_free(shared);
}

/* ---- Lifetime -------------------------------------------------------------------------- */

static void
init_buffer(struct evbuffer *buffer, enum buffer_freeze frozen, const struct buffer_owner_ops *ops,
    unsigned watched)
{
	lvn_buffer_set_owner(buffer, ops);
	/* No other thread knows the stream yet. */
	lvn_lock_assume_held(buffer->lock);
	lvn_buffer_watch_locked(buffer, watched);
	lvn_buffer_freeze_locked(buffer, frozen);
}

int
lvn_stream_init(struct stream *stream, struct event_base *base, const struct bufferevent_ops *ops,
    int options, struct stream *sibling)
{
	int rc = 0;

	if ((options & BEV_OPT_UNLOCK_CALLBACKS) && !(options & BEV_OPT_DEFER_CALLBACKS)) {
		lvn_log_warnx("UNLOCK_CALLBACKS requires DEFER_CALLBACKS");
		return -EINVAL;
	}
	if (!base)
		base = lvn_current_base;
	if (!base) {
		lvn_log_warnx("a bufferevent needs an event_base");
		return -EINVAL;
	}
	/* Nothing else knows of it yet. */
	lvn_buffer_init(&stream->input);
	lvn_buffer_init(&stream->output);
	lvn_lock_assume_held(stream->input.lock);
	if ((options & BEV_OPT_DEFER_CALLBACKS) && !lvn_stream_extras_locked(stream))
		return -ENOMEM;
	if (sibling)
		share_lock(stream, sibling);
	else if ((options & BEV_OPT_THREADSAFE) && lvn_lock_threads_enabled())
		rc = init_lock(stream);
	if (rc < 0) {
		lvn_free(stream->extras);
		return rc;
	}
	stream->bev.ev_base = base;
	stream->bev.be_ops = ops;
	stream->bev.input = &stream->input;
	stream->bev.output = &stream->output;
	stream->bev.enabled = EV_WRITE;
	stream->options = (uint8_t)options;
	stream->references = 1;
	/* Until there is a high watermark nothing else waits for space in the input. */
	init_buffer(&stream->input, FROZEN_BACK, &input_owner,
	    ops->on_input_drained ? BUFFER_WATCHES_REMOVED : 0);
	init_buffer(&stream->output, FROZEN_FRONT, &output_owner, BUFFER_WATCHES_ADDED);
	lvn_debug_remember(stream);
	return 0;
}

void
lvn_stream_discard(struct stream *stream)
{
	lvn_debug_forget(stream);
	event_debug_unassign(&stream->bev.ev_read);
	event_debug_unassign(&stream->bev.ev_write);
	lvn_buffer_clear(&stream->input);
	lvn_buffer_clear(&stream->output);
	clear_lock(stream);
	lvn_free(stream->extras);
	lvn_free(stream);
}

static void
on_finalized(struct event *ev, void *arg)
{
	struct stream *stream = arg;

	(void)ev;
	/* The thread that has dropped the last reference may not have released the lock yet. */
	lvn_stream_enter(stream);
	lvn_stream_leave(stream);
	if (stream->bev.be_ops->destroy)
		stream->bev.be_ops->destroy(stream);
	lvn_stream_discard(stream);
}

/* They are EV_FINALIZE: this does not wait for their callbacks. */
static void
stop_events_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	event_del(&stream->bev.ev_read);
	event_del(&stream->bev.ev_write);
}

static void
end_stream_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	stop_events_locked(stream);
	lvn_limits_drop_locked(stream);
	/* event_base_free may have taken the event away. */
	stream->bev.ev_read.ev_base = stream->bev.ev_base;
	event_finalize(0, &stream->bev.ev_read, on_finalized);
}

/* The program has no reference any more. */
static void
retire_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	/* A callback that runs unlocked in another thread may use it until it returns. */
	if (!(stream->options & BEV_OPT_UNLOCK_CALLBACKS) || stream->callback_depth == 0)
		lvn_debug_forget(stream);
	lvn_lock_assume_held(stream->output.lock);
	lvn_buffer_silence_locked(&stream->input);
	lvn_buffer_silence_locked(&stream->output);
	if (stream->bev.be_ops->close)
		stream->bev.be_ops->close(stream);
}

bool
lvn_stream_unreference_and_leave(struct stream *stream)
{
	bool is_last = --stream->references == 0;

	if (is_last)
		end_stream_locked(stream);
	lvn_stream_leave(stream);
	return is_last;
}

void
lvn_stream_share_locked(struct stream *stream)
{
	stream->references++;
	stream->shares++;
}

bool
lvn_stream_unshare_and_leave(struct stream *stream)
{
	if (--stream->shares == 0 && (stream->flags & STREAM_IS_FREED))
		retire_locked(stream);
	return lvn_stream_unreference_and_leave(stream);
}

void *
lvn_stream_take_lookup_locked(struct stream *stream)
{
	void *lookup;

	if (!stream->extras || stream->input.lock->handle)
		return NULL;
	lookup = stream->extras->lookup;
	stream->extras->lookup = NULL;
	return lookup;
}

/* A deferred callback that has begun finds nothing to call. */
static void
cancel_deferred_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	stream->flags &= ~(uint32_t)(STREAM_READ_PENDING | STREAM_WRITE_PENDING);
	if (stream->extras)
		stream->extras->events_pending = 0;
	if ((stream->flags & STREAM_IS_SCHEDULED) &&
	    lvn_callback_unschedule(stream->bev.ev_base, &stream->extras->deferred))
		stream->flags &= ~(uint32_t)STREAM_IS_SCHEDULED;
}

void
lvn_stream_free_and_leave(struct stream *stream)
{
	stream->flags |= STREAM_IS_FREED;
	stream->bev.readcb = NULL;
	stream->bev.writecb = NULL;
	stream->bev.errorcb = NULL;
	stream->bev.enabled = 0;
	cancel_deferred_locked(stream);
	(void)stream->bev.be_ops->disable(stream, EV_READ | EV_WRITE);
	stop_events_locked(stream);
	lvn_limits_drop_locked(stream);
	if (LVN_UNLIKELY(stream->extras && stream->extras->lookup))
		lvn_resolver_hook_cancel(lvn_stream_take_lookup_locked(stream));
	if (stream->bev.be_ops->detach)
		stream->bev.be_ops->detach(stream);
	if (stream->shares == 0)
		retire_locked(stream);
	lvn_stream_unreference_and_leave(stream);
}

bool
lvn_stream_closes(const struct bufferevent *bev)
{
	return (lvn_stream_of_const(bev)->options & BEV_OPT_CLOSE_ON_FREE) != 0;
}
