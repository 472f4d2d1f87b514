/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: ws_handshakes requests|responses FILE
 *
 * The opening handshake of both sides in the simulated world: requests that servers get, and
 * responses that clients get.  Each arrives whole, byte by byte, and cut in two at each place.
 *
 * A case is CLAUSES | OPTIONS | VERDICT | BYTES; table.h has the escapes.  "\G" is "GET / HTTP/1.1"
 * with Host and all that a client has to send, but for the empty line; "\S" is the same of a
 * server, and "\K" the value of Sec-WebSocket-Accept that belongs to the client's key.
 *
 * Options: "protocols=a,b", "refuse" (the origin), or "-".
 *
 * A verdict of a request is the status, then "protocol:NAME" and "version:13" if the response has
 * them, then "text:DATA" for each message.  That of a response is "open" or "refused", the status,
 * "protocol:NAME", and messages.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <levin/sim.h>
#include <levin/ws.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ws/table.h"
#include "ws/ws_handshake.h"

enum { TEXT_CAPACITY = 1 << 12, PORT = 80 };

static struct {
	bool of_responses;
	struct levin_ws_options options;
	const char *text; /* of the bytes, before escapes are replaced */
	char bytes[TABLE_BYTES];
	size_t size;
	const char *expected;
} plan;

static struct {
	struct levin_sim *sim;
	struct event_base *base;
	struct evhttp *http;
	struct levin_ws *ws;
	int peer;
	char text[TEXT_CAPACITY];
	char answer[TEXT_CAPACITY];
} run;

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
put(const char *kind, const char *text)
{
	must(strlen(run.text) + strlen(kind) + strlen(text) + 2 < sizeof(run.text));
	strcat(run.text, run.text[0] ? " " : "");
	strcat(run.text, kind);
	strcat(run.text, text);
}

static void
put_status(int status)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", status);
	put("", text);
}

/* ---- the session ---- */

static void
on_message(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	(void)ws;
	(void)arg;
	must(strlen(data) == size);
	put(type == LEVIN_WS_TEXT ? "text:" : "binary:", data);
}

static void
on_close(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	(void)arg;
	must(code == LEVIN_WS_ABNORMAL && *reason);
	if (plan.of_responses) {
		put("", "refused");
		put_status(levin_ws_get_status(ws));
	}
	run.ws = NULL;
}

static void
on_open(struct levin_ws *ws, void *arg)
{
	(void)arg;
	put("", "open");
	put_status(levin_ws_get_status(ws));
	if (levin_ws_get_subprotocol(ws))
		put("protocol:", levin_ws_get_subprotocol(ws));
}

static const struct levin_ws_callbacks callbacks = {
    .on_open = on_open, .on_message = on_message, .on_close = on_close};

/* ---- servers ---- */

static int
refuse_origin(struct evhttp_request *request, const char *origin, void *arg)
{
	(void)request;
	(void)arg;
	return origin && strcmp(origin, "http://good") == 0;
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	(void)arg;
	must(!run.ws);
	run.ws = levin_ws_accept(request, &callbacks, &plan.options, NULL);
	must(run.ws || errno == EPROTO);
	if (run.ws && levin_ws_get_subprotocol(run.ws))
		must(*levin_ws_get_subprotocol(run.ws));
}

/* ---- the peer ---- */

static void
turns(void)
{
	for (int i = 0; i < 4; i++)
		must(event_base_loop(run.base, EVLOOP_NONBLOCK) >= 0);
}

static void
read_answer(void)
{
	size_t size = strlen(run.answer);
	ssize_t more = levin_sim_read(run.peer, run.answer + size, sizeof(run.answer) - 1 - size);

	if (more > 0)
		run.answer[size + (size_t)more] = '\0';
}

/* The value of a field of the answer; empty if there is none. */
static const char *
field_of_answer(const char *name)
{
	static char value[200];
	char line[100];
	const char *at;

	snprintf(line, sizeof(line), "\r\n%s: ", name);
	at = strstr(run.answer, line);
	if (!at)
		return "";
	at += strlen(line);
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
	return value;
}

