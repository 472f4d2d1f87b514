/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking at a base: counts, lists, dumps, and activating what waits for something.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/loop_case.h"

#define ACTIVE  EVENT_BASE_COUNT_ACTIVE
#define VIRTUAL EVENT_BASE_COUNT_VIRTUAL
#define ADDED   EVENT_BASE_COUNT_ADDED

static struct seen seen, other_seen;

static int
count(unsigned flags)
{
	return event_base_get_num_events(base, flags);
}

/* ---- Counts ---- */

TEST_EVERYWHERE(event_inspect__events_are_counted_for_each_thing_they_wait_for)
{
	struct event *reader, *timer;

	set_up(_i);
	ck_assert_int_eq(count(ADDED | ACTIVE | VIRTUAL), 0);
	reader = added(ends[0], EV_READ, see, &seen);
	ck_assert_int_eq(count(ADDED), 1);
	event_add(reader, MS(1000000));
	ck_assert_int_eq(count(ADDED), 2);
	timer = event_new(base, -1, 0, see, &seen);
	event_add(timer, MS(1000000));
	ck_assert_int_eq(count(ADDED), 3);
	event_active(timer, EV_TIMEOUT, 1);
	ck_assert_int_eq(count(ACTIVE), 1);
	ck_assert_int_eq(count(ADDED), 4);
	ck_assert_int_eq(count(ADDED | ACTIVE), 5);
	ck_assert_int_eq(count(VIRTUAL), 0);
	ck_assert_int_eq(count(0x100), 0);

	event_remove_timer(reader);
	ck_assert_int_eq(count(ADDED), 3);
	event_del(timer);
	event_del(reader);
	ck_assert_int_eq(count(ADDED | ACTIVE | VIRTUAL), 0);
	event_free(reader);
	event_free(timer);
	tear_down();
}

static void
count_inside(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_assert_int_eq(count(ACTIVE), 0);
	spell_text("c");
}

TEST_EVERYWHERE(event_inspect__running_callback_is_not_active_any_more)
{
	struct event *ev;

	set_up(_i);
	ev = event_new(base, -1, 0, count_inside, NULL);
	event_active(ev, 0, 0);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "c");
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event_inspect__internal_events_are_not_counted)
{
	struct event *ev;

	set_up(_i);
	ev = evsignal_new(base, SIGUSR1, see, &seen);
	event_add(ev, NULL);

	ck_assert_int_eq(count(ADDED), 1);
	event_free(ev);
	ck_assert_int_eq(count(ADDED), 0);
	tear_down();
}

TEST_EVERYWHERE(event_inspect__most_that_there_were_is_remembered_until_it_is_cleared)
{
	struct event *events[3];

	set_up(_i);
	for (int i = 0; i < 3; i++) {
		events[i] = event_new(base, -1, 0, see, &seen);
		event_add(events[i], MS(1000000));
	}
	event_active(events[0], 0, 0);
	event_active(events[1], 0, 0);
	for (int i = 0; i < 3; i++)
		event_free(events[i]);

	ck_assert_int_eq(event_base_get_max_events(base, ADDED, 0), 5);
	ck_assert_int_eq(event_base_get_max_events(base, ACTIVE, 0), 2);
	ck_assert_int_eq(event_base_get_max_events(base, ACTIVE | ADDED | VIRTUAL, 1), 7);
	ck_assert_int_eq(event_base_get_max_events(base, ACTIVE | ADDED, 0), 0);
	tear_down();
}

TEST_EVERYWHERE(event_inspect__reports_of_a_turn_count_in_the_most_that_were_active)
{
	enum { PAIRS = 10 };
	evutil_socket_t pairs[PAIRS][2];
	struct event *readers[PAIRS];

	set_up(_i);
	for (int i = 0; i < PAIRS; i++) {
		open_pair(backend, pairs[i]);
		readers[i] = added(pairs[i][0], EV_READ | EV_PERSIST, see_and_take, &seen);
		put(pairs[i][1], "x");
	}

	turn(base);

	ck_assert_int_eq(seen.calls, PAIRS);
	ck_assert_int_eq(event_base_get_max_events(base, ACTIVE, 0), PAIRS);
	for (int i = 0; i < PAIRS; i++) {
		event_free(readers[i]);
		close_pair(pairs[i]);
	}
	tear_down();
}

