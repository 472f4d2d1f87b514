/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <levin/sim.h>
#include <string.h>

#include "base/io.h"
#include "dns/dns_options.h"
#include "dns/dns_server.h"
#include "support/dns_network_kit.h"

static struct levin_sim *sim;
static struct dns_options options;
static struct dns_server server;
static struct dns_udp_context context;
static struct dns_udp udp;

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct dns_socket *socket = arg;
	char byte;

	(void)what;
	ck_assert_ptr_eq(socket->context, &context);
	ck_assert_int_eq(lvn_io_recvfrom((int)fd, &byte, 1, NULL, NULL), 1);
	*(int *)context.owner += 1;
}

static void
set_up(void)
{
	sim = levin_sim_new(1, NULL);
	kit_default_options(&options);
	server = (struct dns_server){.address_size = sizeof(struct sockaddr_in)};
	server.address.v4.sin_family = AF_INET;
	server.address.v4.sin_port = htons(53);
	server.address.v4.sin_addr.s_addr = htonl(0x0a000001);
	context = (struct dns_udp_context){.base = levin_sim_base_new(sim, NULL),
	    .options = &options,
	    .on_readable = on_readable,
	    .is_listening = true};
	lvn_dns_ring_init(&context.graveyard);
	lvn_dns_udp_init(&udp, &context, &server);
}

static void
tear_down(void)
{
	lvn_dns_udp_clear(&udp);
	lvn_dns_udp_bury(&context);
	ck_assert_uint_eq(levin_sim_count_descriptors(sim), 0);
	event_base_free(context.base);
	levin_sim_free(sim);
}

static struct dns_socket *
choose(unsigned random, int64_t now_ns)
{
	struct dns_socket *socket = NULL;

	ck_assert_int_eq(lvn_dns_udp_choose(&udp, random, now_ns, &socket), 0);
	return socket;
}

TEST_FIXTURE(set_up, tear_down);

/* ---- Which one -------------------------------------------------------------------------- */

TEST(lvn_dns_udp_choose__by_the_random_number)
{
	struct dns_socket *sockets[LVN_DNS_UDP_ACTIVE];

	for (unsigned i = 0; i < LVN_DNS_UDP_ACTIVE; i++)
		sockets[i] = choose(i, 0);
	for (unsigned i = 0; i < 256; i++)
		ck_assert_ptr_eq(choose(i, 0), sockets[i % LVN_DNS_UDP_ACTIVE]);
	ck_assert_uint_eq(levin_sim_count_descriptors(sim), LVN_DNS_UDP_ACTIVE);
}

TEST(lvn_dns_udp_choose__worn_out_ones_are_replaced)
{
	struct dns_socket *socket = choose(0, 0);
	int fd = socket->fd;

	socket->uses = LVN_DNS_UDP_USES_MAX - 1;
	lvn_dns_udp_use(socket);
	ck_assert_ptr_eq(choose(0, 0), socket);
	socket->uses++;
	ck_assert_ptr_ne(choose(0, 0), socket);
	ck_assert_int_eq(socket->fd, fd);
	ck_assert_uint_eq(udp.open_count, 2);
	/* Its last user has had its reply. */
	lvn_dns_udp_release(socket);
	ck_assert_int_eq(socket->fd, -1);
	ck_assert_uint_eq(udp.open_count, 1);
}

TEST(lvn_dns_udp_choose__old_ones_are_replaced)
{
	struct dns_socket *socket = choose(0, 1000);

	ck_assert_ptr_eq(choose(0, 1000 + LVN_DNS_UDP_AGE_NS - 1), socket);
	ck_assert_ptr_ne(choose(0, 1000 + LVN_DNS_UDP_AGE_NS), socket);
	ck_assert_int_eq(socket->fd, -1);
	ck_assert_uint_eq(levin_sim_count_descriptors(sim), 1);
}

TEST(lvn_dns_udp_choose__never_more_than_the_most)
{
	struct dns_socket *used[100];

	for (int i = 0; i < 100; i++) {
		used[i] = choose((unsigned)i, 0);
		lvn_dns_udp_use(used[i]);
		used[i]->uses += LVN_DNS_UDP_USES_MAX;
		ck_assert_uint_le(udp.open_count, LVN_DNS_UDP_OPEN_MAX);
	}
	ck_assert_uint_eq(udp.open_count, LVN_DNS_UDP_OPEN_MAX);
	for (int i = 0; i < 100; i++)
		lvn_dns_udp_release(used[i]);
	ck_assert_uint_eq(udp.open_count, LVN_DNS_UDP_ACTIVE);
}

/* ---- When sockets cannot be opened ------------------------------------------------------ */

