/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: filters.
 */
#include <errno.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "stream/door.h"
#include "stream/filter.h"
#include "stream/stream.h"

struct bufferevent *
bufferevent_filter_new(struct bufferevent *underlying, bufferevent_filter_cb input_filter,
    bufferevent_filter_cb output_filter, int options, void (*free_context)(void *), void *ctx)
{
	const struct filter_functions functions = {input_filter, output_filter, free_context, ctx};
	struct stream *below;
	struct stream *stream = NULL;
	int rc;

	if (!underlying) {
		lvn_log_misuse(__func__, "nothing to stand on");
		return NULL;
	}
	if (lvn_stream_is_gone(underlying, __func__))
		return NULL;
	below = lvn_stream_of(underlying);
	lvn_stream_enter(below);
	rc = lvn_filter_new_locked(below, &functions, options, &stream);
	lvn_stream_leave(below);
	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	return &stream->bev;
}
