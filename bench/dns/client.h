/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that looks names up: by an evdns base, by c-ares on epoll, or by datagrams that it
 * writes and reads itself.
 */
#ifndef BENCH_DNS_CLIENT_H
#define BENCH_DNS_CLIENT_H

#include <netinet/in.h>

#include "engines/engine.h"

struct dns_client;

/* What the client has to do, and what has become of it. */
struct dns_work {
	long under_way;
	long answered; /* with an address */
	long failed;
};

struct dns_client_options {
	int most;          /* questions under way at once */
	bool is_lossy;     /* a second for each of five tries, and large buffers */
	const char *hosts; /* a hosts file, or NULL */
};

enum { DNS_LOSSY_TIMEOUT_S = 1, DNS_LOSSY_TRIES = 5, DNS_LOSSY_BUFFER = 4 << 20 };

/* The workload's: a question has ended.  May ask another one. */
static void dns_on_end(struct dns_client *client, bool has_address);

/*
 * Each header has: struct dns_client with its work, dns_client_open(client, variant, server,
 * options), dns_client_ask(client, name), dns_client_turn(client) without waiting, and
 * dns_client_run(client) until nothing is under way.
 */
#if defined(ENGINE_LIBEVENT)
#include "dns/client_libevent.h"
#elif defined(DNS_CARES)
#include "dns/client_cares.h"
#else
#include "dns/client_raw.h"
#endif

#endif
