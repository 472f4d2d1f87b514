/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/fetch.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http_struct.h>
#include <string.h>

#include "base/limit.h"
#include "base/private.h"
#include "http/fields.h"
#include "http/method.h"

#define MS_PER_S    1000
#define CONTINUE_MS 1000
#define US_PER_MS   1000
#define NS_PER_US   1000

/* ---- the client's memory ---- */

void
lvn_http_fetch_client_reference(struct levin_http_client *client)
{
	client->references++;
}

void
lvn_http_fetch_client_unreference(struct levin_http_client *client)
{
	if (--client->references == 0)
		lvn_free(client);
}

/* ---- life ---- */

void
lvn_http_fetch_reference(struct levin_http_fetch *fetch)
{
	fetch->references++;
}

static void
free_fetch(struct levin_http_fetch *fetch)
{
	lvn_http_fetch_reset(fetch);
	lvn_http_url_clear(&fetch->url);
	lvn_http_url_clear(&fetch->next_url);
	lvn_http_fields_clear(&fetch->fields);
	lvn_free(fetch->unix_path);
	if (fetch->to_send)
		evbuffer_free(fetch->to_send);
	if (fetch->body)
		evbuffer_free(fetch->body);
	lvn_free(fetch);
}

void
lvn_http_fetch_unreference(struct levin_http_fetch *fetch)
{
	if (--fetch->references == 0)
		free_fetch(fetch);
}

static void
link_fetch(struct levin_http_fetch *fetch)
{
	struct levin_http_client *client = fetch->client;

	fetch->next = client->fetches;
	fetch->link = &client->fetches;
	client->fetches = fetch;
	if (fetch->next)
		fetch->next->link = &fetch->next;
}

static void
unlink_fetch(struct levin_http_fetch *fetch)
{
	*fetch->link = fetch->next;
	if (fetch->next)
		fetch->next->link = fetch->link;
	fetch->link = NULL;
}

int
lvn_http_fetch_new(struct levin_http_client *client, const char *method, const char *url,
    struct levin_http_fetch **fetch_out)
{
	const struct http_method *known = lvn_http_method_find(method, strlen(method));
	struct levin_http_fetch *fetch;
	int rc;

	if (!known || known->type == EVHTTP_REQ_CONNECT)
		return -EINVAL;
	fetch = lvn_calloc(1, sizeof(*fetch));
	if (!fetch)
		return -ENOMEM;
	fetch->references = 1;
	fetch->client = client;
	fetch->method = known;
	lvn_http_fields_init(&fetch->fields);
	rc = lvn_http_url_parse(&fetch->url, url);
	fetch->body = rc == 0 ? evbuffer_new() : NULL;
	if (!fetch->body) {
		lvn_http_fetch_unreference(fetch);
		return rc < 0 ? rc : -ENOMEM;
	}
	link_fetch(fetch);
	*fetch_out = fetch;
	return 0;
}

/* The connection has left it already, or has not got it yet. */
void
lvn_http_fetch_reset(struct levin_http_fetch *fetch)
{
	if (fetch->request)
		lvn_http_connection_free_request(fetch->request);
	fetch->request = NULL;
	fetch->has_head = false;
	fetch->is_redirecting = false;
	fetch->is_reused = false;
	fetch->body_size = 0;
	if (fetch->body)
		evbuffer_drain(fetch->body, evbuffer_get_length(fetch->body));
}

/* ---- time ---- */

static int64_t
duration_ns(const struct levin_http_fetch *fetch)
{
	struct timeval now;

	event_gettime_monotonic(fetch->client->base, &now);
	evutil_timersub(&now, &fetch->began, &now);
	return ((int64_t)now.tv_sec * MS_PER_S * US_PER_MS + now.tv_usec) * NS_PER_US;
}

static void
on_total_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	lvn_http_fetch_end(arg, LEVIN_HTTP_FETCH_TIMEOUT, "the request took too long");
}

/* Many servers do not know 100 (Continue): the body is sent after a second (RFC 9110 10.1.1). */
static void
stop_waiting(struct levin_http_fetch *fetch)
{
	fetch->upload.waits = false;
	fetch->upload.is_due = true;
	lvn_http_fetch_list(fetch);
}

