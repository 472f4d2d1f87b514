/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: several bases of one simulation by turns.
 */
#include <errno.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <stdbool.h>

#include "loop/backends.h"
#include "loop/base.h"
#include "loop/sim_kernel.h"

/* A turn of the loop would find something without any time passing. */
static bool
is_busy_locked(struct event_base *base) REQUIRES(base->lock)
{
	return base->counts.active > 0 || base->fds.change_count > 0 ||
	       lvn_sim_has_news(base->fds.backend_state);
}

/* The instant at which the base has something to do by itself; INT64_MAX is never. */
static int64_t
next_work(struct event_base *base)
{
	int64_t next_ns = INT64_MAX;

	lvn_base_enter(base);
	/* A loop without events ends before it looks at anything. */
	if (lvn_counts_added(&base->counts) + base->counts.virtual_ > 0) {
		if (is_busy_locked(base))
			next_ns = INT64_MIN;
		else
			lvn_timers_next(&base->timers, &next_ns);
	}
	lvn_base_leave(base);
	return next_ns;
}

/* One turn of each.  False if a base was told to stop or has failed: *result_out says which. */
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
		if (!bases[i] || bases[i]->options.simulation != sim) {
			errno = EINVAL;
			return -1;
		}
	}
	while (turn_each(bases, count, &result)) {
		const struct sim_happening *happening = lvn_sim_agenda_first(&sim->agenda);
		int64_t next_ns = happening ? happening->at_ns : INT64_MAX;

		for (size_t i = 0; i < count; i++) {
			int64_t work_ns = next_work(bases[i]);

			next_ns = work_ns < next_ns ? work_ns : next_ns;
		}
		if (next_ns == INT64_MAX)
			return 1;
		lvn_sim_kernel_advance(sim, next_ns);
	}
	return result;
}
