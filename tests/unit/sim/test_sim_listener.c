/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/memory.h"
#include "sim/sim_files.h"
#include "support/suite.h"

#define PORT 80

static struct levin_sim *sim;

static void
weather(struct levin_sim_options options)
{
	ck_assert_int_eq(levin_sim_set_options(sim, &options), 0);
}

static void
set_up(void)
{
	sim = levin_sim_new(1, NULL);
	ck_assert_ptr_nonnull(sim);
	weather((struct levin_sim_options){.latency_min_ns = 10, .latency_max_ns = 10});
}

static void
tear_down(void)
{
	levin_sim_free(sim);
}

static short
state_of(int fd)
{
	struct sim_file *file = lvn_sim_files_at(sim, fd);

	return file->ops->state(file);
}

static void
ck_fails(ssize_t result, int error)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(errno, error);
}

TEST_FIXTURE(set_up, tear_down);

TEST(sim_listener__a_connection_takes_a_way_there_and_back)
{
	int listener = levin_sim_listener(sim, PORT, 5);
	int client = levin_sim_connect(sim, PORT);
	int server;

	ck_assert_int_eq(state_of(client), 0);
	ck_fails(levin_sim_write(client, "x", 1), EAGAIN);
	ck_fails(levin_sim_read(client, (char[1]){0}, 1), EAGAIN);
	levin_sim_spend(sim, 9);
	ck_assert_int_eq(state_of(listener), 0);
	levin_sim_spend(sim, 1);
	ck_assert_int_eq(state_of(listener), EV_READ);
	server = levin_sim_accept(listener);
	ck_assert_int_ge(server, 0);
	ck_assert_int_eq(state_of(server), EV_WRITE);
	ck_assert_int_eq(state_of(client), 0);
	levin_sim_spend(sim, 10);

	ck_assert_int_eq(state_of(client), EV_WRITE);
	ck_assert_int_eq(levin_sim_error(client), 0);
	ck_assert_int_eq(levin_sim_write(client, "hello", 5), 5);
	levin_sim_spend(sim, 10);
	ck_assert_int_eq(levin_sim_read(server, (char[9]){0}, 9), 5);
}

TEST(sim_listener__what_the_server_says_first_comes_after_the_connection)
{
	int listener = levin_sim_listener(sim, PORT, 5);
	int client = levin_sim_connect(sim, PORT);
	int server;

	levin_sim_spend(sim, 10);
	server = levin_sim_accept(listener);
	weather((struct levin_sim_options){0});
	ck_assert_int_eq(levin_sim_write(server, "hi", 2), 2);
	ck_fails(levin_sim_read(client, (char[9]){0}, 9), EAGAIN);
	levin_sim_spend(sim, 10);

	ck_assert_int_eq(levin_sim_read(client, (char[9]){0}, 9), 2);
}

TEST(sim_listener__without_a_listener_connecting_is_refused)
{
	int client = levin_sim_connect(sim, PORT);

	levin_sim_spend(sim, 19);
	ck_assert_int_eq(state_of(client), 0);
	levin_sim_spend(sim, 1);

	ck_assert_int_eq(state_of(client), EV_READ | EV_WRITE | EV_CLOSED);
	ck_assert_int_eq(levin_sim_error(client), ECONNREFUSED);
	ck_fails(levin_sim_write(client, "x", 1), EPIPE);
}

TEST(sim_listener__the_world_may_refuse)
{
	int listener = levin_sim_listener(sim, PORT, 5);
	int client = levin_sim_connect(sim, PORT);

	weather((struct levin_sim_options){.refuse_permille = 1000});
	levin_sim_spend(sim, 20);

	ck_assert_int_eq(levin_sim_error(client), ECONNREFUSED);
	ck_fails(levin_sim_accept(listener), EAGAIN);
}

