/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading into buffers and writing them: amounts, ends, errors. */
#include <event2/buffer.h>

#include "kit.h"

static char bytes[300000];

static void
small(void)
{
	struct evbuffer *buffer = evbuffer_new();
	int fds[2];

	kit_socketpair(fds);
	kit_put(fds[1], "0123456789");
	say("read 4: %d", evbuffer_read(buffer, fds[0], 4));
	say("read 0: %d", evbuffer_read(buffer, fds[0], 0));
	say("read -1: %d", evbuffer_read(buffer, fds[0], -1));
	errno = 0;
	say("read from nothing: %d", evbuffer_read(buffer, fds[0], -1));
	say("%s", strerror(errno));
	say("%zu", evbuffer_get_length(buffer));
	say("write 3: %d", evbuffer_write_atmost(buffer, fds[0], 3));
	say("write 0: %d", evbuffer_write_atmost(buffer, fds[0], 0));
	say("write 100: %d", evbuffer_write_atmost(buffer, fds[0], 100));
	say("write nothing: %d", evbuffer_write(buffer, fds[0]));
	say("write nothing: %d", evbuffer_write_atmost(buffer, fds[0], 5));
	close(fds[1]);
	say("read at the end: %d", evbuffer_read(buffer, fds[0], -1));
	evbuffer_add(buffer, "x", 1);
	errno = 0;
	signal(SIGPIPE, SIG_IGN);
	say("write to nobody: %d %s", evbuffer_write(buffer, fds[0]), strerror(errno));
	say("%zu", evbuffer_get_length(buffer));
	errno = 0;
	say("read from nowhere: %d", evbuffer_read(buffer, -1, -1));
	say("%s", strerror(errno));
	errno = 0;
	say("write to nowhere: %d", evbuffer_write(buffer, -1));
	say("%s", strerror(errno));
	say("%zu", evbuffer_get_length(buffer));
	evbuffer_free(buffer);
	kit_close_descriptors();
	kit_restart_descriptors();
}

/* All that is written arrives, in this order, however it is cut. */
static void
large(size_t part)
{
	struct evbuffer *out = evbuffer_new(), *in = evbuffer_new();
	size_t total = sizeof(bytes);
	int fds[2];

	kit_socketpair(fds);
	for (size_t at = 0; at < total; at += part)
		evbuffer_add_reference(
		    out, bytes + at, total - at < part ? total - at : part, NULL, NULL);
	while (evbuffer_get_length(out) > 0 || evbuffer_get_length(in) < total) {
		int sent = evbuffer_write(out, fds[0]);
		int got = evbuffer_read(in, fds[1], -1);

		if (sent < 0 && got < 0)
			break;
	}
	say("parts of %zu: %zu left, %zu arrived, %s", part, evbuffer_get_length(out),
	    evbuffer_get_length(in),
	    evbuffer_get_length(in) == total && memcmp(evbuffer_pullup(in, -1), bytes, total) == 0
		? "the same"
		: "others");
	evbuffer_free(out);
	evbuffer_free(in);
	kit_close_descriptors();
	kit_restart_descriptors();
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
	small();
	large(300000);
	large(5000);
	large(100);
	return 0;
}
