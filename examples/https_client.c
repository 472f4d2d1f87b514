/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An HTTPS client: prints a page and its head.  It uses the system's trust store, or the
 * certificates of a file, and requires that the server has a certificate for the host.
 *
 * usage: https_client HOST PORT PATH [TRUST]
 *
 * It speaks HTTP/1.0, in which a page ends with the connection.  The server's close_notify shows
 * that the page is whole; without it the status is 1.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <levin/tls.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct client {
	struct event_base *base;
	struct bufferevent *connection;
	int status; /* of the program */
};

static void
on_received(struct bufferevent *connection, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(connection);
	char data[4096];
	int size;

	(void)arg;
	while ((size = evbuffer_remove(input, data, sizeof(data))) > 0)
		fwrite(data, 1, (size_t)size, stdout);
}

/* Why there is no connection any more, or never was. */
static const char *
reason_of(struct bufferevent *connection, short what)
{
	int lookup_error = bufferevent_socket_get_dns_error(connection);
	const char *reason = levin_tls_get_reason(connection);

	if (lookup_error != 0)
		return evutil_gai_strerror(lookup_error);
	if (reason)
		return reason;
	if (what & BEV_EVENT_TIMEOUT)
		return "the server is too slow";
	return evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR());
}

static void
on_event(struct bufferevent *connection, short what, void *arg)
{
	struct client *client = arg;
	struct levin_tls_facts facts;

	if (what & BEV_EVENT_CONNECTED) {
		if (levin_tls_get_facts(connection, &facts) == 0)
			fprintf(stderr, "%s, %s, %s\n", facts.protocol, facts.cipher,
			    facts.peer_subject);
		return;
	}
	if (what & BEV_EVENT_EOF)
		client->status = 0;
	else
		fprintf(stderr, "https_client: %s\n", reason_of(connection, what));
	event_base_loopbreak(client->base);
}

static int
ask(struct client *client, const char *host, int port, const char *path)
{
	const struct timeval limit = {20, 0};

	bufferevent_setcb(client->connection, on_received, NULL, on_event, client);
	if (bufferevent_set_timeouts(client->connection, &limit, &limit) != 0 ||
	    bufferevent_enable(client->connection, EV_READ) != 0)
		return -1;
	/* It is sent when the server has been verified, and not before. */
	evbuffer_add_printf(bufferevent_get_output(client->connection),
	    "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, host);
	return bufferevent_socket_connect_hostname(client->connection, NULL, AF_UNSPEC, host, port);
}

int
main(int argc, char **argv)
{
	struct levin_tls_settings settings = {.alpn = "http/1.1"};
	char reason[LEVIN_TLS_REASON_SIZE];
	struct client client = {.status = 1};
	struct levin_tls *tls;

	if (argc < 4) {
		fprintf(stderr, "usage: https_client HOST PORT PATH [TRUST]\n");
		return 2;
	}
	/* A peer that has gone is an error of its connection, not a signal. */
	signal(SIGPIPE, SIG_IGN);
	settings.trust_file = argc > 4 ? argv[4] : NULL;
	tls = levin_tls_client_new(&settings, reason, sizeof(reason));
	if (!tls) {
		fprintf(stderr, "https_client: %s\n", reason);
		return 1;
	}
	client.base = event_base_new();
	if (client.base)
		client.connection =
		    levin_tls_socket_new(client.base, -1, tls, argv[1], BEV_OPT_CLOSE_ON_FREE);
	if (client.connection) {
		if (ask(&client, argv[1], atoi(argv[2]), argv[3]) == 0)
			event_base_dispatch(client.base);
		bufferevent_free(client.connection);
	}
	if (client.base)
		event_base_free(client.base);
	levin_tls_free(tls);
	return client.status;
}
