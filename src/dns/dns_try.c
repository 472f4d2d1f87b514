/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_try.h"

#include <errno.h>
#include <string.h>

#include "base/private.h"
#include "base/text.h"
#include "dns/dns_log.h"
#include "dns/dns_options.h"
#include "dns/dns_outbox.h"
#include "dns/dns_selection.h"

#define MS INT64_C(1000000)

/* Before the question is sent again because something is short here. */
#define PAUSE_LOCAL_NS (10 * MS)
/* Before the second round, if every server has failed at once; twice as long before each other. */
#define PAUSE_FIRST_NS (250 * MS)
#define PAUSE_MOST_NS  (2000 * MS)

/* For a reply by TCP, the connection with it, where the program has not set the timeout. */
#define TIMEOUT_TCP_NS (5000 * MS)

static const struct dns_options *
options_of(const struct dns_exchange *exchange)
{
	return exchange->network->setup.options;
}

static uint64_t
bit_of(const struct dns_server *server)
{
	return UINT64_C(1) << server->number;
}

/* ---- Timers and slots ------------------------------------------------------------------- */

/* Looks at the exchange again then, or at its deadline. */
static void
set_timer(struct dns_exchange *exchange, int64_t due_ns)
{
	if (due_ns > exchange->deadline_ns)
		due_ns = exchange->deadline_ns;
	lvn_dns_timers_set(&exchange->network->timers, &exchange->timer, due_ns);
}

static void
wait_in_state(struct dns_exchange *exchange, enum dns_exchange_state state, int64_t due_ns)
{
	exchange->state = (uint8_t)state;
	lvn_dns_ring_append(&exchange->network->others, &exchange->link);
	set_timer(exchange, due_ns);
}

static void
pause_for(struct dns_exchange *exchange, int64_t pause_ns)
{
	wait_in_state(exchange, EXCHANGE_PAUSING, exchange->network->now_ns + pause_ns);
}

void
lvn_dns_try_leave_slot(struct dns_exchange *exchange)
{
	if (exchange->has_slot)
		exchange->network->inflight--;
	exchange->has_slot = false;
}

/* No server is left to ask. */
static void
stop_trying(struct dns_exchange *exchange)
{
	lvn_dns_try_leave_slot(exchange);
	if (exchange->has_been_silent && !exchange->last_flags && !exchange->is_probe)
		wait_in_state(exchange, EXCHANGE_LINGERING, exchange->deadline_ns);
	else
		wait_in_state(exchange, EXCHANGE_FAILED, exchange->network->now_ns);
}

/* ---- Replies that are expected ---------------------------------------------------------- */

static void
remember_socket(struct dns_exchange *exchange, struct dns_socket *socket)
{
	struct dns_try *tries = exchange->tries;

	for (unsigned i = 0; i < LVN_DNS_TRIES_KEPT; i++) {
		/* A reply does not say which of two questions it is for. */
		if (tries[i].socket == socket)
			return;
	}
	if (tries[LVN_DNS_TRIES_KEPT - 1].socket)
		lvn_dns_udp_release(tries[LVN_DNS_TRIES_KEPT - 1].socket);
	memmove(&tries[1], &tries[0], (LVN_DNS_TRIES_KEPT - 1) * sizeof(tries[0]));
	tries[0] = (struct dns_try){socket, exchange->network->now_ns};
	lvn_dns_udp_use(socket);
}

void
lvn_dns_try_forget(struct dns_exchange *exchange)
{
	lvn_dns_outbox_drop(exchange);
	for (unsigned i = 0; i < LVN_DNS_TRIES_KEPT; i++) {
		if (exchange->tries[i].socket)
			lvn_dns_udp_release(exchange->tries[i].socket);
		exchange->tries[i].socket = NULL;
	}
}

/* What was sent so far can have no reply any more.  Without random bytes the id stays. */
static void
renew_id(struct dns_exchange *exchange)
{
	struct dns_network *network = exchange->network;
	uint16_t number;

	lvn_dns_try_forget(exchange);
	if (lvn_dns_random_take(
		&network->random, lvn_base_world(network->setup.base), &number, sizeof(number)) < 0)
		return;
	lvn_dns_ids_release(&network->ids, &exchange->id);
	lvn_dns_ids_use(&network->ids, &exchange->id, number);
	exchange->asked_by_tcp = 0;
}

/* ---- Sending ---------------------------------------------------------------------------- */

static uint16_t
flags_of(const struct dns_exchange *exchange)
{
	unsigned flags =
	    exchange->flags & DNS_EXCHANGE_NO_RECURSION ? 0 : DNS_FLAG_RECURSION_DESIRED;

	if (exchange->flags & DNS_EXCHANGE_AUTHENTIC)
		flags |= DNS_FLAG_AUTHENTIC_DATA;
	if (exchange->flags & DNS_EXCHANGE_NO_CHECKING)
		flags |= DNS_FLAG_CHECKING_DISABLED;
	return (uint16_t)flags;
}

