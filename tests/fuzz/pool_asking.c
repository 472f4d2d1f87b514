/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client of a random program with a pool, and what its program does.
 */
#include <errno.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/pool_world.h"

/* Behind a total timeout the loop may be so late. */
enum { LATE_MS = 100 };

static struct levin_http_client *http; /* NULL while it is freed */
static struct levin_http_client_settings settings;
static unsigned started; /* by this client */

/* ---- The ends of requests ----------------------------------------------------------------------- */

static bool
is_explained(const struct pool_ask *ask, enum levin_http_fetch_end end)
{
	switch (end) {
	case LEVIN_HTTP_FETCH_RESPONSE:
		return !ask->has_redirect_limit &&
		       !(ask->has_body_limit && pool_ask_download(ask) == ask->download &&
			   ask->received > ask->download / 2);
	case LEVIN_HTTP_FETCH_CANCELLED:
		return ask->was_cancelled;
	case LEVIN_HTTP_FETCH_QUEUE:
		return settings.queue_length > 0;
	case LEVIN_HTTP_FETCH_TIMEOUT:
	case LEVIN_HTTP_FETCH_CONNECT:
	case LEVIN_HTTP_FETCH_CLOSED:
		return !pool_world.is_calm;
	case LEVIN_HTTP_FETCH_MALFORMED:
		return ask->trouble == POOL_LIES;
	case LEVIN_HTTP_FETCH_TOO_LARGE:
		return ask->has_body_limit;
	case LEVIN_HTTP_FETCH_REDIRECT:
		return ask->has_redirect_limit;
	case LEVIN_HTTP_FETCH_PROXY:
		return !pool_world.is_calm && pool_world.proxy == POOL_SOCKS_PROXY;
	case LEVIN_HTTP_FETCH_NAME:
	case LEVIN_HTTP_FETCH_TLS:
	case LEVIN_HTTP_FETCH_NO_MEMORY:
		break;
	}
	return false;
}

static void
check_response(struct pool_ask *ask, const struct levin_http_fetch_result *result)
{
	const char *id = evhttp_find_header(result->fields, "X-Id");
	/* Where the end of the connection is that of the body, nobody can tell. */
	bool may_be_cut = !pool_world.is_calm && evhttp_find_header(result->fields, "X-To-End");
	char path[32];

	snprintf(path, sizeof(path), "/%u/%u", ask->id, ask->hops);
	if (!id || strtoul(id, NULL, 10) != ask->id)
		pool_fault("it has the response to another request", ask->id);
	if (result->status != ask->hop[ask->hops].status)
		pool_fault("it has another code than was sent", ask->id);
	if (result->redirects != ask->hops || !strstr(result->url, path))
		pool_fault("its redirects are not those that were sent", ask->id);
	if (ask->received != pool_ask_download(ask) && !may_be_cut)
		pool_fault("its body is not as long as what was sent", ask->id);
	if (result->body_size != ask->received)
		pool_fault("its size is not that of its body", ask->id);
	pool_world.responses++;
}

static void
on_end(struct levin_http_fetch *fetch, const struct levin_http_fetch_result *result, void *arg)
{
	struct pool_ask *ask = arg;
	int64_t took_ms = pool_now_ms() - ask->began_ms;

	POOL_LOG("  request %u ends: %d %s", ask->id, result->end, result->reason);
	if (ask->has_ended || fetch != ask->fetch)
		pool_fault("it ends twice", ask->id);
	ask->has_ended = true;
	ask->fetch = NULL;
	if (result->fields && evhttp_find_header(result->fields, "X-Id"))
		pool_ask_take_body(result->body, ask, false, &ask->received);
	if (!is_explained(ask, result->end))
		pool_fault("nothing explains how it ends", ask->id);
	if (ask->total_ms && took_ms > (int64_t)ask->total_ms + LATE_MS)
		pool_fault("it took longer than it may", ask->id);
	if (result->end == LEVIN_HTTP_FETCH_RESPONSE)
		check_response(ask, result);
	pool_world.redirects += result->redirects;
	pool_act_inside();
}

static void
cancel(struct pool_ask *ask)
{
	POOL_LOG("  request %u is cancelled", ask->id);
	ask->was_cancelled = true;
	levin_http_fetch_cancel(ask->fetch);
	if (!ask->has_ended)
		pool_fault("cancelling it calls nothing", ask->id);
}

/* ---- Callbacks ------------------------------------------------------------------------------------ */

