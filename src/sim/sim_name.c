/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_name.h"

#include <errno.h>

/* Linux's own range of ephemeral ports. */
#define FIRST_EPHEMERAL 32768
#define EPHEMERAL_COUNT 28232

void
lvn_sim_name_init(struct sim_name *name, enum sim_name_kind kind, int family)
{
	*name = (struct sim_name){.kind = kind, .family = family};
	lvn_sim_list_init(&name->link);
}

/* A stream that is bound becomes a listener: both stand in each other's way. */
static bool
is_stream(enum sim_name_kind kind)
{
	return kind != SIM_NAME_DATAGRAM;
}

static bool
takes_every_host(const struct sim_name *name, int family)
{
	if (!lvn_sim_address_is_wildcard(&name->address))
		return false;
	if (name->family == AF_UNSPEC || name->address.any.sa_family == family)
		return true;
	return name->address.any.sa_family == AF_INET6 && !name->is_v6_only;
}

static bool
is_reached(const struct sim_name *name, const struct sim_address *destination)
{
	if (lvn_sim_address_equals(&name->address, destination))
		return true;
	return lvn_sim_address_port(&name->address) == lvn_sim_address_port(destination) &&
	       destination->any.sa_family != AF_UNIX &&
	       takes_every_host(name, destination->any.sa_family);
}

static bool
is_taken(struct levin_sim *sim, const struct sim_name *name)
{
	for (struct sim_list *at = sim->names.next; at != &sim->names; at = at->next) {
		const struct sim_name *other = container_of(at, struct sim_name, link);

		if (is_stream(other->kind) != is_stream(name->kind) ||
		    (other->shares_port && name->shares_port))
			continue;
		if (is_reached(other, &name->address) || is_reached(name, &other->address))
			return true;
	}
	return false;
}

static void
next_port(struct levin_sim *sim, struct sim_address *address)
{
	lvn_sim_address_set_port(
	    address, FIRST_EPHEMERAL + (int)(sim->ports_taken++ % EPHEMERAL_COUNT));
}

static int
choose_port(struct levin_sim *sim, struct sim_name *name)
{
	for (int i = 0; i < EPHEMERAL_COUNT; i++) {
		next_port(sim, &name->address);
		if (!is_taken(sim, name))
			return 0;
	}
	return -EADDRINUSE;
}

int
lvn_sim_name_bind(struct levin_sim *sim, struct sim_name *name, const struct sim_address *address)
{
	int rc = 0;

	if (name->address.size > 0)
		return -EINVAL;
	if (name->family != AF_UNSPEC && address->any.sa_family != name->family)
		return -EAFNOSUPPORT;
	name->address = lvn_sim_address_unmapped(address);
	if (address->any.sa_family != AF_UNIX && lvn_sim_address_port(address) == 0)
		rc = choose_port(sim, name);
	else if (is_taken(sim, name))
		rc = -EADDRINUSE;
	if (rc < 0)
		name->address = (struct sim_address){.size = 0};
	else
		lvn_sim_list_append(&sim->names, &name->link);
	return rc;
}

void
lvn_sim_name_bind_for(
    struct levin_sim *sim, struct sim_name *name, const struct sim_address *destination)
{
	int family = destination->any.sa_family;

	if (name->address.size > 0)
		return;
	if (family == AF_UNIX) {
		name->address.any.sa_family = AF_UNIX;
		name->address.size = sizeof(sa_family_t);
		return;
	}
	name->address = lvn_sim_address_loopback(family, 0);
	if (name->kind != SIM_NAME_DATAGRAM) {
		/* Only its peer reaches it, and knows it without its name. */
		next_port(sim, &name->address);
		return;
	}
	(void)choose_port(sim, name);
	lvn_sim_list_append(&sim->names, &name->link);
}

void
lvn_sim_name_take_over(struct levin_sim *sim, struct sim_name *name, struct sim_name *from)
{
	name->is_v6_only = from->is_v6_only;
	name->shares_port = from->shares_port;
	name->address = from->address;
	lvn_sim_name_release(from);
	lvn_sim_list_append(&sim->names, &name->link);
}

void
lvn_sim_name_release(struct sim_name *name)
{
	lvn_sim_list_remove(&name->link);
	name->address = (struct sim_address){.size = 0};
}

struct sim_name *
lvn_sim_name_find(
    struct levin_sim *sim, enum sim_name_kind kind, const struct sim_address *destination)
{
	struct sim_address plain = lvn_sim_address_unmapped(destination);
	struct sim_name *found = NULL;
	bool found_exactly = false;
	uint64_t count = 0;

	for (struct sim_list *at = sim->names.next; at != &sim->names; at = at->next) {
		struct sim_name *name = container_of(at, struct sim_name, link);
		bool is_exact = lvn_sim_address_equals(&name->address, &plain);

		if (name->kind != kind || !is_reached(name, &plain) || (found_exactly && !is_exact))
			continue;
		if (is_exact && !found_exactly)
			count = 0;
		found_exactly = is_exact;
		count++;
		/* Each of them with the same chance. */
		if (count == 1 || lvn_sim_random_below(&sim->network_random, count) == 0)
			found = name;
	}
	return found;
}

struct sim_address
lvn_sim_name_as_seen(const struct sim_name *name, const struct sim_address *address)
{
	return name->family == AF_INET6 ? lvn_sim_address_mapped(address)
					: lvn_sim_address_unmapped(address);
}
