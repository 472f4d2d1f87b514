/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_request.h"

#include <event2/dns.h>
#include <event2/event.h>

#include "base/private.h"
#include "dns/dns_answer.h"
#include "dns/dns_base.h"
#include "dns/dns_cache.h"
#include "dns/dns_config.h"
#include "dns/dns_exchange.h"
#include "dns/dns_network.h"
#include "dns/dns_time.h"

/* ---- Ends ----------------------------------------------------------------------------- */

static void
clear_lookup(struct dns_lookup *lookup)
{
	lvn_dns_exchange_cancel_locked(lookup->exchange);
	lookup->exchange = NULL;
	lvn_dns_answer_unref(lookup->answer);
	lookup->answer = NULL;
}

static void
cancel_exchanges(struct dns_request *request)
{
	for (unsigned i = 0; i < request->lookup_count; i++) {
		lvn_dns_exchange_cancel_locked(request->lookups[i].exchange);
		request->lookups[i].exchange = NULL;
	}
}

/* Without a request that waits, the timer would keep the loop running. */
static void
end_skew(struct dns_request *request)
{
	struct evdns_base *base = request->base;

	if (lvn_dns_ring_is_alone(&request->skew_link))
		return;
	lvn_dns_ring_remove(&request->skew_link);
	if (lvn_dns_ring_is_alone(&base->skewed))
		event_del_noblock(base->skew);
}

/* Does not report it. */
static void
finish(struct dns_request *request, int result)
{
	cancel_exchanges(request);
	end_skew(request);
	request->is_over = true;
	request->result = (int16_t)result;
	if (!request->is_starting)
		lvn_dns_ring_append(&request->base->reports, &request->link);
}

void
lvn_dns_request_cancel(struct dns_request *request)
{
	struct lock *lock = request->base->lock;

	lvn_private_lock_acquire(lock);
	if (!request->is_reported) {
		finish(request, DNS_ERR_CANCEL);
		lvn_dns_base_report_soon_locked(request->base);
	}
	lvn_private_lock_release(lock);
}

static void
take_out(struct dns_request *request)
{
	lvn_dns_ring_remove(&request->link);
	request->is_reported = true;
}

void
lvn_dns_request_free_locked(struct dns_request *request)
{
	for (unsigned i = 0; i < request->lookup_count; i++)
		clear_lookup(&request->lookups[i]);
	lvn_dns_search_clear(&request->search);
	end_skew(request);
	lvn_dns_ring_remove(&request->link);
	if (request->ops->clear)
		request->ops->clear(request);
	lvn_free(request);
}

void
lvn_dns_request_free(struct dns_request *request)
{
	struct lock *lock = request->base->lock;

	lvn_private_lock_acquire(lock);
	lvn_dns_request_free_locked(request);
	lvn_private_lock_release(lock);
}

static void
end_ring(struct dns_ring *ring, bool fails)
{
	struct dns_ring *link = ring->next;

	while (link != ring) {
		struct dns_request *request = container_of(link, struct dns_request, link);

		link = link->next;
		if (request->is_over)
			continue;
		if (fails || request->is_for_stream)
			finish(request, DNS_ERR_SHUTDOWN);
		else
			lvn_dns_request_free_locked(request);
	}
}

void
lvn_dns_request_end_all_locked(struct evdns_base *base, bool fails)
{
	end_ring(&base->reports, fails);
	end_ring(&base->requests, fails);
}

void
lvn_dns_request_report_locked(struct dns_request *request)
{
	struct evdns_base *base = request->base;

	if (request->is_over)
		take_out(request);
	else
		lvn_dns_ring_append(&base->requests, &request->link);
	lvn_private_lock_release(base->lock);
	request->ops->report(request);
	lvn_private_lock_acquire(base->lock);
}

/* ---- Answers -------------------------------------------------------------------------- */

int
lvn_dns_request_result(uint16_t status)
{
	switch (status) {
	case DNS_RCODE_NOERROR:
	case DNS_RCODE_FORMERR:
	case DNS_RCODE_SERVFAIL:
	case DNS_RCODE_NXDOMAIN:
	case DNS_RCODE_NOTIMP:
	case DNS_RCODE_REFUSED:
		return status;
	case LVN_DNS_STATUS_NODATA:
		return DNS_ERR_NODATA;
	default:
		return DNS_ERR_UNKNOWN;
	}
}

/* Takes the reference.  Without memory there is no answer. */
static void
take_answer(struct dns_lookup *lookup, struct dns_answer *answer, uint32_t ttl)
{
	lookup->answer = answer;
	lookup->ttl = ttl;
	lookup->result =
	    (int16_t)(answer ? lvn_dns_request_result(answer->status) : DNS_ERR_UNKNOWN);
}

/* RFC 6761 6.3: no server is asked for the host itself. */
static struct dns_answer *
loopback_answer(uint16_t type)
{
	static const uint8_t address_4[4] = {127, 0, 0, 1};
	static const uint8_t address_6[16] = {[15] = 1};

	switch (type) {
	case DNS_TYPE_A:
		return lvn_dns_answer_of_addresses(type, 0, address_4, 1, NULL);
	case DNS_TYPE_AAAA:
		return lvn_dns_answer_of_addresses(type, 0, address_6, 1, NULL);
	default:
		return lvn_dns_answer_of_failure(type, LVN_DNS_STATUS_NODATA, 0);
	}
}

