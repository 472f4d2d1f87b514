/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Socket addresses of the Internet families: from text, and compared.
 */
#ifndef LVN_BASE_SOCKADDR_H
#define LVN_BASE_SOCKADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

union inet_sockaddr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/*
 * Reads "1.2.3.4", "1.2.3.4:80", "::1", "[::1]" or "[::1]:80", with a scope after an
 * IPv6 address if need be.  The port must be 1 to 65535 where it stands, else it is
 * 0; what follows its digits is not looked at.  Returns the size of the address, or
 * -EINVAL.
 */
int lvn_sockaddr_read(const char *text, union inet_sockaddr *address_out);

/*
 * Negative, 0 or positive: by family, then address as it lies in memory, then port
 * if asked for.  Addresses of other families are never equal.
 */
int lvn_sockaddr_compare(const struct sockaddr *left, const struct sockaddr *right, bool with_port);

#endif
