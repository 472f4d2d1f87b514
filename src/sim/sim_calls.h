/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The system calls of a simulated world: they find the simulation by the descriptor, act on
 * the file behind it, and note it in the trace.
 *
 * All return -errno on failure.
 */
#ifndef LVN_SIM_SIM_CALLS_H
#define LVN_SIM_SIM_CALLS_H

#include <stdbool.h>
#include <sys/types.h>

struct iovec;
struct levin_sim;
struct sockaddr;

/* Makes base/io.h hand simulated descriptors and worlds to these functions. */
void lvn_sim_calls_register(void);

/* AF_INET, AF_INET6 or AF_UNIX; SOCK_STREAM or SOCK_DGRAM. */
int lvn_sim_calls_socket(struct levin_sim *sim, int family, int type);
int lvn_sim_calls_socketpair(struct levin_sim *sim, int ends_out[2]);
int lvn_sim_calls_pipe(struct levin_sim *sim, int ends_out[2]);

/* As recvfrom(2) and sendto(2); addresses that are not wanted or not given are NULL. */
ssize_t lvn_sim_calls_receive(
    int fd, const struct iovec *vectors, int count, struct sockaddr *from, unsigned *from_size);
ssize_t lvn_sim_calls_send(
    int fd, const struct iovec *vectors, int count, const struct sockaddr *to, unsigned to_size);

int lvn_sim_calls_bind(int fd, const struct sockaddr *address, unsigned size);
int lvn_sim_calls_listen(int fd, int backlog);
int lvn_sim_calls_accept(int fd, struct sockaddr *address, unsigned *size);
int lvn_sim_calls_connect(int fd, const struct sockaddr *address, unsigned size);
int lvn_sim_calls_name(int fd, bool of_peer, struct sockaddr *address, unsigned *size);
/* A socket that is not bound takes IPv4 and IPv6, whose addresses it shows as they are. */
void lvn_sim_calls_take_both_families(int fd);
int lvn_sim_calls_set_option(int fd, int level, int option, int value);
int lvn_sim_calls_shutdown(int fd, int how);
int lvn_sim_calls_take_error(int fd);
int lvn_sim_calls_dup(int fd);
int lvn_sim_calls_close(int fd);

/* Not calls of a program, but what the network does to one. */
int lvn_sim_calls_reset(int fd);
int lvn_sim_calls_stall(int fd, bool is_stalled);
int lvn_sim_calls_cut(int fd, size_t bytes, int cut);

#endif
