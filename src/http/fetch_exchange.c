/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/fetch_exchange.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http_struct.h>
#include <string.h>

#include "base/limit.h"
#include "base/private.h"
#include "http/fetch_redirect.h"
#include "http/fetch_upload.h"
#include "http/fields.h"
#include "http/method.h"

/* An upload is asked for more when less than this waits in the output. */
#define WRITABLE_BELOW ((size_t)64 << 10)

/* So much of a redirect's body is read for its connection to be kept. */
#define REDIRECT_BODY_MOST ((uint64_t)64 << 10)

/* Of a body that is collected, if nobody says otherwise. */
#define COLLECTED_MOST ((uint64_t)64 << 20)

static struct levin_http_fetch *
of_waiter(struct http_waiter *waiter)
{
	return container_of(waiter, struct levin_http_fetch, waiter);
}

static struct http_client *
client_of(const struct levin_http_fetch *fetch)
{
	return fetch->waiter.connection->client;
}

/* NULL: directly. */
static const struct http_proxy *
proxy_of(const struct levin_http_fetch *fetch)
{
	const struct levin_http_client *client = fetch->client;

	if (fetch->unix_path ||
	    (client->except && lvn_http_proxy_excepts(client->except, fetch->url.host)))
		return NULL;
	return client->proxies[fetch->url.is_tls];
}

/* The proxy reads the request, and sends one of its own (RFC 9112 3.2.2). */
static bool
is_for_proxy(const struct levin_http_fetch *fetch)
{
	const struct http_proxy *proxy = proxy_of(fetch);

	return proxy && !proxy->is_socks && !fetch->url.is_tls;
}

static struct http_route
route_of(const struct levin_http_fetch *fetch)
{
	const struct http_proxy *proxy = proxy_of(fetch);

	if (is_for_proxy(fetch))
		return (struct http_route){.host = proxy->host, .port = proxy->port};
	return (struct http_route){.host = fetch->url.host,
	    .port = fetch->url.port,
	    .is_tls = fetch->url.is_tls,
	    .unix_path = fetch->unix_path,
	    .proxy = proxy};
}

/* ---- the response ---- */

/* A response has come whole, and the program has heard of all of it but its end. */
static void
finish_unless_paused(struct levin_http_fetch *fetch)
{
	fetch->state = HTTP_FETCH_COMPLETE;
	if (fetch->is_paused)
		lvn_http_fetch_stop_phase(fetch);
	else
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_RESPONSE, "a whole response has come");
}

/* Returns whether the fetch goes on. */
static bool
judge_head(struct levin_http_fetch *fetch)
{
	const char *why;

	switch (lvn_http_fetch_redirect_check(fetch, &why)) {
	case HTTP_FETCH_REDIRECT_NONE:
		return lvn_http_fetch_report_head(fetch);
	case HTTP_FETCH_REDIRECT_FOLLOWS:
		fetch->is_redirecting = true;
		return true;
	case HTTP_FETCH_REDIRECT_REFUSED:
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_REDIRECT, why);
		return false;
	case HTTP_FETCH_REDIRECT_NO_MEMORY:
		break;
	}
	lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_NO_MEMORY, "memory is short");
	return false;
}

static bool
is_unfinished(const struct levin_http_fetch *fetch)
{
	return fetch->upload.on_writable && !fetch->upload.is_finished;
}

static int
on_head(struct evhttp_request *request, void *arg)
{
	struct levin_http_fetch *fetch = arg;
	bool goes_on;

	(void)request;
	fetch->has_head = true;
	fetch->upload.waits = false;
	/* The server would take the rest of the body for the next request. */
	if (is_unfinished(fetch))
		client_of(fetch)->connection.must_close = true;
	lvn_http_fetch_enter(fetch, LEVIN_HTTP_FETCH_PHASE_BODY);
	lvn_http_fetch_reference(fetch);
	goes_on = judge_head(fetch);
	if (goes_on && fetch->is_paused)
		lvn_http_fetch_exchange_pause(fetch);
	lvn_http_fetch_unreference(fetch);
	return goes_on ? 0 : -1;
}

/* Waits for a connection once more. */
static int
wait_again(struct levin_http_fetch *fetch, bool wants_new)
{
	struct http_route route = route_of(fetch);

	fetch->waiter.wants_new = wants_new;
	fetch->state = HTTP_FETCH_WAITING;
	lvn_http_fetch_enter(fetch, LEVIN_HTTP_FETCH_PHASE_QUEUE);
	return lvn_http_pool_wait(&fetch->client->pool, &fetch->waiter, &route, wants_new);
}

static void
end_without_place(struct levin_http_fetch *fetch, int rc)
{
	if (rc == -ENOBUFS)
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_QUEUE, "too many requests wait");
	else
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_NO_MEMORY, "memory is short");
}

