/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/fd_map.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <string.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/memory.h"

#define FIRST_CAPACITY 32
#define KINDS          (EV_READ | EV_WRITE | EV_CLOSED)

/* Beyond this, room is made only for descriptors that are open: a number may be garbage. */
#define TRUSTED_CAPACITY 65536

void
lvn_fd_map_init(struct fd_map *map, const struct backend_ops *backend, void *backend_state)
{
	*map = (struct fd_map){
	    .first_fd = backend->first_fd, .backend = backend, .backend_state = backend_state};
}

void
lvn_fd_map_clear(struct fd_map *map)
{
	lvn_free(map->entries);
	lvn_free(map->changes);
	*map = (struct fd_map){0};
}

static int
grow_to_hold(struct fd_map *map, size_t at)
{
	size_t capacity = map->capacity ? map->capacity : FIRST_CAPACITY;
	struct fd_entry *entries;
	int *changes;

	if (at >= TRUSTED_CAPACITY && fcntl((int)at + map->backend->first_fd, F_GETFD) < 0)
		return -EBADF;
	while (capacity <= at)
		capacity *= 2;
	if (capacity > SIZE_MAX / sizeof(*entries))
		return -ENOMEM;
	changes = lvn_realloc(map->changes, capacity * sizeof(*changes));
	if (!changes)
		return -ENOMEM;
	map->changes = changes;
	/* Not by realloc: zeroed memory that was never touched takes none. */
	entries = lvn_calloc(capacity, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	if (map->capacity > 0)
		memcpy(entries, map->entries, map->capacity * sizeof(*entries));
	lvn_free(map->entries);
	map->entries = entries;
	map->capacity = capacity;
	return 0;
}

static int
fd_of(const struct fd_map *map, const struct fd_entry *entry)
{
	return (int)(entry - map->entries) + map->first_fd;
}

/* Tells the backend of the descriptor now. */
LVN_HOT_INLINE int
tell(struct fd_map *map, struct fd_entry *entry)
{
	int rc = map->backend->update(
	    map->backend_state, fd_of(map, entry), entry->told, entry->wants, &entry->state);

	entry->told = rc < 0 ? 0 : entry->wants;
	entry->must_verify = false;
	entry->is_refused = rc < 0;
	return rc;
}

/* Whether the descriptor can have one more event, this one. */
static int
check_company(const struct fd_map *map, const struct fd_entry *entry, const struct event *ev)
{
	if (entry->events == UINT16_MAX) {
		lvn_log_warnx("Too many events reading or writing on fd %d", ev->ev_fd);
		return -EINVAL;
	}
	if (map->refuses_mixed_edges && ((entry->first->ev_events ^ ev->ev_events) & EV_ET)) {
		lvn_log_warnx("Tried to mix edge-triggered and non-edge-triggered events on fd %d",
		    ev->ev_fd);
		return -EINVAL;
	}
	return 0;
}

static uint8_t
wants_of_all(const struct fd_entry *entry)
{
	uint8_t wants = EV_ET;

	for (struct event *ev = entry->first; ev; ev = ev->ev_.ev_io.ev_io_next.le_next)
		wants = lvn_fd_map_join_wants(wants, ev->ev_events);
	return wants;
}

/* The first event has no le_prev: the entries move when the map grows. */
static void
link_event(struct fd_entry *entry, struct event *ev)
{
	ev->ev_.ev_io.ev_io_next.le_next = entry->first;
	ev->ev_.ev_io.ev_io_next.le_prev = NULL;
	if (entry->first)
		entry->first->ev_.ev_io.ev_io_next.le_prev = &ev->ev_.ev_io.ev_io_next.le_next;
	entry->first = ev;
}

static void
unlink_event(struct fd_entry *entry, struct event *ev)
{
	struct event *next = ev->ev_.ev_io.ev_io_next.le_next;
	struct event **link = ev->ev_.ev_io.ev_io_next.le_prev;

	if (next)
		next->ev_.ev_io.ev_io_next.le_prev = link;
	if (link)
		*link = next;
	else
		entry->first = next;
}

/* 0, or -errno and the entry is as it was. */
LVN_HOT_INLINE int
want(struct fd_map *map, struct fd_entry *entry, uint8_t wants)
{
	uint8_t wanted = entry->wants;
	int rc;

	entry->wants = wants;
	if (LVN_LIKELY(entry->told || entry->is_changed)) {
		lvn_fd_map_note_change(map, entry, (size_t)(entry - map->entries));
		return 0;
	}
	rc = tell(map, entry);
	if (rc < 0) {
		entry->wants = wanted;
		entry->is_refused = wanted != 0;
	}
	return rc;
}

int
lvn_fd_map_add(struct fd_map *map, struct event *ev)
{
	struct fd_entry *entry;
	uint8_t wants;
	int rc;

	if (ev->ev_fd < map->first_fd)
		return -EBADF;
	if (!map->refuses_mixed_edges && lvn_fd_map_add_quickly(map, ev))
		return 0;
	entry = lvn_fd_map_entry(map, ev->ev_fd);
	if (LVN_UNLIKELY(!entry)) {
		rc = grow_to_hold(map, (size_t)(ev->ev_fd - map->first_fd));
		if (rc < 0)
			return rc;
		entry = lvn_fd_map_entry(map, ev->ev_fd);
	}
	wants = (uint8_t)(ev->ev_events & (KINDS | EV_ET));
	if (entry->events) {
		rc = check_company(map, entry, ev);
		if (rc < 0)
			return rc;
		wants = lvn_fd_map_join_wants(entry->wants, ev->ev_events);
	}
	if (wants != entry->wants) {
		rc = want(map, entry, wants);
		if (rc < 0)
			return rc;
	}
	entry->direct = 0;
	entry->events++;
	link_event(entry, ev);
	return 0;
}

void
lvn_fd_map_del(struct fd_map *map, struct event *ev)
{
	struct fd_entry *entry;
	uint8_t wants = 0;

	if (lvn_fd_map_del_quickly(map, ev))
		return;
	entry = lvn_fd_map_entry(map, ev->ev_fd);
	unlink_event(entry, ev);
	entry->direct = 0;
	if (--entry->events)
		wants = wants_of_all(entry);
	if (wants == entry->wants)
		return;
	entry->wants = wants;
	if (!wants)
		entry->must_verify = true;
	if (LVN_UNLIKELY(map->tells_removal && !wants))
		tell(map, entry);
	else
		lvn_fd_map_note_change(map, entry, (size_t)(entry - map->entries));
}

/* A refusal is answered like readiness: the program meets the error when it acts on it. */
static LVN_COLD void
report_refusal(struct fd_map *map, struct fd_entry *entry, struct ready_list *ready)
{
	short what = entry->wants & KINDS;

	if (lvn_ready_list_reserve(ready, ready->count + 1) == 0)
		lvn_ready_list_append(ready, fd_of(map, entry), entry->state, what);
}

/* Room may be there again in the next turn. */
static bool
is_passing(int rc)
{
	return rc == -ENOMEM || rc == -ENOSPC;
}

/* Tells the backend what somebody waits for.  A refusal that may pass stays a change. */
LVN_HOT_INLINE void
tell_or_report(struct fd_map *map, struct fd_entry *entry, struct ready_list *ready)
{
	bool was_refused = entry->is_refused;
	int rc = tell(map, entry);

	if (rc >= 0)
		return;
	if (!was_refused)
		report_refusal(map, entry, ready);
	if (is_passing(rc))
		lvn_fd_map_note_change(map, entry, (size_t)(entry - map->entries));
}

void
lvn_fd_map_flush(struct fd_map *map, struct ready_list *ready)
{
	size_t count = map->change_count;

	/* What is noted again takes the place of one that was seen already. */
	map->change_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct fd_entry *entry = &map->entries[map->changes[i]];

		entry->is_changed = false;
		if (entry->wants == entry->told && (!entry->must_verify || !entry->wants))
			entry->must_verify = false;
		else if (entry->wants)
			tell_or_report(map, entry, ready);
		else
			tell(map, entry);
	}
}

