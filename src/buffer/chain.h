/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chains: blocks of memory with bytes in them.  A buffer is a list of chains.
 *
 * A chain's memory is its own and lies behind it, or belongs to somebody else: to the
 * application (a reference), to another chain, of which it shows a part (a view), or it is
 * a part of a file.  The list that has the chain owns one reference to it; each view of it
 * owns another one.
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
 *   2. memory is NULL only for a part of a file that has not been mapped; offset then counts
 *      from the start of the segment all the same
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
 * A chain whose block is in the pool (base/block_pool.h) keeps its kind CHAIN_OWN, memory,
 * capacity, single reference and slot.
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
	bool is_mapped; /* memory is; else it is a copy, or NULL */
};

/* The largest size of a chain and of a buffer: positions are signed. */
#define LVN_CHAIN_MAX ((size_t)PTRDIFF_MAX)

/* The capacity of a chain whose block has this size. */
#define LVN_CHAIN_CAPACITY(block) ((block) - sizeof(struct chain))

/*
 * Blocks are not larger than this where several will do as well: a chain that is drained
 * keeps its whole block.
 */
#define LVN_CHAIN_PART LVN_CHAIN_CAPACITY((size_t)32 * 1024)

/* An empty chain with space for at least `size` bytes; NULL if memory is short. */
struct chain *lvn_chain_new(size_t size);

/* The same, with hardly more space than that. */
struct chain *lvn_chain_new_tight(size_t size);

/*
 * `size` bytes from `offset` at `data`.  The memory stays the application's; `cleanup`, if it
 * is not NULL, is called for all of it up to there when the last reference is gone.
 */
struct chain *lvn_chain_new_reference(const void *data, size_t offset, size_t size,
    void (*cleanup)(const void *data, size_t size, void *arg), void *arg);

/* The first `size` of its bytes once more; they may not change from now on. */
struct chain *lvn_chain_new_view(struct chain *shown, size_t size);

/* Part of a file; with a reference to the segment. */
struct chain *lvn_chain_new_file(struct evbuffer_file_segment *segment, size_t offset, size_t size);

/* Copy `size` bytes from position `at` of a chain.  0, or -errno if a file cannot be read. */
int lvn_chain_copy(const struct chain *chain, size_t at, void *data, size_t size);

/*
 * Copy up to `size` bytes from there on, also of the chains that follow.  Returns how many;
 * *error_out is -errno if a file that has the next ones cannot be read, else 0.
 */
size_t lvn_chain_gather(
    const struct chain *chain, size_t at, void *data, size_t size, int *error_out);

/* Where the bytes of a part of a file are, which is mapped; NULL if that is not possible. */
unsigned char *lvn_chain_map_file(struct chain *chain);

/* Bytes of the library's own memory that are not freed before this chain is. */
size_t lvn_chain_held_slowly(const struct chain *chain);

void lvn_chain_release_slowly(struct chain *chain);
void lvn_chain_release_list(struct chain *chain);

/* Not of a file that was not mapped. */
LVN_HOT_INLINE unsigned char *
lvn_chain_data(const struct chain *chain)
{
	return chain->memory + chain->offset;
}

LVN_HOT_INLINE size_t
lvn_chain_held(const struct chain *chain)
{
	return LVN_LIKELY(chain->kind == CHAIN_OWN) ? chain->capacity
						    : lvn_chain_held_slowly(chain);
}

LVN_HOT_INLINE bool
lvn_chain_is_shared(struct chain *chain)
{
	return atomic_load_explicit(&chain->refs, memory_order_acquire) > 1;
}

/* Detach one reference.  The last one frees the chain and what it refers to. */
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
	if (LVN_LIKELY(chain && !chain->next))
		lvn_chain_release(chain);
	else
		lvn_chain_release_list(chain);
}

/* How many bytes may be put behind those it has: none in foreign memory, by invariant 4. */
LVN_HOT_INLINE size_t
lvn_chain_space(const struct chain *chain)
{
	return chain->capacity - chain->offset - chain->size;
}

/* Whether its bytes may be moved and overwritten. */
LVN_HOT_INLINE bool
lvn_chain_is_writable(struct chain *chain)
{
	return chain->kind == CHAIN_OWN && !lvn_chain_is_shared(chain);
}

/* Whether its bytes can be read through lvn_chain_data, whatever happens to a file. */
LVN_HOT_INLINE bool
lvn_chain_is_memory(const struct chain *chain)
{
	return LVN_LIKELY(chain->kind != CHAIN_FILE);
}

/* Where its bytes are, for the program: maps a file.  NULL if that is not possible. */
LVN_HOT_INLINE unsigned char *
lvn_chain_map(struct chain *chain)
{
	return lvn_chain_is_memory(chain) ? lvn_chain_data(chain) : lvn_chain_map_file(chain);
}

#endif
