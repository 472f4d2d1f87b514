/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions about names and services that need no name server, for evutil_getaddrinfo and for
 * evdns_getaddrinfo.  A program says by look_up how it asks them.
 */
#ifndef DIFFERENTIAL_ADDRINFO_KIT_H
#define DIFFERENTIAL_ADDRINFO_KIT_H

#include <netdb.h>
#include <netinet/in.h>

#include "kit.h"

#define KIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The program's own. */
static void look_up(const char *node, const char *service, const struct evutil_addrinfo *hints);

/* Not by say: the transcript is longer than that allows. */
static void
say_question(const char *node, const char *service, const struct evutil_addrinfo *hints)
{
	if (hints)
		printf("%s %s, flags %x, family %d, type %d, protocol %d\n", node ? node : "-",
		    service ? service : "-", (unsigned)hints->ai_flags, hints->ai_family,
		    hints->ai_socktype, hints->ai_protocol);
	else
		printf("%s %s, no hints\n", node ? node : "-", service ? service : "-");
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

	for (size_t i = 0; i < KIT_COUNT(types); i++)
		for (size_t k = 0; k < KIT_COUNT(protocols); k++)
			with("1.2.3.4", "80", 0, AF_UNSPEC, types[i], protocols[k]);
}

static void
services(const char *const *names, size_t count, const int *types, size_t type_count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < type_count; k++) {
			with("1.2.3.4", names[i], 0, AF_INET, types[k], 0);
			with("1.2.3.4", names[i], EVUTIL_AI_NUMERICSERV, AF_INET, types[k], 0);
			with(NULL, names[i], EVUTIL_AI_PASSIVE, AF_INET, types[k], 0);
		}
	}
}

/* Each flag beside EVUTIL_AI_NUMERICHOST; unless `all`, not each with each family. */
static void
nodes(const char *const *names, size_t count, const int *flags, size_t flag_count, bool all)
{
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX, 77};

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < KIT_COUNT(families); k++)
			for (size_t m = 0; m < flag_count; m++)
				if (all || i < 2 || k == 0 || m == 0)
					with(names[i], "80", EVUTIL_AI_NUMERICHOST | flags[m],
					    families[k], SOCK_STREAM, 0);
}

#endif
