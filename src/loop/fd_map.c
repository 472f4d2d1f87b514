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
#include "loop/event_fields.h"

#define FIRST_CAPACITY 32
#define KINDS          (EV_READ | EV_WRITE | EV_CLOSED)

/* Beyond this, the map grows only for descriptors that are open: a number may be garbage. */
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

	/* The numbers of a simulated kernel are its own. */
	if (at >= TRUSTED_CAPACITY && map->first_fd == 0 && fcntl((int)at, F_GETFD) < 0)
		return -EBADF;
	while (capacity <= at)
		capacity *= 2;
	if (capacity > SIZE_MAX / sizeof(*entries))
		return -ENOMEM;
	/* Not by realloc, which would touch all of the memory: what is never used takes none. */
	changes = lvn_alloc(capacity * sizeof(*changes));
	entries = lvn_calloc(capacity, sizeof(*entries));
	if (!changes || !entries) {
		lvn_free(changes);
		lvn_free(entries);
		return -ENOMEM;
	}
	if (map->capacity > 0) {
		memcpy(entries, map->entries, map->capacity * sizeof(*entries));
		memcpy(changes, map->changes, map->change_count * sizeof(*changes));
	}
	lvn_free(map->entries);
	lvn_free(map->changes);
	map->entries = entries;
	map->changes = changes;
	map->capacity = capacity;
	return 0;
}

static int
fd_of(const struct fd_map *map, const struct fd_entry *entry)
{
	return (int)(entry - map->entries) + map->first_fd;
}

LVN_HOT_INLINE void
note_change(struct fd_map *map, struct fd_entry *entry)
{
	if (entry->is_changed)
		return;
	entry->is_changed = true;
	map->changes[map->change_count++] = (int)(entry - map->entries);
}

/* Updates the backend now. */
LVN_HOT_INLINE int
update_backend(struct fd_map *map, struct fd_entry *entry)
{
	int rc = map->backend->update(
	    map->backend_state, fd_of(map, entry), entry->registered, entry->wants, &entry->state);

	entry->registered = rc < 0 ? 0 : entry->wants;
	entry->must_verify = false;
	entry->is_refused = rc < 0;
	return rc;
}

LVN_HOT_INLINE void
count_event(struct fd_entry *entry, const struct event *ev, int by)
{
	if (ev->ev_events & EV_READ)
		entry->readers = (uint16_t)(entry->readers + by);
	if (ev->ev_events & EV_WRITE)
		entry->writers = (uint16_t)(entry->writers + by);
	if (ev->ev_events & EV_CLOSED)
		entry->closers = (uint16_t)(entry->closers + by);
	if (!(ev->ev_events & EV_ET))
		entry->levels = (uint16_t)(entry->levels + by);
}

/* An edge is only asked for if all events want it: the others need to be notified again. */
LVN_HOT_INLINE uint8_t
wants_of(const struct fd_entry *entry)
{
	int wants = (entry->readers ? EV_READ : 0) | (entry->writers ? EV_WRITE : 0) |
		    (entry->closers ? EV_CLOSED : 0);

	return (uint8_t)(wants && !entry->levels ? wants | EV_ET : wants);
}

/* Whether this event can be one more of the descriptor.  0 or -EINVAL. */
static int
check_company(const struct fd_map *map, const struct fd_entry *entry, const struct event *ev)
{
	bool is_edge = ev->ev_events & EV_ET;

	if (entry->readers == UINT16_MAX || entry->writers == UINT16_MAX ||
	    entry->closers == UINT16_MAX || entry->levels == UINT16_MAX) {
		lvn_log_warnx("Too many events reading or writing on fd %d", ev->ev_fd);
		return -EINVAL;
	}
	if (map->refuses_mixed_edges && is_edge != !entry->levels) {
		lvn_log_warnx("Tried to mix edge-triggered and non-edge-triggered events on fd %d",
		    ev->ev_fd);
		return -EINVAL;
	}
	return 0;
}

/*
 * An event that is added twice was assigned anew in between, which no program may do: the
 * list ends with it, and would be a ring.
 */
static LVN_COLD void
drop_list(struct fd_entry *entry)
{
	entry->first = NULL;
	entry->readers = entry->writers = entry->closers = entry->levels = 0;
}

