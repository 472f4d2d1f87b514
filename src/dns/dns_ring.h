/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rings of links that are embedded in what they chain.  A ring is a link of its own; a link
 * that is in no ring points to itself.
 */
#ifndef LVN_DNS_DNS_RING_H
#define LVN_DNS_DNS_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Invariant: next->previous == previous->next == this link. */
struct dns_ring {
	struct dns_ring *next;
	struct dns_ring *previous;
};

static inline void
lvn_dns_ring_init(struct dns_ring *link)
{
	link->next = link;
	link->previous = link;
}

static inline bool
lvn_dns_ring_is_alone(const struct dns_ring *link)
{
	return link->next == link;
}

static inline void
lvn_dns_ring_remove(struct dns_ring *link)
{
	link->next->previous = link->previous;
	link->previous->next = link->next;
	lvn_dns_ring_init(link);
}

static inline size_t
lvn_dns_ring_count(const struct dns_ring *ring)
{
	size_t count = 0;

	for (const struct dns_ring *link = ring->next; link != ring; link = link->next)
		count++;
	return count;
}

/* Takes the link from the ring that it is in, if any, to the end of another. */
static inline void
lvn_dns_ring_append(struct dns_ring *ring, struct dns_ring *link)
{
	lvn_dns_ring_remove(link);
	link->next = ring;
	link->previous = ring->previous;
	ring->previous->next = link;
	ring->previous = link;
}

/* Moves all links of `from` to the end of `ring`, in their order. */
static inline void
lvn_dns_ring_append_all(struct dns_ring *ring, struct dns_ring *from)
{
	if (lvn_dns_ring_is_alone(from))
		return;
	from->next->previous = ring->previous;
	ring->previous->next = from->next;
	from->previous->next = ring;
	ring->previous = from->previous;
	lvn_dns_ring_init(from);
}

#endif