static void
on_phase_timeout(evutil_socket_t fd, short what, void *arg)
{
	static const char *const reasons[] = {
	    [LEVIN_HTTP_FETCH_PHASE_QUEUE] = "there was no connection for too long",
	    [LEVIN_HTTP_FETCH_PHASE_CONNECT] = "connecting took too long",
	    [LEVIN_HTTP_FETCH_PHASE_TLS] = "the TLS handshake took too long",
	    [LEVIN_HTTP_FETCH_PHASE_SEND] = "",
	    [LEVIN_HTTP_FETCH_PHASE_HEAD] = "the head of the response took too long",
	    [LEVIN_HTTP_FETCH_PHASE_BODY] = "nothing of the body came for too long",
	};
	struct levin_http_fetch *fetch = arg;

	(void)fd;
	(void)what;
	if (fetch->phase == LEVIN_HTTP_FETCH_PHASE_SEND) {
		stop_waiting(fetch);
		return;
	}
	lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_TIMEOUT, reasons[fetch->phase]);
}

static int64_t
choose(int64_t of_fetch, int64_t of_client)
{
	return of_fetch ? of_fetch : of_client;
}

static int64_t
limit_of_phase(const struct levin_http_fetch *fetch)
{
	const struct levin_http_fetch_timeouts *own = &fetch->timeouts;
	const struct levin_http_fetch_timeouts *general = &fetch->client->settings.timeouts;

	switch (fetch->phase) {
	case LEVIN_HTTP_FETCH_PHASE_QUEUE:
		return choose(own->queue_ms, general->queue_ms);
	case LEVIN_HTTP_FETCH_PHASE_CONNECT:
		return choose(own->connect_ms, general->connect_ms);
	case LEVIN_HTTP_FETCH_PHASE_TLS:
		return choose(own->tls_ms, general->tls_ms);
	case LEVIN_HTTP_FETCH_PHASE_HEAD:
		return choose(own->head_ms, general->head_ms);
	case LEVIN_HTTP_FETCH_PHASE_SEND:
		return fetch->upload.waits ? CONTINUE_MS : LVN_LIMIT_NONE;
	case LEVIN_HTTP_FETCH_PHASE_BODY:
		break;
	}
	return choose(own->idle_ms, general->idle_ms);
}

bool
lvn_http_fetch_timeouts_are_valid(const struct levin_http_fetch_timeouts *timeouts)
{
	return lvn_limit_is_valid(timeouts->total_ms) && lvn_limit_is_valid(timeouts->queue_ms) &&
	       lvn_limit_is_valid(timeouts->connect_ms) && lvn_limit_is_valid(timeouts->tls_ms) &&
	       lvn_limit_is_valid(timeouts->head_ms) && lvn_limit_is_valid(timeouts->idle_ms);
}

struct timeval
lvn_http_fetch_idle_limit(const struct levin_http_fetch *fetch)
{
	return lvn_limit_duration(
	    choose(fetch->timeouts.idle_ms, fetch->client->settings.timeouts.idle_ms));
}

static int
start_timer(struct event *timer, int64_t limit_ms)
{
	struct timeval limit = lvn_limit_duration(limit_ms);

	if (limit_ms < 0)
		return evtimer_del(timer);
	return evtimer_add(timer, &limit);
}

int
lvn_http_fetch_begin(struct levin_http_fetch *fetch)
{
	struct levin_http_client *client = fetch->client;

	evtimer_assign(&fetch->total_timer, client->base, on_total_timeout, fetch);
	evtimer_assign(&fetch->phase_timer, client->base, on_phase_timeout, fetch);
	event_gettime_monotonic(client->base, &fetch->began);
	fetch->phase = LEVIN_HTTP_FETCH_PHASE_QUEUE;
	if (start_timer(&fetch->total_timer,
		choose(fetch->timeouts.total_ms, client->settings.timeouts.total_ms)) < 0)
		return -ENOMEM;
	if (start_timer(&fetch->phase_timer, limit_of_phase(fetch)) == 0)
		return 0;
	evtimer_del(&fetch->total_timer);
	return -ENOMEM;
}

