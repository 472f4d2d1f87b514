/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers with nothing to do, too much asked of them, the same buffer twice, frozen ends. */
#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <limits.h>

#include "kit.h"

static char bytes[5000];

static void
show(const char *what, struct evbuffer *buffer)
{
	char text[41];
	ev_ssize_t size = evbuffer_copyout(buffer, text, 40);

	text[size < 0 ? 0 : size] = '\0';
	say("%s: %zu '%s'", what, evbuffer_get_length(buffer), text);
}

static struct evbuffer *
with(const char *text)
{
	struct evbuffer *buffer = evbuffer_new();

	evbuffer_add(buffer, text, strlen(text));
	return buffer;
}

static void
nothing(void)
{
	struct evbuffer *buffer = evbuffer_new();
	struct evbuffer_iovec vectors[2] = {{bytes, 0}, {NULL, 0}};
	char out[4];

	say("add %d", evbuffer_add(buffer, "", 0));
	say("prepend %d", evbuffer_prepend(buffer, "", 0));
	say("drain %d %d", evbuffer_drain(buffer, 0), evbuffer_drain(buffer, 10));
	say("remove %d %d", evbuffer_remove(buffer, out, 4), evbuffer_remove(buffer, out, 0));
	say("copyout %d", (int)evbuffer_copyout(buffer, out, 4));
	say("expand %d", evbuffer_expand(buffer, 0));
	say("pullup %d %d %d", evbuffer_pullup(buffer, 0) != NULL,
	    evbuffer_pullup(buffer, 1) != NULL, evbuffer_pullup(buffer, -1) != NULL);
	say("peek %d %d", evbuffer_peek(buffer, -1, NULL, NULL, 0),
	    evbuffer_peek(buffer, 10, NULL, vectors, 2));
	say("contiguous %zu", evbuffer_get_contiguous_space(buffer));
	say("iovec %zu", evbuffer_add_iovec(buffer, vectors, 2));
	say("iovec %zu", evbuffer_add_iovec(buffer, vectors, 0));
	say("printf %d", evbuffer_add_printf(buffer, "%s", ""));
	say("reserve %d %d", evbuffer_reserve_space(buffer, 10, vectors, 0),
	    evbuffer_reserve_space(buffer, 10, NULL, 0));
	say("commit %d", evbuffer_commit_space(buffer, vectors, 0));
	say("readln %p", (void *)evbuffer_readln(buffer, NULL, EVBUFFER_EOL_LF));
	say("readline %p", (void *)evbuffer_readline(buffer));
	say("find %p", (void *)evbuffer_find(buffer, (const unsigned char *)"a", 1));
	say("reference %d", evbuffer_add_reference(buffer, bytes, 0, NULL, NULL));
	say("add_buffer itself %d", evbuffer_add_buffer(buffer, buffer));
	show("empty", buffer);
	evbuffer_free(buffer);
}

static void
too_much(void)
{
	struct evbuffer *buffer = with("hello");
	struct evbuffer *huge = evbuffer_new();
	char out[16];

	say("remove %d", evbuffer_remove(buffer, out, 16));
	show("removed", buffer);
	evbuffer_add(buffer, "hello", 5);
	say("copyout %d", (int)evbuffer_copyout(buffer, out, 16));
	say("pullup %d", evbuffer_pullup(buffer, 6) != NULL);
	say("expand %d", evbuffer_expand(buffer, SIZE_MAX));
	say("expand %d", evbuffer_expand(buffer, SIZE_MAX / 2));
	say("add %d", evbuffer_add(buffer, bytes, SIZE_MAX));
	say("prepend %d", evbuffer_prepend(buffer, bytes, SIZE_MAX));
	say("drain %d", evbuffer_drain(buffer, SIZE_MAX));
	show("drained", buffer);
	say("reference %d", evbuffer_add_reference(huge, bytes, (size_t)1 << 40, NULL, NULL));
	say("reference %d", evbuffer_add_reference(huge, bytes, (size_t)1 << 40, NULL, NULL));
	say("%zu, first %zu", evbuffer_get_length(huge), evbuffer_get_contiguous_space(huge));
	say("drain %d", evbuffer_drain(huge, ((size_t)1 << 41) - 10));
	say("%zu", evbuffer_get_length(huge));
	say("drain %d", evbuffer_drain(huge, (size_t)1 << 41));
	say("%zu", evbuffer_get_length(huge));
	evbuffer_free(buffer);
	evbuffer_free(huge);
}

