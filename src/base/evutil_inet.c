/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: Internet addresses and socket addresses, from and to text.
 */
#include <event2/util.h>

#include <string.h>
#include <sys/socket.h>

#include "base/inet.h"
#include "base/inet_scope.h"
#include "base/sockaddr.h"

int
evutil_inet_pton(int af, const char *src, void *dst)
{
	const char *end = src + strlen(src);

	if (af == AF_INET)
		return lvn_inet_read_4(src, end, dst);
	if (af == AF_INET6)
		return lvn_inet_read_6(src, end, dst);
	return -1;
}

int
evutil_inet_pton_scope(int af, const char *src, void *dst, unsigned *indexp)
{
	if (af == AF_INET6)
		return lvn_inet_scope_read_6(src, dst, indexp);
	*indexp = 0;
	return evutil_inet_pton(af, src, dst);
}

/* A dotted address that does not fit leaves its beginning in dst, as it always has. */
static const char *
write_v4(const void *src, char *dst, size_t len)
{
	char text[LVN_INET4_TEXT_CAPACITY];
	size_t length = lvn_inet_write_4(src, text);

	if (len == 0)
		return NULL;
	if (length >= len)
		length = len - 1;
	memcpy(dst, text, length);
	dst[length] = '\0';
	return text[length] == '\0' ? dst : NULL;
}

static const char *
write_v6(const void *src, char *dst, size_t len)
{
	char text[LVN_INET6_TEXT_CAPACITY];
	size_t length = lvn_inet_write_6(src, text);

	if (length >= len)
		return NULL;
	memcpy(dst, text, length + 1);
	return dst;
}

const char *
evutil_inet_ntop(int af, const void *src, char *dst, size_t len)
{
	if (af == AF_INET)
		return write_v4(src, dst, len);
	if (af == AF_INET6)
		return write_v6(src, dst, len);
	return NULL;
}

int
evutil_parse_sockaddr_port(const char *str, struct sockaddr *out, int *outlen)
{
	union inet_sockaddr address;
	int size = lvn_sockaddr_read(str, &address);

	if (size < 0 || size > *outlen)
		return -1;
	memset(out, 0, (size_t)*outlen);
	memcpy(out, &address, (size_t)size);
	*outlen = size;
	return 0;
}

int
evutil_sockaddr_cmp(const struct sockaddr *sa1, const struct sockaddr *sa2, int include_port)
{
	return lvn_sockaddr_compare(sa1, sa2, include_port != 0);
}
