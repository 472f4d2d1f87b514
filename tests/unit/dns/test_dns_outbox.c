/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_outbox.h"

#include <errno.h>
#include <event2/util.h>
#include <levin/sim.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "support/suite.h"

enum { PEERS = 2, EXCHANGES = LVN_DNS_OUTBOX_CAPACITY };

static const char *const addresses[PEERS] = {"10.0.0.1:53", "10.0.0.2:53"};

static struct levin_sim *sim;
static struct dns_network network;
static struct dns_socket sockets[PEERS];
static struct dns_exchange *exchanges;
static struct dns_upstream upstream;
static struct dns_outbox_failure failures[LVN_DNS_OUTBOX_CAPACITY];
static int peers[PEERS];

static void
set_up(void)
{
	sim = levin_sim_new(1, NULL);
	exchanges = calloc(EXCHANGES, sizeof(*exchanges));
	for (int i = 0; i < PEERS; i++)
		peers[i] = levin_sim_datagram_socket(sim, addresses[i]);
}

static void
tear_down(void)
{
	free(exchanges);
	levin_sim_free(sim);
}

/* A socket that is connected to a peer, or to nothing. */
static void
connect_socket(int i, const char *address)
{
	struct sockaddr_storage storage;
	int size = sizeof(storage);

	ck_assert_int_eq(
	    evutil_parse_sockaddr_port(address, (struct sockaddr *)&storage, &size), 0);
	sockets[i].fd = levin_sim_socket(sim, AF_INET, SOCK_DGRAM);
	ck_assert_int_eq(
	    lvn_io_connect(sockets[i].fd, (struct sockaddr *)&storage, (unsigned)size), 0);
}

static void
put(unsigned i, int socket)
{
	struct dns_query query = {
	    .question = (const uint8_t *)"\0\0\1\0\1",
	    .question_size = 5,
	    .id = (uint16_t)i,
	};

	exchanges[i].upstream = &upstream;
	lvn_dns_outbox_put(&network, &exchanges[i], &sockets[socket], &query);
	ck_assert_ptr_nonnull(exchanges[i].outgoing);
}

/* The id of the next question that has come; -1 if there is none. */
static int
next_id(int peer)
{
	unsigned char message[512];

	if (levin_sim_read(peers[peer], message, sizeof(message)) != 17)
		return -1;
	return message[0] << 8 | message[1];
}

TEST_FIXTURE(set_up, tear_down);

TEST(lvn_dns_outbox_send__each_question_by_its_socket)
{
	for (int i = 0; i < PEERS; i++)
		connect_socket(i, addresses[i]);
	put(0, 0);
	put(1, 0);
	put(2, 1);
	put(3, 0);
	ck_assert_uint_eq(lvn_dns_outbox_send(&network, failures), 0);
	ck_assert_int_eq(next_id(0), 0);
	ck_assert_int_eq(next_id(0), 1);
	ck_assert_int_eq(next_id(0), 3);
	ck_assert_int_eq(next_id(0), -1);
	ck_assert_int_eq(next_id(1), 2);
	ck_assert_uint_eq(network.outbox_count, 0);
	ck_assert_ptr_null(exchanges[0].outgoing);
	ck_assert_uint_eq(lvn_dns_outbox_send(&network, failures), 0);
}

TEST(lvn_dns_outbox_is_full__after_its_capacity)
{
	connect_socket(0, addresses[0]);
	for (unsigned i = 0; i < EXCHANGES; i++) {
		ck_assert(!lvn_dns_outbox_is_full(&network));
		put(i, 0);
	}
	ck_assert(lvn_dns_outbox_is_full(&network));
	ck_assert_uint_eq(lvn_dns_outbox_send(&network, failures), 0);
	for (int i = 0; i < EXCHANGES; i++)
		ck_assert_int_eq(next_id(0), i);
	ck_assert(!lvn_dns_outbox_is_full(&network));
}

TEST(lvn_dns_outbox_drop__the_question_is_not_sent)
{
	connect_socket(0, addresses[0]);
	put(0, 0);
	put(1, 0);
	put(2, 0);
	lvn_dns_outbox_drop(&exchanges[1]);
	lvn_dns_outbox_drop(&exchanges[1]);
	ck_assert_ptr_null(exchanges[1].outgoing);
	ck_assert_uint_eq(lvn_dns_outbox_send(&network, failures), 0);
	ck_assert_int_eq(next_id(0), 0);
	ck_assert_int_eq(next_id(0), 2);
	ck_assert_int_eq(next_id(0), -1);
}

TEST(lvn_dns_outbox_send__failures_are_those_of_their_exchanges)
{
	connect_socket(0, addresses[0]);
	sockets[1].fd = -1;
	put(0, 0);
	put(1, 1);
	put(2, 1);
	put(3, 0);
	ck_assert_uint_eq(lvn_dns_outbox_send(&network, failures), 2);
	ck_assert_ptr_eq(failures[0].exchange, &exchanges[1]);
	ck_assert_ptr_eq(failures[0].upstream, &upstream);
	ck_assert_int_eq(failures[0].error, -EBADF);
	ck_assert_ptr_eq(failures[1].exchange, &exchanges[2]);
	ck_assert_int_eq(next_id(0), 0);
	ck_assert_int_eq(next_id(0), 3);
}

/* The refusal of the first question is the error of the second, which is not sent. */
TEST(lvn_dns_outbox_send__goes_on_behind_a_failure)
{
	connect_socket(0, "10.0.0.3:53");
	put(0, 0);
	ck_assert_uint_eq(lvn_dns_outbox_send(&network, failures), 0);
	put(1, 0);
	put(2, 0);
	ck_assert_uint_eq(lvn_dns_outbox_send(&network, failures), 1);
	ck_assert_ptr_eq(failures[0].exchange, &exchanges[1]);
	ck_assert_int_eq(failures[0].error, -ECONNREFUSED);
	ck_assert_int_eq(lvn_io_socket_error(sockets[0].fd), ECONNREFUSED);
}
