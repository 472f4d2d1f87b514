/* SPDX-License-Identifier: BSD-3-Clause */
/* Names to addresses without a name server: numbers, services, hints; texts of errors. */
#include <arpa/inet.h>

#include "addrinfo_kit.h"

static void
show(const struct evutil_addrinfo *at)
{
	for (; at; at = at->ai_next) {
		char host[64] = "?";
		unsigned port = 0, scope = 0;

		if (at->ai_family == AF_INET) {
			const struct sockaddr_in *v4 = (const void *)at->ai_addr;

			inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
			port = ntohs(v4->sin_port);
		} else if (at->ai_family == AF_INET6) {
			const struct sockaddr_in6 *v6 = (const void *)at->ai_addr;

			inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
			port = ntohs(v6->sin6_port);
			scope = v6->sin6_scope_id;
		}
		printf("    flags %x, family %d, type %d, protocol %d, size %d, %s port %u scope "
		       "%u, name %s\n",
		    (unsigned)at->ai_flags, at->ai_family, at->ai_socktype, at->ai_protocol,
		    (int)at->ai_addrlen, host, port, scope,
		    at->ai_canonname ? at->ai_canonname : "none");
	}
}

static void
look_up(const char *node, const char *service, const struct evutil_addrinfo *hints)
{
	struct evutil_addrinfo none;
	struct evutil_addrinfo *list = &none;
	int error = evutil_getaddrinfo(node, service, hints, &list);

	say_question(node, service, hints);
	printf(
	    "  = %d, %s%s\n", error, evutil_gai_strerror(error), list == &none ? "" : ", a list");
	if (error == 0) {
		show(list);
		evutil_freeaddrinfo(list);
	}
}

static void
nothing_given(void)
{
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6, 77};
	static const int flags[] = {0, EVUTIL_AI_PASSIVE, EVUTIL_AI_CANONNAME,
	    EVUTIL_AI_NUMERICHOST, EVUTIL_AI_ADDRCONFIG, EVUTIL_AI_PASSIVE | EVUTIL_AI_ADDRCONFIG};

	look_up(NULL, NULL, NULL);
	look_up("1.2.3.4", NULL, NULL);
	look_up("1.2.3.4", "80", NULL);
	look_up(NULL, "80", NULL);
	look_up(NULL, "http", NULL);
	look_up("::1", "domain", NULL);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++) {
			with(NULL, NULL, flags[k], families[i], 0, 0);
			with(NULL, "80", flags[k], families[i], SOCK_STREAM, 0);
			with("1.2.3.4", NULL, flags[k], families[i], SOCK_DGRAM, 0);
		}
	}
}

static void
names_of_this_machine(void)
{
	with("localhost", "80", 0, AF_INET, SOCK_STREAM, 0);
	with("localhost", "http", EVUTIL_AI_CANONNAME, AF_INET, SOCK_STREAM, 0);
	with("localhost", NULL, EVUTIL_AI_ADDRCONFIG, AF_INET, SOCK_STREAM, 0);
}

static void
texts_of_errors(void)
{
	static const int own[] = {EVUTIL_EAI_ADDRFAMILY, EVUTIL_EAI_AGAIN, EVUTIL_EAI_BADFLAGS,
	    EVUTIL_EAI_FAIL, EVUTIL_EAI_FAMILY, EVUTIL_EAI_MEMORY, EVUTIL_EAI_NODATA,
	    EVUTIL_EAI_NONAME, EVUTIL_EAI_SERVICE, EVUTIL_EAI_SOCKTYPE, EVUTIL_EAI_SYSTEM,
	    EVUTIL_EAI_CANCEL};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		printf("%d: %s\n", own[i], evutil_gai_strerror(own[i]));
	for (int i = -120; i <= 20; i++)
		printf("%d: %s\n", i, evutil_gai_strerror(i));
	for (int i = -915; i <= -895; i++)
		printf("%d: %s\n", i, evutil_gai_strerror(i));
}

int
main(void)
{
	static const char *const service_names[] = {"http", "www", "HTTP", "domain", "tftp",
	    "no-such-service", "0", "1", "65535", "65536", "-1", "+80", " 80", "80 ", "80x", "0x50",
	    "080", "", "4294967376"};
	static const int types[] = {0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW};
	static const char *const node_names[] = {"1.2.3.4", "01.2.3.4", "1.2.3", "127.1", "0x7f.1",
	    "1.2.3.4 ", "256.1.1.1", "::1", "::", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "fe80::1%lo",
	    "fe80::1%1", "fe80::1%no-such-if", "::g", "localhost", "", "0", "4294967296"};
	static const int flags[] = {0, EVUTIL_AI_PASSIVE, EVUTIL_AI_CANONNAME, EVUTIL_AI_V4MAPPED,
	    EVUTIL_AI_V4MAPPED | EVUTIL_AI_ALL, EVUTIL_AI_ADDRCONFIG, 0x8000000};

	kinds_of_sockets();
	services(service_names, KIT_COUNT(service_names), types, KIT_COUNT(types));
	nodes(node_names, KIT_COUNT(node_names), flags, KIT_COUNT(flags), true);
	nothing_given();
	names_of_this_machine();
	texts_of_errors();
	return 0;
}
