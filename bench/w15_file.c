/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * w15: a file, which is in the kernel's memory, sent over TCP without coming into the program.
 *
 *   1 GiB      files of 16 MiB to a process of its own; judged is the server's processor time
 *   steps ...  a file of 64 KiB each time to this process, for counts that do not depend on who
 *              is faster
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "file/file.h"
#include "support/bench.h"
#include "support/clock.h"
#include "support/loopback.h"

#define KIB 1024L
#define MIB (1024 * KIB)

enum { FILES_TO_WARM_UP = 2 };

static char room[64 * 1024];

static void
receive_for_ever(const struct sockaddr_in *address, const void *unused)
{
	int fd = loopback_connect(address);

	(void)unused;
	while (recv(fd, room, sizeof(room), 0) > 0)
		;
}

static void
open_file(struct file_server *server, size_t size)
{
	FILE *file = tmpfile();

	if (!file)
		bench_fail("tmpfile");
	for (size_t written = 0; written < size; written += sizeof(room)) {
		if (fwrite(room, 1, sizeof(room), file) != sizeof(room))
			bench_fail("fwrite");
	}
	if (fflush(file) != 0)
		bench_fail("fflush");
	server->file = fileno(file);
	server->file_size = size;
}

BENCH_MEASURED void
measured_serve(struct file_server *server, struct file_connection *connection, long files)
{
	server->wanted = server->sent + files;
	file_send(connection);
	while (server->sent < server->wanted)
		engine_run(&server->engine);
}

static void
run_served(struct bench *bench, const struct bench_case *this_case)
{
	struct file_connection *connection = bench_allocate(1, sizeof(*connection));
	struct file_server server = {.sent = 0};
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	long files = (bench->work * MIB + this_case->size - 1) / this_case->size;
	int64_t cpu_ns;
	pid_t client;

	open_file(&server, (size_t)this_case->size);
	client = loopback_start(receive_for_ever, &address, NULL);
	engine_choose(bench->variant);
	engine_open(&server.engine);
	file_add(connection, &server, loopback_accept(listener));
	measured_serve(&server, connection, FILES_TO_WARM_UP);
	cpu_ns = clock_cpu_ns();
	measured_serve(&server, connection, files);
	cpu_ns = clock_cpu_ns() - cpu_ns;
	bench_report_cost(
	    bench, "per_mib", "measured_serve", cpu_ns, files * this_case->size / MIB);
	loopback_end(client);
	/* The process ends here, and with it all that is still under way. */
	close(listener);
}

BENCH_MEASURED void
measured_file(struct file_server *server, struct file_connection *connection)
{
	server->wanted = server->sent + 1;
	file_send(connection);
	while (server->sent < server->wanted)
		engine_poll(&server->engine);
}

static void
take_file(int fd, long size)
{
	while (size > 0)
		size -= bench_must((int)recv(fd, room, sizeof(room), 0), "recv");
}

static void
run_steps(struct bench *bench, const struct bench_case *this_case)
{
	struct file_connection *connection = bench_allocate(1, sizeof(*connection));
	struct file_server server = {.sent = 0};
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	int client = loopback_connect(&address);
	int64_t cpu_ns = 0;

	open_file(&server, (size_t)this_case->size);
	engine_choose(bench->variant);
	engine_open(&server.engine);
	file_add(connection, &server, loopback_accept(listener));
	for (long i = 0; i < bench->work; i++) {
		cpu_ns -= clock_cpu_ns();
		measured_file(&server, connection);
		cpu_ns += clock_cpu_ns();
		take_file(client, this_case->size);
	}
	bench_report_cost(bench, "per_file", "measured_file", cpu_ns, bench->work);
	close(listener);
}

static const struct bench_case cases[] = {
    {"1 GiB", run_served, 1024, .count = 1, .size = 16 * MIB},
    {"steps s=65536", run_steps, 20000, .count = 1, .size = 64 * KIB},
};

int
main(int argc, char **argv)
{
	return bench_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
