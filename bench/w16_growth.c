/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w16: what one call costs where n things of its kind exist already: events of one
 * descriptor or signal, active events, callbacks and chains of a buffer, members of a
 * rate limit group.  It must not grow with n.  Counted by bench/instructions, for
 * n = 1,000 and n = 50,000.
 *
 *   fd_..., signal_...   events that wait for the same descriptor or signal
 *   active_...           events that wait to be run
 *   once, free_...       events of event_base_once; event_base_free, for each event
 *   cb_...               callbacks of a buffer
 *   chain_...            buffers of n chains of two bytes
 *   group_..., bev_...   bufferevents of a rate limit group
 *
 * What is removed is removed in random order.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "engines/engine.h"
#include "support/clock.h"
#include "support/random.h"

struct growth {
	const struct bench *bench;
	struct engine engine;
	int count;
	int *shuffled; /* every index once */
	struct event *events;
	long calls;
	struct evbuffer *buffer;
	struct evbuffer *other;
	struct evbuffer_cb_entry **entries;
	struct bufferevent **bevs;
	struct bufferevent_rate_limit_group *group;
};

static const struct timeval hour = {3600, 0};

static void
count_call(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	++*(long *)arg;
}

static void
on_change(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buffer;
	(void)info;
	(void)arg;
}

static void
assign(struct growth *growth, evutil_socket_t fd, short events)
{
	for (int i = 0; i < growth->count; i++)
		event_assign(&growth->events[i], growth->engine.base, fd, events, count_call,
		    &growth->calls);
}

/* ---- events ---- */

BENCH_MEASURED void
measured_add(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		event_add(&growth->events[i], NULL);
}

BENCH_MEASURED void
measured_dispatch(struct growth *growth)
{
	engine_poll(&growth->engine);
}

BENCH_MEASURED void
measured_del(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		event_del(&growth->events[growth->shuffled[i]]);
}

BENCH_MEASURED void
measured_signal_add(struct growth *growth)
{
	measured_add(growth);
}

BENCH_MEASURED void
measured_signal_dispatch(struct growth *growth)
{
	measured_dispatch(growth);
}

BENCH_MEASURED void
measured_signal_del(struct growth *growth)
{
	measured_del(growth);
}

BENCH_MEASURED void
measured_activate(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		event_active(&growth->events[i], EV_TIMEOUT, 1);
}

BENCH_MEASURED void
measured_active_del(struct growth *growth)
{
	measured_del(growth);
}

BENCH_MEASURED void
measured_once(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++) {
		struct timeval span = {3600, i};

		event_base_once(
		    growth->engine.base, -1, EV_TIMEOUT, count_call, &growth->calls, &span);
	}
}

BENCH_MEASURED void
measured_free_base(struct growth *growth)
{
	event_base_free(growth->engine.base);
}

BENCH_MEASURED void
measured_free_once(struct growth *growth)
{
	event_base_free(growth->engine.base);
}

/* ---- buffers ---- */

BENCH_MEASURED void
measured_cb_add(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		growth->entries[i] = evbuffer_add_cb(growth->buffer, on_change, growth);
}

BENCH_MEASURED void
measured_cb_remove(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		evbuffer_remove_cb_entry(growth->buffer, growth->entries[growth->shuffled[i]]);
}

BENCH_MEASURED void
measured_chain_add(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		evbuffer_add_reference(growth->buffer, "x\n", 2, NULL, NULL);
}

BENCH_MEASURED void
measured_chain_ptr_set(struct growth *growth)
{
	struct evbuffer_ptr at;

	evbuffer_ptr_set(growth->buffer, &at, 0, EVBUFFER_PTR_SET);
	for (int i = 1; i < growth->count; i++)
		bench_must(
		    evbuffer_ptr_set(growth->buffer, &at, 2, EVBUFFER_PTR_ADD), "evbuffer_ptr_set");
}

