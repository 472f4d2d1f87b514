/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/direction.h"

#include <errno.h>

#include "base/log.h"

int
lvn_stream_enable_locked(struct stream *stream, short events)
{
	short starts = 0;

	if (stream->flags & STREAM_IS_FREED)
		return -EINVAL;
	events &= EV_READ | EV_WRITE;
	stream->bev.enabled |= events;
	if ((events & EV_READ) && !stream->read_suspended)
		starts |= EV_READ;
	if ((events & EV_WRITE) && !stream->write_suspended)
		starts |= EV_WRITE;
	return starts ? stream->bev.be_ops->enable(stream, starts) : 0;
}

int
lvn_stream_disable_locked(struct stream *stream, short events)
{
	events &= EV_READ | EV_WRITE;
	stream->bev.enabled &= (short)~events;
	return stream->bev.be_ops->disable(stream, events);
}

/* In both directions: the first reason stops, the last one that goes resumes. */
static void
suspend_locked(struct stream *stream, short direction, uint8_t *reasons,
    enum stream_suspension reason) REQUIRES(stream->lock)
{
	if (!*reasons)
		(void)stream->bev.be_ops->disable(stream, direction);
	*reasons |= (uint8_t)reason;
}

static int
unsuspend_locked(struct stream *stream, short direction, uint8_t *reasons,
    enum stream_suspension reason) REQUIRES(stream->lock)
{
	int rc;

	if (!(*reasons & reason))
		return 0;
	*reasons &= (uint8_t)~reason;
	if (*reasons || !(stream->bev.enabled & direction) || (stream->flags & STREAM_IS_FREED))
		return 0;
	rc = stream->bev.be_ops->enable(stream, direction);
	if (LVN_LIKELY(rc >= 0))
		return 0;
	lvn_log_warnx("%s: bufferevent %p cannot go on", __func__, (void *)&stream->bev);
	*reasons |= (uint8_t)reason;
	return rc;
}

void
lvn_stream_suspend_read_locked(struct stream *stream, enum stream_suspension reason)
{
	suspend_locked(stream, EV_READ, &stream->read_suspended, reason);
}

int
lvn_stream_unsuspend_read_locked(struct stream *stream, enum stream_suspension reason)
{
	return unsuspend_locked(stream, EV_READ, &stream->read_suspended, reason);
}

void
lvn_stream_suspend_write_locked(struct stream *stream, enum stream_suspension reason)
{
	suspend_locked(stream, EV_WRITE, &stream->write_suspended, reason);
}

int
lvn_stream_unsuspend_write_locked(struct stream *stream, enum stream_suspension reason)
{
	return unsuspend_locked(stream, EV_WRITE, &stream->write_suspended, reason);
}

void
lvn_stream_obey_watermark_locked(struct stream *stream)
{
	if (lvn_stream_input_room_locked(stream) == 0)
		lvn_stream_suspend_read_locked(stream, SUSPENDED_BY_WATERMARK);
	else
		(void)lvn_stream_unsuspend_read_locked(stream, SUSPENDED_BY_WATERMARK);
}

void
lvn_stream_watch_input_locked(struct stream *stream)
{
	unsigned watched = stream->bev.be_ops->on_input_drained ? BUFFER_TELLS_REMOVED : 0;

	if (stream->bev.wm_read.high > 0)
		watched = BUFFER_TELLS_ADDED | BUFFER_TELLS_REMOVED;
	lvn_stream_has_buffers_locked(stream);
	lvn_buffer_watch_locked(&stream->input, watched);
	lvn_stream_obey_watermark_locked(stream);
}
