/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w03: what n pending timers cost, their durations random or ("same") all one.
 *
 *   add         each is started, in the order in which they lie in memory
 *   reset_rand  each, in random order, gets another random duration
 *   reset_push  each, in the order in memory, is pushed out to be later than all
 *               others, as servers do with a connection's timeout on every message
 *   reset_cold  the same in random order: what is not in the cache is paid for
 *   cancel      each is stopped, the earliest first, which is no order in memory
 *   fire        all, started in random order, have become due; their callbacks run
 *   bytes       memory that one takes, the program's own struct included
 *   longest     processor time between two calls of a descriptor that is always
 *               ready, while all become due one after the other within a few
 *               seconds: how long timers keep others waiting in a turn
 *
 * Timers of one duration are announced to an engine that wishes to know it
 * (libevent's common timeouts), except when they are to fire: most programs
 * do not announce them.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engines/engine.h"
#include "support/clock.h"
#include "support/random.h"

#define US_PER_S    INT64_C(1000000)
#define NS_PER_US   INT64_C(1000)
#define SHORTEST_US (1 * US_PER_S)
#define LONGEST_US  (61 * US_PER_S)
#define SAME_US     (30 * US_PER_S)
/* Callbacks of 1,000,000 timers take libevent 3.5 seconds. */
#define TURNS_US (4 * US_PER_S)
/* The kernel's coarse clock may be a tick of 10 ms behind. */
#define CLOCK_LAG_NS (BENCH_NS_PER_S / 50)

struct pending {
	struct timer timer;
	struct crowd *crowd;
	long calls;
};

struct crowd {
	struct engine engine;
	struct pending *timers;
	int *shuffled; /* every index once */
	int64_t *durations_us;
	int count;
	long calls;
	struct random_source random;
};

ON_TIMEOUT(count_call)
{
	struct pending *pending = arg;

	pending->calls++;
	pending->crowd->calls++;
}

/* ---- setting up */

static void
shuffle(struct crowd *crowd)
{
	for (int i = 0; i < crowd->count; i++)
		crowd->shuffled[i] = i;
	for (int i = crowd->count - 1; i > 0; i--) {
		int other = (int)random_below(&crowd->random, (uint64_t)i + 1);
		int index = crowd->shuffled[i];

		crowd->shuffled[i] = crowd->shuffled[other];
		crowd->shuffled[other] = index;
	}
}

static void
choose_random_durations(struct crowd *crowd, int64_t from_us, int64_t to_us)
{
	uint64_t range = (uint64_t)(to_us - from_us);

	for (int i = 0; i < crowd->count; i++)
		crowd->durations_us[i] = from_us + (int64_t)random_below(&crowd->random, range);
}

static void
choose_one_duration(struct crowd *crowd, int64_t duration_us)
{
	for (int i = 0; i < crowd->count; i++)
		crowd->durations_us[i] = duration_us;
}

static void
crowd_open_engine(struct crowd *crowd)
{
	engine_open(&crowd->engine);
	crowd->calls = 0;
	for (int i = 0; i < crowd->count; i++) {
		struct pending *pending = &crowd->timers[i];

		pending->crowd = crowd;
		pending->calls = 0;
		timer_init(&pending->timer, &crowd->engine, count_call, pending);
	}
}

static void
crowd_open(struct crowd *crowd, int count)
{
	crowd->count = count;
	crowd->random.state = 20010911;
	crowd->shuffled = bench_allocate((size_t)count, sizeof(*crowd->shuffled));
	crowd->durations_us = bench_allocate((size_t)count, sizeof(*crowd->durations_us));
	shuffle(crowd);
	choose_one_duration(crowd, SAME_US);
	crowd->timers = bench_allocate((size_t)count, sizeof(*crowd->timers));
}

static void
crowd_close(struct crowd *crowd)
{
	free(crowd->timers);
	free(crowd->shuffled);
	free(crowd->durations_us);
}

/* ---- what is measured */

BENCH_MEASURED void
measured_add(struct crowd *crowd)
{
	for (int i = 0; i < crowd->count; i++)
		timer_start(&crowd->timers[i].timer, &crowd->engine, crowd->durations_us[i]);
}

BENCH_MEASURED void
measured_reset_rand(struct crowd *crowd)
{
	for (int i = 0; i < crowd->count; i++) {
		struct pending *pending = &crowd->timers[crowd->shuffled[i]];

		timer_restart(&pending->timer, &crowd->engine, crowd->durations_us[i]);
	}
}

/* A microsecond passes from one message to the next. */
BENCH_MEASURED void
measured_reset_push(struct crowd *crowd)
{
	for (int i = 0; i < crowd->count; i++)
		timer_restart(&crowd->timers[i].timer, &crowd->engine, LONGEST_US + i);
}

BENCH_MEASURED void
measured_reset_cold(struct crowd *crowd)
{
	for (int i = 0; i < crowd->count; i++) {
		struct pending *pending = &crowd->timers[crowd->shuffled[i]];

		timer_restart(&pending->timer, &crowd->engine, LONGEST_US + crowd->count + i);
	}
}

BENCH_MEASURED void
measured_cancel(struct crowd *crowd)
{
	for (int i = 0; i < crowd->count; i++)
		timer_stop(&crowd->timers[crowd->shuffled[i]].timer, &crowd->engine);
}

static void
start_in_random_order(struct crowd *crowd)
{
	for (int i = 0; i < crowd->count; i++) {
		struct pending *pending = &crowd->timers[crowd->shuffled[i]];

		timer_start(&pending->timer, &crowd->engine, crowd->durations_us[i]);
	}
}

BENCH_MEASURED void
measured_fire(struct crowd *crowd)
{
	while (crowd->calls < crowd->count)
		engine_poll(&crowd->engine);
}

/* ---- pending timers */

struct costs {
	int64_t add_ns;
	int64_t reset_rand_ns;
	int64_t reset_push_ns;
	int64_t reset_cold_ns;
	int64_t cancel_ns;
	int64_t fire_ns;
	long bytes;
};

static void
run_timed(struct crowd *crowd, void (*measured)(struct crowd *), int64_t *cost_ns)
{
	int64_t start_ns = clock_cpu_ns();

	measured(crowd);
	*cost_ns += clock_cpu_ns() - start_ns;
}

static void
choose_durations(struct crowd *crowd, const struct bench_case *this_case)
{
	if (!this_case->same)
		choose_random_durations(crowd, SHORTEST_US, LONGEST_US);
}

static void
run_pending(struct crowd *crowd, const struct bench_case *this_case, struct costs *costs)
{
	choose_durations(crowd, this_case);
	run_timed(crowd, measured_add, &costs->add_ns);
	choose_durations(crowd, this_case);
	run_timed(crowd, measured_reset_rand, &costs->reset_rand_ns);
	run_timed(crowd, measured_reset_push, &costs->reset_push_ns);
	run_timed(crowd, measured_reset_cold, &costs->reset_cold_ns);
	run_timed(crowd, measured_cancel, &costs->cancel_ns);
	engine_poll(&crowd->engine);
	bench_verify("calls of cancelled timers", crowd->calls, 0);
}

static void
sleep_ns(int64_t span_ns)
{
	struct timespec span = {span_ns / BENCH_NS_PER_S, span_ns % BENCH_NS_PER_S};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &span, &span) == EINTR)
		;
}

