/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: dns_tls_peer TRUST SERVER NAME...
 *
 * Asks the name server at SERVER ("127.0.0.1:8853") for the addresses of each name in turn, over
 * TLS: its certificate must be that of "localhost", from an issuer in the file TRUST.
 */
#include <event2/dns.h>
#include <event2/event.h>
#include <levin/dns.h>
#include <levin/tls.h>
#include <stdbool.h>
#include <stdio.h>

static bool is_done;

static struct bufferevent *
new_stream(struct event_base *base, const struct sockaddr *server, int size, int options, void *tls)
{
	(void)server;
	(void)size;
	return levin_tls_socket_new(base, -1, tls, "localhost", options);
}

static void
on_answer(int result, struct levin_dns_answer *answer, void *name)
{
	int count = 0;

	for (const struct levin_dns_record *at = answer ? answer->records : NULL; at; at = at->next)
		count++;
	printf("%s: %s, %d%s\n", (char *)name, evdns_err_to_string(result), count,
	    answer && !answer->used_tcp ? ", not by the stream" : "");
	levin_dns_answer_free(answer);
	is_done = true;
}

int
main(int argc, char **argv)
{
	struct levin_tls_settings settings = {.trust_file = argc > 1 ? argv[1] : NULL};
	struct levin_tls *tls = levin_tls_client_new(&settings, NULL, 0);
	struct event_base *base = event_base_new();
	struct evdns_base *dns = evdns_base_new(base, 0);

	if (argc < 4 || !tls || levin_dns_use_streams(dns, new_stream, tls) != 0 ||
	    evdns_base_nameserver_ip_add(dns, argv[2]) != 0)
		return 2;
	for (int i = 3; i < argc; i++) {
		if (!levin_dns_query(dns, argv[i], LEVIN_DNS_TYPE_A, 0, on_answer, argv[i]))
			return 2;
		while (!is_done)
			event_base_loop(base, EVLOOP_ONCE);
		is_done = false;
	}
	evdns_base_free(dns, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
	levin_tls_free(tls);
	return 0;
}
