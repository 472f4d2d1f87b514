/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_receive.h"

#include "dns/dns_exchange.h"
#include "dns/dns_log.h"
#include "dns/dns_options.h"
#include "dns/dns_selection.h"
#include "dns/dns_try.h"
#include "dns/dns_verdict.h"

/* For so long a server is not asked with what it has refused. */
#define REFUSAL_LASTS_NS INT64_C(600000000000)

static bool
is_asking(const struct dns_exchange *exchange, const struct dns_upstream *upstream)
{
	return exchange->state == EXCHANGE_ASKING && exchange->upstream == upstream;
}

struct reply {
	struct dns_exchange *exchange;
	struct dns_upstream *upstream;
	bool by_tcp;
	int64_t took_ns; /* negative: not known */
	const uint8_t *message;
	size_t size;
	struct dns_judgement judgement;
};

static const struct dns_try *
find_try(const struct dns_exchange *exchange, const struct dns_socket *socket)
{
	for (unsigned i = 0; i < LVN_DNS_TRIES_KEPT; i++) {
		if (exchange->tries[i].socket == socket)
			return &exchange->tries[i];
	}
	return NULL;
}

static void
end_with_reply(const struct reply *reply)
{
	struct dns_outcome outcome = {
	    .rcode = reply->judgement.rcode,
	    .message = reply->message,
	    .size = reply->size,
	    .server = &reply->upstream->server,
	    .by_tcp = reply->by_tcp,
	};

	lvn_dns_exchange_end(reply->exchange, &outcome);
}

/* Servers that have replied with an error where this one has not. */
static void
blame_others(const struct reply *reply)
{
	const struct dns_exchange *exchange = reply->exchange;
	const struct dns_network *network = exchange->network;

	for (size_t i = 0; i < network->server_count; i++) {
		if (network->servers[i] != &reply->upstream->server &&
		    exchange->replied & UINT64_C(1) << i)
			lvn_dns_try_blame(lvn_dns_network_upstream(network, i), DNS_FAILURE_RCODE,
			    lvn_dns_server_rcode_text(exchange->last_rcode));
	}
}

/* What the outcome is if nothing better comes.  That a datagram was cut is better than an error. */
static void
note_last(const struct reply *reply)
{
	struct dns_exchange *exchange = reply->exchange;

	if (exchange->last_flags & DNS_FLAG_TRUNCATED && !reply->by_tcp)
		return;
	exchange->last_flags = reply->judgement.flags;
	exchange->last_rcode = reply->judgement.rcode;
	exchange->last_server = &reply->upstream->server;
}

/* The reply itself says more than that it is an error, if it can be used. */
static void
end_with_failure(const struct reply *reply)
{
	if (reply->judgement.is_useless)
		lvn_dns_exchange_end_with_error(reply->exchange);
	else
		end_with_reply(reply);
}

/* Servers that may still do better are asked. */
static void
on_error(const struct reply *reply)
{
	struct dns_exchange *exchange = reply->exchange;
	const struct dns_network *network = exchange->network;

	exchange->replied |= UINT64_C(1) << reply->upstream->server.number;
	note_last(reply);
	if (exchange->is_probe || exchange->state == EXCHANGE_LINGERING ||
	    !lvn_dns_selection_best(network->servers, network->server_count, exchange->replied))
		end_with_failure(reply);
	else if (is_asking(exchange, reply->upstream))
		lvn_dns_try_next(exchange);
}

static void
on_edns_refused(const struct reply *reply)
{
	struct dns_exchange *exchange = reply->exchange;

	/* With EDNS in the reply, it was something in the question that the server did not like. */
	if (!reply->judgement.edns.present)
		reply->upstream->server.no_edns_ns = exchange->network->now_ns + REFUSAL_LASTS_NS;
	if (exchange->is_probe) {
		end_with_reply(reply);
	} else if (is_asking(exchange, reply->upstream)) {
		exchange->is_without_edns = true;
		lvn_dns_try_anew(exchange);
	}
}

