/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Much through one connection, and many connections with nothing to do: how much memory that
 * takes, and how much time.
 *
 * LEVIN_STRESS_MIB=10240 in the environment sends ten gibibytes instead of a few, and
 * LEVIN_STRESS_IDLE_MS=10000 leaves the connections idle for that long; both print figures.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/watch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"

#define KIB ((size_t)1024)
#define MIB (KIB * KIB)

static struct event_base *base;

/* Sanitizers and emulators have their own idea of memory and time. */
static bool
is_measured(void)
{
	return suite_patience(1) <= 1;
}

static long
from_environment(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? atol(text) : otherwise;
}

/* Bytes in memory that are our own: what libraries are mapped from does not count. */
static long
resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long total, pages, shared;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld %ld %ld", &total, &pages, &shared), 3);
	ck_assert_int_eq(fclose(file), 0);
	return (pages - shared) * sysconf(_SC_PAGESIZE);
}

static double
seconds_of(clockid_t clock)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(clock, &now), 0);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- A slow reader --------------------------------------------------------------------------- */

/*
 * source -> entry (relay) exit -> sink: four bufferevents, two connections.  The sink takes
 * SIP bytes of its input when it has had its turn and no more, so that the relay's output is
 * full nearly always, and the source has to wait.
 */
enum { SIP = 24 * 1024, OUTPUT_MAX = 256 * 1024, INPUT_MAX = 64 * 1024 };

/* No power of two divides its length: bytes that are lost, doubled or swapped are noticed. */
enum { PATTERN = 65521 };

static struct transfer {
	struct bufferevent *source, *entry, *exit, *sink;
	struct event *sip;
	unsigned char pattern[2 * PATTERN];
	uint64_t wanted, written, read;
	uint64_t waits; /* of the relay for its reader */
	long resident_before, resident_most;
} transfer;

static void
fill_source(struct bufferevent *source, void *unused)
{
	size_t room = OUTPUT_MAX - output_size(source);
	uint64_t left = transfer.wanted - transfer.written;
	size_t size = left < room ? (size_t)left : room;

	(void)unused;
	while (size > 0) {
		size_t at = (size_t)(transfer.written % PATTERN);
		size_t some = size < PATTERN ? size : PATTERN;

		ck_assert_int_eq(bufferevent_write(source, transfer.pattern + at, some), 0);
		transfer.written += some;
		size -= some;
	}
}

static void
relay(struct bufferevent *entry, void *unused)
{
	(void)unused;
	ck_assert_int_eq(bufferevent_read_buffer(entry, bufferevent_get_output(transfer.exit)), 0);
	if (output_size(transfer.exit) >= OUTPUT_MAX) {
		transfer.waits++;
		bufferevent_disable(entry, EV_READ);
	}
}

static void
relay_again(struct bufferevent *exit_, void *unused)
{
	(void)exit_;
	(void)unused;
	bufferevent_enable(transfer.entry, EV_READ);
}

static void
note_memory(void)
{
	long now = resident();

	if (now > transfer.resident_most)
		transfer.resident_most = now;
}

static void
sip(evutil_socket_t fd, short what, void *unused)
{
	struct evbuffer *input = bufferevent_get_input(transfer.sink);
	size_t size = evbuffer_get_length(input);
	const unsigned char *bytes;

	(void)fd;
	(void)what;
	(void)unused;
	size = size < SIP ? size : SIP;
	bytes = evbuffer_pullup(input, (ev_ssize_t)size);
	if (memcmp(bytes, transfer.pattern + transfer.read % PATTERN, size) != 0)
		ck_abort_msg("wrong bytes behind %ju", (uintmax_t)transfer.read);
	if (transfer.read / MIB != (transfer.read + size) / MIB)
		note_memory();
	transfer.read += size;
	evbuffer_drain(input, size);
	if (transfer.read == transfer.wanted)
		event_base_loopbreak(base);
	else if (evbuffer_get_length(input) > 0)
		event_add(transfer.sip, MS(0));
}

/* In the next turn: once in each of them, while everybody else does what can be done. */
static void
sip_later(struct bufferevent *sink, void *unused)
{
	(void)sink;
	(void)unused;
	event_add(transfer.sip, MS(0));
}

static void
transfer_some(uint64_t size)
{
	transfer.wanted += size;
	fill_source(transfer.source, NULL);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert(transfer.read == transfer.wanted);
}

static void
open_transfer(evutil_socket_t near[2], evutil_socket_t far[2])
{
	open_pair(backend_under_test(0), near);
	open_pair(backend_under_test(0), far);
	for (size_t i = 0; i < sizeof(transfer.pattern); i++)
		transfer.pattern[i] = (unsigned char)(i % PATTERN * 31 % 253);
	transfer.source = stream_on(base, near[0], 0);
	transfer.entry = stream_on(base, near[1], 0);
	transfer.exit = stream_on(base, far[0], 0);
	transfer.sink = stream_on(base, far[1], 0);
	transfer.sip = event_new(base, -1, 0, sip, NULL);
	bufferevent_setwatermark(transfer.source, EV_WRITE, OUTPUT_MAX / 2, 0);
	bufferevent_setcb(transfer.source, NULL, fill_source, NULL, NULL);
	bufferevent_setwatermark(transfer.entry, EV_READ, 0, INPUT_MAX);
	bufferevent_setcb(transfer.entry, relay, NULL, NULL, NULL);
	bufferevent_setwatermark(transfer.exit, EV_WRITE, OUTPUT_MAX / 2, 0);
	bufferevent_setcb(transfer.exit, NULL, relay_again, NULL, NULL);
	bufferevent_setwatermark(transfer.sink, EV_READ, 0, INPUT_MAX);
	bufferevent_setcb(transfer.sink, sip_later, NULL, NULL, NULL);
	bufferevent_enable(transfer.entry, EV_READ);
	bufferevent_enable(transfer.sink, EV_READ);
}

