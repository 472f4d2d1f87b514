/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners of a simulated kernel, and the way from connect to accept.
 */
#ifndef LVN_LOOP_SIM_LISTENER_H
#define LVN_LOOP_SIM_LISTENER_H

#include "loop/sim_file.h"
#include "loop/sim_kernel.h"
#include "loop/sim_stream.h"

/*
 * Invariants:
 *   1. queue holds `queued` connections, each by its accepted end, which has no descriptor
 *   2. queued <= backlog
 *   3. no two listeners of a simulation have the same port
 */
struct sim_listener {
	struct sim_file file;
	struct sim_link link; /* in sim->listeners */
	struct sim_link queue;
	unsigned queued;
	unsigned backlog;
	int port;
};

/* Returns 0, -EADDRINUSE or -ENOMEM. */
int lvn_sim_listener_new(
    struct levin_sim *sim, int port, unsigned backlog, struct sim_listener **listener_out);

/* The listener behind a file, or NULL if the file is something else. */
struct sim_listener *lvn_sim_listener_of(struct sim_file *file);

/* Begin to connect an idle end.  Returns -EINPROGRESS, -EISCONN, -EALREADY or -ENOMEM. */
int lvn_sim_listener_connect(struct sim_end *end, int port);

/* The next connection of the queue, for which the caller has a descriptor; -EAGAIN if empty. */
int lvn_sim_listener_accept(struct sim_listener *listener, struct sim_end **end_out);

#endif
