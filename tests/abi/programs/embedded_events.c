/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that has struct event in structures of its own and reads its members, so
 * that a layout other than the one it was compiled for shows.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/util.h>
#include <unistd.h>

#include "which_library.h"

#define GUARD 0x5a5a5a5aL

struct connection {
	long before;
	struct event reader;
	long between;
	struct event timer;
	long after;
	int bytes;
	int ticks;
	int writer_end;
};

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = (struct connection *)arg;
	char data[8];

	MUST(what == EV_READ);
	MUST(fd == connection->reader.ev_fd);
	connection->bytes += (int)read(fd, data, sizeof(data));
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = (struct connection *)arg;

	MUST(fd == -1);
	MUST(what == EV_TIMEOUT);
	if (++connection->ticks == 3) {
		event_del(&connection->timer);
		event_del(&connection->reader);
		return;
	}
	MUST(write(connection->writer_end, "abc", 3) == 3);
}

static void
check_members(struct connection *connection, struct event_base *base)
{
	struct event *ev = &connection->reader;

	MUST(ev->ev_base == base && event_get_base(ev) == base);
	MUST(ev->ev_events == (EV_READ | EV_PERSIST) && event_get_events(ev) == ev->ev_events);
	MUST(ev->ev_evcallback.evcb_arg == connection);
	MUST(ev->ev_evcallback.evcb_cb_union.evcb_callback == on_readable);
	MUST(ev->ev_evcallback.evcb_flags & EVLIST_INIT);
	MUST(ev->ev_evcallback.evcb_pri == event_get_priority(ev));
	MUST(event_get_fd(ev) == ev->ev_fd);
	MUST(event_get_struct_event_size() == sizeof(*ev));
}

int
main(int argc, char **argv)
{
	struct timeval tick = {0, 1000};
	struct connection connection;
	struct event_base *base;
	int ends[2];

	expect_library(argc, argv);
	memset(&connection, 0, sizeof(connection));
	connection.before = connection.between = connection.after = GUARD;
	base = event_base_new();
	MUST(base != NULL);
	MUST(pipe(ends) == 0);
	connection.writer_end = ends[1];
	MUST(!event_initialized(&connection.reader));
	MUST(event_assign(&connection.reader, base, ends[0], EV_READ | EV_PERSIST, on_readable,
		 &connection) == 0);
	MUST(event_assign(&connection.timer, base, -1, EV_PERSIST, on_tick, &connection) == 0);
	check_members(&connection, base);
	MUST(event_add(&connection.reader, NULL) == 0);
	MUST(event_add(&connection.timer, &tick) == 0);
	MUST(connection.reader.ev_evcallback.evcb_flags & EVLIST_INSERTED);
	MUST(connection.timer.ev_evcallback.evcb_flags & EVLIST_TIMEOUT);

	MUST(event_base_dispatch(base) == 1);

	MUST(connection.bytes == 6 && connection.ticks == 3);
	MUST(
	    connection.before == GUARD && connection.between == GUARD && connection.after == GUARD);
	event_base_free(base);
	close(ends[0]);
	close(ends[1]);
	return 0;
}
