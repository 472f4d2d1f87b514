/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lookups by datagrams on one connected socket: what a program would cost that needs no resolver.
 * Ids are numbers in turn, and what is lost is lost.  The variant "mmsg" sends and receives
 * several datagrams with one system call.
 */
#ifndef BENCH_DNS_CLIENT_RAW_H
#define BENCH_DNS_CLIENT_RAW_H

#include <string.h>
#include <sys/socket.h>

#include "dns/wire.h"

enum { DNS_BATCH = 32 };

struct dns_client {
	struct dns_work work;
	struct engine engine;
	struct reader reader;
	int fd;
	uint16_t id;
	int waiting; /* in the batch that is to be sent */
	struct mmsghdr messages[DNS_BATCH];
	struct iovec vectors[DNS_BATCH];
	uint8_t queries[DNS_BATCH][DNS_QUERY_MAX];
	uint8_t reply[DNS_REPLY_MAX];
};

static bool dns_uses_batches;

static inline void
dns_client_flush(struct dns_client *client)
{
	int count = client->waiting;

	client->waiting = 0;
	if (count > 0 && sendmmsg(client->fd, client->messages, (unsigned)count, 0) != count)
		bench_fail("sendmmsg has not sent everything");
}

static inline void
dns_client_ask(struct dns_client *client, const char *name)
{
	uint8_t *query = client->queries[client->waiting];
	size_t size = dns_write_query(query, client->id++, name);

	client->work.under_way++;
	if (!dns_uses_batches) {
		bench_must((int)send(client->fd, query, size, 0), "send");
		return;
	}
	client->vectors[client->waiting] = (struct iovec){query, size};
	client->messages[client->waiting].msg_hdr =
	    (struct msghdr){.msg_iov = &client->vectors[client->waiting], .msg_iovlen = 1};
	if (++client->waiting == DNS_BATCH)
		dns_client_flush(client);
}

static inline void
dns_client_receive_batch(struct dns_client *client)
{
	static uint8_t replies[DNS_BATCH][DNS_REPLY_MAX];
	struct iovec vectors[DNS_BATCH];
	struct mmsghdr messages[DNS_BATCH];
	int count;

	do {
		for (int i = 0; i < DNS_BATCH; i++) {
			vectors[i] = (struct iovec){replies[i], DNS_REPLY_MAX};
			messages[i].msg_hdr =
			    (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
		}
		count = recvmmsg(client->fd, messages, DNS_BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < count; i++)
			dns_on_end(client, dns_has_address(replies[i], messages[i].msg_len));
		dns_client_flush(client);
	} while (count == DNS_BATCH);
}

ON_READY(dns_on_readable)
{
	struct dns_client *client = arg;
	ssize_t size;

	if (dns_uses_batches) {
		dns_client_receive_batch(client);
		return;
	}
	while ((size = recv(client->fd, client->reply, DNS_REPLY_MAX, MSG_DONTWAIT)) >= 0)
		dns_on_end(client, dns_has_address(client->reply, (size_t)size));
}

static inline void
dns_client_open(struct dns_client *client, const char *variant, const struct sockaddr_in *server,
    const struct dns_client_options *options)
{
	(void)options;
	dns_uses_batches = strcmp(variant, "mmsg") == 0;
	engine_choose(dns_uses_batches ? "" : variant);
	engine_open(&client->engine);
	client->fd = bench_must(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), "socket");
	bench_must(
	    connect(client->fd, (const struct sockaddr *)server, sizeof(*server)), "connect");
	reader_init(&client->reader, &client->engine, client->fd, dns_on_readable, client);
	reader_start(&client->reader);
}

static inline void
dns_client_turn(struct dns_client *client)
{
	dns_client_flush(client);
	engine_poll(&client->engine);
}

static inline void
dns_client_run(struct dns_client *client)
{
	dns_client_flush(client);
	while (client->work.under_way > 0)
		engine_turn(&client->engine);
}

#endif