void
lvn_fd_map_tell_all(struct fd_map *map, void *backend_state, struct ready_list *ready)
{
	map->backend_state = backend_state;
	map->has_phantoms = false;
	for (size_t i = 0; i < map->change_count; i++)
		map->entries[map->changes[i]].is_changed = false;
	map->change_count = 0;
	for (size_t i = 0; i < map->capacity; i++) {
		struct fd_entry *entry = &map->entries[i];

		entry->told = 0;
		entry->must_verify = false;
		if (entry->wants)
			tell_or_report(map, entry, ready);
	}
}

struct fd_entry *
lvn_fd_map_odd_report(struct fd_map *map, const struct ready_fd *report)
{
	struct fd_entry *entry = lvn_fd_map_entry(map, report->fd);

	if (!entry || entry->state != report->stamp) {
		map->has_phantoms = true;
		map->tells_removal = true;
		return NULL;
	}
	/* A change that the backend has not heard of yet, or one that it heard since. */
	if (entry->is_changed || !entry->told)
		return NULL;
	map->backend->update(map->backend_state, report->fd, entry->told, 0, &entry->state);
	entry->told = 0;
	return NULL;
}

int
lvn_fd_map_each(struct fd_map *map, int (*visit)(struct event *ev, void *context), void *context)
{
	for (size_t i = 0; i < map->capacity; i++) {
		struct event *next;

		for (struct event *ev = map->entries[i].first; ev; ev = next) {
			int rc;

			next = ev->ev_.ev_io.ev_io_next.le_next;
			rc = visit(ev, context);
			if (rc)
				return rc;
		}
	}
	return 0;
}
