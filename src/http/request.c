/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/request.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stddef.h>
#include <string.h>

#include "base/private.h"
#include "http/exchange.h"
#include "http/fields.h"

struct evhttp_request *
lvn_http_request_new(void (*callback)(struct evhttp_request *, void *), void *arg)
{
	struct http_request *http_request = lvn_alloc(sizeof(*http_request));
	struct evhttp_request *request;

	if (!http_request)
		return NULL;
	memset(http_request, 0, offsetof(struct http_request, own_uri));
	request = &http_request->request;
	lvn_http_fields_init(&http_request->received);
	lvn_http_fields_init(&http_request->to_send);
	request->input_headers = &http_request->received;
	request->output_headers = &http_request->to_send;
	request->kind = EVHTTP_RESPONSE;
	request->cb = callback;
	request->cb_arg = arg;
	request->input_buffer = evbuffer_new();
	request->output_buffer = evbuffer_new();
	if (request->input_buffer && request->output_buffer)
		return request;
	lvn_http_request_free(request);
	return NULL;
}

/* A program may have put a text of its own there. */
static void
free_reason(struct evhttp_request *request)
{
	if (request->response_code_line != lvn_http_request_of(request)->reason)
		lvn_free(request->response_code_line);
}

void
lvn_http_request_free(struct evhttp_request *request)
{
	struct http_request *http_request;

	if (!request)
		return;
	http_request = lvn_http_request_of(request);
	lvn_http_fields_clear(&http_request->received);
	lvn_http_fields_clear(&http_request->to_send);
	if (request->remote_host != http_request->remote_host)
		lvn_free(request->remote_host);
	lvn_free(request->host_cache);
	lvn_free(request->uri);
	evhttp_uri_free(request->uri_elems);
	lvn_http_exchange_free(http_request->exchange);
	free_reason(request);
	if (request->input_buffer)
		evbuffer_free(request->input_buffer);
	if (request->output_buffer)
		evbuffer_free(request->output_buffer);
	lvn_free(http_request);
}

char *
lvn_http_request_copy_text(struct http_slice text)
{
	char *copy = lvn_alloc(text.size + 1);

	if (!copy)
		return NULL;
	if (text.size > 0)
		memcpy(copy, text.at, text.size);
	copy[text.size] = '\0';
	return copy;
}

int
lvn_http_request_set_reason(struct evhttp_request *request, struct http_slice reason)
{
	char *own = lvn_http_request_of(request)->reason;
	char *copy = reason.size < LVN_HTTP_STATUS_TEXT_SIZE ? own : lvn_alloc(reason.size + 1);

	if (!copy)
		return -ENOMEM;
	if (reason.size > 0)
		memmove(copy, reason.at, reason.size);
	copy[reason.size] = '\0';
	free_reason(request);
	request->response_code_line = copy;
	return 0;
}

int
lvn_http_request_copy_fields(struct evhttp_request *request, const struct http_head *head)
{
	for (unsigned i = 0; i < head->field_count; i++) {
		const struct http_field *field = &head->fields[i];

		if (lvn_http_fields_add(request->input_headers, field->name.at, field->name.size,
			field->value.at, field->value.size) < 0)
			return -ENOMEM;
	}
	return 0;
}

void
lvn_http_request_enter(struct evhttp_request *request)
{
	lvn_http_request_of(request)->callbacks++;
	request->flags |= EVHTTP_REQ_DEFER_FREE;
}

void
lvn_http_request_detach(struct evhttp_request *request)
{
	request->evcon = NULL;
	if (request->flags & EVHTTP_USER_OWNED)
		return;
	if (request->flags & EVHTTP_REQ_DEFER_FREE)
		request->flags |= EVHTTP_REQ_NEEDS_FREE;
	else
		lvn_http_request_free(request);
}
