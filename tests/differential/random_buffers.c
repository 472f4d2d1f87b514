/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Seeded sequences of operations on a few buffers.  Each buffer has a flat array of bytes
 * beside it, and what the library answers must be what the array says: contents, lengths,
 * results of searches.  What callbacks are told goes into the transcript.
 *
 * Prints one line for each sequence with a hash of all that happened, or everything with
 * --full.  Two libraries that behave alike print the same.  A sequence with an answer that
 * is not what the array says is given up, with a line that says WRONG.
 *
 * What the reference refuses or gets wrong is kept out: bytes that are shared already are
 * not shared once more.
 */
#include <event2/buffer.h>
#include <event2/buffer_compat.h>

#include "kit.h"
#include "sequence.h"

#define BUFFERS   4
#define FLAT_MAX  (1 << 18)
#define SOFT_MAX  20000
#define CALLBACKS 3

struct buffer {
	struct evbuffer *real;
	unsigned char flat[FLAT_MAX]; /* the bytes are at front .. front + size */
	size_t front, size;
	bool frozen_front, frozen_back;
	bool has_shared; /* bytes that another buffer had or has too */
	struct evbuffer_cb_entry *callbacks[CALLBACKS];
};

static struct buffer buffers[BUFFERS];
static char letters[1 << 16]; /* to be added, in parts */
static char out[FLAT_MAX];

/* --- chance --------------------------------------------------------------------------- */

/* Small ones are common, large ones happen. */
static size_t
some_size(void)
{
	switch (below(8)) {
	case 0:
		return below(3);
	case 1:
	case 2:
	case 3:
		return below(40);
	case 4:
	case 5:
		return below(1100);
	case 6:
		return below(4200);
	default:
		return below(9000);
	}
}

static size_t
some_size_within(size_t size)
{
	return below(4) == 0 ? some_size() : below(size + 2);
}

static const char *
some_letters(size_t size)
{
	return letters + below(sizeof(letters) - size);
}

static struct buffer *
some_buffer(void)
{
	return &buffers[below(BUFFERS)];
}

/* --- the flat array ------------------------------------------------------------------- */

static unsigned char *
bytes_of(struct buffer *buffer)
{
	return buffer->flat + buffer->front;
}

static void
make_room(struct buffer *buffer, size_t before, size_t behind)
{
	size_t middle = (FLAT_MAX - buffer->size) / 2;

	if (buffer->front >= before && FLAT_MAX - buffer->front - buffer->size >= behind)
		return;
	memmove(buffer->flat + middle, bytes_of(buffer), buffer->size);
	buffer->front = middle;
	expect(middle >= before && FLAT_MAX - middle - buffer->size >= behind, "room in the array");
}

static void
flat_add(struct buffer *buffer, const void *data, size_t size)
{
	make_room(buffer, 0, size);
	memcpy(bytes_of(buffer) + buffer->size, data, size);
	buffer->size += size;
}

static void
flat_prepend(struct buffer *buffer, const void *data, size_t size)
{
	make_room(buffer, size, 0);
	buffer->front -= size;
	buffer->size += size;
	memcpy(bytes_of(buffer), data, size);
}

static void
flat_drain(struct buffer *buffer, size_t size)
{
	if (size > buffer->size)
		size = buffer->size;
	buffer->front += size;
	buffer->size -= size;
	if (buffer->size == 0)
		buffer->has_shared = false;
}

static long
flat_search(struct buffer *buffer, size_t from, size_t to, const void *what, size_t size)
{
	unsigned char *start = bytes_of(buffer) + from;
	unsigned char *found = to < from ? NULL : memmem(start, to - from, what, size);

	if (size == 0)
		return (long)from;
	return found ? found - bytes_of(buffer) : -1;
}

static bool
ends_line(int byte)
{
	return byte == '\r' || byte == '\n';
}

