/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers when memory ends and system calls fail.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/thread.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "torture/torture.h"

static char letters[20000];

static void
count_change(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *count)
{
	(void)buffer;
	(void)info;
	++*(int *)count;
}

static void
count_cleanup(const void *data, size_t size, void *count)
{
	(void)data;
	(void)size;
	++*(int *)count;
}

static void
add_and_take(const struct configuration *configuration)
{
	struct evbuffer *buffer, *other;
	struct evbuffer_iovec room[2];
	struct evbuffer_iovec pieces[] = {{letters, 3000}, {letters, 3000}};
	struct evbuffer_cb_entry *entry;
	int changes = 0, cleanups = 0;
	size_t added;
	unsigned char *bytes;

	(void)configuration;
	TRY_NEW(buffer, evbuffer_new());
	TRY_NEW(other, evbuffer_new());
	TRY_NEW(entry, evbuffer_add_cb(buffer, count_change, &changes));
	TRY(evbuffer_add(buffer, letters, 5000));
	TRY(evbuffer_prepend(buffer, letters, 3000));
	TRY(evbuffer_add_printf(buffer, "%2000d\n", 1));
	TRY(evbuffer_reserve_space(buffer, 9000, room, 2));
	TRY(evbuffer_expand(buffer, 7000));
	TRY(evbuffer_add_reference(buffer, letters, 10, count_cleanup, &cleanups));
	EXPECT(evbuffer_get_length(buffer) == 10011);
	EXPECT(changes == 4);
	added = evbuffer_add_iovec(buffer, pieces, 2);
	if (added < 6000) {
		torture_excuse("evbuffer_add_iovec");
		EXPECT(added == 0 || added == 3000);
		evbuffer_add(buffer, letters, 6000 - added);
	}
	TRY(evbuffer_add_buffer_reference(other, buffer));
	TRY(evbuffer_drain(other, 10001));
	TRY(evbuffer_remove_buffer(buffer, other, 8500));
	EXPECT(evbuffer_get_length(buffer) == 7511);
	TRY_NEW(bytes, evbuffer_pullup(buffer, 7000));
	TRY(evbuffer_setcb(buffer, NULL, NULL));
	EXPECT(evbuffer_get_length(buffer) == 7511);
	evbuffer_free(buffer);
	EXPECT(evbuffer_get_length(other) == 6010 + 8500);
	evbuffer_free(other);
	EXPECT(cleanups == 1);
}

/* A needle of which half is everywhere; what is needed to search it fast may be missing. */
static void
search(const struct configuration *configuration)
{
	static char needle[1000];
	struct evbuffer *buffer;

	(void)configuration;
	memset(needle, 'a', sizeof(needle));
	needle[999] = 'b';
	TRY_NEW(buffer, evbuffer_new());
	for (int i = 0; i < 5; i++)
		TRY(evbuffer_add_reference(buffer, needle, 999, NULL, NULL));
	TRY(evbuffer_add_reference(buffer, needle + 999, 1, NULL, NULL));
	EXPECT(evbuffer_search(buffer, needle, 1000, NULL).pos == 999 * 4);
	evbuffer_free(buffer);
}

/* Errors that are reported and do not last. */
static bool
passes(int error)
{
	return error == EINTR || error == EAGAIN;
}

static void
move_through_a_pair(const struct configuration *configuration)
{
	struct evbuffer *out, *in;
	evutil_socket_t ends[2];

	torture_open_pair(configuration, ends);
	TRY_NEW(out, evbuffer_new());
	TRY_NEW(in, evbuffer_new());
	TRY(evbuffer_add(out, letters, 9000));
	TRY(evbuffer_add_reference(out, letters, 9000, NULL, NULL));
	for (int i = 0; i < 1000 && evbuffer_get_length(in) < 18000; i++) {
		if (evbuffer_get_length(out) > 0 && evbuffer_write(out, ends[0]) < 0)
			EXPECT(passes(errno) || errno == ENOSYS);
		if (evbuffer_read(in, ends[1], -1) < 0)
			EXPECT(passes(errno) || errno == ENOMEM || errno == ENOSYS);
	}
	EXPECT(evbuffer_get_length(in) == 18000);
	evbuffer_free(out);
	evbuffer_free(in);
	torture_close(ends[0]);
	torture_close(ends[1]);
}

