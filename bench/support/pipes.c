/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/bench.h"

/* The program's own: standard streams, the engine's epoll and wake-up descriptors. */
#define OTHER_DESCRIPTORS 64

static int (*allocate_pairs(int count))[2]
{
	bench_need_descriptors(2 * count + OTHER_DESCRIPTORS);
	return bench_allocate((size_t)count, sizeof(int[2]));
}

int (*pairs_open_pipes(int count))[2]
{
	int(*pairs)[2] = allocate_pairs(count);

	for (int i = 0; i < count; i++)
		bench_must(pipe2(pairs[i], O_NONBLOCK | O_CLOEXEC), "pipe2");
	return pairs;
}

int (*pairs_open_sockets(int count))[2]
{
	int(*pairs)[2] = allocate_pairs(count);

	for (int i = 0; i < count; i++)
		bench_must(
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pairs[i]),
		    "socketpair");
	return pairs;
}

void
pairs_close(int (*pairs)[2], int count)
{
	for (int i = 0; i < count; i++) {
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
	free(pairs);
}

void
pipe_write_byte(int fd)
{
	bench_must((int)write(fd, "x", 1), "write");
}

int
pipe_read_byte(int fd)
{
	char byte;
	ssize_t size = read(fd, &byte, 1);

	if (size < 0 && errno == EAGAIN)
		return 0;
	return bench_must((int)size, "read");
}

int
pipe_bytes_waiting(int fd)
{
	int size;

	bench_must(ioctl(fd, FIONREAD, &size), "ioctl");
	return size;
}
