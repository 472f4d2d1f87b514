/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datagram sockets as the library uses them, through base/io.h.
 */
#include <errno.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/io.h"
#include "sim/sim_address.h"
#include "sim/sim_files.h"
#include "sim/sim_kernel.h"
#include "support/suite.h"

static struct levin_sim *sim;

static void
set_up(void)
{
	sim = levin_sim_new(1, NULL);
	ck_assert_ptr_nonnull(sim);
}

static void
tear_down(void)
{
	levin_sim_free(sim);
}

#define ck_fails(call, expected)                   \
	do {                                       \
		errno = 0;                         \
		ck_assert_int_eq(call, -1);        \
		ck_assert_int_eq(errno, expected); \
	} while (0)

static int
udp(int family)
{
	int fd = lvn_io_socket(lvn_sim_kernel_world(sim), family, SOCK_DGRAM, 0, 0);

	ck_assert_int_ge(fd, LVN_IO_FIRST_SIMULATED_FD);
	return fd;
}

static int
connect_to(int fd, const char *text)
{
	struct sim_address address;

	ck_assert_int_eq(lvn_sim_address_read(&address, text), 0);
	return lvn_io_connect(fd, &address.any, address.size);
}

static short
state_of(int fd)
{
	struct sim_file *file = lvn_sim_files_at(sim, fd);

	return file->ops->state(file);
}

TEST_FIXTURE(set_up, tear_down);

TEST(lvn_io_sendto__a_refusal_comes_back_to_a_connected_socket)
{
	static const struct levin_sim_link slow = {.latency_min_ns = 5, .latency_max_ns = 5};
	int fd = udp(AF_INET);

	ck_assert_int_eq(levin_sim_set_link(sim, NULL, NULL, &slow), 0);
	ck_assert_int_eq(connect_to(fd, "10.0.0.1:53"), 0);
	ck_assert_int_eq(lvn_io_write(fd, "x", 1), 1);
	ck_assert_int_eq(state_of(fd), EV_WRITE);
	levin_sim_spend(sim, 10);
	ck_assert_int_eq(state_of(fd), EV_READ | EV_WRITE | EV_CLOSED);
	ck_fails(lvn_io_read(fd, (char[1]){0}, 1), ECONNREFUSED);
	ck_fails(lvn_io_read(fd, (char[1]){0}, 1), EAGAIN);
	ck_assert_int_eq(lvn_io_write(fd, "x", 1), 1);
	levin_sim_spend(sim, 10);
	ck_fails(lvn_io_write(fd, "x", 1), ECONNREFUSED);
	ck_assert_int_eq(lvn_io_write(fd, "x", 1), 1);
	levin_sim_spend(sim, 10);
	ck_assert_int_eq(lvn_io_socket_error(fd), ECONNREFUSED);
}

TEST(lvn_io_sendto__a_link_refuses_although_there_is_a_socket)
{
	static const struct levin_sim_link refusing = {.refuse_permille = 1000};
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	int fd = udp(AF_INET);

	ck_assert_int_eq(levin_sim_set_link(sim, NULL, "10.0.0.1", &refusing), 0);
	ck_assert_int_eq(connect_to(fd, "10.0.0.1:53"), 0);
	ck_assert_int_eq(lvn_io_write(fd, "x", 1), 1);
	ck_assert_int_eq(lvn_io_socket_error(fd), ECONNREFUSED);
	ck_fails(lvn_io_read(server, (char[1]){0}, 1), EAGAIN);
}

TEST(lvn_io_recvfrom__a_connected_socket_receives_from_its_peer_alone)
{
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	int other = levin_sim_datagram_socket(sim, "10.0.0.2:53");
	int fd = udp(AF_INET);
	struct sockaddr_in own;
	unsigned size = sizeof(own);

	ck_assert_int_eq(connect_to(fd, "10.0.0.1:53"), 0);
	ck_assert_int_eq(lvn_io_getsockname(fd, (struct sockaddr *)&own, &size), 0);
	ck_assert_int_eq(lvn_io_sendto(other, "bad", 3, (struct sockaddr *)&own, size), 3);
	ck_fails(lvn_io_read(fd, (char[1]){0}, 1), EAGAIN);
	ck_assert_int_eq(lvn_io_sendto(server, "good", 4, (struct sockaddr *)&own, size), 4);
	ck_assert_int_eq(state_of(fd), EV_READ | EV_WRITE);
	ck_assert_int_eq(lvn_io_read(fd, (char[4]){0}, 4), 4);

	/* Disconnected, it hears everybody. */
	own.sin_family = AF_UNSPEC;
	ck_assert_int_eq(lvn_io_connect(fd, (struct sockaddr *)&own, size), 0);
	ck_fails(lvn_io_getpeername(fd, (struct sockaddr *)&own, &size), ENOTCONN);
	ck_assert_int_eq(lvn_io_getsockname(fd, (struct sockaddr *)&own, &size), 0);
	ck_assert_int_eq(lvn_io_sendto(other, "x", 1, (struct sockaddr *)&own, size), 1);
	ck_assert_int_eq(lvn_io_read(fd, (char[1]){0}, 1), 1);
}

