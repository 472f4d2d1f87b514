/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/sock_lookup.h"

#include <errno.h>
#include <netdb.h>

#include "base/addrinfo.h"
#include "stream/deliver.h"
#include "stream/direction.h"
#include "stream/lifetime.h"
#include "stream/sock_connect.h"

int
lvn_sock_lookup_begin_locked(struct stream *stream)
{
	if (stream->flags & (STREAM_IS_LOOKING_UP | STREAM_IS_FREED))
		return -EBUSY;
	stream->flags |= STREAM_IS_LOOKING_UP;
	stream->lookup_error = 0;
	lvn_lifetime_hold_locked(stream);
	lvn_stream_suspend_read_locked(stream, SUSPENDED_BY_LOOKUP);
	lvn_stream_suspend_write_locked(stream, SUSPENDED_BY_LOOKUP);
	return 0;
}

void
lvn_sock_lookup_note_locked(struct stream *stream, void *lookup)
{
	if (stream->flags & STREAM_IS_LOOKING_UP)
		stream->lookup = lookup;
}

static void
connect_to_locked(struct stream *stream, const struct addrinfo *found) REQUIRES(stream->lock)
{
	int rc = lvn_sock_connect_start_locked(stream, found->ai_addr, (int)found->ai_addrlen);

	if (rc == 0)
		return;
	errno = -rc;
	lvn_deliver_event_locked(stream, BEV_EVENT_ERROR, 0);
}

void
lvn_sock_lookup_finish_locked(struct stream *stream, int error, struct addrinfo *list)
{
	stream->flags &= (uint16_t)~STREAM_IS_LOOKING_UP;
	stream->lookup = NULL;
	lvn_stream_unsuspend_read_locked(stream, SUSPENDED_BY_LOOKUP);
	lvn_stream_unsuspend_write_locked(stream, SUSPENDED_BY_LOOKUP);
	if (!(stream->flags & STREAM_IS_FREED)) {
		stream->lookup_error = error;
		if (error == 0)
			connect_to_locked(stream, list);
		else
			lvn_deliver_event_locked(stream, BEV_EVENT_ERROR, 0);
	}
	lvn_addrinfo_free(list);
}
