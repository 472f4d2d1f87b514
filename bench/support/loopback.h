/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP connections within this machine.
 */
#ifndef BENCH_SUPPORT_LOOPBACK_H
#define BENCH_SUPPORT_LOOPBACK_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/types.h>

/* A socket that listens on a free port, which is in *address_out. */
int loopback_listen(struct sockaddr_in *address_out);
/* The client's end, which blocks. */
int loopback_connect(const struct sockaddr_in *address);
/* The server's end, which does not. */
int loopback_accept(int listener);

/* Sends all of it; ends the process if the other side has gone. */
void loopback_send(int fd, const char *data, size_t size);

/* A process of its own runs work(address, argument) and ends; loopback_end kills it. */
pid_t loopback_start(void (*work)(const struct sockaddr_in *address, const void *argument),
    const struct sockaddr_in *address, const void *argument);
void loopback_end(pid_t process);

#endif
