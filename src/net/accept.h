/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accepting one connection from a listening descriptor.  The caller decides what the outcome
 * means for the listener.
 */
#ifndef LVN_NET_ACCEPT_H
#define LVN_NET_ACCEPT_H

#include <sys/socket.h>

/* Holds every address: that of a Unix socket may be a byte longer than its struct. */
union accepted_address {
	struct sockaddr any;
	struct sockaddr_storage storage;
};

enum accept_outcome {
	ACCEPT_CONNECTION, /* a new descriptor */
	ACCEPT_LOST,       /* the connection ended before it was accepted; the next may be fine */
	ACCEPT_NONE,       /* no connection is waiting */
	ACCEPT_FAILED,     /* the next attempt will fail as well; `error` is errno */
};

struct accepted {
	int fd;
	int error;
	int address_size;
	union accepted_address address;
};

/* `how` are IO_ bits. */
enum accept_outcome lvn_accept(int listening, unsigned how, struct accepted *accepted_out);

#endif
