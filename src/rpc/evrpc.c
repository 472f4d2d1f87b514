/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of RPC: event2/rpc.h.
 */
#include <event2/http_struct.h>
#include <event2/rpc.h>
#include <event2/rpc_struct.h>

#include "base/private.h"
#include "http/connection.h"
#include "rpc/rpc_hooks.h"
#include "rpc/rpc_meta.h"
#include "rpc/rpc_pool.h"
#include "rpc/rpc_server.h"

/* With a line in the log. */
static bool
is_missing(const void *argument, const char *caller)
{
	if (!argument)
		lvn_log_misuse(caller, "an argument is NULL");
	return !argument;
}

/* ---- servers ---- */

struct evrpc_base *
evrpc_init(struct evhttp *server)
{
	return is_missing(server, __func__) ? NULL : lvn_rpc_server_new(server);
}

void
evrpc_free(struct evrpc_base *base)
{
	if (!is_missing(base, __func__))
		lvn_rpc_server_free(base);
}

int
evrpc_register_rpc(struct evrpc_base *base, struct evrpc *rpc,
    void (*cb)(struct evrpc_req_generic *, void *), void *arg)
{
	if (is_missing(base, __func__) || is_missing(rpc, __func__) ||
	    is_missing(rpc->uri, __func__))
		return -1;
	rpc->cb = cb;
	rpc->cb_arg = arg;
	return lvn_rpc_server_register(base, rpc) < 0 ? -1 : 0;
}

int
evrpc_register_generic(struct evrpc_base *base, const char *name,
    void (*callback)(struct evrpc_req_generic *, void *), void *cbarg, void *(*req_new)(void *),
    void *req_new_arg, void (*req_free)(void *), int (*req_unmarshal)(void *, struct evbuffer *),
    void *(*rpl_new)(void *), void *rpl_new_arg, void (*rpl_free)(void *),
    int (*rpl_complete)(void *), void (*rpl_marshal)(struct evbuffer *, void *))
{
	struct evrpc *rpc = lvn_calloc(1, sizeof(*rpc));
	char *copy = lvn_strdup(name);

	if (rpc && copy) {
		rpc->uri = copy;
		rpc->request_new = req_new;
		rpc->request_new_arg = req_new_arg;
		rpc->request_free = req_free;
		rpc->request_unmarshal = req_unmarshal;
		rpc->reply_new = rpl_new;
		rpc->reply_new_arg = rpl_new_arg;
		rpc->reply_free = rpl_free;
		rpc->reply_complete = rpl_complete;
		rpc->reply_marshal = rpl_marshal;
		if (evrpc_register_rpc(base, rpc, callback, cbarg) == 0)
			return 0;
	}
	lvn_free(copy);
	lvn_free(rpc);
	return -1;
}

int
evrpc_unregister_rpc(struct evrpc_base *base, const char *name)
{
	if (is_missing(base, __func__) || is_missing(name, __func__))
		return -1;
	return lvn_rpc_server_unregister(base, name) < 0 ? -1 : 0;
}

void
evrpc_request_done(struct evrpc_req_generic *req)
{
	if (!is_missing(req, __func__))
		lvn_rpc_server_reply(req);
}

void *
evrpc_get_request(struct evrpc_req_generic *req)
{
	return req->request;
}

void *
evrpc_get_reply(struct evrpc_req_generic *req)
{
	return req->reply;
}

/* ---- clients ---- */

struct evrpc_pool *
evrpc_pool_new(struct event_base *base)
{
	return lvn_rpc_pool_new(base);
}

void
evrpc_pool_free(struct evrpc_pool *pool)
{
	if (!is_missing(pool, __func__))
		lvn_rpc_pool_free(pool);
}

void
evrpc_pool_add_connection(struct evrpc_pool *pool, struct evhttp_connection *evcon)
{
	if (is_missing(pool, __func__) || is_missing(evcon, __func__))
		return;
	if (evcon->server)
		lvn_log_misuse(__func__, "the connection is a server's");
	else if (lvn_rpc_pool_add(pool, evcon) < 0)
		lvn_log_warnx("%s: the connection is not added, memory is short", __func__);
}

void
evrpc_pool_remove_connection(struct evrpc_pool *pool, struct evhttp_connection *evcon)
{
	if (!is_missing(pool, __func__))
		lvn_rpc_pool_remove(pool, evcon);
}

void
evrpc_pool_set_timeout(struct evrpc_pool *pool, int timeout_in_secs)
{
	if (!is_missing(pool, __func__))
		lvn_rpc_pool_set_timeout(pool, timeout_in_secs);
}

