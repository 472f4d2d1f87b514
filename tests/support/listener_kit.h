/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of listeners: a place to listen on the kernel under test, clients, and callbacks that
 * write down what they accepted.  For one test file: everything is static.
 */
#ifndef LEVIN_TESTS_SUPPORT_LISTENER_KIT_H
#define LEVIN_TESTS_SUPPORT_LISTENER_KIT_H

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <fcntl.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

enum { SIM_PORT = 80 };

/* ---- Somewhere to listen, and those who connect ---- */

static const struct backend_under_test *backend;
static struct event_base *base;
static int clients[600];
static int clients_count;

static inline void
start(int i)
{
	backend = backend_under_test(i);
	base = base_on(backend);
	clients_count = 0;
}

static inline struct sockaddr_in
loopback(void)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

/* What one listener's callbacks have seen, and what they are to do. */
struct accepted {
	int connections;
	int errors;
	int error; /* errno of the last */
	int flags; /* O_NONBLOCK and FD_CLOEXEC of the last connection */
	int address_size;
	struct sockaddr_storage address;
	int break_at;
	void (*then)(struct evconnlistener *listener, struct accepted *accepted);
};

static inline void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	struct accepted *accepted = arg;

	accepted->connections++;
	accepted->address_size = size;
	memcpy(&accepted->address, address, sizeof(accepted->address));
	if (!backend_is_simulated(backend))
		accepted->flags = (fcntl(fd, F_GETFL) & O_NONBLOCK) | fcntl(fd, F_GETFD);
	ck_assert_int_eq(evutil_closesocket(fd), 0);
	if (accepted->break_at && accepted->connections == accepted->break_at)
		event_base_loopbreak(base);
	if (accepted->then)
		accepted->then(listener, accepted);
}

static inline void
on_error(struct evconnlistener *listener, void *arg)
{
	struct accepted *accepted = arg;

	accepted->error = errno;
	accepted->errors++;
	if (accepted->then)
		accepted->then(listener, accepted);
}

static inline struct evconnlistener *
listen_here(unsigned flags, struct accepted *accepted)
{
	struct evconnlistener *listener;
	struct sockaddr_in address = loopback();

	if (backend_is_simulated(backend)) {
		int fd = levin_sim_listener(simulation_under_test(), SIM_PORT, 1000);

		ck_assert_int_ge(fd, 0);
		listener = evconnlistener_new(base, on_connection, accepted, flags, -1, fd);
	} else {
		listener = evconnlistener_new_bind(base, on_connection, accepted, flags, 1000,
		    (struct sockaddr *)&address, sizeof(address));
	}
	ck_assert_ptr_nonnull(listener);
	return listener;
}

/* On loopback the connection stands when this returns. */
static inline void
connect_some(struct evconnlistener *listener, int count)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	while (count-- > 0) {
		int fd;

		if (backend_is_simulated(backend)) {
			fd = levin_sim_connect(simulation_under_test(), SIM_PORT);
		} else {
			size = sizeof(address);
			ck_assert_int_eq(getsockname(evconnlistener_get_fd(listener),
					     (struct sockaddr *)&address, &size),
			    0);
			fd = socket(address.ss_family, SOCK_STREAM, 0);
			ck_assert_int_ge(fd, 0);
			ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, size), 0);
		}
		ck_assert_int_ge(fd, 0);
		clients[clients_count++] = fd;
	}
}

static inline void
finish_test(void)
{
	while (clients_count > 0)
		evutil_closesocket(clients[--clients_count]);
	event_base_free(base);
}

/* Turns until so many connections have been accepted. */
static inline void
run_until(struct accepted *accepted, int connections)
{
	accepted->break_at = connections;
	if (accepted->connections < connections)
		ck_assert_int_eq(event_base_dispatch(base), 0);
	accepted->break_at = 0;
	ck_assert_int_eq(accepted->connections, connections);
}

/* For `then`. */
static inline void
disable(struct evconnlistener *listener, struct accepted *accepted)
{
	(void)accepted;
	ck_assert_int_eq(evconnlistener_disable(listener), 0);
}

static inline void
free_it(struct evconnlistener *listener, struct accepted *accepted)
{
	(void)accepted;
	evconnlistener_free(listener);
}

#endif
