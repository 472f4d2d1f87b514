/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/server_tcp.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>

#include "base/private.h"
#include "dns/server_connection.h"
#include "dns/server_port.h"

/* libevent's. */
#define DEFAULT_MAX_CLIENTS    10
#define DEFAULT_IDLE_TIMEOUT_S 10

/* A longer timeout is none: so many seconds fit into a struct timeval everywhere. */
#define IDLE_TIMEOUT_MAX_S 1000000000

/*
 * Invariants:
 *   1. on_idle is added if timer_is_added; that is so if there is a timeout and a connection, as
 *      far as there is memory
 *   2. listener is NULL once the port is closed
 */
struct tcp_port {
	struct evdns_server_port port;
	struct server_connections connections;
	struct evconnlistener *listener;
	struct event on_idle;
	bool timer_is_added;
	size_t max_clients;
	time_t idle_timeout_s; /* 0: none */
};

static struct tcp_port *
tcp_of(struct evdns_server_port *port)
{
	return container_of(port, struct tcp_port, port);
}

static struct server_connection *
first_connection_locked(struct tcp_port *tcp)
{
	return container_of(tcp->connections.open.next, struct server_connection, link);
}

/* ---- Idle clients ------------------------------------------------------------------------ */

/* How long until the connection has been idle for the timeout; at least 0. */
static struct timeval
time_left_locked(struct tcp_port *tcp, const struct server_connection *connection)
{
	struct timeval left = {tcp->idle_timeout_s, 0}, now, idle;

	event_gettime_monotonic(tcp->connections.base, &now);
	evutil_timersub(&now, &connection->active_at, &idle);
	if (evutil_timercmp(&idle, &left, >=))
		return (struct timeval){0, 0};
	evutil_timersub(&left, &idle, &left);
	return left;
}

static void
add_timer_locked(struct tcp_port *tcp)
{
	struct timeval left;

	if (tcp->timer_is_added || tcp->idle_timeout_s == 0 ||
	    lvn_dns_ring_is_alone(&tcp->connections.open))
		return;
	left = time_left_locked(tcp, first_connection_locked(tcp));
	tcp->timer_is_added = event_add(&tcp->on_idle, &left) == 0;
}

/* Those for which the program works are not idle. */
static void
close_idle_locked(struct tcp_port *tcp)
{
	while (!lvn_dns_ring_is_alone(&tcp->connections.open)) {
		struct server_connection *connection = first_connection_locked(tcp);
		struct timeval left = time_left_locked(tcp, connection);

		if (evutil_timerisset(&left))
			return;
		if (connection->request_count > 0)
			lvn_server_connection_touch_locked(connection);
		else
			lvn_server_connection_close_locked(connection);
	}
}

static void
on_idle(evutil_socket_t fd, short what, void *arg)
{
	struct tcp_port *tcp = arg;

	(void)fd;
	(void)what;
	lvn_private_lock_acquire(tcp->port.lock);
	if (!tcp->port.closed) {
		tcp->timer_is_added = false;
		if (tcp->idle_timeout_s > 0)
			close_idle_locked(tcp);
		add_timer_locked(tcp);
	}
	lvn_private_lock_release(tcp->port.lock);
}

/* ---- New clients ------------------------------------------------------------------------- */

/* Closes the connection that has been idle for longest.  Returns false if there is none. */
static bool
make_place_locked(struct tcp_port *tcp)
{
	struct dns_ring *open = &tcp->connections.open;

	for (struct dns_ring *link = open->next; link != open; link = link->next) {
		struct server_connection *connection =
		    container_of(link, struct server_connection, link);

		if (lvn_server_connection_is_idle_locked(connection)) {
			lvn_server_connection_close_locked(connection);
			return true;
		}
	}
	return false;
}

