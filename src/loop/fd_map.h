/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events by descriptor, and what the backend has been told about each descriptor.
 *
 * Changes are recorded and told once before the next wait; only a descriptor of which
 * the backend knows nothing is told of at once, because event_add must answer whether the
 * kernel takes it.  Owns its arrays, never an event.
 */
#ifndef LVN_LOOP_FD_MAP_H
#define LVN_LOOP_FD_MAP_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "loop/backend.h"

/*
 * Invariants:
 *   1. events counts those in the list
 *   2. wants is the union of what they want, with EV_ET if all of them want that
 *   3. wants != told or must_verify  =>  is_changed, but for a muted or refused descriptor
 *   4. is_changed  <=>  the descriptor is in the map's list of changes, once
 *   5. direct is 0, or wants while the only event is one of a program, is persistent and has
 *      no timeout: nothing needs to be done for it but to call it
 */
struct fd_entry {
	struct event *first; /* newest first */
	uint32_t state;      /* the backend's */
	uint16_t events;
	uint8_t wants;
	uint8_t told;
	uint8_t direct;
	bool is_changed;
	bool must_verify; /* nothing was wanted meanwhile: it may be another file now */
	bool is_refused;  /* the kernel would not take it back: see lvn_fd_map_flush */
};

struct fd_map {
	struct fd_entry *entries;
	size_t capacity; /* of entries, and room in changes */
	int *changes;    /* indices of entries */
	size_t change_count;
	int first_fd; /* the backend's */
	const struct backend_ops *backend;
	void *backend_state;
	bool
	    refuses_mixed_edges; /* debug mode: edge- and level-triggered events on one descriptor */
	bool has_phantoms;       /* the kernel reports what nobody watches: rebuild the backend */
	bool tells_removal;      /* such a thing has happened: removals are told at once */
};

void lvn_fd_map_init(struct fd_map *map, const struct backend_ops *backend, void *backend_state);
/* Forgets all events; frees the arrays. */
void lvn_fd_map_clear(struct fd_map *map);

/* Watch what the event wants on its descriptor, which is not negative. 0 or -errno. */
int lvn_fd_map_add(struct fd_map *map, struct event *ev);
/* The event must have been added. */
void lvn_fd_map_del(struct fd_map *map, struct event *ev);

/*
 * Tell the backend what has changed.  A descriptor that it refuses now (closed, or
 * replaced by something that cannot be watched) is logged once and reported as ready for
 * all that its events want, so that the program meets the error when it uses it.  One that
 * is refused for want of memory or room in the kernel remains a change, to be told again.
 */
void lvn_fd_map_flush(struct fd_map *map, struct ready_list *ready);

/* Tell a new backend everything.  Same refusals. */
void lvn_fd_map_tell_all(struct fd_map *map, void *backend_state, struct ready_list *ready);

/* Where a descriptor's entry is, if the map reaches so far. */
LVN_HOT_INLINE size_t
lvn_fd_map_index(const struct fd_map *map, int fd)
{
	return (size_t)((unsigned)fd - (unsigned)map->first_fd);
}

/* The entry of a descriptor, NULL if nothing ever was watched there. */
LVN_HOT_INLINE struct fd_entry *
lvn_fd_map_entry(struct fd_map *map, int fd)
{
	size_t at = lvn_fd_map_index(map, fd);

	return at < map->capacity ? &map->entries[at] : NULL;
}

/* What is true of the only event of its descriptor may be true no more. */
LVN_HOT_INLINE void
lvn_fd_map_not_direct(struct fd_map *map, int fd)
{
	struct fd_entry *entry = lvn_fd_map_entry(map, fd);

	if (entry)
		entry->direct = 0;
}

/*
 * The entry that a report of the backend is about, NULL if it is to be ignored: stale, or
 * of a kind that no event wants (the descriptor is then muted, lest the loop spin).
 */
struct fd_entry *lvn_fd_map_odd_report(struct fd_map *map, const struct ready_fd *report);

