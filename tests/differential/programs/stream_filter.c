/* SPDX-License-Identifier: BSD-3-Clause */
/* Filters on pairs and sockets: calls of the functions, watermarks, flushes, ends, freeing. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "kit.h"

static struct event_base *base;
static struct bufferevent *pair[2];
static struct bufferevent *filter;
static bool holds;

static size_t
input_of(struct bufferevent *bev)
{
	return evbuffer_get_length(bufferevent_get_input(bev));
}

static size_t
output_of(struct bufferevent *bev)
{
	return evbuffer_get_length(bufferevent_get_output(bev));
}

static void
state(const char *when)
{
	say("%s: filter in %zu out %zu enabled %s, below in %zu out %zu, far in %zu out %zu", when,
	    input_of(filter), output_of(filter), bits(bufferevent_get_enabled(filter)),
	    input_of(pair[0]), output_of(pair[0]), input_of(pair[1]), output_of(pair[1]));
}

static void
on_read(struct bufferevent *bev, void *name)
{
	say("  %s reads %zu", (char *)name, input_of(bev));
}

static void
on_written(struct bufferevent *bev, void *name)
{
	say("  %s has %zu to write", (char *)name, output_of(bev));
}

static void
on_event(struct bufferevent *bev, short what, void *name)
{
	(void)bev;
	say("  %s hears 0x%x", (char *)name, what);
}

/* Four bytes at a time. */
static enum bufferevent_filter_result
four(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit, enum bufferevent_flush_mode mode,
    void *context)
{
	size_t size = evbuffer_get_length(from);
	char bytes[4];
	int got;

	(void)context;
	if (size > 0)
		say("   %zu bytes, limit %d, mode %d", size, (int)limit, mode);
	if (size == 0 || (holds && mode == BEV_NORMAL))
		return BEV_NEED_MORE;
	got = evbuffer_remove(from, bytes, limit >= 0 && limit < 4 ? (size_t)limit : 4);
	if (got <= 0)
		return BEV_NEED_MORE;
	evbuffer_add(to, bytes, (size_t)got);
	return BEV_OK;
}

static void
on_freed(void *context)
{
	say("   %s is freed", (char *)context);
}

static void
make(bufferevent_filter_cb in, bufferevent_filter_cb out, int options)
{
	bufferevent_pair_new(base, 0, pair);
	filter = bufferevent_filter_new(pair[0], in, out, options, on_freed, "context");
	bufferevent_setcb(filter, on_read, on_written, on_event, "filter");
	bufferevent_setcb(pair[1], on_read, on_written, on_event, "far");
	bufferevent_enable(pair[1], EV_READ);
}

static void
run(const char *when)
{
	for (int i = 0; i < 3; i++)
		event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	state(when);
}

static void
put(struct bufferevent *bev, const char *text)
{
	say("write %s: %d", text, bufferevent_write(bev, text, strlen(text)));
}

static void
finish(void)
{
	bufferevent_free(filter);
	bufferevent_free(pair[1]);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
}

static void
bytes(bufferevent_filter_cb in, bufferevent_filter_cb out)
{
	say("== bytes");
	make(in, out, BEV_OPT_CLOSE_ON_FREE);
	state("new");
	say("underlying %d, fd %d", bufferevent_get_underlying(filter) == pair[0],
	    bufferevent_getfd(filter));
	put(filter, "0123456789");
	run("out");
	put(pair[1], "abcdefghij");
	run("nobody reads");
	bufferevent_enable(filter, EV_READ);
	run("read");
	bufferevent_disable(filter, EV_READ);
	put(pair[1], "abcdefghij");
	run("disabled");
	finish();
}

static void
high_watermark(void)
{
	say("== high watermark");
	make(four, four, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setwatermark(filter, EV_READ, 0, 11);
	bufferevent_enable(filter, EV_READ);
	put(pair[1], "abcdefghij");
	run("below");
	evbuffer_drain(bufferevent_get_input(filter), 100);
	put(pair[1], "abcdefghij");
	run("again");
	finish();
}

static void
room_below(void)
{
	say("== room below");
	make(four, four, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_disable(pair[1], EV_READ);
	bufferevent_setwatermark(pair[0], EV_WRITE, 0, 8);
	put(filter, "0123456789012345678901234567890123456789");
	run("full");
	bufferevent_enable(pair[1], EV_READ);
	run("room");
	finish();
}

static void
flushes(void)
{
	say("== flushes");
	make(four, four, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_enable(filter, EV_READ);
	holds = true;
	put(filter, "0123456789");
	run("held");
	say("normal: %d", bufferevent_flush(filter, EV_WRITE, BEV_NORMAL));
	run("normal");
	say("flush: %d", bufferevent_flush(filter, EV_WRITE, BEV_FLUSH));
	run("flush");
	put(filter, "0123456789");
	say("finished: %d", bufferevent_flush(filter, EV_WRITE, BEV_FINISHED));
	run("finished");
	holds = false;
	finish();
}

static void
ends(void)
{
	say("== ends");
	make(four, four, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_enable(filter, EV_READ);
	put(pair[1], "last");
	bufferevent_flush(pair[1], EV_WRITE, BEV_FINISHED);
	run("finished");
	finish();
}

static void
sockets(void)
{
	int fds[2];

	say("== sockets");
	kit_socketpair(fds);
	pair[0] = bufferevent_socket_new(base, fds[0], 0);
	pair[1] = bufferevent_socket_new(base, fds[1], 0);
	filter =
	    bufferevent_filter_new(pair[0], four, four, BEV_OPT_CLOSE_ON_FREE, on_freed, "context");
	bufferevent_setcb(filter, on_read, on_written, on_event, "filter");
	say("fd %d", bufferevent_getfd(filter) == fds[0]);
	bufferevent_enable(filter, EV_READ);
	kit_put(fds[1], "hello");
	run("hello");
	shutdown(fds[1], SHUT_WR);
	run("end");
	put(filter, "half open");
	run("half open");
	say("far: %d bytes", kit_drain(fds[1]));
	finish();
	kit_close_descriptors();
}

static void
freeing(void)
{
	say("== freeing");
	make(four, four, 0);
	bufferevent_free(filter);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
	make(four, four, BEV_OPT_CLOSE_ON_FREE);
	put(filter, "0123456789");
	bufferevent_free(filter);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	say("partner %d, in %zu", bufferevent_pair_get_partner(pair[1]) != NULL, input_of(pair[1]));
	bufferevent_free(pair[1]);
}

static void
timeouts(void)
{
	struct timeval soon = kit_ms(20);

	say("== timeouts");
	make(four, four, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_set_timeouts(filter, &soon, NULL);
	bufferevent_enable(filter, EV_READ);
	for (int i = 0; i < 3; i++)
		event_base_loop(base, EVLOOP_ONCE);
	state("read timeout");
	finish();
}

int
main(void)
{
	base = kit_base();
	bytes(four, four);
	bytes(NULL, NULL);
	high_watermark();
	room_below();
	flushes();
	ends();
	sockets();
	freeing();
	timeouts();
	event_base_free(base);
	return 0;
}
