/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc/rpc_hooks.h"

#include <event2/http.h>
#include <event2/http_struct.h>

#include "base/private.h"
#include "rpc/rpc_meta.h"

/* ---- the RPCs ---- */

void
lvn_rpc_hooks_enter(struct rpc_hooks *hooks, struct evrpc_hook_meta *rpc, void *context)
{
	rpc->context = context;
	rpc->hooks = hooks;
	rpc->next = hooks->under_way;
	rpc->link = &hooks->under_way;
	if (rpc->next)
		rpc->next->link = &rpc->next;
	hooks->under_way = rpc;
}

void
lvn_rpc_hooks_leave(struct evrpc_hook_meta *rpc)
{
	if (!rpc->hooks)
		return;
	*rpc->link = rpc->next;
	if (rpc->next)
		rpc->next->link = rpc->link;
	rpc->hooks = NULL;
	rpc->is_paused = false;
}

void
lvn_rpc_hooks_clear_data(struct evrpc_hook_meta *rpc)
{
	lvn_rpc_meta_free(rpc->data);
	rpc->data = NULL;
}

/* ---- calling ---- */

/* The first hook behind the one that was called last; any of them may have been removed. */
static const struct rpc_hook *
next_hook(const struct evrpc_hook_meta *rpc)
{
	const struct rpc_hook *hook = rpc->hooks ? rpc->hooks->lists[rpc->type] : NULL;

	while (hook && hook->number <= rpc->reached)
		hook = hook->next;
	return hook;
}

/* EVRPC_CONTINUE when all have been called. */
static int
call_hooks(struct evrpc_hook_meta *rpc)
{
	const struct rpc_hook *hook;
	int result = EVRPC_CONTINUE;

	while (result == EVRPC_CONTINUE && (hook = next_hook(rpc)) != NULL) {
		struct evhttp_request *http = rpc->http;

		rpc->reached = hook->number;
		result = hook->call(rpc->context, http,
		    rpc->type == EVRPC_INPUT ? http->input_buffer : rpc->output, hook->arg);
	}
	return rpc->hooks ? result : EVRPC_TERMINATE;
}

static void
go_on(struct evrpc_hook_meta *rpc)
{
	void (*on_called)(struct evrpc_hook_meta *, int) = rpc->hooks->on_called;
	int result;

	rpc->is_calling = true;
	result = call_hooks(rpc);
	rpc->is_calling = false;
	rpc->is_paused = result == EVRPC_PAUSE;
	on_called(rpc, result);
}

void
lvn_rpc_hooks_call(struct evrpc_hook_meta *rpc, enum EVRPC_HOOK_TYPE type)
{
	rpc->type = type;
	rpc->reached = 0;
	go_on(rpc);
}

bool
lvn_rpc_hooks_resume(struct rpc_hooks *hooks, const void *context, int result)
{
	struct evrpc_hook_meta *rpc = hooks->under_way;

	/* The context may be gone, so it is only compared. */
	while (rpc && (rpc->context != context || !rpc->is_paused))
		rpc = rpc->next;
	if (!rpc)
		return false;
	rpc->is_paused = false;
	if (result == EVRPC_CONTINUE)
		go_on(rpc);
	else
		hooks->on_called(rpc, EVRPC_TERMINATE);
	return true;
}

/* ---- the hooks ---- */

struct rpc_hook *
lvn_rpc_hooks_add(struct rpc_hooks *hooks, enum EVRPC_HOOK_TYPE type, rpc_hook_fn *call, void *arg)
{
	struct rpc_hook **link = &hooks->lists[type];
	struct rpc_hook *hook = lvn_alloc(sizeof(*hook));

	if (!hook)
		return NULL;
	while (*link)
		link = &(*link)->next;
	*hook = (struct rpc_hook){NULL, ++hooks->last_number, call, arg};
	*link = hook;
	return hook;
}

bool
lvn_rpc_hooks_remove(struct rpc_hooks *hooks, enum EVRPC_HOOK_TYPE type, const void *handle)
{
	struct rpc_hook **link = &hooks->lists[type];
	struct rpc_hook *hook;

	while (*link && *link != handle)
		link = &(*link)->next;
	hook = *link;
	if (!hook)
		return false;
	*link = hook->next;
	lvn_free(hook);
	return true;
}

void
lvn_rpc_hooks_clear(struct rpc_hooks *hooks)
{
	for (int type = EVRPC_INPUT; type <= EVRPC_OUTPUT; type++)
		while (hooks->lists[type])
			lvn_rpc_hooks_remove(hooks, type, hooks->lists[type]);
}
