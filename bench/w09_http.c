/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w09: an HTTP server with connections that stay.
 *
 *   get ...     c connections, d requests under way on each, with so many fields
 *   post ...    a body of s bytes
 *   memory, chunks, file
 *               a reply of 16 MiB: with its length, in chunks of 64 KiB, from a file; an
 *               operation is a MiB
 *   idle ...    memory of connections that have had one reply
 *   steps ...   the client takes its steps between the server's turns, for counts that do not
 *               depend on who is faster: it uses send and recv, which the servers do not
 *
 * Otherwise the client is a process of its own, and judged is the server's processor time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(HTTP_NGINX)
#define HTTP_TEXT_ESCAPED "Hello, world!\\n"
#endif
#include "http/client.h"
#include "http/server.h"
#include "support/bench.h"
#include "support/clock.h"
#include "support/loopback.h"

enum { WARM_UP_ROUNDS = 5, MIB = 1024 * 1024 };

BENCH_MEASURED void
measured_serve(struct http_server *server, long requests)
{
	http_server_run(server, requests);
}

static void
serve_load(struct bench *bench, const struct http_load *load, const char *metric, long per_request)
{
	struct http_server *server = bench_allocate(1, sizeof(*server));
	long round = (long)load->connections * load->depth;
	long requests = bench->work / per_request;
	struct sockaddr_in address;
	int64_t cpu_ns;
	pid_t client;

	bench_need_descriptors(load->connections + 100);
	http_progress_open();
	http_server_open(server, bench->variant, &address);
	client = loopback_start(http_be_client, &address, load);
	http_server_add(server, load->connections);
	http_server_run(server, load->connections + WARM_UP_ROUNDS * round);
	requests = (requests + round - 1) / round * round;
	cpu_ns = http_server_cpu_ns(server);
	measured_serve(server, requests);
	cpu_ns = http_server_cpu_ns(server) - cpu_ns;
	bench_report_cost(bench, metric, "measured_serve", cpu_ns, requests * per_request);
	loopback_end(client);
	http_server_close(server);
}

static void
run_get(struct bench *bench, const struct bench_case *this_case)
{
	struct http_load load = {
	    .head = http_make_head("GET", "/hello", this_case->fields, 0),
	    .connections = this_case->count,
	    .depth = this_case->active,
	};

	serve_load(bench, &load, "per_request", 1);
}

static void
run_post(struct bench *bench, const struct bench_case *this_case)
{
	struct http_load load = {
	    .head = http_make_head("POST", "/post", 0, (size_t)this_case->size),
	    .body_size = (size_t)this_case->size,
	    .connections = this_case->count,
	    .depth = 1,
	};

	serve_load(bench, &load, "per_request", 1);
}

static void
run_large(struct bench *bench, const struct bench_case *this_case)
{
	char path[16];
	struct http_load load = {.connections = this_case->count, .depth = 1};

	snprintf(path, sizeof(path), "/%s", this_case->name);
	load.head = http_make_head("GET", path, 0, 0);
	serve_load(bench, &load, "per_mib", HTTP_LARGE / MIB);
}

static void
run_idle(struct bench *bench, const struct bench_case *this_case)
{
	struct http_load load = {
	    .head = http_make_head("GET", "/hello", 0, 0),
	    .connections = this_case->count,
	    .depth = 1,
	};
	struct bench_metric memory = {
	    .name = "bytes", .unit = "B", .function = "-", .operations = this_case->count - 1};
	struct http_server *server = bench_allocate(1, sizeof(*server));
	struct sockaddr_in address;
	pid_t client;
	long before;

	bench_need_descriptors(this_case->count + 100);
	http_progress_open();
	http_server_open(server, bench->variant, &address);
	client = loopback_start(http_be_idle_client, &address, &load);
	http_server_add(server, 1);
	http_server_run(server, 1);
	before = http_server_resident_bytes(server);
	for (int i = 1; i < this_case->count; i++) {
		http_server_add(server, 1);
		http_server_run(server, 1);
	}
	memory.value =
	    (double)(http_server_resident_bytes(server) - before) / (double)memory.operations;
	bench_report(bench, &memory);
	loopback_end(client);
	http_server_close(server);
}

/* ---- the client in steps */

#if !defined(HTTP_NGINX)

BENCH_MEASURED void
measured_turn(struct http_server *server)
{
	http_server_turn(server);
}

struct step_client {
	int fd;
	size_t reply_size; /* 0 until the first reply */
};

static void
step_receive(struct step_client *client, struct http_server *server, int64_t *cpu_ns)
{
	static char room[4096];
	size_t left = client->reply_size;

	while (left > 0) {
		ssize_t got = recv(client->fd, room, left, MSG_DONTWAIT);

		if (got > 0) {
			left -= (size_t)got;
		} else if (got < 0 && errno == EAGAIN) {
			*cpu_ns -= clock_cpu_ns();
			measured_turn(server);
			*cpu_ns += clock_cpu_ns();
		} else {
			bench_fail("the server has closed a connection");
		}
	}
}

static void
step_open(struct step_client *client, const struct sockaddr_in *address, const char *head,
    struct http_server *server)
{
	char byte;

	client->fd = loopback_connect(address);
	http_server_add(server, 1);
	loopback_send(client->fd, head, strlen(head));
	while (recv(client->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0)
		http_server_turn(server);
	client->reply_size = http_receive_first(client->fd);
}

static void
run_steps(struct bench *bench, const struct bench_case *this_case)
{
	struct step_client *clients = bench_allocate((size_t)this_case->count, sizeof(*clients));
	struct http_server *server = bench_allocate(1, sizeof(*server));
	const char *head = http_make_head("GET", "/hello", this_case->fields, 0);
	long rounds = bench->work / this_case->count;
	struct sockaddr_in address;
	int64_t cpu_ns = 0;

	http_server_open(server, bench->variant, &address);
	server->wanted = (long)1 << 60;
	for (int i = 0; i < this_case->count; i++)
		step_open(&clients[i], &address, head, server);
	for (long round = 0; round < rounds; round++) {
		for (int i = 0; i < this_case->count; i++)
			loopback_send(clients[i].fd, head, strlen(head));
		for (int i = 0; i < this_case->count; i++)
			step_receive(&clients[i], server, &cpu_ns);
	}
	bench_verify("requests", server->served, (rounds + 1) * this_case->count);
	bench_report_cost(bench, "per_request", "measured_turn", cpu_ns, rounds * this_case->count);
	http_server_close(server);
}

#endif

static const struct bench_case cases[] = {
    {"get c=100", run_get, 200000, .count = 100, .active = 1},
    {"get c=1000", run_get, 200000, .count = 1000, .active = 1},
    {"get c=100 fields=20", run_get, 200000, .count = 100, .active = 1, .fields = 20},
    {"get c=100 d=16", run_get, 1600000, .count = 100, .active = 16},
    {"post s=65536", run_post, 20000, .count = 10, .size = 65536},
    {"post s=16777216", run_post, 60, .count = 1, .size = 16777216},
    {"memory", run_large, 2048, .count = 1},
#if !defined(HTTP_NGINX)
    {"chunks", run_large, 2048, .count = 1},
#endif
    {"file", run_large, 2048, .count = 1},
    {"idle c=4000", run_idle, 1, .count = 4000},
#if !defined(HTTP_NGINX)
    {"steps c=10", run_steps, 50000, .count = 10, .active = 1},
    {"steps c=10 fields=20", run_steps, 50000, .count = 10, .active = 1, .fields = 20},
#endif
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