/* Position of the end, and its length. */
static long
flat_eol(struct buffer *buffer, size_t from, enum evbuffer_eol_style style, size_t *length)
{
	unsigned char *bytes = bytes_of(buffer);
	size_t size = buffer->size, at = from;
	long found;

	*length = 0;
	switch (style) {
	case EVBUFFER_EOL_ANY:
		while (at < size && !ends_line(bytes[at]))
			at++;
		while (at + *length < size && ends_line(bytes[at + *length]))
			++*length;
		return *length ? (long)at : -1;
	case EVBUFFER_EOL_CRLF:
		found = flat_search(buffer, from, size, "\n", 1);
		if (found < 0)
			return -1;
		*length = found > (long)from && bytes[found - 1] == '\r' ? 2 : 1;
		return found - (long)*length + 1;
	case EVBUFFER_EOL_CRLF_STRICT:
		found = flat_search(buffer, from, size, "\r\n", 2);
		*length = found < 0 ? 0 : 2;
		return found;
	case EVBUFFER_EOL_LF:
		found = flat_search(buffer, from, size, "\n", 1);
		*length = found < 0 ? 0 : 1;
		return found;
	default:
		found = flat_search(buffer, from, size, "", 1);
		*length = found < 0 ? 0 : 1;
		return found;
	}
}

/* --- adding --------------------------------------------------------------------------- */

static void
told(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	note_numbers("told", (long)(info->n_added * 1000003 + info->orig_size),
	    (long)(info->n_deleted * 1000003 + (size_t)(uintptr_t)arg));
	expect(info->orig_size + info->n_added - info->n_deleted == evbuffer_get_length(buffer),
	    "the length that a callback sees");
}

static void
play_add(struct buffer *buffer)
{
	size_t size = some_size();
	const char *data = some_letters(size);
	int rc = evbuffer_add(buffer->real, data, size);

	note_numbers("add", rc, (long)size);
	expect(rc == (buffer->frozen_back ? -1 : 0), "add");
	if (rc == 0)
		flat_add(buffer, data, size);
}

static void
play_prepend(struct buffer *buffer)
{
	size_t size = some_size();
	const char *data = some_letters(size);
	int rc = evbuffer_prepend(buffer->real, data, size);

	note_numbers("prepend", rc, (long)size);
	if (rc == 0)
		flat_prepend(buffer, data, size);
}

static void
play_reference(struct buffer *buffer)
{
	size_t size = some_size() + 1;
	const char *data = some_letters(size);
	int rc = evbuffer_add_reference(buffer->real, data, size, NULL, NULL);

	note_numbers("reference", rc, (long)size);
	expect(rc == (buffer->frozen_back ? -1 : 0), "add_reference");
	if (rc == 0)
		flat_add(buffer, data, size);
}

static void
play_printf(struct buffer *buffer)
{
	int width = (int)below(300);
	int number = (int)below(100000);
	int rc = evbuffer_add_printf(buffer->real, "%*d\r\n", width, number);

	note_numbers("printf", rc, width);
	if (rc >= 0) {
		expect(rc == snprintf(out, sizeof(out), "%*d\r\n", width, number), "printf");
		flat_add(buffer, out, (size_t)rc);
	}
}

static void
play_iovec(struct buffer *buffer)
{
	struct evbuffer_iovec pieces[4];
	int count = (int)below(5);
	size_t total = 0, added;

	for (int i = 0; i < count; i++) {
		pieces[i].iov_len = some_size() / 2;
		pieces[i].iov_base = (void *)(uintptr_t)some_letters(pieces[i].iov_len);
		total += pieces[i].iov_len;
	}
	added = evbuffer_add_iovec(buffer->real, pieces, count);
	note_numbers("iovec", (long)added, count);
	expect(added == (buffer->frozen_back ? 0 : total), "iovec");
	for (int i = 0; i < count && added > 0; i++)
		flat_add(buffer, pieces[i].iov_base, pieces[i].iov_len);
}

static void
play_reserve(struct buffer *buffer)
{
	struct evbuffer_iovec room[2];
	size_t size = some_size() + 1, offered = 0;
	int most = 1 + (int)below(2);
	int count = evbuffer_reserve_space(buffer->real, (ev_ssize_t)size, room, most);
	const char *data;
	int used;

	note_numbers("reserve", count < 0, (long)size);
	expect((count < 0) == buffer->frozen_back && count <= most, "reserve");
	if (count < 0)
		return;
	for (int i = 0; i < count; i++)
		offered += room[i].iov_len;
	expect(offered >= size, "room");
	if (below(8) == 0)
		return;
	used = 0;
	size = below(size + 1);
	data = some_letters(size);
	flat_add(buffer, data, size);
	for (; used < count && size > 0; used++) {
		if (room[used].iov_len > size)
			room[used].iov_len = size;
		memcpy(room[used].iov_base, data, room[used].iov_len);
		data += room[used].iov_len;
		size -= room[used].iov_len;
	}
	expect(evbuffer_commit_space(buffer->real, room, used) == 0, "commit");
}

