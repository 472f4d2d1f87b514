/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/addrinfo.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

/* In ai_flags of an address of our own; no resolver's flag has this value. */
#define IS_OUR_OWN 0x40000000

/* The address itself lies behind it. */
struct own_addrinfo {
	struct addrinfo info;
	struct sockaddr_storage address;
};

int
lvn_addrinfo_look_up(
    const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list_out)
{
	/* Without hints the C library would assume AI_V4MAPPED and AI_ADDRCONFIG. */
	static const struct addrinfo no_flags = {.ai_family = AF_UNSPEC};

	return getaddrinfo(node, service, hints ? hints : &no_flags, list_out);
}

struct addrinfo *
lvn_addrinfo_new(const struct sockaddr *address, socklen_t size, const struct addrinfo *hints)
{
	struct own_addrinfo *own;

	if (size > sizeof(own->address))
		return NULL;
	own = lvn_calloc(1, sizeof(*own));
	if (!own)
		return NULL;
	memcpy(&own->address, address, size);
	own->info = (struct addrinfo){
	    .ai_flags = hints->ai_flags | IS_OUR_OWN,
	    .ai_family = address->sa_family,
	    .ai_socktype = hints->ai_socktype,
	    .ai_protocol = hints->ai_protocol,
	    .ai_addrlen = size,
	    .ai_addr = (struct sockaddr *)(void *)&own->address,
	};
	return &own->info;
}

struct addrinfo *
lvn_addrinfo_join(struct addrinfo *first, struct addrinfo *second)
{
	struct addrinfo *last = first;

	if (!first)
		return second;
	while (last->ai_next)
		last = last->ai_next;
	last->ai_next = second;
	return first;
}

int
lvn_addrinfo_set_canonical_name(struct addrinfo *list, const char *name)
{
	char *copy = lvn_strdup(name);

	if (!copy)
		return -ENOMEM;
	lvn_free(list->ai_canonname);
	list->ai_canonname = copy;
	return 0;
}

void
lvn_addrinfo_free(struct addrinfo *list)
{
	if (!list)
		return;
	if (!(list->ai_flags & IS_OUR_OWN)) {
		freeaddrinfo(list);
		return;
	}
	while (list) {
		struct addrinfo *next = list->ai_next;

		lvn_free(list->ai_canonname);
		lvn_free(container_of(list, struct own_addrinfo, info));
		list = next;
	}
}
