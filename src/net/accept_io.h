/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking one connection from a listening descriptor.  What to do about the outcome is the
 * caller's business.
 */
#ifndef LVN_NET_ACCEPT_IO_H
#define LVN_NET_ACCEPT_IO_H

#include <sys/socket.h>

/* Room for every address: that of a Unix socket may have a byte more than its struct. */
union accepted_address {
	struct sockaddr any;
	struct sockaddr_storage storage;
};

enum accept_outcome {
	ACCEPT_CAME,   /* a connection */
	ACCEPT_LOST,   /* one that was over before it was taken: the next may be better */
	ACCEPT_NONE,   /* nobody waits */
	ACCEPT_FAILED, /* and will again: `error` says why */
};

struct accepted {
	int fd;
	int error;
	int address_size;
	union accepted_address address;
};

/* `how` are IO_ACCEPT_ bits. */
enum accept_outcome lvn_accept_readiness_take(
    int listening, unsigned how, struct accepted *accepted_out);

#endif
