/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data under names, which hooks keep with an RPC: a list in the order of adding.
 */
#ifndef LVN_RPC_RPC_META_H
#define LVN_RPC_RPC_META_H

#include <stddef.h>

#include "base/compiler.h"

struct rpc_meta;

/* Appends a copy.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_rpc_meta_add(
    struct rpc_meta **list, const char *key, const void *data, size_t size);
/* The first with this name; NULL if there is none. */
void *lvn_rpc_meta_find(struct rpc_meta *list, const char *key, size_t *size_out);
/* Frees the whole list. */
void lvn_rpc_meta_free(struct rpc_meta *list);

#endif
