/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datagram sockets of a simulated world.  A datagram is lost, duplicated, late, cut short or
 * refused as the link between its two hosts has it; those of Unix sockets arrive at once.
 */
#ifndef LVN_SIM_SIM_DATAGRAM_H
#define LVN_SIM_SIM_DATAGRAM_H

#include "sim/sim_file.h"
#include "sim/sim_kernel.h"
#include "sim/sim_name.h"

/*
 * Invariant: queued_bytes is the sum of the sizes in `queue`
 */
struct sim_datagram_socket {
	struct sim_file file;
	struct sim_name name;
	struct sim_address peer; /* size 0: not connected */
	struct sim_list queue;   /* struct sim_datagram, received */
	size_t queued_bytes;
	int error; /* pending for the next call, or 0 */
	bool read_shut;
	bool write_shut;
};

/* NULL when memory is short. */
struct sim_datagram_socket *lvn_sim_datagram_new(struct levin_sim *sim, int family);

/* The socket behind a file, or NULL if the file is something else. */
struct sim_datagram_socket *lvn_sim_datagram_of(struct sim_file *file);

/* NULL disconnects. */
void lvn_sim_datagram_connect(struct sim_datagram_socket *socket, const struct sim_address *peer);

/* To the peer if `to` is NULL.  Returns the size, or -errno as sendto(2) does. */
ssize_t lvn_sim_datagram_send(struct sim_datagram_socket *socket, const struct iovec *vectors,
    int count, const struct sim_address *to);

/* The next datagram, cut to the vectors; -EAGAIN if there is none. */
ssize_t lvn_sim_datagram_receive(struct sim_datagram_socket *socket, const struct iovec *vectors,
    int count, struct sim_address *from_out);

/* Frees those in flight whose event will not come.  No socket may be open. */
void lvn_sim_datagram_clear(struct levin_sim *sim);

#endif
