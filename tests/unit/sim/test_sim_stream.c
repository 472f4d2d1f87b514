/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_stream.h"

#include <errno.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/memory.h"
#include "sim/sim_files.h"
#include "support/suite.h"

#define EVERYTHING (EV_READ | EV_WRITE | EV_CLOSED)

static struct levin_sim *sim;
static int a;
static int b;

static void
weather(struct levin_sim_options options)
{
	ck_assert_int_eq(levin_sim_set_options(sim, &options), 0);
}

static void
set_up(void)
{
	int ends[2];

	sim = levin_sim_new(1, NULL);
	ck_assert_ptr_nonnull(sim);
	ck_assert_int_eq(levin_sim_socketpair(sim, ends), 0);
	a = ends[0];
	b = ends[1];
}

static void
tear_down(void)
{
	levin_sim_free(sim);
}

static short
state_of(int fd)
{
	struct sim_file *file = lvn_sim_files_at(sim, fd);

	return file->ops->state(file);
}

static void
pipe_instead(void)
{
	int ends[2];

	ck_assert_int_eq(levin_sim_pipe(sim, ends), 0);
	a = ends[0];
	b = ends[1];
}

static void
connection_instead(void)
{
	int listener = levin_sim_listener(sim, 80, 5);

	a = levin_sim_connect(sim, 80);
	levin_sim_spend(sim, LVN_NS_PER_S);
	b = levin_sim_accept(listener);
	ck_assert_int_ge(a, 0);
	ck_assert_int_ge(b, 0);
}

static void
ck_fails(ssize_t result, int error)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(errno, error);
}

static void
ck_reads(int fd, const char *text)
{
	char bytes[100] = {0};

	ck_assert_int_eq(levin_sim_read(fd, bytes, sizeof(bytes) - 1), (ssize_t)strlen(text));
	ck_assert_str_eq(bytes, text);
}