TEST(sim_listener__a_full_queue_is_tried_again)
{
	int listener = levin_sim_listener(sim, PORT, 1);
	int first = levin_sim_connect(sim, PORT);
	int second = levin_sim_connect(sim, PORT);

	levin_sim_spend(sim, 20);
	ck_assert_int_eq(state_of(first), EV_WRITE);
	ck_assert_int_eq(state_of(second), 0);
	ck_assert_int_ge(levin_sim_accept(listener), 0);
	ck_fails(levin_sim_accept(listener), EAGAIN);
	levin_sim_spend(sim, LVN_NS_PER_S);

	ck_assert_int_ge(levin_sim_accept(listener), 0);
	ck_assert_int_eq(state_of(second), EV_WRITE);
}

TEST(sim_listener__a_queue_that_stays_full_times_out)
{
	int second;

	levin_sim_listener(sim, PORT, 1);
	levin_sim_connect(sim, PORT);
	second = levin_sim_connect(sim, PORT);
	levin_sim_spend(sim, 31 * LVN_NS_PER_S);
	ck_assert_int_eq(state_of(second), 0);
	levin_sim_spend(sim, LVN_NS_PER_S);

	ck_assert_int_eq(levin_sim_error(second), ETIMEDOUT);
}

TEST(sim_listener__client_closed_while_connecting_is_not_accepted)
{
	int listener = levin_sim_listener(sim, PORT, 5);
	int client = levin_sim_connect(sim, PORT);

	ck_assert_int_eq(levin_sim_close(client), 0);
	levin_sim_spend(sim, LVN_NS_PER_S);

	ck_fails(levin_sim_accept(listener), EAGAIN);
	ck_assert(lvn_sim_list_is_alone(&sim->connections));
}

TEST(sim_listener__client_closed_in_the_queue_is_accepted_with_an_end)
{
	int listener = levin_sim_listener(sim, PORT, 5);
	int client = levin_sim_connect(sim, PORT);
	int server;

	levin_sim_spend(sim, 20);
	ck_assert_int_eq(levin_sim_close(client), 0);
	levin_sim_spend(sim, 10);
	server = levin_sim_accept(listener);

	ck_assert_int_eq(levin_sim_read(server, (char[1]){0}, 1), 0);
	ck_assert_int_eq(levin_sim_close(server), 0);
	levin_sim_spend(sim, 10);
	ck_assert(lvn_sim_list_is_alone(&sim->connections));
}

TEST(sim_listener__a_closed_listener_resets_waiting_connections)
{
	int listener = levin_sim_listener(sim, PORT, 5);
	int client = levin_sim_connect(sim, PORT);

	levin_sim_spend(sim, 20);
	ck_assert_int_eq(levin_sim_close(listener), 0);

	ck_assert_int_eq(levin_sim_error(client), ECONNRESET);
	ck_assert_int_ge(levin_sim_listener(sim, PORT, 5), 0);
}

TEST(sim_listener__a_port_has_one_listener)
{
	ck_assert_int_ge(levin_sim_listener(sim, PORT, 5), 0);

	ck_fails(levin_sim_listener(sim, PORT, 5), EADDRINUSE);
	ck_assert_int_ge(levin_sim_listener(sim, PORT + 1, 0), 0);
	ck_fails(levin_sim_listener(sim, 0, 5), EINVAL);
	ck_fails(levin_sim_listener(sim, 65536, 5), EINVAL);
	ck_fails(levin_sim_connect(sim, 0), EINVAL);
	ck_fails(levin_sim_connect(sim, 65536), EINVAL);
}

TEST(sim_listener__a_listener_moves_no_bytes)
{
	int listener = levin_sim_listener(sim, PORT, 5);

	ck_fails(levin_sim_read(listener, (char[1]){0}, 1), ENOTCONN);
	ck_fails(levin_sim_write(listener, "x", 1), ENOTCONN);
	ck_assert_int_eq(levin_sim_error(listener), 0);
	ck_fails(levin_sim_reset(listener), ENOTCONN);
}

