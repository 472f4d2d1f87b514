/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arguments that buffers can do nothing with, or nothing sensible: what they answer.  Each call
 * is made in a process of its own.
 */
#include "kit.h"

#include <event2/buffer.h>

#define TOO_MUCH ((size_t)EV_SSIZE_MAX + 1)

static struct evbuffer *one, *other, *empty;
static struct evbuffer_file_segment *segment;
static struct evbuffer_iovec pieces[8];
static struct evbuffer_ptr place;
static char bytes[64];
static int ends[2];

static void
on_change(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buffer;
	(void)info;
	(void)arg;
}

static int
some_file(void)
{
	return kit_fixed(open("/proc/self/exe", O_RDONLY));
}

static int
some_directory(void)
{
	return kit_fixed(open("/", O_RDONLY));
}

/* A place that was made up. */
static struct evbuffer_ptr
place_at(ev_ssize_t position)
{
	struct evbuffer_ptr made_up;

	memset(&made_up, 0, sizeof(made_up));
	made_up.pos = position;
	return made_up;
}

static void
set_up(void)
{
	one = evbuffer_new();
	other = evbuffer_new();
	empty = evbuffer_new();
	evbuffer_add(one, "hello\r\nworld", 12);
	evbuffer_add(other, "bbb", 3);
	kit_socketpair(ends);
	segment = evbuffer_file_segment_new(some_file(), 0, 10, 0);
}

#define ANSWER(call) KIT_ANSWER(set_up, #call, call)

static void
adding(void)
{
	ANSWER(evbuffer_add(one, NULL, 0));
	ANSWER(evbuffer_add(one, "x", SIZE_MAX));
	ANSWER(evbuffer_add(one, "x", SIZE_MAX - 11));
	ANSWER(evbuffer_add(one, "x", TOO_MUCH));
	ANSWER(evbuffer_prepend(one, NULL, 0));
	ANSWER(evbuffer_prepend(one, "x", SIZE_MAX));
	ANSWER(evbuffer_prepend(one, "x", TOO_MUCH));
	ANSWER(evbuffer_expand(one, SIZE_MAX));
	ANSWER(evbuffer_expand(one, TOO_MUCH));
	ANSWER(evbuffer_expand(one, EV_SSIZE_MAX));
	ANSWER(evbuffer_expand(one, 0));
	ANSWER(evbuffer_reserve_space(one, -1, pieces, 1));
	ANSWER(evbuffer_reserve_space(one, 10, pieces, 0));
	ANSWER(evbuffer_reserve_space(one, 10, pieces, -1));
	ANSWER(evbuffer_reserve_space(one, EV_SSIZE_MAX, pieces, 1));
	ANSWER(evbuffer_reserve_space(one, EV_SSIZE_MAX, pieces, 2));
	ANSWER(evbuffer_reserve_space(one, 10, NULL, 0));
	ANSWER(evbuffer_reserve_space(one, 10, pieces, 5));
	ANSWER(evbuffer_commit_space(one, pieces, 0));
	ANSWER(evbuffer_commit_space(one, pieces, -1));
	ANSWER((evbuffer_reserve_space(one, 10, pieces, 1), pieces[0].iov_len = 100000,
	    evbuffer_commit_space(one, pieces, 1)));
	ANSWER((evbuffer_reserve_space(one, 10, pieces, 1), pieces[0].iov_base = bytes,
	    pieces[0].iov_len = 3, evbuffer_commit_space(one, pieces, 1)));
	ANSWER((evbuffer_reserve_space(one, 10, pieces, 1), pieces[0].iov_len = 3,
	    evbuffer_commit_space(one, pieces, 3)));
	ANSWER((pieces[0].iov_len = 3, pieces[0].iov_base = bytes,
	    evbuffer_commit_space(one, pieces, 1)));
	ANSWER((pieces[0].iov_len = 3, pieces[0].iov_base = bytes,
	    evbuffer_commit_space(empty, pieces, 1)));
	ANSWER((pieces[0].iov_len = SIZE_MAX, pieces[0].iov_base = bytes,
	    evbuffer_add_iovec(one, pieces, 1)));
	ANSWER((pieces[0].iov_len = 3, pieces[0].iov_base = bytes,
	    evbuffer_add_iovec(one, pieces, -1)));
	ANSWER(evbuffer_add_iovec(one, NULL, 0));
	ANSWER(evbuffer_add_buffer(one, one));
	ANSWER(evbuffer_prepend_buffer(one, one));
	ANSWER(evbuffer_remove_cb(one, on_change, NULL));
	ANSWER(evbuffer_remove_cb(one, NULL, NULL));
	ANSWER((evbuffer_add_cb(one, NULL, NULL)) != NULL);
	ANSWER((evbuffer_add_cb(one, NULL, NULL), evbuffer_add(one, "x", 1)));
	ANSWER(evbuffer_enable_locking(one, NULL));
	ANSWER(evbuffer_add_reference(one, NULL, 0, NULL, NULL));
	ANSWER(evbuffer_add_reference(one, bytes, TOO_MUCH, NULL, NULL));
	ANSWER(evbuffer_add_reference(one, bytes, SIZE_MAX, NULL, NULL));
	ANSWER(evbuffer_add_buffer_reference(one, one));
	ANSWER(evbuffer_add_buffer_reference(one, empty));
	ANSWER(evbuffer_defer_callbacks(one, NULL));
	ANSWER((evbuffer_defer_callbacks(one, NULL), evbuffer_add_cb(one, on_change, NULL),
	    evbuffer_add(one, "x", 1)));
}

