/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/reply.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/private.h"
#include "http/chunked.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/head_writer.h"
#include "http/method.h"
#include "http/server.h"
#include "http/status.h"
#include "http/syntax.h"

/* The first code of redirections, behind those of successes. */
#define REDIRECTIONS 300

#define REQUEST_TIMEOUT 408

/* What a head needs beside the reason and the fields of the program. */
#define OWN_FIELDS_SIZE 512
/* Shorter bodies are copied behind the head: the system is given one extent instead of two. */
#define COPIED_BODY_SIZE 1024

bool
lvn_http_reply_is_owed(struct evhttp_request *request, bool starts, const char *caller)
{
	struct evhttp_connection *connection = request->evcon;

	if (!connection->server || connection->current != request ||
	    (connection->phase != HTTP_PHASE_BODY && connection->phase != HTTP_PHASE_REPLY)) {
		lvn_log_misuse(caller, "no reply to this request is owed");
		return false;
	}
	if (lvn_http_request_of(request)->has_started == starts) {
		lvn_log_misuse(
		    caller, starts ? "the reply has begun already" : "the reply has not begun yet");
		return false;
	}
	return true;
}

bool
lvn_http_reply_is_lost(struct evhttp_request *request, bool ends)
{
	struct evhttp_connection *connection = request->evcon;

	if (connection && !(connection->has_failed && connection->current == request))
		return false;
	if (ends && !connection)
		lvn_http_request_detach(request);
	else if (ends)
		request->userdone = 1;
	return true;
}

/* ---- what the program has set ---- */

static int
set_reason(struct evhttp_request *request, int code, const char *reason)
{
	struct http_slice text = lvn_http_slice_of(reason ? reason : lvn_http_status_text(code));

	if (reason && !lvn_http_syntax_is_value(text.at, text.size)) {
		lvn_log_warnx("HTTP: a reason that cannot be sent is left out");
		text = lvn_http_slice_of(lvn_http_status_text(code));
	}
	request->response_code = code;
	return lvn_http_request_set_reason(request, text);
}

/* ---- the head ---- */

static void
put_status_line(struct writer *out, struct evhttp_request *request)
{
	lvn_http_head_writer_put(out, "HTTP/1.");
	lvn_http_head_writer_put(
	    out, request->minor > 0 || lvn_http_request_of(request)->is_error ? "1 " : "0 ");
	if (request->response_code < 0)
		lvn_http_head_writer_put(out, "-");
	lvn_http_head_writer_put_number(
	    out, (uint64_t)(request->response_code < 0 ? -(int64_t)request->response_code
						       : request->response_code));
	lvn_http_head_writer_put(out, " ");
	lvn_http_head_writer_put(out, request->response_code_line);
	lvn_http_head_writer_put(out, "\r\n");
}

/* What the head says: the fields of the program, and the size of the body, if it is known. */
struct shape {
	struct http_told told;
	bool has_size;
	uint64_t size;
};

/*
 * Of 405, and of what routes for other methods answer to OPTIONS; unless the program has set the
 * field: of the server, or of the routes for the path.
 */
