/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: simulations, their time, chance and network.  A simulation belongs to one
 * thread: there is no lock to take.
 */
#include <errno.h>
#include <levin/sim.h>
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/base.h"
#include "sim/sim_backend.h"
#include "sim/sim_calls.h"
#include "sim/sim_datagram.h"
#include "sim/sim_files.h"
#include "sim/sim_kernel.h"
#include "sim/sim_network.h"
#include "sim/sim_registry.h"
#include "sim/sim_stream.h"
#include "sim/sim_text.h"
#include "sim/sim_watch.h"

static int
result_of(int rc)
{
	if (rc >= 0)
		return rc;
	errno = -rc;
	return -1;
}

struct levin_sim *
levin_sim_new(uint64_t seed, const struct levin_sim_options *options)
{
	struct levin_sim *sim = lvn_calloc(1, sizeof(*sim));
	int rc;

	if (!sim)
		return NULL;
	rc = lvn_sim_kernel_set_options(sim, options);
	if (rc < 0)
		goto free_sim;
	rc = lvn_sim_registry_enter(sim);
	if (rc < 0)
		goto free_sim;
	lvn_sim_kernel_init(sim, seed, rc);
	lvn_sim_calls_register();
	return sim;

free_sim:
	lvn_free(sim);
	errno = -rc;
	return NULL;
}

void
levin_sim_free(struct levin_sim *sim)
{
	if (!sim)
		return;
	if (!lvn_sim_list_is_alone(&sim->pollers)) {
		lvn_log_warnx("%s: a base still runs on the simulation", __func__);
		return;
	}
	levin_sim_fail_allocations(sim, 0, 0);
	lvn_sim_files_clear(sim);
	lvn_sim_stream_clear(sim);
	lvn_sim_datagram_clear(sim);
	lvn_sim_network_clear(sim);
	lvn_sim_text_clear(sim);
	lvn_sim_kernel_clear_events(sim);
	lvn_sim_registry_leave(sim);
	lvn_free(sim);
}

int
levin_sim_set_options(struct levin_sim *sim, const struct levin_sim_options *options)
{
	int rc = lvn_sim_kernel_set_options(sim, options);

	if (rc == 0)
		lvn_sim_stream_wake_writers(sim);
	return result_of(rc);
}

int64_t
levin_sim_now_ns(const struct levin_sim *sim)
{
	return sim->now_ns;
}

int64_t
levin_sim_wall_ns(const struct levin_sim *sim)
{
	return lvn_ns_add(sim->now_ns, sim->wall_offset_ns);
}

void
levin_sim_jump_wall(struct levin_sim *sim, int64_t by_ns)
{
	sim->wall_offset_ns = lvn_ns_add(sim->wall_offset_ns, by_ns);
	lvn_sim_kernel_note(sim, SIM_TRACE_WALL, -1, by_ns);
}

void
levin_sim_spend(struct levin_sim *sim, int64_t span_ns)
{
	if (span_ns < 0)
		return;
	lvn_sim_kernel_note(sim, SIM_TRACE_SPEND, -1, span_ns);
	lvn_sim_kernel_advance(sim, lvn_ns_add(sim->now_ns, span_ns));
}

int
levin_sim_at(struct levin_sim *sim, int64_t delay_ns, void (*call)(void *arg), void *arg)
{
	return result_of(call ? lvn_sim_kernel_schedule_call(sim, delay_ns, call, arg) : -EINVAL);
}

static void
signal_arrives(struct levin_sim *sim, void *target, uint64_t signo)
{
	(void)target;
	lvn_sim_watch_signal(sim, (int)signo);
}

int
levin_sim_raise(struct levin_sim *sim, int signo, int64_t delay_ns)
{
	if (signo < 1 || signo >= NSIG)
		return result_of(-EINVAL);
	if (delay_ns > 0)
		return result_of(lvn_sim_kernel_schedule(
		    sim, lvn_ns_add(sim->now_ns, delay_ns), signal_arrives, NULL, (uint64_t)signo));
	lvn_sim_watch_signal(sim, signo);
	return 0;
}

uint64_t
levin_sim_random(struct levin_sim *sim, uint64_t bound)
{
	if (bound == 0)
		return lvn_sim_random_next(&sim->program_random);
	return lvn_sim_random_below(&sim->program_random, bound);
}

int
levin_sim_fail_allocations(struct levin_sim *sim, unsigned every, unsigned permille)
{
	if (permille > 1000)
		return result_of(-EINVAL);
	sim->fail_every = every;
	sim->fail_permille = permille;
	if (every || permille)
		lvn_memory_set_fault(lvn_sim_kernel_should_fail, sim);
	else
		lvn_memory_clear_fault(sim);
	return 0;
}

uint64_t
levin_sim_trace_hash(const struct levin_sim *sim)
{
	return sim->trace.hash;
}

void
levin_sim_set_trace(struct levin_sim *sim, void (*listener)(const char *line, void *arg), void *arg)
{
	sim->trace.listener = listener;
	sim->trace.arg = arg;
}

struct event_base *
levin_sim_base_new(struct levin_sim *sim, const struct event_config *config)
{
	if (!sim) {
		errno = EINVAL;
		return NULL;
	}
	return lvn_base_new(config, &lvn_backend_sim, lvn_sim_kernel_world(sim));
}

int
levin_sim_set_link(
    struct levin_sim *sim, const char *from, const char *to, const struct levin_sim_link *link)
{
	int rc = lvn_sim_network_set(sim, from, to, link);

	if (rc == 0)
		lvn_sim_stream_deliver_all(sim);
	return result_of(rc);
}

int
levin_sim_set_file(struct levin_sim *sim, const char *path, const char *text)
{
	return result_of(path ? lvn_sim_text_set(sim, path, text) : -EINVAL);
}