static bool
asks_with_edns(const struct dns_exchange *exchange)
{
	return !exchange->is_without_edns &&
	       options_of(exchange)->edns_udp_size > LVN_DNS_PLAIN_MAX &&
	       exchange->upstream->server.no_edns_ns <= exchange->network->now_ns;
}

/* A socket serves all questions to its server until the outbox is sent. */
static int
socket_for(struct dns_upstream *upstream, struct dns_socket **socket_out)
{
	struct dns_network *network = upstream->network;
	uint8_t random = 0;
	int rc;

	if (!upstream->next_socket) {
		/* Without a random number here there is still that of the port. */
		(void)!lvn_dns_random_take(
		    &network->random, lvn_base_world(network->setup.base), &random, sizeof(random));
		rc = lvn_dns_udp_choose(
		    &upstream->udp, random, network->now_ns, &upstream->next_socket);
		if (rc < 0)
			return rc;
	}
	*socket_out = upstream->next_socket;
	return 0;
}

static void
make_query(struct dns_exchange *exchange, struct dns_query *query_out)
{
	*query_out = (struct dns_query){
	    .question = exchange->question,
	    .question_size = exchange->question_size,
	    .id = exchange->id.number,
	    .flags = flags_of(exchange),
	    .dnssec_ok = exchange->flags & DNS_EXCHANGE_DNSSEC_OK,
	};
	if (asks_with_edns(exchange))
		query_out->udp_size = (uint16_t)options_of(exchange)->edns_udp_size;
}

/* Without a socket: the cookie that there is. */
static const struct dns_cookie *
cookie_for(const struct dns_exchange *exchange, const struct dns_socket *socket)
{
	struct dns_network *network = exchange->network;
	struct dns_cookies *cookies = &exchange->upstream->server.cookies;

	if (exchange->is_without_cookies)
		return NULL;
	if (!socket)
		return cookies->has_client ? &cookies->cookie : NULL;
	return lvn_dns_cookies_prepare(
	    cookies, &socket->local, &network->random, lvn_base_world(network->setup.base));
}

static int
send_by_udp(struct dns_exchange *exchange)
{
	struct dns_network *network = exchange->network;
	struct dns_query query;
	struct dns_socket *socket;
	int rc;

	if (lvn_dns_outbox_is_full(network))
		lvn_dns_try_flush(network);
	rc = socket_for(exchange->upstream, &socket);
	if (rc < 0)
		return rc;
	make_query(exchange, &query);
	query.cookie = cookie_for(exchange, socket);
	lvn_dns_outbox_put(network, exchange, socket, &query);
	socket->uses++;
	remember_socket(exchange, socket);
	lvn_dns_ring_append(&exchange->upstream->asked, &exchange->link);
	return 0;
}

static int
send_by_tcp(struct dns_exchange *exchange)
{
	struct dns_upstream *upstream = exchange->upstream;
	uint8_t message[LVN_DNS_QUERY_PADDED_MAX];
	struct dns_query query;
	size_t size;
	int rc;

	make_query(exchange, &query);
	query.cookie = cookie_for(exchange, NULL);
	/* What the program's streams carry is encrypted. */
	query.is_padded = exchange->network->setup.new_stream != NULL;
	size = lvn_dns_query_write(&query, message, sizeof(message));
	rc = lvn_dns_tcp_send(&upstream->tcp, message, size, exchange->network->now_ns);
	if (rc < 0)
		return rc;
	exchange->asked_by_tcp |= bit_of(&upstream->server);
	lvn_dns_ring_append(&upstream->tcp.connection->asked, &exchange->link);
	return 0;
}

bool
lvn_dns_try_is_by_tcp_alone(const struct dns_network *network)
{
	return network->setup.new_stream || network->setup.options->use_tcp;
}

static int64_t
timeout_of(const struct dns_exchange *exchange)
{
	const struct dns_options *options = options_of(exchange);

	if (exchange->is_by_tcp)
		return options->given & GIVEN_TIMEOUT ? options->timeout_ns : TIMEOUT_TCP_NS;
	return lvn_dns_server_timeout(&exchange->upstream->server, options, exchange->round);
}

/* Asks the server of the exchange.  0, or -errno and it is not asked. */
static int
ask(struct dns_exchange *exchange)
{
	int64_t now_ns = exchange->network->now_ns;
	int rc;

	exchange->is_by_tcp = exchange->wants_tcp || exchange->flags & DNS_EXCHANGE_TCP ||
			      lvn_dns_try_is_by_tcp_alone(exchange->network);
	rc = exchange->is_by_tcp ? send_by_tcp(exchange) : send_by_udp(exchange);
	if (rc < 0)
		return rc;
	exchange->upstream->server.sent++;
	exchange->state = EXCHANGE_ASKING;
	exchange->sent_ns = now_ns;
	exchange->try_end_ns = now_ns + timeout_of(exchange);
	set_timer(exchange, exchange->try_end_ns);
	return 0;
}

