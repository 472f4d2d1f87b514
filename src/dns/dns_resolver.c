/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_resolver.h"

#include <event2/event.h>
#include <stddef.h>

#include "base/private.h"
#include "dns/dns_base.h"
#include "dns/dns_cache.h"
#include "dns/dns_config.h"
#include "dns/dns_host_files.h"
#include "dns/dns_network.h"
#include "dns/dns_request.h"

/* ---- Callbacks of the program --------------------------------------------------------- */

/* What is active would be called in this turn. */
static void
report_next_turn(struct evdns_base *base)
{
	const struct timeval now = {0, 0};

	if (event_add(base->report, &now) < 0)
		lvn_dns_base_report_soon_locked(base);
}

/*
 * Requests that end meanwhile wait for the next turn, so that callbacks that begin new ones do
 * not hold the loop up.  With a resolver that is freed there are none, and no next turn.
 */
static void
report_all(void *arg)
{
	struct evdns_base *base = arg;
	size_t left;

	lvn_private_lock_acquire(base->lock);
	left = lvn_dns_ring_count(&base->reports);
	while (!lvn_dns_ring_is_alone(&base->reports) && (left > 0 || base->is_freed)) {
		struct dns_request *request =
		    container_of(base->reports.next, struct dns_request, link);

		left -= left > 0;
		lvn_dns_request_report_locked(request);
	}
	if (!lvn_dns_ring_is_alone(&base->reports))
		report_next_turn(base);
	lvn_private_lock_release(base->lock);
}

static void
on_report(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	report_all(arg);
}

static void
on_skew(evutil_socket_t fd, short what, void *arg)
{
	struct evdns_base *base = arg;

	(void)fd;
	(void)what;
	lvn_private_lock_acquire(base->lock);
	if (!base->is_freed)
		lvn_dns_request_end_skewed_locked(base);
	lvn_private_lock_release(base->lock);
	report_all(base);
}

/* ---- Life ----------------------------------------------------------------------------- */

/* Where the event base was freed first, callbacks that were due are not called. */
static void
free_memory(struct evdns_base *base)
{
	while (!lvn_dns_ring_is_alone(&base->reports))
		lvn_dns_request_free_locked(
		    container_of(base->reports.next, struct dns_request, link));
	lvn_dns_config_clear_locked(base);
	lvn_dns_host_files_clear_locked(base);
	lvn_dns_cache_free(base->cache);
	if (base->skew)
		event_free(base->skew);
	if (base->report)
		event_free(base->report);
	lvn_private_lock_release(base->lock);
	lvn_private_lock_free(base->lock);
	lvn_free(base);
}

/* The last callback of the network: on the loop's thread, and none of ours is running. */
static void
on_network_freed(void *arg)
{
	struct evdns_base *base = arg;

	lvn_private_lock_acquire(base->lock);
	free_memory(base);
}

/* What must be freed by free_memory: false when something was not to be had. */
static bool
set_up(struct evdns_base *base, struct event_base *event_base, bool has_cache)
{
	base->report = event_new(event_base, -1, 0, on_report, base);
	if (!base->report)
		return false;
	/* Without one, the functions of libevent 1.4 mean that of event_init. */
	base->event_base = event_get_base(base->report);
	if (!base->event_base)
		return false;
	base->world = lvn_base_world(base->event_base);
	base->skew = event_new(base->event_base, -1, 0, on_skew, base);
	if (!base->skew || lvn_io_random(base->world, base->key, sizeof(base->key)) < 0)
		return false;
	if (has_cache)
		base->cache = lvn_dns_cache_new(base->key, NULL);
	return base->cache || !has_cache;
}

static struct dns_network *
new_network(struct evdns_base *base, bool is_idle_without_questions)
{
	struct dns_network_setup setup = {
	    .base = base->event_base,
	    .lock = base->lock,
	    .options = &base->options,
	    .is_idle_without_questions = is_idle_without_questions,
	    .after_exchanges = report_all,
	    .freed = on_network_freed,
	    .arg = base,
	};

	return lvn_dns_network_new(&setup);
}

struct evdns_base *
lvn_dns_resolver_new(struct event_base *event_base, bool is_idle_without_questions, bool has_cache)
{
	struct evdns_base *base = lvn_calloc(1, sizeof(*base));

	if (!base)
		return NULL;
	lvn_dns_ring_init(&base->requests);
	lvn_dns_ring_init(&base->reports);
	lvn_dns_ring_init(&base->skewed);
	lvn_dns_options_init(&base->options);
	base->lock = lvn_private_lock_new();
	if (!base->lock) {
		lvn_free(base);
		return NULL;
	}
	lvn_private_lock_acquire(base->lock);
	if (set_up(base, event_base, has_cache))
		base->network = new_network(base, is_idle_without_questions);
	if (!base->network) {
		free_memory(base);
		return NULL;
	}
	lvn_private_lock_release(base->lock);
	return base;
}

void
lvn_dns_resolver_free(struct evdns_base *base, bool fails)
{
	lvn_private_lock_acquire(base->lock);
	base->is_freed = true;
	/* So that no request that waits is sent when another one ends. */
	lvn_dns_network_suspend_locked(base->network);
	lvn_dns_request_end_all_locked(base, fails);
	event_del_noblock(base->skew);
	/* In this order: the loop calls what is active before it frees the network's memory. */
	if (!lvn_dns_ring_is_alone(&base->reports))
		lvn_dns_base_report_soon_locked(base);
	lvn_dns_network_free_locked(base->network);
	lvn_private_lock_release(base->lock);
}
