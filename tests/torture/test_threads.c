/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A loop and another thread that asks things of it, and what a process does once at its
 * beginning, while every allocation and every system call fails once.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <levin/post.h>
#include <pthread.h>

#include "torture/torture.h"

/* Without libevent_pthreads the first calls are fewer. */
#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
static int
use_locks(int flags)
{
	return evthread_use_pthreads_with_flags(flags);
}
#else
#define EVTHREAD_PTHREAD_PRIO_INHERIT 0
static int
use_locks(int flags)
{
	return flags;
}
#endif

enum { ROUNDS = 6 };

/* All of it belongs to the loop's thread but what the other one calls. */
struct meeting {
	struct event_base *base;
	struct event reader;
	struct event bell;
	evutil_socket_t ends[2];
	int taken;
	int rung;
	int posts;
	bool over;
};

static void
count_post(void *count)
{
	++*(int *)count;
}

static void
end_meeting(void *arg)
{
	struct meeting *meeting = arg;

	meeting->over = true;
	event_base_loopbreak(meeting->base);
}

static void *
visit(void *arg)
{
	struct meeting *meeting = arg;

	for (int i = 0; i < ROUNDS; i++) {
		TRY(event_add(&meeting->reader, SPAN_MS(100000)));
		torture_put(meeting->ends[1]);
		TRY(levin_post(meeting->base, count_post, &meeting->posts));
		event_active(&meeting->bell, EV_READ, 1);
		TRY(event_add(&meeting->bell, SPAN_MS(100000)));
		TRY(event_del(&meeting->bell));
		event_active(&meeting->bell, EV_READ, 1);
		if (i % 2)
			TRY(event_del(&meeting->reader));
	}
	/* The reader takes one byte at each call. */
	TRY(event_add(&meeting->reader, NULL));
	event_active(&meeting->bell, EV_READ, 1);
	return NULL;
}

static void
be_visited(const struct configuration *configuration)
{
	struct meeting meeting = {.base = torture_base(configuration)};
	pthread_t visitor;

	torture_open_pair(configuration, meeting.ends);
	TRY(evthread_make_base_notifiable(meeting.base));
	TRY(event_assign(&meeting.reader, meeting.base, meeting.ends[0], EV_READ | EV_PERSIST,
	    torture_take, &meeting.taken));
	TRY(event_assign(
	    &meeting.bell, meeting.base, -1, EV_PERSIST, torture_count, &meeting.rung));
	ck_assert_int_eq(pthread_create(&visitor, NULL, visit, &meeting), 0);
	while (meeting.taken < ROUNDS || meeting.posts < ROUNDS || meeting.rung == 0)
		TRY(event_base_loop(meeting.base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY));
	ck_assert_int_eq(pthread_join(visitor, NULL), 0);
	TRY(levin_post(meeting.base, end_meeting, &meeting));
	while (!meeting.over)
		TRY(event_base_loop(meeting.base, EVLOOP_NO_EXIT_ON_EMPTY));
	EXPECT(meeting.taken == ROUNDS && meeting.posts == ROUNDS);
	TRY(event_del(&meeting.reader));
	TRY(event_del(&meeting.bell));
	event_debug_unassign(&meeting.reader);
	event_debug_unassign(&meeting.bell);
	event_base_free(meeting.base);
	torture_close(meeting.ends[0]);
	torture_close(meeting.ends[1]);
}

static int way_of_locks;

/* In a child: everything is for the first time. */
static void
begin(const struct configuration *configuration)
{
	struct event_base *base;
	struct event *ev;
	int count = 0;

	event_enable_debug_mode();
	TRY(use_locks(way_of_locks == 1 ? EVTHREAD_PTHREAD_PRIO_INHERIT : 0));
	if (way_of_locks == 2)
		evthread_enable_lock_debugging();
	base = torture_base(configuration);
	TRY_NEW(ev, event_new(base, -1, EV_PERSIST, torture_count, &count));
	TRY(event_add(ev, SPAN_MS(1)));
	torture_run(base, &count, 2);
	event_free(ev);
	event_base_free(base);
	libevent_global_shutdown();
}

/* ---- Cases ---- */

TEST_ON_BACKENDS(threads__survive_every_failure)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	if (configuration.backend->threads)
		torture(be_visited, &configuration);
}

TEST_RANGE(threads__first_calls_survive_every_failure, 0, 3)
{
	struct configuration configuration = {.backend = backend_under_test(0)};

	way_of_locks = _i;
	torture_in_children(begin, &configuration);
}