/* ---- Lists ---- */

struct visit {
	struct event *events[8];
	int count;
	int stop_at; /* answers 7 at this one */
};

static int
visit(const struct event_base *visited, const struct event *ev, void *context)
{
	struct visit *list = context;

	ck_assert_ptr_eq(visited, base);
	if (ev->ev_evcallback.evcb_flags & EVLIST_INTERNAL)
		return 0;
	ck_assert_int_lt(list->count, 8);
	list->events[list->count++] = (struct event *)(uintptr_t)ev;
	return list->count == list->stop_at ? 7 : 0;
}

TEST_EVERYWHERE(event_inspect__every_event_is_visited_once)
{
	struct visit list = {{NULL}, 0, -1};
	struct event *reader, *newer, *timer, *on_signal, *user;

	set_up(_i);
	timer = event_new(base, -1, 0, see, &seen);
	event_add(timer, MS(1000000));
	reader = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(reader, MS(1000000));
	newer = added(ends[0], EV_WRITE, see, &seen);
	on_signal = evsignal_new(base, SIGUSR1, see, &seen);
	event_add(on_signal, NULL);
	user = event_new(base, -1, 0, see, &seen);
	event_active(user, 0, 0);
	event_active(timer, 0, 0);

	ck_assert_int_eq(event_base_foreach_event(base, visit, &list), 0);

	ck_assert_int_eq(list.count, 5);
	ck_assert_ptr_eq(list.events[0], newer);
	ck_assert_ptr_eq(list.events[1], reader);
	ck_assert_ptr_eq(list.events[2], on_signal);
	ck_assert_ptr_eq(list.events[3], timer);
	ck_assert_ptr_eq(list.events[4], user);
	for (int stop_at = 1; stop_at <= 5; stop_at++) {
		struct visit part = {{NULL}, 0, stop_at};

		ck_assert_int_eq(event_base_foreach_event(base, visit, &part), 7);
		ck_assert_int_eq(part.count, stop_at);
	}
	ck_assert_int_eq(event_base_foreach_event(base, NULL, NULL), -1);
	ck_assert_int_eq(event_base_foreach_event(NULL, visit, &list), -1);
	event_free(reader);
	event_free(newer);
	event_free(timer);
	event_free(on_signal);
	event_free(user);
	tear_down();
}

/* The dump, with addresses and times left out. */
static char *
dumped(void)
{
	static char text[2048];
	size_t size = 0, used = 0;
	char *raw = NULL;
	FILE *stream = open_memstream(&raw, &size);

	event_base_dump_events(base, stream);
	fclose(stream);
	for (char *line = strtok(raw, "\n"); line; line = strtok(NULL, "\n")) {
		const char *bracket = strchr(line, '[');
		char *timeout = strstr(line, " Timeout=");

		if (strstr(line, " Internal"))
			continue;
		if (timeout)
			strcpy(timeout, " Timeout=");
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%s\n", bracket ? bracket : line);
		ck_assert_uint_lt(used, sizeof(text));
	}
	free(raw);
	return text;
}

