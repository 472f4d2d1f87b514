/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc/rpc_server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <string.h>

#include "base/private.h"
#include "http/head.h"
#include "http/server.h"

static const char path_prefix[] = "/.rpc.";
enum { PREFIX_SIZE = sizeof(path_prefix) - 1 };

/*
 * From the HTTP request to the reply.  It needs nothing of the base, which may be freed meanwhile:
 * `rpc` is a copy.  The HTTP request is its own, so that it stays when the connection ends.
 */
struct rpc_call {
	struct evrpc_req_generic generic; /* first: what the program gets */
	struct evrpc_hook_meta hook_meta;
	struct evrpc rpc;
};

static struct rpc_call *
call_of(struct evrpc_hook_meta *hook_meta)
{
	return container_of(hook_meta, struct rpc_call, hook_meta);
}

/* ---- the end of a call ---- */

static void
free_call(struct rpc_call *call)
{
	struct evrpc_req_generic *generic = &call->generic;

	if (generic->request)
		call->rpc.request_free(generic->request);
	if (generic->reply)
		call->rpc.reply_free(generic->reply);
	if (generic->rpc_data)
		evbuffer_free(generic->rpc_data);
	lvn_rpc_hooks_clear_data(&call->hook_meta);
	lvn_free(call);
}

/* The HTTP request ends with the reply again. */
static struct evhttp_request *
take_http(struct rpc_call *call)
{
	struct evhttp_request *http = call->generic.http_req;

	lvn_rpc_hooks_leave(&call->hook_meta);
	http->flags &= ~EVHTTP_USER_OWNED;
	return http;
}

static void
refuse(struct rpc_call *call)
{
	evhttp_send_error(take_http(call), HTTP_SERVUNAVAIL, NULL);
	free_call(call);
}

static bool
has_type(struct evhttp_request *http)
{
	struct evkeyvalq *fields = evhttp_request_get_output_headers(http);

	return evhttp_find_header(fields, "Content-Type") ||
	       evhttp_add_header(fields, "Content-Type", "application/octet-stream") == 0;
}

static void
send_reply(struct rpc_call *call)
{
	if (!has_type(call->generic.http_req)) {
		refuse(call);
		return;
	}
	evhttp_send_reply(take_http(call), HTTP_OK, "OK", call->generic.rpc_data);
	free_call(call);
}

/* ---- its course ---- */

/* The program gets the request, and replies at once or later. */
static void
serve(struct rpc_call *call)
{
	struct evrpc_req_generic *generic = &call->generic;
	const struct evrpc *rpc = &call->rpc;

	generic->request = rpc->request_new(rpc->request_new_arg);
	if (generic->request &&
	    rpc->request_unmarshal(generic->request, generic->http_req->input_buffer) >= 0)
		generic->reply = rpc->reply_new(rpc->reply_new_arg);
	if (generic->reply)
		rpc->cb(generic, rpc->cb_arg);
	else
		refuse(call);
}

static void
on_hooks_called(struct evrpc_hook_meta *hook_meta, int result)
{
	struct rpc_call *call = call_of(hook_meta);

	if (result == EVRPC_PAUSE)
		return;
	if (result != EVRPC_CONTINUE)
		refuse(call);
	else if (hook_meta->type == EVRPC_INPUT)
		serve(call);
	else
		send_reply(call);
}

static struct rpc_call *
new_call(const struct evrpc *rpc, struct evhttp_request *http)
{
	struct rpc_call *call = lvn_calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->rpc = *rpc;
	call->generic.hook_meta = &call->hook_meta;
	call->generic.rpc = &call->rpc;
	call->generic.http_req = http;
	call->hook_meta.http = http;
	evhttp_request_own(http);
	lvn_rpc_hooks_enter(&rpc->base->hooks, &call->hook_meta, &call->generic);
	return call;
}

