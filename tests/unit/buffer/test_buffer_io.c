/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/platform.h"
#include "buffer/buffer_io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer/buffer.h"
#include "buffer/buffer_add.h"
#include "unit/buffer/buffer_kit.h"

static struct evbuffer buffer;
static int ends[2];
static char letters[200000];

static void
set_up(void)
{
	lvn_buffer_init(&buffer);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = (char)('a' + i % 26);
}

static void
tear_down(void)
{
	fail_allocations_after(-1);
	lvn_buffer_clear(&buffer);
	close(ends[0]);
	close(ends[1]);
}

static size_t
read_most(size_t most)
{
	size_t got;

	ck_assert_int_eq(lvn_buffer_read_locked(&buffer, ends[0], most, &got), 0);
	check_invariants(&buffer);
	return got;
}

TEST_FIXTURE(set_up, tear_down);

TEST(buffer_read__reads_what_is_there)
{
	ck_assert_int_eq(write(ends[1], "text", 4), 4);

	ck_assert_uint_eq(read_most(SIZE_MAX), 4);

	check_content(&buffer, "text");
}

TEST(buffer_read__reads_at_most_the_limit)
{
	ck_assert_int_eq(write(ends[1], "0123456789", 10), 10);

	ck_assert_uint_eq(read_most(4), 4);
	ck_assert_int_eq(evbuffer_set_max_read(&buffer, 3), 0);
	ck_assert_uint_eq(read_most(SIZE_MAX), 3);

	check_content(&buffer, "0123456");
}

TEST(buffer_read__of_an_empty_descriptor_keeps_no_memory)
{
	size_t got;

	ck_assert_int_eq(lvn_buffer_read_locked(&buffer, ends[0], SIZE_MAX, &got), -EAGAIN);

	ck_assert_uint_eq(got, 0);
	ck_assert_ptr_null(buffer.first);
}

TEST(buffer_read__end_of_input_returns_0)
{
	add_text(&buffer, "kept");
	shutdown(ends[1], SHUT_WR);

	ck_assert_uint_eq(read_most(SIZE_MAX), 0);

	check_content(&buffer, "kept");
}

TEST(buffer_read__full_reads_double_the_offer)
{
	size_t most = 0;

	for (int i = 0; i < 60; i++) {
		size_t got;

		while (write(ends[1], letters, sizeof(letters)) > 0)
			;
		got = read_most(SIZE_MAX);
		if (got > most)
			most = got;
		lvn_buffer_drain_locked(&buffer, got / 2);
	}

	ck_assert_uint_ge(most, 64000);
	ck_assert_uint_le(most, 131072);
}

TEST(buffer_read__small_reads_halve_the_offer)
{
	buffer.read_shift = 17;

	for (int i = 0; i < 60; i++) {
		ck_assert_int_eq(write(ends[1], "text", 4), 4);
		ck_assert_uint_eq(read_most(SIZE_MAX), 4);
		ck_assert_uint_le(buffer.held, LVN_BUFFER_SLACK);
		lvn_buffer_drain_locked(&buffer, 4);
	}

	ck_assert_uint_eq(buffer.read_shift, 10);
}

/* Two reads for each would be a system call too many. */
TEST(buffer_read__one_call_for_each_message)
{
	static const size_t sizes[] = {64, 1000, 4096, 16384, 65536};

	for (size_t i = 0; i < LVN_COUNT_OF(sizes); i++) {
		for (int k = 0; k < 200; k++) {
			size_t got;

			ck_assert_int_eq(write(ends[1], letters, sizes[i]), (long)sizes[i]);
			got = read_most(SIZE_MAX);
			if (k > 50)
				ck_assert_uint_eq(got, sizes[i]);
			while (buffer.size < sizes[i])
				read_most(SIZE_MAX);
			lvn_buffer_drain_locked(&buffer, SIZE_MAX);
		}
	}
}

TEST(buffer_read__fills_the_last_chain_first)
{
	struct chain *chain;

	add_text(&buffer, "0123456789");
	chain = buffer.last;
	buffer.read_shift = 12;
	ck_assert_int_eq(write(ends[1], letters, 2000), 2000);

	ck_assert_uint_eq(read_most(SIZE_MAX), 2000);

	ck_assert_ptr_eq(buffer.first, chain);
	ck_assert_uint_eq(lvn_chain_space(chain), 0);
	ck_assert_int_eq(count_chains(&buffer), 2);
	ck_assert_int_eq(memcmp(lvn_buffer_pullup_locked(&buffer, 2010) + 10, letters, 2000), 0);
}

