/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An echo server over TLS: sends back what each client sends.
 *
 * usage: tls_echo_server CERTIFICATE KEY [PORT]
 *
 * CERTIFICATE and KEY are files in PEM.  SIGHUP reads them again: clients that are connected keep
 * the old certificate, later ones get the new one, and if something is wrong with the files the
 * server says so and goes on with the old one.
 *
 * It listens on this machine only, on a free port if none is given, and prints the port.  After
 * SIGTERM or SIGINT it accepts no more clients, and ends when the last one has left.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <levin/tls.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* With this many bytes waiting for a client, nothing more is read from it. */
#define OUTPUT_MAX 65536

struct server {
	struct event_base *base;
	struct levin_tls *tls;
	struct evconnlistener *listener;
	struct event *on_term;
	struct event *on_int;
	struct event *on_hup;
};

/* ---- A client ---- */

static void
on_sent(struct bufferevent *client, void *arg)
{
	(void)arg;
	bufferevent_enable(client, EV_READ);
}

static void
on_received(struct bufferevent *client, void *arg)
{
	struct evbuffer *output = bufferevent_get_output(client);

	(void)arg;
	if (evbuffer_add_buffer(output, bufferevent_get_input(client)) != 0)
		bufferevent_free(client);
	else if (evbuffer_get_length(output) > OUTPUT_MAX)
		bufferevent_disable(client, EV_READ);
}

static void
on_closed(struct bufferevent *client, enum levin_tls_ending ending, void *arg)
{
	(void)ending;
	(void)arg;
	bufferevent_free(client);
}

static void
on_event(struct bufferevent *client, short what, void *arg)
{
	const char *reason = levin_tls_get_reason(client);
	struct levin_tls_facts facts;

	(void)arg;
	if (what & BEV_EVENT_CONNECTED) {
		if (levin_tls_get_facts(client, &facts) == 0)
			fprintf(stderr, "%s, %s%s\n", facts.protocol, facts.cipher,
			    facts.is_resumed ? ", resumed" : "");
		return;
	}
	if (reason)
		fprintf(stderr, "%s\n", reason);
	/* The client has sent everything: it gets the rest of its echo, and our close_notify. */
	if (!(what & BEV_EVENT_EOF) || levin_tls_shutdown(client, on_closed, NULL) != 0)
		bufferevent_free(client);
}

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	const struct timeval minute = {60, 0};
	struct server *server = arg;
	struct bufferevent *client =
	    levin_tls_socket_new(server->base, fd, server->tls, NULL, BEV_OPT_CLOSE_ON_FREE);

	(void)listener;
	(void)address;
	(void)size;
	if (!client) {
		evutil_closesocket(fd);
		return;
	}
	bufferevent_setcb(client, on_received, on_sent, on_event, NULL);
	if (bufferevent_set_timeouts(client, &minute, &minute) != 0 ||
	    bufferevent_enable(client, EV_READ) != 0)
		bufferevent_free(client);
}

/* ---- The server ---- */

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

/* Stops what keeps the loop running; the connections that are left go on. */
static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct server *server = arg;

	(void)signo;
	(void)what;
	event_del(server->on_term);
	event_del(server->on_int);
	event_del(server->on_hup);
	evconnlistener_disable(server->listener);
}

static int
open_server(struct server *server, unsigned short port)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	server->base = event_base_new();
	if (!server->base)
		return -1;
	server->listener = evconnlistener_new_bind(server->base, on_accepted, server,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, -1,
	    (struct sockaddr *)&address, sizeof(address));
	server->on_term = evsignal_new(server->base, SIGTERM, on_signal, server);
	server->on_int = evsignal_new(server->base, SIGINT, on_signal, server);
	server->on_hup = evsignal_new(server->base, SIGHUP, on_reload, server);
	if (!server->listener || !server->on_term || !server->on_int || !server->on_hup ||
	    event_add(server->on_term, NULL) != 0 || event_add(server->on_int, NULL) != 0 ||
	    event_add(server->on_hup, NULL) != 0)
		return -1;
	return 0;
}

static void
close_server(struct server *server)
{
	if (server->listener)
		evconnlistener_free(server->listener);
	if (server->on_term)
		event_free(server->on_term);
	if (server->on_int)
		event_free(server->on_int);
	if (server->on_hup)
		event_free(server->on_hup);
	if (server->base)
		event_base_free(server->base);
	levin_tls_free(server->tls);
}

static int
print_port(evutil_socket_t fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return -1;
	printf("%d\n", ntohs(address.sin_port));
	return fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct levin_tls_certificate certificate = {0};
	struct levin_tls_settings settings = {.certificates = &certificate, .certificate_count = 1};
	char reason[LEVIN_TLS_REASON_SIZE];
	struct server server = {0};
	long port = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
	int status = 1;

	if (argc < 3 || port < 0 || port > 65535) {
		fprintf(stderr, "usage: tls_echo_server CERTIFICATE KEY [PORT]\n");
		return 2;
	}
	/* A peer that has gone is an error of its connection, not a signal. */
	signal(SIGPIPE, SIG_IGN);
	certificate.certificate_file = argv[1];
	certificate.key_file = argv[2];
	server.tls = levin_tls_server_new(&settings, reason, sizeof(reason));
	if (!server.tls) {
		fprintf(stderr, "%s\n", reason);
		return 1;
	}
	if (open_server(&server, (unsigned short)port) != 0)
		perror("tls_echo_server");
	else if (print_port(evconnlistener_get_fd(server.listener)) == 0 &&
		 event_base_dispatch(server.base) >= 0)
		status = 0;
	close_server(&server);
	return status;
}
