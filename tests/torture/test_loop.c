/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Programs on every backend in which every allocation and every system call fails once:
 * bases, descriptors, timers, once, watchers, posts, finalizers, fork.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <event2/watch.h>
#include <levin/post.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/platform.h"
#include "torture/torture.h"

/* ---- A base and its parts ---- */

static void
make_bases(const struct configuration *configuration)
{
	const struct timeval interval = {1, 0};
	const struct timeval *common;
	struct event_config *config;
	struct event_base *base, *other;

	TRY_NEW(config, event_config_new());
	TRY(event_config_avoid_method(config, "a"));
	TRY(event_config_avoid_method(config, "b"));
	TRY(event_config_set_max_dispatch_interval(config, &interval, 5, 1));
	event_config_free(config);

	base = torture_base(configuration);
	other = torture_base(configuration);
	TRY(event_base_priority_init(base, 7));
	EXPECT(event_base_get_npriorities(base) == 7);
	TRY(evthread_make_base_notifiable(base));
	for (int i = 1; i < 12; i++)
		TRY_NEW(common, event_base_init_common_timeout(base, SPAN_MS(i * 1000)));
	EXPECT(event_base_loop(base, EVLOOP_NONBLOCK) == 1 || faults_injected());
	event_base_free(other);
	event_base_free(base);
}

/* ---- Descriptors ---- */

enum { PAIRS = 40 };

struct line {
	evutil_socket_t ends[2];
	struct event reader;
	struct event writer;
	struct event hearer; /* of the end, which does not come */
	int taken;
	int written;
	int ended;
};

static void
start_line(const struct configuration *configuration, struct event_base *base, struct line *line)
{
	*line = (struct line){.taken = 0};
	torture_open_pair(configuration, line->ends);
	TRY(event_assign(
	    &line->reader, base, line->ends[0], EV_READ | EV_PERSIST, torture_take, &line->taken));
	TRY(event_assign(
	    &line->writer, base, line->ends[0], EV_WRITE, torture_count, &line->written));
	TRY(event_assign(&line->hearer, base, line->ends[0], EV_CLOSED | EV_PERSIST, torture_count,
	    &line->ended));
	TRY(event_add(&line->hearer, NULL));
	TRY(event_add(&line->reader, NULL));
}

static void
end_line(struct line *line)
{
	TRY(event_del(&line->reader));
	event_debug_unassign(&line->reader);
	TRY(event_del(&line->writer));
	event_debug_unassign(&line->writer);
	TRY(event_del(&line->hearer));
	event_debug_unassign(&line->hearer);
	torture_close(line->ends[0]);
	torture_close(line->ends[1]);
}

/* With a turn after each change the kernel hears of it before the byte comes. */
static void
change_wants(struct event_base *base, struct line *line, bool turns)
{
	if (turns)
		TRY(event_base_loop(base, EVLOOP_NONBLOCK));
	torture_put(line->ends[1]);
	torture_run(base, &line->taken, 1);
	TRY(event_add(&line->writer, NULL));
	torture_run(base, &line->written, 1);
	torture_put(line->ends[1]);
	torture_run(base, &line->taken, 2);
	TRY(event_del(&line->reader));
	TRY(event_add(&line->reader, SPAN_MS(100000)));
	if (turns)
		TRY(event_base_loop(base, EVLOOP_NONBLOCK));
	torture_put(line->ends[1]);
	torture_run(base, &line->taken, 3);
	TRY(event_remove_timer(&line->reader));
	TRY(event_del(&line->hearer));
	if (turns)
		TRY(event_base_loop(base, EVLOOP_NONBLOCK));
	torture_put(line->ends[1]);
	torture_run(base, &line->taken, 4);
	TRY(event_del(&line->reader));
	TRY(event_add(&line->hearer, NULL));
	if (turns)
		TRY(event_base_loop(base, EVLOOP_NONBLOCK));
	TRY(event_add(&line->reader, NULL));
	if (turns)
		TRY(event_base_loop(base, EVLOOP_NONBLOCK));
	torture_put(line->ends[1]);
	torture_run(base, &line->taken, 5);
}

/* Enough of them that all tables grow; then what is wanted changes in every way. */
static void
watch_descriptors(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	static struct line lines[PAIRS];

	for (int i = 0; i < PAIRS; i++)
		start_line(configuration, base, &lines[i]);
	for (int i = 0; i < PAIRS; i += 13)
		change_wants(base, &lines[i], i % 2);
	for (int i = 0; i < PAIRS; i++)
		end_line(&lines[i]);
	event_base_free(base);
}

