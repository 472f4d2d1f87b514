/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc/rpc_meta.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/private.h"

/* The data, then the name with its zero byte, are behind it. */
struct rpc_meta {
	struct rpc_meta *next;
	size_t size;
	/* Programs cast what they find. */
	_Alignas(max_align_t) unsigned char bytes[];
};

int
lvn_rpc_meta_add(struct rpc_meta **list, const char *key, const void *data, size_t size)
{
	size_t key_size = strlen(key) + 1;
	struct rpc_meta *meta;

	if (size > SIZE_MAX - sizeof(*meta) - key_size)
		return -ENOMEM;
	meta = lvn_alloc(sizeof(*meta) + size + key_size);
	if (!meta)
		return -ENOMEM;
	meta->next = NULL;
	meta->size = size;
	if (size > 0)
		memcpy(meta->bytes, data, size);
	memcpy(meta->bytes + size, key, key_size);
	while (*list)
		list = &(*list)->next;
	*list = meta;
	return 0;
}

void *
lvn_rpc_meta_find(struct rpc_meta *list, const char *key, size_t *size_out)
{
	for (; list; list = list->next) {
		if (strcmp((const char *)list->bytes + list->size, key) != 0)
			continue;
		*size_out = list->size;
		return list->bytes;
	}
	return NULL;
}

void
lvn_rpc_meta_free(struct rpc_meta *list)
{
	while (list) {
		struct rpc_meta *next = list->next;

		lvn_free(list);
		list = next;
	}
}
