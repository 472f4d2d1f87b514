/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server of lines whose clients may ask for TLS, as those of SMTP do:
 *
 *	220 ready
 *	> EHLO name
 *	250-localhost
 *	250 STARTTLS
 *	> STARTTLS
 *	220 go ahead
 *	... from here on by TLS ...
 *	> a line
 *	250 a line
 *	> QUIT
 *	221 bye
 *
 * usage: starttls_server CERTIFICATE KEY [PORT]
 *
 * It listens on this machine only, on a free port if none is given, and prints the port.  After
 * SIGTERM it accepts no more clients, and ends when the last one has left.
 */
#include <arpa/inet.h>
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
#include <strings.h>
#include <sys/socket.h>

/* A line that is longer ends the connection. */
#define LINE_MAX_SIZE 1000

struct server {
	struct evconnlistener *listener;
	struct event *term;
};

/* A client has one of these, and a bufferevent that is replaced when it asks for TLS. */
struct client {
	struct levin_tls *tls;
	int is_protected;
};

static void on_received(struct bufferevent *connection, void *client);

static void
close_client(struct bufferevent *connection, struct client *client)
{
	free(client);
	bufferevent_free(connection);
}

static void
on_event(struct bufferevent *connection, short what, void *arg)
{
	const char *reason = levin_tls_get_reason(connection);

	if (what & BEV_EVENT_CONNECTED)
		return;
	if (reason)
		fprintf(stderr, "%s\n", reason);
	close_client(connection, arg);
}

static void
on_shut_down(struct bufferevent *connection, enum levin_tls_ending ending, void *arg)
{
	(void)ending;
	close_client(connection, arg);
}

/* Everything has been sent; no answer is waited for. */
static void
on_sent(struct bufferevent *connection, void *arg)
{
	close_client(connection, arg);
}

static void
say(struct bufferevent *connection, const char *line)
{
	evbuffer_add_printf(bufferevent_get_output(connection), "%s\r\n", line);
}

static void
quit(struct bufferevent *connection, struct client *client)
{
	say(connection, "221 bye");
	if (client->is_protected && levin_tls_shutdown(connection, on_shut_down, client) == 0)
		return;
	bufferevent_disable(connection, EV_READ);
	bufferevent_setcb(connection, NULL, on_sent, on_event, client);
}

/*
 * Puts TLS on top of the connection.  Input behind STARTTLS was not protected, and an attacker may
 * have put it there: that is an error.
 */
static void
start_tls(struct bufferevent *plain, struct client *client)
{
	struct bufferevent *connection = NULL;

	say(plain, "220 go ahead");
	if (evbuffer_get_length(bufferevent_get_input(plain)) == 0)
		connection = levin_tls_filter_new(plain, client->tls, NULL, BEV_OPT_CLOSE_ON_FREE);
	if (!connection) {
		close_client(plain, client);
		return;
	}
	client->is_protected = 1;
	bufferevent_setcb(connection, on_received, NULL, on_event, client);
	bufferevent_enable(connection, EV_READ);
}

static void
on_received(struct bufferevent *connection, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(connection);
	struct client *client = arg;
	char *line;

	while ((line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF))) {
		int is_start = strcasecmp(line, "STARTTLS") == 0 && !client->is_protected;
		int is_end = strcasecmp(line, "QUIT") == 0;

		if (strncasecmp(line, "EHLO", 4) == 0)
			say(connection, client->is_protected ? "250 localhost"
							     : "250-localhost\r\n250 STARTTLS");
		else if (!is_start && !is_end)
			evbuffer_add_printf(bufferevent_get_output(connection), "250 %s\r\n", line);
		free(line);
		if (is_start)
			start_tls(connection, client);
		else if (is_end)
			quit(connection, client);
		if (is_start || is_end)
			return;
	}
	if (evbuffer_get_length(input) > LINE_MAX_SIZE)
		close_client(connection, client);
}

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *tls)
{
	struct client *client = calloc(1, sizeof(*client));
	struct bufferevent *connection =
	    bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);

	(void)address;
	(void)size;
	if (!client || !connection) {
		free(client);
		if (connection)
			bufferevent_free(connection);
		else
			evutil_closesocket(fd);
		return;
	}
	client->tls = tls;
	bufferevent_setcb(connection, on_received, NULL, on_event, client);
	bufferevent_enable(connection, EV_READ);
	say(connection, "220 ready");
}

/* Stops what keeps the loop running; the connections that are left go on. */
static void
on_term(evutil_socket_t signo, short what, void *arg)
{
	struct server *server = arg;

	(void)signo;
	(void)what;
	event_del(server->term);
	evconnlistener_disable(server->listener);
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

static int
serve(struct levin_tls *tls, unsigned short port)
{
	struct sockaddr_in address;
	struct event_base *base = event_base_new();
	struct server server;
	int status = 1;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	if (!base)
		return 1;
	server.listener = evconnlistener_new_bind(base, on_accepted, tls,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, -1,
	    (struct sockaddr *)&address, sizeof(address));
	server.term = evsignal_new(base, SIGTERM, on_term, &server);
	if (server.listener && server.term && event_add(server.term, NULL) == 0 &&
	    print_port(evconnlistener_get_fd(server.listener)) == 0 &&
	    event_base_dispatch(base) >= 0)
		status = 0;
	if (server.listener)
		evconnlistener_free(server.listener);
	if (server.term)
		event_free(server.term);
	event_base_free(base);
	return status;
}

int
main(int argc, char **argv)
{
	struct levin_tls_certificate certificate = {0};
	struct levin_tls_settings settings = {.certificates = &certificate, .certificate_count = 1};
	char reason[LEVIN_TLS_REASON_SIZE];
	long port = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
	struct levin_tls *tls;
	int status;

	if (argc < 3 || port < 0 || port > 65535) {
		fprintf(stderr, "usage: starttls_server CERTIFICATE KEY [PORT]\n");
		return 2;
	}
	/* A peer that has gone is an error of its connection, not a signal. */
	signal(SIGPIPE, SIG_IGN);
	certificate.certificate_file = argv[1];
	certificate.key_file = argv[2];
	tls = levin_tls_server_new(&settings, reason, sizeof(reason));
	if (!tls) {
		fprintf(stderr, "%s\n", reason);
		return 1;
	}
	status = serve(tls, (unsigned short)port);
	levin_tls_free(tls);
	return status;
}
