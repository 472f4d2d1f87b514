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

const struct stream_configuration stream_socket = {"socket", bufferevent_socket_new};
const struct stream_configuration *stream_under_test = &stream_socket;

struct bufferevent *
stream_on(struct event_base *base, evutil_socket_t fd, int options)
{
	struct bufferevent *bev = stream_under_test->open(base, fd, options);

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

/* ---- Ends ---- */

static void
end_read(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	ck_assert_ptr_eq(bev, end->bev);
	end->reads++;
	if (end->on_read)
		end->on_read(end);
}

static void
end_written(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	ck_assert_ptr_eq(bev, end->bev);
	end->writes++;
	if (end->on_write)
		end->on_write(end);
}

static void
end_event(struct bufferevent *bev, short what, void *arg)
{
	struct end *end = arg;

	ck_assert_ptr_eq(bev, end->bev);
	end->events |= what;
	end->events_count++;
	if (end->on_event)
		end->on_event(end, what);
}

void
watch_end(struct end *end, struct bufferevent *bev)
{
	ck_assert_ptr_nonnull(bev);
	end->bev = bev;
	bufferevent_setcb(bev, end_read, end_written, end_event, end);
}

size_t
end_input_size(const struct end *end)
{
	return evbuffer_get_length(bufferevent_get_input(end->bev));
}

size_t
end_output_size(const struct end *end)
{
	return evbuffer_get_length(bufferevent_get_output(end->bev));
}

void
expect_input(struct end *end, const char *text)
{
	char got[1000];
	size_t size = bufferevent_read(end->bev, got, sizeof(got) - 1);

	got[size] = '\0';
	ck_assert_str_eq(got, text);
}

void
end_write_text(struct end *end, const char *text)
{
	ck_assert_int_eq(bufferevent_write(end->bev, text, strlen(text)), 0);
}

void
enable_end(struct end *end, short events)
{
	ck_assert_int_eq(bufferevent_enable(end->bev, events), 0);
}

void
drain_input(struct end *end, size_t size)
{
	ck_assert_int_eq(evbuffer_drain(bufferevent_get_input(end->bev), size), 0);
}

void
free_end(struct end *end)
{
	bufferevent_free(end->bev);
	end->bev = NULL;
}

void
free_end_at_event(struct end *end, short what)
{
	(void)what;
	free_end(end);
}

void
free_other_end(struct end *end)
{
	if (end->other->bev)
		free_end(end->other);
}

/* ---- Filters ---- */

static enum bufferevent_filter_result
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

enum bufferevent_filter_result
shift_up(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	(void)mode;
	(void)context;
	return shift_bytes(from, to, limit, 1);
}

enum bufferevent_filter_result
shift_down(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	(void)mode;
	(void)context;
	return shift_bytes(from, to, limit, -1);
}

enum bufferevent_filter_result
hold_back(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *context)
{
	(void)context;
	return mode == BEV_NORMAL ? BEV_NEED_MORE : shift_bytes(from, to, limit, 0);
}

/* ---- Freeing inside of callbacks ---- */

static struct {
	struct bufferevent **client;
	struct bufferevent **server;
	int callbacks_left;
} freeing;

void
free_both_in_time(void)
{
	if (freeing.callbacks_left-- != 0)
		return;
	bufferevent_free(*freeing.client);
	bufferevent_free(*freeing.server);
	*freeing.client = *freeing.server = NULL;
}

static void
free_for_data(struct bufferevent *bev, void *arg)
{
	(void)bev;
	(void)arg;
	free_both_in_time();
}

static void
free_for_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	(void)arg;
	free_both_in_time();
}

static void
free_for_buffer(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buffer;
	(void)info;
	(void)arg;
	free_both_in_time();
}

void
free_both_in_callback(struct bufferevent **client, struct bufferevent **server, int earlier)
{
	freeing.client = client;
	freeing.server = server;
	freeing.callbacks_left = earlier;
	bufferevent_setcb(*client, free_for_data, free_for_data, free_for_event, NULL);
	bufferevent_setcb(*server, free_for_data, free_for_data, free_for_event, NULL);
	evbuffer_add_cb(bufferevent_get_output(*client), free_for_buffer, NULL);
	evbuffer_add_cb(bufferevent_get_input(*server), free_for_buffer, NULL);
}
