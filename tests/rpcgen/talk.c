/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: talk server | talk client PORT SEED COUNT
 *
 * The server prints its port and replies to each letter with a copy, until its standard input ends.
 * The client sends letters at random and compares.  Built once, they run on either library.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/http.h>
#include <event2/rpc.h>
#include <event2/rpc_struct.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "random_letter.h"

EVRPC_HEADER(Copy, letter, letter)
EVRPC_GENERATE(Copy, letter, letter)

static struct event_base *base;
static struct evrpc_pool *letters;
static int left;

/* ---- the server ---- */

static void
reply_with_copy(EVRPC_STRUCT(Copy) * rpc, void *arg)
{
	struct evbuffer *buffer = evbuffer_new();

	(void)arg;
	letter_marshal(buffer, rpc->request);
	if (letter_unmarshal(rpc->reply, buffer) < 0)
		abort();
	evbuffer_free(buffer);
	EVRPC_REQUEST_DONE(rpc);
}

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	char byte;

	(void)what;
	(void)arg;
	if (recv((int)fd, &byte, 1, 0) <= 0)
		event_base_loopexit(base, NULL);
}

static int
serve(void)
{
	struct evhttp *http = evhttp_new(base);
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	struct evrpc_base *rpc = evrpc_init(http);
	struct event *end = event_new(base, 0, EV_READ | EV_PERSIST, stop, NULL);
	struct sockaddr_in address = {.sin_port = 0};
	socklen_t size = sizeof(address);

	if (EVRPC_REGISTER(rpc, Copy, letter, letter, reply_with_copy, NULL) < 0 ||
	    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) < 0)
		return EXIT_FAILURE;
	event_add(end, NULL);
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	event_base_dispatch(base);
	event_free(end);
	evrpc_free(rpc);
	evhttp_free(http);
	return EXIT_SUCCESS;
}

/* ---- the client ---- */

static void send_one(void);

static struct evbuffer *
bytes_of(const struct letter *letter)
{
	struct evbuffer *buffer = evbuffer_new();

	letter_marshal(buffer, letter);
	return buffer;
}

static void
compare(struct evrpc_status *status, struct letter *request, struct letter *reply, void *arg)
{
	struct evbuffer *sent = bytes_of(request), *received = bytes_of(reply);
	size_t size = evbuffer_get_length(sent);

	(void)arg;
	if (status->error != EVRPC_STATUS_ERR_NONE || evbuffer_get_length(received) != size ||
	    memcmp(evbuffer_pullup(sent, -1), evbuffer_pullup(received, -1), size) != 0) {
		printf("letter %d comes back with %d, %zu bytes of %zu\n", left, status->error,
		    evbuffer_get_length(received), size);
		exit(EXIT_FAILURE);
	}
	evbuffer_free(sent);
	evbuffer_free(received);
	letter_free(request);
	letter_free(reply);
	if (--left > 0)
		send_one();
	else
		event_base_loopexit(base, NULL);
}

static void
send_one(void)
{
	struct letter *request = letter_new();

	fill_letter(request);
	if (EVRPC_MAKE_REQUEST(Copy, letters, request, letter_new(), compare, NULL) < 0)
		abort();
}

/* libevent ends the process if the pool and the connection have a base. */
static int
ask(int port, int seed, int count)
{
	random_state = (uint64_t)seed;
	left = count;
	letters = evrpc_pool_new(NULL);
	evrpc_pool_add_connection(
	    letters, evhttp_connection_base_new(base, NULL, "127.0.0.1", (ev_uint16_t)port));
	send_one();
	event_base_dispatch(base);
	evrpc_pool_free(letters);
	return left == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	int rc;

	base = event_init();
	rc = argc == 5 ? ask(atoi(argv[2]), atoi(argv[3]), atoi(argv[4])) : serve();
	event_base_free(base);
	return rc;
}
