/* SPDX-License-Identifier: BSD-3-Clause */
/* Callbacks of buffers: what they are told, in which order, at once and deferred. */
#include <event2/buffer.h>
#include <event2/buffer_compat.h>

#include "kit.h"

static char bytes[10000];
static struct evbuffer_cb_entry *to_remove;
static int nested;

static void
told(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *name)
{
	say("  %s: was %zu, %zu added, %zu taken, is %zu", (char *)name, info->orig_size,
	    info->n_added, info->n_deleted, evbuffer_get_length(buffer));
}

static void
told_old_way(struct evbuffer *buffer, size_t was, size_t is, void *name)
{
	say("  %s: was %zu, is %zu, %zu", (char *)name, was, is, evbuffer_get_length(buffer));
}

static void
remove_entry(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *name)
{
	told(buffer, info, name);
	if (to_remove)
		say("  removed: %d", evbuffer_remove_cb_entry(buffer, to_remove));
	to_remove = NULL;
}

static void
add_inside(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *name)
{
	told(buffer, info, name);
	if (nested-- > 0)
		say("  add inside %d", evbuffer_add(buffer, "inside", 6));
}

static void
drain_inside(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *name)
{
	told(buffer, info, name);
	if (info->n_added > 0)
		say("  drain inside %d", evbuffer_drain(buffer, info->n_added));
}

static void
every_operation(void)
{
	struct evbuffer *buffer = evbuffer_new(), *other = evbuffer_new();
	struct evbuffer_iovec room[2];
	char out[100];
	int fds[2];

	evbuffer_add_cb(buffer, told, "one");
	evbuffer_add_cb(other, told, "other");
	say("add");
	evbuffer_add(buffer, bytes, 10);
	say("add nothing");
	evbuffer_add(buffer, bytes, 0);
	say("prepend");
	evbuffer_prepend(buffer, bytes, 5);
	say("prepend nothing");
	evbuffer_prepend(buffer, bytes, 0);
	say("printf");
	evbuffer_add_printf(buffer, "hello %d\n", 1);
	say("printf nothing");
	evbuffer_add_printf(buffer, "%s", "");
	say("reserve, commit");
	say("  %d", evbuffer_reserve_space(buffer, 5000, room, 2));
	room[0].iov_len = 3;
	evbuffer_commit_space(buffer, room, 1);
	say("commit nothing");
	evbuffer_reserve_space(buffer, 1, room, 1);
	evbuffer_commit_space(buffer, room, 0);
	say("commit zero bytes");
	room[0].iov_len = 0;
	evbuffer_commit_space(buffer, room, 1);
	say("iovec");
	evbuffer_add_iovec(
	    buffer, (struct evbuffer_iovec[]){{bytes, 10}, {bytes, 0}, {bytes, 20}}, 3);
	say("reference");
	evbuffer_add_reference(buffer, bytes, 100, NULL, NULL);
	say("reference to nothing");
	evbuffer_add_reference(buffer, bytes, 0, NULL, NULL);
	say("remove_buffer part");
	evbuffer_remove_buffer(buffer, other, 30);
	say("remove_buffer nothing");
	evbuffer_remove_buffer(buffer, other, 0);
	say("remove_buffer too much");
	evbuffer_remove_buffer(buffer, other, 3000);
	say("remove_buffer from nothing");
	evbuffer_remove_buffer(buffer, other, 3000);
	say("add_buffer");
	evbuffer_add_buffer(buffer, other);
	say("add_buffer nothing");
	evbuffer_add_buffer(buffer, other);
	say("prepend_buffer");
	evbuffer_prepend_buffer(other, buffer);
	say("prepend_buffer to something");
	evbuffer_add(buffer, "hello\nworld\n", 12);
	evbuffer_prepend_buffer(other, buffer);
	say("add_buffer_reference");
	evbuffer_add_buffer_reference(buffer, other);
	say("copyout, pullup, expand, search");
	evbuffer_copyout(buffer, out, 100);
	evbuffer_pullup(buffer, -1);
	evbuffer_expand(buffer, 10000);
	evbuffer_search(buffer, "x", 1, NULL);
	say("drain");
	evbuffer_drain(buffer, 3);
	say("drain nothing");
	evbuffer_drain(buffer, 0);
	say("remove");
	evbuffer_remove(buffer, out, 2);
	say("remove nothing");
	evbuffer_remove(buffer, out, 0);
	say("readln");
	free(evbuffer_readln(buffer, NULL, EVBUFFER_EOL_LF));
	say("drain all");
	evbuffer_drain(buffer, 10000);
	say("drain all again");
	evbuffer_drain(buffer, 10000);
	kit_pipe(fds);
	kit_put(fds[1], "0123456789");
	say("read");
	say("  %d", evbuffer_read(buffer, fds[0], 7));
	say("read the rest");
	say("  %d", evbuffer_read(buffer, fds[0], -1));
	say("read from an empty pipe");
	say("  %d", evbuffer_read(buffer, fds[0], -1));
	say("write");
	say("  %d", evbuffer_write_atmost(buffer, fds[1], 4));
	say("write nothing");
	say("  %d", evbuffer_write_atmost(buffer, fds[1], 0));
	say("write the rest");
	say("  %d", evbuffer_write(buffer, fds[1]));
	kit_close_descriptors();
	say("setcb");
	evbuffer_setcb(buffer, told_old_way, "old");
	evbuffer_add(buffer, bytes, 10);
	evbuffer_drain(buffer, 5);
	say("setcb NULL");
	evbuffer_setcb(buffer, NULL, NULL);
	evbuffer_add(buffer, bytes, 10);
	say("free");
	evbuffer_free(buffer);
	evbuffer_free(other);
}

