/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w04: what it costs to have a callback run that the program itself asks for.
 *
 *   self   a callback asks for itself again
 *   batch  k are asked for, then the loop takes a turn; spread over priorities
 */
#include <stdlib.h>

#include "engines/engine.h"
#include "support/clock.h"

struct task {
	struct trigger trigger;
	struct engine *engine;
	long calls;
	long calls_left;
};

ON_TRIGGER(run_again)
{
	struct task *task = arg;

	task->calls++;
	if (--task->calls_left > 0)
		trigger_pull(&task->trigger);
	else
		engine_stop(task->engine);
}

BENCH_MEASURED void
measured_self(struct engine *engine, struct task *task, long calls)
{
	task->calls_left = calls;
	trigger_pull(&task->trigger);
	/* An engine may take one turn for all of them or one for each. */
	while (task->calls_left > 0)
		engine_poll(engine);
}

static void
run_self(struct bench *bench, const struct bench_case *this_case)
{
	struct engine engine;
	struct task task = {.engine = &engine};
	int64_t start_ns;
	int64_t cpu_ns;

	(void)this_case;
	engine_choose(bench->variant);
	engine_open(&engine);
	trigger_init(&task.trigger, &engine, 0, run_again, &task);
	measured_self(&engine, &task, 1);
	start_ns = clock_cpu_ns();
	measured_self(&engine, &task, bench->work);
	cpu_ns = clock_cpu_ns() - start_ns;
	bench_verify("calls", task.calls, bench->work + 1);
	bench_report_cost(bench, "per_cb", "measured_self", cpu_ns, bench->work);
	engine_close(&engine);
}

ON_TRIGGER(count_call)
{
	struct task *task = arg;

	task->calls++;
}

BENCH_MEASURED void
measured_batch(struct engine *engine, struct task *tasks, int count, long rounds)
{
	for (long round = 0; round < rounds; round++) {
		for (int i = 0; i < count; i++)
			trigger_pull(&tasks[i].trigger);
		/* A turn may end after the most urgent of several priorities. */
		while (tasks[0].calls < round + 1 || tasks[count - 1].calls < round + 1)
			engine_poll(engine);
	}
}

static void
run_batch(struct bench *bench, const struct bench_case *this_case)
{
	int count = this_case->count;
	struct task *tasks = bench_allocate((size_t)count, sizeof(*tasks));
	long rounds = (bench->work + count - 1) / count;
	struct engine engine;
	int64_t start_ns;
	int64_t cpu_ns;

	engine_choose(bench->variant);
	engine_open(&engine);
	engine_set_priorities(&engine, this_case->priorities);
	for (int i = 0; i < count; i++) {
		int priority = i % this_case->priorities;

		trigger_init(&tasks[i].trigger, &engine, priority, count_call, &tasks[i]);
	}
	measured_batch(&engine, tasks, count, 1);
	for (int i = 0; i < count; i++) {
		bench_verify("calls for one in a batch", tasks[i].calls, 1);
		tasks[i].calls = 0;
	}
	start_ns = clock_cpu_ns();
	measured_batch(&engine, tasks, count, rounds);
	cpu_ns = clock_cpu_ns() - start_ns;
	for (int i = 0; i < count; i++)
		bench_verify("calls for one in all batches", tasks[i].calls, rounds);
	bench_report_cost(bench, "per_cb", "measured_batch", cpu_ns, rounds * count);
	engine_close(&engine);
	free(tasks);
}

static const struct bench_case cases[] = {
    {"self prios=1 k=1", run_self, 5000000, .priorities = 1},
    {"batch prios=1 k=1000", run_batch, 5000000, .count = 1000, .priorities = 1},
    {"batch prios=8 k=1000", run_batch, 5000000, .count = 1000, .priorities = 8},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
