/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_tcp.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/private.h"
#include "dns/dns_message.h"
#include "dns/dns_options.h"
#include "dns/dns_query.h"
#include "dns/dns_server.h"
#include "dns/dns_time.h"

/* A message is behind its length, in two bytes. */
#define LENGTH_SIZE 2

static void on_readable(struct bufferevent *stream, void *arg);
static void on_event(struct bufferevent *stream, short what, void *arg);

void
lvn_dns_tcp_init(struct dns_tcp *tcp, struct dns_tcp_context *context, struct dns_server *server,
    const struct dns_udp *udp)
{
	*tcp = (struct dns_tcp){.context = context, .server = server, .udp = udp};
}

/* ---- Opening ------------------------------------------------------------------------ */

static struct bufferevent *
new_stream(const struct dns_tcp *tcp)
{
	const struct dns_tcp_context *context = tcp->context;
	const struct dns_server *server = tcp->server;

	if (context->new_stream)
		return context->new_stream(context->base, &server->address.any,
		    server->address_size, context->new_stream_arg);
	return bufferevent_socket_new(context->base, -1, LVN_DNS_TCP_STREAM_OPTIONS);
}

/* Gives the stream a socket with the local address.  0 or -errno. */
static int
bind_stream(const struct dns_tcp *tcp, struct bufferevent *stream)
{
	const struct dns_udp *udp = tcp->udp;
	int fd;
	int rc;

	if (udp->bind_to_size == 0)
		return 0;
	fd = lvn_io_socket(
	    lvn_base_world(tcp->context->base), udp->bind_to.any.sa_family, SOCK_STREAM, 0, 0);
	if (fd < 0)
		return -errno;
	if (lvn_io_bind(fd, &udp->bind_to.any, udp->bind_to_size) < 0)
		rc = -errno;
	else
		rc = bufferevent_setfd(stream, fd) < 0 ? -ENOMEM : 0;
	if (rc < 0)
		lvn_io_close(fd);
	return rc;
}

static int
set_timeout(const struct dns_connection *connection)
{
	struct timeval idle = lvn_dns_timeval_from_ns(connection->context->options->tcp_idle_ns);

	return bufferevent_set_timeouts(connection->stream, &idle, NULL);
}

static int
connect_stream(struct dns_connection *connection)
{
	const struct dns_tcp *tcp = connection->tcp;
	int rc = bind_stream(tcp, connection->stream);

	if (rc < 0)
		return rc;
	if (set_timeout(connection) < 0 ||
	    bufferevent_enable(connection->stream, EV_READ | EV_WRITE) < 0)
		return -ENOMEM;
	bufferevent_setcb(connection->stream, on_readable, NULL, on_event, connection);
	errno = 0;
	if (bufferevent_socket_connect(
		connection->stream, &tcp->server->address.any, (int)tcp->server->address_size) < 0)
		return errno ? -errno : -ENOMEM;
	return 0;
}

static void
free_connection(struct dns_connection *connection)
{
	if (connection->stream)
		bufferevent_free(connection->stream);
	if (connection->received)
		evbuffer_free(connection->received);
	lvn_free(connection);
}

static int
open_connection(struct dns_tcp *tcp)
{
	struct dns_connection *connection = lvn_calloc(1, sizeof(*connection));
	int rc;

	if (!connection)
		return -ENOMEM;
	lvn_dns_ring_init(&connection->link);
	lvn_dns_ring_init(&connection->asked);
	connection->context = tcp->context;
	connection->tcp = tcp;
	connection->is_watched = true;
	connection->received = evbuffer_new();
	connection->stream = new_stream(tcp);
	rc = connection->received && connection->stream ? connect_stream(connection) : -ENOMEM;
	if (rc < 0) {
		free_connection(connection);
		return rc;
	}
	tcp->connection = connection;
	return 0;
}

/* ---- Closing ------------------------------------------------------------------------ */

/* A callback of the stream may be about to run, with the connection as the argument. */
void
lvn_dns_tcp_close(struct dns_tcp *tcp)
{
	struct dns_connection *connection = tcp->connection;

	if (!connection)
		return;
	tcp->connection = NULL;
	connection->tcp = NULL;
	bufferevent_free(connection->stream);
	connection->stream = NULL;
	lvn_dns_ring_append(&connection->context->graveyard, &connection->link);
}

void
lvn_dns_tcp_bury(struct dns_tcp_context *context)
{
	while (!lvn_dns_ring_is_alone(&context->graveyard)) {
		struct dns_connection *connection =
		    container_of(context->graveyard.next, struct dns_connection, link);

		lvn_dns_ring_remove(&connection->link);
		free_connection(connection);
	}
}