TEST_EVERYWHERE(event_inspect__dump_lists_what_is_added_and_what_is_active)
{
	char expected[512];
	struct event *writer, *reader, *timer, *on_signal, *user;

	set_up(_i);
	event_base_priority_init(base, 3);
	ck_assert_str_eq(dumped(), "Inserted events:\nActive events:\n");
	timer = event_new(base, -1, EV_PERSIST, see, &seen);
	event_add(timer, MS(1000000));
	writer = added(ends[0], EV_WRITE, see, &seen);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see, &seen);
	event_add(reader, MS(1000000));
	on_signal = evsignal_new(base, 10, see, &seen);
	event_add(on_signal, NULL);
	user = event_new(base, -1, 0, see, &seen);
	event_priority_set(user, 2);
	event_active(user, EV_READ | EV_WRITE, 0);
	event_active(on_signal, EV_SIGNAL | EV_TIMEOUT, 1);

	snprintf(expected, sizeof(expected),
	    "Inserted events:\n"
	    "[fd  %d] Read Persist Timeout=\n"
	    "[fd  %d] Write\n"
	    "[sig 10] Signal Persist\n"
	    "[fd  -1] Persist Timeout=\n"
	    "Active events:\n"
	    "[sig 10, priority=1] Signal Timeout active\n"
	    "[fd  -1, priority=2] Read Write active\n",
	    (int)ends[0], (int)ends[0]);
	ck_assert_str_eq(dumped(), expected);
	event_free(writer);
	event_free(reader);
	event_free(timer);
	event_free(on_signal);
	event_free(user);
	tear_down();
}

TEST_EVERYWHERE(event_inspect__dump_names_closed_peers_and_edges)
{
	char expected[128];
	struct event *ev;

	set_up(_i);
	ev = event_new(base, ends[0], EV_READ | EV_CLOSED | EV_ET, see, &seen);
	if (event_add(ev, NULL) == 0) {
		event_active(ev, EV_CLOSED, 0);
		snprintf(expected, sizeof(expected),
		    "Inserted events:\n[fd  %d] Read EOF ET\n"
		    "Active events:\n[fd  %d, priority=0] EOF active\n",
		    (int)ends[0], (int)ends[0]);
		ck_assert_str_eq(dumped(), expected);
	}
	event_free(ev);
	tear_down();
}

/* ---- Activating ---- */

TEST_EVERYWHERE(event_inspect__events_of_a_descriptor_are_made_active)
{
	struct event *reader, *writer;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(reader, MS(1000000));
	fill(ends[0]);
	writer = added(ends[0], EV_WRITE, see, &other_seen);

	event_base_active_by_fd(base, ends[1], EV_READ | EV_WRITE);
	event_base_active_by_fd(base, -1, EV_READ);
	event_base_active_by_fd(base, 1 << 20, EV_READ);
	event_base_active_by_fd(base, ends[0], 0);
	ck_assert_int_eq(count(ACTIVE), 0);

	event_base_active_by_fd(base, ends[0], EV_READ);
	ck_assert_int_eq(count(ACTIVE), 1);
	turn(base);
	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_READ);
	ck_assert_int_eq(other_seen.calls, 0);

	event_add(reader, MS(1000000));
	event_base_active_by_fd(base, ends[0], EV_TIMEOUT | EV_WRITE);
	turn(base);
	ck_assert_int_eq(seen.what, EV_TIMEOUT);
	ck_assert_int_eq(other_seen.calls, 0);
	event_free(reader);
	event_free(writer);
	tear_down();
}

TEST_EVERYWHERE(event_inspect__events_of_a_signal_are_made_active)
{
	struct event *first, *second;

	set_up(_i);
	event_base_active_by_signal(base, SIGUSR1);
	first = evsignal_new(base, SIGUSR1, see, &seen);
	second = evsignal_new(base, SIGUSR1, see, &seen);
	event_add(first, NULL);
	event_add(second, NULL);
	event_base_active_by_signal(base, SIGUSR2);
	event_base_active_by_signal(base, -1);
	event_base_active_by_signal(base, 1000);

	event_base_active_by_signal(base, SIGUSR1);
	turn(base);

	ck_assert_int_eq(seen.calls, 2);
	ck_assert_int_eq(seen.what, EV_SIGNAL);
	event_free(first);
	event_free(second);
	tear_down();
}
