/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/base.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "loop/debug.h"
#include "loop/loop.h"

struct event_base *lvn_current_base;

/* How long the difference between the clocks is trusted. */
#define WALL_TRUST_NS (5 * LVN_NS_PER_S)

const char *
lvn_base_method(const struct event_base *base)
{
	const char *name = base->fds.backend->name;
	bool has_changelist = base->flags & EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST;

	return has_changelist && strcmp(name, "epoll") == 0 ? "epoll (with changelist)" : name;
}

int64_t
lvn_base_wall_of_deadline_locked(struct event_base *base, int64_t deadline_ns)
{
	int64_t now_ns = lvn_clock_monotonic_ns(&base->clock);

	return lvn_ns_add(lvn_clock_wall_ns(&base->clock), deadline_ns - now_ns);
}

int64_t
lvn_base_wall_locked(struct event_base *base, int64_t instant_ns)
{
	int64_t now_ns = lvn_base_now_locked(base);

	if (!base->wall_read_ns || now_ns - base->wall_read_ns > WALL_TRUST_NS ||
	    now_ns < base->wall_read_ns) {
		base->wall_diff_ns =
		    lvn_clock_wall_ns(&base->clock) - lvn_clock_monotonic_ns(&base->clock);
		base->wall_read_ns = now_ns;
	}
	return lvn_ns_add(instant_ns, base->wall_diff_ns);
}

int
lvn_base_open_wakeup_locked(struct event_base *base)
{
	int rc;

	if (base->wakeup.is_open)
		return 0;
	rc = lvn_wakeup_open(&base->wakeup);
	if (rc < 0)
		return rc;
	rc = base->fds.backend->set_wakeup(base->fds.backend_state, base->wakeup.read_end);
	if (rc < 0) {
		lvn_wakeup_close(&base->wakeup);
		return rc;
	}
	return 0;
}

void
lvn_base_wake(struct event_base *base)
{
	if (atomic_load(&base->inbox.sleeping) && atomic_exchange(&base->inbox.sleeping, false))
		lvn_wakeup_raise(base->wakeup.write_end);
}

LVN_COLD void
lvn_base_wake_other(struct event_base *base)
{
	if (!lvn_base_is_in_loop_thread(base))
		lvn_base_wake(base);
}

/* A variable of the environment; NULL in a program that runs with another's rights. */
static const char *
trusted_env(const char *name)
{
#if LVN_HAVE_SECURE_GETENV
	return secure_getenv(name);
#else
	return getuid() == geteuid() && getgid() == getegid() ? getenv(name) : NULL;
#endif
}

static unsigned
flags_of(const struct event_config *config, bool looks_at_env)
{
	unsigned flags = config ? config->flags : 0;

	if (!looks_at_env)
		return flags;
	if (trusted_env("EVENT_PRECISE_TIMER"))
		flags |= EVENT_BASE_FLAG_PRECISE_TIMER;
	if (trusted_env("EVENT_EPOLL_USE_CHANGELIST"))
		flags |= EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST;
	if (trusted_env("EVENT_USE_SIGNALFD"))
		flags |= EVENT_BASE_FLAG_USE_SIGNALFD;
	return flags;
}

static bool
is_wanted(const struct event_config *config, const struct backend_ops *backend, bool looks_at_env)
{
	if (config && lvn_event_config_avoids(config, backend->name))
		return false;
	if (config && (backend->features & config->required) != config->required)
		return false;
	return !looks_at_env || !backend->avoid_env || !trusted_env(backend->avoid_env);
}

static int
open_backend(struct event_base *base, const struct event_config *config,
    const struct backend_ops *given, bool looks_at_env)
{
	const struct backend_ops *const only[] = {given, NULL};
	const struct backend_ops *const *candidates = given ? only : lvn_backends;

	for (; *candidates; candidates++) {
		void *state;

		if (!given && !is_wanted(config, *candidates, looks_at_env))
			continue;
		if ((*candidates)->open(&state, &base->options) < 0)
			continue;
		lvn_fd_map_init(&base->fds, *candidates, state);
		base->fds.refuses_mixed_edges = lvn_debug_is_on;
		if ((*candidates)->use_clock)
			(*candidates)->use_clock(state, &base->clock);
		return 0;
	}
	lvn_log_warnx("event_base_new_with_config: no event mechanism available");
	return -ENOTSUP;
}

static void
apply_config(struct event_base *base, const struct event_config *config, bool looks_at_env)
{
	base->flags = flags_of(config, looks_at_env);
	base->options.precise = base->flags & EVENT_BASE_FLAG_PRECISE_TIMER;
	base->limit.interval_ns = INT64_MAX;
	base->limit.callbacks = INT_MAX;
	base->limit.from_priority = 0;
	if (config)
		base->limit = config->limit;
	base->is_limited = base->limit.callbacks != INT_MAX ||
			   base->limit.interval_ns != INT64_MAX ||
			   (base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME);
}

static int
open_locks(struct event_base *base)
{
	int rc = lvn_lock_init(&base->lock, !(base->flags & EVENT_BASE_FLAG_NOLOCK));

	if (rc < 0)
		return rc;
	rc = lvn_condition_init(&base->current.finished, &base->lock);
	if (rc < 0)
		lvn_lock_clear(&base->lock);
	return rc;
}

struct io_world *
lvn_base_world(const struct event_base *base)
{
	return base->options.world;
}

struct event_base *
lvn_base_new(
    const struct event_config *config, const struct backend_ops *backend, struct io_world *world)
{
	struct event_base *base = lvn_calloc(1, sizeof(*base));
	bool looks_at_env = !(config && (config->flags & EVENT_BASE_FLAG_IGNORE_ENV));

	if (!base) {
		lvn_log_warn("event_base_new_with_config: calloc");
		return NULL;
	}
	apply_config(base, config, looks_at_env);
	base->options.world = world;
	base->current.priority = -1;
	if (lvn_debug_is_on)
		base->pid = getpid();
	lvn_clock_init(
	    &base->clock, base->options.precise ? CLOCK_PRECISION_FINE : CLOCK_PRECISION_COARSE);
	lvn_timers_init(&base->timers);
	lvn_watch_list_init(&base->watchers);
	lvn_signals_init(&base->signals, base->flags & EVENT_BASE_FLAG_USE_SIGNALFD);
	if (open_locks(base) < 0)
		goto free_base;
	if (lvn_active_queue_set_count(&base->active, 1) < 0)
		goto clear_locks;
	if (open_backend(base, config, backend, looks_at_env) < 0)
		goto clear_queues;
	if (trusted_env("EVENT_SHOW_METHOD"))
		lvn_log_msg("libevent using: %s", lvn_base_method(base));
	return base;

clear_queues:
	lvn_active_queue_clear(&base->active);
clear_locks:
	lvn_condition_clear(&base->current.finished);
	lvn_lock_clear(&base->lock);
free_base:
	lvn_timers_clear(&base->timers);
	lvn_signals_clear(&base->signals);
	lvn_free(base);
	return NULL;
}
