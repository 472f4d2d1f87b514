/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_network.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_exchange.h"
#include "dns/dns_log.h"
#include "dns/dns_network_fields.h"
#include "dns/dns_options.h"
#include "dns/dns_receive.h"
#include "dns/dns_schedule.h"
#include "dns/dns_try.h"

/* Batches of datagrams that are taken in one callback: what a socket keeps by default. */
#define BATCHES_MAX 32

/* Datagrams in a batch, if they are small; and bytes of memory for them, if they are not. */
#define BATCH_MAX       16
#define BATCH_BYTES_MAX 65536

/* Where there is no memory for a batch: a datagram that no router cuts. */
#define SPARE_SIZE 1500

/* ---- Callbacks of the loop -------------------------------------------------------------- */

/* With the lock; or false, and the network was freed. */
static bool
enter(void *arg)
{
	struct dns_network *network = arg;

	lvn_private_lock_acquire(network->setup.lock);
	if (network->is_closed) {
		lvn_private_lock_release(network->setup.lock);
		return false;
	}
	lvn_dns_schedule_set_now(network);
	network->is_in_callback = true;
	return true;
}

/* Callbacks of the program run without the lock.  They may free the network. */
static void
report_outcomes(struct dns_network *network)
{
	network->has_outcomes = false;
	if (!network->setup.after_exchanges)
		return;
	lvn_private_lock_release(network->setup.lock);
	network->setup.after_exchanges(network->setup.arg);
	lvn_private_lock_acquire(network->setup.lock);
}

static void
bury(struct dns_network *network)
{
	lvn_dns_udp_bury(&network->udp);
	lvn_dns_tcp_bury(&network->tcp);
}

static void
leave(void *arg)
{
	struct dns_network *network = arg;

	lvn_dns_schedule_send(network);
	if (network->has_outcomes) {
		report_outcomes(network);
		lvn_dns_schedule_set_now(network);
	}
	network->is_in_callback = false;
	if (!network->is_closed) {
		lvn_dns_exchange_end_probes_alone(network);
		lvn_dns_schedule_settle(network);
		bury(network);
	}
	lvn_private_lock_release(network->setup.lock);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dns_network *network = arg;
	struct dns_timer *timer;

	(void)fd;
	(void)what;
	if (!enter(network))
		return;
	network->timer_ns = INT64_MAX;
	while ((timer = lvn_dns_timers_take(&network->timers, network->now_ns)) != NULL)
		lvn_dns_exchange_expire(timer);
	leave(network);
}

/* ---- Datagrams -------------------------------------------------------------------------- */

/* One byte more than a server may send: a longer datagram is cut. */
static void
reserve_batch(struct dns_network *network)
{
	size_t each = network->setup.options->edns_udp_size + 1U;
	size_t count = BATCH_BYTES_MAX / each;
	uint8_t *memory;

	if (each <= network->received_each)
		return;
	count = count < BATCH_MAX ? count : BATCH_MAX;
	count = count > 0 ? count : 1;
	memory = lvn_realloc(network->received, count * each);
	if (!memory)
		return;
	network->received = memory;
	network->received_each = each;
	network->received_count = (unsigned)count;
}

/* What is in a batch is for as many exchanges; any of them may close the socket. */
static int
receive_batch(struct dns_socket *socket, uint8_t *memory, size_t each, unsigned count)
{
	struct io_datagram datagrams[BATCH_MAX];
	int received;

	for (unsigned i = 0; i < count; i++)
		datagrams[i] = (struct io_datagram){memory + i * each, each, NULL, 0};
	received = lvn_io_receive_many(socket->fd, datagrams, count);
	for (int i = 0; i < received; i++)
		lvn_dns_receive_by_udp(
		    socket, datagrams[i].data, datagrams[i].size, datagrams[i].size == each);
	return received < 0 ? -errno : received;
}

/* Refusals come as errors of a read, once each. */
static void
on_receive_error(struct dns_socket *socket, int error)
{
	switch (error) {
	case -EAGAIN:
	case -EINTR:
	case -ENOBUFS:
	case -ENOMEM:
		break;
	case -ECONNREFUSED:
	case -EHOSTDOWN:
	case -EHOSTUNREACH:
	case -ENETDOWN:
	case -ENETUNREACH:
	case -ENOPROTOOPT:
	case -EPROTO:
		lvn_dns_try_refused(container_of(socket->udp, struct dns_upstream, udp), error);
		break;
	default:
		lvn_dns_log_warn("Closing a socket: %s", evutil_socket_error_to_string(-error));
		lvn_dns_try_flush(socket->context->owner);
		lvn_dns_udp_close(socket);
		break;
	}
}