static void
on_http_request(struct evhttp_request *http, void *arg)
{
	struct rpc_call *call =
	    evhttp_request_get_command(http) == EVHTTP_REQ_POST ? new_call(arg, http) : NULL;

	if (call)
		lvn_rpc_hooks_call(&call->hook_meta, EVRPC_INPUT);
	else
		evhttp_send_error(http, HTTP_SERVUNAVAIL, NULL);
}

void
lvn_rpc_server_reply(struct evrpc_req_generic *generic)
{
	struct rpc_call *call = container_of(generic, struct rpc_call, generic);

	/* Without the hooks the bytes would not be what the client expects. */
	if (call->hook_meta.hooks && call->rpc.reply_complete(generic->reply) >= 0)
		generic->rpc_data = evbuffer_new();
	if (!generic->rpc_data) {
		refuse(call);
		return;
	}
	call->rpc.reply_marshal(generic->rpc_data, generic->reply);
	call->hook_meta.output = generic->rpc_data;
	lvn_rpc_hooks_call(&call->hook_meta, EVRPC_OUTPUT);
}

/* ---- registering ---- */

/* The path is here because unregistering must not need memory. */
struct rpc_registration {
	struct rpc_registration *next;
	struct evrpc *rpc;
	char path[];
};

static struct rpc_registration *
new_registration(struct evrpc *rpc)
{
	size_t size = strlen(rpc->uri) + 1;
	struct rpc_registration *it = lvn_alloc(sizeof(*it) + PREFIX_SIZE + size);

	if (!it)
		return NULL;
	it->rpc = rpc;
	memcpy(it->path, path_prefix, PREFIX_SIZE);
	memcpy(it->path + PREFIX_SIZE, rpc->uri, size);
	return it;
}

int
lvn_rpc_server_register(struct evrpc_base *base, struct evrpc *rpc)
{
	struct rpc_registration *it = new_registration(rpc);
	int rc = it ? evhttp_set_cb(base->server, it->path, on_http_request, rpc) : -ENOMEM;

	if (rc < 0) {
		lvn_free(it);
		return rc == -1 ? -EEXIST : -ENOMEM;
	}
	rpc->base = base;
	it->next = base->registered;
	base->registered = it;
	return 0;
}

static void
unregister(struct evrpc_base *base, struct rpc_registration **link)
{
	struct rpc_registration *it = *link;

	*link = it->next;
	evhttp_del_cb(base->server, it->path);
	lvn_free((char *)it->rpc->uri);
	lvn_free(it->rpc);
	lvn_free(it);
}

int
lvn_rpc_server_unregister(struct evrpc_base *base, const char *name)
{
	struct rpc_registration **link = &base->registered;

	while (*link && strcmp((*link)->path + PREFIX_SIZE, name) != 0)
		link = &(*link)->next;
	if (!*link)
		return -ENOENT;
	unregister(base, link);
	return 0;
}

/* ---- the base ---- */

struct evrpc_base *
lvn_rpc_server_new(struct evhttp *server)
{
	struct evrpc_base *base = lvn_calloc(1, sizeof(*base));

	if (!base)
		return NULL;
	base->hooks.on_called = on_hooks_called;
	base->server = server;
	/* The clients of libevent's RPC send none. */
	server->lenient |= HTTP_LENIENT_HOST;
	return base;
}

/* A call that is in a hook, or with the program, is refused when that is done. */
static void
detach_calls(struct evrpc_base *base)
{
	struct evrpc_hook_meta *hook_meta;

	while ((hook_meta = base->hooks.under_way) != NULL) {
		bool is_paused = hook_meta->is_paused;

		lvn_rpc_hooks_leave(hook_meta);
		if (is_paused)
			refuse(call_of(hook_meta));
	}
}

void
lvn_rpc_server_free(struct evrpc_base *base)
{
	while (base->registered)
		unregister(base, &base->registered);
	detach_calls(base);
	lvn_rpc_hooks_clear(&base->hooks);
	lvn_free(base);
}