TEST(lvn_io_sendto__between_ipv6_hosts)
{
	int server = levin_sim_datagram_socket(sim, "[2001:db8::1]:53");
	int fd = udp(AF_INET6);
	struct sockaddr_in6 from;
	unsigned size = sizeof(from);
	char byte;

	ck_assert_int_eq(connect_to(fd, "[2001:db8::1]:53"), 0);
	ck_assert_int_eq(lvn_io_write(fd, "x", 1), 1);
	ck_assert_int_eq(lvn_io_recvfrom(server, &byte, 1, (struct sockaddr *)&from, &size), 1);
	ck_assert_int_eq(from.sin6_family, AF_INET6);
	ck_fails(connect_to(fd, "10.0.0.1:53"), EAFNOSUPPORT);
}

TEST(lvn_io_sendto__between_unix_sockets)
{
	int server = levin_sim_datagram_socket(sim, "/run/log");
	int fd = udp(AF_UNIX);
	char bytes[6];

	ck_assert_int_eq(connect_to(fd, "/run/log"), 0);
	ck_assert_int_eq(lvn_io_write(fd, "line", 4), 4);
	ck_assert_int_eq(lvn_io_read(server, bytes, sizeof(bytes)), 4);
	ck_assert_int_eq(lvn_io_close(server), 0);
	ck_fails(lvn_io_write(fd, "line", 4), ECONNREFUSED);
}

TEST(lvn_io_shutdown__of_a_datagram_socket)
{
	int fd = udp(AF_INET);

	ck_fails(lvn_io_shutdown(fd, SHUT_RDWR), ENOTCONN);
	ck_assert_int_eq(connect_to(fd, "10.0.0.1:53"), 0);
	ck_fails(lvn_io_shutdown(fd, 99), EINVAL);
	ck_assert_int_eq(lvn_io_shutdown(fd, SHUT_RDWR), 0);
	ck_fails(lvn_io_write(fd, "x", 1), EPIPE);
	ck_assert_int_eq(lvn_io_read(fd, (char[1]){0}, 1), 0);
	ck_fails(lvn_io_listen(fd, 1), EOPNOTSUPP);
}

TEST(levin_sim_free__while_datagrams_are_in_flight)
{
	static const struct levin_sim_link slow = {.latency_min_ns = 5, .latency_max_ns = 5};
	int fd = udp(AF_INET);

	ck_assert_int_eq(levin_sim_set_link(sim, NULL, NULL, &slow), 0);
	ck_assert_int_eq(connect_to(fd, "10.0.0.1:53"), 0);
	ck_assert_int_eq(lvn_io_write(fd, "x", 1), 1);
	ck_assert_int_eq(lvn_io_close(fd), 0);
	levin_sim_spend(sim, 5);
	fd = udp(AF_INET);
	ck_assert_int_eq(connect_to(fd, "10.0.0.1:53"), 0);
	ck_assert_int_eq(lvn_io_write(fd, "x", 1), 1);
}

TEST(lvn_io_random__follows_the_seed)
{
	struct levin_sim *same = levin_sim_new(1, NULL);
	struct levin_sim *other = levin_sim_new(2, NULL);
	unsigned char bytes[3][32];

	ck_assert_int_eq(lvn_io_random(lvn_sim_kernel_world(sim), bytes[0], 32), 0);
	ck_assert_int_eq(lvn_io_random(lvn_sim_kernel_world(same), bytes[1], 32), 0);
	ck_assert_int_eq(lvn_io_random(lvn_sim_kernel_world(other), bytes[2], 32), 0);
	ck_assert_mem_eq(bytes[0], bytes[1], 32);
	ck_assert_mem_ne(bytes[0], bytes[2], 32);
	levin_sim_free(same);
	levin_sim_free(other);
}
