/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w08: what it costs to put bytes into a buffer, to find them there and to take them out, and how
 * many bytes of memory a byte of content takes which stays of a large read.
 *
 * Each case says what one operation is; "+" joins calls that are made one after the other.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engines/bytes.h"
#include "support/bench.h"
#include "support/clock.h"

#define LARGE 65536

static char data[LARGE];

static void
fill_data(void)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)('a' + i % 25);
}

/* For the compiler: memory may have changed. */
static inline void
do_not_remember(void)
{
	__asm__ volatile("" ::: "memory");
}

/* ---- The operations ---- */

BENCH_MEASURED void
measured_new(struct bytes *one, struct bytes *other, long count)
{
	(void)other;
	for (long i = 0; i < count; i++) {
		struct bytes bytes;

		bytes_open(&bytes);
		bytes_add(&bytes, data, 64);
		bytes_close(&bytes);
	}
	bytes_add(one, data, 1);
	bytes_drain(one, 1);
}

BENCH_MEASURED void
measured_add_drain(struct bytes *one, struct bytes *other, long count)
{
	(void)other;
	for (long i = 0; i < count; i++) {
		bytes_add(one, data, 64);
		bytes_drain(one, 64);
	}
}

BENCH_MEASURED void
measured_add_many(struct bytes *one, struct bytes *other, long count)
{
	(void)other;
	for (long i = 0; i < count; i += 1000) {
		for (int k = 0; k < 1000; k++)
			bytes_add(one, data, 64);
		bytes_drain(one, 64000);
	}
}

/* One operation is a piece; 256 of them are drained at once. */
BENCH_MEASURED void
measured_add_bulk(struct bytes *one, struct bytes *other, long count)
{
	(void)other;
	for (long i = 0; i < count; i += 256) {
		for (int k = 0; k < 256; k++)
			bytes_add(one, data, 4096);
		bytes_drain(one, 256 * 4096);
	}
}

BENCH_MEASURED void
measured_peek(struct bytes *one, struct bytes *other, long count)
{
	long extents = 0;

	(void)other;
	for (int i = 0; i < 16; i++)
		bytes_add(one, data, 4096);
	for (long i = 0; i < count; i++) {
		extents += bytes_peek(one, LARGE);
		do_not_remember();
	}
	bench_verify("peeks that have extents", extents >= count, 1);
	bytes_drain(one, LARGE);
}

BENCH_MEASURED void
measured_lines(struct bytes *one, struct bytes *other, long count)
{
	(void)other;
	for (long i = 0; i < count; i += 1000) {
		char *line;
		size_t size;

		for (int k = 0; k < 1000; k++) {
			bytes_add(one, data, 63);
			bytes_add(one, "\n", 1);
		}
		while ((line = bytes_take_line(one, &size)) != NULL)
			free(line);
	}
}

BENCH_MEASURED void
measured_reserve(struct bytes *one, struct bytes *other, long count)
{
	(void)other;
	for (long i = 0; i < count; i++) {
		bytes_reserve_and_commit(one, 4096);
		bytes_drain(one, 4096);
	}
}

BENCH_MEASURED void
measured_prepend(struct bytes *one, struct bytes *other, long count)
{
	(void)other;
	bytes_add(one, data, 1000);
	for (long i = 0; i < count; i++) {
		bytes_prepend(one, data, 16);
		bytes_drain(one, 16);
	}
	bytes_drain(one, 1000);
}

BENCH_MEASURED void
measured_move(struct bytes *one, struct bytes *other, long count)
{
	for (long i = 0; i < count; i++) {
		bytes_add(one, data, 64);
		bytes_move_all(other, one);
		bytes_drain(other, 64);
	}
}

BENCH_MEASURED void
measured_move_parts(struct bytes *one, struct bytes *other, long count)
{
	for (long i = 0; i < count; i += 16) {
		bytes_add(one, data, LARGE);
		for (int k = 0; k < 16; k++) {
			bytes_move(other, one, 4096);
			bytes_drain(other, 4096);
		}
	}
}

BENCH_MEASURED void
measured_search(struct bytes *one, struct bytes *other, long count)
{
	long found = 0;

	(void)other;
	bytes_add(one, data, LARGE);
	bytes_add(one, "01234567", 8);
	for (long i = 0; i < count; i++) {
		found += bytes_find(one, "01234567", 8);
		do_not_remember();
	}
	bench_verify("places found", found, LARGE * count);
	bytes_drain(one, LARGE + 8);
}

BENCH_MEASURED void
measured_search_eol(struct bytes *one, struct bytes *other, long count)
{
	long found = 0;

	(void)other;
	bytes_add(one, data, LARGE);
	for (long i = 0; i < count; i++) {
		found += bytes_find_line_end(one);
		do_not_remember();
	}
	bench_verify("line ends found", found, -count);
	bytes_drain(one, LARGE);
}

static int ends[2];

static void
send_all(size_t size)
{
	while (size > 0)
		size -= (size_t)bench_must((int)write(ends[1], data, size), "write");
}

BENCH_MEASURED void
measured_read_small(struct bytes *one, struct bytes *other, long count)
{
	(void)other;
	for (long i = 0; i < count; i++) {
		send_all(64);
		bytes_read(one, ends[0]);
		bytes_drain(one, 64);
	}
}

/* Until it is empty, as a server does that waits no more before it has read everything. */
BENCH_MEASURED void
measured_read_large(struct bytes *one, struct bytes *other, long count)
{
	(void)other;
	for (long i = 0; i < count; i++) {
		send_all(LARGE);
		while (bytes_size(one) < LARGE)
			bytes_read(one, ends[0]);
		bytes_drain(one, LARGE);
	}
}

