/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/reply_stream.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <string.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/reply.h"

static size_t
unsent(const struct evhttp_request *request)
{
	return evbuffer_get_length(bufferevent_get_output(request->evcon->bev));
}

static int
result_of(const struct evhttp_request *request)
{
	return request->evcon->has_failed ? -ENOMEM : 0;
}

static int
announce(struct evhttp_request *request, int64_t size)
{
	static const char name[] = "Content-Length";
	char text[24];

	lvn_http_fields_remove_all(request->output_headers, name);
	if (size < 0)
		return 0;
	evutil_snprintf(text, sizeof(text), "%lld", (long long)size);
	return lvn_http_fields_add(
	    request->output_headers, name, sizeof(name) - 1, text, strlen(text));
}

int
lvn_http_reply_stream_start(
    struct evhttp_request *request, int code, const char *reason, int64_t size)
{
	if (!lvn_http_exchange_of(request) || announce(request, size) < 0) {
		lvn_http_connection_fail_later(request->evcon);
		return -ENOMEM;
	}
	lvn_http_reply_start(request, code, reason);
	return result_of(request);
}

/* ---- back-pressure ---- */

/* The stream reports less than half of the mark, and not only the end of the output. */
static void
wait_for_less(struct evhttp_request *request, struct http_exchange *exchange)
{
	exchange->is_over_mark = true;
	bufferevent_setwatermark(request->evcon->bev, EV_WRITE, exchange->most_unsent / 2, 0);
}

static void
wait_no_more(struct evhttp_connection *connection, struct http_exchange *exchange)
{
	exchange->is_over_mark = false;
	bufferevent_setwatermark(connection->bev, EV_WRITE, 0, 0);
}

int
lvn_http_reply_stream_write(struct evhttp_request *request, struct evbuffer *data)
{
	struct http_request *reply = lvn_http_request_of(request);
	struct http_exchange *exchange = lvn_http_exchange_of(request);
	size_t size = evbuffer_get_length(data);

	if (!exchange)
		return -ENOMEM;
	if (reply->is_sized && size > reply->left)
		return -EMSGSIZE;
	(void)lvn_http_reply_send_chunk(request, data);
	if (request->evcon->has_failed)
		return -ENOMEM;
	if (unsent(request) <= exchange->most_unsent)
		return 0;
	wait_for_less(request, exchange);
	return 1;
}

int
lvn_http_reply_stream_end(struct evhttp_request *request)
{
	struct evhttp_connection *connection = request->evcon;
	struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	if (exchange && exchange->is_over_mark)
		wait_no_more(connection, exchange);
	lvn_http_reply_end(request);
	return connection->has_failed ? -ENOMEM : 0;
}

void
lvn_http_reply_stream_on_written(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	if (!exchange->is_over_mark || unsent(request) > exchange->most_unsent / 2)
		return;
	wait_no_more(connection, exchange);
	if (!exchange->on_writable)
		return;
	lvn_http_request_enter(request);
	exchange->on_writable(request, exchange->on_writable_arg);
	(void)lvn_http_connection_leave_request(request);
}