static void
put_allowed(struct writer *out, const struct evhttp_request *request, const struct shape *shape)
{
	const struct http_exchange *exchange =
	    ((const struct http_request *)(const void *)request)->exchange;
	uint32_t methods = request->evcon->server->methods;
	const char *comma = "";
	bool is_of_path = exchange && exchange->allowed;

	if ((request->response_code != HTTP_BADMETHOD && !is_of_path) ||
	    (shape->told.own & HTTP_OWN_ALLOW))
		return;
	if (is_of_path)
		methods = exchange->allowed;

	lvn_http_head_writer_put(out, "Allow: ");
	for (uint32_t type = 1; type && type <= methods; type <<= 1) {
		const struct http_method *method = lvn_http_method_of_type(methods & type);

		if (!method)
			continue;
		lvn_http_head_writer_put(out, comma);
		lvn_http_head_writer_put(out, method->name);
		comma = ", ";
	}
	lvn_http_head_writer_put(out, "\r\n");
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static const char *
date_of(struct evhttp *server)
{
	struct timeval now;

	event_base_gettimeofday_cached(server->base, &now);
	return lvn_http_date_text(&server->date, now.tv_sec);
}

/* An empty redirection or error has no type; an empty success has one, as with libevent. */
static bool
needs_type(struct evhttp_request *request, const struct shape *shape)
{
	int code = request->response_code;

	if (!request->evcon->server->content_type || !lvn_http_status_has_body(code) ||
	    (code >= REDIRECTIONS && shape->has_size && shape->size == 0))
		return false;
	return !(shape->told.own & HTTP_OWN_CONTENT_TYPE);
}

static void
put_own_fields(struct writer *out, struct evhttp_request *request, const struct shape *shape)
{
	struct http_request *reply = lvn_http_request_of(request);
	struct evhttp *server = request->evcon->server;
	bool has_content = lvn_http_status_has_body(request->response_code);

	if (request->chunked)
		lvn_http_head_writer_put_field(out, "Transfer-Encoding", "chunked");
	if (!(shape->told.own & HTTP_OWN_DATE))
		lvn_http_head_writer_put_field(out, "Date", date_of(server));
	if (!request->chunked && shape->has_size && has_content) {
		lvn_http_head_writer_put(out, "Content-Length: ");
		lvn_http_head_writer_put_number(out, shape->size);
		lvn_http_head_writer_put(out, "\r\n");
	}
	if (needs_type(request, shape))
		lvn_http_head_writer_put_field(out, "Content-Type", server->content_type);
	if (reply->is_kept && request->minor == 0)
		lvn_http_head_writer_put_field(out, "Connection", "keep-alive");
	else if (!reply->is_kept)
		lvn_http_head_writer_put_field(out, "Connection", "close");
	put_allowed(out, request, shape);
}

/* For the access log. */
static void
count(struct evhttp_request *request, size_t size)
{
	struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	if (!exchange)
		return;
	if (exchange->bytes_out == 0)
		lvn_http_exchange_mark(request, HTTP_MARK_REPLY);
	exchange->bytes_out += size;
}

static size_t
size_of_head(const struct evhttp_request *request, const struct shape *shape)
{
	const struct evhttp *server = request->evcon->server;
	size_t size = OWN_FIELDS_SIZE + strlen(request->response_code_line) + shape->told.size;

	if (server->content_type)
		size += strlen(server->content_type);
	return size;
}

/* What cannot be read, a part of a file perhaps, stays in the body. */
static void
put_body(struct writer *out, struct evbuffer *body, size_t size)
{
	int moved = evbuffer_remove(body, out->at, size);

	if (moved > 0)
		out->at += moved;
}

/* With so many bytes of the body behind it. */
static int
write_head(
    struct evhttp_request *request, const struct shape *shape, struct evbuffer *body, size_t size)
{
	struct http_head_space space;
	struct writer *out = &space.out;

	if (lvn_http_head_writer_begin(&space, size_of_head(request, shape) + size) < 0)
		return -1;
	put_status_line(out, request);
	lvn_http_head_writer_put_fields(out, request->output_headers);
	put_own_fields(out, request, shape);
	lvn_http_head_writer_put(out, "\r\n");
	LVN_ASSERT(!out->overrun && size <= lvn_writer_left(out));
	if (size > 0)
		put_body(out, body, size);
	count(request, lvn_http_head_writer_written(&space));
	return lvn_http_head_writer_end(&space, bufferevent_get_output(request->evcon->bev));
}

/* A field Connection of the program with "close" counts, and is written once. */
static void
settle_connection(struct evhttp_request *request)
{
	struct evhttp_connection *connection = request->evcon;
	struct evkeyvalq *fields = request->output_headers;

	if (lvn_http_fields_have_token(fields, "Connection", "close"))
		connection->must_close = true;
	if (connection->must_close ||
	    lvn_http_fields_have_token(fields, "Connection", "keep-alive"))
		lvn_http_fields_remove_all(fields, "Connection");
}

/*
 * Decides whether the connection stays, and whether there is a body.  Returns what the program
 * has said, and the size that it announced.
 */
static struct shape
settle(struct evhttp_request *request, int code)
{
	struct http_request *reply = lvn_http_request_of(request);
	struct shape shape = {.told = lvn_http_head_writer_settle(request->output_headers)};

	shape.has_size = shape.told.has_length;
	shape.size = shape.told.length;
	if (shape.told.own & HTTP_OWN_CONNECTION)
		settle_connection(request);
	reply->is_kept = !request->evcon->must_close;
	reply->has_body = request->type != EVHTTP_REQ_HEAD && lvn_http_status_has_body(code);
	return shape;
}

/* Without memory for a reply there is no way to say so: the connection ends. */
static void
fail(struct evhttp_request *request)
{
	lvn_log_warnx("HTTP: no memory for a reply: the connection is closed");
	if (lvn_http_request_of(request)->exchange) {
		/* The program has done its part. */
		request->userdone = 1;
		lvn_http_connection_fail_later(request->evcon);
	} else {
		lvn_http_connection_abandon(request->evcon);
	}
}

/* The same amid a reply, whose end is still to be called for. */
static void
fail_amid(struct evhttp_request *request)
{
	lvn_log_warnx("HTTP: no memory for a reply: the connection is closed");
	lvn_http_request_of(request)->has_started = true;
	if (lvn_http_request_of(request)->exchange)
		lvn_http_connection_fail_later(request->evcon);
	else
		lvn_http_connection_end(request->evcon);
}

/* ---- whole replies ---- */

/* What is in the request's output comes first.  NULL if memory is short. */
static struct evbuffer *
join(struct evhttp_request *request, struct evbuffer *body)
{
	struct evbuffer *content = request->output_buffer;

	if (!body)
		return content;
	if (evbuffer_get_length(content) == 0)
		return body;
	return evbuffer_add_buffer(content, body) < 0 ? NULL : content;
}

static int
write_whole(struct evhttp_request *request, const struct shape *shape, struct evbuffer *content)
{
	size_t size = evbuffer_get_length(content);

	if (!lvn_http_request_of(request)->has_body) {
		evbuffer_drain(content, size);
		size = 0;
	}
	if (write_head(request, shape, content, size <= COPIED_BODY_SIZE ? size : 0) < 0)
		return -1;
	size = evbuffer_get_length(content);
	if (size == 0)
		return 0;
	count(request, size);
	return evbuffer_add_buffer(bufferevent_get_output(request->evcon->bev), content);
}

void
lvn_http_reply_send(
    struct evhttp_request *request, int code, const char *reason, struct evbuffer *body)
{
	struct evbuffer *content;
	struct shape shape;

	if (lvn_http_request_of(request)->exchange && lvn_http_exchange_lacks_body(request))
		request->evcon->must_close = true;
	shape = settle(request, code);
	content = join(request, body);
	if (!content || set_reason(request, code, reason) < 0) {
		fail(request);
		return;
	}
	/* What was announced counts only where no body shows what is true. */
	if (lvn_http_request_of(request)->has_body || !shape.has_size)
		shape.size = evbuffer_get_length(content);
	shape.has_size = true;
	if (write_whole(request, &shape, content) < 0)
		fail(request);
	else
		request->evcon->calls->replied(request);
}

/* ---- pages for errors ---- */

static int
write_page(struct evhttp_request *request, int code)
{
	char *reason = evhttp_htmlescape(request->response_code_line);
	int size = -1;

	if (reason)
		size = evbuffer_add_printf(request->output_buffer,
		    "<HTML><HEAD>\n<TITLE>%d %s</TITLE>\n</HEAD><BODY>\n<H1>%s</H1>\n"
		    "</BODY></HTML>\n",
		    code, reason, reason);
	lvn_free(reason);
	return size;
}

static bool
is_current(const struct evhttp_request *request)
{
	return request->evcon && request->evcon->current == request;
}

/*
 * The page of the program, if it makes one, or else the library's.  The program may end the
 * connection, and with it the request, which waits for that.
 */
static int
make_page(struct evhttp_request *request, int code)
{
	const struct evhttp *server = request->evcon->server;
	struct evbuffer *page = request->output_buffer;
	int made;

	if (!server->make_error)
		return write_page(request, code);
	lvn_http_request_enter(request);
	made = server->make_error(
	    request, page, code, request->response_code_line, server->make_error_arg);
	if (!lvn_http_connection_leave_request(request))
		return 0;
	if (!is_current(request) || (made >= 0 && evbuffer_get_length(page) > 0))
		return 0;
	evbuffer_drain(page, evbuffer_get_length(page));
	return write_page(request, code);
}

/*
 * Whether a further request may follow an error: not where bytes of this one are still to come, nor
 * where either side is in trouble.
 */
static bool
may_go_on(const struct evhttp_connection *connection, int code)
{
	return lvn_http_connection_has_request(connection) && code != HTTP_BADREQUEST &&
	       code != REQUEST_TIMEOUT && code < HTTP_INTERNAL;
}

void
lvn_http_reply_send_error(struct evhttp_request *request, int code, const char *reason)
{
	static const char type[] = "Content-Type";
	struct evhttp_connection *connection = request->evcon;
	/* The callback of its end sends it. */
	bool had_ended = connection->has_ended;
	int rc = -1;

	lvn_http_connection_reference(connection);
	lvn_http_fields_clear(request->output_headers);
	evbuffer_drain(request->output_buffer, evbuffer_get_length(request->output_buffer));
	if (!may_go_on(connection, code))
		connection->must_close = true;
	lvn_http_request_of(request)->is_error = true;
	if (set_reason(request, code, reason) == 0 &&
	    lvn_http_fields_add(request->output_headers, type, sizeof(type) - 1, "text/html",
		strlen("text/html")) == 0)
		rc = make_page(request, code);
	/* Its callback may have freed it, or have sent another reply. */
	if (connection->has_ended == had_ended && connection->current == request) {
		if (rc < 0)
			fail(request);
		else
			lvn_http_reply_send(request, code, reason, NULL);
	}
	lvn_http_connection_unreference(connection);
}

/* ---- replies in pieces ---- */

/* Announced bytes that do not come, and others instead, would be taken for the next reply. */
static bool
fits(struct evhttp_request *request, size_t size)
{
	struct http_request *reply = lvn_http_request_of(request);

	if (!reply->is_sized)
		return true;
	if (size > reply->left) {
		lvn_log_warnx("HTTP: a reply is longer than its Content-Length: the rest is left "
			      "out");
		return false;
	}
	reply->left -= size;
	return true;
}

void
lvn_http_reply_start(struct evhttp_request *request, int code, const char *reason)
{
	struct http_request *reply = lvn_http_request_of(request);
	struct shape shape = settle(request, code);

	reply->is_sized = reply->has_body && shape.has_size;
	reply->left = shape.size;
	request->chunked = reply->has_body && !shape.has_size && request->minor > 0;
	if (reply->has_body && !shape.has_size && !request->chunked) {
		reply->is_kept = false;
		request->evcon->must_close = true;
	}
	if (set_reason(request, code, reason) < 0 || write_head(request, &shape, NULL, 0) < 0) {
		fail_amid(request);
		return;
	}
	reply->has_started = true;
	(void)lvn_http_reply_send_chunk(request, request->output_buffer);
}

static int
write_chunk(struct evhttp_request *request, struct evbuffer *data)
{
	struct evbuffer *output = bufferevent_get_output(request->evcon->bev);
	char head[LVN_HTTP_CHUNK_HEAD_SIZE];

	count(request, evbuffer_get_length(data));
	if (!request->chunked)
		return evbuffer_add_buffer(output, data);
	if (evbuffer_add(output, head, lvn_http_chunk_head(head, evbuffer_get_length(data))) < 0 ||
	    evbuffer_add_buffer(output, data) < 0)
		return -1;
	return evbuffer_add(output, "\r\n", 2);
}

bool
lvn_http_reply_send_chunk(struct evhttp_request *request, struct evbuffer *data)
{
	size_t size = evbuffer_get_length(data);

	if (size == 0 || !fits(request, size))
		return false;
	if (!lvn_http_request_of(request)->has_body) {
		evbuffer_drain(data, size);
		return true;
	}
	if (write_chunk(request, data) == 0)
		return true;
	fail_amid(request);
	return false;
}

static int
write_last_chunk(struct evhttp_request *request)
{
	struct evbuffer *output = bufferevent_get_output(request->evcon->bev);
	const struct http_exchange *exchange = lvn_http_request_of(request)->exchange;
	const struct evkeyval *field = exchange ? exchange->reply_trailers.tqh_first : NULL;

	if (!field)
		return evbuffer_add(output, "0\r\n\r\n", 5);
	if (evbuffer_add(output, "0\r\n", 3) < 0)
		return -1;
	for (; field; field = field->next.tqe_next)
		if (evbuffer_add_printf(output, "%s: %s\r\n", field->key, field->value) < 0)
			return -1;
	return evbuffer_add(output, "\r\n", 2);
}

void
lvn_http_reply_end(struct evhttp_request *request)
{
	struct http_request *reply = lvn_http_request_of(request);

	if (reply->is_sized && reply->left > 0) {
		lvn_log_warnx("HTTP: a reply is shorter than its Content-Length: the connection "
			      "is closed");
		request->evcon->must_close = true;
		if (reply->exchange)
			reply->exchange->is_cut_short = true;
	}
	if (request->chunked && write_last_chunk(request) < 0)
		fail(request);
	else
		request->evcon->calls->replied(request);
}
