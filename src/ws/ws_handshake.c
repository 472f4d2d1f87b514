/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_handshake.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <string.h>

#include "base/private.h"
#include "base/text.h"
#include "http/fields.h"
#include "http/head.h"
#include "http/head_writer.h"
#include "http/syntax.h"
#include "ws/ws_base64.h"
#include "ws/ws_sha1.h"

#define KEY_BYTES 16
#define VERSION   "13"

/* What a head needs beside what the program has set. */
#define OWN_FIELDS_SIZE 256

#define UPGRADE_REQUIRED 426

void
lvn_ws_handshake_accept(char accept_out[LVN_WS_ACCEPT_SIZE], const char *key)
{
	static const char suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[LVN_WS_KEY_SIZE - 1 + sizeof(suffix) - 1];
	uint8_t digest[LVN_WS_SHA1_SIZE];

	memcpy(text, key, LVN_WS_KEY_SIZE - 1);
	memcpy(text + LVN_WS_KEY_SIZE - 1, suffix, sizeof(suffix) - 1);
	lvn_ws_sha1(digest, text, sizeof(text));
	lvn_ws_base64_write(accept_out, digest, sizeof(digest));
}

/* ---- subprotocols ---- */

bool
lvn_ws_handshake_are_protocols(const char *protocols)
{
	struct http_slice list = lvn_http_slice_of(protocols ? protocols : "");
	struct http_slice one;

	while (lvn_http_slice_next(&list, &one))
		if (!lvn_http_syntax_is_token(one.at, one.size))
			return false;
	return true;
}

static bool
has_protocol(struct http_slice list, struct http_slice wanted)
{
	struct http_slice one;

	while (lvn_http_slice_next(&list, &one))
		if (one.size == wanted.size && memcmp(one.at, wanted.at, one.size) == 0)
			return true;
	return false;
}

/* Whether one of the fields of the request has it. */
static bool
is_offered(const struct evkeyvalq *fields, struct http_slice protocol)
{
	static const char name[] = "Sec-WebSocket-Protocol";
	const struct evkeyval *field = lvn_http_fields_first(fields, name);

	for (; field; field = lvn_http_fields_next(field, name))
		if (has_protocol(lvn_http_slice_of(field->value), protocol))
			return true;
	return false;
}

static struct http_slice
choose_protocol(const struct evkeyvalq *fields, const char *protocols)
{
	struct http_slice list = lvn_http_slice_of(protocols ? protocols : "");
	struct http_slice one;

	while (lvn_http_slice_next(&list, &one))
		if (is_offered(fields, one))
			return one;
	return (struct http_slice){"", 0};
}

static bool
are_offers(const struct evkeyvalq *fields)
{
	static const char name[] = "Sec-WebSocket-Protocol";
	const struct evkeyval *field = lvn_http_fields_first(fields, name);

	for (; field; field = lvn_http_fields_next(field, name))
		if (!lvn_ws_handshake_are_protocols(field->value))
			return false;
	return true;
}

/* ---- servers ---- */

/* The value of a field that must be there once; NULL if it is not. */
static const char *
find_once(const struct evkeyvalq *fields, const char *name)
{
	const struct evkeyval *field = lvn_http_fields_first(fields, name);

	return field && !lvn_http_fields_next(field, name) ? field->value : NULL;
}

static bool
is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static int
refuse(struct ws_offer *offer, int status, const char *why)
{
	offer->why = why;
	return status;
}

/* Whether HTTP is as it must be (RFC 6455 4.2.1, 1 to 4). */
static int
judge_http(struct evhttp_request *request, struct ws_offer *offer)
{
	const struct evkeyvalq *fields = request->input_headers;

	if (request->type != EVHTTP_REQ_GET)
		return refuse(offer, HTTP_BADMETHOD, "the method is not GET");
	if (request->major != 1 || request->minor < 1)
		return refuse(offer, HTTP_BADREQUEST, "the version of HTTP is below 1.1");
	if (!lvn_http_fields_find(fields, "Host"))
		return refuse(offer, HTTP_BADREQUEST, "there is no Host");
	if (!lvn_http_fields_have_token(fields, "Upgrade", "websocket"))
		return refuse(offer, UPGRADE_REQUIRED, "Upgrade does not name WebSocket");
	if (!lvn_http_fields_have_token(fields, "Connection", "Upgrade"))
		return refuse(offer, HTTP_BADREQUEST, "Connection does not name Upgrade");
	if (request->body_size > 0)
		return refuse(offer, HTTP_BADREQUEST, "the request has a body");
	return 0;
}

