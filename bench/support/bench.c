/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/bench.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char usage[] = "usage: %s [--variant NAME] [--work N] CASE\n"
			    "       %s --list\n";

static void
list_cases(const struct bench_case *cases, size_t case_count)
{
	for (size_t i = 0; i < case_count; i++)
		printf("%s\t%ld\n", cases[i].name, cases[i].work);
}

static const struct bench_case *
find_case(const struct bench_case *cases, size_t case_count, const char *name)
{
	for (size_t i = 0; i < case_count; i++) {
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	}
	bench_fail("no case is called '%s'; --list shows them", name);
}

static long
parse_work(const char *text)
{
	char *end;
	long work;

	errno = 0;
	work = strtol(text, &end, 10);
	if (errno || *end || end == text || work < 1)
		bench_fail("--work wants a positive number, not '%s'", text);
	return work;
}

int
bench_main(int argc, char **argv, const struct bench_case *cases, size_t case_count)
{
	struct bench bench = {.variant = ""};
	const struct bench_case *chosen;

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		list_cases(cases, case_count);
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--variant") == 0 && i + 1 < argc)
			bench.variant = argv[++i];
		else if (strcmp(argv[i], "--work") == 0 && i + 1 < argc)
			bench.work = parse_work(argv[++i]);
		else
			bench.case_name = argv[i];
	}
	if (!bench.case_name) {
		fprintf(stderr, usage, argv[0], argv[0]);
		return 2;
	}
	chosen = find_case(cases, case_count, bench.case_name);
	if (bench.work == 0)
		bench.work = chosen->work;
	chosen->run(&bench, chosen);
	return fflush(stdout) == 0 ? 0 : 1;
}

void
bench_report(const struct bench *bench, const struct bench_metric *metric)
{
	printf("%s\t%s\t%s\t%.6g\t%ld\t%s\n", bench->case_name, metric->name, metric->unit,
	    metric->value, metric->operations, metric->function);
}

void
bench_report_cost(const struct bench *bench, const char *metric, const char *function,
    int64_t cpu_ns, long operations)
{
	struct bench_metric cost = {
	    .name = metric,
	    .unit = "ns",
	    .value = (double)cpu_ns / (double)operations,
	    .operations = operations,
	    .function = function,
	};

	bench_report(bench, &cost);
}

void
bench_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

int
bench_must(int result, const char *what)
{
	if (result < 0)
		bench_fail("%s: %s", what, strerror(errno));
	return result;
}

void *
bench_allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		bench_fail("out of memory");
	return memory;
}

void
bench_verify(const char *what, long seen, long expected)
{
	if (seen != expected)
		bench_fail("%s: %ld instead of %ld", what, seen, expected);
}

void
bench_need_descriptors(int count)
{
	struct rlimit limit;

	bench_must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
	if (limit.rlim_cur >= (rlim_t)count)
		return;
	limit.rlim_cur = (rlim_t)count;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		bench_fail("%d descriptors are needed: %s", count, strerror(errno));
}

long
bench_resident_bytes(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long total;
	long resident;

	if (!statm || fscanf(statm, "%ld %ld", &total, &resident) != 2)
		bench_fail("/proc/self/statm cannot be read");
	fclose(statm);
	return resident * sysconf(_SC_PAGESIZE);
}

size_t
bench_allocated_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}
