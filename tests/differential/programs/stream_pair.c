/* SPDX-License-Identifier: BSD-3-Clause */
/* Pairs of bufferevents: directions, watermarks, flushes, ends. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "kit.h"

static struct event_base *base;
static struct bufferevent *ends[2];

static size_t
input_of(int i)
{
	return evbuffer_get_length(bufferevent_get_input(ends[i]));
}

static size_t
output_of(int i)
{
	return evbuffer_get_length(bufferevent_get_output(ends[i]));
}

static void
state(const char *when)
{
	say("%s: A in %zu out %zu enabled %s, B in %zu out %zu enabled %s", when, input_of(0),
	    output_of(0), bits(bufferevent_get_enabled(ends[0])), input_of(1), output_of(1),
	    bits(bufferevent_get_enabled(ends[1])));
}

static void
on_read(struct bufferevent *bev, void *name)
{
	say("  %s reads %zu", (char *)name, evbuffer_get_length(bufferevent_get_input(bev)));
}

static void
on_written(struct bufferevent *bev, void *name)
{
	say("  %s has %zu to write", (char *)name,
	    evbuffer_get_length(bufferevent_get_output(bev)));
}

static void
on_event(struct bufferevent *bev, short what, void *name)
{
	(void)bev;
	say("  %s hears 0x%x", (char *)name, what);
}

static void
make(void)
{
	say("new pair: %d", bufferevent_pair_new(base, 0, ends));
	bufferevent_setcb(ends[0], on_read, on_written, on_event, "A");
	bufferevent_setcb(ends[1], on_read, on_written, on_event, "B");
}

static void
free_both(void)
{
	bufferevent_free(ends[0]);
	bufferevent_free(ends[1]);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
}

static void
run(const char *when)
{
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	state(when);
}

static void
put(int i, const char *text)
{
	say("write %s: %d", text, bufferevent_write(ends[i], text, strlen(text)));
}

static void
directions(void)
{
	say("== directions");
	make();
	state("new");
	say("partner %d %d", bufferevent_pair_get_partner(ends[0]) == ends[1],
	    bufferevent_pair_get_partner(ends[1]) == ends[0]);
	say("fd %d, set %d, priority %d, base %d, underlying %d", bufferevent_getfd(ends[0]),
	    bufferevent_setfd(ends[0], 1), bufferevent_priority_set(ends[0], 0),
	    bufferevent_base_set(base, ends[0]), bufferevent_get_underlying(ends[0]) != NULL);
	put(0, "hello");
	run("nobody reads");
	bufferevent_enable(ends[1], EV_READ);
	state("enabled");
	run("run");
	bufferevent_disable(ends[0], EV_WRITE);
	put(0, "waits");
	run("not written");
	bufferevent_enable(ends[0], EV_WRITE);
	run("written");
	bufferevent_enable(ends[0], EV_READ);
	put(1, "back");
	run("the other way");
	free_both();
}

static void
watermarks(void)
{
	say("== watermarks");
	make();
	bufferevent_setwatermark(ends[1], EV_READ, 6, 0);
	bufferevent_setwatermark(ends[0], EV_WRITE, 2, 0);
	bufferevent_enable(ends[1], EV_READ);
	put(0, "12345");
	run("below the low one");
	put(0, "6");
	run("at the low one");
	evbuffer_drain(bufferevent_get_input(ends[1]), 100);
	bufferevent_setwatermark(ends[1], EV_READ, 0, 10);
	put(0, "123456789");
	run("below the high one");
	evbuffer_drain(bufferevent_get_input(ends[1]), 5);
	run("drained");
	bufferevent_setwatermark(ends[1], EV_READ, 0, 0);
	put(0, "123456789");
	run("none");
	free_both();
}

static void
flushes(void)
{
	say("== flushes");
	make();
	put(0, "1");
	say("normal: %d", bufferevent_flush(ends[0], EV_WRITE, BEV_NORMAL));
	run("normal");
	say("flush: %d", bufferevent_flush(ends[0], EV_WRITE, BEV_FLUSH));
	run("flush");
	put(0, "2");
	say("flush by the reader: %d", bufferevent_flush(ends[1], EV_READ, BEV_FLUSH));
	run("flush");
	put(0, "3");
	say("finished: %d", bufferevent_flush(ends[0], EV_WRITE, BEV_FINISHED));
	run("finished");
	put(1, "4");
	say("finished by the reader: %d", bufferevent_flush(ends[0], EV_READ, BEV_FINISHED));
	run("finished");
	put(0, "5");
	put(1, "6");
	say("both: %d", bufferevent_flush(ends[0], EV_READ | EV_WRITE, BEV_FINISHED));
	run("both");
	bufferevent_enable(ends[1], EV_READ);
	put(0, "7");
	run("afterwards");
	free_both();
}

static void
alone(void)
{
	say("== alone");
	make();
	bufferevent_enable(ends[1], EV_READ);
	put(0, "arrives");
	bufferevent_disable(ends[1], EV_READ);
	put(0, "is lost");
	bufferevent_free(ends[0]);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	say("B in %zu, partner %d", input_of(1), bufferevent_pair_get_partner(ends[1]) != NULL);
	bufferevent_enable(ends[1], EV_READ);
	put(1, "nowhere");
	say("flush: %d", bufferevent_flush(ends[1], EV_WRITE, BEV_FINISHED));
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	say("B in %zu out %zu", input_of(1), output_of(1));
	bufferevent_free(ends[1]);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
}

static void
timeouts(void)
{
	struct timeval soon = kit_ms(20);

	say("== timeouts");
	make();
	bufferevent_set_timeouts(ends[1], &soon, NULL);
	bufferevent_enable(ends[1], EV_READ);
	event_base_loop(base, EVLOOP_ONCE);
	state("read timeout");
	free_both();
}

int
main(void)
{
	base = kit_base();
	directions();
	watermarks();
	flushes();
	alone();
	timeouts();
	event_base_free(base);
	return 0;
}