static void
taking(void)
{
	ANSWER(evbuffer_remove(one, NULL, 0));
	ANSWER(evbuffer_remove(empty, bytes, SIZE_MAX));
	ANSWER(evbuffer_remove(one, bytes, SIZE_MAX));
	ANSWER(evbuffer_copyout(one, NULL, 0));
	ANSWER(evbuffer_copyout(one, bytes, SIZE_MAX));
	ANSWER((place = place_at(100), evbuffer_copyout_from(one, &place, bytes, 4)));
	ANSWER((place = place_at(-1), evbuffer_copyout_from(one, &place, bytes, 4)));
	ANSWER((place = place_at(-1), evbuffer_copyout_from(one, &place, bytes, 0)));
	ANSWER((place = place_at(12), evbuffer_copyout_from(one, &place, bytes, 4)));
	ANSWER(evbuffer_drain(one, SIZE_MAX));
	ANSWER(evbuffer_drain(empty, 1));
	ANSWER(evbuffer_remove_buffer(one, one, 3));
	ANSWER(evbuffer_remove_buffer(one, other, SIZE_MAX));
	ANSWER(evbuffer_remove_buffer(empty, other, 3));
	ANSWER((evbuffer_pullup(one, 0)) != NULL);
	ANSWER((evbuffer_pullup(one, 13)) != NULL);
	ANSWER((evbuffer_pullup(one, -5)) != NULL);
	ANSWER((evbuffer_pullup(empty, -1)) != NULL);
	ANSWER((evbuffer_pullup(one, EV_SSIZE_MAX)) != NULL);
	ANSWER(evbuffer_peek(one, -1, NULL, pieces, 0));
	ANSWER(evbuffer_peek(one, -1, NULL, NULL, 0));
	ANSWER(evbuffer_peek(one, 5, NULL, NULL, 0));
	ANSWER(evbuffer_peek(one, -7, NULL, pieces, -1));
	ANSWER(evbuffer_peek(one, EV_SSIZE_MAX, NULL, pieces, 1));
	ANSWER((place = place_at(-1), evbuffer_peek(one, 5, &place, pieces, 1)));
	ANSWER((place = place_at(99), evbuffer_peek(one, 5, &place, pieces, 1)));
	ANSWER(evbuffer_ptr_set(one, &place, 13, EVBUFFER_PTR_SET));
	ANSWER(evbuffer_ptr_set(one, &place, SIZE_MAX, EVBUFFER_PTR_SET));
	ANSWER((evbuffer_ptr_set(one, &place, 3, EVBUFFER_PTR_SET),
	    evbuffer_ptr_set(one, &place, SIZE_MAX, EVBUFFER_PTR_ADD)));
	ANSWER((evbuffer_ptr_set(one, &place, 3, EVBUFFER_PTR_SET),
	    evbuffer_ptr_set(one, &place, SIZE_MAX - 1, EVBUFFER_PTR_ADD)));
	ANSWER((evbuffer_ptr_set(one, &place, 3, EVBUFFER_PTR_SET),
	    evbuffer_ptr_set(one, &place, 1, (enum evbuffer_ptr_how)7)));
	ANSWER((evbuffer_ptr_set(one, &place, 3, EVBUFFER_PTR_SET),
	    evbuffer_ptr_set(one, &place, 1, (enum evbuffer_ptr_how)7), place.pos));
	ANSWER((place = place_at(-1), evbuffer_ptr_set(one, &place, 1, EVBUFFER_PTR_ADD)));
	ANSWER(evbuffer_search(one, NULL, 0, NULL).pos);
	ANSWER(evbuffer_search(one, "x", SIZE_MAX, NULL).pos);
	ANSWER(evbuffer_search(one, "x", TOO_MUCH, NULL).pos);
	ANSWER((place = place_at(-1), evbuffer_search(one, "o", 1, &place).pos));
	ANSWER((place = place_at(50), evbuffer_search(one, "o", 1, &place).pos));
	ANSWER(evbuffer_search_eol(one, NULL, NULL, (enum evbuffer_eol_style)42).pos);
	ANSWER((evbuffer_readln(one, NULL, (enum evbuffer_eol_style)42)) != NULL);
	ANSWER((evbuffer_readln(one, NULL, (enum evbuffer_eol_style) - 1)) != NULL);
}

