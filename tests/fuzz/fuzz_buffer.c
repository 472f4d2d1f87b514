/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations on three buffers, chosen by the input, beside arrays of bytes that say what must
 * come out, and beside the limit of a buffer's memory.
 */
#include <event2/buffer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/buffer_limit.h"
#include "fuzz/choices.h"
#include "fuzz/must.h"

enum { BUFFERS = 3, FLAT_MAX = 1 << 16, SOFT_MAX = 12000 };

struct pair {
	struct evbuffer *real;
	unsigned char flat[FLAT_MAX];
	size_t size;
};

static struct pair pairs[BUFFERS];
static unsigned char letters[8192];
static unsigned char out[FLAT_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
some_size(struct choices *choices)
{
	size_t size = choose(choices, 256);

	return choose_rarely(choices, 4) ? size * 21 : size;
}

static const unsigned char *
some_letters(struct choices *choices)
{
	return letters + choose(choices, 256);
}

static void
flat_insert(struct pair *pair, size_t at, const void *bytes, size_t size)
{
	must(pair->size + size <= FLAT_MAX);
	memmove(pair->flat + at + size, pair->flat + at, pair->size - at);
	memcpy(pair->flat + at, bytes, size);
	pair->size += size;
}

static void
flat_drain(struct pair *pair, size_t size)
{
	if (size > pair->size)
		size = pair->size;
	pair->size -= size;
	memmove(pair->flat, pair->flat + size, pair->size);
}

static void
add(struct pair *pair, struct choices *choices)
{
	size_t size = some_size(choices);
	const unsigned char *bytes = some_letters(choices);

	switch (choose(choices, 4)) {
	case 0:
		must(evbuffer_prepend(pair->real, bytes, size) == 0);
		flat_insert(pair, 0, bytes, size);
		return;
	case 1:
		must(evbuffer_add_reference(pair->real, bytes, size, NULL, NULL) == 0);
		break;
	case 2:
		must(evbuffer_add_printf(pair->real, "%.*s", (int)size, (const char *)bytes) ==
		     (int)strnlen((const char *)bytes, size));
		size = strnlen((const char *)bytes, size);
		break;
	default:
		must(evbuffer_add(pair->real, bytes, size) == 0);
	}
	flat_insert(pair, pair->size, bytes, size);
}

static void
add_in_place(struct pair *pair, struct choices *choices)
{
	struct evbuffer_iovec room[2];
	size_t size = some_size(choices);
	const unsigned char *bytes = some_letters(choices);
	int count = evbuffer_reserve_space(
	    pair->real, (ev_ssize_t)size + 1, room, 1 + (int)choose(choices, 2));
	int used = 0;

	must(count == 1 || count == 2);
	flat_insert(pair, pair->size, bytes, size);
	for (; used < count && size > 0; used++) {
		if (room[used].iov_len > size)
			room[used].iov_len = size;
		memcpy(room[used].iov_base, bytes, room[used].iov_len);
		bytes += room[used].iov_len;
		size -= room[used].iov_len;
	}
	must(size == 0 && evbuffer_commit_space(pair->real, room, used) == 0);
}

static void
take(struct pair *pair, struct choices *choices)
{
	size_t size = some_size(choices);
	int taken;

	if (choose(choices, 2)) {
		must(evbuffer_drain(pair->real, size) == 0);
	} else {
		taken = evbuffer_remove(pair->real, out, size);
		must((size_t)taken == (size < pair->size ? size : pair->size));
		must(memcmp(out, pair->flat, (size_t)taken) == 0);
	}
	flat_drain(pair, size);
}

static void
move(struct pair *to, struct choices *choices)
{
	struct pair *from = &pairs[choose(choices, BUFFERS)];
	size_t size = some_size(choices);

	if (from == to)
		return;
	switch (choose(choices, 4)) {
	case 0:
		must(evbuffer_prepend_buffer(to->real, from->real) == 0);
		flat_insert(to, 0, from->flat, from->size);
		flat_drain(from, from->size);
		break;
	case 1:
		must(evbuffer_add_buffer_reference(to->real, from->real) == 0);
		flat_insert(to, to->size, from->flat, from->size);
		break;
	case 2:
		must(evbuffer_add_buffer(to->real, from->real) == 0);
		flat_insert(to, to->size, from->flat, from->size);
		flat_drain(from, from->size);
		break;
	default:
		size = size < from->size ? size : from->size;
		must(evbuffer_remove_buffer(from->real, to->real, size) == (int)size);
		flat_insert(to, to->size, from->flat, size);
		flat_drain(from, size);
	}
}

static void
search(struct pair *pair, struct choices *choices)
{
	const unsigned char *what = some_letters(choices);
	size_t size = some_size(choices) % 700, from = some_size(choices);
	struct evbuffer_ptr place;
	unsigned char *found;

	if (evbuffer_ptr_set(pair->real, &place, from, EVBUFFER_PTR_SET) < 0) {
		must(from > pair->size && place.pos == -1);
		return;
	}
	place = evbuffer_search(pair->real, (const char *)what, size, &place);
	found = memmem(pair->flat + from, pair->size - from, what, size);
	must(place.pos == (found ? found - pair->flat : -1));
	evbuffer_search_eol(pair->real, NULL, NULL, (enum evbuffer_eol_style)choose(choices, 6));
}

static void
look(struct pair *pair, struct choices *choices)
{
	size_t size = some_size(choices);
	unsigned char *bytes = evbuffer_pullup(pair->real, (ev_ssize_t)size);

	must(size == 0 || (bytes != NULL) == (size <= pair->size));
	if (bytes && size > 0)
		must(memcmp(bytes, pair->flat, size) == 0);
	must(evbuffer_expand(pair->real, some_size(choices)) == 0);
}

static void
check(struct pair *pair)
{
	must(evbuffer_get_length(pair->real) == pair->size);
	must(evbuffer_copyout(pair->real, out, sizeof(out)) == (ev_ssize_t)pair->size);
	must(memcmp(out, pair->flat, pair->size) == 0);
	must(buffer_keeps_limit(pair->real));
	if (pair->size > SOFT_MAX) {
		evbuffer_drain(pair->real, pair->size);
		pair->size = 0;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const plays[])(struct pair *, struct choices *) = {
	    add, add, add_in_place, take, take, move, search, look};
	struct choices choices = choices_from_bytes(data, size);

	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = (unsigned char)"aab\r\n\0c"[(i * 7 + i / 13) % 7];
	for (int i = 0; i < BUFFERS; i++) {
		pairs[i].real = evbuffer_new();
		pairs[i].size = 0;
	}
	while (choices.left > 0) {
		struct pair *pair = &pairs[choose(&choices, BUFFERS)];

		plays[choose(&choices, sizeof(plays) / sizeof(plays[0]))](pair, &choices);
		for (int i = 0; i < BUFFERS; i++)
			check(&pairs[i]);
	}
	for (int i = 0; i < BUFFERS; i++)
		evbuffer_free(pairs[i].real);
	return 0;
}