/* The number of a closed descriptor comes again, while a duplicate keeps its file open. */
static void
reuse_descriptors(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	struct event event;
	evutil_socket_t ends[2], copy;
	int taken = 0;

	for (int i = 0; i < 4; i++) {
		torture_open_pair(configuration, ends);
		TRY(event_assign(
		    &event, base, ends[0], EV_READ | EV_PERSIST, torture_take, &taken));
		TRY(event_add(&event, NULL));
		torture_put(ends[1]);
		torture_run(base, &taken, 2 * i + 1);
		if (i % 2)
			TRY(event_del(&event));
		faults_pause();
		copy = dup(ends[0]);
		faults_resume();
		torture_put(ends[1]);
		if (!(i % 2))
			TRY(event_del(&event));
		torture_close(ends[0]);
		torture_close(ends[1]);
		torture_open_pair(configuration, ends);
		TRY(event_assign(
		    &event, base, ends[0], EV_READ | EV_PERSIST, torture_take, &taken));
		TRY(event_add(&event, NULL));
		torture_put(ends[1]);
		torture_run(base, &taken, 2 * i + 2);
		TRY(event_del(&event));
		event_debug_unassign(&event);
		torture_close(ends[0]);
		torture_close(ends[1]);
		if (copy >= 0)
			torture_close(copy);
	}
	event_base_free(base);
}

/* ---- Timers ---- */

enum { TIMERS = 600 };

static void
set_timers(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	static struct event timers[TIMERS];
	struct event *again;
	int count = 0, periods = 0;

	for (int i = 0; i < TIMERS; i++) {
		TRY(evtimer_assign(&timers[i], base, torture_count, &count));
		/* Some are due, the others spread over all that timers know. */
		TRY(event_add(&timers[i], i % 100 ? SPAN_MS(100000 + i * i * 50) : SPAN_MS(0)));
	}
	TRY_NEW(again, event_new(base, -1, EV_PERSIST, torture_count, &periods));
	TRY(event_add(again, SPAN_MS(1)));
	torture_run(base, &count, TIMERS / 100);
	torture_run(base, &periods, 1);
	EXPECT(count == TIMERS / 100);
	for (int i = 0; i < TIMERS; i += 7)
		TRY(event_add(&timers[i], SPAN_MS(50000 + i)));
	for (int i = 0; i < TIMERS; i++) {
		EXPECT(
		    !event_pending(&timers[i], EV_TIMEOUT, NULL) == (i % 100 == 0 && i % 7 != 0));
		TRY(event_del(&timers[i]));
		event_debug_unassign(&timers[i]);
	}
	event_free(again);
	event_base_free(base);
}

/* ---- All the rest ---- */

static void
count_post(void *count)
{
	++*(int *)count;
}

static void
count_prepare(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *count)
{
	(void)watch;
	(void)info;
	++*(int *)count;
}

static void
count_check(struct evwatch *watch, const struct evwatch_check_cb_info *info, void *count)
{
	(void)watch;
	(void)info;
	++*(int *)count;
}

static void
count_final(struct event *ev, void *count)
{
	(void)ev;
	++*(int *)count;
}

static void
call_once_and_post(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	int once_events = 0, posts = 0, prepared = 0, checked = 0, finals = 0;
	struct evwatch *prepare, *check;
	struct event *first, *second;
	evutil_socket_t ends[2];

	torture_open_pair(configuration, ends);
	TRY_NEW(prepare, evwatch_prepare_new(base, count_prepare, &prepared));
	TRY_NEW(check, evwatch_check_new(base, count_check, &checked));
	TRY(event_base_once(base, -1, EV_TIMEOUT, torture_count, &once_events, NULL));
	TRY(event_base_once(base, -1, EV_TIMEOUT, torture_count, &once_events, SPAN_MS(1)));
	TRY(event_base_once(base, ends[0], EV_WRITE, torture_count, &once_events, NULL));
	for (int i = 0; i < 3; i++)
		TRY(levin_post(base, count_post, &posts));
	torture_run(base, &posts, 3);
	torture_run(base, &once_events, 3);
	EXPECT(posts == 3 && once_events == 3);
	EXPECT(prepared > 0 && checked > 0);

	TRY_NEW(first, event_new(base, ends[0], EV_READ | EV_PERSIST, torture_take, &finals));
	TRY_NEW(second, event_new(base, -1, EV_FINALIZE, torture_count, &finals));
	TRY(event_add(first, SPAN_MS(100000)));
	TRY(event_add(second, SPAN_MS(100000)));
	event_active(second, EV_READ, 1);
	TRY(event_free_finalize(0, first, count_final));
	TRY(event_free_finalize(0, second, count_final));
	torture_run(base, &finals, 2);
	EXPECT(finals == 2);

	TRY(event_base_loopexit(base, SPAN_MS(1)));
	TRY(event_base_dispatch(base));
	/* What has not happened goes with the base. */
	TRY(levin_post(base, count_post, &posts));
	TRY(event_base_once(base, -1, EV_TIMEOUT, torture_count, &once_events, SPAN_MS(100000)));
	evwatch_free(prepare);
	event_base_free(base);
	EXPECT(posts == 3 && once_events == 3);
	torture_close(ends[0]);
	torture_close(ends[1]);
}

