/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hooks: functions of the program that see the bytes of an RPC before they are sent or read, and
 * the data that they keep with it.
 *
 * A hook may free everything.  So what it was called from looks at `hooks` of the RPC afterwards.
 */
#ifndef LVN_RPC_RPC_HOOKS_H
#define LVN_RPC_RPC_HOOKS_H

#include <event2/rpc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct evbuffer;
struct evhttp_connection;
struct evhttp_request;
struct rpc_meta;

typedef int rpc_hook_fn(void *, struct evhttp_request *, struct evbuffer *, void *);

struct rpc_hook {
	struct rpc_hook *next;
	uint64_t number; /* later ones have higher numbers */
	rpc_hook_fn *call;
	void *arg;
};

/*
 * What the base of a server and a pool begin with: the program passes either.
 *
 * Invariants:
 *   1. a list is in the order of the hooks' numbers
 *   2. `under_way` has each RPC whose `hooks` points here
 */
struct rpc_hooks {
	struct rpc_hook *lists[2]; /* by enum EVRPC_HOOK_TYPE */
	uint64_t last_number;
	struct evrpc_hook_meta *under_way;
	/* The hooks of an RPC have been called, or one has paused it: an enum EVRPC_HOOK_RESULT. */
	void (*on_called)(struct evrpc_hook_meta *rpc, int result);
};

/* What hooks know of an RPC, on either side.  Their context begins with a pointer to it. */
struct evrpc_hook_meta {
	void *context;
	struct rpc_hooks *hooks; /* NULL: it has ended, or the base or the pool was freed */
	struct evrpc_hook_meta *next;
	struct evrpc_hook_meta **link;
	struct rpc_meta *data;
	struct evhttp_request *http;
	struct evbuffer *output;              /* that the hooks for output see */
	struct evhttp_connection *connection; /* a client's; NULL on a server */
	enum EVRPC_HOOK_TYPE type;
	uint64_t reached; /* number of the hook that was called last */
	bool is_calling;  /* a hook is on the stack */
	bool is_paused;
};

static inline struct evrpc_hook_meta *
lvn_rpc_hooks_of_context(void *context)
{
	return *(struct evrpc_hook_meta **)context;
}

/* An RPC begins; `rpc` is zeroed memory.  Without lvn_rpc_hooks_leave it has no end. */
void lvn_rpc_hooks_enter(struct rpc_hooks *hooks, struct evrpc_hook_meta *rpc, void *context);
/* It has ended, or its hooks go.  May be called more than once. */
void lvn_rpc_hooks_leave(struct evrpc_hook_meta *rpc);
/* Frees the data that hooks have kept. */
void lvn_rpc_hooks_clear_data(struct evrpc_hook_meta *rpc);

/* Calls all hooks of a type, then on_called.  The RPC may be gone afterwards. */
void lvn_rpc_hooks_call(struct evrpc_hook_meta *rpc, enum EVRPC_HOOK_TYPE type);

/* Lets a paused RPC go on; whether there is one with this context. */
bool lvn_rpc_hooks_resume(struct rpc_hooks *hooks, const void *context, int result);

/* NULL if memory is short. */
LVN_NODISCARD struct rpc_hook *lvn_rpc_hooks_add(
    struct rpc_hooks *hooks, enum EVRPC_HOOK_TYPE type, rpc_hook_fn *call, void *arg);
/* Whether there is such a hook. */
bool lvn_rpc_hooks_remove(struct rpc_hooks *hooks, enum EVRPC_HOOK_TYPE type, const void *handle);
/* Frees all hooks. */
void lvn_rpc_hooks_clear(struct rpc_hooks *hooks);

#endif
