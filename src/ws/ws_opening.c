/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_opening.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <string.h>

#include "base/private.h"
#include "http/reader.h"
#include "http/request.h"
#include "ws/ws_base64.h"
#include "ws/ws_handshake.h"

/* Responses 1xx before the final one (RFC 9110 15.2). */
#define INTERIM_MOST 32

#define KEY_BYTES 16

struct response {
	struct ws_opening opening;
	struct http_reader reader;
	char key[LVN_WS_KEY_SIZE];
	char *protocols;
	unsigned interim;
};

static struct response *
response_of(struct ws_opening *opening)
{
	return container_of(opening, struct response, opening);
}

static void
free_response(struct ws_opening *opening)
{
	struct response *response = response_of(opening);

	lvn_free(response->protocols);
	lvn_free(response);
}

/* The response opens the connection. */
static void
open_session(struct levin_ws *ws, struct http_slice protocol)
{
	if (protocol.size > 0) {
		ws->protocol = lvn_http_request_copy_text(protocol);
		if (!ws->protocol) {
			lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, "there is no memory");
			return;
		}
	}
	lvn_http_reader_take_head(
	    &response_of(ws->opening)->reader, bufferevent_get_input(ws->bev));
	free_response(ws->opening);
	ws->opening = NULL;
	lvn_ws_session_open(ws);
	if (ws->callbacks.on_open)
		ws->callbacks.on_open(ws, ws->arg);
}

/* Returns whether the next response follows. */
static bool
skip_interim(struct levin_ws *ws)
{
	struct response *response = response_of(ws->opening);

	if (++response->interim > INTERIM_MOST) {
		lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, "the server sends no final response");
		return false;
	}
	evbuffer_drain(bufferevent_get_input(ws->bev), response->reader.head_size);
	lvn_http_reader_next(&response->reader);
	return true;
}

/* Returns whether the next response follows. */
static bool
take_response(struct levin_ws *ws, const struct http_head *head)
{
	struct response *response = response_of(ws->opening);
	struct http_slice protocol;
	const char *why;

	if (head->status < 200 && head->status != HTTP_SWITCH_PROTOCOLS)
		return skip_interim(ws);
	ws->status = head->status;
	why = lvn_ws_handshake_why_bad(head, response->key, response->protocols, &protocol);
	if (why)
		lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, why);
	else
		open_session(ws, protocol);
	return false;
}

/* Returns whether the next response follows. */
static bool
judge_head(struct levin_ws *ws, const struct http_head *head, enum http_reader_result result)
{
	switch (result) {
	case HTTP_READER_MORE:
		return false;
	case HTTP_READER_REFUSED:
		lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, response_of(ws->opening)->reader.why);
		return false;
	case HTTP_READER_NO_MEMORY:
		lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, "there is no memory");
		return false;
	case HTTP_READER_DONE:
		break;
	}
	return take_response(ws, head);
}

/* Returns whether the next response follows. */
static bool
read_response(struct levin_ws *ws)
{
	struct http_field fields[LVN_HTTP_USUAL_FIELDS];
	struct http_head head;
	bool may_go_on;

	lvn_http_head_init(&head, fields, LVN_HTTP_USUAL_FIELDS);
	may_go_on = judge_head(ws, &head,
	    lvn_http_reader_find_head(&response_of(ws->opening)->reader, &head,
		bufferevent_get_input(ws->bev), &lvn_http_limits_default, true));
	lvn_http_head_clear(&head);
	return may_go_on;
}

static void
read_responses(struct levin_ws *ws)
{
	while (read_response(ws))
		;
}

/* ---- the request ---- */

/* Returns 0 or -errno. */
static int
make_key(struct bufferevent *bev, char *key)
{
	uint8_t bytes[KEY_BYTES];
	int rc = lvn_io_random(lvn_base_world(bufferevent_get_base(bev)), bytes, sizeof(bytes));

	if (rc < 0)
		return rc;
	lvn_ws_base64_write(key, bytes, sizeof(bytes));
	return 0;
}

static int
write_request(struct response *response, struct bufferevent *bev, const char *host,
    const char *target, const struct levin_ws_options *options)
{
	struct ws_request request = {.host = host, .target = target};
	int rc = make_key(bev, response->key);

	if (rc < 0)
		return rc;
	memcpy(request.key, response->key, sizeof(request.key));
	request.protocols = response->protocols;
	request.origin = options ? options->origin : NULL;
	request.fields = options ? options->fields : NULL;
	return lvn_ws_handshake_write_request(bufferevent_get_output(bev), &request);
}

int
lvn_ws_opening_start(struct levin_ws *ws, struct bufferevent *bev, const char *host,
    const char *target, const struct levin_ws_options *options)
{
	const char *protocols = options ? options->subprotocols : NULL;
	struct response *response = lvn_calloc(1, sizeof(*response));

	if (!response)
		return -ENOMEM;
	response->opening = (struct ws_opening){read_responses, free_response};
	ws->opening = &response->opening;
	if (protocols) {
		response->protocols = lvn_strdup(protocols);
		if (!response->protocols)
			return -ENOMEM;
	}
	return write_request(response, bev, host, target, options);
}
