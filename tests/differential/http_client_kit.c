/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shared parts of the programs about clients of HTTP, see http_client_kit.h.
 */
#include "http_client_kit.h"

struct evhttp_connection *client;
int client_listener, client_port, client_peer = -1;

/* The allocation whose end is said. */
static const void *watched;

static void
free_watched(void *memory)
{
	if (memory && memory == watched)
		say("~ the connection is freed");
	free(memory);
}

void
client_watch(void)
{
	watched = client;
}

void
client_done(struct evhttp_request *req, void *arg)
{
	if (req)
		say("%s: done, code %d, body %zu", (char *)arg,
		    evhttp_request_get_response_code(req),
		    evbuffer_get_length(evhttp_request_get_input_buffer(req)));
	else
		say("%s: done, NULL", (char *)arg);
}

void
client_error(enum evhttp_request_error error, void *arg)
{
	say("%s: error %s", (char *)arg, http_error(error));
}

void
client_closed(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	say("%s: closed", (char *)arg);
}

struct evhttp_request *
client_request(void (*cb)(struct evhttp_request *, void *), const char *name)
{
	struct evhttp_request *req = evhttp_request_new(cb, (void *)name);

	evhttp_request_set_error_cb(req, client_error);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Host", "a");
	return req;
}

void
client_make_it(struct evhttp_request *req, const char *name)
{
	char uri[40];

	snprintf(uri, sizeof(uri), "/%s", name);
	say("make %s: %d", name, evhttp_make_request(client, req, EVHTTP_REQ_GET, uri));
}

struct evhttp_request *
client_make(const char *name)
{
	struct evhttp_request *req = client_request(client_done, name);

	client_make_it(req, name);
	return req;
}

void
client_begin(void)
{
	client_listener = http_listen(&client_port);
	client = evhttp_connection_base_new(http_base, NULL, "127.0.0.1", (ev_uint16_t)client_port);
	evhttp_connection_set_closecb(client, client_closed, (void *)"connection");
	client_watch();
}

void
client_say_peer(void)
{
	static char bytes[4096];
	ssize_t n = recv(client_peer, bytes, sizeof(bytes) - 1, 0);

	if (n > 0) {
		bytes[n] = '\0';
		http_say_line("> ", bytes);
		n = recv(client_peer, bytes, sizeof(bytes) - 1, 0);
	}
	say("> (%s)", n == 0            ? "closed"
		      : n > 0           ? "more"
		      : errno == EAGAIN ? "open"
					: strerror(errno));
}

void
client_take(void)
{
	int fd;

	http_turns();
	fd = http_accept(client_listener);
	http_turns();
	if (fd >= 0)
		client_peer = fd;
	if (client_peer >= 0)
		client_say_peer();
}

void
client_answer(const char *text)
{
	http_say_line("< ", text);
	http_put_text(client_peer, text);
	http_turns();
}

void
client_finish(void)
{
	if (client) {
		say("free the connection");
		evhttp_connection_free(client);
		client = NULL;
	}
	http_turns();
	if (client_peer >= 0)
		client_say_peer();
	event_base_free(http_base);
}
void
client_cases(const struct client_case *cases, size_t count, int argc, char **argv)
{
	event_set_mem_functions(malloc, realloc, free_watched);
	for (size_t i = 0; i < count; i++) {
		if (argc < 2 || strstr(cases[i].name, argv[1]))
			http_case(cases[i].name, cases[i].run);
	}
}