/* ---- Failures --------------------------------------------------------------------------- */

static bool
have_all_failed(const struct dns_network *network)
{
	for (size_t i = 0; i < network->server_count; i++) {
		if (!network->servers[i]->has_failed)
			return false;
	}
	return true;
}

void
lvn_dns_try_blame(struct dns_upstream *upstream, enum dns_failure failure, const char *reason)
{
	struct dns_network *network = upstream->network;
	char text[LVN_DNS_SERVER_TEXT_CAPACITY];

	if (!lvn_dns_server_note_failure(
		&upstream->server, network->setup.options, failure, network->now_ns))
		return;
	lvn_dns_server_print(&upstream->server, text);
	lvn_dns_log_msg("Nameserver %s has failed: %s", text, reason);
	if (have_all_failed(network))
		lvn_dns_log_msg("All nameservers have failed");
}

/* Out of what it was in: nothing that happens to others concerns it until it asks again. */
static void
detach(struct dns_exchange *exchange)
{
	lvn_dns_outbox_drop(exchange);
	lvn_dns_ring_append(&exchange->network->others, &exchange->link);
	exchange->state = EXCHANGE_PAUSING;
}

/* The server cannot be asked by TCP: what was in doubt is left out of the question. */
static void
believe(struct dns_exchange *exchange)
{
	if (exchange->doubt & DOUBT_COOKIE)
		exchange->is_without_cookies = true;
	if (exchange->doubt & DOUBT_CASE) {
		exchange->is_in_plain_case = true;
		for (size_t i = 0; i < exchange->question_size - 4U; i++)
			exchange->question[i] =
			    (uint8_t)lvn_text_lower((char)exchange->question[i]);
	}
	exchange->doubt = 0;
	exchange->wants_tcp = false;
	renew_id(exchange);
}

/* The present try has failed with -errno.  That of TCP alone says nothing about UDP. */
static void
fail(struct dns_exchange *exchange, int error)
{
	if (!exchange->is_by_tcp || lvn_dns_try_is_by_tcp_alone(exchange->network))
		lvn_dns_try_blame(
		    exchange->upstream, DNS_FAILURE_SYSTEM, evutil_socket_error_to_string(-error));
	exchange->error = error;
}

/* ---- One try after the other ------------------------------------------------------------ */

/* The next server of this round. */
static bool
choose_server(struct dns_exchange *exchange)
{
	struct dns_network *network = exchange->network;
	struct dns_server *server;

	if (exchange->is_probe)
		return !exchange->tried;
	server = lvn_dns_selection_best(
	    network->servers, network->server_count, exchange->tried | exchange->replied);
	if (server)
		exchange->upstream = container_of(server, struct dns_upstream, server);
	return server != NULL;
}

/* Whether servers can be asked now; else the exchange has stopped, or pauses. */
static bool
begin_round(struct dns_exchange *exchange)
{
	struct dns_network *network = exchange->network;
	bool has_waited = exchange->has_waited;
	int64_t pause_ns = PAUSE_FIRST_NS;

	if (exchange->is_probe || exchange->round + 1U >= options_of(exchange)->attempts ||
	    !lvn_dns_selection_best(network->servers, network->server_count, exchange->replied)) {
		stop_trying(exchange);
		return false;
	}
	exchange->round++;
	exchange->tried = 0;
	exchange->has_waited = false;
	if (has_waited)
		return true;
	for (unsigned i = 1; i < exchange->round && pause_ns < PAUSE_MOST_NS; i++)
		pause_ns *= 2;
	pause_for(exchange, pause_ns);
	return false;
}

/* Whether it has asked its server, or pauses; else that has failed. */
static bool
ask_or_pause(struct dns_exchange *exchange)
{
	int rc = ask(exchange);

	if (rc < 0 && lvn_dns_udp_is_local(rc)) {
		exchange->error = rc;
		pause_for(exchange, PAUSE_LOCAL_NS);
		return true;
	}
	exchange->tried |= bit_of(&exchange->upstream->server);
	if (rc == 0)
		return true;
	fail(exchange, rc);
	if (!exchange->doubt)
		return false;
	believe(exchange);
	return ask_or_pause(exchange);
}

void
lvn_dns_try_next(struct dns_exchange *exchange)
{
	detach(exchange);
	for (;;) {
		if (choose_server(exchange)) {
			if (ask_or_pause(exchange))
				return;
		} else if (!begin_round(exchange)) {
			return;
		}
	}
}

