/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer/buffer_file.h"
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

START_TEST(a_read_takes_what_is_there)
{
	ck_assert_int_eq(write(ends[1], "text", 4), 4);

	ck_assert_uint_eq(read_most(SIZE_MAX), 4);

	check_content(&buffer, "text");
}
END_TEST

START_TEST(a_read_takes_no_more_than_it_is_told)
{
	ck_assert_int_eq(write(ends[1], "0123456789", 10), 10);

	ck_assert_uint_eq(read_most(4), 4);
	buffer.max_read = 3;
	ck_assert_uint_eq(read_most(SIZE_MAX), 3);

	check_content(&buffer, "0123456");
}
END_TEST

START_TEST(an_empty_descriptor_leaves_no_memory_behind)
{
	size_t got;

	ck_assert_int_eq(lvn_buffer_read_locked(&buffer, ends[0], SIZE_MAX, &got), -EAGAIN);

	ck_assert_uint_eq(got, 0);
	ck_assert_ptr_null(buffer.first);
}
END_TEST

START_TEST(the_end_is_a_read_of_nothing)
{
	add_text(&buffer, "kept");
	shutdown(ends[1], SHUT_WR);

	ck_assert_uint_eq(read_most(SIZE_MAX), 0);

	check_content(&buffer, "kept");
}
END_TEST

START_TEST(full_reads_offer_more_next_time)
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
END_TEST

START_TEST(small_reads_offer_less_next_time_and_keep_little_memory)
{
	buffer.read_shift = 17;

	for (int i = 0; i < 60; i++) {
		ck_assert_int_eq(write(ends[1], "text", 4), 4);
		ck_assert_uint_eq(read_most(SIZE_MAX), 4);
		ck_assert_uint_le(buffer.last->capacity, 1024);
		lvn_buffer_drain_locked(&buffer, 4);
	}

	ck_assert_uint_eq(buffer.read_shift, 10);
}
END_TEST

/* Two reads for each would be a system call too many. */
START_TEST(messages_of_one_size_take_one_read_each)
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
END_TEST

START_TEST(a_read_fills_what_is_left_in_the_last_chain)
{
	struct chain *chain;

	add_text(&buffer, "0123456789");
	chain = buffer.last;
	buffer.read_shift = 12;
	ck_assert_int_eq(write(ends[1], letters, 2000), 2000);

	ck_assert_uint_eq(read_most(SIZE_MAX), 2000);

	ck_assert_ptr_eq(buffer.first, chain);
	ck_assert_uint_eq(lvn_chain_room(chain), 0);
	ck_assert_int_eq(count_chains(&buffer), 2);
	ck_assert_int_eq(memcmp(lvn_buffer_pullup_locked(&buffer, 2010) + 10, letters, 2000), 0);
}
END_TEST

START_TEST(a_read_uses_little_room_when_memory_ends)
{
	size_t got;

	add_text(&buffer, "0123456789");
	ck_assert_int_eq(write(ends[1], letters, 2000), 2000);
	fail_allocations_after(0);

	ck_assert_uint_eq(read_most(SIZE_MAX), LVN_CHAIN_ROOM(LVN_BLOCK_MIN) - 10);
	ck_assert_int_eq(lvn_buffer_read_locked(&buffer, ends[0], SIZE_MAX, &got), -ENOMEM);

	ck_assert_uint_eq(buffer.size, LVN_CHAIN_ROOM(LVN_BLOCK_MIN));
	check_invariants(&buffer);
}
END_TEST

START_TEST(a_write_sends_all_extents_at_once)
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
END_TEST

START_TEST(a_write_sends_no_more_than_it_is_told)
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
END_TEST

START_TEST(a_write_that_fails_takes_nothing_away)
{
	size_t sent = 77;

	add_text(&buffer, "kept");

	ck_assert_int_eq(lvn_buffer_write_locked(&buffer, -1, SIZE_MAX, &sent), -EBADF);

	ck_assert_uint_eq(sent, 0);
	check_content(&buffer, "kept");
}
END_TEST

/* Parts of a file, parts of memory, with a receiver that takes little at a time. */
START_TEST(what_is_sent_from_a_file_stands_in_its_place)
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
	ck_assert_int_eq(lvn_buffer_file_add_locked(&buffer, segment, 30, 140000), 0);
	add_text(&buffer, ">");
	lvn_file_segment_release(segment);
	ck_assert_ptr_null(segment->contents);
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
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("buffer_io");
	TCase *cases = tcase_create("buffer_io");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, a_read_takes_what_is_there);
	tcase_add_test(cases, a_read_takes_no_more_than_it_is_told);
	tcase_add_test(cases, an_empty_descriptor_leaves_no_memory_behind);
	tcase_add_test(cases, the_end_is_a_read_of_nothing);
	tcase_add_test(cases, full_reads_offer_more_next_time);
	tcase_add_test(cases, small_reads_offer_less_next_time_and_keep_little_memory);
	tcase_add_test(cases, messages_of_one_size_take_one_read_each);
	tcase_add_test(cases, a_read_fills_what_is_left_in_the_last_chain);
	tcase_add_test(cases, a_read_uses_little_room_when_memory_ends);
	tcase_add_test(cases, a_write_sends_all_extents_at_once);
	tcase_add_test(cases, a_write_sends_no_more_than_it_is_told);
	tcase_add_test(cases, a_write_that_fails_takes_nothing_away);
	tcase_add_test(cases, what_is_sent_from_a_file_stands_in_its_place);
	suite_add_tcase(suite, cases);
	return suite;
}
