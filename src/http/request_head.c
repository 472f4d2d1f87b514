/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/request_head.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/method.h"
#include "http/request.h"
#include "http/router.h"
#include "http/server.h"
#include "http/uri.h"

/* The bit of the method; 0 if it is unknown. */
static uint32_t
type_of(struct evhttp_connection *connection, struct http_slice name)
{
	const struct http_method *known = lvn_http_method_find(name.at, name.size);
	evhttp_ext_method_cb find = connection->server->find_method;
	struct evhttp_ext_method method = {NULL, 0, 0};
	char *text;
	int found;

	if (known)
		return known->type;
	text = find ? lvn_http_request_copy_text(name) : NULL;
	if (!text)
		return 0;
	method.method = text;
	found = find(&method);
	lvn_free(text);
	return found == 0 ? method.type : 0;
}

/* "example.org:443" */
static int
parse_authority(struct evhttp_request *request, struct http_slice target)
{
	struct evbuffer *text = evbuffer_new();
	int rc = -ENOMEM;

	if (text && evbuffer_add_printf(text, "//%.*s", (int)target.size, target.at) > 0)
		rc = lvn_http_uri_parse((const char *)evbuffer_pullup(text, -1),
		    evbuffer_get_length(text), EVHTTP_URI_NONCONFORMANT, &request->uri_elems);
	if (text)
		evbuffer_free(text);
	return rc == -EINVAL ? HTTP_BADREQUEST : rc;
}

/*
 * Only the absolute form and that of CONNECT have an authority (RFC 9112 3.2).  Returns 0, a
 * status to refuse the request with, or -1 without memory.
 */
static int
parse_target(struct evhttp_request *request, struct http_slice target)
{
	union http_request_uri *own = &lvn_http_request_of(request)->own_uri;
	unsigned flags = EVHTTP_URI_NONCONFORMANT;
	int rc;

	if (request->type == EVHTTP_REQ_CONNECT)
		return parse_authority(request, target);
	if (target.at[0] == '/' || target.at[0] == '*')
		flags |= LVN_HTTP_URI_ORIGIN_FORM;
	rc = lvn_http_uri_parse_into(
	    &own->uri, sizeof(*own), target.at, target.size, flags, &request->uri_elems);
	return rc == -EINVAL ? HTTP_BADREQUEST : rc;
}

/* A target with a host that is not one of ours is for a proxy. */
static void
note_proxy(struct evhttp *server, struct evhttp_request *request)
{
	const char *scheme = evhttp_uri_get_scheme(request->uri_elems);
	const char *host = evhttp_uri_get_host(request->uri_elems);

	if (scheme && host && !lvn_http_router_knows_host(server, host))
		request->flags |= EVHTTP_PROXY_REQUEST;
}

int
lvn_http_request_head_read(struct evhttp_connection *connection, const struct http_head *head)
{
	struct evhttp_request *request = connection->current;
	int rc;

	request->headers_size = connection->reader.head_size;
	request->major = (char)head->major;
	request->minor = (char)head->minor;
	request->uri = lvn_http_request_copy_text(head->target);
	if (!request->uri || lvn_http_request_copy_fields(request, head) < 0)
		return -1;
	request->type = (enum evhttp_cmd_type)type_of(connection, head->method);
	rc = parse_target(request, head->target);
	if (rc != 0)
		return rc;
	note_proxy(connection->server, request);
	return lvn_http_framing_of_request(
	    head, connection->reader.lenient, &connection->reader.framing, &connection->reader.why);
}
