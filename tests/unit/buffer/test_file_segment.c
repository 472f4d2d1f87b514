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

TEST_FIXTURE(set_up, tear_down);

TEST_RANGE(file_segment__bytes_of_the_file_mapped_or_read, 0, 3)
{
	static const unsigned flags[] = {0, EVBUF_FS_DISABLE_MMAP, EVBUF_FS_DISABLE_LOCKING};
	static const int64_t offsets[] = {0, 1, 4095, 4096, 12345};

	for (size_t i = 0; i < LVN_COUNT_OF(offsets); i++) {
		struct evbuffer_file_segment *segment = new_segment(offsets[i], 5000, flags[_i]);
		bool is_mapped;
		unsigned char *bytes = lvn_file_segment_map(segment, 5000, &is_mapped);
		char read[1000];

		ck_assert_int_eq(memcmp(bytes, content + offsets[i], 5000), 0);
		ck_assert_int_eq(is_mapped, flags[_i] != EVBUF_FS_DISABLE_MMAP);
		ck_assert_int_eq(lvn_file_segment_read(segment, 4000, read, 1000), 0);
		ck_assert_int_eq(memcmp(read, content + offsets[i] + 4000, 1000), 0);
		lvn_file_segment_unmap(segment, bytes, 5000, is_mapped);
		lvn_file_segment_release(segment);
	}
}

TEST(file_segment_new__length_minus_one_is_the_rest)
{
	struct evbuffer_file_segment *segment = new_segment(19990, -1, 0);

	ck_assert_uint_eq(segment->size, 10);
	lvn_file_segment_release(segment);
}

TEST(file_segment_new__refuses_impossible_parts)
{
	struct evbuffer_file_segment *segment;

	ck_assert_int_eq(lvn_file_segment_new(&segment, file, -1, 10, 0), -EINVAL);
	ck_assert_int_eq(lvn_file_segment_new(&segment, file, 20001, -1, 0), -EINVAL);
	ck_assert_int_eq(lvn_file_segment_new(&segment, file, INT64_MAX, 1, 0), -EOVERFLOW);
	ck_assert_int_eq(lvn_file_segment_new(&segment, -1, 0, -1, 0), -EBADF);
	ck_assert_int_eq(lvn_file_segment_new(&segment, -1, 0, 0, 0), -EBADF);
	fail_allocations_after(0);
	ck_assert_int_eq(lvn_file_segment_new(&segment, file, 0, 10, 0), -ENOMEM);
}

TEST_RANGE(file_segment_map__truncated_file_is_null, 0, 2)
{
	static const unsigned flags[] = {0, EVBUF_FS_DISABLE_MMAP};
	struct evbuffer_file_segment *segment = new_segment(10000, 10000, flags[_i]);
	char read[10];
	bool is_mapped;

	ck_assert_int_eq(ftruncate(file, 19999), 0);

	ck_assert_ptr_null(lvn_file_segment_map(segment, 10000, &is_mapped));
	ck_assert_int_eq(lvn_file_segment_read(segment, 9990, read, 10), -ENODATA);
	ck_assert_int_eq(lvn_file_segment_read(segment, 9990, read, 9), 0);
	lvn_file_segment_release(segment);
}

TEST(file_segment_map__without_memory_is_null)
{
	struct evbuffer_file_segment *segment = new_segment(0, 100, EVBUF_FS_DISABLE_MMAP);

	unsigned char *bytes;
	bool is_mapped;

	fail_allocations_after(0);
	ck_assert_ptr_null(lvn_file_segment_map(segment, 100, &is_mapped));
	fail_allocations_after(-1);
	bytes = lvn_file_segment_map(segment, 100, &is_mapped);
	ck_assert_ptr_nonnull(bytes);
	lvn_file_segment_unmap(segment, bytes, 100, is_mapped);
	lvn_file_segment_release(segment);
}

TEST(file_segment_new__refuses_what_cannot_be_read_at_an_offset)
{
	struct evbuffer_file_segment *segment;
	int directory = open("/", O_RDONLY | O_CLOEXEC);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(lvn_file_segment_new(&segment, ends[0], 0, 4, 0), -ESPIPE);
	ck_assert_int_eq(lvn_file_segment_new(&segment, ends[0], 0, 0, 0), -ESPIPE);
	ck_assert_int_eq(lvn_file_segment_new(&segment, directory, 0, 4, 0), -EISDIR);
	ck_assert_int_eq(lvn_file_segment_new(&segment, null, 0, 4, 0), -EBADF);
	close(ends[0]);
	close(ends[1]);
	close(directory);
	close(null);
}

TEST(file_segment_new__file_without_a_size_needs_a_length)
{
	struct evbuffer_file_segment *segment;
	int version = open("/proc/version", O_RDONLY | O_CLOEXEC);
	char read[5];

	ck_assert_int_eq(lvn_file_segment_new(&segment, version, 0, -1, 0), -ESPIPE);
	ck_assert_int_eq(lvn_file_segment_new(&segment, version, 0, 5, 0), 0);
	ck_assert_int_eq(lvn_file_segment_read(segment, 0, read, 5), 0);
	ck_assert_int_eq(memcmp(read, "Linux", 5), 0);
	ck_assert(!segment->is_truncated);
	lvn_file_segment_release(segment);
	close(version);
}

static void
note_end(const struct evbuffer_file_segment *segment, int flags, void *arg)
{
	(void)segment;
	*(int *)arg += 1 + flags;
}

TEST(file_segment_unref__last_one_closes_and_calls_the_cleanup)
{
	struct evbuffer_file_segment *segment;
	int copy = dup(file);
	int told = 0;

	ck_assert_int_eq(lvn_file_segment_new(&segment, copy, 0, 10, EVBUF_FS_CLOSE_ON_FREE), 0);
	segment->cleanup = note_end;
	segment->cleanup_arg = &told;
	lvn_file_segment_reference(segment);
	lvn_file_segment_release(segment);
	ck_assert_int_eq(told, 0);
	ck_assert_int_ge(fcntl(copy, F_GETFD), 0);
	lvn_file_segment_release(segment);

	ck_assert_int_eq(told, 1 + EVBUF_FS_CLOSE_ON_FREE);
	ck_assert_int_lt(fcntl(copy, F_GETFD), 0);
}

/* The kernel sends to no file that is open for appending. */
TEST(file_segment_send__reads_and_writes_without_sendfile)
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
