/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of requests: event2/http.h.
 */
#include <event2/http.h>
#include <event2/http_struct.h>
#include <string.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/fields.h"
#include "http/request.h"

struct evhttp_request *
evhttp_request_new(void (*cb)(struct evhttp_request *, void *), void *arg)
{
	return lvn_http_request_new(cb, arg);
}

void
evhttp_request_free(struct evhttp_request *req)
{
	lvn_http_connection_free_request(req);
}

void
evhttp_request_own(struct evhttp_request *req)
{
	req->flags |= EVHTTP_USER_OWNED;
}

int
evhttp_request_is_owned(struct evhttp_request *req)
{
	return (req->flags & EVHTTP_USER_OWNED) != 0;
}

/* ---- callbacks ---- */

void
evhttp_request_set_chunked_cb(
    struct evhttp_request *req, void (*cb)(struct evhttp_request *, void *))
{
	req->chunk_cb = cb;
}

void
evhttp_request_set_header_cb(struct evhttp_request *req, int (*cb)(struct evhttp_request *, void *))
{
	req->header_cb = cb;
}

void
evhttp_request_set_error_cb(
    struct evhttp_request *req, void (*cb)(enum evhttp_request_error, void *))
{
	req->error_cb = cb;
}

void
evhttp_request_set_on_complete_cb(
    struct evhttp_request *req, void (*cb)(struct evhttp_request *, void *), void *cb_arg)
{
	req->on_complete_cb = cb;
	req->on_complete_cb_arg = cb_arg;
}

/* ---- what it holds ---- */

struct evhttp_connection *
evhttp_request_get_connection(struct evhttp_request *req)
{
	return req->evcon;
}

const char *
evhttp_request_get_uri(const struct evhttp_request *req)
{
	return req->uri;
}

const struct evhttp_uri *
evhttp_request_get_evhttp_uri(const struct evhttp_request *req)
{
	return req->uri_elems;
}

enum evhttp_cmd_type
evhttp_request_get_command(const struct evhttp_request *req)
{
	return req->type;
}

int
evhttp_request_get_response_code(const struct evhttp_request *req)
{
	return req->response_code;
}

const char *
evhttp_request_get_response_code_line(const struct evhttp_request *req)
{
	return req->response_code_line;
}

struct evkeyvalq *
evhttp_request_get_input_headers(struct evhttp_request *req)
{
	return req->input_headers;
}

struct evkeyvalq *
evhttp_request_get_output_headers(struct evhttp_request *req)
{
	return req->output_headers;
}

struct evbuffer *
evhttp_request_get_input_buffer(struct evhttp_request *req)
{
	return req->input_buffer;
}

struct evbuffer *
evhttp_request_get_output_buffer(struct evhttp_request *req)
{
	return req->output_buffer;
}

/* The size of a host without the port behind it. */
static size_t
size_without_port(const char *host)
{
	size_t size = strlen(host);
	size_t end = size;

	while (end > 0 && host[end - 1] >= '0' && host[end - 1] <= '9')
		end--;
	return end > 0 && host[end - 1] == ':' ? end - 1 : size;
}

const char *
evhttp_request_get_host(struct evhttp_request *req)
{
	const char *host = req->uri_elems ? evhttp_uri_get_host(req->uri_elems) : NULL;
	size_t size;

	if (req->host_cache)
		return req->host_cache;
	if (!host)
		host = lvn_http_fields_find(req->input_headers, "Host");
	if (!host)
		return NULL;
	size = size_without_port(host);
	req->host_cache = lvn_alloc(size + 1);
	if (!req->host_cache)
		return NULL;
	memcpy(req->host_cache, host, size);
	req->host_cache[size] = '\0';
	return req->host_cache;
}