TEST(sim_listener__only_a_listener_accepts)
{
	int fd = levin_sim_socket(sim, AF_INET, SOCK_STREAM);

	ck_fails(levin_sim_accept(fd), EINVAL);
	ck_fails(levin_sim_accept(fd + 1), EBADF);
}

TEST(sim_listener__a_connection_waits_until_there_is_a_descriptor_for_it)
{
	int listener = levin_sim_listener(sim, PORT, 5);

	ck_assert_int_ge(levin_sim_connect(sim, PORT), 0);
	levin_sim_spend(sim, 20);
	weather((struct levin_sim_options){.descriptor_limit = 2});
	ck_fails(levin_sim_accept(listener), EMFILE);
	ck_assert_int_eq(state_of(listener), EV_READ);
	weather((struct levin_sim_options){.descriptor_limit = 3});

	ck_assert_int_ge(levin_sim_accept(listener), 0);
}

TEST(sim_listener__io_functions_connect_by_address)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct sockaddr_in peer = {0};
	struct sockaddr odd = {.sa_family = AF_UNIX};
	unsigned size = sizeof(peer);
	int listener = levin_sim_listener(sim, PORT, 5);
	int a = levin_sim_socket(sim, AF_INET, SOCK_STREAM);
	int b = levin_sim_socket(sim, AF_INET6, SOCK_STREAM);

	ck_fails(lvn_io_connect(a, &odd, sizeof(odd)), EAFNOSUPPORT);
	ck_fails(lvn_io_connect(a, (struct sockaddr *)&four, sizeof(four)), EINPROGRESS);
	ck_fails(lvn_io_connect(a, (struct sockaddr *)&four, sizeof(four)), EALREADY);
	ck_fails(lvn_io_connect(b, (struct sockaddr *)&six, sizeof(six)), EINPROGRESS);
	ck_fails(lvn_io_connect(listener, (struct sockaddr *)&six, sizeof(six)), EISCONN);
	levin_sim_spend(sim, 20);
	ck_fails(lvn_io_connect(a, (struct sockaddr *)&four, sizeof(four)), EISCONN);

	ck_assert_int_ge(lvn_io_accept(listener, (struct sockaddr *)&peer, &size, 0), 0);
	ck_assert_uint_eq(size, sizeof(peer));
	ck_assert_int_eq(peer.sin_family, AF_INET);
	ck_assert_uint_eq(peer.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	ck_assert_int_ge(lvn_io_accept(listener, NULL, NULL, 0), 0);
	ck_fails(lvn_io_accept(listener, NULL, NULL, 0), EAGAIN);
	ck_assert_int_eq(lvn_io_socket_error(a), 0);
	ck_assert_int_eq(lvn_io_shutdown(a, SHUT_RDWR), 0);
	ck_assert_int_eq(lvn_io_close(a), 0);
	ck_fails(lvn_io_close(a), EBADF);
}

static int allocations_left;

static void *
counted_alloc(size_t size)
{
	return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void *
counted_realloc(void *block, size_t size)
{
	return allocations_left-- > 0 ? realloc(block, size) : NULL;
}

TEST(sim_listener__every_allocation_may_fail)
{
	int limit = 0;
	int listener = -1;
	int client = -1;

	lvn_memory_set_functions(counted_alloc, counted_realloc, free);
	for (; listener < 0; limit++) {
		allocations_left = limit;
		listener = levin_sim_listener(sim, PORT, 1);
		ck_assert(listener >= 0 || errno == ENOMEM);
	}
	for (limit = 0; client < 0; limit++) {
		allocations_left = limit;
		client = levin_sim_connect(sim, PORT);
		ck_assert(client >= 0 || errno == ENOMEM);
	}
	ck_assert_int_ge(limit, 2);
	allocations_left = 0;
	levin_sim_spend(sim, 20);

	ck_assert_int_eq(state_of(listener), EV_READ);
	ck_assert_int_eq(state_of(client), EV_WRITE);
	ck_assert_uint_eq(levin_sim_count_descriptors(sim), 2);
}
