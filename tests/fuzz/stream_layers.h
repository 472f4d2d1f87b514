/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filters for random stacks of streams.  Both sides of a connection have the same: what one does
 * on the way out the other undoes on the way in.
 */
#ifndef LEVIN_TESTS_FUZZ_STREAM_LAYERS_H
#define LEVIN_TESTS_FUZZ_STREAM_LAYERS_H

#include <event2/bufferevent.h>
#include <stddef.h>

enum layer_kind {
	LAYER_PLAIN,  /* without functions */
	LAYER_XOR,    /* changes each byte */
	LAYER_TWICE,  /* sends each byte twice */
	LAYER_HOLDER, /* holds back until it has a chunk, or is flushed */
	LAYER_KINDS
};

struct layer {
	enum layer_kind kind;
	size_t chunk; /* of one call, up to STREAM_LAYER_CHUNK_MAX */
	unsigned char key;
};

enum { STREAM_LAYER_CHUNK_MAX = 600 };

/* For bufferevent_filter_new; the argument is the layer. */
enum bufferevent_filter_result stream_layer_out(struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit, enum bufferevent_flush_mode mode, void *layer);
enum bufferevent_filter_result stream_layer_in(struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit, enum bufferevent_flush_mode mode, void *layer);

#endif
