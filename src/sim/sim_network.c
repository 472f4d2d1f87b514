/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_network.h"

#include <errno.h>

#include "base/memory.h"

#define ALWAYS 1000

static bool
is_legal(const struct levin_sim_link *link)
{
	for (size_t i = 0; i < LVN_COUNT_OF(link->reserved); i++) {
		if (link->reserved[i])
			return false;
	}
	return link->latency_min_ns >= 0 && link->latency_max_ns >= link->latency_min_ns &&
	       link->loss_permille <= ALWAYS && link->duplicate_permille <= ALWAYS &&
	       link->reorder_permille <= ALWAYS && link->truncate_permille <= ALWAYS &&
	       link->refuse_permille <= ALWAYS;
}

static int
read_host(struct sim_address *address, const char *text)
{
	*address = (struct sim_address){.size = 0};
	if (!text)
		return 0;
	if (lvn_sim_address_read(address, text) < 0 || address->any.sa_family == AF_UNIX)
		return -EINVAL;
	lvn_sim_address_set_port(address, 0);
	return 0;
}

static struct sim_route *
find(struct levin_sim *sim, const struct sim_address *from, const struct sim_address *to)
{
	for (struct sim_list *at = sim->routes.next; at != &sim->routes; at = at->next) {
		struct sim_route *route = container_of(at, struct sim_route, link);

		if (lvn_sim_address_equals(&route->from, from) &&
		    lvn_sim_address_equals(&route->to, to))
			return route;
	}
	return NULL;
}

static void
free_route(struct sim_route *route)
{
	lvn_sim_list_remove(&route->link);
	lvn_free(route);
}

int
lvn_sim_network_set(struct levin_sim *sim, const char *from, const char *to,
    const struct levin_sim_link *properties)
{
	struct sim_address from_host;
	struct sim_address to_host;
	struct sim_route *route;

	if (read_host(&from_host, from) < 0 || read_host(&to_host, to) < 0 ||
	    (properties && !is_legal(properties)))
		return -EINVAL;
	route = find(sim, &from_host, &to_host);
	if (!properties) {
		if (route)
			free_route(route);
		return 0;
	}
	if (!route) {
		route = lvn_sim_kernel_alloc(sim, sizeof(*route));
		if (!route)
			return -ENOMEM;
		route->from = from_host;
		route->to = to_host;
		lvn_sim_list_init(&route->link);
		lvn_sim_list_append(&sim->routes, &route->link);
	}
	route->properties = *properties;
	return 0;
}

void
lvn_sim_network_clear(struct levin_sim *sim)
{
	while (!lvn_sim_list_is_alone(&sim->routes))
		free_route(container_of(sim->routes.next, struct sim_route, link));
}

/* How well a route fits, 0 if it does not. */
static int
fitness(const struct sim_route *route, const struct sim_address *from, const struct sim_address *to)
{
	int result = 1;

	if (route->to.size > 0) {
		if (!lvn_sim_address_is_same_host(&route->to, to))
			return 0;
		result += 2;
	}
	if (route->from.size > 0) {
		if (!lvn_sim_address_is_same_host(&route->from, from))
			return 0;
		result += 1;
	}
	return result;
}

struct levin_sim_link
lvn_sim_network_between(
    const struct levin_sim *sim, const struct sim_address *from, const struct sim_address *to)
{
	const struct sim_route *best = NULL;
	int best_fitness = 0;

	for (struct sim_list *at = sim->routes.next; at != &sim->routes; at = at->next) {
		const struct sim_route *route = container_of(at, struct sim_route, link);
		int its_fitness = fitness(route, from, to);

		if (its_fitness > best_fitness) {
			best = route;
			best_fitness = its_fitness;
		}
	}
	if (best)
		return best->properties;
	return (struct levin_sim_link){
	    .latency_min_ns = sim->options.latency_min_ns,
	    .latency_max_ns = sim->options.latency_max_ns,
	    .refuse_permille = sim->options.refuse_permille,
	};
}

int64_t
lvn_sim_network_latency(struct levin_sim *sim, const struct levin_sim_link *link)
{
	return lvn_sim_random_between(
	    &sim->network_random, link->latency_min_ns, link->latency_max_ns);
}
