/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: bufferevents of sockets.
 */
#include <errno.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "stream/door.h"
#include "stream/sock_io.h"
#include "stream/socket.h"
#include "stream/stream.h"

struct bufferevent *
bufferevent_socket_new(struct event_base *base, evutil_socket_t fd, int options)
{
	struct stream *stream = lvn_socket_new(base, fd, options);

	return stream ? &stream->bev : NULL;
}

int
bufferevent_base_set(struct event_base *base, struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);
	int rc;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	if (!base)
		return lvn_log_misuse(__func__, "no base");
	if (!lvn_socket_is(stream))
		return lvn_log_misuse(__func__, "not a bufferevent of a socket");
	lvn_stream_enter(stream);
	rc = lvn_socket_set_base_locked(stream, base);
	lvn_stream_leave(stream);
	return lvn_stream_answer(rc);
}

int
bufferevent_priority_set(struct bufferevent *bufev, int pri)
{
	struct stream *stream = lvn_stream_of(bufev);
	int rc;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	if (!lvn_socket_is(stream))
		return lvn_log_misuse(__func__, "not a bufferevent of a socket");
	lvn_stream_enter(stream);
	rc = lvn_sock_io_set_priority_locked(stream, pri);
	lvn_stream_leave(stream);
	if (rc == -EINVAL)
		return lvn_log_misuse(__func__, "the base has no such priority");
	return lvn_stream_answer(rc);
}
