/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_backend.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/memory.h"
#include "sim/sim_files.h"
#include "sim/sim_kernel.h"
#include "sim/sim_watch.h"

struct sim_backend {
	struct sim_poller poller;
	int wakeup_fd; /* a real descriptor, or -1 */
	bool woken;
};

static int
sim_open(void **self_out, const struct backend_options *options)
{
	struct levin_sim *sim = lvn_sim_kernel_of_world(options->world);
	struct sim_backend *self = lvn_calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->wakeup_fd = -1;
	/* A base that opens its backend anew hands over the same options. */
	lvn_sim_watch_open(&self->poller, sim, options);
	*self_out = self;
	return 0;
}

static void
sim_close(void *context)
{
	struct sim_backend *self = context;

	lvn_sim_watch_close(&self->poller);
	lvn_free(self);
}

static int
sim_update(void *context, int fd, short had, short wants, uint32_t *state)
{
	struct sim_backend *self = context;
	struct levin_sim *sim = self->poller.sim;
	struct sim_file *file = lvn_sim_files_at(sim, fd);

	(void)had;
	lvn_sim_kernel_note(sim, SIM_TRACE_WATCH, fd - sim->first_fd, wants);
	if (wants & (EV_READ | EV_WRITE | EV_CLOSED))
		return file ? lvn_sim_watch_set(&self->poller, file, fd, wants, state) : -EBADF;
	if (file)
		lvn_sim_watch_remove(&self->poller, file, fd);
	/* A watch on a file that lives on under another number reports with its old stamp. */
	*state = 0;
	return 0;
}

static int
sim_set_wakeup(void *context, int fd)
{
	struct sim_backend *self = context;

	self->wakeup_fd = fd;
	return 0;
}

/* Threads are real, and so is the wake-up; the loop drains it. */
static void
look_for_wakeup(struct sim_backend *self)
{
	struct pollfd wakeup = {.fd = self->wakeup_fd, .events = POLLIN};

	if (self->wakeup_fd >= 0 && poll(&wakeup, 1, 0) > 0)
		self->woken = true;
}

static bool
has_news(struct sim_backend *self)
{
	return self->woken || self->poller.sim->call_has_run ||
	       lvn_sim_watch_has_ready(&self->poller);
}

/* When the wait ends if nothing becomes ready. */
static int64_t
draw_deadline(struct levin_sim *sim, int64_t timeout_ns)
{
	struct sim_random *random = &sim->order_random;
	int64_t deadline_ns = INT64_MAX;

	if (timeout_ns >= 0) {
		deadline_ns = lvn_ns_add(sim->now_ns, timeout_ns);
		if (lvn_sim_random_chance(random, sim->options.early_return_permille))
			return lvn_sim_random_between(random, sim->now_ns, deadline_ns);
	}
	if (timeout_ns > 0 && sim->options.lateness_max_ns > 0)
		deadline_ns = lvn_ns_add(
		    deadline_ns, lvn_sim_random_between(random, 0, sim->options.lateness_max_ns));
	return deadline_ns;
}

static int
sim_wait(void *context, int64_t timeout_ns)
{
	struct sim_backend *self = context;
	struct levin_sim *sim = self->poller.sim;
	int64_t deadline_ns;

	lvn_sim_kernel_note(sim, SIM_TRACE_WAIT, -1, timeout_ns);
	sim->call_has_run = false;
	look_for_wakeup(self);
	lvn_sim_kernel_run_instant(sim, sim->now_ns);
	if (timeout_ns == 0 || has_news(self))
		return 0;
	deadline_ns = draw_deadline(sim, timeout_ns);
	while (!has_news(self)) {
		if (lvn_sim_kernel_run_instant(sim, deadline_ns))
			continue;
		if (timeout_ns < 0)
			return -EDEADLK;
		lvn_sim_kernel_advance(sim, deadline_ns);
		break;
	}
	return 0;
}

static bool
sim_is_ready(void *context)
{
	struct sim_backend *self = context;

	look_for_wakeup(self);
	return self->woken || lvn_sim_watch_has_ready(&self->poller);
}

static void
sim_collect(void *context, struct ready_list *ready, bool *woken_out)
{
	struct sim_backend *self = context;

	if (self->woken)
		*woken_out = true;
	self->woken = false;
	lvn_sim_watch_collect(&self->poller, ready);
}

static int64_t
virtual_monotonic_ns(struct clock *clock)
{
	const struct levin_sim *sim = clock->context;

	return sim->now_ns;
}

static int64_t
virtual_wall_ns(struct clock *clock)
{
	const struct levin_sim *sim = clock->context;

	return sim->now_ns + sim->wall_offset_ns;
}

static void
sim_use_clock(void *context, struct clock *clock)
{
	struct sim_backend *self = context;

	clock->monotonic_ns = virtual_monotonic_ns;
	clock->wall_ns = virtual_wall_ns;
	clock->context = self->poller.sim;
}

const struct backend_ops lvn_backend_sim = {
    .name = "sim",
    .features = EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_FDS | EV_FEATURE_EARLY_CLOSE,
    /* A wait ends after each call of the outside world. */
    .wakes_for_updates = true,
    .open = sim_open,
    .close = sim_close,
    .update = sim_update,
    .set_wakeup = sim_set_wakeup,
    .wait = sim_wait,
    .collect = sim_collect,
    .use_clock = sim_use_clock,
    .is_ready = sim_is_ready,
    .first_fd = LVN_IO_FIRST_SIMULATED_FD,
    .delivers_signals = true,
};
