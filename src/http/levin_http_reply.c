/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of replies: levin/http_server.h.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http_struct.h>
#include <levin/http_server.h>
#include <string.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/reply.h"
#include "http/reply_stream.h"
#include "http/syntax.h"
#include "http/trailer.h"

static int
fail(int error)
{
	errno = error;
	return -1;
}

/* Returns 0, or -1 with errno: the connection has gone, or no such call is due. */
static int
check(struct evhttp_request *request, bool starts, const char *caller)
{
	if (lvn_http_reply_is_lost(request, false))
		return fail(EPIPE);
	return lvn_http_reply_is_owed(request, starts, caller) ? 0 : fail(EINVAL);
}

static int
result(int rc)
{
	return rc < 0 ? fail(-rc) : rc;
}

int
levin_http_reply_start(struct evhttp_request *req, int code, const char *reason, int64_t size)
{
	if (check(req, true, __func__) < 0)
		return -1;
	return result(lvn_http_reply_stream_start(req, code, reason, size));
}

int
levin_http_reply_write(struct evhttp_request *req, struct evbuffer *data)
{
	if (check(req, false, __func__) < 0)
		return -1;
	return result(lvn_http_reply_stream_write(req, data));
}

int
levin_http_reply_set_writable_callback(
    struct evhttp_request *req, size_t most_unsent, levin_http_writable_fn *callback, void *arg)
{
	struct http_exchange *exchange;

	if (!req->evcon)
		return fail(EPIPE);
	exchange = lvn_http_exchange_of(req);
	if (!exchange)
		return fail(ENOMEM);
	exchange->most_unsent = most_unsent ? most_unsent : LVN_HTTP_MOST_UNSENT;
	exchange->on_writable = callback;
	exchange->on_writable_arg = arg;
	return 0;
}

int
levin_http_reply_add_trailer(struct evhttp_request *req, const char *name, const char *value)
{
	struct http_exchange *exchange;

	if (!req->evcon)
		return fail(EPIPE);
	if (!lvn_http_syntax_is_token(name, strlen(name)) ||
	    !lvn_http_syntax_is_value(value, strlen(value)) ||
	    !lvn_http_trailer_is_allowed(lvn_http_slice_of(name)))
		return fail(EINVAL);
	exchange = lvn_http_exchange_of(req);
	if (!exchange || lvn_http_fields_add(&exchange->reply_trailers, name, strlen(name), value,
			     strlen(value)) < 0)
		return fail(ENOMEM);
	return 0;
}

int
levin_http_reply_end(struct evhttp_request *req)
{
	if (lvn_http_reply_is_lost(req, true))
		return fail(EPIPE);
	if (check(req, false, __func__) < 0)
		return -1;
	return result(lvn_http_reply_stream_end(req));
}
