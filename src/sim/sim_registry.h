/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which simulation a simulated descriptor belongs to: every simulation of the process
 * has its own range of numbers.  The only state here that simulations share; any thread
 * may ask.
 */
#ifndef LVN_SIM_SIM_REGISTRY_H
#define LVN_SIM_SIM_REGISTRY_H

struct levin_sim;

#define SIM_REGISTRY_LIMIT 256

/* Its first descriptor, or -EMFILE if there are SIM_REGISTRY_LIMIT simulations. */
int lvn_sim_registry_enter(struct levin_sim *sim);

void lvn_sim_registry_leave(const struct levin_sim *sim);

/* NULL for the number of a real descriptor, or of a simulation that is gone. */
struct levin_sim *lvn_sim_registry_find(int fd);

#endif