/* 0, or -errno and nothing is wanted that was not wanted before. */
LVN_HOT_INLINE int
want(struct fd_map *map, struct fd_entry *entry, uint8_t wants)
{
	uint8_t wanted = entry->wants;
	int rc;

	entry->wants = wants;
	if (LVN_LIKELY(entry->registered || entry->is_changed)) {
		note_change(map, entry);
		return 0;
	}
	rc = update_backend(map, entry);
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
	entry = lvn_fd_map_entry(map, ev->ev_fd);
	if (LVN_UNLIKELY(!entry)) {
		rc = grow_to_hold(map, (size_t)(ev->ev_fd - map->first_fd));
		if (rc < 0)
			return rc;
		entry = lvn_fd_map_entry(map, ev->ev_fd);
	}
	if (LVN_UNLIKELY(entry->first == ev))
		drop_list(entry);
	if (entry->first) {
		rc = check_company(map, entry, ev);
		if (rc < 0)
			return rc;
	}
	count_event(entry, ev, 1);
	wants = wants_of(entry);
	if (wants != entry->wants) {
		rc = want(map, entry, wants);
		if (rc < 0) {
			count_event(entry, ev, -1);
			return rc;
		}
	}
	lvn_event_link(&entry->first, ev);
	return 0;
}

void
lvn_fd_map_del(struct fd_map *map, struct event *ev)
{
	struct fd_entry *entry = lvn_fd_map_entry(map, ev->ev_fd);
	uint8_t wants;

	lvn_event_unlink(&entry->first, ev);
	count_event(entry, ev, -1);
	wants = wants_of(entry);
	if (wants == entry->wants)
		return;
	entry->wants = wants;
	if (!wants)
		entry->must_verify = true;
	if (LVN_UNLIKELY(map->removes_at_once && !wants))
		update_backend(map, entry);
	else
		note_change(map, entry);
}

/* A refusal is reported as readiness: the program gets the error when it reads or writes. */
static LVN_COLD void
report_refusal(struct fd_map *map, struct fd_entry *entry, struct ready_list *ready)
{
	short what = entry->wants & KINDS;

	if (lvn_ready_list_reserve(ready, ready->count + 1) == 0)
		lvn_ready_list_append(ready, fd_of(map, entry), entry->state, what);
}

/* Memory may be available again in the next turn. */
static bool
is_passing(int rc)
{
	return rc == -ENOMEM || rc == -ENOSPC;
}

/* Updates what events wait for.  A refusal that may pass stays a change. */
LVN_HOT_INLINE void
update_or_report(struct fd_map *map, struct fd_entry *entry, struct ready_list *ready)
{
	bool was_refused = entry->is_refused;
	int rc = update_backend(map, entry);

	if (rc >= 0)
		return;
	if (!was_refused)
		report_refusal(map, entry, ready);
	if (is_passing(rc))
		note_change(map, entry);
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
		if (entry->wants == entry->registered && (!entry->must_verify || !entry->wants))
			entry->must_verify = false;
		else if (entry->wants)
			update_or_report(map, entry, ready);
		else
			update_backend(map, entry);
	}
}

void
lvn_fd_map_register_all(struct fd_map *map, void *backend_state, struct ready_list *ready)
{
	map->backend_state = backend_state;
	map->has_stale = false;
	for (size_t i = 0; i < map->change_count; i++)
		map->entries[map->changes[i]].is_changed = false;
	map->change_count = 0;
	for (size_t i = 0; i < map->capacity; i++) {
		struct fd_entry *entry = &map->entries[i];

		entry->registered = 0;
		entry->must_verify = false;
		if (entry->wants)
			update_or_report(map, entry, ready);
	}
}

struct fd_entry *
lvn_fd_map_reported(struct fd_map *map, const struct ready_fd *report)
{
	struct fd_entry *entry = lvn_fd_map_entry(map, report->fd);

	if (LVN_UNLIKELY(!entry || entry->state != report->stamp)) {
		map->has_stale = true;
		map->removes_at_once = true;
		return NULL;
	}
	return entry->must_verify || !(entry->wants & report->what) ? NULL : entry;
}

int
lvn_fd_map_each(struct fd_map *map, int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (size_t i = 0; i < map->capacity && rc == 0; i++)
		rc = lvn_event_each(map->entries[i].first, visit, context);
	return rc;
}
