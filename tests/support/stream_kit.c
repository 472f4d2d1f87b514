/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/stream_kit.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Callbacks ---- */

static void
spell_size(const char *name, char kind, size_t size)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s%c%zu ", name, kind, size);
	spell_text(text);
}

void
spell_read(struct bufferevent *bev, void *name)
{
	spell_size(name, 'r', input_size(bev));
}

void
spell_read_and_drain(struct bufferevent *bev, void *name)
{
	spell_read(bev, name);
	evbuffer_drain(bufferevent_get_input(bev), input_size(bev));
}

void
spell_written(struct bufferevent *bev, void *name)
{
	spell_size(name, 'w', output_size(bev));
}

static const char *
word_for(short what)
{
	if (what & BEV_EVENT_CONNECTED)
		return "up";
	if (what & BEV_EVENT_EOF)
		return "eof";
	if (what & BEV_EVENT_ERROR)
		return "err";
	return what & BEV_EVENT_TIMEOUT ? "late" : "?";
}

void
spell_event(struct bufferevent *bev, short what, void *name)
{
	char direction = '!';
	char text[64];

	(void)bev;
	if (what & BEV_EVENT_READING)
		direction = '<';
	if (what & BEV_EVENT_WRITING)
		direction = '>';
	(void)snprintf(
	    text, sizeof(text), "%s%c%s ", (const char *)name, direction, word_for(what));
	spell_text(text);
}

void
echo(struct bufferevent *bev, void *name)
{
	(void)name;
	ck_assert_int_eq(bufferevent_write_buffer(bev, bufferevent_get_input(bev)), 0);
}

/* ---- A stream and its peer ---- */

struct bufferevent *
stream_on(struct event_base *base, evutil_socket_t fd, int options)
{
	struct bufferevent *bev = bufferevent_socket_new(base, fd, options);

	ck_assert_ptr_nonnull(bev);
	return bev;
}

struct bufferevent *
spelling_stream(struct event_base *base, evutil_socket_t fd, int options, const char *name)
{
	struct bufferevent *bev = stream_on(base, fd, options);

	bufferevent_setcb(bev, spell_read_and_drain, spell_written, spell_event, word(name));
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ), 0);
	return bev;
}

size_t
input_size(struct bufferevent *bev)
{
	return evbuffer_get_length(bufferevent_get_input(bev));
}

size_t
output_size(struct bufferevent *bev)
{
	return evbuffer_get_length(bufferevent_get_output(bev));
}

void
write_bytes(struct bufferevent *bev, size_t size)
{
	char *data = calloc(1, size);

	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(bufferevent_write(bev, data, size), 0);
	free(data);
}

void
write_text(struct bufferevent *bev, const char *text)
{
	ck_assert_int_eq(bufferevent_write(bev, text, strlen(text)), 0);
}

void
step(struct event_base *base)
{
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
}

void
turns(struct event_base *base, int count)
{
	while (count-- > 0)
		turn(base);
}

const char *
next_spelled(struct event_base *base)
{
	const char *text;

	while (*(text = spelled()) == '\0')
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	return text;
}

void
run_for_ms(struct event_base *base, int ms)
{
	struct event *alive = keep_alive(base);

	ck_assert_int_eq(event_base_loopexit(base, MS(ms)), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	event_free(alive);
}