static void
files(void)
{
	ANSWER(evbuffer_add_file(one, -1, 0, 10));
	ANSWER(evbuffer_add_file(one, -1, 0, -1));
	ANSWER(evbuffer_add_file(one, 900, 0, 10));
	ANSWER(evbuffer_add_file(one, 900, 0, -1));
	ANSWER(evbuffer_add_file(one, ends[0], 0, 10));
	ANSWER(evbuffer_add_file(one, ends[0], 0, -1));
	ANSWER(evbuffer_add_file(one, kit_fixed(open("/dev/null", O_RDONLY)), 0, -1));
	ANSWER(evbuffer_add_file(one, some_directory(), 0, -1));
	ANSWER(evbuffer_add_file(one, some_directory(), 0, 10));
	ANSWER(evbuffer_add_file(one, some_file(), -1, 10));
	ANSWER(evbuffer_add_file(one, some_file(), 0, 0));
	ANSWER(evbuffer_add_file(one, some_file(), 0, -5));
	ANSWER(evbuffer_add_file(one, some_file(), 1000000000, 10));
	ANSWER(evbuffer_add_file(one, some_file(), 1000000000, -1));
	ANSWER(evbuffer_add_file(one, some_file(), 0, 1000000000));
	ANSWER((evbuffer_file_segment_new(-1, 0, 10, 0)) != NULL);
	ANSWER((evbuffer_file_segment_new(-1, 0, -1, 0)) != NULL);
	ANSWER((evbuffer_file_segment_new(ends[0], 0, 10, 0)) != NULL);
	ANSWER((evbuffer_file_segment_new(some_file(), -1, 10, 0)) != NULL);
	ANSWER(evbuffer_add_file_segment(one, segment, 0, 10));
	ANSWER(evbuffer_add_file_segment(one, segment, 0, 0));
	ANSWER(evbuffer_add_file_segment(one, segment, 0, 11));
	ANSWER(evbuffer_add_file_segment(one, segment, 11, 1));
	ANSWER(evbuffer_add_file_segment(one, segment, -1, 1));
	ANSWER(evbuffer_add_file_segment(one, segment, 5, -1));
	ANSWER(evbuffer_read(one, -1, 10));
	ANSWER(evbuffer_read(one, 900, 10));
	ANSWER(evbuffer_read(one, ends[0], 0));
	ANSWER(evbuffer_read(one, ends[0], -5));
	ANSWER(evbuffer_write(one, -1));
	ANSWER(evbuffer_write(one, 900));
	ANSWER(evbuffer_write(empty, -1));
	ANSWER(evbuffer_write(empty, ends[0]));
	ANSWER(evbuffer_write_atmost(one, ends[0], 0));
	ANSWER(evbuffer_write_atmost(one, ends[0], -7));
	ANSWER(evbuffer_write_atmost(one, ends[0], EV_SSIZE_MAX));
}

static void
frozen(void)
{
	ANSWER(evbuffer_freeze(one, 7));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_add(one, "x", 1)));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_add(one, "x", 0)));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_add_printf(one, "x")));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_expand(one, 10)));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_reserve_space(one, 10, pieces, 1)));
	ANSWER((evbuffer_reserve_space(one, 10, pieces, 1), evbuffer_freeze(one, 0),
	    evbuffer_commit_space(one, pieces, 1)));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_add_buffer(one, other)));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_add_buffer(one, empty)));
	ANSWER((evbuffer_freeze(other, 1), evbuffer_add_buffer(one, other)));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_add_reference(one, bytes, 4, NULL, NULL)));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_add_file_segment(one, segment, 0, 10)));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_add_file(one, some_file(), 0, 10)));
	ANSWER((evbuffer_freeze(one, 0), evbuffer_read(one, ends[0], 10)));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_write(one, ends[0])));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_drain(one, 1)));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_drain(one, 0)));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_remove(one, bytes, 1)));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_remove(one, bytes, 0)));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_copyout(one, bytes, 1)));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_prepend(one, "x", 1)));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_prepend(one, "x", 0)));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_prepend_buffer(one, other)));
	ANSWER((evbuffer_freeze(one, 1), evbuffer_remove_buffer(one, other, 1)));
	ANSWER((evbuffer_freeze(other, 0), evbuffer_remove_buffer(one, other, 1)));
	ANSWER(((evbuffer_freeze(one, 1), evbuffer_readln(one, NULL, EVBUFFER_EOL_CRLF))) != NULL);
	ANSWER(((evbuffer_freeze(one, 1), evbuffer_pullup(one, -1))) != NULL);
	ANSWER((evbuffer_freeze(one, 0), evbuffer_add_buffer_reference(one, other)));
	ANSWER((evbuffer_freeze(one, 0), pieces[0].iov_base = bytes, pieces[0].iov_len = 2,
	    evbuffer_add_iovec(one, pieces, 1)));
}

int
main(void)
{
	event_set_log_callback(kit_log_apart);
	adding();
	taking();
	files();
	frozen();
	return 0;
}