static bool
take_client_locked(
    struct tcp_port *tcp, int fd, const struct sockaddr *address, unsigned address_size)
{
	if (tcp->port.closed || evutil_make_socket_nonblocking(fd) < 0)
		return false;
	while (tcp->connections.open_count >= tcp->max_clients) {
		if (!make_place_locked(tcp))
			return false;
	}
	if (lvn_server_connection_open_locked(&tcp->connections, fd, address, address_size) < 0)
		return false;
	add_timer_locked(tcp);
	return true;
}

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	struct tcp_port *tcp = arg;
	bool is_taken;

	(void)listener;
	lvn_private_lock_acquire(tcp->port.lock);
	is_taken = take_client_locked(tcp, fd, address, (unsigned)size);
	lvn_private_lock_release(tcp->port.lock);
	if (!is_taken)
		evutil_closesocket(fd);
}

/* ---- The port ---------------------------------------------------------------------------- */

static int
send_reply(struct evdns_server_port *port, struct server_request *request, unsigned rcode)
{
	int rc;

	lvn_private_lock_acquire(port->lock);
	rc = lvn_server_connection_send_locked(request->connection, request, rcode);
	lvn_private_lock_release(port->lock);
	return rc;
}

static void
detach_locked(struct evdns_server_port *port, struct server_request *request)
{
	(void)port;
	lvn_server_connection_detach_locked(request->connection);
}

static int
set_option_locked(struct evdns_server_port *port, enum evdns_server_option option, size_t value)
{
	struct tcp_port *tcp = tcp_of(port);

	switch (option) {
	case EVDNS_SOPT_TCP_MAX_CLIENTS:
		tcp->max_clients = value;
		return 0;
	case EVDNS_SOPT_TCP_IDLE_TIMEOUT:
		tcp->idle_timeout_s = value <= IDLE_TIMEOUT_MAX_S ? (time_t)value : 0;
		if (tcp->timer_is_added)
			event_del_noblock(&tcp->on_idle);
		tcp->timer_is_added = false;
		add_timer_locked(tcp);
		return 0;
	default:
		return -EINVAL;
	}
}

/* On the loop's thread: no callback runs. */
static void
on_finalized(struct event *ev, void *arg)
{
	struct tcp_port *tcp = arg;

	(void)ev;
	lvn_private_lock_acquire(tcp->port.lock);
	lvn_server_connection_finalize_all_locked(&tcp->connections);
	lvn_server_port_leave_locked(&tcp->port);
}

static void
stop_locked(struct evdns_server_port *port)
{
	struct tcp_port *tcp = tcp_of(port);

	evconnlistener_free(tcp->listener);
	tcp->listener = NULL;
	lvn_server_connection_stop_all_locked(&tcp->connections);
	event_finalize(0, &tcp->on_idle, on_finalized);
}

static void
free_port(struct evdns_server_port *port)
{
	struct tcp_port *tcp = tcp_of(port);

	event_debug_unassign(&tcp->on_idle);
	lvn_server_port_clear(port);
	lvn_free(tcp);
}

static const struct server_port_ops ops = {
    .send = send_reply,
    .detach_locked = detach_locked,
    .stop_locked = stop_locked,
    .free = free_port,
    .set_option_locked = set_option_locked,
};

int
lvn_server_tcp_new(struct event_base *base, struct evconnlistener *listener,
    evdns_request_callback_fn_type callback, void *arg, struct evdns_server_port **port_out)
{
	struct tcp_port *tcp = lvn_calloc(1, sizeof(*tcp));
	int rc;

	if (!tcp)
		return -ENOMEM;
	rc = lvn_server_port_init(&tcp->port, &ops, callback, arg);
	if (rc < 0) {
		lvn_free(tcp);
		return rc;
	}
	if (!base)
		base = evconnlistener_get_base(listener);
	tcp->connections.port = &tcp->port;
	tcp->connections.base = base;
	lvn_dns_ring_init(&tcp->connections.open);
	lvn_dns_ring_init(&tcp->connections.buried);
	tcp->listener = listener;
	tcp->max_clients = DEFAULT_MAX_CLIENTS;
	tcp->idle_timeout_s = DEFAULT_IDLE_TIMEOUT_S;
	event_assign(&tcp->on_idle, base, -1, 0, on_idle, tcp);
	evconnlistener_set_cb(listener, on_accepted, tcp);
	if (evconnlistener_enable(listener) < 0) {
		evconnlistener_set_cb(listener, NULL, NULL);
		free_port(&tcp->port);
		return -ENOMEM;
	}
	*port_out = &tcp->port;
	return 0;
}
