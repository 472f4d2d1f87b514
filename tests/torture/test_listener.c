/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners while memory and system calls fail.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/platform.h"
#include "torture/torture.h"

enum { CLIENTS = 5 };

struct heard {
	struct event_base *base;
	int connections;
	int errors;
};

static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	struct heard *heard = arg;

	(void)listener;
	(void)address;
	(void)size;
	torture_close(fd);
	if (++heard->connections == CLIENTS)
		event_base_loopbreak(heard->base);
}

static void
on_error(struct evconnlistener *listener, void *arg)
{
	struct heard *heard = arg;

	(void)listener;
	heard->errors++;
}

static int
connect_to(struct evconnlistener *listener)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int fd;

	faults_pause();
	fd = socket(AF_INET, SOCK_STREAM, 0);
	EXPECT(
	    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size) == 0);
	EXPECT(connect(fd, (struct sockaddr *)&address, size) == 0);
	faults_resume();
	return fd;
}

/* No connection is lost, whatever fails. */
static void
listen_and_take(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	struct heard heard = {.base = base};
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	const unsigned flags =
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_THREADSAFE | LEV_OPT_REUSEABLE;
	struct evconnlistener *listener;
	int clients[CLIENTS];

	TRY_NEW(listener, evconnlistener_new_bind(base, on_connection, &heard, flags, -1,
			      (struct sockaddr *)&address, sizeof(address)));
	evconnlistener_set_error_cb(listener, on_error);
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = connect_to(listener);
	TRY(evconnlistener_disable(listener));
	TRY(evconnlistener_enable(listener));
	torture_run(base, &heard.connections, CLIENTS);

	EXPECT(heard.connections == CLIENTS);
	evconnlistener_free(listener);
	for (int i = 0; i < CLIENTS; i++)
		torture_close(clients[i]);
	event_base_free(base);
}

/* Without accept4 a connection is closed where fcntl fails. */
TEST_RANGE(listener__no_connection_is_lost_whatever_fails, 0,
    LVN_HAVE_ACCEPT4 ? backends_under_test_count() : 0)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(listen_and_take, &configuration);
}
