/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/file_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/buffer/buffer_kit.h"

static int file;
static char content[20000];

static void
set_up(void)
{
	char name[] = "/tmp/file_segment.XXXXXX";

	file = mkstemp(name);
	unlink(name);
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (char)(i * 7 + i / 256);
	ck_assert_int_eq(write(file, content, sizeof(content)), sizeof(content));
}

static void
tear_down(void)
{
	fail_allocations_after(-1);
	close(file);
}

static struct evbuffer_file_segment *
new_segment(int64_t offset, int64_t length, unsigned flags)
{
	struct evbuffer_file_segment *segment;

	ck_assert_int_eq(lvn_file_segment_new(&segment, file, offset, length, flags), 0);
	return segment;
}

START_TEST(mapped_or_read_the_bytes_are_those_of_the_file)
{
	static const unsigned flags[] = {0, EVBUF_FS_DISABLE_MMAP, EVBUF_FS_DISABLE_LOCKING};
	static const int64_t offsets[] = {0, 1, 4095, 4096, 12345};

	for (size_t i = 0; i < LVN_COUNT_OF(offsets); i++) {
		struct evbuffer_file_segment *segment = new_segment(offsets[i], 5000, flags[_i]);

		ck_assert_int_eq(lvn_file_segment_load_locked(segment), 0);
		ck_assert_int_eq(memcmp(segment->contents, content + offsets[i], 5000), 0);
		ck_assert_int_eq(lvn_file_segment_load_locked(segment), 0);
		lvn_file_segment_release(segment);
	}
}
END_TEST

START_TEST(a_length_that_is_left_open_is_what_is_behind_the_offset)
{
	struct evbuffer_file_segment *segment = new_segment(19990, -1, 0);

	ck_assert_uint_eq(segment->size, 10);
	lvn_file_segment_release(segment);
}
END_TEST

START_TEST(a_part_that_cannot_be_is_refused)
{
	struct evbuffer_file_segment *segment;

	ck_assert_int_eq(lvn_file_segment_new(&segment, file, -1, 10, 0), -EINVAL);
	ck_assert_int_eq(lvn_file_segment_new(&segment, file, 20001, -1, 0), -EINVAL);
	ck_assert_int_eq(lvn_file_segment_new(&segment, file, INT64_MAX, 1, 0), -EOVERFLOW);
	ck_assert_int_eq(lvn_file_segment_new(&segment, -1, 0, -1, 0), -EBADF);
	fail_allocations_after(0);
	ck_assert_int_eq(lvn_file_segment_new(&segment, file, 0, 10, 0), -ENOMEM);
}
END_TEST

START_TEST(a_file_that_is_too_short_cannot_be_read)
{
	struct evbuffer_file_segment *segment = new_segment(19990, 11, EVBUF_FS_DISABLE_MMAP);

	ck_assert_int_eq(lvn_file_segment_load_locked(segment), -ENODATA);
	ck_assert_ptr_null(segment->contents);
	fail_allocations_after(0);
	ck_assert_int_eq(lvn_file_segment_load_locked(segment), -ENOMEM);
	lvn_file_segment_release(segment);
}
END_TEST

START_TEST(what_cannot_be_mapped_is_read)
{
	struct evbuffer_file_segment *segment;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(lvn_file_segment_new(&segment, ends[0], 0, 4, 0), 0);
	ck_assert_int_eq(lvn_file_segment_load_locked(segment), -ESPIPE);
	lvn_file_segment_release(segment);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static void
note_end(const struct evbuffer_file_segment *segment, int flags, void *arg)
{
	(void)segment;
	*(int *)arg += 1 + flags;
}

START_TEST(the_last_reference_closes_and_tells)
{
	struct evbuffer_file_segment *segment;
	int copy = dup(file);
	int told = 0;

	ck_assert_int_eq(lvn_file_segment_new(&segment, copy, 0, 10, EVBUF_FS_CLOSE_ON_FREE), 0);
	segment->cleanup = note_end;
	segment->cleanup_arg = &told;
	lvn_file_segment_retain(segment);
	lvn_file_segment_release(segment);
	ck_assert_int_eq(told, 0);
	ck_assert_int_ge(fcntl(copy, F_GETFD), 0);
	lvn_file_segment_release(segment);

	ck_assert_int_eq(told, 1 + EVBUF_FS_CLOSE_ON_FREE);
	ck_assert_int_lt(fcntl(copy, F_GETFD), 0);
}
END_TEST

/* The kernel sends to no file that is open for appending. */
START_TEST(where_the_kernel_does_not_send_it_is_read_and_written)
{
	struct evbuffer_file_segment *segment = new_segment(100, 10000, 0);
	char name[] = "/tmp/file_segment_to.XXXXXX";
	int to = mkstemp(name);
	char out[100];

	unlink(name);
	fcntl(to, F_SETFL, O_APPEND);
	ck_assert_int_eq(lvn_file_segment_send(segment, 50, 100, to), 100);
	ck_assert_int_eq(pread(to, out, 100, 0), 100);

	ck_assert_int_eq(memcmp(out, content + 150, 100), 0);
	lvn_file_segment_release(segment);
	close(to);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("file_segment");
	TCase *cases = tcase_create("file_segment");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_loop_test(cases, mapped_or_read_the_bytes_are_those_of_the_file, 0, 3);
	tcase_add_test(cases, a_length_that_is_left_open_is_what_is_behind_the_offset);
	tcase_add_test(cases, a_part_that_cannot_be_is_refused);
	tcase_add_test(cases, a_file_that_is_too_short_cannot_be_read);
	tcase_add_test(cases, what_cannot_be_mapped_is_read);
	tcase_add_test(cases, the_last_reference_closes_and_tells);
	tcase_add_test(cases, where_the_kernel_does_not_send_it_is_read_and_written);
	suite_add_tcase(suite, cases);
	return suite;
}
