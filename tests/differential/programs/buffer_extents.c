/* SPDX-License-Identifier: BSD-3-Clause */
/* How bytes are spread over extents: what peek, reserve_space and get_contiguous_space show. */
#include <event2/buffer.h>

#include "kit.h"

static char bytes[1 << 21];

static const size_t sizes[] = {1, 10, 100, 463, 464, 900, 975, 976, 977, 1000, 1024, 1500, 2000,
    2001, 3000, 4000, 4048, 4049, 4096, 5000, 8144, 8145, 16384, 65536, 100000, 1 << 20};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void
show(const char *what, struct evbuffer *buffer)
{
	struct evbuffer_iovec extents[64];
	int count = evbuffer_peek(buffer, -1, NULL, extents, 64);
	char line[1024];
	int used = 0;

	for (int i = 0; i < count && i < 64; i++)
		used +=
		    snprintf(line + used, sizeof(line) - (size_t)used, " %zu", extents[i].iov_len);
	line[used] = '\0';
	say("%s: %zu bytes, %zu first, %d extents:%s", what, evbuffer_get_length(buffer),
	    evbuffer_get_contiguous_space(buffer), count, line);
}

static void
show_room(struct evbuffer *buffer, size_t size, int most)
{
	struct evbuffer_iovec room[4] = {{NULL, 0}};
	int count = evbuffer_reserve_space(buffer, (ev_ssize_t)size, room, most);

	say("  room for %zu in %d: %d, %zu %zu %zu", size, most, count,
	    count > 0 ? room[0].iov_len : 0, count > 1 ? room[1].iov_len : 0,
	    count > 2 ? room[2].iov_len : 0);
}

static void
one_addition(size_t size)
{
	static const size_t rooms[] = {1, 100, 1000, 5000, 70000};

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		for (int most = 1; most <= 3; most++) {
			struct evbuffer *buffer = evbuffer_new();

			evbuffer_add(buffer, bytes, size);
			if (i == 0 && most == 1)
				show("one addition", buffer);
			show_room(buffer, rooms[i], most);
			evbuffer_free(buffer);
		}
	}
}

static void
repeated(
    const char *what, int (*add)(struct evbuffer *, const void *, size_t), size_t size, int times)
{
	struct evbuffer *buffer = evbuffer_new();

	for (int i = 0; i < times; i++)
		add(buffer, bytes, size);
	say("%s %zu, %d times", what, size, times);
	show(what, buffer);
	show_room(buffer, 1, 2);
	evbuffer_free(buffer);
}

static void
expanded(size_t had, size_t more)
{
	struct evbuffer *buffer = evbuffer_new();

	if (had > 0)
		evbuffer_add(buffer, bytes, had);
	say("%zu bytes, expanded by %zu: %d", had, more, evbuffer_expand(buffer, more));
	show("expanded", buffer);
	show_room(buffer, 0, 1);
	show_room(buffer, more, 1);
	evbuffer_add(buffer, bytes, more);
	show("filled", buffer);
	evbuffer_free(buffer);
}

static void
moved(void)
{
	struct evbuffer *one = evbuffer_new(), *other = evbuffer_new();

	for (int i = 0; i < 10; i++)
		evbuffer_add(one, bytes, 4096);
	say("remove_buffer %d", evbuffer_remove_buffer(one, other, 10000));
	show("from", one);
	show("to", other);
	say("add_buffer %d", evbuffer_add_buffer(one, other));
	show("from", other);
	show("to", one);
	evbuffer_add(other, bytes, 20);
	say("prepend_buffer %d", evbuffer_prepend_buffer(one, other));
	show("from", other);
	show("to", one);
	evbuffer_drain(one, 8150);
	show("drained", one);
	evbuffer_free(one);
	evbuffer_free(other);
}

static void
referenced(void)
{
	struct evbuffer *buffer = evbuffer_new();
	struct evbuffer_iovec vectors[3] = {{bytes, 10}, {bytes, 3000}, {bytes, 5000}};

	for (int i = 0; i < 6; i++)
		evbuffer_add_reference(buffer, bytes, 20, NULL, NULL);
	evbuffer_add(buffer, bytes, 5);
	show("references", buffer);
	evbuffer_pullup(buffer, 50);
	show("pulled up 50", buffer);
	evbuffer_pullup(buffer, 60);
	show("pulled up 60", buffer);
	evbuffer_pullup(buffer, -1);
	show("pulled up", buffer);
	evbuffer_prepend(buffer, bytes, 100);
	show("prepended 100", buffer);
	evbuffer_drain(buffer, 150);
	evbuffer_prepend(buffer, bytes, 20);
	show("prepended 20", buffer);
	say("add_iovec %zu", evbuffer_add_iovec(buffer, vectors, 3));
	show("vectors", buffer);
	evbuffer_add_printf(buffer, "%5000d", 1);
	show("printed", buffer);
	evbuffer_free(buffer);
}

int
main(void)
{
	struct evbuffer *buffer;

	for (size_t i = 0; i < SIZES; i++)
		one_addition(sizes[i]);
	for (size_t i = 0; i < SIZES; i++) {
		buffer = evbuffer_new();
		show_room(buffer, sizes[i], 1);
		show_room(buffer, sizes[i], 2);
		show("reserved", buffer);
		evbuffer_free(buffer);
	}
	for (size_t i = 0; i < SIZES; i++) {
		expanded(0, sizes[i]);
		expanded(10, sizes[i]);
		expanded(3000, sizes[i]);
	}
	repeated("add", evbuffer_add, 64, 1000);
	repeated("add", evbuffer_add, 1000, 100);
	repeated("add", evbuffer_add, 4096, 20);
	repeated("add", evbuffer_add, 10000, 20);
	repeated("add", evbuffer_add, 100000, 5);
	repeated("prepend", evbuffer_prepend, 16, 100);
	repeated("prepend", evbuffer_prepend, 1000, 10);
	repeated("prepend", evbuffer_prepend, 5000, 10);
	moved();
	referenced();
	return 0;
}
