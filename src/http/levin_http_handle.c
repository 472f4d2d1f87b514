/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of handles, with which other threads reply: levin/http_server.h.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http_struct.h>
#include <levin/http_server.h>
#include <levin/post.h>
#include <string.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/reply.h"
#include "http/request_handle.h"

static int
fail(int error)
{
	errno = error;
	return -1;
}

struct levin_http_handle *
levin_http_request_get_handle(struct evhttp_request *req)
{
	struct http_exchange *exchange = req->evcon ? lvn_http_exchange_of(req) : NULL;

	if (!exchange || exchange->has_ended) {
		errno = req->evcon && !exchange ? ENOMEM : EPIPE;
		return NULL;
	}
	if (!exchange->handle)
		exchange->handle = lvn_http_request_handle_new(exchange->base, req);
	if (!exchange->handle) {
		errno = ENOMEM;
		return NULL;
	}
	lvn_http_request_handle_reference(exchange->handle);
	return exchange->handle;
}

void
levin_http_handle_free(struct levin_http_handle *handle)
{
	lvn_http_request_handle_unreference(handle);
}

/* ---- what is on its way to the loop ---- */

struct message {
	struct levin_http_handle *handle;
	levin_http_handle_fn *call;
	void *arg;
};

static void
deliver(void *arg)
{
	struct message *message = arg;
	struct evhttp_request *request = message->handle->request;

	if (request)
		lvn_http_request_enter(request);
	message->call(request, message->arg);
	if (request)
		(void)lvn_http_connection_leave_request(request);
	lvn_http_request_handle_unreference(message->handle);
	lvn_free(message);
}

int
levin_http_handle_post(struct levin_http_handle *handle, levin_http_handle_fn *callback, void *arg)
{
	struct message *message;

	if (!handle || !callback)
		return fail(EINVAL);
	message = lvn_calloc(1, sizeof(*message));
	if (!message)
		return fail(ENOMEM);
	*message = (struct message){handle, callback, arg};
	lvn_http_request_handle_reference(handle);
	if (levin_post(handle->base, deliver, message) == 0)
		return 0;
	lvn_http_request_handle_unreference(handle);
	lvn_free(message);
	return fail(ENOMEM);
}

/* ---- whole replies ---- */

struct posted_reply {
	int code;
	char *reason;
	char *content_type;
	struct evbuffer *body;
};

static void
free_reply(struct posted_reply *reply)
{
	if (!reply)
		return;
	if (reply->body)
		evbuffer_free(reply->body);
	lvn_free(reply->reason);
	lvn_free(reply->content_type);
	lvn_free(reply);
}

static struct posted_reply *
new_reply(int code, const char *reason, const char *content_type)
{
	struct posted_reply *reply = lvn_calloc(1, sizeof(*reply));

	if (!reply)
		return NULL;
	reply->code = code;
	reply->body = evbuffer_new();
	reply->reason = reason ? lvn_strdup(reason) : NULL;
	reply->content_type = content_type ? lvn_strdup(content_type) : NULL;
	if (reply->body && (reply->reason || !reason) && (reply->content_type || !content_type))
		return reply;
	free_reply(reply);
	return NULL;
}

static void
send_reply(struct evhttp_request *request, void *arg)
{
	static const char name[] = "Content-Type";
	struct posted_reply *reply = arg;
	const char *type = reply->content_type;

	if (request && request->evcon && !request->evcon->has_failed &&
	    lvn_http_reply_is_owed(request, true, "levin_http_handle_reply")) {
		if (type && lvn_http_fields_add(request->output_headers, name, sizeof(name) - 1,
				type, strlen(type)) < 0)
			lvn_http_reply_send_error(request, HTTP_INTERNAL, NULL);
		else
			lvn_http_reply_send(request, reply->code, reply->reason, reply->body);
	}
	free_reply(reply);
}

int
levin_http_handle_reply(struct levin_http_handle *handle, int code, const char *reason,
    const char *content_type, struct evbuffer *body)
{
	struct posted_reply *reply = new_reply(code, reason, content_type);

	if (!reply || (body && evbuffer_add_buffer(reply->body, body) < 0)) {
		free_reply(reply);
		return fail(ENOMEM);
	}
	if (levin_http_handle_post(handle, send_reply, reply) == 0)
		return 0;
	/* What was taken is given back. */
	if (body)
		(void)evbuffer_add_buffer(body, reply->body);
	free_reply(reply);
	return -1;
}
