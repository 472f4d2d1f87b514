/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: socket addresses.
 */
#include <event2/util.h>

#include <string.h>

#include "base/sockaddr.h"

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