/* The same server is asked by TCP, also when another one is asked now. */
static void
ask_by_tcp(const struct reply *reply)
{
	struct dns_exchange *exchange = reply->exchange;

	exchange->wants_tcp = true;
	exchange->upstream = reply->upstream;
	lvn_dns_try_again(exchange);
}

static void
on_truncated(const struct reply *reply)
{
	struct dns_exchange *exchange = reply->exchange;
	bool is_enough = exchange->flags & DNS_EXCHANGE_IGNORE_TRUNCATION ||
			 exchange->network->setup.options->ignore_truncation;

	if (is_enough || exchange->is_probe) {
		end_with_reply(reply);
	} else if (reply->by_tcp) {
		on_error(reply);
	} else if (!exchange->wants_tcp || exchange->doubt) {
		note_last(reply);
		exchange->doubt = 0;
		ask_by_tcp(reply);
	}
}

/* Somebody may forge replies, and cannot by TCP. */
static void
on_doubt(const struct reply *reply, enum dns_doubt doubt)
{
	struct dns_exchange *exchange = reply->exchange;

	if (exchange->is_probe) {
		end_with_reply(reply);
	} else if (is_asking(exchange, reply->upstream) && !exchange->wants_tcp) {
		exchange->doubt = (uint8_t)(exchange->doubt | doubt);
		ask_by_tcp(reply);
	}
}

/* With the server's cookie that is in the reply; the second time by TCP. */
static void
on_cookie_refused(const struct reply *reply)
{
	struct dns_exchange *exchange = reply->exchange;

	if (exchange->is_probe || reply->by_tcp || exchange->cookies_refused > 1)
		on_error(reply);
	else if (!is_asking(exchange, reply->upstream))
		return;
	else if (exchange->cookies_refused++ == 0)
		lvn_dns_try_anew(exchange);
	else
		ask_by_tcp(reply);
}

/* What the server does not have after all, where the reply was in doubt. */
static void
learn(const struct reply *reply)
{
	const struct dns_exchange *exchange = reply->exchange;
	struct dns_server *server = &reply->upstream->server;
	bool is_in_other_case = exchange->is_in_plain_case && !reply->by_tcp;

	if (exchange->doubt & DOUBT_CASE && reply->by_tcp)
		is_in_other_case = !reply->judgement.is_exact;
	if (is_in_other_case && exchange->network->setup.options->randomize_case)
		server->no_case_ns = exchange->network->now_ns + REFUSAL_LASTS_NS;
	if (exchange->is_without_cookies && !reply->by_tcp)
		lvn_dns_cookies_forget(&server->cookies);
}

static void
act(const struct reply *reply)
{
	switch (reply->judgement.verdict) {
	case DNS_VERDICT_FINAL:
		blame_others(reply);
		learn(reply);
		end_with_reply(reply);
		break;
	case DNS_VERDICT_TRUNCATED:
		on_truncated(reply);
		break;
	case DNS_VERDICT_EDNS_REFUSED:
		on_edns_refused(reply);
		break;
	case DNS_VERDICT_COOKIE_REFUSED:
		on_cookie_refused(reply);
		break;
	case DNS_VERDICT_ERROR:
		on_error(reply);
		break;
	case DNS_VERDICT_OTHER_CASE:
	case DNS_VERDICT_STRANGE:
		break;
	}
}

/* The server works, whatever it says. */
static void
note_reply(const struct reply *reply)
{
	struct dns_server *server = &reply->upstream->server;
	bool is_good = reply->judgement.verdict != DNS_VERDICT_ERROR;
	char text[LVN_DNS_SERVER_TEXT_CAPACITY];

	if (!lvn_dns_server_note_reply(
		server, is_good, reply->exchange->network->now_ns, reply->took_ns))
		return;
	lvn_dns_server_print(server, text);
	lvn_dns_log_msg("Nameserver %s is back up", text);
}

