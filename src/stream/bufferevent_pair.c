/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: pairs of bufferevents.
 */
#include <event2/bufferevent.h>

#include "stream/door.h"
#include "stream/pair.h"
#include "stream/stream.h"

int
bufferevent_pair_new(struct event_base *base, int options, struct bufferevent *pair[2])
{
	struct stream *streams[2];
	int rc = lvn_pair_new(base, options, streams);

	if (rc < 0)
		return lvn_stream_answer(rc);
	pair[0] = &streams[0]->bev;
	pair[1] = &streams[1]->bev;
	return 0;
}

struct bufferevent *
bufferevent_pair_get_partner(struct bufferevent *bev)
{
	struct stream *stream = lvn_stream_of(bev);
	struct stream *partner;
	struct pair *pair;

	if (lvn_stream_is_gone(bev, __func__))
		return NULL;
	pair = lvn_pair_of(stream);
	if (!pair)
		return NULL;
	lvn_stream_enter(stream);
	partner = lvn_pair_partner_locked(pair);
	lvn_stream_leave(stream);
	return partner ? &partner->bev : NULL;
}
