/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_schedule.h"

#include <event2/event.h>

#include "dns/dns_options.h"
#include "dns/dns_time.h"
#include "dns/dns_try.h"

/* Ids in use beyond which exchanges wait: free ones must be found. */
#define IDS_MAX 49152

/* The timer that only keeps the loop alive. */
#define KEEP_ALIVE_NS (86400 * LVN_DNS_S)

void
lvn_dns_schedule_set_now(struct dns_network *network)
{
	network->now_ns = lvn_dns_now_ns(network->setup.base);
}

/* ---- Slots ------------------------------------------------------------------------------ */

static bool
may_begin(const struct dns_network *network)
{
	return !network->is_suspended && network->server_count > 0 &&
	       network->inflight < network->setup.options->max_inflight &&
	       network->ids.count < IDS_MAX && !lvn_dns_ring_is_alone(&network->waiting);
}

/* Its id was drawn at random; one that is taken leads to the next free one. */
void
lvn_dns_schedule_begin(struct dns_exchange *exchange)
{
	struct dns_network *network = exchange->network;

	lvn_dns_ids_use(&network->ids, &exchange->id, exchange->id.number);
	exchange->has_slot = !exchange->is_probe;
	network->inflight += exchange->has_slot;
	lvn_dns_try_next(exchange);
}

void
lvn_dns_schedule_send(struct dns_network *network)
{
	while (may_begin(network))
		lvn_dns_schedule_begin(
		    container_of(network->waiting.next, struct dns_exchange, link));
	lvn_dns_try_flush(network);
}

/* ---- Events of the loop ----------------------------------------------------------------- */

/* A timer that cannot be set for want of memory is due at once. */
static void
set_timer(struct dns_network *network, int64_t due_ns)
{
	struct timeval wait = lvn_dns_timeval_from_ns(due_ns - network->now_ns);

	network->timer_ns = due_ns;
	if (event_add(network->timer, &wait) < 0) {
		network->timer_ns = network->now_ns;
		event_active(network->timer, EV_TIMEOUT, 1);
	}
}

static bool
must_keep_alive(const struct dns_network *network)
{
	return network->server_count > 0 && !network->setup.is_idle_without_questions;
}

static void
watch_sockets(struct dns_network *network, bool is_listening)
{
	if (network->udp.is_listening == is_listening)
		return;
	network->udp.is_listening = is_listening;
	for (size_t i = 0; i < network->server_count; i++) {
		struct dns_upstream *upstream = lvn_dns_network_upstream(network, i);

		lvn_dns_udp_listen(&upstream->udp, is_listening);
		if (!is_listening)
			lvn_dns_tcp_note_idle(&upstream->tcp);
	}
}

/* A timer that is set too early stays: being looked at for nothing costs less than setting it. */
void
lvn_dns_schedule_arm(struct dns_network *network)
{
	int64_t next_ns = lvn_dns_timers_next(&network->timers);

	watch_sockets(
	    network, network->exchange_count > 0 || !network->setup.is_idle_without_questions);
	if (next_ns == INT64_MAX && must_keep_alive(network))
		next_ns = network->now_ns + KEEP_ALIVE_NS;
	if (next_ns < network->timer_ns) {
		set_timer(network, next_ns);
	} else if (next_ns == INT64_MAX && network->timer_ns != INT64_MAX) {
		network->timer_ns = INT64_MAX;
		event_del_noblock(network->timer);
	}
}

void
lvn_dns_schedule_settle(struct dns_network *network)
{
	if (network->is_in_callback)
		return;
	lvn_dns_schedule_send(network);
	lvn_dns_schedule_arm(network);
}
