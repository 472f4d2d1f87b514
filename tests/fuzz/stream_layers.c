/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/stream_layers.h"

#include <event2/buffer.h>
#include <stdbool.h>

static size_t
piece_of(const struct layer *layer, struct evbuffer *from, ev_ssize_t limit)
{
	size_t size = evbuffer_get_length(from);

	if (size > layer->chunk)
		size = layer->chunk;
	if (limit >= 0 && size > (size_t)limit)
		size = (size_t)limit;
	return size;
}

static enum bufferevent_filter_result
pass(const struct layer *layer, struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit)
{
	unsigned char bytes[STREAM_LAYER_CHUNK_MAX];
	size_t size = piece_of(layer, from, limit);

	if (size == 0)
		return BEV_NEED_MORE;
	evbuffer_remove(from, bytes, size);
	for (size_t i = 0; i < size; i++)
		bytes[i] ^= layer->key;
	return evbuffer_add(to, bytes, size) < 0 ? BEV_ERROR : BEV_OK;
}

static enum bufferevent_filter_result
pass_twice(const struct layer *layer, struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit)
{
	unsigned char bytes[2 * STREAM_LAYER_CHUNK_MAX];
	size_t size = piece_of(layer, from, limit);

	if (size == 0)
		return BEV_NEED_MORE;
	evbuffer_remove(from, bytes, size);
	for (size_t i = size; i-- > 0;)
		bytes[2 * i] = bytes[2 * i + 1] = bytes[i];
	return evbuffer_add(to, bytes, 2 * size) < 0 ? BEV_ERROR : BEV_OK;
}

static enum bufferevent_filter_result
pass_half(const struct layer *layer, struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit)
{
	unsigned char bytes[2 * STREAM_LAYER_CHUNK_MAX];
	size_t size = piece_of(layer, from, -1) / 2;

	if (limit >= 0 && size > (size_t)limit)
		size = (size_t)limit;
	if (size == 0)
		return BEV_NEED_MORE;
	evbuffer_remove(from, bytes, 2 * size);
	for (size_t i = 0; i < size; i++) {
		if (bytes[2 * i] != bytes[2 * i + 1])
			return BEV_ERROR;
		bytes[i] = bytes[2 * i];
	}
	return evbuffer_add(to, bytes, size) < 0 ? BEV_ERROR : BEV_OK;
}

static bool
holds_back(const struct layer *layer, struct evbuffer *from, enum bufferevent_flush_mode mode)
{
	return layer->kind == LAYER_HOLDER && mode == BEV_NORMAL &&
	       evbuffer_get_length(from) < layer->chunk;
}

enum bufferevent_filter_result
stream_layer_out(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	const struct layer *layer = arg;

	if (holds_back(layer, from, mode))
		return BEV_NEED_MORE;
	return layer->kind == LAYER_TWICE ? pass_twice(layer, from, to, limit)
					  : pass(layer, from, to, limit);
}

enum bufferevent_filter_result
stream_layer_in(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	const struct layer *layer = arg;

	if (holds_back(layer, from, mode))
		return BEV_NEED_MORE;
	return layer->kind == LAYER_TWICE ? pass_half(layer, from, to, limit)
					  : pass(layer, from, to, limit);
}
