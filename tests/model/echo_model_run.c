/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An echo server and its clients, as programs write them, in one simulated world for each
 * seed: listeners, connections by address and by name, bufferevents, a network that is slow,
 * short, forgetful, and breaks.
 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <getopt.h>
#include <inttypes.h>
#include <levin/sim.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS         INT64_C(1000000)
#define PORT       7
#define BYTES_MAX  3000
#define PATIENCE_S 100

enum outcome { RUNNING, ANSWERED, REFUSED, BROKEN, LATE, OUTCOMES };

struct client {
	struct bufferevent *bev;
	enum outcome outcome;
	size_t size;
	size_t received;
	bool is_connected;
	unsigned char bytes[BYTES_MAX];
};

static struct levin_sim *sim;
static struct event_base *base;
static struct evconnlistener *listener;
static struct client *clients;
static size_t client_count;
static size_t running;
static size_t serving;
static const char *fault;
static uint64_t outcomes[OUTCOMES];

static void
require(bool holds, const char *what)
{
	if (!holds && !fault)
		fault = what;
}

static unsigned
below(uint64_t bound)
{
	return (unsigned)levin_sim_random(sim, bound);
}

/* ---- The server --------------------------------------------------------------------- */

static void
echo(struct bufferevent *bev, void *arg)
{
	(void)arg;
	require(bufferevent_write_buffer(bev, bufferevent_get_input(bev)) == 0, "write_buffer");
}

static void
end_echo(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	serving--;
	bufferevent_free(bev);
}

static void
on_connection(
    struct evconnlistener *from, evutil_socket_t fd, struct sockaddr *address, int size, void *arg)
{
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)from;
	(void)arg;
	require(bev, "bufferevent_socket_new");
	require(size == sizeof(struct sockaddr_in) && address->sa_family == AF_INET, "the peer");
	serving++;
	bufferevent_setcb(bev, echo, NULL, end_echo, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* ---- The clients -------------------------------------------------------------------- */

static void
end_client(struct client *client, enum outcome outcome)
{
	require(client->outcome == RUNNING, "a client ended twice");
	client->outcome = outcome;
	bufferevent_free(client->bev);
	if (--running == 0) {
		evconnlistener_free(listener);
		listener = NULL;
	}
}

static void
on_answer(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;
	unsigned char bytes[BYTES_MAX];
	size_t size = bufferevent_read(bev, bytes, sizeof(bytes));

	if (client->received + size > client->size ||
	    memcmp(bytes, client->bytes + client->received, size) != 0) {
		require(false, "other bytes than were sent");
		return;
	}
	client->received += size;
	if (client->received == client->size)
		end_client(client, ANSWERED);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *client = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		client->is_connected = true;
	else if (what & BEV_EVENT_TIMEOUT)
		end_client(client, LATE);
	else
		end_client(client, client->is_connected ? BROKEN : REFUSED);
}

static void
start_client(void *arg)
{
	static const struct timeval patience = {PATIENCE_S, 0};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct client *client = arg;
	int rc;

	client->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	client->size = 1 + below(BYTES_MAX);
	for (size_t i = 0; i < client->size; i++)
		client->bytes[i] = (unsigned char)below(256);
	bufferevent_setcb(client->bev, on_answer, NULL, on_event, client);
	bufferevent_set_timeouts(client->bev, &patience, &patience);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
	bufferevent_write(client->bev, client->bytes, client->size);
	inet_pton(AF_INET, "10.0.0.1", &address.sin_addr);
	if (below(2))
		rc = bufferevent_socket_connect(
		    client->bev, (struct sockaddr *)&address, sizeof(address));
	else
		rc = bufferevent_socket_connect_hostname(
		    client->bev, NULL, AF_INET, "echo.example", PORT);
	require(rc == 0, "connect");
}

/* ---- One seed ----------------------------------------------------------------------- */

/* Each trouble in every other run. */
static unsigned
some(unsigned most)
{
	return below(2) ? below(most + 1) : 0;
}

static void
choose_weather(void)
{
	struct levin_sim_options options = {.capacity = 1 + below(4000)};

	options.latency_min_ns = some(20) * MS;
	options.latency_max_ns = options.latency_min_ns + some(200) * MS;
	options.lateness_max_ns = some(5) * MS;
	options.short_read_permille = some(500);
	options.short_write_permille = some(500);
	options.spurious_eagain_permille = some(300);
	options.reset_permille = some(30);
	options.refuse_permille = some(100);
	options.reorder_permille = some(1000);
	options.hold_back_permille = some(500);
	options.early_return_permille = some(100);
	require(levin_sim_set_options(sim, &options) == 0, "set_options");
}

static void
listen_here(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	listener = evconnlistener_new_bind(base, on_connection, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 1 + (int)below(20),
	    (struct sockaddr *)&address, sizeof(address));
	require(listener, "evconnlistener_new_bind");
}

static uint64_t
play(uint64_t seed)
{
	uint64_t trace;

	sim = levin_sim_new(seed, NULL);
	base = levin_sim_base_new(sim, NULL);
	levin_sim_set_file(sim, "/etc/hosts", "10.0.0.1 echo.example\n");
	memset(clients, 0, client_count * sizeof(*clients));
	running = client_count;
	serving = 0;
	choose_weather();
	listen_here();
	for (size_t i = 0; i < client_count; i++)
		levin_sim_at(sim, (int64_t)below(1000) * MS, start_client, &clients[i]);
	/* Ends with nothing left: what the server serves ends when its client has ended. */
	require(event_base_dispatch(base) == 1, "the loop");
	require(running == 0, "a client that does not end");
	require(serving == 0, "a connection that does not end");
	require(levin_sim_count_descriptors(sim) == 0, "an open descriptor");
	for (size_t i = 0; i < client_count; i++)
		outcomes[clients[i].outcome]++;
	event_base_free(base);
	trace = levin_sim_trace_hash(sim);
	levin_sim_free(sim);
	return trace;
}

static bool
play_seed(uint64_t seed, bool twice)
{
	uint64_t trace = play(seed);

	if (twice)
		require(play(seed) == trace, "the same seed gives another run");
	if (fault)
		fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, fault);
	return !fault;
}

