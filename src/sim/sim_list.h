/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rings of links embedded in what they chain, for the objects of a simulated world.
 * A ring is a link of its own; a link that is in no ring points to itself.
 */
#ifndef LVN_SIM_SIM_LIST_H
#define LVN_SIM_SIM_LIST_H

#include <stdbool.h>

#include "base/compiler.h"

/* Invariant: next->previous == previous->next == this link. */
struct sim_list {
	struct sim_list *next;
	struct sim_list *previous;
};

static inline void
lvn_sim_list_init(struct sim_list *link)
{
	link->next = link;
	link->previous = link;
}

static inline bool
lvn_sim_list_is_alone(const struct sim_list *link)
{
	return link->next == link;
}

/* The link must be in no ring. */
static inline void
lvn_sim_list_append(struct sim_list *ring, struct sim_list *link)
{
	link->next = ring;
	link->previous = ring->previous;
	ring->previous->next = link;
	ring->previous = link;
}

static inline void
lvn_sim_list_remove(struct sim_list *link)
{
	link->next->previous = link->previous;
	link->previous->next = link->next;
	lvn_sim_list_init(link);
}

/* Moves all links of `from` to the front of `ring`, in their order. */
static inline void
lvn_sim_list_splice_front(struct sim_list *ring, struct sim_list *from)
{
	if (lvn_sim_list_is_alone(from))
		return;
	from->next->previous = ring;
	from->previous->next = ring->next;
	ring->next->previous = from->previous;
	ring->next = from->next;
	lvn_sim_list_init(from);
}

#endif