/* ---- Memory ---- */

enum { KEPT_BUFFERS = 2000 };

static void
read_large(struct bytes *bytes)
{
	send_all(LARGE);
	while (bytes_size(bytes) < LARGE)
		bytes_read(bytes, ends[0]);
}

/* Ten bytes are left of a read. */
static size_t
keep_ten_bytes(struct bytes *kept, struct bytes *input)
{
	(void)input;
	read_large(kept);
	bytes_drain(kept, LARGE - 10);
	return 10;
}

/* A frame of 4 KiB is moved out of a read; what is around it is drained. */
static size_t
keep_frame(struct bytes *kept, struct bytes *input)
{
	read_large(input);
	bytes_drain(input, 10000);
	bytes_move(kept, input, 4096);
	bytes_drain(input, LARGE - 10000 - 4096);
	return 4096;
}

static void
run_memory(struct bench *bench, const struct bench_case *this_case)
{
	bool is_frame = strcmp(this_case->name, "memory, kept frame") == 0;
	struct bench_metric memory = {"memory", "B/B", 0, KEPT_BUFFERS, "-"};
	struct bytes *kept = bench_allocate(KEPT_BUFFERS, sizeof(*kept));
	struct bytes input;
	size_t content = 0;
	size_t before;

	bytes_choose(bench->variant);
	bench_must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	bytes_open(&input);
	for (int i = 0; i < KEPT_BUFFERS; i++)
		bytes_open(&kept[i]);
	/* What the thread keeps for use again is there from now on. */
	read_large(&input);
	bytes_drain(&input, LARGE);
	before = bench_allocated_bytes();
	for (int i = 0; i < KEPT_BUFFERS; i++)
		content +=
		    is_frame ? keep_frame(&kept[i], &input) : keep_ten_bytes(&kept[i], &input);
	memory.value = (double)(bench_allocated_bytes() - before) / (double)content;
	bench_report(bench, &memory);
	for (int i = 0; i < KEPT_BUFFERS; i++)
		bytes_close(&kept[i]);
	bytes_close(&input);
	free(kept);
	close(ends[0]);
	close(ends[1]);
}

/* ---- The cases ---- */

typedef void measured_fn(struct bytes *one, struct bytes *other, long count);

static const struct operation {
	const char *name;
	measured_fn *measured;
	const char *function;
} operations[] = {
    {"new+add 64+free", measured_new, "measured_new"},
    {"add 64+drain", measured_add_drain, "measured_add_drain"},
    {"add 64, drain 1000", measured_add_many, "measured_add_many"},
    {"add 4k, drain 1M", measured_add_bulk, "measured_add_bulk"},
    {"peek 64k", measured_peek, "measured_peek"},
    {"readln 64", measured_lines, "measured_lines"},
    {"reserve 4k+commit+drain", measured_reserve, "measured_reserve"},
    {"prepend 16+drain", measured_prepend, "measured_prepend"},
    {"add 64+add_buffer+drain", measured_move, "measured_move"},
    {"remove_buffer 4k of 64k", measured_move_parts, "measured_move_parts"},
    {"search 8 in 64k", measured_search, "measured_search"},
    {"search_eol in 64k", measured_search_eol, "measured_search_eol"},
    {"read 64", measured_read_small, "measured_read_small"},
    {"read 64k", measured_read_large, "measured_read_large"},
};

static const struct operation *
operation_of(const struct bench_case *this_case)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, this_case->name) == 0)
			return &operations[i];
	}
	bench_fail("no such operation: %s", this_case->name);
}

static void
run(struct bench *bench, const struct bench_case *this_case)
{
	const struct operation *operation = operation_of(this_case);
	struct bytes one, other;
	int64_t start_ns;
	int64_t cpu_ns;

	bytes_choose(bench->variant);
	fill_data();
	bench_must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	bytes_open(&one);
	bytes_open(&other);
	operation->measured(&one, &other, 1000);
	start_ns = clock_cpu_ns();
	operation->measured(&one, &other, bench->work);
	cpu_ns = clock_cpu_ns() - start_ns;
	bench_verify("bytes left", (long)(bytes_size(&one) + bytes_size(&other)), 0);
	bench_report_cost(bench, "per_op", operation->function, cpu_ns, bench->work);
	bytes_close(&one);
	bytes_close(&other);
	close(ends[0]);
	close(ends[1]);
}

static const struct bench_case cases[] = {
    {"new+add 64+free", run, 5000000, .count = 1},
    {"add 64+drain", run, 20000000, .count = 1},
    {"add 64, drain 1000", run, 20000000, .count = 1},
    {"add 4k, drain 1M", run, 2560000, .count = 1},
    {"peek 64k", run, 10000000, .count = 1},
    {"readln 64", run, 5000000, .count = 1},
    {"reserve 4k+commit+drain", run, 10000000, .count = 1},
    {"prepend 16+drain", run, 20000000, .count = 1},
    {"add 64+add_buffer+drain", run, 10000000, .count = 1},
    {"remove_buffer 4k of 64k", run, 800000, .count = 1},
    {"search 8 in 64k", run, 200000, .count = 1},
    {"search_eol in 64k", run, 500000, .count = 1},
    {"read 64", run, 300000, .count = 1},
    {"read 64k", run, 20000, .count = 1},
    {"memory, ten bytes left", run_memory, 1, .count = 1},
    {"memory, kept frame", run_memory, 1, .count = 1},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
