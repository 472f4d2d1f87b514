/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lookups by c-ares, whose sockets are watched by epoll.
 */
#ifndef BENCH_DNS_CLIENT_CARES_H
#define BENCH_DNS_CLIENT_CARES_H

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/time.h>

struct dns_client {
	struct dns_work work;
	ares_channel channel;
	int epoll_fd;
};

static void
dns_on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns_client *client = arg;
	struct epoll_event event = {.data.fd = fd};

	if (readable)
		event.events |= EPOLLIN;
	if (writable)
		event.events |= EPOLLOUT;
	if (!event.events)
		epoll_ctl(client->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		bench_must(epoll_ctl(client->epoll_fd, EPOLL_CTL_MOD, fd, &event), "epoll_ctl");
}

static inline void
dns_must(int status, const char *what)
{
	if (status != ARES_SUCCESS)
		bench_fail("%s: %s", what, ares_strerror(status));
}

static inline void
dns_client_open(struct dns_client *client, const char *variant, const struct sockaddr_in *server,
    const struct dns_client_options *options)
{
	struct ares_options settings = {
	    .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_STAYOPEN | ARES_FLAG_NOCHECKRESP,
	    .timeout = DNS_LOSSY_TIMEOUT_S * 1000,
	    .tries = DNS_LOSSY_TRIES,
	    .socket_receive_buffer_size = DNS_LOSSY_BUFFER,
	    .lookups = (char[]){"b"},
	    .sock_state_cb = dns_on_socket,
	    .sock_state_cb_data = client,
	};
	int given = ARES_OPT_FLAGS | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
	char text[64];

	if (*variant)
		bench_fail("c-ares has no variant '%s'", variant);
	if (options->is_lossy)
		given |= ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_RCVBUF;
	client->epoll_fd = bench_must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	dns_must(ares_library_init(ARES_LIB_INIT_ALL), "ares_library_init");
	dns_must(ares_init_options(&client->channel, &settings, given), "ares_init_options");
	snprintf(text, sizeof(text), "127.0.0.1:%d", ntohs(server->sin_port));
	dns_must(ares_set_servers_ports_csv(client->channel, text), "ares_set_servers_ports_csv");
}

static void
dns_on_result(void *arg, int status, int timeouts, unsigned char *message, int size)
{
	struct ares_addrttl addresses[4];
	int count = 4;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		status = ares_parse_a_reply(message, size, NULL, addresses, &count);
	dns_on_end(arg, status == ARES_SUCCESS && count == 1);
}

static inline void
dns_client_ask(struct dns_client *client, const char *name)
{
	client->work.under_way++;
	ares_query(client->channel, name, C_IN, T_A, dns_on_result, client);
}

static inline void
dns_client_wait(struct dns_client *client, int timeout_ms)
{
	struct epoll_event events[16];
	int count = bench_must(epoll_wait(client->epoll_fd, events, 16, timeout_ms), "epoll_wait");

	for (int i = 0; i < count; i++)
		ares_process_fd(client->channel,
		    events[i].events & (EPOLLIN | EPOLLERR) ? events[i].data.fd : ARES_SOCKET_BAD,
		    events[i].events & EPOLLOUT ? events[i].data.fd : ARES_SOCKET_BAD);
	if (count == 0)
		ares_process_fd(client->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static inline void
dns_client_turn(struct dns_client *client)
{
	dns_client_wait(client, 0);
}

/* What is to happen at a certain time is looked for in a whole list: once for each wait. */
static inline void
dns_client_run(struct dns_client *client)
{
	while (client->work.under_way > 0) {
		struct timeval most = {1, 0};
		struct timeval left;
		const struct timeval *wait = ares_timeout(client->channel, &most, &left);

		dns_client_wait(client, (int)(wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000));
	}
}

#endif
