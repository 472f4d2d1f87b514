/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc/rpc_pool.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <string.h>

#include "base/private.h"
#include "http/client.h"

static const char path_prefix[] = "/.rpc.";
enum { PREFIX_SIZE = sizeof(path_prefix) - 1 };

static void schedule(struct evrpc_pool *pool);
static void on_hooks_called(struct evrpc_hook_meta *hook_meta, int result);

static struct evrpc_request_wrapper *
rpc_of(struct evrpc_hook_meta *hook_meta)
{
	return container_of(hook_meta, struct evrpc_request_wrapper, own_hook_meta);
}

/* ---- an RPC ---- */

struct evrpc_request_wrapper *
lvn_rpc_pool_new_rpc(const char *name)
{
	size_t size = strlen(name) + 1;
	struct evrpc_request_wrapper *rpc = lvn_calloc(1, sizeof(*rpc) + PREFIX_SIZE + size);

	if (!rpc)
		return NULL;
	rpc->hook_meta = &rpc->own_hook_meta;
	memcpy(rpc->path, path_prefix, PREFIX_SIZE);
	memcpy(rpc->path + PREFIX_SIZE, name, size);
	return rpc;
}

static void
stop_timer(struct evrpc_request_wrapper *rpc)
{
	if (rpc->is_timed)
		event_del(&rpc->timer);
	rpc->is_timed = false;
}

void
lvn_rpc_pool_free_rpc(struct evrpc_request_wrapper *rpc)
{
	if (!rpc)
		return;
	stop_timer(rpc);
	if (rpc->http)
		evhttp_request_free(rpc->http);
	lvn_rpc_hooks_clear_data(&rpc->own_hook_meta);
	lvn_free(rpc);
}

/* The connection is idle again. */
static void
leave_connection(struct evrpc_request_wrapper *rpc)
{
	if (rpc->connection)
		rpc->connection->rpc = NULL;
	rpc->connection = NULL;
}

/* The program is called once, and the RPC is freed; `http` may be NULL. */
static void
end(struct evrpc_request_wrapper *rpc, int error, struct evhttp_request *http)
{
	struct evrpc_status status = {error, http};

	leave_connection(rpc);
	lvn_rpc_hooks_leave(&rpc->own_hook_meta);
	if (error != EVRPC_STATUS_ERR_NONE)
		rpc->functions.clear(rpc->reply);
	rpc->cb(&status, rpc->request, rpc->reply, rpc->cb_arg);
	lvn_rpc_pool_free_rpc(rpc);
}

/* ---- pools ---- */

struct evrpc_pool *
lvn_rpc_pool_new(struct event_base *base)
{
	struct evrpc_pool *pool = lvn_calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->hooks.on_called = on_hooks_called;
	pool->base = base;
	pool->queue_end = &pool->queue;
	pool->timeout = -1;
	pool->references = 1;
	return pool;
}

static void
unreference(struct evrpc_pool *pool)
{
	if (--pool->references == 0)
		lvn_free(pool);
}

/* Requests on a connection that is freed end without a call. */
static void
free_connections(struct evrpc_pool *pool)
{
	struct rpc_connection *connection;

	while ((connection = pool->connections) != NULL) {
		struct evhttp_connection *evcon = connection->evcon;

		pool->connections = connection->next;
		if (connection->rpc)
			connection->rpc->connection = NULL;
		lvn_free(connection);
		evhttp_connection_free(evcon);
	}
}

void
lvn_rpc_pool_free(struct evrpc_pool *pool)
{
	struct evrpc_hook_meta *hook_meta;

	if (pool->is_freed)
		return;
	pool->is_freed = true;
	free_connections(pool);
	while ((hook_meta = pool->hooks.under_way) != NULL) {
		lvn_rpc_hooks_leave(hook_meta);
		/* Otherwise it is freed behind the hook. */
		if (!hook_meta->is_calling)
			lvn_rpc_pool_free_rpc(rpc_of(hook_meta));
	}
	lvn_rpc_hooks_clear(&pool->hooks);
	unreference(pool);
}

