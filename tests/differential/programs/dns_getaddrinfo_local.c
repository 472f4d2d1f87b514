/* SPDX-License-Identifier: BSD-3-Clause */
/* evdns_getaddrinfo where no server is asked: numeric hosts, services, hints, wrong arguments. */
#include <netdb.h>

#include "dns_kit.h"

static struct event_base *base;
static struct evdns_base *dns;

static void
look_up(const char *node, const char *service, const struct evutil_addrinfo *hints)
{
	struct evdns_getaddrinfo_request *request;

	if (hints)
		say("%s %s, flags %x, family %d, type %d, protocol %d", node ? node : "-",
		    service ? service : "-", (unsigned)hints->ai_flags, hints->ai_family,
		    hints->ai_socktype, hints->ai_protocol);
	else
		say("%s %s, no hints", node ? node : "-", service ? service : "-");
	request = evdns_getaddrinfo(dns, node, service, hints, dns_say_list, (void *)"  ");
	if (request)
		say("  a request");
	dns_wait(base, 1);
}

static void
with(const char *node, const char *service, int flags, int family, int type, int protocol)
{
	struct evutil_addrinfo hints = {
	    .ai_flags = flags, .ai_family = family, .ai_socktype = type, .ai_protocol = protocol};

	look_up(node, service, &hints);
}

static void
kinds_of_sockets(void)
{
	static const int types[] = {0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, 99};
	static const int protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (size_t k = 0; k < sizeof(protocols) / sizeof(protocols[0]); k++)
			with("1.2.3.4", "80", 0, AF_UNSPEC, types[i], protocols[k]);
}

static void
services(void)
{
	static const char *const names[] = {"http", "www", "HTTP", "domain", "tftp",
	    "no-such-service", "0", "65535", "65536", "-1", "+80", " 80", "80x", "0x50", "080", ""};
	static const int types[] = {0, SOCK_STREAM, SOCK_DGRAM};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
			with("1.2.3.4", names[i], 0, AF_INET, types[k], 0);
			with("1.2.3.4", names[i], EVUTIL_AI_NUMERICSERV, AF_INET, types[k], 0);
			with(NULL, names[i], EVUTIL_AI_PASSIVE, AF_INET, types[k], 0);
		}
	}
}

static void
nodes(void)
{
	static const char *const names[] = {"1.2.3.4", "01.2.3.4", "1.2.3", "0x7f.1", "1.2.3.4 ",
	    "256.1.1.1", "::1", "::", "::ffff:1.2.3.4", "fe80::1%lo", "fe80::1%1", "[::1]", "::g",
	    "", "0", "a..b", ".a", "name."};
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX, 77};
	static const int flags[] = {EVUTIL_AI_NUMERICHOST,
	    EVUTIL_AI_NUMERICHOST | EVUTIL_AI_PASSIVE, EVUTIL_AI_NUMERICHOST | EVUTIL_AI_CANONNAME,
	    EVUTIL_AI_NUMERICHOST | EVUTIL_AI_V4MAPPED,
	    EVUTIL_AI_NUMERICHOST | EVUTIL_AI_V4MAPPED | EVUTIL_AI_ALL,
	    EVUTIL_AI_NUMERICHOST | 0x8000000};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t k = 0; k < sizeof(families) / sizeof(families[0]); k++)
			for (size_t m = 0; m < sizeof(flags) / sizeof(flags[0]); m++)
				if (i < 2 || k == 0 || m == 0)
					with(names[i], "80", flags[m], families[k], SOCK_STREAM, 0);
}

static void
numbers_without_the_flag(void)
{
	static const char *const names[] = {"1.2.3.4", "::1", "::ffff:1.2.3.4", "fe80::1%lo"};
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6, 77};
	static const int flags[] = {0, EVUTIL_AI_CANONNAME, EVUTIL_AI_PASSIVE};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t k = 0; k < sizeof(families) / sizeof(families[0]); k++)
			for (size_t m = 0; m < sizeof(flags) / sizeof(flags[0]); m++)
				with(names[i], NULL, flags[m], families[k], SOCK_STREAM, 0);
}

static void
nothing_given(void)
{
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6, 77};
	static const int flags[] = {
	    0, EVUTIL_AI_PASSIVE, EVUTIL_AI_CANONNAME, EVUTIL_AI_NUMERICHOST};

	look_up(NULL, NULL, NULL);
	look_up(NULL, "80", NULL);
	look_up("1.2.3.4", NULL, NULL);
	look_up("::1", "80", NULL);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++) {
			with(NULL, "80", flags[k], families[i], SOCK_STREAM, 0);
			with(NULL, NULL, flags[k], families[i], SOCK_STREAM, 0);
			with("1.2.3.4", "80", flags[k], families[i], 0, 0);
		}
	}
}

int
main(void)
{
	base = kit_base();
	dns = evdns_base_new(base, 0);
	kinds_of_sockets();
	services();
	nodes();
	numbers_without_the_flag();
	nothing_given();
	evdns_base_free(dns, 0);
	event_base_free(base);
	return 0;
}
