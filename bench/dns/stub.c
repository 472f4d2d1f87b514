/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/stub.h"

#include <string.h>
#include <sys/socket.h>

#include "dns/wire.h"
#include "support/bench.h"
#include "support/random.h"

enum { BATCH = 64, BUFFER_SIZE = 4 << 20 };

int
dns_socket(struct sockaddr_in *address_out)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int buffer = BUFFER_SIZE;
	int fd = bench_must(socket(AF_INET, SOCK_DGRAM, 0), "socket");

	bench_must(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)), "SO_RCVBUF");
	bench_must(bind(fd, (struct sockaddr *)&address, size), "bind");
	bench_must(getsockname(fd, (struct sockaddr *)&address, &size), "getsockname");
	*address_out = address;
	return fd;
}

struct exchange {
	uint8_t query[DNS_QUERY_MAX];
	uint8_t reply[DNS_REPLY_MAX];
	struct sockaddr_in client;
	struct iovec vector;
};

/* As many queries as there are, at least one. */
static int
receive(int fd, struct exchange *exchanges, struct mmsghdr *messages)
{
	for (int i = 0; i < BATCH; i++) {
		exchanges[i].vector = (struct iovec){exchanges[i].query, DNS_QUERY_MAX};
		messages[i].msg_hdr = (struct msghdr){
		    .msg_name = &exchanges[i].client,
		    .msg_namelen = sizeof(exchanges[i].client),
		    .msg_iov = &exchanges[i].vector,
		    .msg_iovlen = 1,
		};
	}
	return bench_must(recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL), "recvmmsg");
}

/* The replies take the places of queries; returns how many there are. */
static int
reply_to(struct exchange *exchanges, struct mmsghdr *messages, int count,
    struct random_source *random, unsigned lost_percent)
{
	int replies = 0;

	for (int i = 0; i < count; i++) {
		struct exchange *exchange = &exchanges[i];
		size_t size;

		if (lost_percent > 0 && random_below(random, 100) < lost_percent)
			continue;
		size = dns_write_reply(exchange->reply, exchange->query, messages[i].msg_len);
		exchange->vector = (struct iovec){exchange->reply, size};
		messages[replies++].msg_hdr = messages[i].msg_hdr;
	}
	return replies;
}

void
be_dns_stub(const struct sockaddr_in *address, const void *argument)
{
	static struct exchange exchanges[BATCH];
	static struct mmsghdr messages[BATCH];
	const struct dns_stub *stub = argument;
	struct random_source random = {.state = 1};

	(void)address;
	for (;;) {
		int count = receive(stub->fd, exchanges, messages);

		count = reply_to(exchanges, messages, count, &random, stub->lost_percent);
		for (int sent = 0; sent < count;)
			sent += bench_must(
			    sendmmsg(stub->fd, messages + sent, (unsigned)(count - sent), 0),
			    "sendmmsg");
	}
}

void
dns_stub_step(int fd)
{
	struct exchange exchange;
	struct msghdr message = {
	    .msg_name = &exchange.client, .msg_iov = &exchange.vector, .msg_iovlen = 1};

	for (;;) {
		ssize_t size;

		exchange.vector = (struct iovec){exchange.query, DNS_QUERY_MAX};
		message.msg_namelen = sizeof(exchange.client);
		size = recvmsg(fd, &message, MSG_DONTWAIT);
		if (size < 0)
			return;
		exchange.vector.iov_base = exchange.reply;
		exchange.vector.iov_len =
		    dns_write_reply(exchange.reply, exchange.query, (size_t)size);
		bench_must((int)sendmsg(fd, &message, 0), "sendmsg");
	}
}
