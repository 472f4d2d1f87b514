/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public function: several bases of one simulation by turns.
 */
#include <errno.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <stdbool.h>

#include "loop/base.h"
#include "loop/loop.h"
#include "sim/sim_kernel.h"

/* One turn of each.  False if a base was stopped or has failed: *result_out says which. */
static bool
turn_each(struct event_base *const *bases, size_t count, int *result_out)
{
	for (size_t i = 0; i < count; i++) {
		if (event_base_loop(bases[i], EVLOOP_ONCE | EVLOOP_NONBLOCK) < 0) {
			*result_out = -1;
			return false;
		}
		if (event_base_got_exit(bases[i]) || event_base_got_break(bases[i])) {
			*result_out = 0;
			return false;
		}
	}
	return true;
}

int
levin_sim_run(struct levin_sim *sim, struct event_base *const *bases, size_t count)
{
	int result;

	for (size_t i = 0; i < count; i++) {
		if (!bases[i] || lvn_base_world(bases[i]) != lvn_sim_kernel_world(sim)) {
			errno = EINVAL;
			return -1;
		}
	}
	while (turn_each(bases, count, &result)) {
		const struct sim_event *event = lvn_sim_event_queue_first(&sim->events);
		int64_t next_ns = event ? event->at_ns : INT64_MAX;

		for (size_t i = 0; i < count; i++) {
			int64_t work_ns = lvn_loop_next_work(bases[i]);

			next_ns = work_ns < next_ns ? work_ns : next_ns;
		}
		if (next_ns == INT64_MAX)
			return 1;
		lvn_sim_kernel_advance(sim, next_ns);
	}
	return result;
}
