/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_registry.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/io.h"
#include "sim/sim_kernel.h"

static _Atomic(struct levin_sim *) simulations[SIM_REGISTRY_LIMIT];

int
lvn_sim_registry_enter(struct levin_sim *sim)
{
	for (int i = 0; i < SIM_REGISTRY_LIMIT; i++) {
		struct levin_sim *none = NULL;

		if (atomic_compare_exchange_strong(&simulations[i], &none, sim))
			return LVN_IO_FIRST_SIMULATED_FD + i * SIM_DESCRIPTOR_COUNT;
	}
	return -EMFILE;
}

void
lvn_sim_registry_leave(const struct levin_sim *sim)
{
	int at = (sim->first_fd - LVN_IO_FIRST_SIMULATED_FD) / SIM_DESCRIPTOR_COUNT;

	atomic_store(&simulations[at], NULL);
}

struct levin_sim *
lvn_sim_registry_find(int fd)
{
	int at;

	if (fd < LVN_IO_FIRST_SIMULATED_FD)
		return NULL;
	at = (fd - LVN_IO_FIRST_SIMULATED_FD) / SIM_DESCRIPTOR_COUNT;
	return at < SIM_REGISTRY_LIMIT ? atomic_load(&simulations[at]) : NULL;
}