/* ---- its course ---- */

/* Only a response that says so is one to read. */
static void
take_reply(struct evrpc_request_wrapper *rpc)
{
	struct evhttp_request *http = rpc->http;
	bool is_good = http->response_code / 100 == 2 &&
		       rpc->functions.unmarshal(rpc->reply, http->input_buffer) >= 0;

	end(rpc, is_good ? EVRPC_STATUS_ERR_NONE : EVRPC_STATUS_ERR_BADPAYLOAD, http);
}

/* `http` is NULL if the request has failed. */
static void
on_response(struct evhttp_request *http, void *arg)
{
	struct evrpc_request_wrapper *rpc = arg;
	struct evrpc_pool *pool = rpc->pool;

	pool->references++;
	stop_timer(rpc);
	leave_connection(rpc);
	if (http)
		lvn_rpc_hooks_call(&rpc->own_hook_meta, EVRPC_INPUT);
	else
		end(rpc, EVRPC_STATUS_ERR_TIMEOUT, NULL);
	schedule(pool);
	unreference(pool);
}

/* The connection closes, so that the late reply is not taken for the next one. */
static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct evrpc_request_wrapper *rpc = arg;
	struct evrpc_pool *pool = rpc->pool;

	(void)fd;
	(void)what;
	pool->references++;
	rpc->is_timed = false;
	lvn_rpc_hooks_leave(&rpc->own_hook_meta);
	if (rpc->http->evcon)
		evhttp_cancel_request(rpc->http);
	if (pool->is_freed)
		lvn_rpc_pool_free_rpc(rpc);
	else
		end(rpc, EVRPC_STATUS_ERR_TIMEOUT, NULL);
	schedule(pool);
	unreference(pool);
}

static int
start_timer(struct evrpc_request_wrapper *rpc, struct event_base *base)
{
	const struct timeval timeout = {rpc->pool->timeout, 0};

	if (timeout.tv_sec <= 0 || !base)
		return 0;
	if (evtimer_assign(&rpc->timer, base, on_timeout, rpc) < 0 ||
	    evtimer_add(&rpc->timer, &timeout) < 0)
		return -1;
	rpc->is_timed = true;
	return 0;
}

/* The request may have failed, and the RPC be gone, when this returns. */
static void
send_request(struct evrpc_request_wrapper *rpc)
{
	struct evhttp_connection *evcon = rpc->connection ? rpc->connection->evcon : NULL;

	/* A hook may have removed the connection. */
	if (!evcon || start_timer(rpc, evhttp_connection_get_base(evcon)) < 0 ||
	    evhttp_make_request(evcon, rpc->http, EVHTTP_REQ_POST, rpc->path) < 0)
		end(rpc, EVRPC_STATUS_ERR_UNSTARTED, NULL);
}

static void
go_on(struct evrpc_request_wrapper *rpc, int result)
{
	bool is_input = rpc->own_hook_meta.type == EVRPC_INPUT;

	if (!rpc->own_hook_meta.hooks)
		lvn_rpc_pool_free_rpc(rpc);
	else if (result != EVRPC_CONTINUE)
		end(rpc, is_input ? EVRPC_STATUS_ERR_HOOKABORTED : EVRPC_STATUS_ERR_UNSTARTED,
		    is_input ? rpc->http : NULL);
	else if (is_input)
		take_reply(rpc);
	else
		send_request(rpc);
}

static void
on_hooks_called(struct evrpc_hook_meta *hook_meta, int result)
{
	struct evrpc_request_wrapper *rpc = rpc_of(hook_meta);
	struct evrpc_pool *pool = rpc->pool;

	if (result == EVRPC_PAUSE)
		return;
	pool->references++;
	go_on(rpc, result);
	schedule(pool);
	unreference(pool);
}

static void
start(struct evrpc_request_wrapper *rpc, struct rpc_connection *connection)
{
	connection->rpc = rpc;
	rpc->connection = connection;
	rpc->own_hook_meta.connection = connection->evcon;
	rpc->functions.marshal(rpc->http->output_buffer, rpc->request);
	lvn_rpc_hooks_call(&rpc->own_hook_meta, EVRPC_OUTPUT);
}

