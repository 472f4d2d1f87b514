/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptor table of a simulated world: the lowest free number is taken first, a
 * file ends with its last descriptor.
 */
#ifndef LVN_SIM_SIM_FILES_H
#define LVN_SIM_SIM_FILES_H

#include <stddef.h>

#include "sim/sim_file.h"
#include "sim/sim_kernel.h"

/* Make space for `count` more descriptors.  Returns 0, -EMFILE or -ENOMEM. */
int lvn_sim_files_reserve(struct levin_sim *sim, size_t count);

/* One more descriptor for the file, noted as `kind`.  There must be space. */
int lvn_sim_files_install(struct levin_sim *sim, struct sim_file *file, enum sim_trace_kind kind);

/* All descriptors and watches of `old` become those of `file`, and `old` ends. */
void lvn_sim_files_replace(struct levin_sim *sim, struct sim_file *old, struct sim_file *file);

/* NULL if fd is not an open descriptor of this simulation. */
struct sim_file *lvn_sim_files_at(const struct levin_sim *sim, int fd);

/* Returns 0 or -EBADF. */
int lvn_sim_files_close(struct levin_sim *sim, int fd);

/* Closes everything that is open, then frees the table. */
void lvn_sim_files_clear(struct levin_sim *sim);

#endif
