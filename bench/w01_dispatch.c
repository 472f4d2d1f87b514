/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w01: what it costs to learn that descriptors are readable and to call for
 * each of them.  Of n pipes, a are readable at a time.
 *
 *   persist  the callback reads a byte and writes it into the next pipe
 *   re-add   the same, by an event that has to be added again in its callback
 *   nop      the callback does nothing, so that all a stay readable
 */
#include <stdlib.h>

#include "engines/engine.h"
#include "support/clock.h"
#include "support/pipes.h"

struct ring;

struct cell {
	struct reader reader;
	struct ring *ring;
	int read_end;
	int next_write_end;
	long calls;
};

struct ring {
	struct engine engine;
	struct cell *cells;
	int (*pipes)[2];
	int count;
	int active;
	long calls_left;
};

static inline void
count_call(struct cell *cell)
{
	cell->calls++;
	if (--cell->ring->calls_left == 0)
		engine_stop(&cell->ring->engine);
}

ON_READY(pass_byte_on)
{
	struct cell *cell = arg;

	bench_verify("bytes read by a callback", pipe_read_byte(cell->read_end), 1);
	pipe_write_byte(cell->next_write_end);
	count_call(cell);
}

ON_READY(pass_byte_on_and_start_again)
{
	struct cell *cell = arg;

	bench_verify("bytes read by a callback", pipe_read_byte(cell->read_end), 1);
	reader_start_again(&cell->reader);
	pipe_write_byte(cell->next_write_end);
	count_call(cell);
}

ON_READY(do_nothing)
{
	count_call(arg);
}

static struct ring *
ring_open(const struct bench_case *this_case)
{
	struct ring *ring = bench_allocate(1, sizeof(*ring));

	ring->count = this_case->count;
	ring->active = this_case->active;
	ring->cells = bench_allocate((size_t)ring->count, sizeof(*ring->cells));
	ring->pipes = pairs_open_pipes(ring->count);
	engine_open(&ring->engine);
	for (int i = 0; i < ring->count; i++) {
		ring->cells[i].ring = ring;
		ring->cells[i].read_end = ring->pipes[i][PIPE_READ_END];
		ring->cells[i].next_write_end = ring->pipes[(i + 1) % ring->count][PIPE_WRITE_END];
	}
	return ring;
}

/* The first of the a bytes lies in pipe 0, the others at equal distances. */
static int
start_of_byte(const struct ring *ring, int which)
{
	return (int)((long)which * ring->count / ring->active);
}

static void
ring_put_bytes(struct ring *ring)
{
	for (int i = 0; i < ring->active; i++)
		pipe_write_byte(ring->pipes[start_of_byte(ring, i)][PIPE_WRITE_END]);
}

static void
ring_close(struct ring *ring)
{
	for (int i = 0; i < ring->count; i++)
		reader_stop(&ring->cells[i].reader);
	engine_close(&ring->engine);
	pairs_close(ring->pipes, ring->count);
	free(ring->cells);
	free(ring);
}

BENCH_MEASURED void
measured_run(struct ring *ring)
{
	engine_run(&ring->engine);
}

/* Runs once to warm up, every descriptor's turn included, then the measured calls. */
static void
run_ring(struct bench *bench, struct ring *ring)
{
	long calls = 0;
	int64_t start_ns;
	int64_t cpu_ns;

	ring->calls_left = 2L * ring->count;
	engine_run(&ring->engine);
	for (int i = 0; i < ring->count; i++)
		ring->cells[i].calls = 0;
	ring->calls_left = bench->work;
	start_ns = clock_cpu_ns();
	measured_run(ring);
	cpu_ns = clock_cpu_ns() - start_ns;

	for (int i = 0; i < ring->count; i++)
		calls += ring->cells[i].calls;
	/* Engines may finish the turn in which they were told to stop. */
	bench_verify("calls counted in two ways", calls, bench->work - ring->calls_left);
	bench_report_cost(bench, "per_cb", "measured_run", cpu_ns, calls);
}

static void
verify_no_byte_lost(const struct ring *ring)
{
	long waiting = 0;

	for (int i = 0; i < ring->count; i++)
		waiting += pipe_bytes_waiting(ring->pipes[i][PIPE_READ_END]);
	bench_verify("bytes in the pipes", waiting, ring->active);
}

/* Only those that are readable are called, and each as often as the others. */
static void
verify_fair(const struct ring *ring, long calls)
{
	for (int i = 0; i < ring->active; i++) {
		struct cell *cell = &ring->cells[start_of_byte(ring, i)];

		if (labs(cell->calls - calls / ring->active) > 1)
			bench_fail("%ld calls for a descriptor, %ld for all %d", cell->calls, calls,
			    ring->active);
		cell->calls = 0;
	}
	for (int i = 0; i < ring->count; i++)
		bench_verify(
		    "calls for a descriptor that is not readable", ring->cells[i].calls, 0);
}

static void
run_persist(struct bench *bench, const struct bench_case *this_case)
{
	struct ring *ring;

	engine_choose(bench->variant);
	ring = ring_open(this_case);
	for (int i = 0; i < ring->count; i++) {
		struct cell *cell = &ring->cells[i];

		reader_init(&cell->reader, &ring->engine, cell->read_end, pass_byte_on, cell);
		reader_start(&cell->reader);
	}
	ring_put_bytes(ring);
	run_ring(bench, ring);
	verify_no_byte_lost(ring);
	ring_close(ring);
}

static void
run_start_again(struct bench *bench, const struct bench_case *this_case)
{
	struct ring *ring;

	engine_choose(bench->variant);
	ring = ring_open(this_case);
	for (int i = 0; i < ring->count; i++) {
		struct cell *cell = &ring->cells[i];

		reader_init_once(&cell->reader, &ring->engine, cell->read_end,
		    pass_byte_on_and_start_again, cell);
		reader_start(&cell->reader);
	}
	ring_put_bytes(ring);
	run_ring(bench, ring);
	verify_no_byte_lost(ring);
	ring_close(ring);
}

static void
run_nop(struct bench *bench, const struct bench_case *this_case)
{
	struct ring *ring;

	engine_choose(bench->variant);
	ring = ring_open(this_case);
	for (int i = 0; i < ring->count; i++) {
		struct cell *cell = &ring->cells[i];

		reader_init(&cell->reader, &ring->engine, cell->read_end, do_nothing, cell);
		reader_start(&cell->reader);
	}
	ring_put_bytes(ring);
	run_ring(bench, ring);
	verify_no_byte_lost(ring);
	verify_fair(ring, bench->work - ring->calls_left);
	ring_close(ring);
}

static const struct bench_case cases[] = {
    {"persist n=100 a=1", run_persist, 200000, .count = 100, .active = 1},
    {"persist n=1000 a=100", run_persist, 200000, .count = 1000, .active = 100},
    {"persist n=8000 a=100", run_persist, 200000, .count = 8000, .active = 100},
    {"re-add n=1000 a=100", run_start_again, 100000, .count = 1000, .active = 100},
    {"nop n=100 a=1", run_nop, 400000, .count = 100, .active = 1},
    {"nop n=1000 a=100", run_nop, 2000000, .count = 1000, .active = 100},
    {"nop n=8000 a=8000", run_nop, 1600000, .count = 8000, .active = 8000},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
