/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/buffer_kit.h"

static char letters[100000];

static void
make_letters(void)
{
	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = (char)('a' + i % 26);
}

/* ---- In and out ---------------------------------------------------------------------- */

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_remove__bytes_come_out_in_the_order_of_adding)
{
	struct evbuffer *buffer = new_buffer(_i);
	char *out = malloc(sizeof(letters));

	make_letters();
	for (size_t at = 0; at < sizeof(letters);) {
		size_t part = at % 977 + 1;

		if (part > sizeof(letters) - at)
			part = sizeof(letters) - at;
		ck_assert_int_eq(evbuffer_add(buffer, letters + at, part), 0);
		at += part;
	}
	for (size_t at = 0; at < sizeof(letters);) {
		int got = evbuffer_remove(buffer, out + at, at % 1201 + 1);

		ck_assert_int_gt(got, 0);
		at += (size_t)got;
	}

	ck_assert_int_eq(memcmp(out, letters, sizeof(letters)), 0);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 0);
	ck_assert_int_eq(evbuffer_remove(buffer, out, 10), 0);
	free(out);
	evbuffer_free(buffer);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add__every_function_that_adds_bytes)
{
	struct evbuffer *buffer = new_buffer(_i), *other = another_buffer(_i);
	struct evbuffer_iovec pieces[] = {{(void *)"four ", 5}, {NULL, 0}, {(void *)"five ", 5}};
	struct evbuffer_iovec room;

	ck_assert_int_eq(evbuffer_add(buffer, "two ", 4), 0);
	ck_assert_int_eq(evbuffer_prepend(buffer, "one ", 4), 0);
	ck_assert_int_eq(evbuffer_add_printf(buffer, "%s%c", "three", ' '), 6);
	ck_assert_uint_eq(evbuffer_add_iovec(buffer, pieces, 3), 10);
	ck_assert_int_eq(evbuffer_add_reference(buffer, "six ", 4, NULL, NULL), 0);
	ck_assert_int_eq(evbuffer_add_reference_with_offset(buffer, "seven ", 2, 4, NULL, NULL), 0);
	ck_assert_int_eq(evbuffer_reserve_space(buffer, 100, &room, 1), 1);
	memcpy(room.iov_base, "eight ", 6);
	room.iov_len = 6;
	ck_assert_int_eq(evbuffer_commit_space(buffer, &room, 1), 0);
	evbuffer_add(other, "nine ", 5);
	ck_assert_int_eq(evbuffer_add_buffer_reference(buffer, other), 0);
	ck_assert_int_eq(evbuffer_add_buffer(buffer, other), 0);
	evbuffer_add(other, "zero ", 5);
	ck_assert_int_eq(evbuffer_prepend_buffer(buffer, other), 0);
	evbuffer_add(other, "ten eleven", 10);
	ck_assert_int_eq(evbuffer_remove_buffer(other, buffer, 4), 4);

	check_text(buffer, "zero one two three four five six ven eight nine nine ten ");
	check_text(other, "eleven");
	evbuffer_free(buffer);
	evbuffer_free(other);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_remove__takes_int_max_bytes_at_most)
{
	struct evbuffer *buffer = new_buffer(_i), *other = another_buffer(_i);
	const size_t size = (size_t)INT_MAX + 1000;
	void *memory = sizeof(size_t) > 4 ? mmap(NULL, size, PROT_READ | PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
					  : MAP_FAILED;

	if (memory != MAP_FAILED) {
		ck_assert_int_eq(evbuffer_add_reference(buffer, memory, size, NULL, NULL), 0);
		ck_assert_int_eq(evbuffer_remove_buffer(buffer, other, size), INT_MAX);
		ck_assert_uint_eq(evbuffer_get_length(other), INT_MAX);
		ck_assert_int_eq(evbuffer_remove_buffer(buffer, other, size), 1000);
		ck_assert_uint_eq(evbuffer_get_length(other), size);
		ck_assert_int_eq(evbuffer_drain(other, size - 5), 0);
		ck_assert_uint_eq(evbuffer_get_length(other), 5);
		munmap(memory, size);
	}
	evbuffer_free(buffer);
	evbuffer_free(other);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_reserve_space__refuses_negative_sizes)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct evbuffer_iovec room;

	ck_assert_int_eq(evbuffer_reserve_space(buffer, -1, &room, 1), -1);
	ck_assert_int_eq(evbuffer_reserve_space(buffer, 10, &room, 0), -1);
	ck_assert_int_eq(evbuffer_expand(buffer, SIZE_MAX), -1);
	ck_assert_int_eq(evbuffer_add(buffer, letters, SIZE_MAX), -1);

	evbuffer_free(buffer);
}

