/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of streams without sockets: callbacks that write down what came, and filters.  For
 * one test file: everything is static.
 */
#ifndef LEVIN_TESTS_SUPPORT_END_KIT_H
#define LEVIN_TESTS_SUPPORT_END_KIT_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

/* What the callbacks of one bufferevent have seen, and what they are to do. */
struct end {
	struct bufferevent *bev;
	int reads;
	int writes;
	short events; /* all bits so far */
	int events_count;
	void (*on_read)(struct end *end);
	void (*on_write)(struct end *end);
	void (*on_event)(struct end *end, short what);
	struct end *other;
};

static inline void
end_read(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	ck_assert_ptr_eq(bev, end->bev);
	end->reads++;
	if (end->on_read)
		end->on_read(end);
}

static inline void
end_written(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	ck_assert_ptr_eq(bev, end->bev);
	end->writes++;
	if (end->on_write)
		end->on_write(end);
}

static inline void
end_event(struct bufferevent *bev, short what, void *arg)
{
	struct end *end = arg;

	ck_assert_ptr_eq(bev, end->bev);
	end->events |= what;
	end->events_count++;
	if (end->on_event)
		end->on_event(end, what);
}

static inline void
watch_end(struct end *end, struct bufferevent *bev)
{
	ck_assert_ptr_nonnull(bev);
	end->bev = bev;
	bufferevent_setcb(bev, end_read, end_written, end_event, end);
}

static inline size_t
input_size(const struct end *end)
{
	return evbuffer_get_length(bufferevent_get_input(end->bev));
}

static inline size_t
output_size(const struct end *end)
{
	return evbuffer_get_length(bufferevent_get_output(end->bev));
}

/* Takes the input and compares it. */
static inline void
expect_input(struct end *end, const char *text)
{
	char got[1000];
	size_t size = bufferevent_read(end->bev, got, sizeof(got) - 1);

	got[size] = '\0';
	ck_assert_str_eq(got, text);
}

static inline void
write_text(struct end *end, const char *text)
{
	ck_assert_int_eq(bufferevent_write(end->bev, text, strlen(text)), 0);
}

static inline void
enable_end(struct end *end, short events)
{
	ck_assert_int_eq(bufferevent_enable(end->bev, events), 0);
}

static inline void
drain_input(struct end *end, size_t size)
{
	ck_assert_int_eq(evbuffer_drain(bufferevent_get_input(end->bev), size), 0);
}

/* For the callbacks. */
static inline void
free_end(struct end *end)
{
	bufferevent_free(end->bev);
	end->bev = NULL;
}

static inline void
free_end_at_event(struct end *end, short what)
{
	(void)what;
	free_end(end);
}

static inline void
free_other_end(struct end *end)
{
	if (end->other->bev)
		free_end(end->other);
}

/* ---- Filters ---- */

/* Adds one to each byte, or takes one away, at most seven at a time. */
static inline enum bufferevent_filter_result
shift_bytes(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit, int by)
{
	unsigned char bytes[7];
	int size = (int)sizeof(bytes);

	if (limit >= 0 && limit < size)
		size = (int)limit;
	size = evbuffer_remove(from, bytes, (size_t)size);
	if (size <= 0)
		return BEV_NEED_MORE;
	for (int i = 0; i < size; i++)
		bytes[i] = (unsigned char)(bytes[i] + by);
	return evbuffer_add(to, bytes, (size_t)size) < 0 ? BEV_ERROR : BEV_OK;
}

static inline enum bufferevent_filter_result
shift_up(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	(void)mode;
	(void)context;
	return shift_bytes(from, to, limit, 1);
}

static inline enum bufferevent_filter_result
shift_down(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	(void)mode;
	(void)context;
	return shift_bytes(from, to, limit, -1);
}

/* Lets nothing through until told that it must. */
static inline enum bufferevent_filter_result
hold_back(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	(void)context;
	return mode == BEV_NORMAL ? BEV_NEED_MORE : shift_bytes(from, to, limit, 0);
}

#endif
