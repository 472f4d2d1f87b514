/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DNS server, by UDP and by TCP, whose clients send anything.  The program answers at once or
 * later, with names and bytes that the fuzzer chooses, drops requests, and closes a port.  Every
 * reply must be a well-formed message of the size that the client allows.
 */
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_edns.h"
#include "fuzz/choices.h"

#define HELD_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct choices choices;
	struct levin_sim *sim;
	struct event_base *base;
	struct evdns_server_port *ports[2]; /* UDP and TCP */
	int udp_client;
	int tcp_client;
	struct evdns_server_request *held[HELD_MAX];
	unsigned held_count;
	/* What the TCP client has received, but for whole messages. */
	size_t received;
	uint8_t stream[131072];
} run;

/* Up to `most` bytes of the input. */
static const uint8_t *
take_bytes(size_t most, size_t *size_out)
{
	const uint8_t *bytes = run.choices.bytes;

	*size_out = most < run.choices.left ? most : run.choices.left;
	run.choices.bytes += *size_out;
	run.choices.left -= *size_out;
	return bytes;
}

/* ---- The program ---- */

/* A name of the question, or one that the input spells, which is often none. */
static const char *
choose_name(struct evdns_server_request *request, char text[64])
{
	size_t size;
	const uint8_t *bytes;

	if (choose(&run.choices, 2) == 0)
		return request->questions[0]->name;
	bytes = take_bytes(choose(&run.choices, 64), &size);
	memcpy(text, bytes, size);
	text[size] = '\0';
	return text;
}

static void
add_record(struct evdns_server_request *request)
{
	char name[64], target[64];
	/* An OPT record must be well-formed, and the program may add any bytes. */
	int type = (int)choose(&run.choices, DNS_TYPE_OPT);
	int section = (int)choose(&run.choices, 4);
	size_t size;
	const uint8_t *bytes;

	choose_name(request, name);
	if (choose(&run.choices, 2) == 0) {
		evdns_server_request_add_reply(request, section, choose_name(request, name), type,
		    1, 60, -1, 1, choose_name(request, target));
		return;
	}
	bytes = take_bytes(choose(&run.choices, 256), &size);
	evdns_server_request_add_reply(request, section, choose_name(request, name), type, 1, 60,
	    (int)size, 0, (const char *)bytes);
}

static void
end(struct evdns_server_request *request)
{
	int count = (int)choose(&run.choices, 8);

	evdns_server_request_set_flags(request, (int)choose(&run.choices, 256) << 4);
	while (count-- > 0)
		add_record(request);
	if (choose_rarely(&run.choices, 4))
		evdns_server_request_add_a_reply(
		    request, request->questions[0]->name, 200, run.held, 60);
	if (choose_rarely(&run.choices, 8))
		evdns_server_request_drop(request);
	else
		evdns_server_request_respond(request, (int)choose(&run.choices, 16));
}

static void
close_port(unsigned which)
{
	evdns_close_server_port(run.ports[which]);
	run.ports[which] = NULL;
}

static void
on_query(struct evdns_server_request *request, void *arg)
{
	(void)arg;
	if (choose_rarely(&run.choices, 64))
		close_port(choose(&run.choices, 2));
	if (run.held_count < HELD_MAX && choose(&run.choices, 3) == 0)
		run.held[run.held_count++] = request;
	else
		end(request);
}

static void
end_held(void)
{
	struct evdns_server_request *request;

	if (run.held_count == 0)
		return;
	request = run.held[--run.held_count];
	end(request);
}

/* ---- Its clients ---- */

static void
check_reply(const uint8_t *reply, size_t size)
{
	struct dns_edns edns;

	if (size < LVN_DNS_HEADER_SIZE || !(reply[2] & 0x80) ||
	    lvn_dns_edns_find(reply, size, &edns) < 0)
		__builtin_trap();
}

static void
receive_datagrams(void)
{
	static uint8_t reply[65536];
	ssize_t size;

	while ((size = levin_sim_read(run.udp_client, reply, sizeof(reply))) >= 0) {
		if (size > 4096)
			__builtin_trap();
		check_reply(reply, (size_t)size);
	}
}

