/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w10: connections over loopback, accepted and closed at once.  The clients are made in the
 * same thread, between what is measured.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engines/engine.h"
#include "support/clock.h"

#define CLIENTS_MAX 64

struct clients {
	struct sockaddr_in address;
	int count;
	int open[CLIENTS_MAX];
};

static int
listen_on_loopback(struct sockaddr_in *address_out)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	int fd =
	    bench_must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");

	bench_must(bind(fd, (struct sockaddr *)&address, size), "bind");
	bench_must(listen(fd, 1024), "listen");
	bench_must(getsockname(fd, (struct sockaddr *)&address, &size), "getsockname");
	*address_out = address;
	return fd;
}

static void
connect_all(struct clients *clients)
{
	for (int i = 0; i < clients->count; i++) {
		int fd = bench_must(socket(AF_INET, SOCK_STREAM, 0), "socket");

		bench_must(
		    connect(fd, (struct sockaddr *)&clients->address, sizeof(clients->address)),
		    "connect");
		clients->open[i] = fd;
	}
}

/* By a reset: no port is left waiting. */
static void
reset_all(struct clients *clients)
{
	struct linger at_once = {1, 0};

	for (int i = 0; i < clients->count; i++) {
		setsockopt(clients->open[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(clients->open[i]);
	}
}

BENCH_MEASURED void
measured_accepts(struct engine *engine, const struct acceptor *acceptor, long until)
{
	while (acceptor->taken < until)
		engine_poll(engine);
}

static int64_t
accept_many(struct engine *engine, struct acceptor *acceptor, struct clients *clients, long count)
{
	int64_t cpu_ns = 0;

	for (long done = 0; done < count; done += clients->count) {
		int64_t start_ns;

		connect_all(clients);
		start_ns = clock_cpu_ns();
		measured_accepts(engine, acceptor, acceptor->taken + clients->count);
		cpu_ns += clock_cpu_ns() - start_ns;
		reset_all(clients);
	}
	return cpu_ns;
}

static void
run_accepts(struct bench *bench, const struct bench_case *this_case)
{
	struct engine *engine = bench_allocate(1, sizeof(*engine));
	struct acceptor *acceptor = bench_allocate(1, sizeof(*acceptor));
	struct clients clients = {.count = this_case->count};
	long work = bench->work - bench->work % this_case->count;
	int64_t cpu_ns;
	int fd;

	engine_choose(bench->variant);
	engine_open(engine);
	fd = listen_on_loopback(&clients.address);
	acceptor_start(acceptor, engine, fd);
	accept_many(engine, acceptor, &clients, 4L * this_case->count);
	acceptor->taken = 0;
	cpu_ns = accept_many(engine, acceptor, &clients, work);
	bench_verify("connections", acceptor->taken, work);
	acceptor_stop(acceptor);
	engine_close(engine);
	bench_report_cost(bench, "per_accept", "measured_accepts", cpu_ns, work);
	free(acceptor);
	free(engine);
}

static const struct bench_case cases[] = {
    {"k=1", run_accepts, 30000, .count = 1},
    {"k=16", run_accepts, 48000, .count = 16},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
