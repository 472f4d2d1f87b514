/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/client_request.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>

#include "base/private.h"
#include "http/fields.h"
#include "http/head_writer.h"
#include "http/method.h"
#include "http/syntax.h"

#define HTTP_PORT 80

/* What a head needs beside method, target, host and the fields of the program. */
#define OWN_SIZE 128

/* ---- the request ---- */

/* The name of a method, and whether a request with it says how long its body is.  May be NULL. */
static const char *
name_of(const struct http_client *client, uint32_t type, bool *has_body_out)
{
	const struct http_method *known = lvn_http_method_of_type(type);
	struct evhttp_ext_method method = {NULL, type, 0};

	*has_body_out = known && (known->flags & HTTP_METHOD_HAS_BODY);
	if (known)
		return known->name;
	if (!client->find_method || client->find_method(&method) != 0 || !method.method ||
	    !lvn_http_syntax_is_token(method.method, strlen(method.method)))
		return NULL;
	*has_body_out = (method.flags & EVHTTP_METHOD_HAS_BODY) != 0;
	return method.method;
}

/* An empty target is that of the root. */
static bool
can_be_target(const char *target)
{
	const char *end = target + strlen(target);

	for (const char *at = target; at < end; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			return false;
	return true;
}

int
lvn_http_client_request_prepare(struct http_client *client, struct evhttp_request *request,
    enum evhttp_cmd_type type, const char *target)
{
	bool has_body;
	char *copy;

	if (!name_of(client, (uint32_t)type, &has_body)) {
		lvn_log_misuse("evhttp_make_request", "the method is unknown");
		return -EINVAL;
	}
	if (!can_be_target(target)) {
		lvn_log_misuse("evhttp_make_request", "the target has a blank or a control in it");
		return -EINVAL;
	}
	copy = lvn_strdup(*target ? target : "/");
	if (!copy)
		return -ENOMEM;
	lvn_free(request->uri);
	request->uri = copy;
	request->kind = EVHTTP_RESPONSE;
	request->type = type;
	/* The program may have set the version 1.0. */
	if (request->major != 1)
		request->minor = 1;
	request->major = 1;
	return 0;
}

/* ---- sending it again ---- */

bool
lvn_http_client_request_is_unanswered(const struct http_client *client)
{
	const struct evhttp_connection *connection = &client->connection;

	return client->was_used && connection->phase == HTTP_PHASE_HEAD && client->interim == 0 &&
	       evbuffer_get_length(bufferevent_get_input(connection->bev)) == 0;
}

static bool
is_idempotent(const struct evhttp_request *request)
{
	const struct http_method *method = lvn_http_method_of_type((uint32_t)request->type);

	return method && (method->flags & HTTP_METHOD_IDEMPOTENT);
}

bool
lvn_http_client_request_may_be_sent_again(const struct http_client *client)
{
	return client->sends_again && !client->has_sent_body &&
	       lvn_http_client_request_is_unanswered(client) &&
	       is_idempotent(client->connection.current);
}

/* ---- its head ---- */

/* Behind the scheme of an absolute target, or what CONNECT is for; NULL for another target. */
static const char *
beginning_of_authority(const struct evhttp_request *request)
{
	const char *colon = strstr(request->uri, "://");

	if (request->type == EVHTTP_REQ_CONNECT)
		return request->uri;
	if (!colon || strcspn(request->uri, "/?#") < (size_t)(colon - request->uri))
		return NULL;
	return colon + strlen("://");
}

/* The host of the target with its port, without its user; NULL if the target has none. */
static const char *
authority_of(const struct evhttp_request *request, size_t *size_out)
{
	const char *at = beginning_of_authority(request);
	size_t size = at ? strcspn(at, "/?#") : 0;
	const char *user = size > 0 ? memchr(at, '@', size) : NULL;

	if (user) {
		size -= (size_t)(user + 1 - at);
		at = user + 1;
	}
	*size_out = size;
	return size > 0 ? at : NULL;
}

static void
put_own_host(struct writer *out, const struct http_client *client)
{
	const char *address = client->unix_path ? "localhost" : client->connection.address;
	bool is_6 = strchr(address, ':') != NULL;

	lvn_http_head_writer_put(out, is_6 ? "[" : "");
	lvn_http_head_writer_put(out, address);
	lvn_http_head_writer_put(out, is_6 ? "]" : "");
	if (!client->unix_path && client->connection.port != HTTP_PORT) {
		lvn_http_head_writer_put(out, ":");
		lvn_http_head_writer_put_number(out, client->connection.port);
	}
}

/* RFC 9112 3.2.2 and 3.2.3: a proxy needs the host of the target. */
static void
put_host(struct writer *out, const struct http_client *client, const struct evhttp_request *request)
{
	size_t size;
	const char *authority = authority_of(request, &size);

	lvn_http_head_writer_put(out, "Host: ");
	if (authority)
		lvn_write_bytes(out, authority, size);
	else
		put_own_host(out, client);
	lvn_http_head_writer_put(out, "\r\n");
}

static void
put_framing(struct writer *out, struct evhttp_request *request, bool has_body, size_t body_size)
{
	const struct http_request *own = lvn_http_request_of(request);

	if (own->is_streamed && !own->is_sized) {
		lvn_http_head_writer_put(out, "Transfer-Encoding: chunked\r\n");
	} else if (own->is_streamed || has_body || body_size > 0) {
		lvn_http_head_writer_put(out, "Content-Length: ");
		lvn_http_head_writer_put_number(out, own->is_streamed ? own->left : body_size);
		lvn_http_head_writer_put(out, "\r\n");
	}
}

static void
put_head(struct writer *out, const struct http_client *client, struct evhttp_request *request,
    const struct http_told *told, size_t body_size)
{
	bool has_body;

	lvn_http_head_writer_put(out, name_of(client, (uint32_t)request->type, &has_body));
	lvn_http_head_writer_put(out, " ");
	lvn_http_head_writer_put(out, request->uri);
	lvn_http_head_writer_put(out, request->minor == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
	if (!(told->own & HTTP_OWN_HOST))
		put_host(out, client, request);
	lvn_http_head_writer_put_fields(out, request->output_headers);
	put_framing(out, request, has_body, body_size);
	lvn_http_head_writer_put(out, "\r\n");
}

int
lvn_http_client_request_write(struct http_client *client, struct evhttp_request *request)
{
	struct evhttp_connection *connection = &client->connection;
	struct evbuffer *output = bufferevent_get_output(connection->bev);
	struct http_told told = lvn_http_head_writer_settle(request->output_headers);
	struct http_head_space space;
	bool has_body;
	const char *method = name_of(client, (uint32_t)request->type, &has_body);
	size_t size;

	if ((told.own & HTTP_OWN_CONNECTION) &&
	    lvn_http_fields_have_token(request->output_headers, "Connection", "close"))
		connection->must_close = true;
	size = OWN_SIZE + (method ? strlen(method) : 0) + 2 * strlen(request->uri) +
	       strlen(connection->address) + told.size;
	if (!method || lvn_http_head_writer_begin(&space, size) < 0)
		return -ENOMEM;
	put_head(&space.out, client, request, &told, evbuffer_get_length(request->output_buffer));
	if (lvn_http_head_writer_end(&space, output) < 0)
		return -ENOMEM;
	return evbuffer_add_buffer(output, request->output_buffer) < 0 ? -ENOMEM : 0;
}

/* ---- the response ---- */

int
lvn_http_client_request_fill(
    struct evhttp_request *request, const struct http_head *head, size_t head_size)
{
	if (lvn_http_request_set_reason(request, head->reason) < 0)
		return -ENOMEM;
	request->response_code = head->status;
	request->major = (char)head->major;
	request->minor = (char)head->minor;
	request->headers_size = head_size;
	return lvn_http_request_copy_fields(request, head);
}
