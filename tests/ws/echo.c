/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: ws_echo server [CERTIFICATE KEY]
 *        ws_echo client PORT [TRUSTED]
 *
 * A server that sends each message back, prints its port and the codes that connections end with,
 * and leaves when its input ends; or a client that sends messages of many kinds to such a server of
 * another implementation, compares what comes back, and closes.  With files of TLS that is "wss".
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <levin/tls.h>
#include <levin/ws.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGEST = 1 << 20 };

static const size_t sizes[] = {0, 1, 125, 126, 127, 65535, 65536, LARGEST};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]), MESSAGES = 3 * SIZES };

static struct event_base *base;
static struct levin_tls *tls;
static unsigned at;
static int status = 1;
static char bytes[LARGEST];

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* ---- the server ---- */

static void
echo(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	(void)arg;
	must(levin_ws_send(ws, type, data, size) >= 0);
}

static void
print_end(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	(void)ws;
	(void)arg;
	printf("%d %s\n", code, reason);
	fflush(stdout);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	static const struct levin_ws_callbacks callbacks = {
	    .on_message = echo, .on_close = print_end};
	static const struct levin_ws_options options = {.subprotocols = "echo"};

	(void)arg;
	levin_ws_accept(request, &callbacks, &options, NULL);
}

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	char byte;

	(void)what;
	(void)arg;
	if (read(fd, &byte, 1) <= 0)
		event_base_loopbreak(base);
}

static struct bufferevent *
new_tls_stream(struct event_base *loop, void *arg)
{
	(void)arg;
	return levin_tls_socket_new(loop, -1, tls, NULL, BEV_OPT_CLOSE_ON_FREE);
}

static void
use_certificate(struct evhttp *http, const char *certificate, const char *key)
{
	const struct levin_tls_certificate files = {
	    .certificate_file = certificate, .key_file = key};
	const struct levin_tls_settings settings = {.certificates = &files, .certificate_count = 1};

	tls = levin_tls_server_new(&settings, NULL, 0);
	must(tls != NULL);
	evhttp_set_bevcb(http, new_tls_stream, NULL);
}

static void
serve(const char *certificate, const char *key)
{
	struct evhttp *http = evhttp_new(base);
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	struct event *input = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, NULL);
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	must(bound && input && event_add(input, NULL) == 0);
	must(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) ==
	     0);
	if (certificate)
		use_certificate(http, certificate, key);
	evhttp_set_gencb(http, on_request, NULL);
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	event_base_dispatch(base);
	event_free(input);
	evhttp_free(http);
	status = 0;
}

/* ---- the client ---- */

static enum levin_ws_type
type_of(unsigned message)
{
	return message % 2 ? LEVIN_WS_BINARY : LEVIN_WS_TEXT;
}

/* Whole, in two pieces, and whole behind a ping. */
static void
send_next(struct levin_ws *ws)
{
	size_t size = sizes[at % SIZES];
	enum levin_ws_type type = type_of(at);

	if (at == MESSAGES) {
		must(levin_ws_close(ws, 4321, "done") == 0);
	} else if (at / SIZES == 1) {
		must(levin_ws_send_piece(ws, type, bytes, size / 2, 0) >= 0);
		must(levin_ws_send_piece(ws, type, bytes + size / 2, size - size / 2, 1) >= 0);
	} else {
		if (at / SIZES == 2)
			must(levin_ws_ping(ws, "ping", 4) >= 0);
		must(levin_ws_send(ws, type, bytes, size) >= 0);
	}
}

static void
on_open(struct levin_ws *ws, void *arg)
{
	(void)arg;
	must(strcmp(levin_ws_get_subprotocol(ws), "echo") == 0);
	send_next(ws);
}

static void
compare(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	(void)arg;
	must(type == type_of(at) && size == sizes[at % SIZES] && memcmp(data, bytes, size) == 0);
	at++;
	send_next(ws);
}

static void
on_close(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	struct levin_ws_statistics stats;

	(void)arg;
	levin_ws_get_statistics(ws, &stats);
	fprintf(stderr, "%u messages, %d %s\n", at, code, reason);
	status = at == MESSAGES && code == 4321 && stats.pongs_received == SIZES ? 0 : 1;
}

static struct bufferevent *
new_stream(const char *trusted)
{
	const struct levin_tls_settings settings = {.trust_file = trusted};

	if (!trusted)
		return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	tls = levin_tls_client_new(&settings, NULL, 0);
	must(tls != NULL);
	return levin_tls_socket_new(base, -1, tls, "localhost", BEV_OPT_CLOSE_ON_FREE);
}

static void
converse(const char *port, const char *trusted)
{
	static const struct levin_ws_callbacks callbacks = {
	    .on_open = on_open, .on_message = compare, .on_close = on_close};
	static const struct levin_ws_options options = {.subprotocols = "other, echo"};
	struct bufferevent *bev = new_stream(trusted);

	must(bev != NULL);
	memset(bytes, 'x', sizeof(bytes));
	must(levin_ws_connect(bev, "localhost", "/", &callbacks, &options, NULL) != NULL);
	must(bufferevent_socket_connect_hostname(bev, NULL, AF_INET, "127.0.0.1", atoi(port)) == 0);
	event_base_dispatch(base);
}

int
main(int argc, char **argv)
{
	must(argc >= 2);
	base = event_base_new();
	must(base != NULL);
	if (strcmp(argv[1], "server") == 0)
		serve(argc > 3 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
	else
		converse(argv[2], argc > 3 ? argv[3] : NULL);
	levin_tls_free(tls);
	event_base_free(base);
	return status;
}
