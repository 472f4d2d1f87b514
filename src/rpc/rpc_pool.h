/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients of RPC: connections that carry one RPC each, and a queue for those that wait.
 */
#ifndef LVN_RPC_RPC_POOL_H
#define LVN_RPC_RPC_POOL_H

#include <event2/event_struct.h>
#include <event2/rpc.h>
#include <event2/rpc_struct.h>
#include <stdbool.h>

#include "rpc/rpc_hooks.h"

struct rpc_connection {
	struct rpc_connection *next;
	struct evhttp_connection *evcon;
	struct evrpc_request_wrapper *rpc; /* that it carries; NULL when it is idle */
};

/*
 * Invariants:
 *   1. an RPC that was made and has not ended is in hooks.under_way
 *   2. it is in the queue, or a connection carries it, or it is paused by a hook for input, or its
 *      connection was removed
 */
struct evrpc_pool {
	struct rpc_hooks hooks; /* first: programs pass a base or a pool */
	struct event_base *base;
	struct rpc_connection *connections;
	struct evrpc_request_wrapper *queue;
	struct evrpc_request_wrapper **queue_end;
	int timeout; /* in seconds; negative where the program has set none */
	unsigned references;
	bool is_freed;
	bool is_scheduling; /* further up on the stack */
};

struct rpc_message_functions {
	void (*marshal)(struct evbuffer *, void *);
	void (*clear)(void *);
	int (*unmarshal)(void *, struct evbuffer *);
};

struct evrpc_request_wrapper {
	struct evrpc_hook_meta *hook_meta; /* first: contexts begin with it */
	struct evrpc_hook_meta own_hook_meta;
	struct evrpc_pool *pool;
	struct evrpc_request_wrapper *next; /* in the queue */
	struct rpc_connection *connection;  /* that carries it */
	struct evhttp_request *http;
	struct event timer;
	bool is_timed;
	void *request;
	void *reply;
	struct rpc_message_functions functions;
	void (*cb)(struct evrpc_status *, void *request, void *reply, void *arg);
	void *cb_arg;
	char path[];
};

/* NULL if memory is short. */
LVN_NODISCARD struct evrpc_pool *lvn_rpc_pool_new(struct event_base *base);
void lvn_rpc_pool_free(struct evrpc_pool *pool);

/* Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_rpc_pool_add(struct evrpc_pool *pool, struct evhttp_connection *evcon);
void lvn_rpc_pool_remove(struct evrpc_pool *pool, struct evhttp_connection *evcon);
void lvn_rpc_pool_set_timeout(struct evrpc_pool *pool, int seconds);

/* NULL if memory is short. */
LVN_NODISCARD struct evrpc_request_wrapper *lvn_rpc_pool_new_rpc(const char *name);
/* Sends it, or queues it.  Returns 0 or -ENOMEM: then it is freed without a callback. */
LVN_NODISCARD int lvn_rpc_pool_send(struct evrpc_request_wrapper *rpc);
/* One that was not sent; accepts NULL. */
void lvn_rpc_pool_free_rpc(struct evrpc_request_wrapper *rpc);

#endif