/* libevent 2.1.12 ends the process. */
TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_reserve_space__zero_bytes_behind_a_full_extent)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct evbuffer_iovec room[2];

	evbuffer_add(buffer, letters, 976);
	ck_assert_int_eq(evbuffer_reserve_space(buffer, 0, room, 2), 1);
	ck_assert_uint_gt(room[0].iov_len, 0);
	evbuffer_free(buffer);
}

TEST_RANGE(evbuffer_lock__is_recursive, 1, LOCK_CONFIGURATIONS)
{
	struct evbuffer *buffer = new_buffer(_i);

	evbuffer_lock(buffer);
	evbuffer_lock(buffer);
	ck_assert_int_eq(evbuffer_add(buffer, "text", 4), 0);
	evbuffer_unlock(buffer);
	ck_assert_int_eq(evbuffer_drain(buffer, 2), 0);
	evbuffer_unlock(buffer);
	ck_assert_int_eq(evbuffer_enable_locking(buffer, NULL), -1);

	check_text(buffer, "xt");
	evbuffer_free(buffer);
}

/* ---- Looking ------------------------------------------------------------------------- */

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_peek__returns_each_extent)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct evbuffer_iovec extents[3];
	struct evbuffer_ptr place;

	evbuffer_add_reference(buffer, "0123", 4, NULL, NULL);
	evbuffer_add_reference(buffer, "45", 2, NULL, NULL);
	evbuffer_add_reference(buffer, "6789", 4, NULL, NULL);

	ck_assert_int_eq(evbuffer_peek(buffer, -1, NULL, extents, 3), 3);
	ck_assert_int_eq(memcmp(extents[1].iov_base, "45", 2), 0);
	ck_assert_int_eq(evbuffer_peek(buffer, 5, NULL, NULL, 0), 2);
	ck_assert_int_eq(evbuffer_peek(buffer, 10, NULL, extents, 1), 3);
	ck_assert_int_eq(evbuffer_peek(buffer, -1, NULL, extents, 2), 2);
	ck_assert_int_eq(evbuffer_ptr_set(buffer, &place, 5, EVBUFFER_PTR_SET), 0);
	ck_assert_int_eq(evbuffer_peek(buffer, 2, &place, extents, 3), 2);
	ck_assert_uint_eq(extents[0].iov_len, 1);
	ck_assert_int_eq(memcmp(extents[0].iov_base, "5", 1), 0);
	ck_assert_int_eq(memcmp(extents[1].iov_base, "6789", 4), 0);
	evbuffer_free(buffer);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_search__continues_at_a_position)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct evbuffer_ptr place;
	int count = 0;

	for (int i = 0; i < 10; i++)
		evbuffer_add_reference(buffer, "aba", 3, NULL, NULL);
	place = evbuffer_search(buffer, "aa", 2, NULL);
	while (place.pos >= 0) {
		ck_assert_int_eq(place.pos, 3 * count + 2);
		count++;
		ck_assert_int_eq(evbuffer_ptr_set(buffer, &place, 1, EVBUFFER_PTR_ADD), 0);
		place = evbuffer_search(buffer, "aa", 2, &place);
	}

	ck_assert_int_eq(count, 9);
	evbuffer_free(buffer);
}