static void
run_fire(struct crowd *crowd, const struct bench_case *this_case, struct costs *costs)
{
	int64_t soonest_us = US_PER_S / 1000;
	int64_t latest_us = 2 * soonest_us + crowd->count / 20;

	if (this_case->same)
		choose_one_duration(crowd, latest_us);
	else
		choose_random_durations(crowd, soonest_us, latest_us);
	crowd->calls = 0;
	start_in_random_order(crowd);
	sleep_ns(latest_us * NS_PER_US + CLOCK_LAG_NS);
	run_timed(crowd, measured_fire, &costs->fire_ns);
	bench_verify("calls of due timers", crowd->calls, crowd->count);
}

/* The engine is one without timers, so that what it keeps for n of them is counted. */
static long
measure_bytes(struct crowd *crowd, const struct bench_case *this_case)
{
	long bookkeeping =
	    (long)(sizeof(struct pending) - sizeof(struct timer)) * (long)crowd->count;
	long before = bench_resident_bytes();
	long taken;

	crowd_open_engine(crowd);
	if (this_case->same)
		engine_announce_duration(&crowd->engine, SAME_US);
	choose_durations(crowd, this_case);
	measured_add(crowd);
	taken = bench_resident_bytes() - before;
	measured_cancel(crowd);
	return taken - bookkeeping;
}

