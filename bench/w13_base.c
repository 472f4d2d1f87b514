/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w13: making a loop and throwing it away, and the memory that one takes which
 * has nothing to do yet.
 */
#include <stdlib.h>

#include "engines/engine.h"
#include "support/clock.h"

/* Descriptors that one loop may keep open. */
#define DESCRIPTORS_EACH 8

BENCH_MEASURED void
measured_pair(struct engine *engine, long count)
{
	for (long i = 0; i < count; i++) {
		engine_open(engine);
		engine_close(engine);
	}
}

static void
run_new_and_free(struct bench *bench, const struct bench_case *this_case)
{
	struct engine *engine = bench_allocate(1, sizeof(*engine));
	int64_t start_ns;
	int64_t cpu_ns;

	(void)this_case;
	engine_choose(bench->variant);
	measured_pair(engine, 10);
	start_ns = clock_cpu_ns();
	measured_pair(engine, bench->work);
	cpu_ns = clock_cpu_ns() - start_ns;
	bench_report_cost(bench, "per_pair", "measured_pair", cpu_ns, bench->work);
	free(engine);
}

static void
run_resident(struct bench *bench, const struct bench_case *this_case)
{
	int count = this_case->count;
	struct engine *engines;
	struct bench_metric resident = {"bytes", "B", 0, count, "-"};
	long before;

	engine_choose(bench->variant);
	bench_need_descriptors(count * DESCRIPTORS_EACH);
	engines = bench_allocate((size_t)count, sizeof(*engines));
	engine_open(&engines[0]);
	before = bench_resident_bytes();
	for (int i = 1; i < count; i++)
		engine_open(&engines[i]);
	resident.value = (double)(bench_resident_bytes() - before) / (double)(count - 1);
	for (int i = 0; i < count; i++)
		engine_close(&engines[i]);
	bench_report(bench, &resident);
	free(engines);
}

static const struct bench_case cases[] = {
    {"new+free", run_new_and_free, 30000, .count = 1},
    {"resident", run_resident, 1000, .count = 1000},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