int
lvn_ws_handshake_judge(
    struct evhttp_request *request, const char *protocols, struct ws_offer *offer_out)
{
	const struct evkeyvalq *fields = request->input_headers;
	const char *key = find_once(fields, "Sec-WebSocket-Key");
	const char *version = find_once(fields, "Sec-WebSocket-Version");
	int status = judge_http(request, offer_out);

	if (status != 0)
		return status;
	if (!version || !is_number(version))
		return refuse(offer_out, HTTP_BADREQUEST, "there is not one version");
	if (strcmp(version, VERSION) != 0)
		return refuse(offer_out, UPGRADE_REQUIRED, "the version is not 13");
	if (!key || !lvn_ws_base64_is(key, strlen(key), KEY_BYTES))
		return refuse(offer_out, HTTP_BADREQUEST, "there is not one key of 16 bytes");
	if (!are_offers(fields))
		return refuse(offer_out, HTTP_BADREQUEST, "a subprotocol is no token");
	lvn_ws_handshake_accept(offer_out->accept, key);
	offer_out->protocol = choose_protocol(fields, protocols);
	return 0;
}

/* ---- heads that are sent ---- */

static bool
is_own_field(const char *name)
{
	static const char *const own[] = {
	    "Host", "Upgrade", "Connection", "Content-Length", "Transfer-Encoding", "Origin", NULL};
	static const char prefix[] = "Sec-WebSocket-";

	for (const char *const *one = own; *one; one++)
		if (lvn_text_compare(*one, name) == 0)
			return true;
	return lvn_text_compare_start(prefix, name, sizeof(prefix) - 1) == 0;
}

/* What the program has set cannot split the head, and cannot change the handshake. */
static void
put_fields(struct writer *out, const struct evkeyvalq *fields)
{
	const struct evkeyval *field = fields ? fields->tqh_first : NULL;

	for (; field; field = field->next.tqe_next) {
		if (is_own_field(field->key))
			continue;
		if (lvn_http_syntax_is_token(field->key, strlen(field->key)) &&
		    lvn_http_syntax_is_value(field->value, strlen(field->value)))
			lvn_http_head_writer_put_field(out, field->key, field->value);
		else
			lvn_log_warnx("WebSocket: a field that cannot be sent is left out");
	}
}

/* Free space for a head of this size and these fields.  Returns 0 or -ENOMEM. */
static int
begin_head(struct evbuffer *buffer, size_t size, const struct evkeyvalq *fields,
    struct evbuffer_iovec *space, struct writer *out)
{
	size += OWN_FIELDS_SIZE + (fields ? lvn_http_head_writer_size(fields) : 0);
	if (evbuffer_reserve_space(buffer, (ev_ssize_t)size, space, 1) < 1)
		return -ENOMEM;
	*out = (struct writer){space->iov_base, (uint8_t *)space->iov_base + space->iov_len, false};
	return 0;
}

static int
end_head(struct evbuffer *buffer, struct evbuffer_iovec *space, struct writer *out)
{
	lvn_http_head_writer_put(out, "\r\n");
	LVN_ASSERT(!out->overrun);
	space->iov_len = (size_t)(out->at - (uint8_t *)space->iov_base);
	return evbuffer_commit_space(buffer, space, 1) < 0 ? -ENOMEM : 0;
}

int
lvn_ws_handshake_write_response(
    struct evbuffer *buffer, const struct ws_offer *offer, const struct evkeyvalq *fields)
{
	struct evbuffer_iovec space;
	struct writer out;

	if (begin_head(buffer, offer->protocol.size, fields, &space, &out) < 0)
		return -ENOMEM;
	lvn_http_head_writer_put(&out, "HTTP/1.1 101 Switching Protocols\r\n"
				       "Upgrade: websocket\r\nConnection: Upgrade\r\n");
	lvn_http_head_writer_put_field(&out, "Sec-WebSocket-Accept", offer->accept);
	if (offer->protocol.size > 0) {
		lvn_http_head_writer_put(&out, "Sec-WebSocket-Protocol: ");
		lvn_write_bytes(&out, offer->protocol.at, offer->protocol.size);
		lvn_http_head_writer_put(&out, "\r\n");
	}
	put_fields(&out, fields);
	return end_head(buffer, &space, &out);
}