/* A loop goes on in a child as in its parent. */
static void
continue_in_child(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	struct event *reader, *timer;
	int taken = 0, ticks = 0, status;
	evutil_socket_t ends[2];
	pid_t child;

	torture_open_pair(configuration, ends);
	TRY(evthread_make_base_notifiable(base));
	TRY_NEW(reader, event_new(base, ends[0], EV_READ | EV_PERSIST, torture_take, &taken));
	TRY_NEW(timer, evtimer_new(base, torture_count, &ticks));
	TRY(event_add(reader, NULL));
	TRY(event_add(timer, SPAN_MS(1)));
	torture_put(ends[1]);
	torture_run(base, &taken, 1);
	child = fork();
	if (child == 0) {
		TRY(event_reinit(base));
		torture_put(ends[1]);
		torture_run(base, &taken, 2);
		torture_run(base, &ticks, 1);
		_exit(faults_injected() ? 2 : 3);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) >= 2);
	/* The parent of the real kernel reads what is left. */
	torture_put(ends[1]);
	torture_run(base, &taken, 2);
	torture_run(base, &ticks, 1);
	event_free(reader);
	event_free(timer);
	event_base_free(base);
	torture_close(ends[0]);
	torture_close(ends[1]);
}

static void
use_helpers(const struct configuration *configuration)
{
	struct evutil_addrinfo hints = {.ai_flags = EVUTIL_AI_NUMERICHOST};
	struct evutil_addrinfo *result = NULL;
	evutil_socket_t ends[2];
	unsigned char bytes[64];

	(void)configuration;
	TRY(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	TRY(evutil_make_socket_nonblocking(ends[0]));
	TRY(evutil_make_socket_closeonexec(ends[0]));
	evutil_secure_rng_get_bytes(bytes, sizeof(bytes));
	torture_close(ends[0]);
	torture_close(ends[1]);
	if (evutil_getaddrinfo("127.0.0.1", "80", &hints, &result) != 0) {
		torture_excuse("evutil_getaddrinfo");
		EXPECT(evutil_getaddrinfo("127.0.0.1", "80", &hints, &result) == 0);
	}
	evutil_freeaddrinfo(result);
}

/* ---- Cases ---- */

static struct configuration
configuration_of(int i)
{
	return (struct configuration){.backend = backend_under_test(i)};
}

static void
torture_on(torture_program_fn *program, int i)
{
	struct configuration configuration = configuration_of(i);

	torture(program, &configuration);
}

TEST_EVERYWHERE(event_base_new__survives_every_failure)
{
	torture_on(make_bases, _i);
}

TEST_EVERYWHERE(loop__descriptors_survive_every_failure)
{
	torture_on(watch_descriptors, _i);
}

TEST_ON_BACKENDS(loop__reused_descriptors_survive_every_failure)
{
	torture_on(reuse_descriptors, _i);
}

TEST_EVERYWHERE(timers__survive_every_failure)
{
	torture_on(set_timers, _i);
}

TEST_EVERYWHERE(event_base_once__and_levin_post_survive_every_failure)
{
	torture_on(call_once_and_post, _i);
}

TEST_ON_BACKENDS(event_reinit__survives_every_failure)
{
	torture_on(continue_in_child, _i);
}

/* With one source of random bytes alone the library does not go on without it. */
TEST_IF(LVN_HAVE_GETRANDOM, evutil_getaddrinfo__survives_every_failure)
{
	struct configuration configuration = configuration_of(0);

	torture(use_helpers, &configuration);
}

static const struct configuration grains[] = {
    {.flags = EVENT_BASE_FLAG_PRECISE_TIMER},
    {.flags = EVENT_BASE_FLAG_PRECISE_TIMER, .without = {"epoll_pwait2"}},
    {.flags = EVENT_BASE_FLAG_PRECISE_TIMER, .without = {"epoll_pwait2", "ppoll"}},
    {.without = {"eventfd"}},
};

TEST_RANGE(loop__old_kernels_survive_every_failure, 0, (int)(sizeof(grains) / sizeof(grains[0])))
{
	struct configuration configuration = grains[_i];

	configuration.backend = backend_under_test(0);
	torture(set_timers, &configuration);
	torture(continue_in_child, &configuration);
}