/* No more than the replies that are expected, in general; what else there is follows. */
static void
receive_all(struct dns_socket *socket)
{
	struct dns_network *network = socket->context->owner;
	uint8_t spare[SPARE_SIZE];
	uint8_t *memory = network->received ? network->received : spare;
	size_t each = network->received ? network->received_each : sizeof(spare);
	unsigned count = network->received ? network->received_count : 1;

	unsigned expected = socket->users > 0 && socket->users < count ? socket->users : count;

	for (unsigned i = 0; i < BATCHES_MAX && socket->udp; i++) {
		int received = receive_batch(socket, memory, each, expected);

		if (received < 0 && socket->udp)
			on_receive_error(socket, received);
		if (received < (int)expected || socket->users == 0)
			return;
		expected = count;
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct dns_socket *socket = arg;
	struct dns_network *network = socket->context->owner;

	(void)fd;
	(void)what;
	if (!enter(network))
		return;
	if (socket->udp) {
		reserve_batch(network);
		receive_all(socket);
	}
	leave(network);
}

/* ---- Life ------------------------------------------------------------------------------- */

struct dns_network *
lvn_dns_network_new(const struct dns_network_setup *setup)
{
	struct dns_network *network = lvn_calloc(1, sizeof(*network));

	if (!network)
		return NULL;
	network->timer = event_new(setup->base, -1, 0, on_timer, network);
	if (!network->timer) {
		lvn_free(network);
		return NULL;
	}
	network->setup = *setup;
	network->timer_ns = INT64_MAX;
	network->udp = (struct dns_udp_context){
	    .base = setup->base,
	    .options = setup->options,
	    .on_readable = on_readable,
	    .owner = network,
	    .is_listening = !setup->is_idle_without_questions,
	};
	network->tcp = (struct dns_tcp_context){
	    .base = setup->base,
	    .options = setup->options,
	    .new_stream = setup->new_stream,
	    .new_stream_arg = setup->arg,
	    .owner = network,
	    .enter = enter,
	    .leave = leave,
	    .on_message = lvn_dns_receive_by_tcp,
	    .on_closed = lvn_dns_try_closed,
	    .watches_idle = !setup->is_idle_without_questions,
	};
	lvn_dns_ring_init(&network->udp.graveyard);
	lvn_dns_ring_init(&network->tcp.graveyard);
	lvn_dns_ring_init(&network->waiting);
	lvn_dns_ring_init(&network->others);
	lvn_dns_ids_init(&network->ids);
	return network;
}

static void
remove_servers(struct dns_network *network)
{
	for (size_t i = 0; i < network->server_count; i++) {
		struct dns_upstream *upstream = lvn_dns_network_upstream(network, i);

		lvn_dns_udp_clear(&upstream->udp);
		lvn_dns_tcp_close(&upstream->tcp);
		lvn_free(upstream);
	}
	network->server_count = 0;
}

/* On the loop's thread: no other callback refers to the network. */
static void
on_finalized(struct event *timer, void *arg)
{
	struct dns_network *network = arg;
	struct dns_network_setup setup = network->setup;

	(void)timer;
	/* The thread that has freed the network may hold the lock yet. */
	lvn_private_lock_acquire(setup.lock);
	lvn_private_lock_release(setup.lock);
	bury(network);
	lvn_dns_timers_clear(&network->timers);
	lvn_dns_ids_clear(&network->ids);
	lvn_free(network->received);
	lvn_free(network);
	if (setup.freed)
		setup.freed(setup.arg);
}

void
lvn_dns_network_free_locked(struct dns_network *network)
{
	lvn_dns_exchange_cancel_all(network);
	remove_servers(network);
	network->is_closed = true;
	event_free_finalize(0, network->timer, on_finalized);
}

/* ---- Servers ---------------------------------------------------------------------------- */

static bool
is_same_server(const struct dns_server *server, const union inet_sockaddr *address)
{
	if (lvn_sockaddr_compare(&server->address.any, &address->any, true) != 0)
		return false;
	return address->any.sa_family == AF_INET ||
	       server->address.v6.sin6_scope_id == address->v6.sin6_scope_id;
}

/* The size of an address that names a server, or -EAFNOSUPPORT. */
static int
size_of_address(const struct sockaddr *address, unsigned size)
{
	if (address->sa_family == AF_INET && size >= sizeof(struct sockaddr_in))
		return sizeof(struct sockaddr_in);
	if (address->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6))
		return sizeof(struct sockaddr_in6);
	return -EAFNOSUPPORT;
}

