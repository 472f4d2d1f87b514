/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the system calls on descriptors do when the descriptor is a simulated one: they
 * find the simulation by the number, act on the file behind it, and note it in the trace.
 *
 * All answer -errno on failure.
 */
#ifndef LVN_LOOP_SIM_CALLS_H
#define LVN_LOOP_SIM_CALLS_H

#include <sys/types.h>

struct iovec;
struct levin_sim;

/* Makes base/io.h hand simulated descriptors to these functions. */
void lvn_sim_calls_register(void);

ssize_t lvn_sim_calls_read(int fd, const struct iovec *vectors, int count);
ssize_t lvn_sim_calls_write(int fd, const struct iovec *vectors, int count);
int lvn_sim_calls_accept(int fd, int *client_port_out);
int lvn_sim_calls_shutdown(int fd, int how);
int lvn_sim_calls_take_error(int fd);
int lvn_sim_calls_reset(int fd);
int lvn_sim_calls_dup(int fd);
int lvn_sim_calls_close(int fd);

int lvn_sim_calls_socketpair(struct levin_sim *sim, int ends_out[2]);
int lvn_sim_calls_pipe(struct levin_sim *sim, int ends_out[2]);
int lvn_sim_calls_socket(struct levin_sim *sim);
int lvn_sim_calls_listen(struct levin_sim *sim, int port, int backlog);
/* A socket that has begun to connect. */
int lvn_sim_calls_connect(struct levin_sim *sim, int port);

#endif