static void
report_costs(const struct bench *bench, const struct costs *costs, long count, long rounds)
{
	long operations = count * rounds;
	struct bench_metric bytes = {
	    "bytes", "B", (double)costs->bytes / (double)count, count, "-"};

	bench_report_cost(bench, "add", "measured_add", costs->add_ns, operations);
	bench_report_cost(
	    bench, "reset_rand", "measured_reset_rand", costs->reset_rand_ns, operations);
	bench_report_cost(
	    bench, "reset_push", "measured_reset_push", costs->reset_push_ns, operations);
	bench_report_cost(
	    bench, "reset_cold", "measured_reset_cold", costs->reset_cold_ns, operations);
	bench_report_cost(bench, "cancel", "measured_cancel", costs->cancel_ns, operations);
	bench_report_cost(bench, "fire", "measured_fire", costs->fire_ns, operations);
	bench_report(bench, &bytes);
}

static void
verify_each_fired(const struct crowd *crowd, long times)
{
	for (int i = 0; i < crowd->count; i++)
		bench_verify("calls of a timer", crowd->timers[i].calls, times);
}

static void
run_timers(struct bench *bench, const struct bench_case *this_case)
{
	struct crowd crowd;
	struct costs costs = {0};
	long rounds = (bench->work + this_case->count - 1) / this_case->count;

	engine_choose(bench->variant);
	crowd_open(&crowd, this_case->count);
	costs.bytes = measure_bytes(&crowd, this_case);
	for (long i = 0; i < rounds; i++)
		run_pending(&crowd, this_case, &costs);
	engine_close(&crowd.engine);
	crowd_open_engine(&crowd);
	for (long i = 0; i < rounds; i++)
		run_fire(&crowd, this_case, &costs);
	verify_each_fired(&crowd, rounds);
	engine_close(&crowd.engine);
	report_costs(bench, &costs, this_case->count, rounds);
	crowd_close(&crowd);
}

/* ---- the longest turn */

/* Starts timers as fast as they will become due later. */
static void
start_evenly(struct crowd *crowd)
{
	int64_t start_ns = clock_wall_ns();
	int started = 0;

	while (started < crowd->count) {
		int64_t passed_us = (clock_wall_ns() - start_ns) / NS_PER_US;
		int64_t wanted = crowd->count * passed_us / TURNS_US + 1;

		for (; started < crowd->count && started < wanted; started++)
			timer_start(&crowd->timers[started].timer, &crowd->engine, TURNS_US);
		engine_poll(&crowd->engine);
	}
}

/* What waits for its turn: called in each, since nobody reads the byte that is there. */
struct waiting {
	struct reader reader;
	int64_t last_ns;
	int64_t longest_ns;
	long turns;
};

ON_READY(note_turn)
{
	struct waiting *waiting = arg;
	int64_t now_ns = clock_thread_cpu_ns();

	if (waiting->turns++ > 0 && now_ns - waiting->last_ns > waiting->longest_ns)
		waiting->longest_ns = now_ns - waiting->last_ns;
	waiting->last_ns = now_ns;
}

static void
run_longest_turn(struct bench *bench, const struct bench_case *this_case)
{
	struct crowd crowd;
	struct waiting waiting = {.turns = 0};
	struct bench_metric longest = {"longest", "ms", 0, 0, "-"};
	int ends[2];

	engine_choose(bench->variant);
	crowd_open(&crowd, this_case->count);
	crowd_open_engine(&crowd);
	choose_random_durations(&crowd, SHORTEST_US / 10, TURNS_US);
	if (this_case->same)
		start_evenly(&crowd);
	else
		measured_add(&crowd);
	bench_must(pipe(ends), "pipe");
	bench_must(write(ends[1], "x", 1) == 1 ? 0 : -1, "write");
	reader_init(&waiting.reader, &crowd.engine, ends[0], note_turn, &waiting);
	reader_start(&waiting.reader);
	while (crowd.calls < crowd.count)
		engine_turn(&crowd.engine);
	reader_stop(&waiting.reader);
	close(ends[0]);
	close(ends[1]);
	verify_each_fired(&crowd, 1);
	engine_close(&crowd.engine);
	longest.value = (double)waiting.longest_ns * 1e-6;
	longest.operations = waiting.turns;
	bench_report(bench, &longest);
	crowd_close(&crowd);
}

static const struct bench_case cases[] = {
    {"n=1000", run_timers, 20000, .count = 1000},
    {"n=100000", run_timers, 300000, .count = 100000},
    {"n=1000000", run_timers, 1000000, .count = 1000000},
    {"n=1000 same", run_timers, 20000, .count = 1000, .same = true},
    {"n=100000 same", run_timers, 300000, .count = 100000, .same = true},
    {"n=1000000 same", run_timers, 1000000, .count = 1000000, .same = true},
    {"turns n=1000000", run_longest_turn, 1000000, .count = 1000000},
    {"turns n=1000000 same", run_longest_turn, 1000000, .count = 1000000, .same = true},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