void
lvn_http_fetch_stop_phase(struct levin_http_fetch *fetch)
{
	evtimer_del(&fetch->phase_timer);
}

void
lvn_http_fetch_enter(struct levin_http_fetch *fetch, enum levin_http_fetch_phase phase)
{
	fetch->phase = phase;
	if (start_timer(&fetch->phase_timer, limit_of_phase(fetch)) < 0)
		lvn_log_warnx("HTTP: no memory for a timeout");
}

/* ---- what the program hears ---- */

static struct levin_http_fetch_result
result_of(const struct levin_http_fetch *fetch, enum levin_http_fetch_end end, const char *reason)
{
	struct levin_http_fetch_result result = {
	    .end = end, .phase = fetch->phase, .reason = reason};

	result.url = fetch->url.text;
	if (fetch->has_head) {
		result.status = fetch->request->response_code;
		result.status_text = fetch->request->response_code_line;
		result.fields = fetch->request->input_headers;
	}
	result.body = fetch->body;
	result.body_size = fetch->body_size;
	result.is_reused = fetch->is_reused;
	result.sent_again = fetch->sent_again;
	result.redirects = fetch->redirects;
	result.duration_ns = duration_ns(fetch);
	return result;
}

bool
lvn_http_fetch_report_head(struct levin_http_fetch *fetch)
{
	struct levin_http_fetch_result result =
	    result_of(fetch, LEVIN_HTTP_FETCH_RESPONSE, "the head of a response has come");

	if (fetch->on_head)
		fetch->on_head(fetch, &result, fetch->arg);
	return fetch->state != HTTP_FETCH_ENDED;
}

bool
lvn_http_fetch_report_data(struct levin_http_fetch *fetch)
{
	if (fetch->on_data && !fetch->is_paused && evbuffer_get_length(fetch->body) > 0)
		fetch->on_data(fetch, fetch->body, fetch->arg);
	return fetch->state != HTTP_FETCH_ENDED;
}

bool
lvn_http_fetch_report_writable(struct levin_http_fetch *fetch)
{
	struct http_fetch_upload *upload = &fetch->upload;

	upload->is_due = false;
	if (fetch->state == HTTP_FETCH_SENT && upload->on_writable && !upload->waits &&
	    !upload->is_finished)
		upload->on_writable(fetch, fetch->arg);
	return fetch->state != HTTP_FETCH_ENDED;
}

void
lvn_http_fetch_list(struct levin_http_fetch *fetch)
{
	struct levin_http_client *client = fetch->client;

	if (fetch->is_listed)
		return;
	lvn_http_fetch_reference(fetch);
	fetch->is_listed = true;
	fetch->next_listed = client->listed;
	client->listed = fetch;
	event_active(client->pool.wake, EV_TIMEOUT, 0);
}

static void
count(struct levin_http_fetch *fetch, enum levin_http_fetch_end end)
{
	struct levin_http_client_statistics *statistics = &fetch->client->statistics;

	statistics->bytes += fetch->body_size;
	if (end == LEVIN_HTTP_FETCH_RESPONSE)
		statistics->responses++;
	else if (end == LEVIN_HTTP_FETCH_CANCELLED)
		statistics->cancelled++;
	else
		statistics->failed++;
}

void
lvn_http_fetch_end(
    struct levin_http_fetch *fetch, enum levin_http_fetch_end end, const char *reason)
{
	enum http_fetch_state state = fetch->state;
	struct levin_http_fetch_result result;

	if (state == HTTP_FETCH_ENDED)
		return;
	fetch->state = HTTP_FETCH_ENDED;
	unlink_fetch(fetch);
	if (state != HTTP_FETCH_NEW) {
		evtimer_del(&fetch->total_timer);
		evtimer_del(&fetch->phase_timer);
		lvn_http_pool_leave(&fetch->client->pool, &fetch->waiter);
		count(fetch, end);
		result = result_of(fetch, end, reason);
		fetch->on_end(fetch, &result, fetch->arg);
	}
	lvn_http_fetch_unreference(fetch);
}
