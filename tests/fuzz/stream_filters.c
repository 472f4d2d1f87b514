/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/stream_filters.h"

#include <event2/buffer.h>
#include <stdbool.h>

static size_t
chunk_of(const struct filter_settings *settings, struct evbuffer *from, ev_ssize_t limit)
{
	size_t size = evbuffer_get_length(from);

	if (size > settings->chunk)
		size = settings->chunk;
	if (limit >= 0 && size > (size_t)limit)
		size = (size_t)limit;
	return size;
}

static enum bufferevent_filter_result
pass(const struct filter_settings *settings, struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit)
{
	unsigned char bytes[STREAM_FILTER_CHUNK_MAX];
	size_t size = chunk_of(settings, from, limit);

	if (size == 0)
		return BEV_NEED_MORE;
	evbuffer_remove(from, bytes, size);
	for (size_t i = 0; i < size; i++)
		bytes[i] ^= settings->key;
	return evbuffer_add(to, bytes, size) < 0 ? BEV_ERROR : BEV_OK;
}

static enum bufferevent_filter_result
pass_twice(const struct filter_settings *settings, struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit)
{
	unsigned char bytes[2 * STREAM_FILTER_CHUNK_MAX];
	size_t size = chunk_of(settings, from, limit);

	if (size == 0)
		return BEV_NEED_MORE;
	evbuffer_remove(from, bytes, size);
	for (size_t i = size; i-- > 0;)
		bytes[2 * i] = bytes[2 * i + 1] = bytes[i];
	return evbuffer_add(to, bytes, 2 * size) < 0 ? BEV_ERROR : BEV_OK;
}

static enum bufferevent_filter_result
pass_half(const struct filter_settings *settings, struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit)
{
	unsigned char bytes[2 * STREAM_FILTER_CHUNK_MAX];
	size_t size = chunk_of(settings, from, -1) / 2;

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
holds_back(
    const struct filter_settings *settings, struct evbuffer *from, enum bufferevent_flush_mode mode)
{
	return settings->kind == FILTER_HOLDER && mode == BEV_NORMAL &&
	       evbuffer_get_length(from) < settings->chunk;
}

enum bufferevent_filter_result
stream_filter_out(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	const struct filter_settings *settings = arg;

	settings->inside();
	if (holds_back(settings, from, mode))
		return BEV_NEED_MORE;
	return settings->kind == FILTER_TWICE ? pass_twice(settings, from, to, limit)
					      : pass(settings, from, to, limit);
}

enum bufferevent_filter_result
stream_filter_in(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	const struct filter_settings *settings = arg;

	settings->inside();
	if (holds_back(settings, from, mode))
		return BEV_NEED_MORE;
	return settings->kind == FILTER_TWICE ? pass_half(settings, from, to, limit)
					      : pass(settings, from, to, limit);
}

void
stream_filters_choose(
    struct filter_settings *settings, int count, size_t (*pick)(size_t bound), void (*inside)(void))
{
	for (int i = 0; i < count; i++) {
		settings[i].kind = (enum filter_kind)pick(FILTER_KINDS);
		settings[i].chunk = 2 + pick(STREAM_FILTER_CHUNK_MAX - 2);
		settings[i].key = settings[i].kind == FILTER_XOR ? (unsigned char)pick(256) : 0;
		settings[i].inside = inside;
	}
}