static void
follow(struct levin_http_fetch *fetch)
{
	int rc;

	lvn_http_fetch_redirect_apply(fetch);
	rc = wait_again(fetch, false);
	if (rc < 0)
		end_without_place(fetch, rc);
}

/*
 * Of a redirect, for nobody: a server that sends it without end holds the request up no longer than
 * the connection is worth.  The timer of the phase goes on from the head.
 */
static void
skip_body(struct levin_http_fetch *fetch)
{
	if (client_of(fetch)->connection.reader.body_size <= REDIRECT_BODY_MOST)
		return;
	lvn_http_pool_leave(&fetch->client->pool, &fetch->waiter);
	follow(fetch);
}

static void
on_piece(struct evhttp_request *request, void *arg)
{
	struct levin_http_fetch *fetch = arg;

	if (fetch->is_redirecting) {
		skip_body(fetch);
		return;
	}
	fetch->body_size = client_of(fetch)->connection.reader.body_size;
	if (evbuffer_add_buffer(fetch->body, request->input_buffer) < 0) {
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_NO_MEMORY, "memory is short");
		return;
	}
	if (!fetch->is_paused)
		lvn_http_fetch_enter(fetch, LEVIN_HTTP_FETCH_PHASE_BODY);
	lvn_http_fetch_reference(fetch);
	(void)lvn_http_fetch_report_data(fetch);
	lvn_http_fetch_unreference(fetch);
}

static void
on_complete(struct levin_http_fetch *fetch)
{
	lvn_http_pool_release(&fetch->client->pool, &fetch->waiter);
	if (fetch->is_redirecting)
		follow(fetch);
	else
		finish_unless_paused(fetch);
}

/* ---- what fails ---- */

static bool
may_send_again(const struct levin_http_fetch *fetch)
{
	return fetch->error == EVREQ_HTTP_EOF && client_of(fetch)->failure.is_unanswered &&
	       !fetch->waiter.wants_new && !fetch->upload.on_writable &&
	       (fetch->method->flags & HTTP_METHOD_IDEMPOTENT) &&
	       !(fetch->client->settings.flags & LEVIN_HTTP_CLIENT_SEND_ONCE);
}

static void
send_again(struct levin_http_fetch *fetch)
{
	int rc;

	lvn_http_pool_leave(&fetch->client->pool, &fetch->waiter);
	lvn_http_fetch_reset(fetch);
	fetch->sent_again++;
	fetch->client->statistics.sent_again++;
	rc = wait_again(fetch, true);
	if (rc < 0)
		end_without_place(fetch, rc);
}

static void
end_by_error(struct levin_http_fetch *fetch)
{
	const struct http_client_failure *failure = &client_of(fetch)->failure;
	const char *why = failure->why ? failure->why : "the response is malformed";

	switch (fetch->error) {
	case EVREQ_HTTP_TIMEOUT:
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_TIMEOUT,
		    "the server took nothing of the request for too long");
		break;
	case EVREQ_HTTP_BUFFER_ERROR:
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_NO_MEMORY, "memory is short");
		break;
	case EVREQ_HTTP_INVALID_HEADER:
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_MALFORMED, why);
		break;
	case EVREQ_HTTP_DATA_TOO_LONG:
		lvn_http_fetch_end(fetch,
		    failure->status == 413 ? LEVIN_HTTP_FETCH_TOO_LARGE
					   : LEVIN_HTTP_FETCH_MALFORMED,
		    why);
		break;
	case EVREQ_HTTP_EOF:
	case EVREQ_HTTP_REQUEST_CANCEL:
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_CLOSED,
		    "the connection ended before the response was whole");
		break;
	}
}

static void
on_error(enum evhttp_request_error error, void *arg)
{
	struct levin_http_fetch *fetch = arg;

	fetch->error = error;
}

static void
on_request_end(struct evhttp_request *request, void *arg)
{
	struct levin_http_fetch *fetch = arg;

	if (request)
		on_complete(fetch);
	else if (may_send_again(fetch))
		send_again(fetch);
	else
		end_by_error(fetch);
}

/* ---- the request ---- */

static int
copy_fields(struct levin_http_fetch *fetch)
{
	struct evkeyvalq *to = fetch->request->output_headers;
	const char *authority = fetch->url.authority;

	if (is_for_proxy(fetch) && proxy_of(fetch)->authorization &&
	    lvn_http_fields_add(to, "Proxy-Authorization", strlen("Proxy-Authorization"),
		proxy_of(fetch)->authorization, strlen(proxy_of(fetch)->authorization)) < 0)
		return -ENOMEM;
	if (!lvn_http_fields_find(&fetch->fields, "Host") &&
	    lvn_http_fields_add(to, "Host", strlen("Host"), authority, strlen(authority)) < 0)
		return -ENOMEM;
	for (struct evkeyval *field = fetch->fields.tqh_first; field; field = field->next.tqe_next)
		if (lvn_http_fields_add(
			to, field->key, strlen(field->key), field->value, strlen(field->value)) < 0)
			return -ENOMEM;
	return 0;
}

