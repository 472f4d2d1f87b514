/* SPDX-License-Identifier: BSD-3-Clause */
/* Places in buffers, searching, and ends of lines, over borders of extents. */
#include <event2/buffer.h>
#include <event2/buffer_compat.h>

#include "kit.h"

/* Each text is one extent. */
static struct evbuffer *
of(const char *const *texts)
{
	struct evbuffer *buffer = evbuffer_new();

	for (; *texts; texts++)
		evbuffer_add_reference(buffer, *texts, strlen(*texts), NULL, NULL);
	return buffer;
}

#define OF(...) of((const char *const[]){__VA_ARGS__, NULL})

static void
places(void)
{
	struct evbuffer *buffer = OF("abc", "def", "ghi");
	struct evbuffer *empty = evbuffer_new();
	struct evbuffer_ptr place;
	char out[10];

	for (size_t at = 0; at <= 11; at++) {
		int set = evbuffer_ptr_set(buffer, &place, at, EVBUFFER_PTR_SET);
		int copied = set == 0 ? (int)evbuffer_copyout_from(buffer, &place, out, 4) : -2;

		say("set %zu: %d, at %d, copied %d %.*s", at, set, (int)place.pos, copied,
		    copied > 0 ? copied : 0, out);
		if (set == 0) {
			struct evbuffer_iovec extents[4];
			int count = evbuffer_peek(buffer, -1, &place, extents, 4);

			say("  peek %d %zu, to 2: %d, to 4: %d", count,
			    count > 0 ? extents[0].iov_len : 0,
			    evbuffer_peek(buffer, 2, &place, NULL, 0),
			    evbuffer_peek(buffer, 4, &place, NULL, 0));
		}
	}
	evbuffer_ptr_set(buffer, &place, 0, EVBUFFER_PTR_SET);
	for (int i = 0; i < 6; i++)
		say("add 2: %d, at %d", evbuffer_ptr_set(buffer, &place, 2, EVBUFFER_PTR_ADD),
		    (int)place.pos);
	evbuffer_ptr_set(buffer, &place, 5, EVBUFFER_PTR_SET);
	say("add huge: %d, at %d", evbuffer_ptr_set(buffer, &place, SIZE_MAX, EVBUFFER_PTR_ADD),
	    (int)place.pos);
	evbuffer_ptr_set(buffer, &place, 9, EVBUFFER_PTR_SET);
	say("add nothing at the end: %d, at %d",
	    evbuffer_ptr_set(buffer, &place, 0, EVBUFFER_PTR_ADD), (int)place.pos);
	say("in an empty buffer: %d, at %d", evbuffer_ptr_set(empty, &place, 0, EVBUFFER_PTR_SET),
	    (int)place.pos);
	say("in an empty buffer: %d, at %d", evbuffer_ptr_set(empty, &place, 1, EVBUFFER_PTR_SET),
	    (int)place.pos);
	evbuffer_free(buffer);
	evbuffer_free(empty);
}

static void
find(struct evbuffer *buffer, const char *what, size_t size)
{
	struct evbuffer_ptr start, end, found;
	size_t length = evbuffer_get_length(buffer);
	char line[512];
	int used = 0;

	say("'%.*s' in all: %d", (int)size, what,
	    (int)evbuffer_search(buffer, what, size, NULL).pos);
	for (size_t from = 0; from <= length; from++) {
		evbuffer_ptr_set(buffer, &start, from, EVBUFFER_PTR_SET);
		found = evbuffer_search(buffer, what, size, &start);
		used += snprintf(line + used, sizeof(line) - (size_t)used, " %d", (int)found.pos);
	}
	say("  from each place:%s", line);
	for (size_t from = 0; from <= length; from += 2) {
		evbuffer_ptr_set(buffer, &start, from, EVBUFFER_PTR_SET);
		used = 0;
		for (size_t to = from; to <= length; to++) {
			evbuffer_ptr_set(buffer, &end, to, EVBUFFER_PTR_SET);
			found = evbuffer_search_range(buffer, what, size, &start, &end);
			used += snprintf(
			    line + used, sizeof(line) - (size_t)used, " %d", (int)found.pos);
		}
		say("  from %zu to each:%s", from, line);
	}
}

