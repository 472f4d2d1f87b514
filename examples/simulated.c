/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An echo server and 1,000 clients on a bad network, in no time: everything runs in a
 * simulated kernel.  The same seed gives the same run, to the byte.
 *
 *     simulated [seed]
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <inttypes.h>
#include <levin/sim.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PORT         7
#define CLIENT_COUNT 1000
#define MESSAGE_SIZE 300
#define BUFFER_SIZE  128
#define MS           INT64_C(1000000)
#define PATIENCE_S   30

static const struct levin_sim_options bad_network = {
    .latency_min_ns = 1 * MS,
    .latency_max_ns = 150 * MS,
    .capacity = 200,
    .short_read_permille = 200,
    .short_write_permille = 200,
    .spurious_eagain_permille = 50,
    .reset_permille = 2,
    .refuse_permille = 20,
    .reorder_permille = 500,
};

/* Reads what comes and writes it back. */
struct echo {
	struct event *reading;
	struct event *writing;
	size_t size;
	char bytes[BUFFER_SIZE];
};

/* Sends a message and expects it back. */
struct client {
	struct event *event;
	size_t sent;
	size_t received;
	char message[MESSAGE_SIZE];
};

static struct levin_sim *sim;
static struct event_base *base;
static struct event *accepting;
static struct client clients[CLIENT_COUNT];
static int running = CLIENT_COUNT;
static int answered, refused, broken, late, wrong;

static void
require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "simulated: %s failed\n", what);
	exit(EXIT_FAILURE);
}

/* The server. */

static void
echo_end(struct echo *echo)
{
	evutil_closesocket(event_get_fd(echo->reading));
	event_free(echo->reading);
	event_free(echo->writing);
	free(echo);
}

static bool
is_over(ssize_t moved)
{
	return moved == 0 || (moved < 0 && errno != EAGAIN);
}

static void
echo_read(evutil_socket_t fd, short what, void *arg)
{
	struct echo *echo = arg;
	ssize_t size = levin_sim_read(fd, echo->bytes, sizeof(echo->bytes));

	(void)what;
	if (is_over(size)) {
		echo_end(echo);
	} else if (size > 0) {
		echo->size = (size_t)size;
		event_del(echo->reading);
		event_add(echo->writing, NULL);
	}
}

static void
echo_write(evutil_socket_t fd, short what, void *arg)
{
	struct echo *echo = arg;
	ssize_t size = levin_sim_write(fd, echo->bytes, echo->size);

	(void)what;
	if (is_over(size)) {
		echo_end(echo);
		return;
	}
	if (size > 0) {
		echo->size -= (size_t)size;
		memmove(echo->bytes, echo->bytes + size, echo->size);
	}
	if (echo->size == 0) {
		event_del(echo->writing);
		event_add(echo->reading, NULL);
	}
}

static void
accept_one(evutil_socket_t listener, short what, void *arg)
{
	int fd = levin_sim_accept(listener);
	struct echo *echo;

	(void)what;
	(void)arg;
	if (fd < 0)
		return;
	echo = calloc(1, sizeof(*echo));
	require(echo, "calloc");
	echo->reading = event_new(base, fd, EV_READ | EV_PERSIST, echo_read, echo);
	echo->writing = event_new(base, fd, EV_WRITE | EV_PERSIST, echo_write, echo);
	require(echo->reading && echo->writing, "event_new");
	event_add(echo->reading, NULL);
}

/* The clients. */

static void
client_end(struct client *client, int *outcome)
{
	++*outcome;
	evutil_closesocket(event_get_fd(client->event));
	event_free(client->event);
	if (--running == 0)
		event_free(accepting);
}

static bool
client_receive(struct client *client, int fd)
{
	char bytes[BUFFER_SIZE];
	ssize_t size = levin_sim_read(fd, bytes, sizeof(bytes));

	if (is_over(size))
		return false;
	if (size > 0) {
		if (memcmp(bytes, client->message + client->received, (size_t)size) != 0)
			wrong++;
		client->received += (size_t)size;
	}
	return true;
}

static bool
client_send(struct client *client, int fd)
{
	ssize_t size;

	if (client->sent == MESSAGE_SIZE)
		return true;
	size = levin_sim_write(fd, client->message + client->sent, MESSAGE_SIZE - client->sent);
	if (is_over(size))
		return false;
	if (size > 0)
		client->sent += (size_t)size;
	return true;
}

static void client_turn(evutil_socket_t fd, short what, void *arg);

/* Waits for what is next: writing only while there is something to send. */
static void
client_wait(struct client *client, int fd)
{
	static const struct timeval patience = {PATIENCE_S, 0};
	short wants = client->sent < MESSAGE_SIZE ? EV_READ | EV_WRITE : EV_READ;

	require(
	    event_assign(client->event, base, fd, wants, client_turn, client) == 0, "event_assign");
	event_add(client->event, &patience);
}

static void
client_turn(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;

	if (what & EV_TIMEOUT)
		client_end(client, &late);
	else if (client->sent == 0 && levin_sim_error(fd) != 0)
		client_end(client, &refused);
	else if ((what & EV_READ) && !client_receive(client, fd))
		client_end(client, &broken);
	else if ((what & EV_WRITE) && !client_send(client, fd))
		client_end(client, &broken);
	else if (client->received == MESSAGE_SIZE)
		client_end(client, &answered);
	else
		client_wait(client, fd);
}

static void
client_begin(void *arg)
{
	struct client *client = arg;
	int fd = levin_sim_connect(sim, PORT);

	require(fd >= 0, "levin_sim_connect");
	for (size_t i = 0; i < MESSAGE_SIZE; i++)
		client->message[i] = (char)levin_sim_random(sim, 256);
	client->event = event_new(base, fd, EV_READ, client_turn, client);
	require(client->event, "event_new");
	client_wait(client, fd);
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int64_t start_ns;
	int listener;

	sim = levin_sim_new(seed, &bad_network);
	require(sim, "levin_sim_new");
	base = levin_sim_base_new(sim, NULL);
	require(base, "levin_sim_base_new");
	start_ns = levin_sim_now_ns(sim);
	listener = levin_sim_listener(sim, PORT, 128);
	require(listener >= 0, "levin_sim_listener");
	accepting = event_new(base, listener, EV_READ | EV_PERSIST, accept_one, NULL);
	require(accepting && event_add(accepting, NULL) == 0, "event_new");
	for (int i = 0; i < CLIENT_COUNT; i++)
		require(
		    levin_sim_at(sim, i * 2 * MS, client_begin, &clients[i]) == 0, "levin_sim_at");

	event_base_dispatch(base);

	printf("seed %" PRIu64
	       ": %d answered, %d refused, %d broken, %d too late, %d wrong bytes\n",
	    seed, answered, refused, broken, late, wrong);
	printf("%.3f virtual seconds, trace %016" PRIx64 "\n",
	    (double)(levin_sim_now_ns(sim) - start_ns) / 1e9, levin_sim_trace_hash(sim));
	event_base_free(base);
	levin_sim_free(sim);
	return wrong || running ? EXIT_FAILURE : EXIT_SUCCESS;
}
