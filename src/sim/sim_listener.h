/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners of a simulated world, and the way from connect to accept.
 */
#ifndef LVN_SIM_SIM_LISTENER_H
#define LVN_SIM_SIM_LISTENER_H

#include "sim/sim_file.h"
#include "sim/sim_kernel.h"
#include "sim/sim_name.h"
#include "sim/sim_stream.h"

/*
 * Invariants:
 *   1. queue references `queued` connections, each by its accepted end, which has no descriptor
 *   2. queued <= backlog
 */
struct sim_listener {
	struct sim_file file;
	struct sim_name name;
	struct sim_list queue;
	unsigned queued;
	unsigned backlog;
};

/* Not bound yet; NULL when memory is short. */
struct sim_listener *lvn_sim_listener_new(struct levin_sim *sim, int family, unsigned backlog);

/* It had no descriptor yet. */
void lvn_sim_listener_free(struct sim_listener *listener);

/* The listener behind a file, or NULL if the file is something else. */
struct sim_listener *lvn_sim_listener_of(struct sim_file *file);

/*
 * Begin to connect an idle end.  Returns -EINPROGRESS, -EISCONN, -EALREADY, -EINVAL or
 * -ENOMEM.  On a Unix socket it is over at once: 0, -ECONNREFUSED or -EAGAIN.
 */
int lvn_sim_listener_connect(struct sim_end *end, const struct sim_address *destination);

/* The next connection of the queue, for which the caller has a descriptor; -EAGAIN if empty. */
int lvn_sim_listener_accept(struct sim_listener *listener, struct sim_end **end_out);

#endif
