/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A socket that is bound and ready to listen.
 */
#ifndef LVN_NET_LISTEN_SOCKET_H
#define LVN_NET_LISTEN_SOCKET_H

struct sockaddr;

/* `flags` are LEV_OPT_ bits.  Returns the descriptor, which does not block, or -errno. */
int lvn_listen_socket_open(const struct sockaddr *address, int address_size, unsigned flags);

#endif
