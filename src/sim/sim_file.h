/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An open file of a simulated world: what one or more descriptors stand for.  It
 * lives until the last of its descriptors is closed.
 */
#ifndef LVN_SIM_SIM_FILE_H
#define LVN_SIM_SIM_FILE_H

#include <sys/types.h>

#include "sim/sim_list.h"

struct iovec;
struct levin_sim;
struct sim_file;

/* What each kind of file does.  Failures are answered as -errno; nothing blocks. */
struct sim_file_ops {
	/* What a wait would report now: EV_READ, EV_WRITE, EV_CLOSED.  All three on an error. */
	short (*state)(const struct sim_file *file);
	ssize_t (*read)(struct sim_file *file, const struct iovec *vectors, int count);
	ssize_t (*write)(struct sim_file *file, const struct iovec *vectors, int count);
	int (*shutdown)(struct sim_file *file, int how);
	int (*take_error)(struct sim_file *file); /* an errno, positive, or 0 */
	/* The last descriptor was closed; the file may be freed. */
	void (*release)(struct sim_file *file);
};

struct sim_file {
	const struct sim_file_ops *ops;
	struct levin_sim *sim;
	unsigned descriptors;    /* how many stand for it */
	int number;              /* the latest of them, for the trace; -1 before the first */
	struct sim_list watches; /* struct sim_watch */
};

static inline void
lvn_sim_file_init(struct sim_file *file, struct levin_sim *sim, const struct sim_file_ops *ops)
{
	file->ops = ops;
	file->sim = sim;
	file->descriptors = 0;
	file->number = -1;
	lvn_sim_list_init(&file->watches);
}

#endif