static int
make_request(struct levin_http_fetch *fetch)
{
	struct evhttp_request *request = lvn_http_request_new(on_request_end, fetch);

	if (!request)
		return -ENOMEM;
	fetch->request = request;
	request->flags |= EVHTTP_USER_OWNED;
	request->header_cb = on_head;
	request->chunk_cb = on_piece;
	request->error_cb = on_error;
	if (copy_fields(fetch) < 0)
		return -ENOMEM;
	if (fetch->upload.on_writable)
		return lvn_http_fetch_upload_announce(fetch);
	if (fetch->to_send &&
	    evbuffer_add_buffer_reference(request->output_buffer, fetch->to_send) < 0)
		return -ENOMEM;
	return 0;
}

static uint64_t
most_in_body(const struct levin_http_fetch *fetch)
{
	if (fetch->has_body_limit)
		return fetch->body_limit;
	return lvn_limit_of(
	    fetch->client->settings.body_size, fetch->on_data ? UINT64_MAX : COLLECTED_MOST);
}

static void
on_sent(void *arg)
{
	struct levin_http_fetch *fetch = arg;

	if (is_unfinished(fetch)) {
		lvn_http_fetch_reference(fetch);
		(void)lvn_http_fetch_report_writable(fetch);
		lvn_http_fetch_unreference(fetch);
	} else if (fetch->phase == LEVIN_HTTP_FETCH_PHASE_SEND) {
		lvn_http_fetch_enter(fetch, LEVIN_HTTP_FETCH_PHASE_HEAD);
	}
}

static void
on_continue(void *arg)
{
	struct levin_http_fetch *fetch = arg;

	if (!fetch->upload.waits)
		return;
	fetch->upload.waits = false;
	fetch->upload.is_due = true;
	lvn_http_fetch_enter(fetch, LEVIN_HTTP_FETCH_PHASE_SEND);
	lvn_http_fetch_list(fetch);
}

static const struct http_client_hooks hooks = {.on_sent = on_sent, .on_continue = on_continue};

/* The stream has a timeout of its own for a server that takes nothing. */
static void
wait_for_response(struct levin_http_fetch *fetch)
{
	struct http_client *client = client_of(fetch);
	bool has_body = fetch->to_send || fetch->upload.on_writable;

	client->connection.most_in_body = most_in_body(fetch);
	client->connection.write_timeout = lvn_http_fetch_idle_limit(fetch);
	lvn_http_connection_set_timeouts(&client->connection);
	lvn_http_client_set_hooks(client, has_body ? &hooks : NULL, fetch);
	bufferevent_setwatermark(
	    client->connection.bev, EV_WRITE, fetch->upload.on_writable ? WRITABLE_BELOW : 0, 0);
	lvn_http_fetch_enter(
	    fetch, has_body ? LEVIN_HTTP_FETCH_PHASE_SEND : LEVIN_HTTP_FETCH_PHASE_HEAD);
}

/* Absolute for a proxy. */
static int
put_request(struct levin_http_fetch *fetch)
{
	static const char scheme[] = "http://";
	const struct http_url *url = &fetch->url;
	enum evhttp_cmd_type type = (enum evhttp_cmd_type)fetch->method->type;
	size_t size = strlen(scheme) + strlen(url->authority) + strlen(url->target) + 1;
	char *absolute;
	int rc;

	if (!is_for_proxy(fetch))
		return lvn_http_client_request(client_of(fetch), fetch->request, type, url->target);
	absolute = lvn_alloc(size);
	if (!absolute)
		return -ENOMEM;
	evutil_snprintf(absolute, size, "%s%s%s", scheme, url->authority, url->target);
	rc = lvn_http_client_request(client_of(fetch), fetch->request, type, absolute);
	lvn_free(absolute);
	return rc;
}

static void
send_request(struct levin_http_fetch *fetch)
{
	int rc = make_request(fetch);

	wait_for_response(fetch);
	if (rc == 0)
		rc = put_request(fetch);
	if (rc < 0)
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_NO_MEMORY, "memory is short");
}

/* ---- its connection ---- */

static void
on_dialing(struct http_waiter *waiter)
{
	lvn_http_fetch_enter(of_waiter(waiter), LEVIN_HTTP_FETCH_PHASE_CONNECT);
}

static void
on_tls(struct http_waiter *waiter)
{
	lvn_http_fetch_enter(of_waiter(waiter), LEVIN_HTTP_FETCH_PHASE_TLS);
}

