/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RPCs on a server: those that are registered, and those that have come.
 */
#ifndef LVN_RPC_RPC_SERVER_H
#define LVN_RPC_RPC_SERVER_H

#include <event2/rpc.h>
#include <event2/rpc_struct.h>

#include "rpc/rpc_hooks.h"

struct rpc_registration;

struct evrpc_base {
	struct rpc_hooks hooks; /* first: programs pass a base or a pool */
	struct evhttp *server;
	struct rpc_registration *registered;
};

/* An RPC that has come.  EVRPC_HEADER makes structs of the same layout. */
struct evrpc_req_generic {
	struct evrpc_hook_meta *hook_meta;
	void *request;
	void *reply;
	struct evrpc *rpc;
	struct evhttp_request *http_req;
	struct evbuffer *rpc_data; /* the reply, for the hooks */
};

/* NULL if memory is short. */
LVN_NODISCARD struct evrpc_base *lvn_rpc_server_new(struct evhttp *server);
void lvn_rpc_server_free(struct evrpc_base *base);

/* `rpc` and its name are the base's on success.  Returns 0, -EEXIST or -ENOMEM. */
LVN_NODISCARD int lvn_rpc_server_register(struct evrpc_base *base, struct evrpc *rpc);
/* Returns 0 or -ENOENT. */
int lvn_rpc_server_unregister(struct evrpc_base *base, const char *name);

/* The program has filled in the reply, or has not. */
void lvn_rpc_server_reply(struct evrpc_req_generic *generic);

#endif
