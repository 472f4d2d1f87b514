/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w06: a process sends itself a signal and takes turns of the loop until the
 * callback has run.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "engines/engine.h"
#include "support/clock.h"

ON_SIGNAL(count_call)
{
	long *calls = arg;

	++*calls;
}

BENCH_MEASURED void
measured_signals(struct engine *engine, const long *calls, long count)
{
	pid_t self = getpid();
	long start = *calls;

	for (long i = 0; i < count; i++) {
		kill(self, SIGUSR1);
		while (*calls - start <= i)
			engine_poll(engine);
	}
}

static void
run_signals(struct bench *bench, const struct bench_case *this_case)
{
	struct engine *engine = bench_allocate(1, sizeof(*engine));
	struct signal_watch *watch = bench_allocate(1, sizeof(*watch));
	long calls = 0;
	int64_t start_ns;
	int64_t cpu_ns;

	(void)this_case;
	engine_choose(bench->variant);
	engine_open(engine);
	signal_start(watch, engine, SIGUSR1, count_call, &calls);
	measured_signals(engine, &calls, 10);
	start_ns = clock_cpu_ns();
	measured_signals(engine, &calls, bench->work);
	cpu_ns = clock_cpu_ns() - start_ns;
	bench_verify("calls for signals", calls, bench->work + 10);
	signal_stop(watch);
	engine_close(engine);
	bench_report_cost(bench, "per_signal", "measured_signals", cpu_ns, bench->work);
	free(watch);
	free(engine);
}

static const struct bench_case cases[] = {
    {"kill+loop", run_signals, 100000, .count = 1},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
