/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/stream.h"

#include <errno.h>
#include <event2/event.h>

#include "base/log.h"
#include "loop/base.h"
#include "loop/current_base.h"
#include "loop/debug.h"
#include "loop/deferred.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/lifetime.h"
#include "stream/stream_lock.h"

/* ---- What happens to the buffers ------------------------------------------------------- */

static void
on_input_changed(struct evbuffer *buffer, size_t old_size, size_t added, size_t removed,
    void *owner) NO_LOCK_ANALYSIS
{
	struct stream *stream = owner;

	(void)buffer;
	(void)old_size;
	(void)added;
	if (LVN_LIKELY(!stream->bev.wm_read.high) &&
	    LVN_LIKELY(!stream->bev.be_ops->on_input_drained))
		return;
	lvn_lifetime_hold_locked(stream);
	lvn_stream_obey_watermark_locked(stream);
	if (removed > 0 && stream->bev.be_ops->on_input_drained)
		stream->bev.be_ops->on_input_drained(stream);
	lvn_lifetime_release_later_locked(stream);
}

static void
on_output_changed(struct evbuffer *buffer, size_t old_size, size_t added, size_t removed,
    void *owner) NO_LOCK_ANALYSIS
{
	struct stream *stream = owner;

	(void)buffer;
	(void)old_size;
	(void)removed;
	if (added == 0)
		return;
	lvn_lifetime_hold_locked(stream);
	stream->bev.be_ops->on_output(stream);
	lvn_lifetime_release_later_locked(stream);
}

static void
hold_for_buffer(void *owner) NO_LOCK_ANALYSIS
{
	lvn_lifetime_hold_locked(owner);
}

static void
release_for_buffer(void *owner) NO_LOCK_ANALYSIS
{
	struct stream *stream = owner;

	lvn_stream_enter(stream);
	lvn_lifetime_release_and_leave(stream);
}

static const struct buffer_owner_ops input_owner = {
    .place = offsetof(struct stream, input),
    .on_change = on_input_changed,
    .retain = hold_for_buffer,
    .release = release_for_buffer,
};

static const struct buffer_owner_ops output_owner = {
    .place = offsetof(struct stream, output),
    .on_change = on_output_changed,
    .retain = hold_for_buffer,
    .release = release_for_buffer,
};

/* ---- Making ---------------------------------------------------------------------------- */

static void
init_buffer(struct stream *stream, struct evbuffer *buffer, enum buffer_freeze frozen,
    const struct buffer_owner_ops *ops, unsigned watched) NO_LOCK_ANALYSIS
{
	lvn_buffer_init(buffer);
	lvn_buffer_share_lock(buffer, stream->lock);
	lvn_buffer_set_owner(buffer, ops);
	lvn_buffer_watch_locked(buffer, watched);
	lvn_buffer_freeze_locked(buffer, frozen);
}

int
lvn_stream_init(struct stream *stream, struct event_base *base, const struct bufferevent_ops *ops,
    int options, struct stream *sibling)
{
	int rc;

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
	rc = lvn_stream_lock_init(stream, options, sibling);
	if (rc < 0)
		return rc;
	stream->bev.ev_base = base;
	stream->bev.be_ops = ops;
	stream->bev.input = &stream->input;
	stream->bev.output = &stream->output;
	stream->bev.enabled = EV_WRITE;
	stream->options = (uint8_t)options;
	stream->references = 1;
	/* Until there is a high watermark nobody else waits for room in the input. */
	init_buffer(stream, &stream->input, FROZEN_BACK, &input_owner,
	    ops->on_input_drained ? BUFFER_TELLS_REMOVED : 0);
	init_buffer(stream, &stream->output, FROZEN_FRONT, &output_owner, BUFFER_TELLS_ADDED);
	lvn_deferred_init(&stream->deferred, base, lvn_deliver_on_deferred, stream);
	lvn_debug_remember(stream);
	return 0;
}
