/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_outbox.h"

#include <errno.h>

#include "base/assert.h"
#include "base/io.h"

_Static_assert(LVN_DNS_OUTBOX_CAPACITY <= LVN_IO_DATAGRAMS_MAX, "one call sends them");

bool
lvn_dns_outbox_is_full(const struct dns_network *network)
{
	return network->outbox_count == LVN_DNS_OUTBOX_CAPACITY;
}

void
lvn_dns_outbox_put(struct dns_network *network, struct dns_exchange *exchange,
    struct dns_socket *socket, const struct dns_query *query)
{
	struct dns_outgoing *outgoing;

	LVN_ASSERT(!lvn_dns_outbox_is_full(network) && !exchange->outgoing);
	outgoing = &network->outbox[network->outbox_count++];
	outgoing->exchange = exchange;
	outgoing->socket = socket;
	outgoing->size = lvn_dns_query_write(query, outgoing->message, sizeof(outgoing->message));
	exchange->outgoing = outgoing;
}

void
lvn_dns_outbox_drop(struct dns_exchange *exchange)
{
	if (exchange->outgoing)
		exchange->outgoing->exchange = NULL;
	exchange->outgoing = NULL;
}

/* Takes the questions that are still wanted out of the outbox; their messages stay in its memory. */
static unsigned
take_all(struct dns_network *network, struct dns_outgoing **taken)
{
	unsigned count = 0;

	for (unsigned i = 0; i < network->outbox_count; i++) {
		if (!network->outbox[i].exchange)
			continue;
		network->outbox[i].exchange->outgoing = NULL;
		taken[count++] = &network->outbox[i];
	}
	network->outbox_count = 0;
	return count;
}

/* Sends the first ones, as many as have the same socket.  Returns how many; 0 or -1 is an error. */
static int
send_some(struct dns_outgoing *const *questions, unsigned count)
{
	struct io_datagram datagrams[LVN_DNS_OUTBOX_CAPACITY];
	const struct dns_socket *socket = questions[0]->socket;
	unsigned same = 0;

	while (same < count && questions[same]->socket == socket) {
		datagrams[same] =
		    (struct io_datagram){questions[same]->message, questions[same]->size, NULL, 0};
		same++;
	}
	return lvn_io_send_many(socket->fd, datagrams, same);
}

unsigned
lvn_dns_outbox_send(
    struct dns_network *network, struct dns_outbox_failure failures_out[LVN_DNS_OUTBOX_CAPACITY])
{
	struct dns_outgoing *questions[LVN_DNS_OUTBOX_CAPACITY];
	unsigned count = take_all(network, questions);
	unsigned failed = 0;
	unsigned at = 0;

	while (at < count) {
		int sent = send_some(questions + at, count - at);

		if (sent > 0) {
			at += (unsigned)sent;
			continue;
		}
		failures_out[failed].error = sent < 0 ? -errno : -EAGAIN;
		failures_out[failed].exchange = questions[at]->exchange;
		failures_out[failed++].upstream = questions[at++]->exchange->upstream;
	}
	return failed;
}