static void
judge(struct reply *reply, bool is_cut)
{
	const struct dns_exchange *exchange = reply->exchange;
	const struct dns_server *server = &reply->upstream->server;
	const struct dns_expectation expectation = {
	    .question = exchange->question,
	    .question_size = exchange->question_size,
	    .has_exact_case = !reply->by_tcp && !exchange->is_in_plain_case &&
			      server->no_case_ns <= exchange->network->now_ns,
	    .has_edns = !exchange->is_without_edns,
	};

	lvn_dns_verdict_find(reply->message, reply->size, &expectation, &reply->judgement);
	if (is_cut && reply->judgement.verdict != DNS_VERDICT_STRANGE &&
	    reply->judgement.verdict != DNS_VERDICT_OTHER_CASE) {
		reply->judgement.verdict = DNS_VERDICT_TRUNCATED;
		reply->judgement.flags |= DNS_FLAG_TRUNCATED;
	}
}

/* The exchange that has the id of the message; NULL if there is none. */
static struct dns_exchange *
find_exchange(const struct dns_network *network, const uint8_t *message, size_t size)
{
	struct dns_id *id;

	if (size < LVN_DNS_HEADER_SIZE)
		return NULL;
	id = lvn_dns_ids_find(&network->ids, (uint16_t)(message[0] << 8 | message[1]));
	return id ? container_of(id, struct dns_exchange, id) : NULL;
}

/* What the cookie in the reply, or that there is none, says of it. */
static enum dns_cookies_verdict
check_cookie(const struct reply *reply)
{
	const struct dns_exchange *exchange = reply->exchange;
	struct dns_cookies *cookies = &reply->upstream->server.cookies;
	enum dns_cookies_verdict verdict;

	if (exchange->is_without_edns || exchange->is_without_cookies ||
	    reply->judgement.verdict == DNS_VERDICT_TRUNCATED)
		return DNS_COOKIES_ABSENT;
	verdict = lvn_dns_cookies_check(cookies, &reply->judgement.edns);
	if (verdict == DNS_COOKIES_RIGHT)
		lvn_dns_cookies_learn(cookies, &reply->judgement.edns);
	if (verdict == DNS_COOKIES_MISSING && reply->by_tcp)
		lvn_dns_cookies_forget(cookies);
	return verdict;
}

/* Returns whether it is a reply. */
static bool
handle(struct reply *reply, bool is_cut)
{
	enum dns_cookies_verdict cookie;

	judge(reply, is_cut);
	if (reply->judgement.verdict == DNS_VERDICT_STRANGE)
		return false;
	if (reply->judgement.verdict == DNS_VERDICT_OTHER_CASE) {
		on_doubt(reply, DOUBT_CASE);
		return false;
	}
	cookie = check_cookie(reply);
	if (cookie == DNS_COOKIES_WRONG)
		return false;
	if (cookie == DNS_COOKIES_MISSING && !reply->by_tcp) {
		on_doubt(reply, DOUBT_COOKIE);
		return false;
	}
	note_reply(reply);
	act(reply);
	return true;
}

void
lvn_dns_receive_by_udp(struct dns_socket *socket, const uint8_t *message, size_t size, bool is_cut)
{
	const struct dns_network *network = socket->context->owner;
	struct reply reply = {.message = message, .size = size};
	const struct dns_try *try;

	reply.exchange = socket->udp ? find_exchange(network, message, size) : NULL;
	try = reply.exchange ? find_try(reply.exchange, socket) : NULL;
	if (!try)
		return;
	reply.upstream = container_of(socket->udp, struct dns_upstream, udp);
	reply.took_ns = network->now_ns - try->sent_ns;
	handle(&reply, is_cut);
}

void
lvn_dns_receive_by_tcp(struct dns_connection *connection, const uint8_t *message, size_t size)
{
	const struct dns_network *network = connection->context->owner;
	struct reply reply = {.message = message, .size = size, .by_tcp = true, .took_ns = -1};

	reply.exchange = find_exchange(network, message, size);
	reply.upstream = container_of(connection->tcp, struct dns_upstream, tcp);
	if (!reply.exchange ||
	    !(reply.exchange->asked_by_tcp & UINT64_C(1) << reply.upstream->server.number))
		return;
	if (is_asking(reply.exchange, reply.upstream) && lvn_dns_try_is_by_tcp_alone(network))
		reply.took_ns = network->now_ns - reply.exchange->sent_ns;
	if (handle(&reply, false))
		connection->replied_ns = network->now_ns;
}
