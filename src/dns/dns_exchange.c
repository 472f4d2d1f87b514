/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_exchange.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/private.h"
#include "dns/dns_network_fields.h"
#include "dns/dns_options.h"
#include "dns/dns_schedule.h"
#include "dns/dns_selection.h"
#include "dns/dns_try.h"

/* ---- Ends ------------------------------------------------------------------------------- */

/* Takes the exchange out of everything. */
static void
take_out(struct dns_exchange *exchange)
{
	struct dns_network *network = exchange->network;

	lvn_dns_try_forget(exchange);
	lvn_dns_try_leave_slot(exchange);
	lvn_dns_timers_unset(&network->timers, &exchange->timer);
	lvn_dns_ids_release(&network->ids, &exchange->id);
	lvn_dns_ring_remove(&exchange->link);
	network->exchange_count--;
	network->probe_count -= exchange->is_probe;
}

void
lvn_dns_exchange_end(struct dns_exchange *exchange, struct dns_outcome *outcome)
{
	struct dns_network *network = exchange->network;

	outcome->took_ns = network->now_ns - exchange->started_ns;
	take_out(exchange);
	if (exchange->done) {
		network->has_outcomes = true;
		exchange->done(exchange->arg, outcome);
	}
	lvn_free(exchange);
}

/* A cut reply is what there is if no server could be asked by TCP, not if that took too long. */
static bool
has_last_reply(const struct dns_exchange *exchange)
{
	return exchange->last_flags &&
	       !(exchange->last_flags & DNS_FLAG_TRUNCATED && exchange->asked_by_tcp);
}

void
lvn_dns_exchange_end_with_error(struct dns_exchange *exchange)
{
	uint8_t message[LVN_DNS_QUERY_MAX];
	struct dns_outcome outcome = {.status = -ETIMEDOUT};
	struct dns_query query = {
	    .question = exchange->question,
	    .question_size = exchange->question_size,
	    .id = exchange->id.number,
	    .flags = exchange->last_flags,
	};

	/* The message has no OPT record, which the higher bits of the code would be in. */
	if (exchange->last_rcode > DNS_RCODE_MASK)
		query.flags = (uint16_t)((query.flags & ~DNS_RCODE_MASK) | DNS_RCODE_SERVFAIL);
	if (has_last_reply(exchange)) {
		outcome.status = 0;
		outcome.rcode = exchange->last_rcode;
		outcome.message = message;
		outcome.size = lvn_dns_query_write(&query, message, sizeof(message));
		outcome.server = exchange->last_server;
	} else if (exchange->error && !exchange->has_been_silent &&
		   exchange->state != EXCHANGE_ASKING) {
		outcome.status = exchange->error;
	}
	lvn_dns_exchange_end(exchange, &outcome);
}

void
lvn_dns_exchange_cancel_locked(struct dns_exchange *exchange)
{
	struct dns_network *network;

	if (!exchange)
		return;
	network = exchange->network;
	take_out(exchange);
	lvn_free(exchange);
	if (network->is_in_callback)
		return;
	lvn_dns_schedule_set_now(network);
	lvn_dns_exchange_end_probes_alone(network);
	lvn_dns_schedule_settle(network);
}

/* All exchanges, in a ring of the caller. */
static void
gather_all(struct dns_network *network, struct dns_ring *all)
{
	lvn_dns_ring_init(all);
	for (size_t i = 0; i < network->server_count; i++) {
		struct dns_upstream *upstream = lvn_dns_network_upstream(network, i);

		lvn_dns_ring_append_all(all, &upstream->asked);
		if (upstream->tcp.connection)
			lvn_dns_ring_append_all(all, &upstream->tcp.connection->asked);
	}
	lvn_dns_ring_append_all(all, &network->others);
	lvn_dns_ring_append_all(all, &network->waiting);
}

static struct dns_exchange *
first_of(const struct dns_ring *ring)
{
	return lvn_dns_ring_is_alone(ring) ? NULL
					   : container_of(ring->next, struct dns_exchange, link);
}

void
lvn_dns_exchange_cancel_all(struct dns_network *network)
{
	struct dns_exchange *exchange;
	struct dns_ring all;

	gather_all(network, &all);
	while ((exchange = first_of(&all)) != NULL) {
		take_out(exchange);
		lvn_free(exchange);
	}
}

void
lvn_dns_exchange_end_probes_alone(struct dns_network *network)
{
	if (network->setup.is_idle_without_questions &&
	    network->exchange_count == network->probe_count)
		lvn_dns_exchange_cancel_all(network);
}

/* As it was when it was started, but for its deadline. */
static void
recall(struct dns_exchange *exchange)
{
	struct dns_network *network = exchange->network;

	lvn_dns_try_forget(exchange);
	lvn_dns_try_leave_slot(exchange);
	lvn_dns_ids_release(&network->ids, &exchange->id);
	lvn_dns_timers_set(&network->timers, &exchange->timer, exchange->deadline_ns);
	lvn_dns_ring_append(&network->waiting, &exchange->link);
	exchange->state = EXCHANGE_WAITING;
	exchange->upstream = NULL;
	exchange->tried = 0;
	exchange->replied = 0;
	exchange->asked_by_tcp = 0;
	exchange->round = 0;
	exchange->error = 0;
	exchange->last_flags = 0;
	exchange->has_been_silent = false;
	exchange->has_waited = false;
	exchange->is_without_edns = false;
	exchange->wants_tcp = false;
	exchange->doubt = 0;
	exchange->cookies_refused = 0;
}

