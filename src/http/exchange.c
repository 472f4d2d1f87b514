/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/exchange.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>

#include "base/private.h"
#include "http/access_log.h"
#include "http/connection.h"
#include "http/fields.h"
#include "http/head.h"
#include "http/request_handle.h"

struct http_exchange *
lvn_http_exchange_of(struct evhttp_request *request)
{
	struct http_request *http_request = lvn_http_request_of(request);
	struct http_exchange *exchange = http_request->exchange;

	if (exchange)
		return exchange;
	exchange = lvn_calloc(1, sizeof(*exchange));
	if (!exchange)
		return NULL;
	lvn_http_fields_init(&exchange->segments);
	lvn_http_fields_init(&exchange->trailers);
	lvn_http_fields_init(&exchange->reply_trailers);
	exchange->most_unsent = LVN_HTTP_MOST_UNSENT;
	exchange->most_in_body = UINT64_MAX;
	exchange->base = request->evcon ? request->evcon->base : NULL;
	http_request->exchange = exchange;
	return exchange;
}

int
lvn_http_exchange_begin(struct evhttp_request *request, struct http_service *service)
{
	struct http_exchange *exchange = lvn_http_exchange_of(request);
	struct timeval now;

	if (!exchange)
		return -ENOMEM;
	exchange->service = service;
	service->references++;
	service->stats.requests++;
	if (service->log) {
		event_base_gettimeofday_cached(request->evcon->base, &now);
		exchange->began_s = now.tv_sec;
	}
	lvn_http_exchange_mark(request, HTTP_MARK_BEGAN);
	return 0;
}

int64_t
lvn_http_exchange_now_us(const struct evhttp_request *request)
{
	const struct http_request *of = (const struct http_request *)(const void *)request;
	struct timeval now = {0, 0};

	event_gettime_monotonic(of->exchange->base, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_usec;
}

void
lvn_http_exchange_mark(struct evhttp_request *request, enum http_mark mark)
{
	struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	if (exchange && exchange->service && exchange->service->log)
		exchange->marks_us[mark] = lvn_http_exchange_now_us(request);
}

void
lvn_http_exchange_free(struct http_exchange *exchange)
{
	if (!exchange)
		return;
	if (exchange->handle)
		exchange->handle->request = NULL;
	lvn_http_request_handle_unreference(exchange->handle);
	lvn_http_service_unreference(exchange->service);
	lvn_http_fields_clear(&exchange->segments);
	lvn_http_fields_clear(&exchange->trailers);
	lvn_http_fields_clear(&exchange->reply_trailers);
	lvn_free(exchange);
}

/* ---- its route ---- */

bool
lvn_http_exchange_dispatch(struct evhttp_request *request)
{
	struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	if (!lvn_http_exchange_has_route(request))
		return false;
	if (lvn_http_exchange_streams(request))
		lvn_http_exchange_end_body(request, LEVIN_HTTP_COMPLETED);
	else
		exchange->route.call(request, exchange->route.arg);
	return true;
}

/* ---- its body ---- */

bool
lvn_http_exchange_lacks_body(struct evhttp_request *request)
{
	return lvn_http_exchange_streams(request) && request->evcon->phase == HTTP_PHASE_BODY &&
	       request->evcon->reader.framing.body != HTTP_BODY_NONE;
}

int
lvn_http_exchange_add_trailer(void *arg, const struct http_field *field)
{
	struct http_exchange *exchange = arg;

	return lvn_http_fields_add(&exchange->trailers, field->name.at, field->name.size,
	    field->value.at, field->value.size);
}

void
lvn_http_exchange_deliver(struct evhttp_request *request)
{
	struct http_exchange *exchange = lvn_http_request_of(request)->exchange;
	struct evbuffer *piece = request->input_buffer;

	if (!exchange->on_data || evbuffer_get_length(piece) == 0)
		return;
	exchange->on_data(request, piece, exchange->body_arg);
}

void
lvn_http_exchange_end_body(struct evhttp_request *request, enum levin_http_end end)
{
	struct http_exchange *exchange = lvn_http_request_of(request)->exchange;
	levin_http_body_end_fn *on_end = exchange ? exchange->on_body_end : NULL;

	if (!exchange || exchange->body == HTTP_BODY_GATHERED)
		return;
	exchange->body = HTTP_BODY_ENDED;
	exchange->on_body_end = NULL;
	exchange->on_data = NULL;
	if (!on_end)
		return;
	exchange->is_body_lost = end != LEVIN_HTTP_COMPLETED;
	on_end(request, end, exchange->body_arg);
}

/* ---- its end ---- */

void
lvn_http_exchange_end(struct evhttp_request *request, enum levin_http_end end)
{
	struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	if (!exchange || exchange->has_ended)
		return;
	exchange->has_ended = true;
	if (exchange->handle)
		exchange->handle->request = NULL;
	if (end == LEVIN_HTTP_COMPLETED && exchange->is_cut_short)
		end = LEVIN_HTTP_FAILED;
	/* A reply that came before the end of the body has cancelled the rest of it. */
	lvn_http_exchange_end_body(
	    request, end == LEVIN_HTTP_COMPLETED ? LEVIN_HTTP_CANCELLED : end);
	if (exchange->service) {
		if (exchange->service->log)
			exchange->ended_us = lvn_http_exchange_now_us(request);
		lvn_http_access_log_end(request, end);
	}
	if (exchange->on_end)
		exchange->on_end(request, end, exchange->on_end_arg);
}
