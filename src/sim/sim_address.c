/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_address.h"

#include <errno.h>
#include <event2/util.h>
#include <stddef.h>
#include <string.h>

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

static int
set_v4(struct sim_address *address, const struct sockaddr *given)
{
	struct sockaddr_in v4;

	memcpy(&v4, given, sizeof(v4));
	address->v4.sin_family = AF_INET;
	address->v4.sin_port = v4.sin_port;
	address->v4.sin_addr = v4.sin_addr;
	address->size = sizeof(v4);
	return 0;
}

static int
set_v6(struct sim_address *address, const struct sockaddr *given)
{
	struct sockaddr_in6 v6;

	memcpy(&v6, given, sizeof(v6));
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = v6.sin6_port;
	address->v6.sin6_addr = v6.sin6_addr;
	address->size = sizeof(v6);
	return 0;
}

static int
set_local(struct sim_address *address, const struct sockaddr *given, unsigned size)
{
	memcpy(&address->local, given, size);
	address->size = size;
	/* A path ends with its zero byte, as in Linux; an abstract name begins with one. */
	if (size > PATH_OFFSET && address->local.sun_path[0] != '\0') {
		size =
		    (unsigned)(PATH_OFFSET + strnlen(address->local.sun_path, size - PATH_OFFSET));
		address->size = size < sizeof(address->local) ? size + 1 : size;
	}
	memset((char *)&address->local + size, 0, sizeof(address->local) - size);
	return 0;
}

int
lvn_sim_address_set(struct sim_address *address, const struct sockaddr *given, unsigned given_size)
{
	memset(address, 0, sizeof(*address));
	if (given_size < sizeof(sa_family_t))
		return -EINVAL;
	switch (given->sa_family) {
	case AF_INET:
		return given_size < sizeof(struct sockaddr_in) ? -EINVAL : set_v4(address, given);
	case AF_INET6:
		return given_size < sizeof(struct sockaddr_in6) ? -EINVAL : set_v6(address, given);
	case AF_UNIX:
		if (given_size > sizeof(address->local))
			return -EINVAL;
		return set_local(address, given, given_size);
	default:
		return -EAFNOSUPPORT;
	}
}

void
lvn_sim_address_get(const struct sim_address *address, struct sockaddr *out, unsigned *size)
{
	memcpy(out, &address->any, *size < address->size ? *size : address->size);
	*size = address->size;
}

int
lvn_sim_address_read(struct sim_address *address, const char *text)
{
	struct sockaddr_storage parsed;
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	int size = sizeof(parsed);
	size_t length = strlen(text);

	if (text[0] != '/') {
		if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&parsed, &size) < 0)
			return -EINVAL;
		return lvn_sim_address_set(address, (struct sockaddr *)&parsed, (unsigned)size);
	}
	if (length >= sizeof(local.sun_path))
		return -EINVAL;
	memcpy(local.sun_path, text, length);
	return lvn_sim_address_set(address, (struct sockaddr *)&local, sizeof(local));
}

struct sim_address
lvn_sim_address_wildcard(int family, int port)
{
	struct sim_address address = {.size = 0};

	address.any.sa_family = (sa_family_t)family;
	address.size = family == AF_INET ? sizeof(address.v4) : sizeof(address.v6);
	lvn_sim_address_set_port(&address, port);
	return address;
}

struct sim_address
lvn_sim_address_loopback(int family, int port)
{
	struct sim_address address = lvn_sim_address_wildcard(family, port);

	if (family == AF_INET)
		address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		address.v6.sin6_addr = in6addr_loopback;
	return address;
}

static in_port_t *
port_in(struct sim_address *address)
{
	if (address->any.sa_family == AF_INET)
		return &address->v4.sin_port;
	return address->any.sa_family == AF_INET6 ? &address->v6.sin6_port : NULL;
}

int
lvn_sim_address_port(const struct sim_address *address)
{
	struct sim_address copy = *address;
	in_port_t *port = port_in(&copy);

	return port ? ntohs(*port) : 0;
}

void
lvn_sim_address_set_port(struct sim_address *address, int port)
{
	in_port_t *at = port_in(address);

	if (at)
		*at = htons((uint16_t)port);
}

bool
lvn_sim_address_is_wildcard(const struct sim_address *address)
{
	struct sim_address wildcard;

	if (address->any.sa_family == AF_UNIX || address->size == 0)
		return false;
	wildcard = lvn_sim_address_wildcard(address->any.sa_family, 0);
	return lvn_sim_address_is_same_host(address, &wildcard);
}

bool
lvn_sim_address_equals(const struct sim_address *a, const struct sim_address *b)
{
	return a->size == b->size && memcmp(&a->local, &b->local, sizeof(a->local)) == 0;
}

bool
lvn_sim_address_is_same_host(const struct sim_address *a, const struct sim_address *b)
{
	struct sim_address copy = *a;

	lvn_sim_address_set_port(&copy, lvn_sim_address_port(b));
	return lvn_sim_address_equals(&copy, b);
}

struct sim_address
lvn_sim_address_mapped(const struct sim_address *address)
{
	struct sim_address mapped;
	uint8_t *bytes;

	if (address->any.sa_family != AF_INET)
		return *address;
	mapped = lvn_sim_address_wildcard(AF_INET6, lvn_sim_address_port(address));
	bytes = mapped.v6.sin6_addr.s6_addr;
	memcpy(bytes, mapped_prefix, sizeof(mapped_prefix));
	memcpy(bytes + sizeof(mapped_prefix), &address->v4.sin_addr, 4);
	return mapped;
}

struct sim_address
lvn_sim_address_unmapped(const struct sim_address *address)
{
	const uint8_t *bytes = address->v6.sin6_addr.s6_addr;
	struct sim_address plain;

	if (address->any.sa_family != AF_INET6 ||
	    memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) != 0)
		return *address;
	plain = lvn_sim_address_wildcard(AF_INET, lvn_sim_address_port(address));
	memcpy(&plain.v4.sin_addr, bytes + sizeof(mapped_prefix), 4);
	return plain;
}