void
lvn_dns_try_again(struct dns_exchange *exchange)
{
	detach(exchange);
	exchange->tried &= ~bit_of(&exchange->upstream->server);
	if (!ask_or_pause(exchange))
		lvn_dns_try_next(exchange);
}

void
lvn_dns_try_anew(struct dns_exchange *exchange)
{
	renew_id(exchange);
	lvn_dns_try_again(exchange);
}

/* The server has refused, or said nothing by TCP. */
static void
go_on(struct dns_exchange *exchange)
{
	if (!exchange->doubt) {
		lvn_dns_try_next(exchange);
		return;
	}
	believe(exchange);
	lvn_dns_try_again(exchange);
}

/* ---- Others that ask the same server -------------------------------------------------------- */

void
lvn_dns_try_refused(struct dns_upstream *upstream, int error)
{
	struct dns_ring asked;

	lvn_dns_try_blame(upstream, DNS_FAILURE_SYSTEM, evutil_socket_error_to_string(-error));
	lvn_dns_ring_init(&asked);
	lvn_dns_ring_append_all(&asked, &upstream->asked);
	while (!lvn_dns_ring_is_alone(&asked)) {
		struct dns_exchange *exchange = container_of(asked.next, struct dns_exchange, link);

		exchange->error = error;
		lvn_dns_try_next(exchange);
	}
}

/* With a connection that has brought replies, the server works, and closes as it likes. */
void
lvn_dns_try_closed(struct dns_connection *connection, int error)
{
	struct dns_ring asked;

	lvn_dns_ring_init(&asked);
	lvn_dns_ring_append_all(&asked, &connection->asked);
	while (!lvn_dns_ring_is_alone(&asked)) {
		struct dns_exchange *exchange = container_of(asked.next, struct dns_exchange, link);

		if (connection->replied_ns > 0) {
			lvn_dns_try_again(exchange);
		} else {
			if (error != -ETIMEDOUT)
				exchange->asked_by_tcp &= ~bit_of(&exchange->upstream->server);
			fail(exchange, error);
			go_on(exchange);
		}
	}
}

/* Nothing has come by the connection since the exchange has asked: others need not wait. */
static void
give_connection_up(struct dns_exchange *exchange)
{
	struct dns_tcp *tcp = &exchange->upstream->tcp;
	struct dns_connection *connection = tcp->connection;

	if (!exchange->is_by_tcp || !connection || connection->replied_ns > exchange->sent_ns)
		return;
	lvn_dns_tcp_close(tcp);
	connection->replied_ns = 0;
	lvn_dns_try_closed(connection, -ETIMEDOUT);
}

/* If it replies to others, that may be the fault of the name, or of the network once. */
static void
note_timeout(struct dns_exchange *exchange)
{
	struct dns_server *server = &exchange->upstream->server;

	if (server->replied_ns <= exchange->sent_ns &&
	    (!exchange->is_by_tcp || lvn_dns_try_is_by_tcp_alone(exchange->network)))
		lvn_dns_try_blame(exchange->upstream, DNS_FAILURE_TIMEOUT, "request timed out.");
	else
		server->timeouts++;
}

void
lvn_dns_try_end(struct dns_exchange *exchange)
{
	detach(exchange);
	lvn_dns_try_leave_slot(exchange);
	exchange->has_been_silent = true;
	exchange->has_waited = true;
	note_timeout(exchange);
	give_connection_up(exchange);
	if (exchange->network->now_ns < exchange->deadline_ns)
		go_on(exchange);
}

static void
handle_failure(const struct dns_outbox_failure *failure)
{
	struct dns_exchange *exchange = failure->exchange;

	/* Something that failed before may have made it ask another server. */
	if (exchange->state != EXCHANGE_ASKING || exchange->outgoing ||
	    exchange->upstream != failure->upstream)
		return;
	if (failure->error == -ECONNREFUSED) {
		lvn_dns_try_refused(failure->upstream, failure->error);
	} else if (lvn_dns_udp_is_local(failure->error)) {
		exchange->tried &= ~bit_of(&exchange->upstream->server);
		exchange->error = failure->error;
		detach(exchange);
		pause_for(exchange, PAUSE_LOCAL_NS);
	} else {
		fail(exchange, failure->error);
		lvn_dns_try_next(exchange);
	}
}

void
lvn_dns_try_flush(struct dns_network *network)
{
	while (network->outbox_count > 0) {
		struct dns_outbox_failure failures[LVN_DNS_OUTBOX_CAPACITY];
		unsigned count = lvn_dns_outbox_send(network, failures);

		for (size_t i = 0; i < network->server_count; i++)
			lvn_dns_network_upstream(network, i)->next_socket = NULL;
		for (unsigned i = 0; i < count; i++)
			handle_failure(&failures[i]);
	}
}