static void
ck_writes(int fd, const char *text)
{
	ck_assert_int_eq(levin_sim_write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

TEST_FIXTURE(set_up, tear_down);

TEST(sim_stream__what_one_end_writes_the_other_reads)
{
	ck_writes(a, "to b");
	ck_writes(b, "to a");

	ck_reads(a, "to a");
	ck_reads(b, "to b");
	ck_fails(levin_sim_read(a, (char[1]){0}, 1), EAGAIN);
}

TEST(sim_stream__a_fresh_pair_is_writable_only)
{
	ck_assert_int_eq(state_of(a), EV_WRITE);
	ck_assert_int_eq(state_of(b), EV_WRITE);
}

TEST(sim_stream__bytes_need_their_time)
{
	weather((struct levin_sim_options){.latency_min_ns = 10, .latency_max_ns = 10});
	ck_writes(a, "late");
	levin_sim_spend(sim, 9);
	ck_fails(levin_sim_read(b, (char[1]){0}, 1), EAGAIN);

	levin_sim_spend(sim, 1);

	ck_reads(b, "late");
}

TEST(sim_stream__nothing_overtakes_on_a_way_of_changing_length)
{
	char text[101] = {0};
	char read[101] = {0};

	weather((struct levin_sim_options){.latency_min_ns = 1, .latency_max_ns = 1000000});
	for (int i = 0; i < 100; i++) {
		text[i] = (char)('a' + i % 26);
		ck_assert_int_eq(levin_sim_write(a, &text[i], 1), 1);
		levin_sim_spend(sim, 100);
	}
	weather((struct levin_sim_options){0});
	ck_assert_int_eq(levin_sim_shutdown(a, SHUT_WR), 0);
	levin_sim_spend(sim, 1000000);

	ck_assert_int_eq(levin_sim_read(b, read, 100), 100);
	ck_assert_str_eq(read, text);
	ck_assert_int_eq(levin_sim_read(b, read, 100), 0);
}

TEST(sim_stream__a_full_way_takes_no_more_until_it_is_read)
{
	static char bytes[4000];

	weather((struct levin_sim_options){.capacity = 3000});
	ck_assert_int_eq(levin_sim_write(a, bytes, sizeof(bytes)), 3000);
	ck_assert_int_eq(state_of(a), 0);
	ck_fails(levin_sim_write(a, bytes, 1), EAGAIN);

	ck_assert_int_eq(levin_sim_read(b, bytes, 999), 999);
	ck_assert_int_eq(state_of(a), 0);
	ck_assert_int_eq(levin_sim_read(b, bytes, 1), 1);

	ck_assert_int_eq(state_of(a), EV_WRITE);
	ck_assert_int_eq(levin_sim_write(a, bytes, sizeof(bytes)), 1000);
}

TEST(sim_stream__bytes_on_their_way_count_towards_the_capacity)
{
	static char bytes[4000];

	weather(
	    (struct levin_sim_options){.capacity = 3000, .latency_min_ns = 5, .latency_max_ns = 5});
	ck_assert_int_eq(levin_sim_write(a, bytes, 2000), 2000);

	ck_assert_int_eq(levin_sim_write(a, bytes, 2000), 1000);
	ck_fails(levin_sim_write(a, bytes, 1), EAGAIN);
}

TEST(sim_stream__a_closed_end_is_seen_after_its_bytes)
{
	ck_writes(a, "last");
	ck_assert_int_eq(levin_sim_close(a), 0);

	ck_assert_int_eq(state_of(b), EVERYTHING);
	ck_reads(b, "last");
	ck_assert_int_eq(levin_sim_read(b, (char[1]){0}, 1), 0);
	ck_fails(levin_sim_write(b, "x", 1), EPIPE);
}

TEST(sim_stream__an_end_closed_with_bytes_unread_resets_its_peer)
{
	ck_writes(a, "read by");
	ck_writes(b, "read by nobody");
	ck_assert_int_eq(levin_sim_close(a), 0);

	ck_reads(b, "read by");
	ck_fails(levin_sim_read(b, (char[1]){0}, 1), ECONNRESET);
	ck_assert_int_eq(levin_sim_read(b, (char[1]){0}, 1), 0);
	ck_fails(levin_sim_write(b, "x", 1), EPIPE);
}

TEST(sim_stream__half_a_connection_goes_on_after_shutdown)
{
	ck_assert_int_eq(levin_sim_shutdown(a, SHUT_WR), 0);

	ck_fails(levin_sim_write(a, "x", 1), EPIPE);
	ck_assert_int_eq(state_of(b), EV_READ | EV_WRITE | EV_CLOSED);
	ck_assert_int_eq(levin_sim_read(b, (char[1]){0}, 1), 0);
	ck_writes(b, "answer");
	ck_reads(a, "answer");
	ck_assert_int_eq(state_of(a), EV_WRITE);
}

TEST(sim_stream__shutdown_of_reading_ends_reading)
{
	ck_writes(b, "before");
	ck_assert_int_eq(levin_sim_shutdown(a, SHUT_RD), 0);

	ck_assert_int_eq(state_of(a), EVERYTHING);
	ck_reads(a, "before");
	ck_assert_int_eq(levin_sim_read(a, (char[1]){0}, 1), 0);
	ck_writes(a, "still");
	ck_reads(b, "still");
}

TEST(sim_stream__shutdown_of_what_is_no_connection_fails)
{
	int unconnected = levin_sim_socket(sim, AF_INET, SOCK_STREAM);
	int listener = levin_sim_listener(sim, 80, 1);

	ck_fails(levin_sim_shutdown(a, 77), EINVAL);
	ck_fails(levin_sim_shutdown(unconnected, SHUT_WR), ENOTCONN);
	ck_fails(levin_sim_shutdown(listener, SHUT_WR), ENOTCONN);
	ck_assert_int_eq(levin_sim_reset(a), 0);
	ck_fails(levin_sim_shutdown(a, SHUT_WR), ENOTCONN);
	pipe_instead();
	ck_fails(levin_sim_shutdown(a, SHUT_RD), ENOTSOCK);
}

TEST(sim_stream__a_reset_reaches_both_ends_behind_what_has_arrived)
{
	weather((struct levin_sim_options){.latency_min_ns = 10, .latency_max_ns = 10});
	ck_writes(a, "arrived");
	levin_sim_spend(sim, 10);
	ck_writes(a, "lost");

	ck_assert_int_eq(levin_sim_reset(b), 0);
	levin_sim_spend(sim, 100);

	ck_assert_int_eq(state_of(a), EVERYTHING);
	ck_fails(levin_sim_write(a, "x", 1), ECONNRESET);
	ck_fails(levin_sim_write(a, "x", 1), EPIPE);
	ck_reads(b, "arrived");
	ck_assert_int_eq(levin_sim_error(b), ECONNRESET);
	ck_assert_int_eq(levin_sim_error(b), 0);
	ck_assert_int_eq(levin_sim_read(b, (char[1]){0}, 1), 0);
	ck_fails(levin_sim_reset(a), ENOTCONN);
}

TEST(sim_stream__a_write_may_break_the_connection_where_it_arrives)
{
	weather((struct levin_sim_options){
	    .latency_min_ns = 10, .latency_max_ns = 10, .reset_permille = 1000});

	ck_writes(a, "never seen");
	ck_assert_int_eq(levin_sim_error(a), 0);
	levin_sim_spend(sim, 10);

	ck_assert_int_eq(levin_sim_error(a), ECONNRESET);
	ck_fails(levin_sim_read(b, (char[1]){0}, 1), ECONNRESET);
}

TEST(sim_stream__bytes_for_a_closed_network_end_bring_a_reset_back)
{
	connection_instead();
	weather((struct levin_sim_options){.latency_min_ns = 10, .latency_max_ns = 10});
	ck_assert_int_eq(levin_sim_close(a), 0);
	levin_sim_spend(sim, 10);
	ck_assert_int_eq(levin_sim_read(b, (char[1]){0}, 1), 0);

	ck_writes(b, "anybody?");
	levin_sim_spend(sim, 19);
	ck_assert_int_eq(levin_sim_error(b), 0);
	levin_sim_spend(sim, 1);

	ck_assert_int_eq(levin_sim_error(b), ECONNRESET);
	ck_fails(levin_sim_write(b, "x", 1), EPIPE);
}

TEST(sim_stream__a_pipe_has_one_direction_and_no_latency)
{
	pipe_instead();
	weather((struct levin_sim_options){
	    .latency_min_ns = 10, .latency_max_ns = 10, .reset_permille = 1000});

	ck_assert_int_eq(state_of(a), 0);
	ck_assert_int_eq(state_of(b), EV_WRITE);
	ck_writes(b, "now");
	ck_assert_int_eq(state_of(a), EV_READ);
	ck_reads(a, "now");
	ck_fails(levin_sim_write(a, "x", 1), EBADF);
	ck_fails(levin_sim_read(b, (char[1]){0}, 1), EBADF);
	ck_fails(levin_sim_reset(a), ENOTCONN);
}

TEST(sim_stream__a_pipe_ends_for_its_reader_and_breaks_for_its_writer)
{
	pipe_instead();
	ck_writes(b, "bye");
	ck_assert_int_eq(levin_sim_close(b), 0);
	ck_assert_int_eq(state_of(a), EVERYTHING);
	ck_reads(a, "bye");
	ck_assert_int_eq(levin_sim_read(a, (char[1]){0}, 1), 0);

	pipe_instead();
	ck_writes(b, "unread");
	ck_assert_int_eq(levin_sim_close(a), 0);
	ck_assert_int_eq(state_of(b), EVERYTHING);
	ck_fails(levin_sim_write(b, "x", 1), EPIPE);
}

TEST(sim_stream__moves_may_be_short_but_lose_nothing)
{
	static unsigned char out[20000];
	static unsigned char in[sizeof(out)];
	size_t written = 0;
	size_t got = 0;
	int short_writes = 0;
	int short_reads = 0;

	weather((struct levin_sim_options){.short_read_permille = 500,
	    .short_write_permille = 500,
	    .spurious_eagain_permille = 300,
	    .capacity = 1000});
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (unsigned char)(i * 7 + i / 256);
	while (got < sizeof(out)) {
		ssize_t moved = levin_sim_write(a, out + written, sizeof(out) - written);

		short_writes += moved > 0 && moved < 1000;
		written += moved > 0 ? (size_t)moved : 0;
		moved = levin_sim_read(b, in + got, sizeof(in) - got);
		short_reads += moved > 0 && got + (size_t)moved < written;
		got += moved > 0 ? (size_t)moved : 0;
	}

	ck_assert_mem_eq(in, out, sizeof(out));
	ck_assert_int_gt(short_writes, 0);
	ck_assert_int_gt(short_reads, 0);
}

TEST(sim_stream__moving_nothing_is_allowed)
{
	ck_assert_int_eq(levin_sim_read(a, NULL, 0), 0);
	ck_assert_int_eq(levin_sim_write(a, NULL, 0), 0);
}

TEST(sim_stream__what_is_not_connected_moves_nothing)
{
	int fd = levin_sim_socket(sim, AF_INET, SOCK_STREAM);

	ck_assert_int_eq(state_of(fd), EVERYTHING);
	ck_fails(levin_sim_read(fd, (char[1]){0}, 1), ENOTCONN);
	ck_fails(levin_sim_write(fd, "x", 1), ENOTCONN);
}

static int allocations_left;

static void *
counted_alloc(size_t size)
{
	return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void *
counted_realloc(void *block, size_t size)
{
	return allocations_left-- > 0 ? realloc(block, size) : NULL;
}

TEST(sim_stream__a_write_without_memory_sends_nothing)
{
	static char bytes[1000];

	weather((struct levin_sim_options){.latency_min_ns = 10, .latency_max_ns = 10});
	lvn_memory_set_functions(counted_alloc, counted_realloc, free);
	for (allocations_left = 0; allocations_left < 2; allocations_left++) {
		int left = allocations_left;

		ck_fails(levin_sim_write(a, bytes, sizeof(bytes)), ENOBUFS);
		allocations_left = left;
	}

	ck_assert_int_eq(levin_sim_write(a, bytes, sizeof(bytes)), sizeof(bytes));
	levin_sim_spend(sim, 10);
	ck_assert_int_eq(levin_sim_read(b, bytes, sizeof(bytes)), sizeof(bytes));
	ck_fails(levin_sim_read(b, bytes, 1), EAGAIN);
}

TEST(sim_stream__an_end_without_memory_is_delivered_at_once)
{
	weather((struct levin_sim_options){.latency_min_ns = 10, .latency_max_ns = 10});
	lvn_memory_set_functions(counted_alloc, counted_realloc, free);
	allocations_left = 0;

	ck_assert_int_eq(levin_sim_close(a), 0);

	ck_assert_int_eq(levin_sim_read(b, (char[1]){0}, 1), 0);
}