static void
same_twice(void)
{
	struct evbuffer *buffer = with("hello");

	say("add_buffer %d", evbuffer_add_buffer(buffer, buffer));
	show("same", buffer);
	say("prepend_buffer %d", evbuffer_prepend_buffer(buffer, buffer));
	show("same", buffer);
	say("remove_buffer %d", evbuffer_remove_buffer(buffer, buffer, 2));
	show("same", buffer);
	say("remove_buffer %d", evbuffer_remove_buffer(buffer, buffer, 0));
	evbuffer_free(buffer);
}

static void
reserved(void)
{
	struct evbuffer *buffer = with("0123456789");
	struct evbuffer_iovec room[3];
	int count = evbuffer_reserve_space(buffer, 5000, room, 2);

	say("reserve %d", count);
	memcpy(room[0].iov_base, "abc", 3);
	room[0].iov_len = 3;
	say("commit one of two %d", evbuffer_commit_space(buffer, room, 1));
	show("committed", buffer);
	count = evbuffer_reserve_space(buffer, 6000, room, 2);
	memset(room[0].iov_base, 'x', room[0].iov_len);
	memset(room[1].iov_base, 'y', 10);
	room[1].iov_len = 10;
	say("commit two %d", evbuffer_commit_space(buffer, room, count));
	show("committed", buffer);
	count = evbuffer_reserve_space(buffer, 10, room, 1);
	room[0].iov_base = (char *)room[0].iov_base + 1;
	room[0].iov_len = 1;
	say("commit elsewhere %d", evbuffer_commit_space(buffer, room, 1));
	room[0].iov_base = (char *)room[0].iov_base - 1;
	room[0].iov_len = (size_t)1 << 30;
	say("commit more than reserved %d", evbuffer_commit_space(buffer, room, 1));
	count = evbuffer_reserve_space(buffer, 10, room, 1);
	room[0].iov_len = 0;
	say("commit nothing %d", evbuffer_commit_space(buffer, room, count));
	say("reserve less than nothing %d", evbuffer_reserve_space(buffer, -1, room, 1) > 0);
	say("%zu", evbuffer_get_length(buffer));
	say("three %d", evbuffer_reserve_space(buffer, 100000, room, 3));
	evbuffer_add(buffer, "tail", 4);
	say("%zu", evbuffer_get_length(buffer));
	evbuffer_free(buffer);
}

static void
frozen(int at_front)
{
	struct evbuffer *buffer = with("hello\nworld\n"), *other = with("other");
	struct evbuffer_iovec room[2];
	char out[4];
	int fds[2];
	char *line;

	kit_pipe(fds);
	kit_put(fds[1], "input");
	say("freeze %d: %d", at_front, evbuffer_freeze(buffer, at_front));
	say("add %d", evbuffer_add(buffer, "x", 1));
	say("add nothing %d", evbuffer_add(buffer, "x", 0));
	say("printf %d", evbuffer_add_printf(buffer, "x"));
	say("iovec %zu", evbuffer_add_iovec(buffer, &(struct evbuffer_iovec){bytes, 3}, 1));
	say("reference %d", evbuffer_add_reference(buffer, "ref", 3, NULL, NULL));
	say("prepend %d", evbuffer_prepend(buffer, "y", 1));
	say("expand %d", evbuffer_expand(buffer, 10));
	say("reserve %d", evbuffer_reserve_space(buffer, 10, room, 1));
	say("commit %d", evbuffer_commit_space(buffer, room, 0));
	say("drain %d", evbuffer_drain(buffer, 1));
	say("drain nothing %d", evbuffer_drain(buffer, 0));
	say("remove %d", evbuffer_remove(buffer, out, 1));
	say("copyout %d", (int)evbuffer_copyout(buffer, out, 1));
	say("pullup %d", evbuffer_pullup(buffer, 3) != NULL);
	line = evbuffer_readln(buffer, NULL, EVBUFFER_EOL_LF);
	say("readln %s", line ? line : "(none)");
	free(line);
	say("add_buffer %d", evbuffer_add_buffer(buffer, other));
	show("other", other);
	say("prepend_buffer %d", evbuffer_prepend_buffer(buffer, other));
	show("other", other);
	say("add_buffer from %d", evbuffer_add_buffer(other, buffer));
	show("other", other);
	say("remove_buffer from %d", evbuffer_remove_buffer(buffer, other, 1));
	say("remove_buffer to %d", evbuffer_remove_buffer(other, buffer, 1));
	say("add_buffer_reference %d", evbuffer_add_buffer_reference(buffer, other));
	say("add_buffer_reference from %d", evbuffer_add_buffer_reference(other, buffer));
	say("read %d", evbuffer_read(buffer, fds[0], 5));
	say("write %d", evbuffer_write(buffer, fds[1]));
	say("search %d", (int)evbuffer_search(buffer, "l", 1, NULL).pos);
	show("frozen", buffer);
	show("other", other);
	say("unfreeze other end %d", evbuffer_unfreeze(buffer, !at_front));
	say("add %d", evbuffer_add(buffer, "x", 1));
	say("unfreeze %d", evbuffer_unfreeze(buffer, at_front));
	say("drain %d", evbuffer_drain(buffer, 1));
	show("thawed", buffer);
	evbuffer_free(buffer);
	evbuffer_free(other);
	kit_close_descriptors();
}