/* --- taking --------------------------------------------------------------------------- */

static void
play_drain(struct buffer *buffer)
{
	size_t size = some_size_within(buffer->size);
	int rc = evbuffer_drain(buffer->real, size);

	note_numbers("drain", rc, (long)size);
	if (rc == 0)
		flat_drain(buffer, size);
}

static void
play_remove(struct buffer *buffer)
{
	size_t size = some_size_within(buffer->size);
	int taken = evbuffer_remove(buffer->real, out, size);

	note_numbers("remove", taken, (long)size);
	if (taken < 0)
		return;
	expect((size_t)taken == (size < buffer->size ? size : buffer->size), "remove");
	expect(memcmp(out, bytes_of(buffer), (size_t)taken) == 0, "removed bytes");
	flat_drain(buffer, (size_t)taken);
}

static void
play_copyout(struct buffer *buffer)
{
	struct evbuffer_ptr place;
	size_t at = below(buffer->size + 1);
	size_t size = some_size_within(buffer->size);
	size_t wanted = size < buffer->size - at ? size : buffer->size - at;
	ev_ssize_t copied;

	expect(evbuffer_ptr_set(buffer->real, &place, at, EVBUFFER_PTR_SET) == 0, "ptr_set");
	copied = evbuffer_copyout_from(buffer->real, &place, out, size);
	note_numbers("copyout", (long)copied, (long)at);
	if (copied < 0)
		return;
	expect((size_t)copied == wanted, "copyout");
	expect(memcmp(out, bytes_of(buffer) + at, wanted) == 0, "copied bytes");
}

static void
play_readln(struct buffer *buffer)
{
	enum evbuffer_eol_style style = (enum evbuffer_eol_style)below(5);
	size_t length, size = 0;
	long at = flat_eol(buffer, 0, style, &length);
	char *line = evbuffer_readln(buffer->real, &size, style);

	note_numbers("readln", line ? (long)size : -1, (long)style);
	if (!line)
		return;
	expect(at == (long)size && memcmp(line, bytes_of(buffer), size) == 0 && line[size] == '\0',
	    "readln");
	flat_drain(buffer, size + length);
	free(line);
}

static void
play_pullup(struct buffer *buffer)
{
	size_t size = below(4) == 0 ? buffer->size : below(buffer->size + 2);
	unsigned char *bytes = evbuffer_pullup(buffer->real, (ev_ssize_t)size);

	note_numbers("pullup", size > 0 ? bytes != NULL : 0, (long)size);
	expect(size == 0 || (bytes != NULL) == (size <= buffer->size), "pullup");
	if (size > 0 && bytes)
		expect(memcmp(bytes, bytes_of(buffer), size) == 0, "pulled up bytes");
}

static void
play_expand(struct buffer *buffer)
{
	size_t size = some_size();

	note_numbers("expand", evbuffer_expand(buffer->real, size), (long)size);
}

/* --- looking -------------------------------------------------------------------------- */

static void
play_peek(struct buffer *buffer)
{
	static struct evbuffer_iovec extents[4096];
	struct evbuffer_ptr place;
	size_t at = below(buffer->size + 1), seen = 0, size = buffer->size - at;
	int count;

	evbuffer_ptr_set(buffer->real, &place, at, EVBUFFER_PTR_SET);
	count = evbuffer_peek(buffer->real, (ev_ssize_t)size, &place, extents, 4096);
	expect(count <= 4096, "extents");
	for (int i = 0; i < count; i++) {
		expect(seen + extents[i].iov_len <= size, "peek");
		expect(memcmp(extents[i].iov_base, bytes_of(buffer) + at + seen,
			   extents[i].iov_len) == 0,
		    "peeked bytes");
		seen += extents[i].iov_len;
	}
	expect(seen == size, "all is peeked");
	expect(evbuffer_peek(buffer->real, (ev_ssize_t)size, &place, NULL, 0) == count,
	    "extents are counted");
}

