/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/stream_network.h"

#include <event2/util.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	PORT = 80,
	HOSTS_MAX = 8,
	ADDRESS_SIZE = 32,
	SLOW_MS_MAX = 700,
	ACCEPTS_MAX = 20000 /* most of which may find nothing at first */
};

/* ---- The kernel ----------------------------------------------------------------------------------- */

static unsigned
permille(unsigned most, size_t (*pick)(size_t bound))
{
	return pick(2) ? 0 : (unsigned)pick(most);
}

bool
stream_network_choose_kernel(struct levin_sim *sim, size_t (*pick)(size_t bound))
{
	struct levin_sim_options options = {0};
	bool may_break = pick(10) == 0;

	options.latency_max_ns = pick(2) ? 0 : (int64_t)pick(5000000);
	options.capacity = pick(2) ? 0 : 16 + pick(2000);
	options.short_read_permille = permille(900, pick);
	options.short_write_permille = permille(900, pick);
	options.spurious_eagain_permille = permille(700, pick);
	options.reorder_permille = permille(1000, pick);
	options.hold_back_permille = permille(500, pick);
	options.early_return_permille = permille(300, pick);
	options.reset_permille = may_break ? (unsigned)pick(20) : 0;
	levin_sim_set_options(sim, &options);
	return may_break;
}

/* ---- Names ---------------------------------------------------------------------------------------- */

static void
host_address(int host, bool is_v6, char text[ADDRESS_SIZE])
{
	snprintf(text, ADDRESS_SIZE, is_v6 ? "2001:db8::%d" : "192.0.2.%d", host + 1);
}

static void
choose_link(struct levin_sim_link *link, bool must_work, size_t (*pick)(size_t bound))
{
	switch (pick(4)) {
	case 0:
		link->is_down = !must_work;
		break;
	case 1:
		link->refuse_permille = must_work ? 0 : 1000;
		break;
	default:
		break;
	}
	if (pick(2))
		link->latency_min_ns = link->latency_max_ns = (int64_t)pick(SLOW_MS_MAX) * 1000000;
}

int
stream_network_open(struct levin_sim *sim, size_t (*pick)(size_t bound))
{
	int count = 1 + (int)pick(HOSTS_MAX);
	int good = (int)pick((size_t)count);
	char hosts[HOSTS_MAX * (ADDRESS_SIZE + 6)] = "";
	char address[ADDRESS_SIZE];

	for (int i = 0; i < count; i++) {
		struct levin_sim_link link = {0};

		host_address(i, pick(2), address);
		choose_link(&link, i == good, pick);
		levin_sim_set_link(sim, NULL, address, &link);
		strcat(strcat(hosts, address), " name\n");
	}
	levin_sim_set_file(sim, "/etc/hosts", hosts);
	return levin_sim_listener(sim, PORT, 2 * HOSTS_MAX);
}

int
stream_network_connect(struct bufferevent *client)
{
	return bufferevent_socket_connect_hostname(client, NULL, AF_UNSPEC, "name", PORT);
}

static bool
is_peer(int server, evutil_socket_t client)
{
	struct sockaddr_storage name, peer;
	socklen_t name_size = sizeof(name), peer_size = sizeof(peer);

	return levin_sim_getsockname((int)client, (struct sockaddr *)&name, &name_size) == 0 &&
	       levin_sim_getpeername(server, (struct sockaddr *)&peer, &peer_size) == 0 &&
	       evutil_sockaddr_cmp((struct sockaddr *)&name, (struct sockaddr *)&peer, 1) == 0;
}

int
stream_network_accept(int listener, evutil_socket_t client)
{
	int found = -1;

	for (int i = 0; i < ACCEPTS_MAX && found < 0; i++) {
		int server = levin_sim_accept(listener);

		if (server >= 0 && is_peer(server, client))
			found = server;
		else if (server >= 0)
			levin_sim_close(server);
	}
	return found;
}
