/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/chain.h"

#include "base/assert.h"
#include "base/block_pool.h"
#include "base/memory.h"
#include "buffer/file_segment.h"

#define NOT_POOLED 0xff

static void
set_up(struct chain *chain, enum chain_kind kind, unsigned char *memory, size_t capacity)
{
	chain->next = NULL;
	chain->memory = memory;
	chain->capacity = capacity;
	chain->offset = 0;
	chain->size = 0;
	atomic_init(&chain->refs, 1);
	chain->kind = (uint8_t)kind;
	chain->pool_slot = NOT_POOLED;
}

static struct chain *
new_large(size_t size)
{
	size_t block = LVN_BLOCK_MAX;
	struct chain *chain;

	if (size > LVN_CHAIN_MAX - sizeof(*chain))
		return NULL;
	while (block < size + sizeof(*chain) && block <= LVN_CHAIN_MAX / 2)
		block *= 2;
	if (block < size + sizeof(*chain))
		block = size + sizeof(*chain);
	chain = lvn_alloc(block);
	if (chain)
		set_up(chain, CHAIN_OWN, (unsigned char *)(chain + 1), LVN_CHAIN_ROOM(block));
	return chain;
}

struct chain *
lvn_chain_new(size_t size)
{
	struct chain *chain;
	unsigned slot;

	if (size > LVN_CHAIN_ROOM(LVN_BLOCK_MAX))
		return new_large(size);
	slot = lvn_block_slot(size + sizeof(*chain));
	chain = lvn_chain_take_kept(slot);
	if (chain)
		return chain;
	chain = lvn_alloc(LVN_BLOCK_MIN << slot);
	if (!chain)
		return NULL;
	set_up(
	    chain, CHAIN_OWN, (unsigned char *)(chain + 1), LVN_CHAIN_ROOM(LVN_BLOCK_MIN << slot));
	chain->pool_slot = (uint8_t)slot;
	return chain;
}

struct chain *
lvn_chain_new_reference(const void *data, size_t offset, size_t size,
    void (*cleanup)(const void *data, size_t size, void *arg), void *arg)
{
	struct chain_reference *reference = lvn_alloc(sizeof(*reference));

	if (!reference)
		return NULL;
	/* Nothing writes to the memory of a chain that is not CHAIN_OWN. */
	set_up(&reference->chain, CHAIN_REFERENCE, (unsigned char *)(uintptr_t)data, offset + size);
	reference->chain.offset = offset;
	reference->chain.size = size;
	reference->cleanup = cleanup;
	reference->arg = arg;
	return &reference->chain;
}

struct chain *
lvn_chain_new_file(
    struct evbuffer_file_segment *segment, unsigned char *memory, size_t offset, size_t size)
{
	struct chain_file *file = lvn_alloc(sizeof(*file));

	if (!file)
		return NULL;
	set_up(&file->chain, CHAIN_FILE, memory, offset + size);
	file->chain.offset = offset;
	file->chain.size = size;
	file->segment = segment;
	return &file->chain;
}

static struct chain *
new_view_of_memory(struct chain *shown, size_t size)
{
	struct chain_view *view = lvn_alloc(sizeof(*view));
	struct chain *holder = shown;

	if (!view)
		return NULL;
	if (shown->kind == CHAIN_VIEW)
		holder = container_of(shown, struct chain_view, chain)->shown;
	atomic_fetch_add_explicit(&holder->refs, 1, memory_order_relaxed);
	set_up(&view->chain, CHAIN_VIEW, shown->memory, shown->offset + size);
	view->chain.offset = shown->offset;
	view->chain.size = size;
	view->shown = holder;
	return &view->chain;
}

struct chain *
lvn_chain_new_view(struct chain *shown, size_t size)
{
	struct evbuffer_file_segment *segment;
	struct chain *chain;

	if (shown->kind != CHAIN_FILE)
		return new_view_of_memory(shown, size);
	segment = container_of(shown, struct chain_file, chain)->segment;
	chain = lvn_chain_new_file(segment, shown->memory, shown->offset, size);
	if (chain)
		lvn_file_segment_retain(segment);
	return chain;
}

static void
free_reference(struct chain_reference *reference)
{
	if (reference->cleanup)
		reference->cleanup(
		    reference->chain.memory, reference->chain.capacity, reference->arg);
	lvn_free(reference);
}

static void
free_view(struct chain_view *view)
{
	LVN_ASSERT(view->shown->kind != CHAIN_VIEW);
	lvn_chain_release(view->shown);
	lvn_free(view);
}

static void
free_file(struct chain_file *file)
{
	lvn_file_segment_release(file->segment);
	lvn_free(file);
}

static void
free_chain(struct chain *chain)
{
	switch (chain->kind) {
	case CHAIN_REFERENCE:
		free_reference(container_of(chain, struct chain_reference, chain));
		break;
	case CHAIN_VIEW:
		free_view(container_of(chain, struct chain_view, chain));
		break;
	case CHAIN_FILE:
		free_file(container_of(chain, struct chain_file, chain));
		break;
	default:
		lvn_free(chain);
	}
}

void
lvn_chain_release_slowly(struct chain *chain)
{
	if (lvn_chain_is_shared(chain) &&
	    atomic_fetch_sub_explicit(&chain->refs, 1, memory_order_acq_rel) > 1)
		return;
	free_chain(chain);
}

void
lvn_chain_release_list(struct chain *chain)
{
	while (chain) {
		struct chain *next = chain->next;

		lvn_chain_release(chain);
		chain = next;
	}
}