TEST(evbuffer_readln__every_style)
{
	static const struct {
		enum evbuffer_eol_style style;
		const char *text;
		size_t size;
		const char *lines[4];
	} styles[] = {
	    {EVBUFFER_EOL_ANY, "a\r\n\nb\n\r\rc", 9, {"a", "b"}},
	    {EVBUFFER_EOL_CRLF, "a\r\nb\nc", 6, {"a", "b"}},
	    {EVBUFFER_EOL_CRLF_STRICT, "a\nb\r\nc\r", 7, {"a\nb"}},
	    {EVBUFFER_EOL_LF, "a\r\nb\nc", 6, {"a\r", "b"}},
	    {EVBUFFER_EOL_NUL, "a\n\0b\0c", 6, {"a\n", "b"}},
	};

	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
		for (size_t part = 1; part <= styles[i].size; part++) {
			struct evbuffer *buffer = evbuffer_new();

			for (size_t at = 0; at < styles[i].size; at += part)
				evbuffer_add_reference(buffer, styles[i].text + at,
				    styles[i].size - at < part ? styles[i].size - at : part, NULL,
				    NULL);
			for (int k = 0; styles[i].lines[k]; k++) {
				size_t size;
				char *line = evbuffer_readln(buffer, &size, styles[i].style);

				ck_assert_ptr_nonnull(line);
				ck_assert_str_eq(line, styles[i].lines[k]);
				ck_assert_uint_eq(size, strlen(line));
				free(line);
			}
			ck_assert_ptr_null(evbuffer_readln(buffer, NULL, styles[i].style));
			ck_assert_uint_gt(evbuffer_get_length(buffer), 0);
			evbuffer_free(buffer);
		}
	}
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_readline__old_functions_work)
{
	struct evbuffer *buffer = new_buffer(_i);
	char *line;

	evbuffer_add_reference(buffer, "one\r\ntw", 7, NULL, NULL);
	evbuffer_add_reference(buffer, "o three", 7, NULL, NULL);
	ck_assert_uint_eq(EVBUFFER_LENGTH(buffer), 14);
	line = evbuffer_readline(buffer);
	ck_assert_str_eq(line, "one");
	free(line);
	ck_assert_ptr_null(evbuffer_readline(buffer));
	ck_assert_int_eq(
	    memcmp(evbuffer_find(buffer, (const unsigned char *)"wo t", 4), "wo t", 4), 0);
	ck_assert_ptr_null(evbuffer_find(buffer, (const unsigned char *)"four", 4));
	ck_assert_int_eq(memcmp(EVBUFFER_DATA(buffer), "two three", 9), 0);
	evbuffer_free(buffer);
}

/* ---- Frozen ends --------------------------------------------------------------------- */

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_freeze__functions_at_that_end_fail)
{
	struct evbuffer *buffer = new_buffer(_i), *other = another_buffer(_i);
	struct evbuffer_iovec room;
	char out[4];

	evbuffer_add(buffer, "text\n", 5);
	evbuffer_add(other, "other", 5);
	evbuffer_freeze(buffer, 0);
	ck_assert_int_eq(evbuffer_add(buffer, "x", 1), -1);
	ck_assert_int_eq(evbuffer_add_printf(buffer, "x"), -1);
	ck_assert_int_eq(evbuffer_reserve_space(buffer, 1, &room, 1), -1);
	ck_assert_int_eq(evbuffer_add_buffer(buffer, other), -1);
	ck_assert_int_eq(evbuffer_add_buffer_reference(buffer, other), -1);
	ck_assert_int_eq(evbuffer_remove_buffer(other, buffer, 1), -1);
	ck_assert_int_eq(evbuffer_add_reference(buffer, "x", 1, NULL, NULL), -1);
	ck_assert_int_eq(evbuffer_read(buffer, 0, 1), -1);
	evbuffer_unfreeze(buffer, 0);
	evbuffer_freeze(buffer, 1);
	ck_assert_int_eq(evbuffer_drain(buffer, 1), -1);
	ck_assert_int_eq(evbuffer_remove(buffer, out, 1), -1);
	ck_assert_int_eq(evbuffer_prepend(buffer, "x", 1), -1);
	ck_assert_int_eq(evbuffer_prepend_buffer(buffer, other), -1);
	ck_assert_int_eq(evbuffer_add_buffer(other, buffer), -1);
	ck_assert_int_eq(evbuffer_write(buffer, 1), -1);
	ck_assert_ptr_null(evbuffer_readln(buffer, NULL, EVBUFFER_EOL_LF));
	evbuffer_unfreeze(buffer, 1);

	check_text(buffer, "text\n");
	check_text(other, "other");
	evbuffer_free(buffer);
	evbuffer_free(other);
}