TEST_SECONDS(getenv("LEVIN_STRESS_MIB") ? 600 : 60);

TEST(bufferevent__bulk_through_a_slow_reader_in_constant_memory)
{
	long mebibytes = from_environment("LEVIN_STRESS_MIB", is_measured() ? 256 : 16);
	evutil_socket_t near[2], far[2];
	double cpu;

	base = base_on(backend_under_test(0));
	open_transfer(near, far);
	transfer_some(4 * MIB);
	note_memory();
	transfer.resident_before = transfer.resident_most;
	cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);

	transfer_some((uint64_t)mebibytes * MIB);

	cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (getenv("LEVIN_STRESS_MIB"))
		printf("%ld MiB, %.1f s of CPU, relay waited %ju times; resident KiB: %ld before, "
		       "%ld at most, %ld after\n",
		    mebibytes, cpu, (uintmax_t)transfer.waits, transfer.resident_before / 1024,
		    transfer.resident_most / 1024, resident() / 1024);
	(void)fflush(stdout);
	ck_assert_uint_gt(transfer.waits, 0);
	if (is_measured())
		ck_assert_int_le(transfer.resident_most - transfer.resident_before, (long)MIB);
	bufferevent_free(transfer.source);
	bufferevent_free(transfer.entry);
	bufferevent_free(transfer.exit);
	bufferevent_free(transfer.sink);
	event_free(transfer.sip);
	event_base_free(base);
	close_pair(near);
	close_pair(far);
}

/* ---- Many connections ------------------------------------------------------------------------ */

enum { IDLE = 15000, IDLE_IF_EMULATED = 600, BYTES_FOR_ONE = 800 };

static int answers;

static void
count_answer(struct bufferevent *bev, void *arg)
{
	char byte = 0;

	(void)arg;
	ck_assert_uint_eq(bufferevent_read(bev, &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	answers++;
}

static int
connections(void)
{
	struct rlimit limit;
	int wanted = suite_is_emulated() ? IDLE_IF_EMULATED : IDLE;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < (rlim_t)wanted + 100)
		wanted = ((int)limit.rlim_max - 100) / 2 * 2;
	limit.rlim_cur = (rlim_t)wanted + 100;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return wanted;
}

/* Each is the other end of its neighbour's. */
static struct bufferevent **
connect_all(int count, long *bytes_for_one)
{
	struct bufferevent **all = calloc((size_t)count, sizeof(struct bufferevent *));
	evutil_socket_t *ends = calloc((size_t)count, sizeof(*ends));
	long before;

	ck_assert(all && ends);
	for (int i = 0; i < count; i += 2)
		open_pair(backend_under_test(0), &ends[i]);
	memset(all, 0xff, (size_t)count * sizeof(struct bufferevent *));
	before = resident();
	for (int i = 0; i < count; i++) {
		all[i] = stream_on(base, ends[i], BEV_OPT_CLOSE_ON_FREE);
		bufferevent_setcb(all[i], i % 2 ? echo : count_answer, NULL, NULL, NULL);
		ck_assert_int_eq(bufferevent_enable(all[i], EV_READ), 0);
	}
	*bytes_for_one = (resident() - before) / count;
	free(ends);
	return all;
}

static void
count_turn(struct evwatch *watcher, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watcher;
	(void)info;
	++*(int *)arg;
}

/* Returns how many turns the loop took in a span in which nothing happens. */
static int
turns_while_idle(long ms, double *cpu)
{
	const struct timeval span = {ms / 1000, ms % 1000 * 1000};
	struct evwatch *watcher;
	int count = 0;

	turns(base, 2);
	watcher = evwatch_prepare_new(base, count_turn, &count);
	ck_assert_ptr_nonnull(watcher);
	*cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
	ck_assert_int_eq(event_base_loopexit(base, &span), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	*cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - *cpu;
	evwatch_free(watcher);
	return count;
}

TEST(bufferevent__thousands_of_idle_connections)
{
	long idle_ms = from_environment("LEVIN_STRESS_IDLE_MS", 200);
	int count = connections();
	struct bufferevent **all;
	long bytes_for_one;
	double cpu;

	base = base_on(backend_under_test(0));
	all = connect_all(count, &bytes_for_one);
	ck_assert_int_le(turns_while_idle(idle_ms, &cpu), MOST_TURNS_OF_A_SLEEP);
	for (int i = 0; i < count; i += 2)
		write_text(all[i], "x");
	for (int round = 0; answers < count / 2 && round < count; round++)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	ck_assert_int_eq(answers, count / 2);
	if (getenv("LEVIN_STRESS_IDLE_MS"))
		printf("%d connections, %ld bytes each, %.6f s of CPU in %ld ms of idling; with "
		       "everybody answered %ld bytes each\n",
		    count, bytes_for_one, cpu, idle_ms, resident() / count);
	(void)fflush(stdout);
	if (is_measured())
		ck_assert_int_le(bytes_for_one, BYTES_FOR_ONE);
	for (int i = 0; i < count; i++)
		bufferevent_free(all[i]);
	free(all);
	event_base_free(base);
}
