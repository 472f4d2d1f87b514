/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/chain.h"

#include <string.h>

#include "base/block_pool.h"
#include "base/memory.h"
#include "buffer/file_segment.h"

#define NOT_POOLED 0xff

static void
set_up(struct chain *chain, enum chain_kind kind, unsigned char *memory, size_t offset, size_t size)
{
	chain->next = NULL;
	chain->memory = memory;
	chain->capacity = offset + size;
	chain->offset = offset;
	chain->size = size;
	atomic_init(&chain->refs, 1);
	chain->kind = (uint8_t)kind;
	chain->pool_slot = NOT_POOLED;
}

struct chain *
lvn_chain_new_tight(size_t size)
{
	struct chain *chain = NULL;

	if (size <= LVN_CHAIN_MAX - sizeof(*chain))
		chain = lvn_alloc(sizeof(*chain) + size);
	if (!chain)
		return NULL;
	set_up(chain, CHAIN_OWN, (unsigned char *)(chain + 1), 0, size);
	chain->size = 0;
	return chain;
}

static struct chain *
new_large(size_t size)
{
	size_t block = LVN_BLOCK_MAX;

	while (size > LVN_CHAIN_CAPACITY(block) && block <= LVN_CHAIN_MAX / 2)
		block *= 2;
	return lvn_chain_new_tight(
	    size > LVN_CHAIN_CAPACITY(block) ? size : LVN_CHAIN_CAPACITY(block));
}

struct chain *
lvn_chain_new(size_t size)
{
	struct chain *chain;
	unsigned slot;

	if (size > LVN_CHAIN_CAPACITY(LVN_BLOCK_MAX))
		return new_large(size);
	slot = lvn_block_slot(size + sizeof(*chain));
	chain = lvn_block_take(slot);
	if (LVN_LIKELY(chain != NULL)) {
		chain->next = NULL;
		chain->offset = 0;
		chain->size = 0;
		return chain;
	}
	chain = lvn_chain_new_tight(LVN_CHAIN_CAPACITY(LVN_BLOCK_MIN << slot));
	if (chain)
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
	set_up(&reference->chain, CHAIN_REFERENCE, (unsigned char *)(uintptr_t)data, offset, size);
	reference->cleanup = cleanup;
	reference->arg = arg;
	return &reference->chain;
}

struct chain *
lvn_chain_new_file(struct evbuffer_file_segment *segment, size_t offset, size_t size)
{
	struct chain_file *file = lvn_alloc(sizeof(*file));

	if (!file)
		return NULL;
	set_up(&file->chain, CHAIN_FILE, NULL, offset, size);
	file->segment = segment;
	file->is_mapped = false;
	lvn_file_segment_reference(segment);
	return &file->chain;
}

struct chain *
lvn_chain_new_view(struct chain *shown, size_t size)
{
	struct evbuffer_file_segment *segment;
	struct chain_view *view;

	if (shown->kind == CHAIN_FILE) {
		segment = container_of(shown, struct chain_file, chain)->segment;
		return lvn_chain_new_file(segment, shown->offset, size);
	}
	view = lvn_alloc(sizeof(*view));
	if (!view)
		return NULL;
	set_up(&view->chain, CHAIN_VIEW, shown->memory, shown->offset, size);
	if (shown->kind == CHAIN_VIEW)
		shown = container_of(shown, struct chain_view, chain)->shown;
	atomic_fetch_add_explicit(&shown->refs, 1, memory_order_relaxed);
	view->shown = shown;
	return &view->chain;
}

int
lvn_chain_copy(const struct chain *chain, size_t at, void *data, size_t size)
{
	if (lvn_chain_is_memory(chain)) {
		memcpy(data, lvn_chain_data(chain) + at, size);
		return 0;
	}
	return lvn_file_segment_read(container_of(chain, const struct chain_file, chain)->segment,
	    chain->offset + at, data, size);
}

size_t
lvn_chain_gather(const struct chain *chain, size_t at, void *data, size_t size, int *error_out)
{
	size_t copied = 0;

	*error_out = 0;
	while (copied < size && chain && chain->size > 0) {
		size_t left = size - copied;
		size_t part = left < chain->size - at ? left : chain->size - at;

		*error_out = lvn_chain_copy(chain, at, (char *)data + copied, part);
		if (*error_out < 0)
			break;
		copied += part;
		chain = chain->next;
		at = 0;
	}
	return copied;
}

unsigned char *
lvn_chain_map_file(struct chain *chain)
{
	struct chain_file *file = container_of(chain, struct chain_file, chain);

	if (!chain->memory)
		chain->memory =
		    lvn_file_segment_map(file->segment, chain->capacity, &file->is_mapped);
	return chain->memory ? lvn_chain_data(chain) : NULL;
}

size_t
lvn_chain_held_slowly(const struct chain *chain)
{
	const struct chain *shown = chain;

	if (chain->kind == CHAIN_VIEW)
		shown = container_of(chain, const struct chain_view, chain)->shown;
	return shown->kind == CHAIN_OWN ? shown->capacity : 0;
}

/* Each kind of chain begins with struct chain. */
static void
free_chain(struct chain *chain)
{
	struct chain_reference *reference;
	struct chain_file *file;

	switch (chain->kind) {
	case CHAIN_REFERENCE:
		reference = container_of(chain, struct chain_reference, chain);
		if (reference->cleanup)
			reference->cleanup(chain->memory, chain->capacity, reference->arg);
		break;
	case CHAIN_VIEW:
		lvn_chain_release(container_of(chain, struct chain_view, chain)->shown);
		break;
	case CHAIN_FILE:
		file = container_of(chain, struct chain_file, chain);
		if (chain->memory)
			lvn_file_segment_unmap(
			    file->segment, chain->memory, chain->capacity, file->is_mapped);
		lvn_file_segment_release(file->segment);
		break;
	default:
		break;
	}
	lvn_free(chain);
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