/* Any bytes, or a header with one question and then any. */
static size_t
choose_message(uint8_t message[300])
{
	static const uint8_t header[LVN_DNS_HEADER_SIZE] = {0, 7, 1, 0, 0, 1};
	bool has_header = choose(&run.choices, 2) == 0;
	size_t begin = has_header ? sizeof(header) : 0, size;
	const uint8_t *bytes = take_bytes(choose(&run.choices, 256), &size);

	memcpy(message, header, begin);
	if (has_header)
		message[11] = (uint8_t)choose(&run.choices, 3);
	memcpy(message + begin, bytes, size);
	return begin + size;
}

static void
send_datagram(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
	uint8_t bytes[300];
	size_t size = choose_message(bytes);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	levin_sim_sendto(run.udp_client, bytes, size, (struct sockaddr *)&to, sizeof(to));
}

static void
connect_client(void)
{
	if (run.tcp_client >= 0)
		levin_sim_close(run.tcp_client);
	run.tcp_client = levin_sim_connect(run.sim, 53);
	run.received = 0;
}

/* A message behind its length, or bytes of any kind. */
static void
write_to_stream(bool is_message)
{
	uint8_t bytes[2 + 300];
	size_t size = choose_message(bytes + 2);

	bytes[0] = (uint8_t)(size >> 8);
	bytes[1] = (uint8_t)size;
	levin_sim_write(
	    run.tcp_client, is_message ? bytes : bytes + 2, is_message ? 2 + size : size);
}

static void
check_stream(void)
{
	size_t size;

	while (run.received >= 2 &&
	       run.received >= 2 + (size = (size_t)run.stream[0] << 8 | run.stream[1])) {
		check_reply(run.stream + 2, size);
		run.received -= 2 + size;
		memmove(run.stream, run.stream + 2 + size, run.received);
	}
}

static void
read_stream(void)
{
	ssize_t size;

	while ((size = levin_sim_read(run.tcp_client, run.stream + run.received,
		    sizeof(run.stream) - run.received)) > 0) {
		run.received += (size_t)size;
		check_stream();
	}
}

static void
act(void)
{
	switch (choose(&run.choices, 10)) {
	case 0:
		connect_client();
		break;
	case 1:
		levin_sim_shutdown(run.tcp_client, SHUT_WR);
		break;
	case 2:
		write_to_stream(false);
		break;
	case 3:
	case 4:
		write_to_stream(true);
		break;
	case 5:
		end_held();
		break;
	case 6:
		levin_sim_spend(run.sim, 4000000000);
		break;
	default:
		send_datagram();
		break;
	}
	event_base_loop(run.base, EVLOOP_NONBLOCK);
	receive_datagrams();
	read_stream();
}

static void
open_ports(void)
{
	run.ports[0] = evdns_add_server_port_with_base(
	    run.base, levin_sim_datagram_socket(run.sim, "127.0.0.1:53"), 0, on_query, NULL);
	run.ports[1] = evdns_add_server_port_with_listener(run.base,
	    evconnlistener_new(
		run.base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, levin_sim_listener(run.sim, 53, 5)),
	    0, on_query, NULL);
	if (!run.ports[0] || !run.ports[1])
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	/* The first byte seeds the simulated kernel. */
	run.sim = levin_sim_new(data[0], NULL);
	run.base = levin_sim_base_new(run.sim, NULL);
	if (!run.base)
		abort();
	run.choices = choices_from_bytes(data + 1, size - 1);
	open_ports();
	run.udp_client = levin_sim_datagram_socket(run.sim, "127.0.0.1:1053");
	run.tcp_client = -1;
	connect_client();
	while (run.choices.left > 0)
		act();
	close_port(0);
	if (choose_rarely(&run.choices, 2))
		event_base_loop(run.base, EVLOOP_NONBLOCK);
	close_port(1);
	while (run.held_count > 0)
		end_held();
	event_base_free(run.base);
	levin_sim_free(run.sim);
	return 0;
}
