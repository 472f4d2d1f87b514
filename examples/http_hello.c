/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An HTTP server: greets at "/", repeats what is sent to "/echo", counts in chunks at "/count".
 *
 * usage: http_hello [PORT]
 *
 * It listens on this machine only, on a free port if none is given, and prints the port.  SIGTERM
 * and SIGINT end it.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define COUNT_TO 5
#define MOST     (1024 * 1024)

/* ---- Whole replies ---- */

static void
on_hello(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body = evhttp_request_get_output_buffer(request);
	const char *host = evhttp_request_get_host(request);
	char *safe = evhttp_htmlescape(host ? host : "nobody");

	(void)arg;
	if (safe)
		evbuffer_add_printf(body, "<p>Hello from %s.</p>\n", safe);
	free(safe);
	evhttp_send_reply(request, HTTP_OK, NULL, NULL);
}

static void
on_echo(struct evhttp_request *request, void *arg)
{
	struct evkeyvalq *fields = evhttp_request_get_output_headers(request);

	(void)arg;
	evhttp_add_header(fields, "Content-Type", "application/octet-stream");
	evhttp_send_reply(request, HTTP_OK, NULL, evhttp_request_get_input_buffer(request));
}

/* ---- A reply in pieces ---- */

struct counter {
	struct evhttp_request *request;
	struct evbuffer *chunk;
	int next;
};

/* Called when the chunk before has been written. */
static void
send_number(struct evhttp_connection *connection, void *arg)
{
	struct counter *counter = arg;

	if (connection && counter->next <= COUNT_TO) {
		evbuffer_add_printf(counter->chunk, "%d\n", counter->next++);
		evhttp_send_reply_chunk_with_cb(
		    counter->request, counter->chunk, send_number, counter);
		return;
	}
	if (connection)
		evhttp_connection_set_closecb(connection, NULL, NULL);
	evhttp_send_reply_end(counter->request);
	evbuffer_free(counter->chunk);
	free(counter);
}

/* The client has gone: the end of the reply frees the request. */
static void
on_gone(struct evhttp_connection *connection, void *arg)
{
	struct counter *counter = arg;

	evhttp_connection_set_closecb(connection, NULL, NULL);
	counter->next = COUNT_TO + 1;
	send_number(NULL, counter);
}

static void
on_count(struct evhttp_request *request, void *arg)
{
	struct evhttp_connection *connection;
	struct counter *counter = calloc(1, sizeof(*counter));

	(void)arg;
	if (counter)
		counter->chunk = evbuffer_new();
	if (!counter || !counter->chunk) {
		free(counter);
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	counter->request = request;
	counter->next = 1;
	evhttp_send_reply_start(request, HTTP_OK, NULL);
	connection = evhttp_request_get_connection(request);
	if (connection)
		evhttp_connection_set_closecb(connection, on_gone, counter);
	send_number(connection, counter);
}

/* ---- The server ---- */

static void
end(evutil_socket_t signo, short what, void *base)
{
	(void)signo;
	(void)what;
	event_base_loopexit(base, NULL);
}

static int
print_port(struct evhttp_bound_socket *bound)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) < 0)
		return -1;
	printf("%d\n", ntohs(address.sin_port));
	return fflush(stdout);
}

static int
serve(struct event_base *base, struct evhttp *http, int port)
{
	struct evhttp_bound_socket *bound =
	    evhttp_bind_socket_with_handle(http, "127.0.0.1", (ev_uint16_t)port);

	evhttp_set_max_body_size(http, MOST);
	if (!bound || evhttp_set_cb(http, "/", on_hello, NULL) < 0 ||
	    evhttp_set_cb(http, "/echo", on_echo, NULL) < 0 ||
	    evhttp_set_cb(http, "/count", on_count, NULL) < 0 || print_port(bound) != 0)
		return 1;
	return event_base_dispatch(base) < 0;
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct evhttp *http = base ? evhttp_new(base) : NULL;
	struct event *on_term = base ? evsignal_new(base, SIGTERM, end, base) : NULL;
	struct event *on_int = base ? evsignal_new(base, SIGINT, end, base) : NULL;
	int status = 1;

	if (http && on_term && on_int && event_add(on_term, NULL) == 0 &&
	    event_add(on_int, NULL) == 0)
		status = serve(base, http, argc > 1 ? atoi(argv[1]) : 0);
	if (status != 0)
		fprintf(stderr, "cannot serve\n");
	if (http)
		evhttp_free(http);
	if (on_term)
		event_free(on_term);
	if (on_int)
		event_free(on_int);
	if (base)
		event_base_free(base);
	return status;
}