/* ---- Faults of libevent -------------------------------------------------------------- */

/* The memory of the first buffer was freed under the second. */
TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add_buffer_reference__each_buffer_is_independent)
{
	struct evbuffer *first = new_buffer(_i), *second = another_buffer(_i);
	struct evbuffer *third = another_buffer(_i);

	make_letters();
	evbuffer_add(first, letters, 5000);
	ck_assert_int_eq(evbuffer_add_buffer_reference(second, first), 0);
	ck_assert_int_eq(evbuffer_add_buffer_reference(third, second), 0);
	evbuffer_drain(first, 3000);
	evbuffer_prepend(first, letters, 2000);
	evbuffer_pullup(first, -1);
	evbuffer_expand(first, 10000);
	evbuffer_free(first);
	evbuffer_drain(second, 100);
	evbuffer_prepend(second, "XXXX", 4);
	evbuffer_add(second, "YYYY", 4);
	ck_assert_uint_eq(evbuffer_get_length(second), 4908);
	evbuffer_free(second);

	ck_assert_uint_eq(evbuffer_get_length(third), 5000);
	ck_assert_int_eq(memcmp(evbuffer_pullup(third, -1), letters, 5000), 0);
	evbuffer_free(third);
}

static int
new_file(void)
{
	char name[] = "/tmp/levin_buffer.XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	make_letters();
	ck_assert_int_eq(write(fd, letters, 10000), 10000);
	return fd;
}

/* libevent 2.1.12 gives up a reference that it did not take. */
TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add_file_segment__failure_keeps_the_segment)
{
	struct evbuffer *buffer = new_buffer(_i);
	int file = new_file();
	struct evbuffer_file_segment *segment = evbuffer_file_segment_new(file, 0, 100, 0);

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(evbuffer_add_file_segment(buffer, segment, 90, 11), -1);
		ck_assert_int_eq(evbuffer_add_file_segment(buffer, segment, 101, -1), -1);
		ck_assert_int_eq(evbuffer_add_file_segment(buffer, segment, -1, 1), -1);
	}
	ck_assert_int_eq(evbuffer_add_file_segment(buffer, segment, 90, 10), 0);
	evbuffer_file_segment_free(segment);

	ck_assert_int_eq(memcmp(evbuffer_pullup(buffer, 10), letters + 90, 10), 0);
	evbuffer_free(buffer);
	close(file);
}

