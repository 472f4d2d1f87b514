/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams that stand on another one and turn the bytes on their way.
 */
#ifndef LVN_STREAM_FILTER_H
#define LVN_STREAM_FILTER_H

#include <event2/bufferevent.h>

#include "stream/stream.h"

struct filter;

/* What the program brings; functions may be NULL. */
struct filter_functions {
	bufferevent_filter_cb input;
	bufferevent_filter_cb output;
	void (*free_context)(void *context);
	void *context;
};

/* The lock of `below` is held.  0, or -errno and nothing has changed. */
int lvn_filter_new_locked(struct stream *below, const struct filter_functions *functions,
    int options, struct stream **stream_out) REQUIRES(below->lock);

#endif