static void
play_search(struct buffer *buffer)
{
	struct evbuffer_ptr start, end, found;
	size_t from = below(buffer->size + 1), to = from + below(buffer->size - from + 1);
	size_t size = below(3) == 0 ? below(600) : below(6);
	const char *what = some_letters(size);
	bool ranged = below(2);

	if (below(2) && size <= buffer->size) {
		memcpy(out, bytes_of(buffer) + below(buffer->size - size + 1), size);
		what = out;
	}
	evbuffer_ptr_set(buffer->real, &start, from, EVBUFFER_PTR_SET);
	evbuffer_ptr_set(buffer->real, &end, to, EVBUFFER_PTR_SET);
	found = ranged ? evbuffer_search_range(buffer->real, what, size, &start, &end)
		       : evbuffer_search(buffer->real, what, size, &start);
	note_numbers("search", (long)found.pos, (long)size);
	expect(found.pos == flat_search(buffer, from, ranged ? to : buffer->size, what, size),
	    "search");
	if (found.pos >= 0 && !buffer->frozen_front) {
		expect(evbuffer_copyout_from(buffer->real, &found, out, 5) ==
			   (ev_ssize_t)(buffer->size - (size_t)found.pos < 5
					    ? buffer->size - (size_t)found.pos
					    : 5),
		    "copyout from what was found");
		expect(memcmp(out, bytes_of(buffer) + found.pos,
			   buffer->size - (size_t)found.pos < 5 ? buffer->size - (size_t)found.pos
								: 5) == 0,
		    "what was found");
	}
}

static void
play_search_eol(struct buffer *buffer)
{
	enum evbuffer_eol_style style = (enum evbuffer_eol_style)below(5);
	size_t from = below(buffer->size + 1), length, size;
	long at = flat_eol(buffer, from, style, &length);
	struct evbuffer_ptr start, found;

	evbuffer_ptr_set(buffer->real, &start, from, EVBUFFER_PTR_SET);
	found = evbuffer_search_eol(buffer->real, &start, &size, style);
	note_numbers("search_eol", (long)found.pos, (long)size);
	expect(found.pos == at && (at < 0 || size == length), "search_eol");
}

static void
play_places(struct buffer *buffer)
{
	struct evbuffer_ptr place;
	size_t at = below(buffer->size + 1), more = below(buffer->size + 3);
	int rc;

	evbuffer_ptr_set(buffer->real, &place, at, EVBUFFER_PTR_SET);
	rc = evbuffer_ptr_set(buffer->real, &place, more, EVBUFFER_PTR_ADD);
	expect(rc == (at + more <= buffer->size ? 0 : -1), "ptr_set");
	expect(place.pos == (rc == 0 ? (long)(at + more) : -1), "place");
}

/* --- two buffers ---------------------------------------------------------------------- */

static void
flat_move(struct buffer *to, struct buffer *from, size_t size, bool in_front)
{
	if (to == from)
		return;
	if (in_front)
		flat_prepend(to, bytes_of(from), size);
	else
		flat_add(to, bytes_of(from), size);
	if (size > 0 && from->has_shared)
		to->has_shared = true;
	flat_drain(from, size);
}

static void
play_add_buffer(struct buffer *to)
{
	struct buffer *from = some_buffer();
	int rc = evbuffer_add_buffer(to->real, from->real);

	note_numbers("add_buffer", rc, from - buffers);
	if (rc == 0)
		flat_move(to, from, from->size, false);
}

static void
play_prepend_buffer(struct buffer *to)
{
	struct buffer *from = some_buffer();
	int rc = evbuffer_prepend_buffer(to->real, from->real);

	note_numbers("prepend_buffer", rc, from - buffers);
	if (rc == 0)
		flat_move(to, from, from->size, true);
}

static void
play_remove_buffer(struct buffer *to)
{
	struct buffer *from = some_buffer();
	size_t size = some_size_within(from->size);
	int moved = evbuffer_remove_buffer(from->real, to->real, size);

	note_numbers("remove_buffer", moved, (long)size);
	if (moved < 0 || to == from)
		return;
	expect((size_t)moved == (size < from->size ? size : from->size), "remove_buffer");
	flat_move(to, from, (size_t)moved, false);
}

static void
play_share(struct buffer *to)
{
	struct buffer *from = some_buffer();
	int rc;

	if (from->has_shared)
		return;
	rc = evbuffer_add_buffer_reference(to->real, from->real);
	note_numbers("add_buffer_reference", rc, from - buffers);
	if (rc < 0 || from->size == 0)
		return;
	flat_add(to, bytes_of(from), from->size);
	to->has_shared = true;
}

/* --- everything else ------------------------------------------------------------------ */