/* libevent 2.1.12 takes the size of the whole file. */
TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add_file__length_minus_one_is_the_rest_of_the_file)
{
	struct evbuffer *buffer = new_buffer(_i);

	ck_assert_int_eq(evbuffer_add_file(buffer, new_file(), 9990, -1), 0);

	ck_assert_uint_eq(evbuffer_get_length(buffer), 10);
	ck_assert_int_eq(memcmp(evbuffer_pullup(buffer, 10), letters + 9990, 10), 0);
	evbuffer_free(buffer);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add_file__failure_keeps_the_descriptor_open)
{
	struct evbuffer *buffer = new_buffer(_i);
	int file = new_file();

	evbuffer_freeze(buffer, 0);
	ck_assert_int_eq(evbuffer_add_file(buffer, file, 0, 10), -1);
	ck_assert_int_ge(fcntl(file, F_GETFD), 0);
	close(file);
	evbuffer_unfreeze(buffer, 0);

	ck_assert_int_eq(evbuffer_add_file(buffer, file, 0, 10), -1);
	ck_assert_int_eq(evbuffer_add_file(buffer, -1, 0, -1), -1);
	evbuffer_free(buffer);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add_file__checks_its_descriptor)
{
	struct evbuffer *buffer = new_buffer(_i);
	int directory = open("/", O_RDONLY | O_CLOEXEC);
	int version = open("/proc/version", O_RDONLY | O_CLOEXEC);
	int file = new_file();
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	for (int drains = 0; drains < 2; drains++) {
		ck_assert_int_eq(evbuffer_add_file(buffer, -1, 0, 0), -1);
		ck_assert_int_eq(evbuffer_add_file(buffer, ends[0], 0, 10), -1);
		ck_assert_int_eq(evbuffer_add_file(buffer, directory, 0, 10), -1);
		ck_assert_int_eq(evbuffer_add_file(buffer, version, 0, -1), -1);
		evbuffer_set_flags(buffer, EVBUFFER_FLAG_DRAINS_TO_FD);
	}
	evbuffer_clear_flags(buffer, EVBUFFER_FLAG_DRAINS_TO_FD);
	ck_assert_int_eq(evbuffer_add_file(buffer, file, 9990, 11), -1);

	ck_assert_uint_eq(evbuffer_get_length(buffer), 0);
	evbuffer_free(buffer);
	close(ends[0]);
	close(ends[1]);
	close(directory);
	close(version);
	close(file);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add_file__proc_file_with_a_length_gives_its_bytes)
{
	struct evbuffer *buffer = new_buffer(_i);
	char bytes[5];

	ck_assert_int_eq(
	    evbuffer_add_file(buffer, open("/proc/version", O_RDONLY | O_CLOEXEC), 0, 5), 0);

	ck_assert_int_eq(evbuffer_remove(buffer, bytes, 5), 5);
	ck_assert_mem_eq(bytes, "Linux", 5);
	evbuffer_free(buffer);
}

/* Every function that reads a file returns a failure for one that has become shorter. */
TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add_file__file_truncated_later)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct evbuffer_iovec extent = {letters, 0};
	int file = new_file();
	int pipe_ends[2];
	char bytes[100];

	ck_assert_int_eq(pipe(pipe_ends), 0);
	evbuffer_add(buffer, "before", 6);
	ck_assert_int_eq(evbuffer_add_file(buffer, file, 0, -1), 0);
	ck_assert_int_eq(ftruncate(file, 10), 0);

	ck_assert_int_eq(evbuffer_copyout(buffer, bytes, 16), 16);
	ck_assert_int_eq(evbuffer_copyout(buffer, bytes, 17), -1);
	ck_assert_ptr_null(evbuffer_pullup(buffer, 17));
	ck_assert_int_eq(evbuffer_search(buffer, "before!", 7, NULL).pos, -1);
	ck_assert_ptr_null(evbuffer_readln(buffer, NULL, EVBUFFER_EOL_LF));
	evbuffer_drain(buffer, 6);
	ck_assert_ptr_null(evbuffer_pullup(buffer, 1));
	ck_assert_int_eq(evbuffer_peek(buffer, 1, NULL, &extent, 1), 1);
	ck_assert_ptr_null(extent.iov_base);
	ck_assert_int_eq(evbuffer_write(buffer, pipe_ends[1]), 10);
	ck_assert_int_eq(evbuffer_write(buffer, pipe_ends[1]), -1);
	ck_assert_int_eq(errno, ENODATA);

	ck_assert_uint_eq(evbuffer_get_length(buffer), 9990);
	evbuffer_free(buffer);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* Across the border of memory and file, too. */
TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_search__reads_files)
{
	struct evbuffer *buffer = new_buffer(_i);
	struct evbuffer_ptr found;

	evbuffer_add(buffer, "0123456789", 10);
	ck_assert_int_eq(evbuffer_add_file(buffer, new_file(), 0, -1), 0);
	evbuffer_add(buffer, "end\r\n", 5);

	for (size_t at = 0; at < 9000; at += 211) {
		struct evbuffer_ptr start;

		ck_assert_int_eq(evbuffer_ptr_set(buffer, &start, 10 + at, EVBUFFER_PTR_SET), 0);
		found = evbuffer_search(buffer, letters + at, 1000, &start);
		ck_assert_int_eq(found.pos, (long)(10 + at));
	}
	found = evbuffer_search_eol(buffer, NULL, NULL, EVBUFFER_EOL_CRLF);
	ck_assert_int_eq(found.pos, 10013);
	found = evbuffer_search_eol(buffer, NULL, NULL, EVBUFFER_EOL_ANY);
	ck_assert_int_eq(found.pos, 10013);
	evbuffer_free(buffer);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_add_buffer_reference__shares_parts_of_files)
{
	struct evbuffer *buffer = new_buffer(_i), *other = another_buffer(_i);

	if (_i)
		evbuffer_set_flags(buffer, EVBUFFER_FLAG_DRAINS_TO_FD);
	ck_assert_int_eq(evbuffer_add_file(buffer, new_file(), 100, 50), 0);
	ck_assert_int_eq(evbuffer_add_buffer_reference(other, buffer), 0);
	evbuffer_free(buffer);

	ck_assert_uint_eq(evbuffer_get_length(other), 50);
	ck_assert_int_eq(memcmp(evbuffer_pullup(other, 50), letters + 100, 50), 0);
	evbuffer_free(other);
}

static void
ignore_cleanup(const void *data, size_t size, void *arg)
{
	(void)data;
	(void)size;
	(void)arg;
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_read__of_zero_bytes)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	for (int kind = 0; kind < 3; kind++) {
		struct evbuffer *buffer = new_buffer(_i);

		if (kind == 1)
			evbuffer_add(buffer, "abc", 3);
		if (kind == 2)
			evbuffer_add_reference(buffer, "abc", 3, ignore_cleanup, NULL);

		ck_assert_int_eq(evbuffer_read(buffer, ends[0], 0), 0);

		ck_assert_uint_eq(evbuffer_get_length(buffer), kind ? 3 : 0);
		evbuffer_free(buffer);
	}
	close(ends[0]);
	close(ends[1]);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_set_max_read__limits_one_read)
{
	struct evbuffer *buffer = new_buffer(_i);
	int ends[2];

	ck_assert_uint_eq(evbuffer_get_max_read(buffer), 131072);
	ck_assert_int_eq(evbuffer_set_max_read(buffer, (size_t)INT_MAX + 1), -1);
	ck_assert_int_eq(evbuffer_set_max_read(buffer, 0), -1);
	ck_assert_int_eq(evbuffer_set_max_read(buffer, 5), 0);
	ck_assert_uint_eq(evbuffer_get_max_read(buffer), 5);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "0123456789", 10), 10);

	ck_assert_int_eq(evbuffer_read(buffer, ends[0], -1), 5);
	ck_assert_int_eq(evbuffer_read(buffer, ends[0], 100), 5);

	evbuffer_free(buffer);
	close(ends[0]);
	close(ends[1]);
}

TEST_WITH_AND_WITHOUT_LOCKS(evbuffer_read__of_no_bytes_into_an_empty_buffer)
{
	struct evbuffer *buffer = new_buffer(_i);
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);

	ck_assert_int_eq(evbuffer_read(buffer, ends[0], 0), 0);

	ck_assert_uint_eq(evbuffer_get_length(buffer), 0);
	ck_assert_int_eq(evbuffer_read(buffer, ends[0], 1), 1);
	evbuffer_free(buffer);
	close(ends[0]);
	close(ends[1]);
}
