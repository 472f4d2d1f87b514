/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w07: a TCP echo server: c connections, messages of s bytes, d of them under way on each.
 *
 *   c=... s=... d=...  the other side is a process of its own, which sends on all connections
 *                      and then waits for all answers; judged is the server's processor time
 *   steps ...          the other side takes its steps between the server's turns, for counts
 *                      that do not depend on who is faster: it uses send and recv, which the
 *                      servers do not
 *   idle ...           memory of connections that do nothing
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "echo/echo.h"
#include "support/bench.h"
#include "support/clock.h"
#include "support/loopback.h"
#include "support/pipes.h"

enum { WARM_UP_ROUNDS = 5 };

/* What is under way on a connection. */
static size_t
block_size(const struct bench_case *this_case)
{
	return (size_t)this_case->active * (size_t)this_case->size;
}

/* ---- the other side as a process */

static void
be_client(const struct sockaddr_in *address, const void *argument)
{
	const struct bench_case *this_case = argument;
	int *fds = bench_allocate((size_t)this_case->count, sizeof(*fds));
	char *data = bench_allocate(1, block_size(this_case));

	for (int i = 0; i < this_case->count; i++)
		fds[i] = loopback_connect(address);
	for (;;) {
		for (int i = 0; i < this_case->count; i++)
			loopback_send(fds[i], data, block_size(this_case));
		for (int i = 0; i < this_case->count; i++)
			if (recv(fds[i], data, block_size(this_case), MSG_WAITALL) <= 0)
				exit(0);
	}
}

BENCH_MEASURED void
measured_serve(struct echo_server *server, long bytes)
{
	server->bytes_wanted = server->bytes + bytes;
	while (server->bytes < server->bytes_wanted)
		engine_run(&server->engine);
}

static void
run_served(struct bench *bench, const struct bench_case *this_case)
{
	size_t count = (size_t)this_case->count;
	struct echo_connection *connections = bench_allocate(count, sizeof(*connections));
	int *fds = bench_allocate(count, sizeof(*fds));
	struct echo_server server = {.bytes = 0};
	struct sockaddr_in address;
	int listener;
	pid_t client;
	int64_t cpu_ns;

	bench_need_descriptors(this_case->count + 100);
	listener = loopback_listen(&address);
	client = loopback_start(be_client, &address, this_case);
	for (size_t i = 0; i < count; i++)
		fds[i] = loopback_accept(listener);
	engine_choose(bench->variant);
	engine_open(&server.engine);
	for (size_t i = 0; i < count; i++)
		echo_add(&connections[i], &server, fds[i]);
	measured_serve(&server, (long)(count * block_size(this_case)) * WARM_UP_ROUNDS);
	cpu_ns = clock_cpu_ns();
	measured_serve(&server, bench->work * this_case->size);
	cpu_ns = clock_cpu_ns() - cpu_ns;
	bench_report_cost(bench, "per_msg", "measured_serve", cpu_ns, bench->work);
	loopback_end(client);
	/* The process ends here, and with it all that is still under way. */
	close(listener);
}

/* ---- the other side in steps */

BENCH_MEASURED void
measured_turn(struct echo_server *server)
{
	engine_poll(&server->engine);
}

static long
take_answers(struct echo_server *server, const int *fds, const struct bench_case *this_case)
{
	static char room[65536];
	int64_t cpu_ns = 0;

	for (int i = 0; i < this_case->count; i++) {
		for (size_t left = block_size(this_case); left > 0;) {
			ssize_t got = recv(fds[i], room, left, MSG_DONTWAIT);

			if (got > 0) {
				left -= (size_t)got;
			} else if (got < 0 && errno == EAGAIN) {
				cpu_ns -= clock_cpu_ns();
				measured_turn(server);
				cpu_ns += clock_cpu_ns();
			} else {
				bench_fail("the server has closed a connection");
			}
		}
	}
	return (long)cpu_ns;
}

static void
run_steps(struct bench *bench, const struct bench_case *this_case)
{
	size_t count = (size_t)this_case->count;
	struct echo_connection *connections = bench_allocate(count, sizeof(*connections));
	int *fds = bench_allocate(count, sizeof(*fds));
	char *data = bench_allocate(1, block_size(this_case));
	struct echo_server server = {.bytes_wanted = (long)1 << 60};
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	int64_t cpu_ns = 0;
	long rounds = bench->work / this_case->count;

	engine_choose(bench->variant);
	engine_open(&server.engine);
	for (size_t i = 0; i < count; i++) {
		fds[i] = loopback_connect(&address);
		echo_add(&connections[i], &server, loopback_accept(listener));
	}
	for (long round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++)
			loopback_send(fds[i], data, block_size(this_case));
		cpu_ns += take_answers(&server, fds, this_case);
	}
	bench_verify(
	    "bytes", server.bytes, rounds * this_case->count * (long)block_size(this_case));
	bench_report_cost(bench, "per_msg", "measured_turn", cpu_ns, rounds * this_case->count);
	close(listener);
}

/* ---- idle */

static void
run_idle(struct bench *bench, const struct bench_case *this_case)
{
	int count = this_case->count;
	struct echo_connection *connections;
	struct echo_server server = {.bytes_wanted = 1};
	struct bench_metric memory = {.name = "bytes", .unit = "B", .function = "-"};
	int(*pairs)[2];
	long before;

	bench_need_descriptors(2 * count + 100);
	pairs = pairs_open_sockets(count);
	connections = bench_allocate((size_t)count, sizeof(*connections));
	engine_choose(bench->variant);
	engine_open(&server.engine);
	before = bench_resident_bytes();
	for (int i = 0; i < count; i++)
		echo_add(&connections[i], &server, pairs[i][0]);
	engine_poll(&server.engine);
	memory.value = (double)(bench_resident_bytes() - before) / count;
	memory.operations = count;
	bench_report(bench, &memory);
}

static const struct bench_case cases[] = {
    {"c=100 s=64 d=1", run_served, 400000, .count = 100, .active = 1, .size = 64},
    {"c=100 s=64 d=16", run_served, 6400000, .count = 100, .active = 16, .size = 64},
    {"c=100 s=16384 d=1", run_served, 200000, .count = 100, .active = 1, .size = 16384},
    {"c=5000 s=64 d=1", run_served, 400000, .count = 5000, .active = 1, .size = 64},
    {"steps c=10 s=64", run_steps, 100000, .count = 10, .active = 1, .size = 64},
    {"steps c=10 s=16384", run_steps, 50000, .count = 10, .active = 1, .size = 16384},
    {"idle c=5000", run_idle, 1, .count = 5000},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
