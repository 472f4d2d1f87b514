/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w14: a TCP proxy: what one connection brings goes to another one.
 *
 *   1 GiB      one process sends as fast as it can, another one receives; judged is the
 *              processor time of the proxy between them
 *   steps ...  both are this process, which sends a block between the proxy's turns, for counts
 *              that do not depend on who is faster
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/proxy.h"
#include "support/bench.h"
#include "support/clock.h"
#include "support/loopback.h"

#define MIB   (1024L * 1024)
#define BLOCK (64 * 1024)

enum { WARM_UP_MIB = 64 };

static char block[BLOCK];

static void
send_for_ever(const struct sockaddr_in *address, const void *unused)
{
	int fd = loopback_connect(address);

	(void)unused;
	for (;;)
		loopback_send(fd, block, sizeof(block));
}

static void
receive_for_ever(const struct sockaddr_in *address, const void *unused)
{
	int fd = loopback_connect(address);

	(void)unused;
	while (recv(fd, block, sizeof(block), 0) > 0)
		;
}

BENCH_MEASURED void
measured_serve(struct proxy *proxy, long bytes)
{
	proxy->bytes_wanted = proxy->bytes + bytes;
	while (proxy->bytes < proxy->bytes_wanted)
		engine_run(&proxy->engine);
}

static void
run_served(struct bench *bench, const struct bench_case *this_case)
{
	struct proxy proxy = {.bytes = 0};
	struct proxy_way *way = bench_allocate(1, sizeof(*way));
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	int64_t cpu_ns;
	pid_t source, sink;
	int from, to;

	(void)this_case;
	source = loopback_start(send_for_ever, &address, NULL);
	from = loopback_accept(listener);
	sink = loopback_start(receive_for_ever, &address, NULL);
	to = loopback_accept(listener);
	engine_choose(bench->variant);
	engine_open(&proxy.engine);
	proxy_add(way, &proxy, from, to);
	measured_serve(&proxy, WARM_UP_MIB * MIB);
	cpu_ns = clock_cpu_ns();
	measured_serve(&proxy, bench->work * MIB);
	cpu_ns = clock_cpu_ns() - cpu_ns;
	bench_report_cost(bench, "per_mib", "measured_serve", cpu_ns, bench->work);
	loopback_end(source);
	loopback_end(sink);
	/* The process ends here, and with it all that is still under way. */
	close(listener);
}

BENCH_MEASURED void
measured_turn(struct proxy *proxy)
{
	engine_poll(&proxy->engine);
}

static int64_t
pass_block(struct proxy *proxy, int source, int sink)
{
	static char room[BLOCK];
	int64_t cpu_ns = 0;

	loopback_send(source, block, sizeof(block));
	for (size_t left = sizeof(block); left > 0;) {
		ssize_t got = recv(sink, room, left, MSG_DONTWAIT);

		if (got > 0) {
			left -= (size_t)got;
		} else if (got < 0 && errno == EAGAIN) {
			cpu_ns -= clock_cpu_ns();
			measured_turn(proxy);
			cpu_ns += clock_cpu_ns();
		} else {
			bench_fail("the proxy has closed a connection");
		}
	}
	return cpu_ns;
}

static void
run_steps(struct bench *bench, const struct bench_case *this_case)
{
	struct proxy proxy = {.bytes_wanted = (long)1 << 60};
	struct proxy_way *way = bench_allocate(1, sizeof(*way));
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	int64_t cpu_ns = 0;
	int source, sink, from;

	(void)this_case;
	engine_choose(bench->variant);
	engine_open(&proxy.engine);
	source = loopback_connect(&address);
	from = loopback_accept(listener);
	sink = loopback_connect(&address);
	proxy_add(way, &proxy, from, loopback_accept(listener));
	for (long i = 0; i < bench->work; i++)
		cpu_ns += pass_block(&proxy, source, sink);
	bench_verify("bytes", proxy.bytes, bench->work * BLOCK);
	bench_report_cost(bench, "per_block", "measured_turn", cpu_ns, bench->work);
	close(listener);
}

static const struct bench_case cases[] = {
    {"1 GiB", run_served, 1024, .count = 1},
    {"steps s=65536", run_steps, 20000, .count = 1, .size = BLOCK},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
