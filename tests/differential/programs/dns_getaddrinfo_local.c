/* SPDX-License-Identifier: BSD-3-Clause */
/* evdns_getaddrinfo where no server is asked: numeric hosts, services, hints, wrong arguments. */
#include "addrinfo_kit.h"
#include "dns_kit.h"

static struct event_base *base;
static struct evdns_base *dns;

static void
look_up(const char *node, const char *service, const struct evutil_addrinfo *hints)
{
	struct evdns_getaddrinfo_request *request;

	say_question(node, service, hints);
	request = evdns_getaddrinfo(dns, node, service, hints, dns_say_list, (void *)"  ");
	if (request)
		say("  a request");
	dns_wait(base, 1);
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
	static const char *const service_names[] = {"http", "www", "HTTP", "domain", "tftp",
	    "no-such-service", "0", "65535", "65536", "-1", "+80", " 80", "80x", "0x50", "080", ""};
	static const int types[] = {0, SOCK_STREAM, SOCK_DGRAM};
	static const char *const node_names[] = {"1.2.3.4", "01.2.3.4", "1.2.3", "0x7f.1",
	    "1.2.3.4 ", "256.1.1.1", "::1", "::", "::ffff:1.2.3.4", "fe80::1%lo", "fe80::1%1",
	    "[::1]", "::g", "", "0", "a..b", ".a", "name."};
	static const int flags[] = {0, EVUTIL_AI_PASSIVE, EVUTIL_AI_CANONNAME, EVUTIL_AI_V4MAPPED,
	    EVUTIL_AI_V4MAPPED | EVUTIL_AI_ALL, 0x8000000};

	base = kit_base();
	dns = evdns_base_new(base, 0);
	kinds_of_sockets();
	services(service_names, KIT_COUNT(service_names), types, KIT_COUNT(types));
	nodes(node_names, KIT_COUNT(node_names), flags, KIT_COUNT(flags), false);
	numbers_without_the_flag();
	nothing_given();
	evdns_base_free(dns, 0);
	event_base_free(base);
	return 0;
}