static int
open_file(void)
{
	char name[] = "/tmp/torture_buffer.XXXXXX";
	int file;

	faults_pause();
	file = mkstemp(name);
	unlink(name);
	EXPECT(write(file, letters, sizeof(letters)) == sizeof(letters));
	faults_resume();
	return file;
}

static void
send_a_file(const struct configuration *configuration, ev_uint64_t flags, unsigned segment_flags)
{
	struct evbuffer_file_segment *segment;
	struct evbuffer *out, *in;
	evutil_socket_t ends[2];
	int file = open_file();

	torture_open_pair(configuration, ends);
	TRY_NEW(out, evbuffer_new());
	TRY_NEW(in, evbuffer_new());
	evbuffer_set_flags(out, flags);
	TRY_NEW(segment, evbuffer_file_segment_new(file, 100, -1, segment_flags));
	TRY(evbuffer_add_file_segment(out, segment, 0, 10000));
	TRY(evbuffer_add_file_segment(out, segment, 5000, -1));
	evbuffer_file_segment_free(segment);
	for (int i = 0; i < 1000 && evbuffer_get_length(in) < 24900; i++) {
		if (evbuffer_get_length(out) > 0 && evbuffer_write(out, ends[0]) < 0)
			EXPECT(errno != 0);
		if (evbuffer_read(in, ends[1], -1) < 0)
			EXPECT(errno != 0);
	}
	EXPECT(evbuffer_get_length(in) == 24900);
	evbuffer_free(out);
	evbuffer_free(in);
	torture_close(ends[0]);
	torture_close(ends[1]);
	torture_close(file);
}

static void
map_a_file(const struct configuration *configuration)
{
	send_a_file(configuration, 0, 0);
}

static void
read_a_file(const struct configuration *configuration)
{
	send_a_file(configuration, 0, EVBUF_FS_DISABLE_MMAP);
}

static void
let_the_kernel_send_a_file(const struct configuration *configuration)
{
	send_a_file(configuration, EVBUFFER_FLAG_DRAINS_TO_FD, 0);
}

static void
defer(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	struct evbuffer_cb_entry *entry;
	struct evbuffer *buffer;
	int changes = 0;

	TRY_NEW(buffer, evbuffer_new());
	if (configuration->backend->threads)
		TRY(evbuffer_enable_locking(buffer, NULL));
	TRY(evbuffer_defer_callbacks(buffer, base));
	TRY_NEW(entry, evbuffer_add_cb(buffer, count_change, &changes));
	TRY(evbuffer_add(buffer, letters, 10));
	torture_run(base, &changes, 1);
	EXPECT(changes == 1);
	evbuffer_free(buffer);
	event_base_free(base);
}

TEST(buffer__contents_survive_every_failure)
{
	struct configuration configuration = {.backend = backend_under_test(0)};

	torture(add_and_take, &configuration);
	torture(search, &configuration);
}

TEST(evbuffer_read__and_write_survive_every_failure)
{
	struct configuration configuration = {.backend = backend_under_test(0)};

	torture(move_through_a_pair, &configuration);
}

TEST(evbuffer_add_file__survives_every_failure)
{
	struct configuration configuration = {.backend = backend_under_test(0)};

	torture(map_a_file, &configuration);
	torture(read_a_file, &configuration);
	torture(let_the_kernel_send_a_file, &configuration);
}

TEST_ON_BACKENDS(evbuffer_defer_callbacks__survives_every_failure)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(defer, &configuration);
}
