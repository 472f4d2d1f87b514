/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An HTTPS server: the files below a directory, certificates that are renewed while it serves, and a
 * graceful end.
 *
 * usage: https_server CERTIFICATE KEY DIRECTORY [PORT]
 *
 * CERTIFICATE and KEY are files in PEM.  SIGHUP reads them again: clients that are connected keep
 * the old certificate, and if something is wrong with the files the server goes on with it.
 *
 * It listens on this machine only, on a free port if none is given, and prints the port.  After
 * SIGTERM or SIGINT it accepts no more clients, finishes what is under way, and ends.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <fcntl.h>
#include <levin/http.h>
#include <levin/tls.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRAIN_MS 10000

struct server {
	struct event_base *base;
	struct levin_tls *tls;
	struct evhttp *http;
	struct event *on_signal[3];
	int directory;
};

static void
on_file(struct evhttp_request *request, void *arg)
{
	const struct server *server = arg;
	const char *path = levin_http_request_get_segment(request, "*");

	if (levin_http_reply_path(request, server->directory, path, NULL) == 0)
		return;
	if (errno == EPIPE)
		evhttp_request_free(request);
	else
		evhttp_send_error(request, errno == ENOMEM ? HTTP_INTERNAL : HTTP_NOTFOUND, NULL);
}

/* The stream of each connection. */
static struct bufferevent *
make_stream(struct event_base *base, void *arg)
{
	struct server *server = arg;

	return levin_tls_socket_new(base, -1, server->tls, NULL, BEV_OPT_CLOSE_ON_FREE);
}

/* ---- Signals ---- */

static void
on_reload(evutil_socket_t signo, short what, void *arg)
{
	struct server *server = arg;
	char reason[LEVIN_TLS_REASON_SIZE];

	(void)signo;
	(void)what;
	if (levin_tls_reload(server->tls, NULL, reason, sizeof(reason)) == 0)
		fprintf(stderr, "the certificate was read again\n");
	else
		fprintf(stderr, "the old certificate stays: %s\n", reason);
}

static void
on_drained(struct evhttp *http, void *arg)
{
	struct server *server = arg;

	(void)http;
	event_base_loopexit(server->base, NULL);
}

static void
on_end(evutil_socket_t signo, short what, void *arg)
{
	struct server *server = arg;

	(void)signo;
	(void)what;
	/* A second signal does not wait. */
	if (levin_http_server_drain(server->http, DRAIN_MS, on_drained, server) < 0)
		event_base_loopexit(server->base, NULL);
}

static int
watch_signals(struct server *server)
{
	static const int signals[3] = {SIGTERM, SIGINT, SIGHUP};

	for (int i = 0; i < 3; i++) {
		server->on_signal[i] = evsignal_new(
		    server->base, signals[i], signals[i] == SIGHUP ? on_reload : on_end, server);
		if (!server->on_signal[i] || event_add(server->on_signal[i], NULL) < 0)
			return -1;
	}
	return 0;
}

/* ---- The server ---- */

static int
open_server(struct server *server, int port)
{
	struct evhttp_bound_socket *bound;
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	server->base = event_base_new();
	server->http = server->base ? evhttp_new(server->base) : NULL;
	if (!server->http || watch_signals(server) < 0)
		return -1;
	evhttp_set_bevcb(server->http, make_stream, server);
	if (levin_http_server_route(server->http, EVHTTP_REQ_GET, "/*", 0, on_file, server) < 0)
		return -1;
	bound = evhttp_bind_socket_with_handle(server->http, "127.0.0.1", (ev_uint16_t)port);
	if (!bound ||
	    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) < 0)
		return -1;
	printf("%d\n", ntohs(address.sin_port));
	return fflush(stdout);
}

static void
close_server(struct server *server)
{
	for (int i = 0; i < 3; i++)
		if (server->on_signal[i])
			event_free(server->on_signal[i]);
	if (server->http)
		evhttp_free(server->http);
	if (server->base)
		event_base_free(server->base);
	levin_tls_free(server->tls);
	if (server->directory >= 0)
		close(server->directory);
}

int
main(int argc, char **argv)
{
	struct levin_tls_certificate certificate = {0};
	struct levin_tls_settings settings = {.certificates = &certificate, .certificate_count = 1};
	struct server server = {.directory = -1};
	char reason[LEVIN_TLS_REASON_SIZE];
	int status = 1;

	if (argc < 4) {
		fprintf(stderr, "usage: https_server CERTIFICATE KEY DIRECTORY [PORT]\n");
		return 2;
	}
	certificate.certificate_file = argv[1];
	certificate.key_file = argv[2];
	server.tls = levin_tls_server_new(&settings, reason, sizeof(reason));
	server.directory = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!server.tls)
		fprintf(stderr, "%s\n", reason);
	else if (server.directory < 0)
		perror(argv[3]);
	else if (open_server(&server, argc > 4 ? atoi(argv[4]) : 0) == 0)
		status = event_base_dispatch(server.base) < 0;
	close_server(&server);
	return status;
}