static int
add(struct dns_network *network, const union inet_sockaddr *address, unsigned size)
{
	struct dns_upstream *upstream;

	for (size_t i = 0; i < network->server_count; i++) {
		if (is_same_server(network->servers[i], address))
			return -EEXIST;
	}
	if (network->server_count == LVN_DNS_SERVERS_MAX)
		return -ENOSPC;
	upstream = lvn_calloc(1, sizeof(*upstream));
	if (!upstream)
		return -ENOMEM;
	upstream->network = network;
	upstream->server.address = *address;
	upstream->server.address_size = size;
	upstream->server.number = (unsigned)network->server_count;
	lvn_dns_udp_init(&upstream->udp, &network->udp, &upstream->server);
	lvn_dns_tcp_init(&upstream->tcp, &network->tcp, &upstream->server, &upstream->udp);
	lvn_dns_ring_init(&upstream->asked);
	network->servers[network->server_count++] = &upstream->server;
	return 0;
}

int
lvn_dns_network_add_locked(
    struct dns_network *network, const struct sockaddr *address, unsigned size)
{
	union inet_sockaddr copy = {.any = {.sa_family = AF_UNSPEC}};
	int address_size = size_of_address(address, size);
	int rc;

	if (address_size < 0)
		return address_size;
	memcpy(&copy, address, (size_t)address_size);
	rc = add(network, &copy, (unsigned)address_size);
	if (rc < 0)
		return rc;
	lvn_dns_schedule_set_now(network);
	lvn_dns_schedule_settle(network);
	return 0;
}

void
lvn_dns_network_clear_locked(struct dns_network *network)
{
	lvn_dns_schedule_set_now(network);
	lvn_dns_exchange_recall_all(network);
	remove_servers(network);
	lvn_dns_schedule_settle(network);
}

void
lvn_dns_network_set_stream_locked(
    struct dns_network *network, struct bufferevent *(*new_stream)(struct event_base *base,
				     const struct sockaddr *server, unsigned size, void *arg))
{
	lvn_dns_schedule_set_now(network);
	lvn_dns_exchange_recall_all(network);
	for (size_t i = 0; i < network->server_count; i++) {
		struct dns_upstream *upstream = lvn_dns_network_upstream(network, i);

		upstream->next_socket = NULL;
		lvn_dns_udp_clear(&upstream->udp);
		lvn_dns_tcp_close(&upstream->tcp);
	}
	network->setup.new_stream = network->tcp.new_stream = new_stream;
	lvn_dns_schedule_settle(network);
}

void
lvn_dns_network_suspend_locked(struct dns_network *network)
{
	lvn_dns_schedule_set_now(network);
	network->is_suspended = true;
	lvn_dns_exchange_recall_all(network);
	lvn_dns_schedule_settle(network);
}

void
lvn_dns_network_resume_locked(struct dns_network *network)
{
	lvn_dns_schedule_set_now(network);
	network->is_suspended = false;
	lvn_dns_schedule_settle(network);
}

void
lvn_dns_network_options_changed_locked(struct dns_network *network)
{
	lvn_dns_schedule_set_now(network);
	lvn_dns_schedule_settle(network);
}

/* ---- What there is ---------------------------------------------------------------------- */

size_t
lvn_dns_network_count_locked(const struct dns_network *network)
{
	return network->server_count;
}

const struct dns_server *
lvn_dns_network_server_locked(const struct dns_network *network, size_t index)
{
	return index < network->server_count ? network->servers[index] : NULL;
}

int
lvn_dns_network_fd_locked(struct dns_network *network, size_t index)
{
	struct dns_socket *socket;
	int rc;

	if (index >= network->server_count)
		return -ENOENT;
	lvn_dns_schedule_set_now(network);
	rc = lvn_dns_udp_choose(
	    &lvn_dns_network_upstream(network, index)->udp, 0, network->now_ns, &socket);
	return rc < 0 ? rc : socket->fd;
}
