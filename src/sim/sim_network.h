/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The network between the hosts of a simulated world: how long what is sent needs, and what
 * is lost.  Knows nothing about sockets.
 */
#ifndef LVN_SIM_SIM_NETWORK_H
#define LVN_SIM_SIM_NETWORK_H

#include "sim/sim_address.h"
#include "sim/sim_kernel.h"

/* From one host to another. */
struct sim_route {
	struct sim_list link;    /* in sim->routes */
	struct sim_address from; /* size 0: any host */
	struct sim_address to;
	struct levin_sim_link properties;
};

/*
 * Set the properties of a route; `properties` NULL removes it.  A host is text, or NULL for
 * any.  Returns 0, -EINVAL or -ENOMEM, and then nothing has changed.
 */
int lvn_sim_network_set(struct levin_sim *sim, const char *from, const char *to,
    const struct levin_sim_link *properties);

/* Frees all routes. */
void lvn_sim_network_clear(struct levin_sim *sim);

/*
 * The properties between two addresses: those of the most specific route, a destination
 * counting for more than a source, else those of the simulation's options.
 */
struct levin_sim_link lvn_sim_network_between(
    const struct levin_sim *sim, const struct sim_address *from, const struct sim_address *to);

/* How long the next thing sent is in flight. */
int64_t lvn_sim_network_latency(struct levin_sim *sim, const struct levin_sim_link *link);

static inline bool
lvn_sim_network_chance(struct levin_sim *sim, unsigned permille)
{
	return lvn_sim_random_chance(&sim->network_random, permille);
}

#endif