static void
put_answer(void)
{
	char messages[TEXT_CAPACITY];

	memcpy(messages, run.text, sizeof(messages));
	run.text[0] = '\0';
	must(strncmp(run.answer, "HTTP/1.", 7) == 0);
	put_status(atoi(run.answer + 9));
	if (atoi(run.answer + 9) == 101) {
		must(strcmp(field_of_answer("Sec-WebSocket-Accept"),
			 "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == 0);
		must(strcmp(field_of_answer("Upgrade"), "websocket") == 0);
		must(strcmp(field_of_answer("Connection"), "Upgrade") == 0);
		must(strcmp(field_of_answer("Content-Length"), "") == 0);
	} else {
		must(strcmp(field_of_answer("Connection"), "close") == 0);
	}
	if (*field_of_answer("Sec-WebSocket-Protocol"))
		put("protocol:", field_of_answer("Sec-WebSocket-Protocol"));
	if (*field_of_answer("Sec-WebSocket-Version"))
		put("version:", field_of_answer("Sec-WebSocket-Version"));
	if (*field_of_answer("Allow"))
		put("allow:", field_of_answer("Allow"));
	if (messages[0])
		put("", messages);
}

/* ---- one run ---- */

static void
start_client(void)
{
	struct bufferevent *bev;
	int ends[2];

	must(levin_sim_socketpair(run.sim, ends) == 0);
	bev = bufferevent_socket_new(run.base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	must(bev);
	run.peer = ends[1];
	run.ws = levin_ws_connect(bev, "a", "/", &callbacks, &plan.options, NULL);
	must(run.ws);
	turns();
	read_answer();
	must(strncmp(run.answer, "GET / HTTP/1.1\r\nHost: a\r\n", 25) == 0);
}

static void
replace_names(char *out, size_t capacity)
{
	char accept[LVN_WS_ACCEPT_SIZE] = "";
	char *at = out;

	if (plan.of_responses)
		lvn_ws_handshake_accept(accept, field_of_answer("Sec-WebSocket-Key"));
	for (const char *text = plan.text; *text; text++) {
		const char *name = "";

		if (text[0] == '\\' && text[1] == 'K')
			name = accept;
		else if (text[0] == '\\' && text[1] == 'G')
			name = "GET / HTTP/1.1\\eHost: a\\eUpgrade: websocket\\e"
			       "Connection: Upgrade\\eSec-WebSocket-Version: 13\\e"
			       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\e";
		else if (text[0] == '\\' && text[1] == 'S')
			name = "HTTP/1.1 101 Switching Protocols\\eUpgrade: websocket\\e"
			       "Connection: Upgrade\\eSec-WebSocket-Accept: ";
		must((size_t)(at - out) + strlen(name) + strlen(accept) + 3 < capacity);
		if (!*name) {
			*at++ = *text;
			if (*text == '\\')
				*at++ = *++text;
			continue;
		}
		text++;
		at += sprintf(at, "%s", name);
		if (*text == 'S')
			at += sprintf(at, "%s\\e", accept);
	}
	*at = '\0';
}

static void
send_bytes(size_t at, size_t size)
{
	if (levin_sim_write(run.peer, plan.bytes + at, size) > 0)
		turns();
	if (!plan.of_responses)
		read_answer();
}

static void
finish(void)
{
	turns();
	/* Fails if what was refused has been answered with a reset. */
	(void)levin_sim_shutdown(run.peer, SHUT_WR);
	turns();
	if (!plan.of_responses) {
		read_answer();
		put_answer();
	}
	must(levin_sim_close(run.peer) == 0);
	turns();
	must(!run.ws);
}

static bool
run_once(size_t first, size_t step, const char *how)
{
	static char text[TABLE_BYTES];
	size_t at = first;

	run.text[0] = run.answer[0] = '\0';
	if (plan.of_responses)
		start_client();
	else
		run.peer = levin_sim_connect(run.sim, PORT);
	must(run.peer >= 0);
	replace_names(text, sizeof(text));
	plan.size = table_unescape(text, strlen(text), plan.bytes, sizeof(plan.bytes));
	if (at > plan.size)
		at = plan.size;
	send_bytes(0, at);
	while (at < plan.size) {
		size_t now = plan.size - at < step ? plan.size - at : step;

		send_bytes(at, now);
		at += now;
	}
	finish();
	if (strncmp(run.text, "open", 4) == 0 && strlen(run.text) > 12)
		run.text[strlen(run.text) - strlen(" refused 101")] = '\0';
	return strcmp(run.text, plan.expected) == 0 || table_fault(how, first, run.text);
}

static bool
run_case(char *columns[TABLE_COLUMNS])
{
	memset(&plan.options, 0, sizeof(plan.options));
	if (strncmp(columns[1], "protocols=", 10) == 0)
		plan.options.subprotocols = columns[1] + 10;
	if (strcmp(columns[1], "refuse") == 0)
		plan.options.accept_origin = refuse_origin;
	plan.expected = columns[2];
	plan.text = columns[3];
	/* The size is known from the first run on. */
	return run_once(TABLE_BYTES, TABLE_BYTES, "whole") &&
	       table_in_all_ways(plan.size, run_once);
}

int
main(int argc, char **argv)
{
	int status;

	must(argc == 3);
	plan.of_responses = strcmp(argv[1], "responses") == 0;
	run.sim = levin_sim_new(1, NULL);
	must(run.sim);
	run.base = levin_sim_base_new(run.sim, NULL);
	must(run.base);
	run.http = evhttp_new(run.base);
	must(run.http);
	must(evhttp_accept_socket(run.http, levin_sim_listener(run.sim, PORT, 10)) == 0);
	evhttp_set_gencb(run.http, on_request, NULL);
	status = table_run(argv[2], 4, run_case);
	evhttp_free(run.http);
	event_base_free(run.base);
	levin_sim_free(run.sim);
	return status;
}
