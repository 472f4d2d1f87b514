/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w02: what it costs to change one's mind about n descriptors, nothing ever
 * being ready.
 *
 *   pair  watch for reading, and no longer
 *   rw    watch for writing too, and no longer
 *   poll  no longer, again, no longer, again; after all n, one look at the kernel
 *
 * Afterwards the engine must know exactly what is watched.
 */
#include <stdlib.h>

#include "engines/engine.h"
#include "support/clock.h"
#include "support/pipes.h"

/* Libraries begin with room for 32 reports from the kernel, or 64. */
#define TURNS_TO_REPORT_ALL 8

struct line {
	struct reader reader;
	struct duplex duplex;
	int fd;
	long readable_calls;
	long writable_calls;
};

struct lines {
	struct engine engine;
	struct line *lines;
	int (*sockets)[2];
	int count;
};

ON_READY(on_readable)
{
	struct line *line = arg;

	pipe_read_byte(line->fd);
	line->readable_calls++;
}

ON_READY(on_writable)
{
	struct line *line = arg;

	line->writable_calls++;
}

static struct lines *
lines_open(const struct bench_case *this_case)
{
	struct lines *lines = bench_allocate(1, sizeof(*lines));

	lines->count = this_case->count;
	lines->lines = bench_allocate((size_t)lines->count, sizeof(*lines->lines));
	lines->sockets = pairs_open_sockets(lines->count);
	engine_open(&lines->engine);
	for (int i = 0; i < lines->count; i++)
		lines->lines[i].fd = lines->sockets[i][0];
	return lines;
}

static void
lines_close(struct lines *lines)
{
	engine_close(&lines->engine);
	pairs_close(lines->sockets, lines->count);
	free(lines->lines);
	free(lines);
}

/*
 * Sends every line a byte and looks who is called.  A turn may not report all
 * of them, and one that is writable stays so.
 */
static void
verify_calls(struct lines *lines, long readable, bool writable)
{
	for (int i = 0; i < lines->count; i++) {
		lines->lines[i].readable_calls = 0;
		lines->lines[i].writable_calls = 0;
		pipe_write_byte(lines->sockets[i][1]);
	}
	for (int turn = 0; turn < TURNS_TO_REPORT_ALL; turn++)
		engine_poll(&lines->engine);
	for (int i = 0; i < lines->count; i++) {
		struct line *line = &lines->lines[i];

		bench_verify("calls for a readable line", line->readable_calls, readable);
		bench_verify("a writable line was called", line->writable_calls > 0, writable);
		pipe_read_byte(line->fd);
	}
}

static long
rounds_of(const struct bench *bench, const struct lines *lines)
{
	return (bench->work + lines->count - 1) / lines->count;
}

BENCH_MEASURED void
measured_pair(struct lines *lines, long rounds)
{
	for (long round = 0; round < rounds; round++) {
		for (int i = 0; i < lines->count; i++) {
			reader_start(&lines->lines[i].reader);
			reader_stop(&lines->lines[i].reader);
		}
	}
}

static void
readers_init(struct lines *lines)
{
	for (int i = 0; i < lines->count; i++) {
		struct line *line = &lines->lines[i];

		reader_init(&line->reader, &lines->engine, line->fd, on_readable, line);
	}
}

static void
readers_start(struct lines *lines)
{
	for (int i = 0; i < lines->count; i++)
		reader_start(&lines->lines[i].reader);
}

static void
readers_stop(struct lines *lines)
{
	for (int i = 0; i < lines->count; i++)
		reader_stop(&lines->lines[i].reader);
}

static void
run_pair(struct bench *bench, const struct bench_case *this_case)
{
	struct lines *lines;
	long rounds;
	int64_t start_ns;
	int64_t cpu_ns;

	engine_choose(bench->variant);
	lines = lines_open(this_case);
	rounds = rounds_of(bench, lines);
	readers_init(lines);
	measured_pair(lines, 1);
	start_ns = clock_cpu_ns();
	measured_pair(lines, rounds);
	cpu_ns = clock_cpu_ns() - start_ns;
	verify_calls(lines, 0, false);
	readers_start(lines);
	verify_calls(lines, 1, false);
	readers_stop(lines);
	verify_calls(lines, 0, false);
	bench_report_cost(bench, "per_op", "measured_pair", cpu_ns, rounds * lines->count);
	lines_close(lines);
}

BENCH_MEASURED void
measured_rw(struct lines *lines, long rounds)
{
	for (long round = 0; round < rounds; round++) {
		for (int i = 0; i < lines->count; i++) {
			duplex_write_on(&lines->lines[i].duplex);
			duplex_write_off(&lines->lines[i].duplex);
		}
	}
}

static void
run_rw(struct bench *bench, const struct bench_case *this_case)
{
	struct lines *lines;
	long rounds;
	int64_t start_ns;
	int64_t cpu_ns;

	engine_choose(bench->variant);
	lines = lines_open(this_case);
	rounds = rounds_of(bench, lines);
	for (int i = 0; i < lines->count; i++) {
		struct line *line = &lines->lines[i];

		duplex_init(
		    &line->duplex, &lines->engine, line->fd, on_readable, on_writable, line);
	}
	engine_poll(&lines->engine);
	measured_rw(lines, 1);
	start_ns = clock_cpu_ns();
	measured_rw(lines, rounds);
	cpu_ns = clock_cpu_ns() - start_ns;
	verify_calls(lines, 1, false);
	for (int i = 0; i < lines->count; i++)
		duplex_write_on(&lines->lines[i].duplex);
	verify_calls(lines, 1, true);
	for (int i = 0; i < lines->count; i++)
		duplex_stop(&lines->lines[i].duplex);
	verify_calls(lines, 0, false);
	bench_report_cost(bench, "per_op", "measured_rw", cpu_ns, rounds * lines->count);
	lines_close(lines);
}

BENCH_MEASURED void
measured_poll(struct lines *lines, long rounds)
{
	for (long round = 0; round < rounds; round++) {
		for (int i = 0; i < lines->count; i++) {
			reader_stop(&lines->lines[i].reader);
			reader_start(&lines->lines[i].reader);
			reader_stop(&lines->lines[i].reader);
			reader_start(&lines->lines[i].reader);
		}
		engine_poll(&lines->engine);
	}
}

static void
run_poll(struct bench *bench, const struct bench_case *this_case)
{
	struct lines *lines;
	long rounds;
	int64_t start_ns;
	int64_t cpu_ns;

	engine_choose(bench->variant);
	lines = lines_open(this_case);
	rounds = rounds_of(bench, lines);
	readers_init(lines);
	readers_start(lines);
	measured_poll(lines, 1);
	start_ns = clock_cpu_ns();
	measured_poll(lines, rounds);
	cpu_ns = clock_cpu_ns() - start_ns;
	verify_calls(lines, 1, false);
	readers_stop(lines);
	verify_calls(lines, 0, false);
	bench_report_cost(bench, "per_op", "measured_poll", cpu_ns, rounds * lines->count);
	lines_close(lines);
}

static const struct bench_case cases[] = {
    {"pair n=100", run_pair, 200000, .count = 100},
    {"rw n=100", run_rw, 200000, .count = 100},
    {"poll n=100", run_poll, 100000, .count = 100},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