static void
fail(struct dns_connection *connection, int error)
{
	lvn_dns_tcp_close(connection->tcp);
	connection->context->on_closed(connection, error);
}

/* ---- Receiving -------------------------------------------------------------------------- */

/* Takes one message.  Returns whether there may be another. */
static bool
take_message(struct dns_connection *connection)
{
	struct evbuffer *received = connection->received;
	uint8_t length[LENGTH_SIZE];
	const uint8_t *whole;
	size_t size;

	if (evbuffer_copyout(received, length, sizeof(length)) < LENGTH_SIZE)
		return false;
	size = (size_t)length[0] << 8 | length[1];
	if (size < LVN_DNS_HEADER_SIZE) {
		fail(connection, -EBADMSG);
		return false;
	}
	if (evbuffer_get_length(received) < LENGTH_SIZE + size)
		return false;
	whole = evbuffer_pullup(received, (ev_ssize_t)(LENGTH_SIZE + size));
	if (!whole) {
		fail(connection, -ENOMEM);
		return false;
	}
	connection->context->on_message(connection, whole + LENGTH_SIZE, size);
	evbuffer_drain(received, LENGTH_SIZE + size);
	return connection->tcp != NULL;
}

static void
on_readable(struct bufferevent *stream, void *arg)
{
	struct dns_connection *connection = arg;
	struct dns_tcp_context *context = connection->context;

	if (!context->enter(context->owner))
		return;
	if (connection->tcp) {
		if (evbuffer_add_buffer(connection->received, bufferevent_get_input(stream)) < 0)
			fail(connection, -ENOMEM);
		while (connection->tcp && take_message(connection)) {
		}
	}
	context->leave(context->owner);
}

/* Questions are small, and each waits for its reply. */
static void
send_at_once(struct bufferevent *stream)
{
	int fd = (int)bufferevent_getfd(stream);

	if (fd >= 0)
		lvn_io_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int
error_of(short what)
{
	if (what & BEV_EVENT_TIMEOUT)
		return -ETIMEDOUT;
	if (what & BEV_EVENT_EOF || EVUTIL_SOCKET_ERROR() == 0)
		return -ECONNRESET;
	return -EVUTIL_SOCKET_ERROR();
}

static void
on_event(struct bufferevent *stream, short what, void *arg)
{
	struct dns_connection *connection = arg;
	struct dns_tcp_context *context = connection->context;
	int error = error_of(what);

	if (!context->enter(context->owner))
		return;
	if (connection->tcp) {
		if (what & BEV_EVENT_CONNECTED)
			send_at_once(stream);
		else
			fail(connection, error);
	}
	context->leave(context->owner);
}

/* ---- Sending ------------------------------------------------------------------------ */

/* While it was not watched, the server may have closed it. */
static void
close_if_old(struct dns_tcp *tcp, int64_t now_ns)
{
	struct dns_connection *connection = tcp->connection;

	if (connection && !connection->is_watched &&
	    (now_ns - connection->used_ns >= tcp->context->options->tcp_idle_ns ||
		bufferevent_enable(connection->stream, EV_READ) < 0))
		lvn_dns_tcp_close(tcp);
	else if (connection)
		connection->is_watched = true;
}

int
lvn_dns_tcp_send(struct dns_tcp *tcp, const uint8_t *message, size_t size, int64_t now_ns)
{
	uint8_t whole[LENGTH_SIZE + LVN_DNS_QUERY_PADDED_MAX] = {
	    (uint8_t)(size >> 8), (uint8_t)size};
	int rc;

	memcpy(whole + LENGTH_SIZE, message, size);
	close_if_old(tcp, now_ns);
	if (!tcp->connection) {
		rc = open_connection(tcp);
		if (rc < 0)
			return rc;
	}
	tcp->connection->used_ns = now_ns;
	if (bufferevent_write(tcp->connection->stream, whole, LENGTH_SIZE + size) == 0)
		return 0;
	/* A connection that no query waits for would keep the loop alive. */
	if (lvn_dns_ring_is_alone(&tcp->connection->asked))
		lvn_dns_tcp_close(tcp);
	return -ENOMEM;
}

void
lvn_dns_tcp_note_idle(struct dns_tcp *tcp)
{
	struct dns_connection *connection = tcp->connection;

	if (!connection || tcp->context->watches_idle || !lvn_dns_ring_is_alone(&connection->asked))
		return;
	/* What it has to send yet would keep the loop alive, and no query waits for it. */
	if (evbuffer_get_length(bufferevent_get_output(connection->stream)) > 0) {
		lvn_dns_tcp_close(tcp);
		return;
	}
	bufferevent_disable(connection->stream, EV_READ);
	connection->is_watched = false;
}
