/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/sockaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/inet.h"
#include "base/inet_scope.h"
#include "base/number.h"

/* Of a host that is followed by something, with its zero byte. */
#define HOST_CAPACITY 128

/* What stands where in the text. */
struct parts {
	char host[HOST_CAPACITY];
	const char *address; /* the host, or the text itself when it is nothing else */
	const char *port;    /* NULL if there is none */
	int family;
};

static int
copy_host(struct parts *parts, const char *start, size_t length)
{
	if (length >= HOST_CAPACITY)
		return -EINVAL;
	memcpy(parts->host, start, length);
	parts->host[length] = '\0';
	parts->address = parts->host;
	return 0;
}

static int
split_brackets(const char *text, struct parts *parts)
{
	const char *host = text + 1;
	const char *bracket = strchr(host, ']');

	if (!bracket)
		return -EINVAL;
	parts->family = AF_INET6;
	parts->port = bracket[1] == ':' ? bracket + 2 : NULL;
	return copy_host(parts, host, (size_t)(bracket - host));
}

static int
split(const char *text, struct parts *parts)
{
	const char *colon = strchr(text, ':');

	if (*text == '[')
		return split_brackets(text, parts);
	parts->address = text;
	parts->port = NULL;
	parts->family = AF_INET;
	if (!colon)
		return 0;
	if (strchr(colon + 1, ':')) {
		parts->family = AF_INET6;
		return 0;
	}
	parts->port = colon + 1;
	return copy_host(parts, text, (size_t)(colon - text));
}

static int
read_port(const char *text, in_port_t *port_out)
{
	const char *end = text + strlen(text);
	struct loose_number number;
	uint32_t port;

	if (!lvn_number_read_loose(text, end, &number) || number.magnitude > INT64_MAX)
		return -EINVAL;
	port = lvn_number_low_32(&number);
	if (port == 0 || port > UINT16_MAX)
		return -EINVAL;
	*port_out = htons((uint16_t)port);
	return 0;
}

static int
read_v4(const char *text, in_port_t port, union inet_sockaddr *address_out)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = port};
	uint8_t bytes[LVN_INET4_SIZE];

	if (!lvn_inet_read_4(text, text + strlen(text), bytes))
		return -EINVAL;
	memcpy(&address.sin_addr, bytes, sizeof(bytes));
	address_out->v4 = address;
	return sizeof(address);
}

static int
read_v6(const char *text, in_port_t port, union inet_sockaddr *address_out)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = port};
	uint8_t bytes[LVN_INET6_SIZE];
	unsigned scope;

	if (!lvn_inet_scope_read_6(text, bytes, &scope))
		return -EINVAL;
	memcpy(&address.sin6_addr, bytes, sizeof(bytes));
	address.sin6_scope_id = scope;
	address_out->v6 = address;
	return sizeof(address);
}

int
lvn_sockaddr_read(const char *text, union inet_sockaddr *address_out)
{
	struct parts parts;
	in_port_t port = 0;

	if (split(text, &parts) < 0)
		return -EINVAL;
	if (parts.port && read_port(parts.port, &port) < 0)
		return -EINVAL;
	if (parts.family == AF_INET6)
		return read_v6(parts.address, port, address_out);
	return read_v4(parts.address, port, address_out);
}

static int
compare_v4(const struct sockaddr_in *left, const struct sockaddr_in *right, bool with_port)
{
	if (left->sin_addr.s_addr != right->sin_addr.s_addr)
		return left->sin_addr.s_addr < right->sin_addr.s_addr ? -1 : 1;
	return with_port ? (int)left->sin_port - (int)right->sin_port : 0;
}

static int
compare_v6(const struct sockaddr_in6 *left, const struct sockaddr_in6 *right, bool with_port)
{
	int order = memcmp(&left->sin6_addr, &right->sin6_addr, sizeof(left->sin6_addr));

	if (order != 0)
		return order;
	return with_port ? (int)left->sin6_port - (int)right->sin6_port : 0;
}

int
lvn_sockaddr_compare(const struct sockaddr *left, const struct sockaddr *right, bool with_port)
{
	const void *a = left;
	const void *b = right;

	if (left->sa_family != right->sa_family)
		return (int)left->sa_family - (int)right->sa_family;
	if (left->sa_family == AF_INET)
		return compare_v4(a, b, with_port);
	if (left->sa_family == AF_INET6)
		return compare_v6(a, b, with_port);
	return 1;
}
