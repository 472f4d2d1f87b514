/* SPDX-License-Identifier: BSD-3-Clause */
/* Files and memory in buffers: parts of them, their ends, and when they are let go. */
#include <event2/buffer.h>
#include <limits.h>

#include "kit.h"

static const char text[] = "0123456789abcdefghij";

static int
new_file(size_t size)
{
	char name[] = "/tmp/buffer_files.XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	for (size_t at = 0; at < size; at += sizeof(text) - 1) {
		size_t part = size - at < sizeof(text) - 1 ? size - at : sizeof(text) - 1;

		if (write(fd, text, part) < 0)
			return -1;
	}
	return kit_fixed(fd);
}

static void
show(const char *what, struct evbuffer *buffer)
{
	char out[64];
	ev_ssize_t size = evbuffer_copyout(buffer, out, 60);

	say("%s: %zu, first %zu, '%.*s' %d", what, evbuffer_get_length(buffer),
	    evbuffer_get_contiguous_space(buffer), size < 0 ? 0 : (int)size, out, (int)size);
}

static const char *
state(int fd)
{
	return fcntl(fd, F_GETFD) >= 0 ? "open" : "closed";
}

static void
let_go(const void *data, size_t size, void *name)
{
	say("  let go of %s: %zu bytes, %s", (const char *)name, size,
	    data == text ? "text" : "something else");
}

static void
references(void)
{
	struct evbuffer *buffer = evbuffer_new(), *other = evbuffer_new();

	say("references");
	say("%d", evbuffer_add_reference(buffer, text, 10, let_go, "first"));
	say("%d", evbuffer_add_reference(buffer, text, 20, let_go, "second"));
	say("drain 5");
	evbuffer_drain(buffer, 5);
	say("drain 5");
	evbuffer_drain(buffer, 5);
	say("pull up");
	evbuffer_pullup(buffer, -1);
	say("add_buffer");
	evbuffer_add_buffer(other, buffer);
	say("free");
	evbuffer_free(other);
	say("free the other");
	evbuffer_free(buffer);

	buffer = evbuffer_new();
	other = evbuffer_new();
	say("shared");
	evbuffer_add_reference(buffer, text, 20, let_go, "shared");
	say("%d", evbuffer_add_buffer_reference(other, buffer));
	evbuffer_free(buffer);
	show("other", other);
	evbuffer_drain(other, 10);
	say("free");
	evbuffer_free(other);
}

static void
whole_files(uint64_t flags)
{
	struct evbuffer *buffer = evbuffer_new();
	int file = new_file(100);
	int fds[2];

	say("files, flags %d", (int)flags);
	evbuffer_set_flags(buffer, flags);
	evbuffer_add(buffer, "<", 1);
	say("%d", evbuffer_add_file(buffer, file, 10, 30));
	evbuffer_add(buffer, ">", 1);
	say("%zu, file is %s", evbuffer_get_length(buffer), state(file));
	kit_pipe(fds);
	while (evbuffer_get_length(buffer) > 0) {
		int written = evbuffer_write(buffer, fds[1]);

		if (written < 0)
			break;
	}
	say("%zu left, file is %s, %d arrived", evbuffer_get_length(buffer), state(file),
	    kit_drain(fds[0]));
	file = new_file(100);
	say("all %d", evbuffer_add_file(buffer, file, 0, -1));
	say("%zu", evbuffer_get_length(buffer));
	evbuffer_free(buffer);
	say("file is %s", state(file));
	kit_close_descriptors();
	kit_restart_descriptors();
}

static void
segment_let_go(const struct evbuffer_file_segment *segment, int flags, void *name)
{
	(void)segment;
	say("  let go of %s, flags %d", (const char *)name, flags);
}

static void
segments(unsigned flags)
{
	struct evbuffer *buffer = evbuffer_new(), *other = evbuffer_new();
	struct evbuffer_file_segment *segment;
	int file = new_file(10000);

	say("segment, flags %u", flags);
	segment = evbuffer_file_segment_new(file, 5, 50, flags);
	evbuffer_file_segment_add_cleanup_cb(segment, segment_let_go, "segment");
	say("part %d", evbuffer_add_file_segment(buffer, segment, 5, 10));
	show("part", buffer);
	say("rest %d", evbuffer_add_file_segment(buffer, segment, 40, -1));
	show("rest", buffer);
	say("other %d", evbuffer_add_file_segment(other, segment, 0, 50));
	show("other", other);
	say("segment freed");
	evbuffer_file_segment_free(segment);
	show("part and rest", buffer);
	evbuffer_drain(buffer, 12);
	show("drained", buffer);
	evbuffer_free(buffer);
	say("buffer freed");
	evbuffer_free(other);
	say("other freed, file is %s", state(file));
	kit_close_descriptors();
	kit_restart_descriptors();
}

static void
far_into_a_file(void)
{
	struct evbuffer *buffer = evbuffer_new();
	int file = new_file(20000);

	say("far %d", evbuffer_add_file(buffer, file, 12345, 20));
	show("far", buffer);
	evbuffer_free(buffer);
	kit_close_descriptors();
	kit_restart_descriptors();
}

static void
wrong(void)
{
	struct evbuffer *buffer = evbuffer_new();
	int fds[2];

	kit_pipe(fds);
	say("no file, to its end: %d", evbuffer_file_segment_new(999, 0, -1, 0) != NULL);
	say("%zu", evbuffer_get_length(buffer));
	evbuffer_free(buffer);
	kit_close_descriptors();
	kit_restart_descriptors();
}

int
main(void)
{
	references();
	whole_files(0);
	whole_files(EVBUFFER_FLAG_DRAINS_TO_FD);
	segments(0);
	segments(EVBUF_FS_CLOSE_ON_FREE);
	segments(EVBUF_FS_DISABLE_MMAP);
	segments(EVBUF_FS_DISABLE_SENDFILE);
	segments(EVBUF_FS_DISABLE_MMAP | EVBUF_FS_DISABLE_SENDFILE | EVBUF_FS_DISABLE_LOCKING);
	far_into_a_file();
	wrong();
	return 0;
}
