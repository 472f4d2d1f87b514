/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rings of links embedded in what they chain, for the objects of a simulated kernel.
 * A ring is a link of its own; a link that is in no ring points to itself.
 */
#ifndef LVN_LOOP_SIM_LINK_H
#define LVN_LOOP_SIM_LINK_H

#include <stdbool.h>

#include "base/compiler.h"

/* Invariant: next->previous == previous->next == this link. */
struct sim_link {
	struct sim_link *next;
	struct sim_link *previous;
};

static inline void
lvn_sim_link_init(struct sim_link *link)
{
	link->next = link;
	link->previous = link;
}

static inline bool
lvn_sim_link_is_alone(const struct sim_link *link)
{
	return link->next == link;
}

/* The link must be in no ring. */
static inline void
lvn_sim_link_append(struct sim_link *ring, struct sim_link *link)
{
	link->next = ring;
	link->previous = ring->previous;
	ring->previous->next = link;
	ring->previous = link;
}

static inline void
lvn_sim_link_remove(struct sim_link *link)
{
	link->next->previous = link->previous;
	link->previous->next = link->next;
	lvn_sim_link_init(link);
}

/* Moves all links of `from` to the front of `ring`, in their order. */
static inline void
lvn_sim_link_splice_front(struct sim_link *ring, struct sim_link *from)
{
	if (lvn_sim_link_is_alone(from))
		return;
	from->next->previous = ring;
	from->previous->next = ring->next;
	ring->next->previous = from->previous;
	ring->next = from->next;
	lvn_sim_link_init(from);
}

#endif
