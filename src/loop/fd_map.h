/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events by descriptor, and what the backend watches on each descriptor.
 *
 * Changes are recorded, and made once before the next wait.  Only a descriptor that the
 * backend does not know is registered at once, because event_add must return whether the
 * kernel accepts it.  Owns its arrays, never an event.
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
 *   1. readers, writers, closers and levels count the events of the list that want EV_READ,
 *      EV_WRITE and EV_CLOSED, and those without EV_ET
 *   2. wants is the union of what the events want, with EV_ET if all of them want that
 *   3. wants != registered or must_verify  =>  is_changed, but for a refused descriptor
 *   4. is_changed  <=>  the descriptor is in the map's list of changes, once
 */
struct fd_entry {
	struct event *first; /* newest first */
	uint32_t state;      /* the backend's */
	uint16_t readers;
	uint16_t writers;
	uint16_t closers;
	uint16_t levels;
	uint8_t wants;
	uint8_t registered; /* with the backend */
	bool is_changed : 1;
	bool must_verify : 1; /* nothing was wanted meanwhile: it may be another file now */
	bool is_refused : 1;  /* the kernel would not take it back: see lvn_fd_map_flush */
};

struct fd_map {
	struct fd_entry *entries;
	size_t capacity; /* of entries and of changes */
	int *changes;    /* indices of entries */
	size_t change_count;
	int first_fd; /* the backend's */
	const struct backend_ops *backend;
	void *backend_state;
	bool
	    refuses_mixed_edges; /* debug mode: edge- and level-triggered events on one descriptor */
	bool has_stale;          /* the kernel reports a stale registration: rebuild the backend */
	bool removes_at_once;    /* such a thing has happened: removals do not wait for a flush */
};

void lvn_fd_map_init(struct fd_map *map, const struct backend_ops *backend, void *backend_state);
/* Forgets all events; frees the arrays. */
void lvn_fd_map_clear(struct fd_map *map);

/* Watch what the event wants on its descriptor, which is not negative. 0 or -errno. */
int lvn_fd_map_add(struct fd_map *map, struct event *ev);
/* The event must have been added. */
void lvn_fd_map_del(struct fd_map *map, struct event *ev);

/*
 * Update the backend with what has changed.  A descriptor that it refuses now (closed, or
 * replaced by something that cannot be watched) is logged once and reported as ready for
 * all that its events want, so that the program gets the error when it uses it.  One that
 * is refused because memory or a limit of the kernel is exhausted remains a change, to be tried again.
 */
void lvn_fd_map_flush(struct fd_map *map, struct ready_list *ready);

/* Register everything with a new backend.  Same refusals. */
void lvn_fd_map_register_all(struct fd_map *map, void *backend_state, struct ready_list *ready);

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

/*
 * Returns the entry whose events a report of the backend is for, or NULL if the report is to
 * be ignored: its registration is stale, or what is wanted has changed since.
 */
struct fd_entry *lvn_fd_map_reported(struct fd_map *map, const struct ready_fd *report);

/* Calls visit for each event, descriptors ascending, until it returns non-zero. */
int lvn_fd_map_each(
    struct fd_map *map, int (*visit)(struct event *ev, void *context), void *context);

#endif
