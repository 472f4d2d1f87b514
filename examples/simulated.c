/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An echo server and 1,000 clients on a bad network, in virtual time.  The server is as on any
 * other base.  The same seed gives the same run, to the byte.
 *
 *     simulated [seed]
 */
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <inttypes.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_COUNT 1000
#define PORT         7
#define MS           INT64_C(1000000)

static const char message[] = "Is there anybody out there?\n";

static const struct levin_sim_options bad_network = {
    .latency_min_ns = 1 * MS,
    .latency_max_ns = 150 * MS,
    .short_read_permille = 200,
    .short_write_permille = 200,
    .reset_permille = 20,
    .refuse_permille = 20,
};

static struct levin_sim *sim;
static struct event_base *base;
static struct evconnlistener *listener;
static int running = CLIENT_COUNT;
static int answered, failed;

/* ---- The server --------------------------------------------------------------------- */

static void
echo(struct bufferevent *bev, void *arg)
{
	(void)arg;
	bufferevent_write_buffer(bev, bufferevent_get_input(bev));
}

static void
end_echo(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(bev);
}

static void
accept_one(
    struct evconnlistener *from, evutil_socket_t fd, struct sockaddr *address, int size, void *arg)
{
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)from;
	(void)address;
	(void)size;
	(void)arg;
	if (!bev) {
		evutil_closesocket(fd);
		return;
	}
	bufferevent_setcb(bev, echo, NULL, end_echo, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* ---- The clients -------------------------------------------------------------------- */

static void
end_client(struct bufferevent *bev, int *count)
{
	++*count;
	bufferevent_free(bev);
	if (--running == 0)
		evconnlistener_free(listener);
}

static void
read_answer(struct bufferevent *bev, void *arg)
{
	char answer[sizeof(message)];

	(void)arg;
	/* Called when the whole answer is there: see the watermark. */
	if (bufferevent_read(bev, answer, strlen(message)) == strlen(message) &&
	    memcmp(answer, message, strlen(message)) == 0)
		end_client(bev, &answered);
	else
		end_client(bev, &failed);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	if (!(what & BEV_EVENT_CONNECTED))
		end_client(bev, &failed);
}

static void
start_client(void *arg)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	(void)arg;
	if (!bev) {
		perror("bufferevent_socket_new");
		exit(EXIT_FAILURE);
	}
	bufferevent_setcb(bev, read_answer, NULL, on_event, NULL);
	bufferevent_setwatermark(bev, EV_READ, strlen(message), 0);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_write(bev, message, strlen(message));
	if (bufferevent_socket_connect_hostname(bev, NULL, AF_INET, "localhost", PORT) < 0)
		end_client(bev, &failed);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int64_t start_ns;

	sim = levin_sim_new(seed, &bad_network);
	base = sim ? levin_sim_base_new(sim, NULL) : NULL;
	listener = base ? evconnlistener_new_bind(base, accept_one, NULL, LEV_OPT_CLOSE_ON_FREE,
			      128, (struct sockaddr *)&address, sizeof(address))
			: NULL;
	if (!listener) {
		perror("simulated");
		return EXIT_FAILURE;
	}
	start_ns = levin_sim_now_ns(sim);
	for (int i = 0; i < CLIENT_COUNT; i++)
		levin_sim_at(sim, i * 2 * MS, start_client, NULL);
	event_base_dispatch(base);
	printf("seed %" PRIu64 ": %d answered, %d failed, %.3f virtual seconds, trace %016" PRIx64
	       "\n",
	    seed, answered, failed, (double)(levin_sim_now_ns(sim) - start_ns) / 1e9,
	    levin_sim_trace_hash(sim));
	event_base_free(base);
	levin_sim_free(sim);
	return running ? EXIT_FAILURE : EXIT_SUCCESS;
}
