/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a backend found ready in one wait: descriptors, each with EV_ bits.
 */
#ifndef LVN_LOOP_READY_LIST_H
#define LVN_LOOP_READY_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ready_fd {
	int fd;         /* or the number of a signal, if what is EV_SIGNAL */
	uint32_t stamp; /* the backend's state of the descriptor when it was registered */
	int what;       /* EV_READ, EV_WRITE, EV_CLOSED; never 0 */
};

/*
 * Invariants:
 *   1. at <= count <= capacity; slots before `at` are dealt with
 *   2. capacity grows only between waits, in lvn_ready_list_reserve
 */
struct ready_list {
	struct ready_fd *slots;
	size_t at;
	size_t count;
	size_t capacity;
};

/* Room for at least `capacity` slots.  0, or -ENOMEM and leaves the list as it was. */
int lvn_ready_list_reserve(struct ready_list *list, size_t capacity);
void lvn_ready_list_clear(struct ready_list *list);

/* False when full: the backend keeps the rest for the next turn. */
static inline bool
lvn_ready_list_append(struct ready_list *list, int fd, uint32_t stamp, short what)
{
	if (list->count == list->capacity)
		return false;
	list->slots[list->count++] = (struct ready_fd){fd, stamp, what};
	return true;
}

#endif
