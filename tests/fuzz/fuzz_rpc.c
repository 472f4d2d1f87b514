/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RPCs on a simulated base whose requests and replies are any bytes.  Hooks pass, refuse and pause,
 * and callbacks free the base, the pool and the server, as the first bytes say.  Each RPC ends once,
 * unless its pool was freed, and nothing is left.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/rpc.h>
#include <event2/rpc_struct.h>
#include <event2/tag.h>
#include <levin/sim.h>
#include <stdint.h>
#include <stdlib.h>

#include "fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PORT = 80, CHOICES = 16, RPCS = 4, PAUSED_MOST = 8 };

struct bytes {
	const uint8_t *data;
	size_t size;
};

/* A message is not kept: reading it is what is tested. */
struct any {
	struct bytes to_send;
	bool is_read;
};

EVRPC_HEADER(Any, any, any)

static struct levin_sim *sim;
static struct event_base *base;
static struct evhttp *http;
static struct evrpc_base *rpc;
static struct evrpc_pool *pool_of_client;
static struct evrpc_req__Any *kept;
static const uint8_t *choices;
static unsigned next_choice;
static struct bytes reply_bytes;
static int under_way, messages;
static struct {
	void *with;
	void *context;
} paused[PAUSED_MOST];
static int paused_count;

static unsigned
choose(unsigned count)
{
	unsigned choice = choices[next_choice % CHOICES] + next_choice / CHOICES;

	next_choice++;
	return choice % count;
}

/* ---- what may be freed ---- */

static void
free_something(void)
{
	unsigned what = choose(12);

	if (what <= 1 && rpc) {
		evrpc_free(rpc);
		rpc = NULL;
		if (what == 1) {
			evhttp_free(http);
			http = NULL;
		}
	} else if (what == 2 && pool_of_client) {
		evrpc_pool_free(pool_of_client);
		pool_of_client = NULL;
		under_way = 0;
	}
}

/* ---- messages ---- */

static void *
any_new_with_arg(void *arg)
{
	struct any *any = calloc(1, sizeof(*any));

	(void)arg;
	messages++;
	return any;
}

static void
any_free(struct any *any)
{
	messages--;
	free(any);
}

static void
any_clear(struct any *any)
{
	any->is_read = false;
}

static int
any_complete(struct any *any)
{
	(void)any;
	return choose(8) ? 0 : -1;
}

static void
any_marshal(struct evbuffer *buffer, const struct any *any)
{
	evbuffer_add(buffer, any->to_send.data, any->to_send.size);
}

/* By the type that the tag chooses; messages are nested. */
static int
read_records(struct evbuffer *buffer, int depth)
{
	while (evbuffer_get_length(buffer) > 0) {
		size_t before = evbuffer_get_length(buffer);
		ev_uint32_t tag, number;
		ev_uint64_t large;
		struct timeval time;
		char *text;
		int rc = 0;

		if (evtag_peek(buffer, &tag) < 0)
			return -1;
		if (tag % 6 == 0) {
			rc = evtag_unmarshal_int(buffer, tag, &number);
		} else if (tag % 6 == 1) {
			rc = evtag_unmarshal_string(buffer, tag, &text);
			if (rc == 0)
				free(text);
		} else if (tag % 6 == 2) {
			rc = evtag_unmarshal_timeval(buffer, tag, &time);
		} else if (tag % 6 == 3) {
			rc = evtag_unmarshal_int64(buffer, tag, &large);
		} else if (tag % 6 == 4) {
			rc = evtag_consume(buffer);
		} else {
			struct evbuffer *inner = evbuffer_new();

			rc = evtag_unmarshal(buffer, &tag, inner);
			if (rc >= 0 && depth < 10)
				rc = read_records(inner, depth + 1);
			evbuffer_free(inner);
		}
		if (rc < 0)
			return -1;
		must(evbuffer_get_length(buffer) < before);
	}
	return 0;
}

static int
any_unmarshal(struct any *any, struct evbuffer *buffer)
{
	any->is_read = true;
	return read_records(buffer, 0);
}

EVRPC_GENERATE(Any, any, any)

/* ---- the program ---- */

