/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RPC while memory and system calls fail: each call ends once, with a whole reply or none.
 */
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/rpc.h>
#include <event2/rpc_struct.h>
#include <event2/tag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "torture/torture.h"

enum { RPCS = 3 };

struct number {
	uint32_t value;
	int is_set;
};

static struct {
	int ends;
	struct number requests[RPCS];
	struct number replies[RPCS];
} seen;

/* The server's messages are not allocated: what is tested is the library's memory. */
static struct number served_request, served_reply;

EVRPC_HEADER(Double, number, number)

static void *
number_new_with_arg(void *which)
{
	(void)which;
	return &served_request;
}

static void
number_free(struct number *number)
{
	(void)number;
}

static void
number_clear(struct number *number)
{
	number->is_set = 0;
}

static int
number_complete(const struct number *number)
{
	return number->is_set ? 0 : -1;
}

static void
number_marshal(struct evbuffer *buffer, const struct number *number)
{
	evtag_marshal_int(buffer, 1, number->value);
}

static int
number_unmarshal(struct number *number, struct evbuffer *buffer)
{
	if (evtag_unmarshal_int(buffer, 1, &number->value) < 0)
		return -1;
	number->is_set = 1;
	return 0;
}

EVRPC_GENERATE(Double, number, number)

static void *
new_reply(void *arg)
{
	(void)arg;
	return &served_reply;
}

static void
serve(struct evrpc_req__Double *rpc, void *arg)
{
	(void)arg;
	rpc->reply->value = 2 * rpc->request->value;
	rpc->reply->is_set = 1;
	EVRPC_REQUEST_DONE(rpc);
}

static int
see_bytes(void *context, struct evhttp_request *request, struct evbuffer *data, void *arg)
{
	(void)request;
	(void)data;
	(void)arg;
	evrpc_hook_add_meta(context, "key", "value", 5);
	return EVRPC_CONTINUE;
}

static void
on_reply(struct evrpc_status *status, struct number *request, struct number *reply, void *arg)
{
	(void)arg;
	EXPECT((status->error == EVRPC_STATUS_ERR_NONE) == (reply->is_set != 0));
	EXPECT(!reply->is_set || reply->value == 2 * request->value);
	seen.ends++;
}

static uint16_t
port_of(struct evhttp_bound_socket *bound)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	faults_pause();
	EXPECT(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) ==
	       0);
	faults_resume();
	return ntohs(address.sin_port);
}

static int
register_double(struct evrpc_base *rpc)
{
	return evrpc_register_generic(rpc, "Double",
	    (void (*)(struct evrpc_req_generic *, void *))serve, NULL, number_new_with_arg, NULL,
	    (void (*)(void *))number_free, (int (*)(void *, struct evbuffer *))number_unmarshal,
	    new_reply, NULL, (void (*)(void *))number_free, (int (*)(void *))number_complete,
	    (void (*)(struct evbuffer *, void *))number_marshal);
}

static void
make(struct evrpc_pool *client_pool, int i)
{
	seen.requests[i] = (struct number){(uint32_t)i + 1, 1};
	TRY(EVRPC_MAKE_REQUEST(
	    Double, client_pool, &seen.requests[i], &seen.replies[i], on_reply, NULL));
}

static void
call(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	struct evhttp *http;
	struct evhttp_bound_socket *bound;
	struct evrpc_base *rpc;
	struct evrpc_pool *client_pool;
	struct evhttp_connection *connection;
	void *hook;

	memset(&seen, 0, sizeof(seen));
	TRY_NEW(http, evhttp_new(base));
	TRY_NEW(bound, evhttp_bind_socket_with_handle(http, "127.0.0.1", 0));
	TRY_NEW(rpc, evrpc_init(http));
	TRY(register_double(rpc));
	TRY_NEW(hook, evrpc_add_hook(rpc, EVRPC_INPUT, see_bytes, NULL));
	TRY_NEW(client_pool, evrpc_pool_new(base));
	TRY_NEW(hook, evrpc_add_hook(client_pool, EVRPC_OUTPUT, see_bytes, NULL));
	evrpc_pool_set_timeout(client_pool, 1);
	TRY_NEW(connection, evhttp_connection_base_new(base, NULL, "127.0.0.1", port_of(bound)));
	evhttp_connection_set_timeout_tv(connection, SPAN_MS(500));
	/* It cannot say that it has failed: its line in the log is all there is. */
	faults_pause();
	evrpc_pool_add_connection(client_pool, connection);
	faults_resume();
	for (int i = 0; i < RPCS; i++)
		make(client_pool, i);
	torture_run(base, &seen.ends, RPCS);
	EXPECT(seen.ends == RPCS);
	evrpc_pool_free(client_pool);
	evrpc_free(rpc);
	evhttp_free(http);
	event_base_free(base);
}

TEST(evrpc_make_request__survives_every_failure)
{
	torture(call, &(struct configuration){.backend = backend_under_test(0)});
}
