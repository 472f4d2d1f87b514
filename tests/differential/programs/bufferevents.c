/* SPDX-License-Identifier: BSD-3-Clause */
/* Bufferevents of sockets: what is called, when, and with how much in the buffers. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "kit.h"

static struct event_base *base;
static struct bufferevent *bev;
static int ends[2];

static const char *
event_bits(short what)
{
	static char text[100];

	(void)snprintf(text, sizeof(text), "%s%s%s%s%s%s",
	    what & BEV_EVENT_READING ? "READING " : "", what & BEV_EVENT_WRITING ? "WRITING " : "",
	    what & BEV_EVENT_EOF ? "EOF " : "", what & BEV_EVENT_ERROR ? "ERROR " : "",
	    what & BEV_EVENT_TIMEOUT ? "TIMEOUT " : "",
	    what & BEV_EVENT_CONNECTED ? "CONNECTED " : "");
	return text;
}

static void
on_read(struct bufferevent *stream, void *name)
{
	say("%s: read, %zu in", (char *)name, evbuffer_get_length(bufferevent_get_input(stream)));
}

static void
on_read_and_drain(struct bufferevent *stream, void *name)
{
	struct evbuffer *input = bufferevent_get_input(stream);

	on_read(stream, name);
	evbuffer_drain(input, evbuffer_get_length(input));
}

static void
on_write(struct bufferevent *stream, void *name)
{
	say("%s: written, %zu out", (char *)name,
	    evbuffer_get_length(bufferevent_get_output(stream)));
}

static void
on_event(struct bufferevent *stream, short what, void *name)
{
	say("%s: %senabled %s", (char *)name, event_bits(what),
	    bits(bufferevent_get_enabled(stream)));
}

static void
begin(const char *what, int options)
{
	say("-- %s", what);
	kit_restart_descriptors();
	kit_socketpair(ends);
	bev = bufferevent_socket_new(base, ends[0], options);
	say("made %d, enabled %s, fd %d", bev != NULL, bits(bufferevent_get_enabled(bev)),
	    bufferevent_getfd(bev) == ends[0]);
	bufferevent_setcb(bev, on_read_and_drain, on_write, on_event, (void *)"a");
}

static void
turn(void)
{
	kit_loop(base, EVLOOP_NONBLOCK);
	say("in %zu out %zu enabled %s", evbuffer_get_length(bufferevent_get_input(bev)),
	    evbuffer_get_length(bufferevent_get_output(bev)), bits(bufferevent_get_enabled(bev)));
}

static void
end(void)
{
	bufferevent_free(bev);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_close_descriptors();
}

static void
directions(void)
{
	begin("directions", 0);
	turn();
	say("enable write %d", bufferevent_enable(bev, EV_WRITE));
	turn();
	say("disable and enable %d %d", bufferevent_disable(bev, EV_WRITE),
	    bufferevent_enable(bev, EV_WRITE));
	turn();
	kit_put(ends[1], "hello");
	turn();
	say("enable read %d", bufferevent_enable(bev, EV_READ));
	turn();
	say("write %d", bufferevent_write(bev, "some text", 9));
	turn();
	say("peer got %d", kit_drain(ends[1]));
	bufferevent_disable(bev, EV_WRITE);
	say("write nothing %d", bufferevent_write(bev, "", 0));
	say("write while disabled %d", bufferevent_write(bev, "abc", 3));
	turn();
	bufferevent_enable(bev, EV_WRITE);
	turn();
	say("peer got %d", kit_drain(ends[1]));
	say("flush %d %d %d", bufferevent_flush(bev, EV_READ | EV_WRITE, BEV_NORMAL),
	    bufferevent_flush(bev, EV_READ, BEV_FLUSH),
	    bufferevent_flush(bev, EV_WRITE, BEV_FINISHED));
	end();
}

static void
watermarks(void)
{
	size_t low = 7, high = 7;

	begin("watermarks", 0);
	bufferevent_setcb(bev, on_read, on_write, on_event, (void *)"b");
	say("both %d", bufferevent_getwatermark(bev, EV_READ | EV_WRITE, &low, &high));
	say("read %d: %zu", bufferevent_getwatermark(bev, EV_READ, &low, NULL), low);
	/* The high one is not reached: libevent would call for a full input again and again. */
	bufferevent_setwatermark(bev, EV_READ, 4, 100);
	bufferevent_enable(bev, EV_READ);
	kit_put(ends[1], "abc");
	turn();
	kit_put(ends[1], "def");
	turn();
	say("drain %d", evbuffer_drain(bufferevent_get_input(bev), 5));
	kit_put(ends[1], "ghijk");
	turn();
	bufferevent_setwatermark(bev, EV_READ, 0, 0);
	turn();
	bufferevent_setwatermark(bev, EV_WRITE, 3, 0);
	bufferevent_write(bev, "hello", 5);
	turn();
	say("bound %zd %zd", bufferevent_get_max_single_write(bev),
	    bufferevent_get_max_to_write(bev));
	bufferevent_set_max_single_write(bev, 2);
	bufferevent_write(bev, "hello", 5);
	turn();
	say("peer got %d", kit_drain(ends[1]));
	end();
}