static void
play_freeze(struct buffer *buffer)
{
	bool at_front = below(2);
	bool freeze = below(4) == 0;

	if (freeze)
		evbuffer_freeze(buffer->real, at_front);
	else
		evbuffer_unfreeze(buffer->real, at_front);
	if (at_front)
		buffer->frozen_front = freeze;
	else
		buffer->frozen_back = freeze;
}

static void
play_callbacks(struct buffer *buffer)
{
	size_t which = below(CALLBACKS);
	struct evbuffer_cb_entry **entry = &buffer->callbacks[which];

	if (!*entry) {
		*entry = evbuffer_add_cb(buffer->real, told, (void *)(uintptr_t)which);
		return;
	}
	switch (below(3)) {
	case 0:
		evbuffer_cb_clear_flags(buffer->real, *entry, EVBUFFER_CB_ENABLED);
		break;
	case 1:
		evbuffer_cb_set_flags(buffer->real, *entry, EVBUFFER_CB_ENABLED);
		break;
	default:
		evbuffer_remove_cb_entry(buffer->real, *entry);
		*entry = NULL;
	}
}

static void
start_anew(struct buffer *buffer)
{
	if (buffer->real)
		evbuffer_free(buffer->real);
	buffer->real = evbuffer_new();
	buffer->front = FLAT_MAX / 2;
	buffer->size = 0;
	buffer->frozen_front = false;
	buffer->frozen_back = false;
	buffer->has_shared = false;
	memset(buffer->callbacks, 0, sizeof(buffer->callbacks));
}

static void
check(struct buffer *buffer)
{
	struct evbuffer_iovec extent;

	expect(evbuffer_get_length(buffer->real) == buffer->size, "length");
	if (buffer->size > 0 && evbuffer_peek(buffer->real, 1, NULL, &extent, 1) == 1)
		expect(evbuffer_get_contiguous_space(buffer->real) == extent.iov_len,
		    "contiguous space");
}

static const struct {
	void (*play)(struct buffer *);
	int weight;
} plays[] = {
    {play_add, 6},
    {play_prepend, 3},
    {play_reference, 3},
    {play_printf, 1},
    {play_iovec, 1},
    {play_reserve, 3},
    {play_drain, 5},
    {play_remove, 3},
    {play_copyout, 2},
    {play_readln, 3},
    {play_pullup, 2},
    {play_expand, 1},
    {play_peek, 2},
    {play_search, 4},
    {play_search_eol, 2},
    {play_places, 1},
    {play_add_buffer, 3},
    {play_prepend_buffer, 2},
    {play_remove_buffer, 4},
    {play_share, 2},
    {play_freeze, 2},
    {play_callbacks, 2},
    {start_anew, 1},
};
#define PLAYS (sizeof(plays) / sizeof(plays[0]))

static size_t
some_play(void)
{
	static int total;
	int ticket;
	size_t i = 0;

	if (total == 0) {
		for (size_t k = 0; k < PLAYS; k++)
			total += plays[k].weight;
	}
	ticket = (int)below((size_t)total);
	while (ticket >= plays[i].weight)
		ticket -= plays[i++].weight;
	return i;
}

static void
play(uint64_t seed)
{
	size_t steps;

	(void)seed;
	steps = 10 + below(60);
	for (int i = 0; i < BUFFERS; i++) {
		/* One that was given up may be broken. */
		buffers[i].real = NULL;
		start_anew(&buffers[i]);
	}
	for (size_t i = 0; i < steps; i++) {
		struct buffer *buffer = some_buffer();

		plays[some_play()].play(buffer);
		for (int k = 0; k < BUFFERS; k++) {
			check(&buffers[k]);
			if (buffers[k].size > SOFT_MAX)
				start_anew(&buffers[k]);
		}
	}
	for (int i = 0; i < BUFFERS; i++) {
		evbuffer_unfreeze(buffers[i].real, 1);
		expect(evbuffer_copyout(buffers[i].real, out, sizeof(out)) ==
			       (ev_ssize_t)buffers[i].size &&
			   memcmp(out, bytes_of(&buffers[i]), buffers[i].size) == 0,
		    "contents in the end");
		evbuffer_free(buffers[i].real);
	}
}

int
main(int argc, char **argv)
{
	static const char alphabet[] = "aaaabbbc\r\n\n\0";

	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = alphabet[below(sizeof(alphabet) - 1)];
	return play_sequences(argc, argv, play);
}