void
lvn_dns_exchange_recall_all(struct dns_network *network)
{
	struct dns_exchange *exchange;
	struct dns_ring all;

	gather_all(network, &all);
	while ((exchange = first_of(&all)) != NULL) {
		if (exchange->is_probe) {
			take_out(exchange);
			lvn_free(exchange);
		} else {
			recall(exchange);
		}
	}
}

/* ---- Beginning -------------------------------------------------------------------------- */

static void
put_question(struct dns_exchange *exchange, const struct dns_question *question)
{
	struct writer out = {
	    exchange->question, exchange->question + exchange->question_size, false};

	lvn_write_bytes(&out, question->name.wire, question->name.size);
	lvn_write_be(&out, question->type, 2);
	lvn_write_be(&out, question->dns_class, 2);
}

/* What is sent is hard to guess: the id and the case of the letters.  0 or -errno. */
static int
draw(struct dns_exchange *exchange, size_t name_size)
{
	struct dns_network *network = exchange->network;
	size_t case_size = network->setup.options->randomize_case ? (name_size + 7U) / 8 : 0;
	uint8_t random[sizeof(uint16_t) + LVN_DNS_NAME_CASE_BYTES];
	int rc = lvn_dns_random_take(&network->random, lvn_base_world(network->setup.base), random,
	    sizeof(uint16_t) + case_size);

	if (rc < 0)
		return rc;
	memcpy(&exchange->id.number, random, sizeof(uint16_t));
	if (case_size > 0)
		lvn_dns_name_mix_case(exchange->question, name_size, random + sizeof(uint16_t));
	return 0;
}

/* NULL without memory or random bytes. */
static struct dns_exchange *
new_exchange(struct dns_network *network, const struct dns_question *question, unsigned flags)
{
	size_t question_size = question->name.size + 4U;
	struct dns_exchange *exchange;

	if (lvn_dns_timers_reserve(&network->timers, network->exchange_count + 1) < 0)
		return NULL;
	exchange = lvn_calloc(1, sizeof(*exchange) + question_size);
	if (!exchange)
		return NULL;
	exchange->network = network;
	exchange->question_size = (uint16_t)question_size;
	put_question(exchange, question);
	if (draw(exchange, question->name.size) < 0) {
		lvn_free(exchange);
		return NULL;
	}
	exchange->flags = (uint8_t)flags;
	exchange->started_ns = network->now_ns;
	exchange->is_in_plain_case = !network->setup.options->randomize_case;
	lvn_dns_ring_init(&exchange->link);
	network->exchange_count++;
	return exchange;
}

static int64_t
deadline_of(const struct dns_network *network)
{
	const struct dns_options *options = network->setup.options;
	int64_t tries = options->attempts;

	if (options->given & GIVEN_TIMEOUT && network->server_count > 1)
		tries *= (int64_t)network->server_count;
	if (options->timeout_ns > (INT64_MAX - network->now_ns) / tries)
		return INT64_MAX - 1;
	return network->now_ns + tries * options->timeout_ns;
}

/* A real question shows whether a server works that is not asked for its own sake now. */
static void
start_probe(struct dns_network *network, const struct dns_question *question)
{
	const struct dns_options *options = network->setup.options;
	const struct dns_server *best =
	    lvn_dns_selection_best(network->servers, network->server_count, 0);
	struct dns_server *server =
	    lvn_dns_selection_probe(network->servers, network->server_count, best, network->now_ns);
	struct dns_exchange *probe;

	if (!server || network->is_suspended)
		return;
	probe = new_exchange(network, question, 0);
	if (!probe)
		return;
	lvn_dns_server_note_probe(server, options, network->now_ns);
	network->probe_count++;
	probe->is_probe = true;
	probe->upstream = container_of(server, struct dns_upstream, server);
	probe->deadline_ns = network->now_ns + lvn_dns_server_timeout(server, options, 0);
	lvn_dns_schedule_begin(probe);
}

struct dns_exchange *
lvn_dns_exchange_start_locked(struct dns_network *network, const struct dns_question *question,
    unsigned flags, dns_exchange_done_fn *done, void *arg)
{
	struct dns_exchange *exchange;

	lvn_dns_schedule_set_now(network);
	exchange = new_exchange(network, question, flags);
	if (!exchange)
		return NULL;
	exchange->done = done;
	exchange->arg = arg;
	exchange->deadline_ns = deadline_of(network);
	lvn_dns_timers_set(&network->timers, &exchange->timer, exchange->deadline_ns);
	lvn_dns_ring_append(&network->waiting, &exchange->link);
	start_probe(network, question);
	lvn_dns_schedule_settle(network);
	return exchange;
}

/* ---- Time ------------------------------------------------------------------------------- */

void
lvn_dns_exchange_expire(struct dns_timer *timer)
{
	struct dns_exchange *exchange = container_of(timer, struct dns_exchange, timer);
	int64_t now_ns = exchange->network->now_ns;
	bool is_over = now_ns >= exchange->deadline_ns || exchange->state == EXCHANGE_FAILED;

	if (exchange->state == EXCHANGE_ASKING && now_ns >= exchange->try_end_ns)
		lvn_dns_try_end(exchange);
	else if (!is_over)
		lvn_dns_try_next(exchange);
	if (is_over)
		lvn_dns_exchange_end_with_error(exchange);
}
