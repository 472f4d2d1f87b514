/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A chat by WebSocket, with a page for browsers: what a guest sends goes to all guests, with the
 * number of the guest in front.
 *
 * usage: ws_chat [PORT]
 *
 * It listens on this machine only, on a free port if none is given, and prints the port; "/" is the
 * page, and "/chat" the WebSocket.  SIGTERM and SIGINT close all sessions and end it.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <levin/http.h>
#include <levin/ws.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MESSAGE_MOST = 4096, QUEUE_MOST = 256 * 1024, GUESTS_MOST = 1000 };

struct guest {
	struct levin_ws *ws;
	int number;
	struct guest *next;
};

static struct event_base *base;
static struct evhttp *http;
static struct guest *guests;
static int guest_count; /* those here now */
static int last_number;
static int is_ending;

/* ---- The page ---- */

/* Texts of guests are put in as texts, never as HTML. */
static const char page[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Chat</title></head><body>\n"
    "<ul id=\"heard\"></ul>\n"
    "<form id=\"form\"><input id=\"text\" maxlength=\"1000\" autocomplete=\"off\">"
    "<button>Send</button></form>\n"
    "<script src=\"/chat.js\"></script>\n"
    "</body></html>\n";

static const char script[] = "'use strict';\n"
			     "const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';\n"
			     "const ws = new WebSocket(scheme + location.host + '/chat');\n"
			     "const text = document.getElementById('text');\n"
			     "function show(line) {\n"
			     "\tconst item = document.createElement('li');\n"
			     "\titem.textContent = line;\n"
			     "\tdocument.getElementById('heard').append(item);\n"
			     "}\n"
			     "ws.onmessage = (event) => show(event.data);\n"
			     "ws.onclose = (event) => show('closed: ' + event.code);\n"
			     "document.getElementById('form').onsubmit = (event) => {\n"
			     "\tevent.preventDefault();\n"
			     "\tif (text.value)\n"
			     "\t\tws.send(text.value);\n"
			     "\ttext.value = '';\n"
			     "};\n";

static void
reply(struct evhttp_request *request, const char *type, const char *content)
{
	struct evkeyvalq *fields = evhttp_request_get_output_headers(request);

	/* Nothing else may run in the page, and it connects to this server alone. */
	evhttp_add_header(fields, "Content-Type", type);
	evhttp_add_header(fields, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(fields, "Content-Security-Policy",
	    "default-src 'none'; script-src 'self'; connect-src 'self'");
	evbuffer_add(evhttp_request_get_output_buffer(request), content, strlen(content));
	evhttp_send_reply(request, HTTP_OK, NULL, NULL);
}

static void
on_page(struct evhttp_request *request, void *arg)
{
	(void)arg;
	reply(request, "text/html; charset=utf-8", page);
}

static void
on_script(struct evhttp_request *request, void *arg)
{
	(void)arg;
	reply(request, "text/javascript; charset=utf-8", script);
}

/* ---- Guests ---- */

static void
forget(struct guest *guest)
{
	struct guest **link = &guests;

	while (*link != guest)
		link = &(*link)->next;
	*link = guest->next;
	guest_count--;
	free(guest);
	if (is_ending && !guests)
		event_base_loopexit(base, NULL);
}

/* A guest who does not read, so that too much waits, is dropped. */
static void
send_to_all(const char *text)
{
	struct guest *next;

	for (struct guest *guest = guests; guest; guest = next) {
		next = guest->next;
		if (levin_ws_send(guest->ws, LEVIN_WS_TEXT, text, strlen(text)) < 0 &&
		    errno == ENOBUFS) {
			levin_ws_free(guest->ws);
			forget(guest);
		}
	}
}

static void
say(int number, const char *what)
{
	char text[MESSAGE_MOST + 32];

	evutil_snprintf(text, sizeof(text), "%d%s", number, what);
	send_to_all(text);
}

static void
on_message(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	const struct guest *guest = arg;
	char text[MESSAGE_MOST + 3];

	if (type != LEVIN_WS_TEXT) {
		levin_ws_close(ws, LEVIN_WS_UNSUPPORTED, "texts only");
		return;
	}
	evutil_snprintf(text, sizeof(text), ": %.*s", (int)size, (const char *)data);
	say(guest->number, text);
}

static void
on_close(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	struct guest *guest = arg;
	int number = guest->number;

	(void)ws;
	(void)code;
	(void)reason;
	forget(guest);
	if (!is_ending)
		say(number, " has left");
}

/*
 * Whether the page that connects is ours: any page in the browser of a guest can try.  Programs that
 * are no browsers have no origin.
 */
static int
accept_origin(struct evhttp_request *request, const char *origin, void *arg)
{
	const char *host = evhttp_find_header(evhttp_request_get_input_headers(request), "Host");
	char ours[300];

	(void)arg;
	evutil_snprintf(ours, sizeof(ours), "http://%s", host ? host : "");
	return !origin || strcmp(origin, ours) == 0;
}

static void
on_chat(struct evhttp_request *request, void *arg)
{
	static const struct levin_ws_callbacks callbacks = {
	    .on_message = on_message, .on_close = on_close};
	static const struct levin_ws_options options = {
	    .accept_origin = accept_origin, .message_size = MESSAGE_MOST, .queue_size = QUEUE_MOST};
	struct guest *guest = guest_count < GUESTS_MOST ? calloc(1, sizeof(*guest)) : NULL;

	(void)arg;
	if (!guest) {
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	guest->ws = levin_ws_accept(request, &callbacks, &options, guest);
	if (!guest->ws) {
		free(guest);
		/* A request that was refused has its reply. */
		if (errno != EPROTO)
			evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	guest->number = ++last_number;
	guest->next = guests;
	guests = guest;
	guest_count++;
	say(guest->number, " has come");
}

/* ---- The server ---- */

static void
end(evutil_socket_t signo, short what, void *arg)
{
	struct guest *next;

	(void)signo;
	(void)what;
	(void)arg;
	/* A second signal does not wait. */
	if (is_ending || !guests)
		event_base_loopexit(base, NULL);
	is_ending = 1;
	for (struct guest *guest = guests; guest; guest = next) {
		next = guest->next;
		levin_ws_close(guest->ws, LEVIN_WS_GOING_AWAY, "the server ends");
	}
}

static int
serve(int port)
{
	struct evhttp_bound_socket *bound =
	    evhttp_bind_socket_with_handle(http, "127.0.0.1", (ev_uint16_t)port);
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	evhttp_set_max_body_size(http, 0);
	if (!bound || evhttp_set_cb(http, "/", on_page, NULL) < 0 ||
	    evhttp_set_cb(http, "/chat.js", on_script, NULL) < 0 ||
	    evhttp_set_cb(http, "/chat", on_chat, NULL) < 0 ||
	    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) < 0)
		return -1;
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return event_base_dispatch(base);
}

static void
free_guests(void)
{
	while (guests) {
		levin_ws_free(guests->ws);
		forget(guests);
	}
}

int
main(int argc, char **argv)
{
	struct event *on_term = NULL, *on_int = NULL;
	int result = -1;

	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	if (base) {
		http = evhttp_new(base);
		on_term = evsignal_new(base, SIGTERM, end, NULL);
		on_int = evsignal_new(base, SIGINT, end, NULL);
	}
	if (http && on_term && on_int && event_add(on_term, NULL) == 0 &&
	    event_add(on_int, NULL) == 0)
		result = serve(argc > 1 ? atoi(argv[1]) : 0);
	if (result < 0)
		fprintf(stderr, "cannot serve\n");
	free_guests();
	if (http)
		evhttp_free(http);
	if (on_term)
		event_free(on_term);
	if (on_int)
		event_free(on_int);
	if (base)
		event_base_free(base);
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