static void
on_connected(struct http_waiter *waiter)
{
	struct levin_http_fetch *fetch = of_waiter(waiter);

	fetch->state = HTTP_FETCH_SENT;
	fetch->is_reused = waiter->connection->was_used;
	lvn_http_fetch_reference(fetch);
	send_request(fetch);
	lvn_http_fetch_unreference(fetch);
}

static void
on_failed(struct http_waiter *waiter, enum levin_http_fetch_end end, const char *reason)
{
	lvn_http_fetch_end(of_waiter(waiter), end, reason);
}

int
lvn_http_fetch_exchange_start(struct levin_http_fetch *fetch)
{
	struct http_route route = route_of(fetch);
	int rc = lvn_http_fetch_begin(fetch);

	if (rc < 0)
		return rc;
	fetch->waiter.on_dialing = on_dialing;
	fetch->waiter.on_tls = on_tls;
	fetch->waiter.on_connected = on_connected;
	fetch->waiter.on_failed = on_failed;
	rc = lvn_http_pool_wait(&fetch->client->pool, &fetch->waiter, &route, false);
	if (rc < 0) {
		event_del(&fetch->total_timer);
		lvn_http_fetch_stop_phase(fetch);
		return rc;
	}
	fetch->state = HTTP_FETCH_WAITING;
	fetch->client->statistics.started++;
	return 0;
}

/* ---- uploads ---- */

static struct evbuffer *
output_of(struct levin_http_fetch *fetch)
{
	return bufferevent_get_output(client_of(fetch)->connection.bev);
}

static int
may_write(const struct levin_http_fetch *fetch)
{
	if (!is_unfinished(fetch))
		return -EINVAL;
	return fetch->state == HTTP_FETCH_SENT && !fetch->upload.waits ? 0 : -EAGAIN;
}

int
lvn_http_fetch_exchange_write(struct levin_http_fetch *fetch, struct evbuffer *data)
{
	int rc = may_write(fetch);

	return rc < 0 ? rc : lvn_http_fetch_upload_write(fetch, output_of(fetch), data);
}

int
lvn_http_fetch_exchange_finish(struct levin_http_fetch *fetch)
{
	int rc = may_write(fetch);

	if (rc == 0)
		rc = lvn_http_fetch_upload_finish(fetch, output_of(fetch));
	if (rc == 0 && !fetch->has_head && evbuffer_get_length(output_of(fetch)) == 0)
		lvn_http_fetch_enter(fetch, LEVIN_HTTP_FETCH_PHASE_HEAD);
	return rc;
}

/* ---- pauses ---- */

static void
set_reading(struct levin_http_fetch *fetch, bool reads)
{
	struct bufferevent *bev;

	if (fetch->state != HTTP_FETCH_SENT)
		return;
	bev = client_of(fetch)->connection.bev;
	if (bev && reads)
		bufferevent_enable(bev, EV_READ);
	else if (bev)
		bufferevent_disable(bev, EV_READ);
}

/* Before the head there is nothing to pause: the connection is read to see whether it ends. */
void
lvn_http_fetch_exchange_pause(struct levin_http_fetch *fetch)
{
	fetch->is_paused = true;
	if (fetch->has_head && !fetch->is_redirecting) {
		set_reading(fetch, false);
		lvn_http_fetch_stop_phase(fetch);
	}
}

void
lvn_http_fetch_exchange_resume(struct levin_http_fetch *fetch)
{
	fetch->is_paused = false;
	if (fetch->has_head && !fetch->is_redirecting) {
		fetch->is_resumed = true;
		lvn_http_fetch_list(fetch);
	}
}

static void
run(struct levin_http_fetch *fetch)
{
	if (fetch->upload.is_due && !lvn_http_fetch_report_writable(fetch))
		return;
	if (fetch->is_paused || !fetch->is_resumed || fetch->state == HTTP_FETCH_ENDED)
		return;
	fetch->is_resumed = false;
	if (fetch->state == HTTP_FETCH_SENT)
		lvn_http_fetch_enter(fetch, LEVIN_HTTP_FETCH_PHASE_BODY);
	set_reading(fetch, true);
	if (lvn_http_fetch_report_data(fetch) && fetch->state == HTTP_FETCH_COMPLETE)
		finish_unless_paused(fetch);
}

void
lvn_http_fetch_exchange_run_listed(struct levin_http_client *client)
{
	struct levin_http_fetch *fetch = client->listed;

	client->listed = NULL;
	while (fetch) {
		struct levin_http_fetch *next = fetch->next_listed;

		fetch->is_listed = false;
		run(fetch);
		lvn_http_fetch_unreference(fetch);
		fetch = next;
	}
}