static void
moves_of_nothing(void)
{
	struct evbuffer *empty = evbuffer_new(), *full = with("full"), *other = evbuffer_new();

	say("add_buffer %d", evbuffer_add_buffer(full, empty));
	say("prepend_buffer %d", evbuffer_prepend_buffer(full, empty));
	say("remove_buffer %d", evbuffer_remove_buffer(empty, full, 10));
	say("remove_buffer %d", evbuffer_remove_buffer(full, empty, 0));
	say("add_buffer_reference %d", evbuffer_add_buffer_reference(full, empty));
	say("add_buffer %d", evbuffer_add_buffer(empty, other));
	say("add_buffer_reference %d", evbuffer_add_buffer_reference(empty, other));
	evbuffer_freeze(empty, 0);
	evbuffer_freeze(full, 0);
	say("frozen add_buffer %d", evbuffer_add_buffer(full, empty));
	say("frozen prepend_buffer %d", evbuffer_prepend_buffer(full, empty));
	say("frozen remove_buffer %d", evbuffer_remove_buffer(empty, full, 10));
	say("frozen remove_buffer %d", evbuffer_remove_buffer(full, empty, 0));
	say("frozen add_buffer_reference %d", evbuffer_add_buffer_reference(full, empty));
	show("full", full);
	show("empty", empty);
	evbuffer_free(empty);
	evbuffer_free(full);
	evbuffer_free(other);
}

static void
multicast(void)
{
	struct evbuffer *source = with("source"), *one = with("one "), *two = evbuffer_new();

	say("one %d", evbuffer_add_buffer_reference(one, source));
	say("two %d", evbuffer_add_buffer_reference(two, source));
	say("itself %d", evbuffer_add_buffer_reference(source, source));
	evbuffer_drain(source, 2);
	evbuffer_prepend(source, "RE", 2);
	evbuffer_add(source, " more", 5);
	evbuffer_pullup(source, -1);
	show("source", source);
	show("one", one);
	show("two", two);
	evbuffer_drain(two, 4);
	evbuffer_prepend(two, "XXXX", 4);
	show("one", one);
	show("two", two);
	evbuffer_add(one, "!", 1);
	evbuffer_free(source);
	show("one", one);
	say("pullup %d", evbuffer_pullup(one, -1) != NULL);
	show("one", one);
	evbuffer_free(one);
	show("two", two);
	evbuffer_free(two);
}

static void
flags(void)
{
	struct evbuffer *buffer = evbuffer_new();

	say("set %d %d %d", evbuffer_set_flags(buffer, EVBUFFER_FLAG_DRAINS_TO_FD),
	    evbuffer_set_flags(buffer, 0), evbuffer_set_flags(buffer, 0xff00));
	say("clear %d %d", evbuffer_clear_flags(buffer, EVBUFFER_FLAG_DRAINS_TO_FD),
	    evbuffer_clear_flags(buffer, 0xff00));
	evbuffer_lock(buffer);
	evbuffer_unlock(buffer);
	say("locking without threads %d", evbuffer_enable_locking(buffer, NULL));
	evbuffer_free(buffer);
}

int
main(void)
{
	nothing();
	too_much();
	same_twice();
	reserved();
	frozen(1);
	frozen(0);
	moves_of_nothing();
	multicast();
	flags();
	return 0;
}
