/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every workload shares: its command line, its list of cases, the form of
 * its results, and how it gives up.
 *
 * A workload is one program for each engine.  It is started with the name of
 * one case and prints one line for each metric, the fields parted by tabs:
 * case, metric, unit, value, how many operations the value was measured over,
 * and the function that did nothing but these operations.
 */
#ifndef BENCH_SUPPORT_BENCH_H
#define BENCH_SUPPORT_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench;

struct bench_case {
	const char *name;
	void (*run)(struct bench *bench, const struct bench_case *this_case);
	long work;      /* operations if the command line names no other number */
	int count;      /* descriptors, timers, triggers or producers */
	int active;     /* how many of them do something at once, or messages under way */
	long size;      /* bytes of a message */
	int priorities; /* at least 1 where it matters */
	bool same;      /* timers: all of one duration */
	int fields;     /* of a request, beside those that it must have */
};

struct bench {
	const char *case_name;
	const char *variant; /* of the engine: "", "threads", "eager", "signalfd" */
	long work;
};

struct bench_metric {
	const char *name;
	const char *unit;
	double value;
	long operations;
	const char *function; /* "-" if there is no such function */
};

/*
 * A function that is measured.  It stays a function of its own, so that
 * callgrind can tell what was spent in it.
 */
#define BENCH_MEASURED __attribute__((noinline)) static

int bench_main(int argc, char **argv, const struct bench_case *cases, size_t case_count);

void bench_report(const struct bench *bench, const struct bench_metric *metric);
/* Reports cpu_ns / operations in nanoseconds. */
void bench_report_cost(const struct bench *bench, const char *metric, const char *function,
    int64_t cpu_ns, long operations);

__attribute__((format(printf, 1, 2), noreturn)) void bench_fail(const char *format, ...);

/* Both end the program with what and errno if the result tells of a failure. */
int bench_must(int result, const char *what);
void *bench_allocate(size_t count, size_t size);

/* Ends the program unless both are equal: the engine lost or doubled something. */
void bench_verify(const char *what, long seen, long expected);

/* Raises the limit of open descriptors to at least count, or ends the program. */
void bench_need_descriptors(int count);

/* Bytes of this process that are in memory. */
long bench_resident_bytes(void);

/* Bytes that malloc has given out. */
size_t bench_allocated_bytes(void);

#endif
