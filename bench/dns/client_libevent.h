/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lookups by an evdns base.
 */
#ifndef BENCH_DNS_CLIENT_LIBEVENT_H
#define BENCH_DNS_CLIENT_LIBEVENT_H

#include <event2/dns.h>
#include <event2/util.h>
#include <stdio.h>

struct dns_client {
	struct dns_work work;
	struct engine engine;
	struct evdns_base *dns;
};

static inline void
dns_client_set(struct dns_client *client, const char *option, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", value);
	bench_must(evdns_base_set_option(client->dns, option, text), option);
}

/* That servers have failed is part of a workload. */
static void
dns_ignore_log(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

static inline void
dns_client_open(struct dns_client *client, const char *variant, const struct sockaddr_in *server,
    const struct dns_client_options *options)
{
	event_set_log_callback(dns_ignore_log);
	engine_choose(variant);
	engine_open(&client->engine);
	client->dns = evdns_base_new(client->engine.base, 0);
	if (!client->dns)
		bench_fail("evdns_base_new");
	bench_must(evdns_base_nameserver_sockaddr_add(
		       client->dns, (const struct sockaddr *)server, sizeof(*server), 0),
	    "evdns_base_nameserver_sockaddr_add");
	dns_client_set(client, "max-inflight:", options->most);
	if (options->is_lossy) {
		dns_client_set(client, "timeout:", DNS_LOSSY_TIMEOUT_S);
		dns_client_set(client, "attempts:", DNS_LOSSY_TRIES);
		dns_client_set(client, "so-rcvbuf:", DNS_LOSSY_BUFFER);
	}
	if (options->hosts)
		bench_must(
		    evdns_base_load_hosts(client->dns, options->hosts), "evdns_base_load_hosts");
}

static void
dns_on_result(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct dns_client *client = arg;

	(void)ttl;
	(void)addresses;
	dns_on_end(client, result == DNS_ERR_NONE && type == DNS_IPv4_A && count == 1);
}

static inline void
dns_client_ask(struct dns_client *client, const char *name)
{
	client->work.under_way++;
	if (!evdns_base_resolve_ipv4(client->dns, name, DNS_QUERY_NO_SEARCH, dns_on_result, client))
		bench_fail("evdns_base_resolve_ipv4");
}

static void
dns_on_list(int error, struct evutil_addrinfo *list, void *arg)
{
	if (list)
		evutil_freeaddrinfo(list);
	dns_on_end(arg, error == 0 && list);
}

/* Looks a name up as getaddrinfo does, in the hosts files and the cache first. */
static inline void
dns_client_ask_list(struct dns_client *client, const char *name)
{
	static const struct evutil_addrinfo hints = {
	    .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};

	client->work.under_way++;
	evdns_getaddrinfo(client->dns, name, NULL, &hints, dns_on_list, client);
}

static inline void
dns_client_turn(struct dns_client *client)
{
	engine_poll(&client->engine);
}

static inline void
dns_client_run(struct dns_client *client)
{
	while (client->work.under_way > 0)
		engine_turn(&client->engine);
}

#endif