static bool
is_gone(const struct pool_ask *ask)
{
	if (!ask->has_ended)
		return false;
	pool_fault("a callback for a request that has ended", ask->id);
	return true;
}

static void
pause_at_times(struct pool_ask *ask)
{
	if (!ask->fetch || !pool_chance(10))
		return;
	POOL_LOG("  request %u is paused", ask->id);
	ask->is_paused = true;
	levin_http_fetch_pause(ask->fetch);
}

static void
cancel_at_times(struct pool_ask *ask)
{
	if (ask->fetch && !pool_world.is_calm && pool_chance(3))
		cancel(ask);
}

static void
on_head(struct levin_http_fetch *fetch, const struct levin_http_fetch_result *result, void *arg)
{
	struct pool_ask *ask = arg;

	(void)fetch;
	if (is_gone(ask))
		return;
	if (result->status != ask->hop[ask->hops].status)
		pool_fault("it has the head of another response", ask->id);
	pause_at_times(ask);
	cancel_at_times(ask);
	pool_act_inside();
}

static void
on_data(struct levin_http_fetch *fetch, struct evbuffer *data, void *arg)
{
	struct pool_ask *ask = arg;

	(void)fetch;
	if (is_gone(ask))
		return;
	if (ask->is_paused)
		pool_fault("a part of its body in a pause", ask->id);
	if (pool_chance(80))
		pool_ask_take_body(data, ask, false, &ask->received);
	pause_at_times(ask);
	cancel_at_times(ask);
	pool_act_inside();
}

static int
write_some(struct pool_ask *ask)
{
	size_t size = ask->upload - ask->written;
	struct evbuffer *data;
	int rc;

	if (size == 0)
		return levin_http_fetch_finish(ask->fetch);
	size = 1 + pool_pick(size);
	data = evbuffer_new();
	pool_ask_put_body(data, ask, true, ask->written, size);
	rc = levin_http_fetch_write(ask->fetch, data);
	evbuffer_free(data);
	if (rc == 0)
		ask->written += size;
	return rc;
}

static void
on_writable(struct levin_http_fetch *fetch, void *arg)
{
	struct pool_ask *ask = arg;

	(void)fetch;
	if (is_gone(ask))
		return;
	ask->may_write = pool_chance(20);
	if (!ask->may_write && write_some(ask) < 0)
		pool_fault("it may write, and cannot", ask->id);
	cancel_at_times(ask);
	pool_act_inside();
}

/* ---- What the program does -------------------------------------------------------------------------- */

static struct evbuffer *
new_body(const struct pool_ask *ask)
{
	struct evbuffer *body = evbuffer_new();

	pool_ask_put_body(body, ask, true, 0, ask->upload);
	return body;
}

static void
set_upload(struct pool_ask *ask, struct levin_http_fetch *fetch)
{
	struct evbuffer *body;

	if (ask->kind == POOL_WHOLE) {
		body = new_body(ask);
		levin_http_fetch_set_body(fetch, body);
		evbuffer_free(body);
	} else if (ask->kind != POOL_NO_UPLOAD) {
		levin_http_fetch_stream_body(fetch,
		    ask->kind == POOL_SIZED ? (int64_t)ask->upload : -1,
		    ask->expects ? LEVIN_HTTP_FETCH_EXPECT_CONTINUE : 0, on_writable);
	}
}

static void
set_up(struct pool_ask *ask, struct levin_http_fetch *fetch)
{
	struct levin_http_fetch_timeouts timeouts = {.total_ms = ask->total_ms};
	char text[16];

	snprintf(text, sizeof(text), "%u", ask->id);
	levin_http_fetch_add_field(fetch, "Authorization", text);
	set_upload(ask, fetch);
	levin_http_fetch_set_timeouts(fetch, &timeouts);
	if (ask->takes_pieces)
		levin_http_fetch_on_data(fetch, on_data);
	if (pool_chance(40))
		levin_http_fetch_on_head(fetch, on_head);
	if (ask->has_redirect_limit)
		levin_http_fetch_limit_redirects(fetch, 1);
	if (ask->has_body_limit)
		levin_http_fetch_limit_body(fetch, ask->download / 2);
}