LVN_HOT_INLINE struct fd_entry *
lvn_fd_map_reported(struct fd_map *map, const struct ready_fd *report)
{
	struct fd_entry *entry = lvn_fd_map_entry(map, report->fd);

	if (LVN_LIKELY(entry && entry->state == report->stamp && !entry->must_verify &&
		       (entry->wants & report->what)))
		return entry;
	return lvn_fd_map_odd_report(map, report);
}

/* ---- What most calls are ------------------------------------------------------------- */

/* An edge is only asked for if all events want it: the others need to be told again. */
LVN_HOT_INLINE uint8_t
lvn_fd_map_join_wants(uint8_t wants, short events)
{
	const uint8_t kinds = EV_READ | EV_WRITE | EV_CLOSED;
	uint8_t both = (uint8_t)(wants & events & EV_ET);

	return (uint8_t)(((wants | events) & kinds) | both);
}

LVN_HOT_INLINE void
lvn_fd_map_note_change(struct fd_map *map, struct fd_entry *entry, size_t index)
{
	if (entry->is_changed)
		return;
	entry->is_changed = true;
	map->changes[map->change_count++] = (int)index;
}

/*
 * lvn_fd_map_add where that cannot fail, because the backend need not be told before the
 * next wait.  False, and nothing has happened, if this is no such case.
 */
LVN_HOT_INLINE bool
lvn_fd_map_add_quickly(struct fd_map *map, struct event *ev)
{
	size_t index = lvn_fd_map_index(map, ev->ev_fd);
	struct fd_entry *entry;
	struct event *first;

	if (LVN_UNLIKELY(index >= map->capacity))
		return false;
	entry = &map->entries[index];
	if (LVN_UNLIKELY(!entry->told && !entry->is_changed) ||
	    LVN_UNLIKELY(entry->events >= UINT8_MAX))
		return false;
	first = entry->first;
	ev->ev_.ev_io.ev_io_next.le_next = first;
	ev->ev_.ev_io.ev_io_next.le_prev = NULL;
	entry->first = ev;
	entry->direct = 0;
	entry->events++;
	if (first) {
		uint8_t wants = lvn_fd_map_join_wants(entry->wants, ev->ev_events);

		first->ev_.ev_io.ev_io_next.le_prev = &ev->ev_.ev_io.ev_io_next.le_next;
		if (wants == entry->wants)
			return true;
		entry->wants = wants;
	} else {
		entry->wants = lvn_fd_map_join_wants(EV_ET, ev->ev_events);
	}
	lvn_fd_map_note_change(map, entry, index);
	return true;
}

/* lvn_fd_map_del, likewise. */
LVN_HOT_INLINE bool
lvn_fd_map_del_quickly(struct fd_map *map, struct event *ev)
{
	size_t index = lvn_fd_map_index(map, ev->ev_fd);
	struct fd_entry *entry = &map->entries[index];
	struct event *next = ev->ev_.ev_io.ev_io_next.le_next;
	struct event **link = ev->ev_.ev_io.ev_io_next.le_prev;
	uint8_t wants = 0;

	if (LVN_UNLIKELY(index >= map->capacity) || LVN_UNLIKELY(map->tells_removal))
		return false;
	if (!link)
		link = &entry->first;
	if (next)
		next->ev_.ev_io.ev_io_next.le_prev = ev->ev_.ev_io.ev_io_next.le_prev;
	*link = next;
	entry->direct = 0;
	entry->events--;
	if (entry->first) {
		wants = EV_ET;
		for (ev = entry->first; ev; ev = ev->ev_.ev_io.ev_io_next.le_next)
			wants = lvn_fd_map_join_wants(wants, ev->ev_events);
		if (wants == entry->wants)
			return true;
	} else {
		entry->must_verify = true;
	}
	entry->wants = wants;
	lvn_fd_map_note_change(map, entry, index);
	return true;
}

/* Calls visit for each event, descriptors ascending, until it answers non-zero. */
int lvn_fd_map_each(
    struct fd_map *map, int (*visit)(struct event *ev, void *context), void *context);

#endif