/* ---- clients ---- */

static bool
is_all(const char *text, unsigned classes, const char *others)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!lvn_http_syntax_is(*text, classes) && !strchr(others, *text))
			return false;
	return true;
}

static bool
can_be_sent(const struct ws_request *request)
{
	return is_all(request->host, HTTP_CLASS_HOST, ":[]") && request->target[0] == '/' &&
	       is_all(request->target, HTTP_CLASS_TARGET, "") &&
	       (!request->origin ||
		   lvn_http_syntax_is_value(request->origin, strlen(request->origin))) &&
	       lvn_ws_handshake_are_protocols(request->protocols);
}

int
lvn_ws_handshake_write_request(struct evbuffer *buffer, const struct ws_request *request)
{
	struct evbuffer_iovec space;
	struct writer out;
	size_t size;

	if (!can_be_sent(request))
		return -EINVAL;
	size = strlen(request->host) + strlen(request->target) +
	       strlen(request->protocols ? request->protocols : "") +
	       strlen(request->origin ? request->origin : "");
	if (begin_head(buffer, size, request->fields, &space, &out) < 0)
		return -ENOMEM;
	lvn_http_head_writer_put(&out, "GET ");
	lvn_http_head_writer_put(&out, request->target);
	lvn_http_head_writer_put(&out, " HTTP/1.1\r\n");
	lvn_http_head_writer_put_field(&out, "Host", request->host);
	lvn_http_head_writer_put(&out, "Upgrade: websocket\r\nConnection: Upgrade\r\n");
	lvn_http_head_writer_put_field(&out, "Sec-WebSocket-Key", request->key);
	lvn_http_head_writer_put(&out, "Sec-WebSocket-Version: " VERSION "\r\n");
	if (request->origin)
		lvn_http_head_writer_put_field(&out, "Origin", request->origin);
	if (request->protocols)
		lvn_http_head_writer_put_field(&out, "Sec-WebSocket-Protocol", request->protocols);
	put_fields(&out, request->fields);
	return end_head(buffer, &space, &out);
}

/* The value of a field that must be there once; of size 0 if it is not. */
static struct http_slice
value_once(const struct http_head *head, const char *name)
{
	unsigned index = 0;
	const struct http_field *field = lvn_http_head_next(head, name, &index);

	if (!field || lvn_http_head_next(head, name, &index))
		return (struct http_slice){"", 0};
	return field->value;
}

/* The subprotocol of a response; returns why it cannot be, or NULL. */
static const char *
take_protocol(const struct http_head *head, const char *protocols, struct http_slice *protocol_out)
{
	static const char name[] = "Sec-WebSocket-Protocol";
	unsigned index = 0;

	*protocol_out = (struct http_slice){"", 0};
	if (!lvn_http_head_next(head, name, &index))
		return NULL;
	*protocol_out = value_once(head, name);
	if (protocol_out->size > 0 && protocols &&
	    has_protocol(lvn_http_slice_of(protocols), *protocol_out))
		return NULL;
	return "the server chose a subprotocol that was not offered";
}

const char *
lvn_ws_handshake_why_bad(const struct http_head *head, const char *key, const char *protocols,
    struct http_slice *protocol_out)
{
	char accept[LVN_WS_ACCEPT_SIZE];
	unsigned index = 0;

	lvn_ws_handshake_accept(accept, key);
	if (head->status != HTTP_SWITCH_PROTOCOLS)
		return "the server did not switch protocols";
	if (!lvn_http_slice_is_nocase(value_once(head, "Upgrade"), "websocket"))
		return "Upgrade is not WebSocket";
	if (!lvn_http_head_has_token(head, "Connection", "Upgrade"))
		return "Connection does not name Upgrade";
	if (!lvn_http_slice_is(value_once(head, "Sec-WebSocket-Accept"), accept))
		return "Sec-WebSocket-Accept does not fit the key";
	if (lvn_http_head_next(head, "Sec-WebSocket-Extensions", &index))
		return "the server chose an extension that was not offered";
	return take_protocol(head, protocols, protocol_out);
}