BENCH_MEASURED void
measured_chain_search_eol(struct growth *growth)
{
	struct evbuffer_ptr at;

	evbuffer_ptr_set(growth->buffer, &at, 0, EVBUFFER_PTR_SET);
	for (int i = 1; i < growth->count; i++) {
		at = evbuffer_search_eol(growth->buffer, &at, NULL, EVBUFFER_EOL_LF);
		bench_verify("end of line", at.pos, 2 * i - 1);
		evbuffer_ptr_set(growth->buffer, &at, 1, EVBUFFER_PTR_ADD);
	}
}

BENCH_MEASURED void
measured_chain_copyout(struct growth *growth)
{
	char bytes[4];

	for (int i = 0; i < growth->count; i++)
		bench_verify("copied", evbuffer_copyout(growth->buffer, bytes, 4), 4);
}

BENCH_MEASURED void
measured_chain_peek(struct growth *growth)
{
	struct evbuffer_iovec extents[2];

	for (int i = 0; i < growth->count; i++)
		bench_verify("extents", evbuffer_peek(growth->buffer, 4, NULL, extents, 2), 2);
}

BENCH_MEASURED void
measured_chain_reserve(struct growth *growth)
{
	struct evbuffer_iovec extent;

	for (int i = 0; i < growth->count; i++)
		bench_verify("extents", evbuffer_reserve_space(growth->buffer, 16, &extent, 1), 1);
}

BENCH_MEASURED void
measured_chain_prepend(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		evbuffer_prepend(growth->buffer, "y", 1);
}

BENCH_MEASURED void
measured_chain_readln(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		free(evbuffer_readln(growth->buffer, NULL, EVBUFFER_EOL_LF));
}

BENCH_MEASURED void
measured_chain_remove_buffer(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		evbuffer_remove_buffer(growth->buffer, growth->other, 2);
}

BENCH_MEASURED void
measured_chain_drain(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		evbuffer_drain(growth->other, 2);
}

/* ---- bufferevents ---- */

BENCH_MEASURED void
measured_bev_new(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		growth->bevs[i] = bufferevent_socket_new(growth->engine.base, -1, 0);
}

BENCH_MEASURED void
measured_group_add(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		bufferevent_add_to_rate_limit_group(growth->bevs[i], growth->group);
}

BENCH_MEASURED void
measured_group_remove(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		bufferevent_remove_from_rate_limit_group(growth->bevs[growth->shuffled[i]]);
}

BENCH_MEASURED void
measured_bev_free(struct growth *growth)
{
	for (int i = 0; i < growth->count; i++)
		bufferevent_free(growth->bevs[growth->shuffled[i]]);
}

/* ---- one after the other ---- */

enum { STEPS_MOST = 32 };

/* What the steps of all rounds took. */
static struct {
	const char *metric;
	const char *function;
	int64_t cpu_ns;
} costs[STEPS_MOST];
static int steps;

#define MEASURE(metric, function) measure(growth, metric, #function, function)

static void
measure(
    struct growth *growth, const char *metric, const char *name, void (*measured)(struct growth *))
{
	int64_t start_ns = clock_cpu_ns();

	measured(growth);
	costs[steps].cpu_ns += clock_cpu_ns() - start_ns;
	costs[steps].metric = metric;
	costs[steps].function = name;
	steps++;
}

static void
use_events(struct growth *growth)
{
	int ends[2];

	bench_must(pipe(ends), "pipe");
	bench_must(write(ends[1], "x", 1) == 1 ? 0 : -1, "write");
	assign(growth, ends[0], EV_READ | EV_PERSIST);
	MEASURE("fd_add", measured_add);
	MEASURE("fd_dispatch", measured_dispatch);
	MEASURE("fd_del", measured_del);
	close(ends[0]);
	close(ends[1]);
	assign(growth, SIGUSR1, EV_SIGNAL | EV_PERSIST);
	MEASURE("signal_add", measured_signal_add);
	raise(SIGUSR1);
	MEASURE("signal_dispatch", measured_signal_dispatch);
	MEASURE("signal_del", measured_signal_del);
	assign(growth, -1, 0);
	MEASURE("activate", measured_activate);
	MEASURE("active_del", measured_active_del);
}