void
pool_asking_make(void)
{
	struct pool_ask *ask = http ? pool_ask_new() : NULL;
	char url[64];

	if (!ask)
		return;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/%u/0", ask->hop[0].port, ask->id);
	ask->fetch = levin_http_fetch_new(http, ask->hop[0].method, url, on_end, ask);
	set_up(ask, ask->fetch);
	ask->began_ms = pool_now_ms();
	POOL_LOG("  request %u is started: %s %s, %u hops, trouble %d", ask->id, ask->hop[0].method,
	    url, ask->hops, ask->trouble);
	if (levin_http_fetch_start(ask->fetch) == 0) {
		started++;
		return;
	}
	if (errno != ENOBUFS || settings.queue_length == 0)
		pool_fault("it cannot be started", ask->id);
	levin_http_fetch_cancel(ask->fetch);
	ask->fetch = NULL;
	ask->has_ended = true;
}

static void
choose_settings(void)
{
	settings = (struct levin_http_client_settings){0};
	if (pool_chance(60))
		settings.connections_per_origin = 1 + (unsigned)pool_pick(3);
	if (pool_chance(60))
		settings.connections = 1 + (unsigned)pool_pick(4);
	if (pool_chance(50))
		settings.keep_alive_timeout_ms =
		    pool_chance(30) ? -1 : 1 + (int64_t)pool_pick(5000);
	if (pool_world.is_calm)
		return;
	if (pool_chance(20))
		settings.queue_length = 1 + (unsigned)pool_pick(5);
	if (pool_chance(20))
		settings.flags = LEVIN_HTTP_CLIENT_SEND_ONCE;
	if (pool_chance(20))
		settings.timeouts.queue_ms = 1 + (unsigned)pool_pick(5000);
	settings.timeouts.connect_ms = 5000;
	settings.timeouts.head_ms = 1 + (unsigned)pool_pick(20000);
	settings.timeouts.idle_ms = 1 + (unsigned)pool_pick(20000);
}

void
pool_asking_begin(void)
{
	static const char *const proxies[] = {NULL, "http://127.0.0.1:83", "socks5://127.0.0.1:83"};

	choose_settings();
	started = 0;
	http = levin_http_client_new(pool_world.base, NULL, &settings);
	levin_http_client_set_proxy(http, proxies[pool_world.proxy], NULL);
}

static void
free_client(void)
{
	struct levin_http_client *freed = http;

	POOL_LOG("  the client is freed");
	http = NULL;
	for (unsigned i = 0; i < pool_world.ask_count; i++)
		if (pool_world.asks[i].fetch)
			pool_world.asks[i].was_cancelled = true;
	levin_http_client_free(freed);
	for (unsigned i = 0; i < pool_world.ask_count; i++)
		if (!pool_world.asks[i].has_ended)
			pool_fault("it does not end with its client", i);
}

/* A request that has not come to its end. */
static struct pool_ask *
some_request(void)
{
	unsigned count = pool_world.ask_count;
	unsigned begin = count > 0 ? (unsigned)pool_pick(count) : 0;

	for (unsigned i = 0; i < count; i++) {
		struct pool_ask *ask = &pool_world.asks[(begin + i) % count];

		if (ask->fetch)
			return ask;
	}
	return NULL;
}

void
pool_asking_act(void)
{
	struct pool_ask *ask = some_request();

	if (http && pool_chance(10)) {
		free_client();
		if (pool_world.phase == POOL_ACTING)
			pool_asking_begin();
	} else if (ask && pool_chance(50)) {
		cancel(ask);
	} else if (ask) {
		pause_at_times(ask);
	}
}

static void
check_statistics(void)
{
	struct levin_http_client_statistics now;

	levin_http_client_get_statistics(http, &now);
	if (settings.connections && now.connections > settings.connections)
		pool_fault("there are more connections than may be", now.connections);
	if (settings.queue_length && now.waiting > settings.queue_length)
		pool_fault("there are more in the queue than may be", now.waiting);
	if (now.started != started || now.responses + now.cancelled + now.failed > now.started)
		pool_fault("the statistics are wrong", started);
}

void
pool_asking_tick(void)
{
	bool is_last = pool_world.phase == POOL_SETTLING;

	if (http)
		check_statistics();
	for (unsigned i = 0; i < pool_world.ask_count; i++) {
		struct pool_ask *ask = &pool_world.asks[i];

		if (ask->fetch && ask->may_write && (is_last || pool_chance(50))) {
			ask->may_write = false;
			(void)write_some(ask);
		}
		if (ask->fetch && ask->is_paused && (is_last || pool_chance(30))) {
			ask->is_paused = false;
			levin_http_fetch_resume(ask->fetch);
		}
	}
}

void
pool_asking_end(void)
{
	if (http)
		free_client();
}
