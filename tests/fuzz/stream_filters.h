/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filters for random stacks of streams.  Both ends of a connection have the same filters: the
 * input function undoes what the output function does.
 */
#ifndef LEVIN_TESTS_FUZZ_STREAM_FILTERS_H
#define LEVIN_TESTS_FUZZ_STREAM_FILTERS_H

#include <event2/bufferevent.h>
#include <stddef.h>

enum filter_kind {
	FILTER_PLAIN,  /* without functions */
	FILTER_XOR,    /* changes each byte */
	FILTER_TWICE,  /* sends each byte twice */
	FILTER_HOLDER, /* holds back until it has a chunk, or is flushed */
	FILTER_KINDS
};

struct filter_settings {
	enum filter_kind kind;
	size_t chunk; /* bytes of one call, up to STREAM_FILTER_CHUNK_MAX */
	unsigned char key;
	void (*inside)(void); /* called in each function first; may free streams */
};

enum { STREAM_FILTER_CHUNK_MAX = 600 };

/* So many, as pick(bound) chooses. */
void stream_filters_choose(struct filter_settings *settings, int count,
    size_t (*pick)(size_t bound), void (*inside)(void));

/* For bufferevent_filter_new; the argument is a struct filter_settings. */
enum bufferevent_filter_result stream_filter_out(struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit, enum bufferevent_flush_mode mode, void *arg);
enum bufferevent_filter_result stream_filter_in(struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit, enum bufferevent_flush_mode mode, void *arg);

#endif