static bool
answer_specially(struct dns_lookup *lookup, const struct dns_name *name)
{
	switch (lvn_dns_name_special(name)) {
	case DNS_LOOPBACK:
		take_answer(lookup, loopback_answer(lookup->type), 0);
		return true;
	case DNS_NONEXISTENT:
		lookup->result = DNS_ERR_NOTEXIST;
		return true;
	default:
		return false;
	}
}

static bool
answer_from_cache(const struct dns_request *request, struct dns_lookup *lookup,
    const struct dns_question *question)
{
	struct evdns_base *base = request->base;
	struct dns_answer *answer;
	uint32_t ttl;

	if (!base->cache || !request->uses_cache)
		return false;
	answer = lvn_dns_cache_find(base->cache, question, lvn_dns_base_now_ns(base), &ttl);
	lvn_dns_cache_count(base->cache, answer != NULL);
	if (!answer)
		return false;
	take_answer(lookup, lvn_dns_answer_ref(answer), ttl);
	return true;
}

/* The cache does without what it has no memory for. */
static void
keep_answer(const struct dns_request *request, const struct dns_question *question,
    struct dns_answer *answer)
{
	struct evdns_base *base = request->base;

	if (base->cache && request->uses_cache)
		(void)lvn_dns_cache_put(base->cache, question, answer, lvn_dns_base_now_ns(base));
}

static void
take_reply(
    const struct dns_request *request, struct dns_lookup *lookup, const struct dns_outcome *outcome)
{
	struct dns_question question;
	struct dns_answer *answer;
	struct dns_reader reader;
	struct dns_header header;

	lookup->result = DNS_ERR_UNKNOWN;
	if (lvn_dns_message_open(&reader, outcome->message, outcome->size, &header) < 0)
		return;
	if (header.flags & DNS_FLAG_TRUNCATED) {
		lookup->result = DNS_ERR_TRUNCATED;
		return;
	}
	lvn_dns_search_current(&request->search, &question.name);
	question.type = lookup->type;
	question.dns_class = DNS_CLASS_IN;
	if (lvn_dns_answer_read(outcome->message, outcome->size, &question, &answer) < 0)
		return;
	keep_answer(request, &question, answer);
	take_answer(lookup, answer, answer->ttl);
}

/* ---- The names of a request ----------------------------------------------------------- */

static bool
has_records(const struct dns_lookup *lookup)
{
	return lookup->result == DNS_ERR_NONE;
}

static bool
is_pending(const struct dns_request *request)
{
	for (unsigned i = 0; i < request->lookup_count; i++) {
		if (request->lookups[i].result == LVN_DNS_PENDING)
			return true;
	}
	return false;
}

static bool
has_some_records(const struct dns_request *request)
{
	for (unsigned i = 0; i < request->lookup_count; i++) {
		if (has_records(&request->lookups[i]))
			return true;
	}
	return false;
}

/* The more it leaves open whether there are records, the higher. */
static int
doubt_of(int result)
{
	switch (result) {
	case DNS_ERR_NOTEXIST:
		return 0;
	case DNS_ERR_NODATA:
		return 1;
	case DNS_ERR_TIMEOUT:
		return 3;
	default:
		return 2;
	}
}

/* Of the name that was tried: half a result is a result. */
static int
result_of_name(const struct dns_request *request)
{
	int result = request->lookups[0].result;

	if (has_some_records(request))
		return DNS_ERR_NONE;
	for (unsigned i = 1; i < request->lookup_count; i++) {
		if (doubt_of(request->lookups[i].result) > doubt_of(result))
			result = request->lookups[i].result;
	}
	return result;
}

static void on_first_outcome(void *request, const struct dns_outcome *outcome);
static void on_second_outcome(void *request, const struct dns_outcome *outcome);

static void
look_up(struct dns_request *request, unsigned i, const struct dns_name *name)
{
	struct dns_lookup *lookup = &request->lookups[i];
	struct dns_question question = {
	    .name = *name, .type = lookup->type, .dns_class = DNS_CLASS_IN};

	clear_lookup(lookup);
	lookup->ttl = 0;
	if (answer_specially(lookup, name) || answer_from_cache(request, lookup, &question))
		return;
	lookup->exchange = lvn_dns_exchange_start_locked(request->base->network, &question,
	    request->exchange_flags, i == 0 ? on_first_outcome : on_second_outcome, request);
	lookup->result = lookup->exchange ? LVN_DNS_PENDING : DNS_ERR_UNKNOWN;
}

/* False when there is no further name. */
static bool
try_next_name(struct dns_request *request)
{
	struct dns_name name;

	if (!lvn_dns_search_next(&request->search, &name))
		return false;
	for (unsigned i = 0; i < request->lookup_count; i++)
		look_up(request, i, &name);
	return true;
}

