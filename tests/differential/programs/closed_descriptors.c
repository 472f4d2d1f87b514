/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Descriptors that are closed, reused or no good while events are on them. */
#include "kit.h"

static struct event_base *base;

static void
move_to(int from, int to)
{
	dup2(from, to);
	close(from);
}

int
main(void)
{
	char path[] = "/tmp/differential.XXXXXX";
	struct event *reader, *writer;
	int ends[2], more[2], file;

	base = kit_base();
	kit_socketpair(ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, report_and_drain, "reader");
	writer = event_new(base, ends[0], EV_WRITE, report, "writer");
	say("-- closed, then deleted");
	event_add(reader, NULL);
	kit_loop(base, EVLOOP_NONBLOCK);
	close(ends[0]);
	kit_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	say("del = %d", event_del(reader));
	kit_loop(base, EVLOOP_NONBLOCK);
	say("add = %d", event_add(reader, NULL));
	say("pending %s", bits(event_pending(reader, 0xff, NULL)));
	say("again = %d", event_add(reader, NULL));
	say("-- closed and reused, then a second event");
	kit_pipe(more);
	move_to(more[0], ends[0]);
	say("add = %d", event_add(reader, NULL));
	kit_put(more[1], "xx");
	kit_loop(base, EVLOOP_NONBLOCK);
	close(ends[0]);
	close(more[1]);
	kit_socketpair(more);
	move_to(more[0], ends[0]);
	say("writer add = %d", event_add(writer, NULL));
	kit_put(more[1], "yyy");
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- closed and reused, deleted and added");
	close(ends[0]);
	close(more[1]);
	kit_socketpair(more);
	move_to(more[0], ends[0]);
	say("del = %d", event_del(reader));
	say("add = %d", event_add(reader, NULL));
	kit_put(more[1], "zzzz");
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(reader);
	say("-- a regular file");
	file = kit_fixed(mkstemp(path));
	unlink(path);
	event_free(reader);
	reader = event_new(base, file, EV_READ, report, "file");
	say("add = %d", event_add(reader, NULL));
	say("pending %s", bits(event_pending(reader, 0xff, NULL)));
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(reader);
	reader = event_new(base, file, EV_READ, report, "file");
	say("with a time: add = %d", kit_add_ms(reader, 5));
	say("pending %s", bits(event_pending(reader, 0xff, NULL)));
	kit_loop(base, EVLOOP_ONCE);
	event_free(reader);
	event_free(writer);
	event_base_free(base);
	return 0;
}
