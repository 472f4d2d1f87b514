/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w09c: an HTTP client: c connections that stay, one request under way on each.
 *
 * The server is a process of its own, which replies to one connection after the other.  Judged is
 * the client's processor time.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/requests.h"
#include "support/bench.h"
#include "support/clock.h"
#include "support/loopback.h"

enum { WARM_UP_ROUNDS = 20 };

static const char reply[] = "HTTP/1.1 200 OK\r\n"
			    "Content-Type: text/plain\r\n"
			    "Date: Mon, 30 Nov 2026 12:00:00 GMT\r\n"
			    "Content-Length: 14\r\n\r\n"
			    "Hello, world!\n";

struct service {
	int listener;
	int count;
};

static void
take_request(int fd)
{
	static char room[4096];
	size_t size = 0;

	do {
		ssize_t got = recv(fd, room + size, sizeof(room) - size, 0);

		if (got <= 0)
			exit(0);
		size += (size_t)got;
	} while (size < 4 || memcmp(room + size - 4, "\r\n\r\n", 4) != 0);
}

static void
be_server(const struct sockaddr_in *unused, const void *argument)
{
	const struct service *service = argument;
	int *fds = bench_allocate((size_t)service->count, sizeof(*fds));

	(void)unused;
	for (int i = 0; i < service->count; i++)
		fds[i] = bench_must(accept(service->listener, NULL, NULL), "accept");
	for (;;) {
		for (int i = 0; i < service->count; i++) {
			take_request(fds[i]);
			loopback_send(fds[i], reply, sizeof(reply) - 1);
		}
	}
}

BENCH_MEASURED void
measured_requests(struct http_requests *requests, long count)
{
	requests->wanted = requests->done + count;
	while (requests->done < requests->wanted)
		engine_run(&requests->engine);
}

static void
run_client(struct bench *bench, const struct bench_case *this_case)
{
	struct http_requests *requests = bench_allocate(1, sizeof(*requests));
	struct service service = {.count = this_case->count};
	struct sockaddr_in address;
	int64_t cpu_ns;
	pid_t server;

	service.listener = loopback_listen(&address);
	server = loopback_start(be_server, &address, &service);
	http_requests_open(requests, bench->variant, &address, sizeof(reply) - 1);
	for (int i = 0; i < this_case->count; i++)
		http_requests_add(requests);
	measured_requests(requests, (long)WARM_UP_ROUNDS * this_case->count);
	cpu_ns = clock_cpu_ns();
	measured_requests(requests, bench->work);
	cpu_ns = clock_cpu_ns() - cpu_ns;
	bench_report_cost(bench, "per_request", "measured_requests", cpu_ns, bench->work);
	loopback_end(server);
}

static const struct bench_case cases[] = {
    {"c=1", run_client, 20000, .count = 1},
    {"c=100", run_client, 100000, .count = 100},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
