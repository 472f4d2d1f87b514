/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/loopback.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/bench.h"

int
loopback_listen(struct sockaddr_in *address_out)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int listener = bench_must(socket(AF_INET, SOCK_STREAM, 0), "socket");

	bench_must(bind(listener, (struct sockaddr *)&address, size), "bind");
	bench_must(listen(listener, 1024), "listen");
	bench_must(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
	*address_out = address;
	return listener;
}

int
loopback_connect(const struct sockaddr_in *address)
{
	int one = 1;
	int fd = bench_must(socket(AF_INET, SOCK_STREAM, 0), "socket");

	bench_must(connect(fd, (const struct sockaddr *)address, sizeof(*address)), "connect");
	bench_must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), "TCP_NODELAY");
	return fd;
}

int
loopback_accept(int listener)
{
	int one = 1;
	int fd = bench_must(accept4(listener, NULL, NULL, SOCK_NONBLOCK), "accept4");

	bench_must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), "TCP_NODELAY");
	return fd;
}

void
loopback_send(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent < 0)
			exit(0);
		data += sent;
		size -= (size_t)sent;
	}
}

pid_t
loopback_start(void (*work)(const struct sockaddr_in *address, const void *argument),
    const struct sockaddr_in *address, const void *argument)
{
	pid_t process = bench_must(fork(), "fork");

	if (process == 0) {
		work(address, argument);
		exit(0);
	}
	return process;
}

void
loopback_end(pid_t process)
{
	bench_must(kill(process, SIGKILL), "kill");
	bench_must(waitpid(process, NULL, 0), "waitpid");
}