static void
order(void)
{
	struct evbuffer *buffer = evbuffer_new();
	struct evbuffer_cb_entry *first, *second, *third;

	first = evbuffer_add_cb(buffer, told, "first");
	second = evbuffer_add_cb(buffer, told, "second");
	third = evbuffer_add_cb(buffer, told, "third");
	evbuffer_add(buffer, bytes, 1);
	say("clear flags %d", evbuffer_cb_clear_flags(buffer, second, EVBUFFER_CB_ENABLED));
	evbuffer_add(buffer, bytes, 1);
	say("clear other flags %d", evbuffer_cb_clear_flags(buffer, first, 0xfffe));
	evbuffer_add(buffer, bytes, 1);
	say("set flags %d", evbuffer_cb_set_flags(buffer, second, EVBUFFER_CB_ENABLED));
	evbuffer_add(buffer, bytes, 1);
	say("remove by function %d", evbuffer_remove_cb(buffer, told, "third"));
	say("again %d", evbuffer_remove_cb(buffer, told, "third"));
	evbuffer_add(buffer, bytes, 1);
	say("remove %d", evbuffer_remove_cb_entry(buffer, first));
	evbuffer_add(buffer, bytes, 1);
	(void)third;
	evbuffer_free(buffer);
}

static void
changes_inside(void)
{
	struct evbuffer *buffer = evbuffer_new();

	evbuffer_add_cb(buffer, told, "first");
	evbuffer_add_cb(buffer, told, "second");
	to_remove = evbuffer_add_cb(buffer, remove_entry, "removes itself");
	evbuffer_add(buffer, bytes, 1);
	say("again");
	evbuffer_add(buffer, bytes, 1);
	nested = 2;
	evbuffer_add_cb(buffer, add_inside, "adds");
	say("add with an addition inside");
	evbuffer_add(buffer, bytes, 1);
	evbuffer_remove_cb(buffer, add_inside, "adds");
	evbuffer_add_cb(buffer, drain_inside, "drains");
	say("add with a drain inside");
	evbuffer_add(buffer, bytes, 1);
	say("%zu", evbuffer_get_length(buffer));
	evbuffer_free(buffer);
}

static void
do_changes(evutil_socket_t fd, short what, void *arg)
{
	struct evbuffer *buffer = arg;

	(void)fd;
	(void)what;
	say("in an event");
	evbuffer_add(buffer, bytes, 5);
	evbuffer_drain(buffer, 2);
	evbuffer_add(buffer, bytes, 1);
	say("left the event");
}

static void
mark(evutil_socket_t fd, short what, void *name)
{
	(void)fd;
	(void)what;
	say("mark %s", (char *)name);
}

static void
add_deferred(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *name)
{
	told(buffer, info, name);
	if (nested-- > 0)
		evbuffer_add(buffer, bytes, 1);
}

static void
deferred(void)
{
	struct event_base *base = kit_base();
	struct evbuffer *buffer = evbuffer_new(), *other = evbuffer_new();
	struct event *changes = event_new(base, -1, 0, do_changes, buffer);
	struct event *after = event_new(base, -1, 0, mark, "after");

	say("defer %d", evbuffer_defer_callbacks(buffer, base));
	say("defer again %d", evbuffer_defer_callbacks(buffer, base));
	evbuffer_add_cb(buffer, told, "first");
	evbuffer_add_cb(buffer, told, "second");
	evbuffer_add(buffer, bytes, 10);
	evbuffer_drain(buffer, 3);
	evbuffer_prepend(buffer, bytes, 2);
	say("changed");
	kit_loop(base, EVLOOP_NONBLOCK);
	event_active(changes, 0, 0);
	event_active(after, 0, 0);
	kit_loop(base, EVLOOP_ONCE);
	say("a deferred callback that changes the buffer");
	nested = 3;
	evbuffer_add_cb(buffer, add_deferred, "adds");
	evbuffer_add(buffer, bytes, 1);
	kit_loop(base, 0);
	say("disabled");
	evbuffer_defer_callbacks(other, base);
	evbuffer_cb_clear_flags(
	    other, evbuffer_add_cb(other, told, "disabled"), EVBUFFER_CB_ENABLED);
	evbuffer_add(other, bytes, 1);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("added after the change");
	evbuffer_add(other, bytes, 1);
	evbuffer_add_cb(other, told, "late");
	kit_loop(base, EVLOOP_NONBLOCK);
	say("a change that is taken back");
	evbuffer_add(other, bytes, 5);
	evbuffer_drain(other, 5);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("events %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE));
	evbuffer_add(other, bytes, 5);
	say("events %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE));
	say("freed while deferred");
	evbuffer_free(other);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(changes);
	event_free(after);
	evbuffer_free(buffer);
	event_base_free(base);
}

int
main(void)
{
	every_operation();
	order();
	changes_inside();
	deferred();
	return 0;
}