static void
searches(void)
{
	struct evbuffer *buffer = OF("aab", "a", "aba", "abb", "b");
	struct evbuffer *empty = evbuffer_new();
	struct evbuffer_ptr backwards_from, backwards_to;

	find(buffer, "a", 1);
	find(buffer, "b", 1);
	find(buffer, "ab", 2);
	find(buffer, "ba", 2);
	find(buffer, "abab", 4);
	find(buffer, "aabaababab", 9);
	find(buffer, "bb", 2);
	find(buffer, "c", 1);
	find(buffer, "", 0);
	find(empty, "", 0);
	find(empty, "a", 1);
	evbuffer_ptr_set(buffer, &backwards_from, 6, EVBUFFER_PTR_SET);
	evbuffer_ptr_set(buffer, &backwards_to, 2, EVBUFFER_PTR_SET);
	say("end before start: %d",
	    (int)evbuffer_search_range(buffer, "a", 1, &backwards_from, &backwards_to).pos);
	say("find: %s",
	    (char *)evbuffer_find(buffer, (const unsigned char *)"aba", 3) ? "yes" : "no");
	say("find: %s",
	    (char *)evbuffer_find(buffer, (const unsigned char *)"xyz", 3) ? "yes" : "no");
	evbuffer_free(buffer);
	evbuffer_free(empty);
}

static const char *const styles[] = {"any", "crlf", "strict", "lf", "nul"};

static void
ends_of_lines(struct evbuffer *buffer)
{
	size_t length = evbuffer_get_length(buffer);

	for (int style = 0; style < 5; style++) {
		char line[1024];
		int used = 0;

		for (size_t from = 0; from <= length; from++) {
			struct evbuffer_ptr start, found;
			size_t size = 77;

			evbuffer_ptr_set(buffer, &start, from, EVBUFFER_PTR_SET);
			found = evbuffer_search_eol(
			    buffer, &start, &size, (enum evbuffer_eol_style)style);
			used += snprintf(line + used, sizeof(line) - (size_t)used, " %d+%zu",
			    (int)found.pos, size);
		}
		say("%s:%s", styles[style], line);
	}
}

static void
all_ends(void)
{
	static const char *const texts[][5] = {
	    {"one\r\ntwo\n\rthree\r\r\n\nfour"},
	    {"one\r", "\ntwo", "\n", "\r", "\n"},
	    {"\r", "\r", "\n", "\n", "x"},
	    {"no end"},
	    {"\n"},
	    {"\r"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct evbuffer *buffer =
		    OF(texts[i][0], texts[i][1], texts[i][2], texts[i][3], texts[i][4]);

		ends_of_lines(buffer);
		evbuffer_free(buffer);
	}
}

static void
lines(void)
{
	static const char text[] = "one\r\ntwo\nthree\r\r\nfo\0ur\n\n\rfive\0six";

	for (int style = 0; style < 5; style++) {
		for (size_t part = 1; part < 9; part += 3) {
			struct evbuffer *buffer = evbuffer_new();
			char *line;
			size_t size;

			for (size_t at = 0; at < sizeof(text) - 1; at += part)
				evbuffer_add_reference(buffer, text + at,
				    sizeof(text) - 1 - at < part ? sizeof(text) - 1 - at : part,
				    NULL, NULL);
			say("%s, parts of %zu", styles[style], part);
			while ((line = evbuffer_readln(
				    buffer, &size, (enum evbuffer_eol_style)style)) != NULL) {
				say("  %zu '%s' %zu left", size, line, evbuffer_get_length(buffer));
				free(line);
			}
			say("  none %zu, %zu left", size, evbuffer_get_length(buffer));
			evbuffer_free(buffer);
		}
	}
}

int
main(void)
{
	places();
	searches();
	all_ends();
	lines();
	return 0;
}