TEST(lvn_dns_udp_choose__without_descriptors)
{
	const struct levin_sim_options scarce = {.descriptor_limit = 1};
	struct dns_socket *socket, *same;

	socket = choose(0, 0);
	levin_sim_set_options(sim, &scarce);
	ck_assert_ptr_eq(choose(1, 0), socket);
	socket->uses = LVN_DNS_UDP_USES_MAX;
	ck_assert_ptr_eq(choose(0, 0), socket);
	lvn_dns_udp_close(socket);
	ck_assert_ptr_nonnull(choose(1, 0));
	lvn_dns_udp_clear(&udp);
	ck_assert_int_ge(levin_sim_socket(sim, AF_INET, SOCK_DGRAM), 0);
	ck_assert_int_eq(lvn_dns_udp_choose(&udp, 0, 0, &same), -EMFILE);
	levin_sim_close(LVN_IO_FIRST_SIMULATED_FD);
}

TEST(lvn_dns_udp_choose__without_memory)
{
	struct dns_socket *socket;

	for (unsigned every = 1; every < 6; every++) {
		int rc;

		levin_sim_fail_allocations(sim, every, 0);
		rc = lvn_dns_udp_choose(&udp, 0, 0, &socket);
		levin_sim_fail_allocations(sim, 0, 0);
		ck_assert(rc == 0 || rc == -ENOMEM);
		ck_assert_uint_eq(levin_sim_count_descriptors(sim), rc == 0);
		lvn_dns_udp_clear(&udp);
	}
}

TEST(lvn_dns_udp_is_local__what_is_short_here)
{
	ck_assert(lvn_dns_udp_is_local(-EAGAIN));
	ck_assert(lvn_dns_udp_is_local(-EMFILE));
	ck_assert(lvn_dns_udp_is_local(-ENOMEM));
	ck_assert(!lvn_dns_udp_is_local(-ECONNREFUSED));
	ck_assert(!lvn_dns_udp_is_local(-ENETUNREACH));
}

/* ---- The local address ------------------------------------------------------------------ */

static uint32_t
local_address(const struct dns_socket *socket)
{
	struct sockaddr_in address;
	unsigned size = sizeof(address);

	ck_assert_int_eq(lvn_io_getsockname(socket->fd, (struct sockaddr *)&address, &size), 0);
	return ntohl(address.sin_addr.s_addr);
}

static void
bind_to(uint32_t address)
{
	options.bind_to.v4.sin_family = AF_INET;
	options.bind_to.v4.sin_addr.s_addr = htonl(address);
	options.bind_to_size = sizeof(struct sockaddr_in);
}

TEST(lvn_dns_udp_init__remembers_the_local_address)
{
	bind_to(0x0a000009);
	lvn_dns_udp_init(&udp, &context, &server);
	bind_to(0x0a00000a);
	ck_assert_uint_eq(local_address(choose(0, 0)), 0x0a000009);
}

TEST(lvn_dns_udp_init__does_not_bind_for_loopback)
{
	bind_to(0x0a000009);
	server.address.v4.sin_addr.s_addr = htonl(0x7f000035);
	lvn_dns_udp_init(&udp, &context, &server);
	ck_assert_uint_eq(local_address(choose(0, 0)), INADDR_LOOPBACK);
}

TEST(lvn_dns_udp_init__does_not_bind_to_an_address_of_another_family)
{
	bind_to(0x0a000009);
	server.address_size = sizeof(struct sockaddr_in6);
	server.address.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(53)};
	server.address.v6.sin6_addr = in6addr_loopback;
	lvn_dns_udp_init(&udp, &context, &server);
	ck_assert_uint_eq(udp.bind_to_size, 0);
	ck_assert_ptr_nonnull(choose(0, 0));
}

TEST(lvn_dns_udp_choose__sizes_of_buffers_and_what_they_are_for)
{
	options.receive_buffer = 100000;
	options.send_buffer = 100000;
	ck_assert_ptr_nonnull(choose(0, 0));
}

/* ---- Watching --------------------------------------------------------------------------- */

TEST(lvn_dns_udp_listen__only_while_it_is_wanted)
{
	int peer = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	struct dns_socket *socket = choose(0, 0);
	struct sockaddr_in address;
	unsigned size = sizeof(address);
	int received = 0;

	context.owner = &received;
	ck_assert_int_eq(lvn_io_getsockname(socket->fd, (struct sockaddr *)&address, &size), 0);
	lvn_dns_udp_listen(&udp, false);
	levin_sim_sendto(peer, "x", 1, (struct sockaddr *)&address, size);
	ck_assert_int_eq(event_base_loop(context.base, EVLOOP_NONBLOCK), 1);
	ck_assert_int_eq(received, 0);
	lvn_dns_udp_listen(&udp, true);
	ck_assert_int_eq(event_base_loop(context.base, EVLOOP_NONBLOCK), 0);
	ck_assert_int_eq(received, 1);
	levin_sim_close(peer);
}

TEST(lvn_dns_udp_close__again_does_nothing)
{
	struct dns_socket *socket = choose(0, 0);

	lvn_dns_udp_use(socket);
	lvn_dns_udp_close(socket);
	lvn_dns_udp_close(socket);
	ck_assert_uint_eq(udp.open_count, 0);
	lvn_dns_udp_bury(&context);
	lvn_dns_udp_release(socket);
}