static void
free_bases(struct growth *growth)
{
	engine_open(&growth->engine);
	MEASURE("once", measured_once);
	MEASURE("free_once", measured_free_once);
	engine_open(&growth->engine);
	assign(growth, -1, 0);
	for (int i = 0; i < growth->count; i++) {
		struct timeval span = {1 + i, 0};

		event_add(&growth->events[growth->shuffled[i]], &span);
	}
	MEASURE("free_base", measured_free_base);
}

static void
use_buffers(struct growth *growth)
{
	growth->buffer = evbuffer_new();
	growth->other = evbuffer_new();
	MEASURE("cb_add", measured_cb_add);
	MEASURE("cb_remove", measured_cb_remove);
	MEASURE("chain_add", measured_chain_add);
	MEASURE("chain_ptr_set", measured_chain_ptr_set);
	MEASURE("chain_search_eol", measured_chain_search_eol);
	MEASURE("chain_copyout", measured_chain_copyout);
	MEASURE("chain_peek", measured_chain_peek);
	MEASURE("chain_reserve", measured_chain_reserve);
	MEASURE("chain_prepend", measured_chain_prepend);
	MEASURE("chain_readln", measured_chain_readln);
	for (int i = 0; i < growth->count; i++)
		evbuffer_add_reference(growth->buffer, "x\n", 2, NULL, NULL);
	MEASURE("chain_remove_buffer", measured_chain_remove_buffer);
	MEASURE("chain_drain", measured_chain_drain);
	evbuffer_free(growth->buffer);
	evbuffer_free(growth->other);
}

static void
use_bufferevents(struct growth *growth)
{
	struct ev_token_bucket_cfg *limits =
	    ev_token_bucket_cfg_new(1000000, 1000000, 1000000, 1000000, &hour);

	engine_open(&growth->engine);
	growth->group = bufferevent_rate_limit_group_new(growth->engine.base, limits);
	MEASURE("bev_new", measured_bev_new);
	MEASURE("group_add", measured_group_add);
	MEASURE("group_remove", measured_group_remove);
	MEASURE("bev_free", measured_bev_free);
	engine_poll(&growth->engine);
	bufferevent_rate_limit_group_free(growth->group);
	ev_token_bucket_cfg_free(limits);
	engine_close(&growth->engine);
}

static void
shuffle(struct growth *growth)
{
	struct random_source random = {.state = 20010911};

	for (int i = 0; i < growth->count; i++)
		growth->shuffled[i] = i;
	for (int i = growth->count - 1; i > 0; i--) {
		int other = (int)random_below(&random, (uint64_t)i + 1);
		int index = growth->shuffled[i];

		growth->shuffled[i] = growth->shuffled[other];
		growth->shuffled[other] = index;
	}
}

static void
run_growth(struct bench *bench, const struct bench_case *this_case)
{
	struct growth growth = {.bench = bench, .count = this_case->count};
	size_t count = (size_t)this_case->count;
	long rounds = (bench->work + this_case->count - 1) / this_case->count;

	engine_choose(bench->variant);
	growth.shuffled = bench_allocate(count, sizeof(*growth.shuffled));
	growth.events = bench_allocate(count, sizeof(*growth.events));
	growth.entries = bench_allocate(count, sizeof(void *));
	growth.bevs = bench_allocate(count, sizeof(void *));
	shuffle(&growth);
	for (long i = 0; i < rounds; i++) {
		steps = 0;
		growth.calls = 0;
		engine_open(&growth.engine);
		use_events(&growth);
		engine_close(&growth.engine);
		bench_verify("calls", growth.calls, 2L * this_case->count);
		free_bases(&growth);
		use_buffers(&growth);
		use_bufferevents(&growth);
	}
	for (int i = 0; i < steps; i++)
		bench_report_cost(bench, costs[i].metric, costs[i].function, costs[i].cpu_ns,
		    rounds * this_case->count);
	free(growth.shuffled);
	free(growth.events);
	free(growth.entries);
	free(growth.bevs);
}

static const struct bench_case cases[] = {
    {"n=1000", run_growth, 20000, .count = 1000},
    {"n=50000", run_growth, 100000, .count = 50000},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