static void
on_log(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

static int
on_bytes(void *context, struct evhttp_request *request, struct evbuffer *data, void *with)
{
	unsigned what = choose(8);

	(void)data;
	must(request != NULL);
	evrpc_hook_add_meta(context, "key", "value", 5);
	free_something();
	if (what == 0)
		return EVRPC_TERMINATE;
	if (what > 2 || paused_count == PAUSED_MOST)
		return EVRPC_CONTINUE;
	paused[paused_count].with = with;
	paused[paused_count++].context = context;
	return EVRPC_PAUSE;
}

/* What was freed meanwhile has no RPC that waits. */
static void
resume_all(void)
{
	while (paused_count > 0) {
		void *with = paused[--paused_count].with;

		if ((with == &rpc && rpc) || (with == &pool_of_client && pool_of_client))
			evrpc_resume_request(with == &rpc ? (void *)rpc : (void *)pool_of_client,
			    paused[paused_count].context,
			    choose(2) ? EVRPC_CONTINUE : EVRPC_TERMINATE);
	}
}

static void
serve(struct evrpc_req__Any *any, void *arg)
{
	(void)arg;
	must(any->request->is_read);
	any->reply->to_send = reply_bytes;
	free_something();
	if (!kept && choose(2))
		kept = any;
	else
		EVRPC_REQUEST_DONE(any);
}

static void
on_end(struct evrpc_status *status, struct any *request, struct any *reply, void *arg)
{
	(void)arg;
	must(under_way > 0);
	must(status->error == EVRPC_STATUS_ERR_NONE || !reply->is_read);
	under_way--;
	(void)request;
	free_something();
}

static void
reply_to_kept(void)
{
	struct evrpc_req__Any *any = kept;

	kept = NULL;
	if (any)
		EVRPC_REQUEST_DONE(any);
}

static void
start(void)
{
	struct evhttp_connection *connection;

	http = evhttp_new(base);
	evhttp_accept_socket(http, levin_sim_listener(sim, PORT, 10));
	rpc = evrpc_init(http);
	must(EVRPC_REGISTER(rpc, Any, any, any, serve, NULL) == 0);
	pool_of_client = evrpc_pool_new(base);
	evrpc_pool_set_timeout(pool_of_client, 10);
	connection = evhttp_connection_base_new(base, NULL, "127.0.0.1", PORT);
	evrpc_pool_add_connection(pool_of_client, connection);
	for (int type = EVRPC_INPUT; type <= EVRPC_OUTPUT; type++) {
		evrpc_add_hook(rpc, type, on_bytes, &rpc);
		evrpc_add_hook(pool_of_client, type, on_bytes, &pool_of_client);
	}
}

static void
run(struct bytes request_bytes)
{
	struct any requests[RPCS] = {{{NULL, 0}, false}}, replies[RPCS] = {{{NULL, 0}, false}};

	for (int i = 0; i < RPCS && pool_of_client; i++) {
		requests[i].to_send = request_bytes;
		under_way++;
		must(EVRPC_MAKE_REQUEST(
			 Any, pool_of_client, &requests[i], &replies[i], on_end, NULL) == 0);
	}
	/* Each RPC has a timeout from when it is sent; those that pause are resumed. */
	for (int i = 0; i < 30; i++) {
		event_base_loopexit(base, &(const struct timeval){3, 0});
		event_base_dispatch(base);
		resume_all();
		reply_to_kept();
	}
	must(under_way == 0);
}

static void
stop(void)
{
	if (pool_of_client)
		evrpc_pool_free(pool_of_client);
	if (rpc)
		evrpc_free(rpc);
	reply_to_kept();
	if (http)
		evhttp_free(http);
	event_base_loop(base, EVLOOP_NONBLOCK);
	must(messages == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half;

	if (size < CHOICES)
		return 0;
	event_set_log_callback(on_log);
	choices = data;
	next_choice = 0;
	under_way = messages = paused_count = 0;
	half = (size - CHOICES) / 2;
	reply_bytes = (struct bytes){data + CHOICES, half};
	sim = levin_sim_new(1, NULL);
	base = levin_sim_base_new(sim, NULL);
	start();
	run((struct bytes){data + CHOICES + half, size - CHOICES - half});
	stop();
	event_base_free(base);
	levin_sim_free(sim);
	return 0;
}