static const char usage[] = "usage: %s [options]\n"
			    "  -s, --seed N     the first seed (1)\n"
			    "  -c, --count N    how many seeds, from there on (1)\n"
			    "  -n, --clients N  clients of a run (8)\n"
			    "  -h, --help       print this\n";

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"count", required_argument, NULL, 'c'},
	    {"clients", required_argument, NULL, 'n'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	uint64_t seed = 1, count = 1;
	int option;

	client_count = 8;
	while ((option = getopt_long(argc, argv, "s:c:n:h", options, NULL)) != -1) {
		if (option == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (option == 'c')
			count = strtoull(optarg, NULL, 0);
		else if (option == 'n')
			client_count = (size_t)strtoull(optarg, NULL, 0);
		else {
			fprintf(option == 'h' ? stdout : stderr, usage, argv[0]);
			return option == 'h' ? EXIT_SUCCESS : 2;
		}
	}
	clients = calloc(client_count, sizeof(*clients));
	if (!clients)
		return EXIT_FAILURE;
	for (uint64_t i = 0; i < count; i++) {
		if (!play_seed(seed + i, i % 100 == 0))
			return EXIT_FAILURE;
	}
	free(clients);
	printf("%" PRIu64 " seeds from %" PRIu64 ": %" PRIu64 " clients answered, %" PRIu64
	       " refused, %" PRIu64 " broken, %" PRIu64 " too late\n",
	    count, seed, outcomes[ANSWERED], outcomes[REFUSED], outcomes[BROKEN], outcomes[LATE]);
	return EXIT_SUCCESS;
}