static void
triggers(int options)
{
	begin("triggers", options);
	bufferevent_setcb(bev, on_read, on_write, on_event, (void *)"c");
	bufferevent_setwatermark(bev, EV_READ, 10, 0);
	say("now");
	bufferevent_trigger(bev, EV_READ | EV_WRITE, 0);
	bufferevent_trigger(bev, EV_READ | EV_WRITE, BEV_TRIG_IGNORE_WATERMARKS);
	bufferevent_trigger_event(bev, BEV_EVENT_EOF | BEV_EVENT_READING, 0);
	say("later");
	bufferevent_trigger_event(bev, BEV_EVENT_ERROR | BEV_EVENT_WRITING | BEV_EVENT_CONNECTED,
	    BEV_TRIG_DEFER_CALLBACKS);
	bufferevent_trigger(bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
	bufferevent_trigger(bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS | BEV_TRIG_IGNORE_WATERMARKS);
	turn();
	turn();
	end();
}

static void
ends_of_streams(int options)
{
	begin("ends", options);
	bufferevent_enable(bev, EV_READ);
	kit_put(ends[1], "last words");
	shutdown(ends[1], SHUT_WR);
	turn();
	turn();
	bufferevent_write(bev, "answer", 6);
	turn();
	say("peer got %d", kit_drain(ends[1]));
	bufferevent_enable(bev, EV_READ);
	turn();
	shutdown(ends[1], SHUT_RD);
	bufferevent_write(bev, "too late", 8);
	turn();
	end();
}

static void
freezes(void)
{
	begin("freezes", 0);
	bufferevent_disable(bev, EV_WRITE);
	bufferevent_write(bev, "abc", 3);
	say("output: add %d drain %d prepend %d", evbuffer_add(bufferevent_get_output(bev), "d", 1),
	    evbuffer_drain(bufferevent_get_output(bev), 1),
	    evbuffer_prepend(bufferevent_get_output(bev), "x", 1));
	say("input: add %d prepend %d", evbuffer_add(bufferevent_get_input(bev), "d", 1),
	    evbuffer_prepend(bufferevent_get_input(bev), "x", 1));
	turn();
	say("priority %d, set %d %d", bufferevent_get_priority(bev),
	    bufferevent_priority_set(bev, 0), bufferevent_priority_set(bev, 1));
	say("base %d", bufferevent_base_set(base, bev));
	bufferevent_incref(bev);
	say("decref %d", bufferevent_decref(bev));
	end();
}

static void
timeouts(void)
{
	struct timeval span = kit_ms(20);

	begin("timeouts", 0);
	bufferevent_set_timeouts(bev, &span, NULL);
	bufferevent_enable(bev, EV_READ);
	turn();
	virtual_advance_us(10000);
	kit_put(ends[1], "x");
	turn();
	virtual_advance_us(15000);
	turn();
	virtual_advance_us(15000);
	turn();
	bufferevent_enable(bev, EV_READ);
	bufferevent_set_timeouts(bev, NULL, NULL);
	virtual_advance_us(50000);
	turn();
	end();
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	base = kit_base();
	directions();
	watermarks();
	triggers(0);
	triggers(BEV_OPT_DEFER_CALLBACKS);
	ends_of_streams(0);
	ends_of_streams(BEV_OPT_DEFER_CALLBACKS);
	freezes();
	timeouts();
	say("unlocked alone %d",
	    bufferevent_socket_new(base, -1, BEV_OPT_UNLOCK_CALLBACKS) != NULL);
	event_base_free(base);
	return 0;
}