/* ---- the queue ---- */

static struct rpc_connection *
idle_connection(const struct evrpc_pool *pool)
{
	struct rpc_connection *connection = pool->connections;

	while (connection && connection->rpc)
		connection = connection->next;
	return connection;
}

/* Gives idle connections to the RPCs that wait, the first first.  Callbacks in there do not nest. */
static void
schedule(struct evrpc_pool *pool)
{
	struct rpc_connection *connection;

	if (pool->is_scheduling)
		return;
	pool->is_scheduling = true;
	pool->references++;
	while (!pool->is_freed && pool->queue && (connection = idle_connection(pool)) != NULL) {
		struct evrpc_request_wrapper *rpc = pool->queue;

		pool->queue = rpc->next;
		if (!pool->queue)
			pool->queue_end = &pool->queue;
		start(rpc, connection);
	}
	pool->is_scheduling = false;
	unreference(pool);
}

int
lvn_rpc_pool_send(struct evrpc_request_wrapper *rpc)
{
	struct evrpc_pool *pool = rpc->pool;

	rpc->http = pool->is_freed ? NULL : evhttp_request_new(on_response, rpc);
	if (!rpc->http) {
		lvn_rpc_pool_free_rpc(rpc);
		return -ENOMEM;
	}
	evhttp_request_own(rpc->http);
	rpc->own_hook_meta.http = rpc->http;
	rpc->own_hook_meta.output = rpc->http->output_buffer;
	lvn_rpc_hooks_enter(&pool->hooks, &rpc->own_hook_meta, rpc);
	rpc->next = NULL;
	*pool->queue_end = rpc;
	pool->queue_end = &rpc->next;
	schedule(pool);
	return 0;
}

/* ---- the connections ---- */

/* None at all for 0, which a function of HTTP would take for the default. */
static void
set_timeout(struct evhttp_connection *evcon, int seconds)
{
	if (seconds > 0) {
		evhttp_connection_set_timeout(evcon, seconds);
		return;
	}
	evcon->read_timeout = evcon->write_timeout = (struct timeval){0, 0};
	if (lvn_http_client_of(evcon)->state == HTTP_CLIENT_OPEN)
		lvn_http_connection_set_timeouts(evcon);
}

void
lvn_rpc_pool_set_timeout(struct evrpc_pool *pool, int seconds)
{
	pool->timeout = seconds < 0 ? 0 : seconds;
	for (struct rpc_connection *connection = pool->connections; connection;
	     connection = connection->next)
		set_timeout(connection->evcon, pool->timeout);
}

int
lvn_rpc_pool_add(struct evrpc_pool *pool, struct evhttp_connection *evcon)
{
	struct rpc_connection **link = &pool->connections;
	struct rpc_connection *connection = lvn_calloc(1, sizeof(*connection));

	if (!connection)
		return -ENOMEM;
	connection->evcon = evcon;
	while (*link)
		link = &(*link)->next;
	*link = connection;
	if (pool->base && !evhttp_connection_get_base(evcon))
		lvn_http_client_set_base(lvn_http_client_of(evcon), pool->base);
	if (pool->timeout >= 0 &&
	    evutil_timercmp(&evcon->read_timeout, &lvn_http_connection_timeout, ==))
		set_timeout(evcon, pool->timeout);
	schedule(pool);
	return 0;
}

void
lvn_rpc_pool_remove(struct evrpc_pool *pool, struct evhttp_connection *evcon)
{
	struct rpc_connection **link = &pool->connections;
	struct rpc_connection *connection;

	while (*link && (*link)->evcon != evcon)
		link = &(*link)->next;
	connection = *link;
	if (!connection)
		return;
	*link = connection->next;
	if (connection->rpc)
		connection->rpc->connection = NULL;
	lvn_free(connection);
	for (struct evrpc_hook_meta *rpc = pool->hooks.under_way; rpc; rpc = rpc->next)
		if (rpc->connection == evcon)
			rpc->connection = NULL;
}
