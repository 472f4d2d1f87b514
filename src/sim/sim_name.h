/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The names that sockets of a simulated world are bound to, and which socket a destination
 * reaches.  Knows nothing about what the sockets do.
 */
#ifndef LVN_SIM_SIM_NAME_H
#define LVN_SIM_SIM_NAME_H

#include "sim/sim_address.h"
#include "sim/sim_kernel.h"

enum sim_name_kind { SIM_NAME_STREAM, SIM_NAME_LISTENER, SIM_NAME_DATAGRAM };

/*
 * Part of a socket.  Invariants:
 *   1. it is in sim->names  <=>  others can reach it or it keeps its port from others
 *   2. address.size == 0  =>  it is in no list
 */
struct sim_name {
	struct sim_list link;
	enum sim_name_kind kind;
	int family;       /* of the socket; AF_UNSPEC takes IPv4 and IPv6 */
	bool is_v6_only;  /* an IPv6 wildcard does not take IPv4 */
	bool shares_port; /* with others that share theirs */
	struct sim_address address;
};

void lvn_sim_name_init(struct sim_name *name, enum sim_name_kind kind, int family);

/*
 * Binds the name; port 0 takes the next free one.  Returns 0, -EINVAL if it has an address,
 * -EADDRINUSE or -EAFNOSUPPORT.
 */
int lvn_sim_name_bind(
    struct levin_sim *sim, struct sim_name *name, const struct sim_address *address);

/* An address for a socket that sends without having been bound: loopback, a free port. */
void lvn_sim_name_bind_for(
    struct levin_sim *sim, struct sim_name *name, const struct sim_address *destination);

/* The binding of `from` becomes that of `name`, a listener's. */
void lvn_sim_name_take_over(struct levin_sim *sim, struct sim_name *name, struct sim_name *from);

/* Accepts one that is not bound. */
void lvn_sim_name_release(struct sim_name *name);

/* The name of the kind that the destination reaches, or NULL; one of several by chance. */
struct sim_name *lvn_sim_name_find(
    struct levin_sim *sim, enum sim_name_kind kind, const struct sim_address *destination);

/* The address of a peer as a program sees it at a socket of this family. */
struct sim_address lvn_sim_name_as_seen(
    const struct sim_name *name, const struct sim_address *address);

#endif
