/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of the requests of servers: levin/http_server.h.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http_struct.h>
#include <levin/http_server.h>

#include "base/limit.h"
#include "base/private.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/http_server_connection.h"
#include "http/phase_limits.h"

static int
fail(int error)
{
	errno = error;
	return -1;
}

static struct http_exchange *
exchange_of(const struct evhttp_request *request)
{
	const struct http_request *of = (const struct http_request *)(const void *)request;

	return of->exchange;
}

const char *
levin_http_request_get_segment(const struct evhttp_request *req, const char *name)
{
	const struct http_exchange *exchange = exchange_of(req);

	return exchange ? lvn_http_fields_find(&exchange->segments, name) : NULL;
}

int
levin_http_request_read_body(struct evhttp_request *req, levin_http_body_fn *on_data,
    levin_http_body_end_fn *on_end, void *arg)
{
	struct http_exchange *exchange = exchange_of(req);

	if (exchange && exchange->has_ended)
		return fail(EPIPE);
	if (!exchange || exchange->body != HTTP_BODY_OFFERED || !on_end) {
		lvn_log_misuse(__func__, "the body was asked for already, or is not offered");
		return fail(EINVAL);
	}
	if (!req->evcon || req->evcon->current != req)
		return fail(EPIPE);
	exchange->body = HTTP_BODY_FLOWING;
	exchange->on_data = on_data;
	exchange->on_body_end = on_end;
	exchange->body_arg = arg;
	lvn_http_server_connection_read_body(req->evcon);
	return 0;
}

void
levin_http_request_pause_body(struct evhttp_request *req)
{
	struct http_exchange *exchange = exchange_of(req);

	if (exchange && exchange->body == HTTP_BODY_FLOWING)
		exchange->body = HTTP_BODY_PAUSED;
}

void
levin_http_request_resume_body(struct evhttp_request *req)
{
	struct http_exchange *exchange = exchange_of(req);

	if (!exchange || exchange->body != HTTP_BODY_PAUSED)
		return;
	exchange->body = HTTP_BODY_FLOWING;
	if (req->evcon && req->evcon->current == req) {
		lvn_http_phase_limits_restart_body(req->evcon);
		lvn_http_server_connection_wake(req->evcon);
	}
}

int
levin_http_request_limit_body(struct evhttp_request *req, int64_t size)
{
	struct http_exchange *exchange = exchange_of(req);

	if (!exchange || exchange->body == HTTP_BODY_GATHERED || !lvn_limit_is_valid(size))
		return fail(EINVAL);
	exchange->most_in_body = lvn_limit_exact(size);
	return 0;
}

struct evkeyvalq *
levin_http_request_get_trailers(struct evhttp_request *req)
{
	struct http_exchange *exchange = exchange_of(req);

	return exchange ? &exchange->trailers : NULL;
}

int
levin_http_request_set_end_callback(
    struct evhttp_request *req, levin_http_request_end_fn *callback, void *arg)
{
	struct http_exchange *exchange;

	if (!req->evcon)
		return fail(EPIPE);
	exchange = lvn_http_exchange_of(req);
	if (!exchange)
		return fail(ENOMEM);
	if (exchange->has_ended)
		return fail(EPIPE);
	exchange->on_end = callback;
	exchange->on_end_arg = arg;
	return 0;
}