TEST(buffer_read__without_memory_uses_the_space_there_is)
{
	size_t got;

	add_text(&buffer, "0123456789");
	ck_assert_int_eq(write(ends[1], letters, 2000), 2000);
	fail_allocations_after(0);

	ck_assert_uint_eq(read_most(SIZE_MAX), LVN_CHAIN_CAPACITY(LVN_BLOCK_MIN) - 10);
	ck_assert_int_eq(lvn_buffer_read_locked(&buffer, ends[0], SIZE_MAX, &got), -ENOMEM);

	ck_assert_uint_eq(buffer.size, LVN_CHAIN_CAPACITY(LVN_BLOCK_MIN));
	check_invariants(&buffer);
}

TEST(buffer_write__sends_all_extents_at_once)
{
	char out[16];
	size_t sent;

	add_text(&buffer, "one ");
	add_extent(&buffer, "two ");
	add_extent(&buffer, "three");

	ck_assert_int_eq(lvn_buffer_write_locked(&buffer, ends[0], SIZE_MAX, &sent), 0);

	ck_assert_uint_eq(sent, 13);
	check_content(&buffer, "");
	ck_assert_int_eq(read(ends[1], out, sizeof(out)), 13);
	ck_assert_int_eq(memcmp(out, "one two three", 13), 0);
}

TEST(buffer_write__sends_at_most_the_limit)
{
	size_t sent;

	add_text(&buffer, "one ");
	add_extent(&buffer, "two ");
	ck_assert_int_eq(lvn_buffer_write_locked(&buffer, ends[0], 6, &sent), 0);
	ck_assert_uint_eq(sent, 6);
	check_content(&buffer, "o ");
	ck_assert_int_eq(lvn_buffer_write_locked(&buffer, ends[0], 0, &sent), 0);

	ck_assert_uint_eq(sent, 0);
	check_content(&buffer, "o ");
}

TEST(buffer_write__failure_removes_nothing)
{
	size_t sent = 77;

	add_text(&buffer, "kept");

	ck_assert_int_eq(lvn_buffer_write_locked(&buffer, -1, SIZE_MAX, &sent), -EBADF);

	ck_assert_uint_eq(sent, 0);
	check_content(&buffer, "kept");
}

/* Parts of a file, parts of memory, with a receiver that takes little at a time. */
TEST_IF(LVN_HAVE_SENDFILE, buffer_write__sendfile_sends_in_order)
{
	char name[] = "/tmp/buffer_io.XXXXXX";
	int file = mkstemp(name);
	struct evbuffer_file_segment *segment;
	char *out = malloc(300000);
	size_t got = 0, sent;

	unlink(name);
	ck_assert_int_eq(write(file, letters, sizeof(letters)), sizeof(letters));
	ck_assert_int_eq(lvn_file_segment_new(&segment, file, 1000, 150000, 0), 0);
	buffer.flags |= BUFFER_DRAINS_TO_FD;
	add_text(&buffer, "<");
	ck_assert_int_eq(lvn_buffer_add_file_locked(&buffer, segment, 30, 140000), 0);
	add_text(&buffer, ">");
	lvn_file_segment_release(segment);
	while (buffer.size > 0) {
		int rc = lvn_buffer_write_locked(&buffer, ends[0], 50000, &sent);
		ssize_t n;

		ck_assert(rc == 0 || rc == -EAGAIN);
		while ((n = read(ends[1], out + got, 300000 - got)) > 0)
			got += (size_t)n;
	}

	ck_assert_uint_eq(got, 140002);
	ck_assert_int_eq(out[0], '<');
	ck_assert_int_eq(out[140001], '>');
	ck_assert_int_eq(memcmp(out + 1, letters + 1030, 140000), 0);
	free(out);
	close(file);
}

/* Sent by the kernel to a socket; read and written to a pipe that appends. */
TEST_RANGE(write__truncated_file_sends_what_is_there_and_then_fails_with_enodata, 0, 2)
{
	char name[] = "/tmp/buffer_io.XXXXXX";
	char target_name[] = "/tmp/buffer_io.XXXXXX";
	int file = mkstemp(name);
	int target = mkstemp(target_name);
	struct evbuffer_file_segment *segment;
	size_t sent;

	unlink(name);
	unlink(target_name);
	ck_assert_int_eq(fcntl(target, F_SETFL, O_APPEND), 0);
	ck_assert_int_eq(write(file, letters, 100), 100);
	ck_assert_int_eq(lvn_file_segment_new(&segment, file, 0, 100, 0), 0);
	lvn_buffer_drains_to_fd_locked(&buffer);
	ck_assert_int_eq(lvn_buffer_add_file_locked(&buffer, segment, 0, 100), 0);
	lvn_file_segment_release(segment);
	add_text(&buffer, "behind");
	ck_assert_int_eq(ftruncate(file, 30), 0);

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
		    lvn_buffer_write_locked(&buffer, _i ? target : ends[0], SIZE_MAX, &sent),
		    i == 0 ? 0 : -ENODATA);
		ck_assert_uint_eq(sent, i == 0 ? 30 : 0);
	}

	ck_assert_uint_eq(buffer.size, 76);
	check_invariants(&buffer);
	close(file);
	close(target);
}