struct evrpc_request_wrapper *
evrpc_make_request_ctx(struct evrpc_pool *pool, void *request, void *reply, const char *rpcname,
    void (*req_marshal)(struct evbuffer *, void *), void (*rpl_clear)(void *),
    int (*rpl_unmarshal)(void *, struct evbuffer *),
    void (*cb)(struct evrpc_status *, void *, void *, void *), void *cbarg)
{
	struct evrpc_request_wrapper *rpc = lvn_rpc_pool_new_rpc(rpcname);

	if (!rpc)
		return NULL;
	rpc->pool = pool;
	rpc->request = request;
	rpc->reply = reply;
	rpc->functions = (struct rpc_message_functions){req_marshal, rpl_clear, rpl_unmarshal};
	rpc->cb = cb;
	rpc->cb_arg = cbarg;
	return rpc;
}

int
evrpc_make_request(struct evrpc_request_wrapper *ctx)
{
	if (is_missing(ctx, __func__))
		return -1;
	if (is_missing(ctx->pool, __func__)) {
		lvn_rpc_pool_free_rpc(ctx);
		return -1;
	}
	return lvn_rpc_pool_send(ctx) < 0 ? -1 : 0;
}

int
evrpc_send_request_generic(struct evrpc_pool *pool, void *request, void *reply,
    void (*cb)(struct evrpc_status *, void *, void *, void *), void *cb_arg, const char *rpcname,
    void (*req_marshal)(struct evbuffer *, void *), void (*rpl_clear)(void *),
    int (*rpl_unmarshal)(void *, struct evbuffer *))
{
	struct evrpc_request_wrapper *rpc = evrpc_make_request_ctx(
	    pool, request, reply, rpcname, req_marshal, rpl_clear, rpl_unmarshal, cb, cb_arg);

	return rpc ? evrpc_make_request(rpc) : -1;
}

struct evrpc_pool *
evrpc_request_get_pool(struct evrpc_request_wrapper *ctx)
{
	return ctx->pool;
}

void
evrpc_request_set_pool(struct evrpc_request_wrapper *ctx, struct evrpc_pool *pool)
{
	if (ctx->own_hook_meta.hooks)
		lvn_log_misuse(__func__, "the RPC is under way");
	else
		ctx->pool = pool;
}

void
evrpc_request_set_cb(struct evrpc_request_wrapper *ctx,
    void (*cb)(struct evrpc_status *, void *request, void *reply, void *arg), void *cb_arg)
{
	ctx->cb = cb;
	ctx->cb_arg = cb_arg;
}

/* ---- hooks ---- */

static bool
is_type(enum EVRPC_HOOK_TYPE type, const char *caller)
{
	if (type == EVRPC_INPUT || type == EVRPC_OUTPUT)
		return true;
	lvn_log_misuse(caller, "there is no such type of hooks");
	return false;
}

void *
evrpc_add_hook(void *vbase, enum EVRPC_HOOK_TYPE hook_type,
    int (*cb)(void *, struct evhttp_request *, struct evbuffer *, void *), void *cb_arg)
{
	if (is_missing(vbase, __func__) || !is_type(hook_type, __func__))
		return NULL;
	return lvn_rpc_hooks_add(vbase, hook_type, cb, cb_arg);
}

int
evrpc_remove_hook(void *vbase, enum EVRPC_HOOK_TYPE hook_type, void *handle)
{
	if (is_missing(vbase, __func__) || !is_type(hook_type, __func__))
		return 0;
	return lvn_rpc_hooks_remove(vbase, hook_type, handle);
}

int
evrpc_resume_request(void *vbase, void *ctx, enum EVRPC_HOOK_RESULT res)
{
	if (is_missing(vbase, __func__))
		return -1;
	return lvn_rpc_hooks_resume(vbase, ctx, res) ? 0 : -1;
}

void
evrpc_hook_add_meta(void *ctx, const char *key, const void *data, size_t data_size)
{
	if (lvn_rpc_meta_add(&lvn_rpc_hooks_of_context(ctx)->data, key, data, data_size) < 0)
		lvn_log_warnx("%s: nothing is kept, memory is short", __func__);
}

int
evrpc_hook_find_meta(void *ctx, const char *key, void **data, size_t *data_size)
{
	void *found = lvn_rpc_meta_find(lvn_rpc_hooks_of_context(ctx)->data, key, data_size);

	if (!found)
		return -1;
	*data = found;
	return 0;
}

struct evhttp_connection *
evrpc_hook_get_connection(void *ctx)
{
	const struct evrpc_hook_meta *rpc = lvn_rpc_hooks_of_context(ctx);

	return rpc->connection ? rpc->connection : rpc->http->evcon;
}
