/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chains: pieces of memory with bytes in them, of which a buffer is a list.
 *
 * A chain's memory is its own and lies behind it, or belongs to somebody else: to the
 * application (a reference), to a file segment, or to another chain, of which it then
 * shows a part (a view).  Whoever has the chain in its list owns one reference to it; each
 * view of it owns another one.
 */
#ifndef LVN_BUFFER_CHAIN_H
#define LVN_BUFFER_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"
#include "base/block_pool.h"
#include "base/compiler.h"

struct evbuffer_file_segment;

enum chain_kind {
	CHAIN_OWN,       /* memory behind the chain, may be written to */
	CHAIN_REFERENCE, /* the application's: struct chain_reference */
	CHAIN_VIEW,      /* another chain's: struct chain_view */
	CHAIN_FILE,      /* a file segment's: struct chain_file */
};

/*
 * Invariants:
 *   1. offset + size <= capacity
 *   2. memory is NULL only for a part of a file that is not in memory; it is then sent by
 *      sendfile, and offset counts from the start of the segment
 *   3. while refs > 1 or kind is not CHAIN_OWN, none of the bytes up to offset + size
 *      changes; those behind it belong to the list that has the chain
 *   4. offset + size == capacity unless kind is CHAIN_OWN
 */
struct chain {
	struct chain *next;
	unsigned char *memory;
	size_t capacity; /* bytes at memory */
	size_t offset;   /* where the bytes begin */
	size_t size;     /* how many there are */
	LVN_ATOMIC(uint32_t) refs;
	uint8_t kind;      /* enum chain_kind */
	uint8_t pool_slot; /* of its block; LVN_BLOCK_SLOTS or more if it has none */
};

/*
 * A chain whose block is kept (base/block_pool.h) is still one: CHAIN_OWN, memory, capacity,
 * one reference and its slot are as they were.
 */

struct chain_reference {
	struct chain chain;
	void (*cleanup)(const void *data, size_t size, void *arg); /* may be NULL */
	void *arg;
};

struct chain_view {
	struct chain chain;
	struct chain *shown; /* never a view itself */
};

struct chain_file {
	struct chain chain;
	struct evbuffer_file_segment *segment;
};

/* The largest size of a chain and of a buffer: positions are signed. */
#define LVN_CHAIN_MAX ((size_t)PTRDIFF_MAX)

/* The room of a chain whose block has this size. */
#define LVN_CHAIN_ROOM(block) ((block) - sizeof(struct chain))

/* An empty chain with room for at least `size` bytes; NULL if memory is short. */
struct chain *lvn_chain_new(size_t size);

/*
 * `size` bytes from `offset` at `data`, which stays the application's until cleanup is called
 * for all up to there, if that is not NULL.
 */
struct chain *lvn_chain_new_reference(const void *data, size_t offset, size_t size,
    void (*cleanup)(const void *data, size_t size, void *arg), void *arg);

/* The first `size` of its bytes once more; they may not change from now on. */
struct chain *lvn_chain_new_view(struct chain *shown, size_t size);

/* Takes over a reference to the segment.  `memory` may be NULL. */
struct chain *lvn_chain_new_file(
    struct evbuffer_file_segment *segment, unsigned char *memory, size_t offset, size_t size);

void lvn_chain_release_list(struct chain *chain);
void lvn_chain_release_slowly(struct chain *chain);

LVN_HOT_INLINE unsigned char *
lvn_chain_data(const struct chain *chain)
{
	return chain->memory + chain->offset;
}

LVN_HOT_INLINE bool
lvn_chain_is_shared(struct chain *chain)
{
	return atomic_load_explicit(&chain->refs, memory_order_acquire) > 1;
}

/* Gives one reference up.  The last one frees the chain and what it holds. */
LVN_HOT_INLINE void
lvn_chain_release(struct chain *chain)
{
	if (LVN_LIKELY(chain->pool_slot < LVN_BLOCK_SLOTS && !lvn_chain_is_shared(chain)))
		lvn_block_put(chain, chain->pool_slot);
	else
		lvn_chain_release_slowly(chain);
}

/* A chain and all that follow it; NULL is none.  Most lists have one. */
LVN_HOT_INLINE void
lvn_chain_release_all(struct chain *chain)
{
	if (!chain)
		return;
	if (LVN_UNLIKELY(chain->next != (struct chain *)0))
		lvn_chain_release_list(chain);
	else
		lvn_chain_release(chain);
}

/* How many bytes may be put behind those it has: none in foreign memory, by invariant 4. */
LVN_HOT_INLINE size_t
lvn_chain_room(const struct chain *chain)
{
	return chain->capacity - chain->offset - chain->size;
}

/* Whether its bytes may be moved and overwritten. */
LVN_HOT_INLINE bool
lvn_chain_is_writable(struct chain *chain)
{
	return chain->kind == CHAIN_OWN && !lvn_chain_is_shared(chain);
}

/* An empty one with the room of the smallest block in this slot, if one is kept. */
LVN_HOT_INLINE struct chain *
lvn_chain_take_kept(unsigned slot)
{
	struct chain *chain = (struct chain *)lvn_block_take(slot);

	if (LVN_LIKELY(chain != NULL)) {
		chain->next = (struct chain *)0;
		chain->offset = 0;
		chain->size = 0;
	}
	return chain;
}

/* Whether its bytes are in memory. */
LVN_HOT_INLINE bool
lvn_chain_is_readable(const struct chain *chain)
{
	return LVN_LIKELY(chain->memory != NULL);
}

#endif