/* ---- The second family ---------------------------------------------------------------- */

static void
set_skew_timer(struct evdns_base *base)
{
	struct dns_request *first = container_of(base->skewed.next, struct dns_request, skew_link);
	struct timeval left =
	    lvn_dns_timeval_from_ns(first->skew_end_ns - lvn_dns_base_now_ns(base));

	event_add(base->skew, &left);
}

/* One family has records: the other one has a while left. */
static void
begin_skew(struct dns_request *request)
{
	struct evdns_base *base = request->base;
	bool is_first = lvn_dns_ring_is_alone(&base->skewed);

	if (!lvn_dns_ring_is_alone(&request->skew_link))
		return;
	request->skew_end_ns = lvn_dns_base_now_ns(base) + base->options.allow_skew_ns;
	lvn_dns_ring_append(&base->skewed, &request->skew_link);
	if (is_first)
		set_skew_timer(base);
	if (!request->is_for_stream)
		return;
	lvn_dns_ring_append(&base->reports, &request->link);
	if (request->is_starting)
		lvn_dns_base_report_soon_locked(base);
}

void
lvn_dns_request_end_skewed_locked(struct evdns_base *base)
{
	int64_t now_ns = lvn_dns_base_now_ns(base);

	while (!lvn_dns_ring_is_alone(&base->skewed)) {
		struct dns_request *request =
		    container_of(base->skewed.next, struct dns_request, skew_link);

		if (request->skew_end_ns > now_ns) {
			set_skew_timer(base);
			return;
		}
		finish(request, DNS_ERR_NONE);
	}
}

/* ---- Course --------------------------------------------------------------------------- */

/* Goes on until a server has to reply, or the request is over. */
static void
advance(struct dns_request *request)
{
	while (!is_pending(request)) {
		int result = result_of_name(request);

		if (!lvn_dns_search_note(&request->search, result) || !try_next_name(request)) {
			finish(request, request->search.result);
			return;
		}
	}
	if (has_some_records(request))
		begin_skew(request);
}

static void
on_outcome(
    struct dns_request *request, struct dns_lookup *lookup, const struct dns_outcome *outcome)
{
	lookup->exchange = NULL;
	if (outcome->status < 0)
		lookup->result = DNS_ERR_TIMEOUT;
	else if (request->ops->read_reply)
		lookup->result = (int16_t)request->ops->read_reply(request, outcome);
	else
		take_reply(request, lookup, outcome);
	advance(request);
}

static void
on_first_outcome(void *arg, const struct dns_outcome *outcome)
{
	struct dns_request *request = arg;

	on_outcome(request, &request->lookups[0], outcome);
}

static void
on_second_outcome(void *arg, const struct dns_outcome *outcome)
{
	struct dns_request *request = arg;

	on_outcome(request, &request->lookups[1], outcome);
}

static void
init(struct evdns_base *base, struct dns_request *request, const struct dns_wanted *wanted)
{
	lvn_dns_ring_init(&request->link);
	lvn_dns_ring_init(&request->skew_link);
	request->base = base;
	request->ops = wanted->ops;
	request->exchange_flags = wanted->exchange_flags;
	request->uses_cache = wanted->uses_cache;
	request->is_for_stream = wanted->is_for_stream;
	request->lookup_count = wanted->types[1] ? 2 : 1;
	for (unsigned i = 0; i < request->lookup_count; i++)
		request->lookups[i].type = wanted->types[i];
}

/* A name that no server is asked for is not asked for with suffixes either. */
static int
start_search(
    const struct evdns_base *base, struct dns_search *search, const struct dns_wanted *wanted)
{
	int rc = lvn_dns_search_start(
	    search, wanted->name, base->options.ndots, wanted->searches ? base->suffixes : NULL);

	if (rc < 0 || lvn_dns_name_special(search->name) == DNS_ORDINARY)
		return rc;
	lvn_dns_search_clear(search);
	return lvn_dns_search_start(search, wanted->name, 0, NULL);
}

static int
start(struct evdns_base *base, struct dns_request *request, const struct dns_wanted *wanted)
{
	int rc;

	lvn_dns_config_refresh_locked(base, lvn_dns_base_now_ns(base));
	rc = start_search(base, &request->search, wanted);
	if (rc < 0)
		return rc;
	init(base, request, wanted);
	lvn_dns_ring_append(&base->requests, &request->link);
	request->is_starting = true;
	if (try_next_name(request))
		advance(request);
	else
		finish(request, DNS_ERR_NOTEXIST);
	request->is_starting = false;
	if (!request->is_over)
		return 0;
	if (wanted->is_reported_by_caller) {
		take_out(request);
		return 1;
	}
	lvn_dns_ring_append(&base->reports, &request->link);
	lvn_dns_base_report_soon_locked(base);
	return 0;
}

int
lvn_dns_request_start(
    struct evdns_base *base, struct dns_request *request, const struct dns_wanted *wanted)
{
	int rc;

	lvn_private_lock_acquire(base->lock);
	rc = start(base, request, wanted);
	lvn_private_lock_release(base->lock);
	return rc;
}
