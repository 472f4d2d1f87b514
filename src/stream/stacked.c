/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/stacked.h"

#include <errno.h>

#include "stream/direction.h"

static void
set_callbacks_locked(struct stream *below, const struct stacked_callbacks *callbacks, void *arg)
    REQUIRES(below->input.lock)
{
	below->bev.readcb = callbacks->on_read;
	below->bev.writecb = callbacks->on_written;
	below->bev.errorcb = callbacks->on_event;
	below->bev.cbarg = arg;
}

void
lvn_stacked_take_over_locked(
    struct stacked *stacked, struct stream *below, const struct stacked_callbacks *callbacks)
{
	stacked->below = below;
	lvn_stream_reference_locked(below);
	set_callbacks_locked(below, callbacks, stacked);
	below->flags |= STREAM_IS_BELOW;
	lvn_lock_assume_held(below->output.lock);
	lvn_buffer_watch_locked(&below->output, BUFFER_WATCHES_ADDED | BUFFER_WATCHES_REMOVED);
	lvn_stream_suspend_locked(below, EV_READ, SUSPENDED_BY_FILTER);
	(void)lvn_stream_enable_locked(below, EV_READ | EV_WRITE);
}

/* Returns with or without the lock, which the analysis does not allow. */
bool
lvn_stacked_enter(struct stacked *stacked) NO_LOCK_ANALYSIS
{
	lvn_stream_enter(&stacked->stream);
	if (LVN_LIKELY(!(stacked->stream.flags & STREAM_IS_FREED)))
		return true;
	lvn_stream_leave(&stacked->stream);
	return false;
}

int
lvn_stacked_resume_locked(struct stacked *stacked)
{
	lvn_stacked_has_locks_locked(stacked);
	return lvn_stream_unsuspend_locked(stacked->below, EV_READ, SUSPENDED_BY_FILTER);
}

void
lvn_stacked_suspend_locked(struct stacked *stacked)
{
	lvn_stacked_has_locks_locked(stacked);
	/* Once it is freed, the stream below belongs to the program. */
	if (!(stacked->stream.flags & STREAM_IS_FREED))
		lvn_stream_suspend_locked(stacked->below, EV_READ, SUSPENDED_BY_FILTER);
}

int
lvn_stacked_flush_locked(struct stacked *stacked, short events, enum bufferevent_flush_mode mode)
{
	struct stream *below = stacked->below;

	if (below->flags & STREAM_IS_FREED)
		return 0;
	return below->bev.be_ops->flush(below, events, mode);
}

bool
lvn_stacked_has_input(struct stream *stream)
{
	struct stacked *stacked = lvn_stacked_of(stream);

	return stacked->below->input.size > 0 || stacked->ending;
}

bool
lvn_stacked_is_sent(struct stream *stream)
{
	struct stacked *stacked = lvn_stacked_of(stream);

	return stacked->below->output.size == 0 || stacked->is_stuck ||
	       (stacked->below->flags & STREAM_IS_FREED);
}

evutil_socket_t
lvn_stacked_get_fd(struct stream *stream)
{
	struct stream *below = lvn_stacked_of(stream)->below;

	return below->bev.be_ops->get_fd ? below->bev.be_ops->get_fd(below) : -1;
}

int
lvn_stacked_set_fd(struct stream *stream, evutil_socket_t fd, bool closes_old)
{
	struct stream *below = lvn_stacked_of(stream)->below;

	return below->bev.be_ops->set_fd ? below->bev.be_ops->set_fd(below, fd, closes_old)
					 : -EINVAL;
}

struct stream *
lvn_stacked_get_below(struct stream *stream)
{
	return lvn_stacked_of(stream)->below;
}

static void
free_below(struct stream *below)
{
	lvn_stream_enter(below);
	lvn_stream_free_and_leave(below);
}

void
lvn_stacked_detach(struct stream *stream)
{
	static const struct stacked_callbacks none = {NULL, NULL, NULL};
	struct stacked *stacked = lvn_stacked_of(stream);

	lvn_stacked_has_locks_locked(stacked);
	if (stacked->below->flags & STREAM_IS_FREED)
		return;
	set_callbacks_locked(stacked->below, &none, NULL);
	stacked->below->flags &= ~(uint32_t)STREAM_IS_BELOW;
	if (stream->options & BEV_OPT_CLOSE_ON_FREE)
		free_below(stacked->below);
	else
		(void)lvn_stacked_resume_locked(stacked);
}

void
lvn_stacked_destroy(struct stream *stream)
{
	struct stream *below = lvn_stacked_of(stream)->below;

	lvn_stream_enter(below);
	lvn_stream_unreference_and_leave(below);
}
