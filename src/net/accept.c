/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/accept.h"

#include <errno.h>

#include "base/io.h"

/* Errors of the connection, not of the listening socket.  EPERM comes from packet filters. */
static const int connection_errors[] = {
    ECONNABORTED,
    EINTR,
    EPROTO,
    EPERM,
    ENETDOWN,
    ENETUNREACH,
    EHOSTUNREACH,
    ENOPROTOOPT,
#ifdef EHOSTDOWN
    EHOSTDOWN,
#endif
#ifdef ENONET
    ENONET,
#endif
};

static enum accept_outcome
outcome_of(int error)
{
#if EAGAIN != EWOULDBLOCK
	if (error == EWOULDBLOCK)
		return ACCEPT_NONE;
#endif
	if (error == EAGAIN)
		return ACCEPT_NONE;
	for (size_t i = 0; i < LVN_COUNT_OF(connection_errors); i++) {
		if (error == connection_errors[i])
			return ACCEPT_LOST;
	}
	return ACCEPT_FAILED;
}

enum accept_outcome
lvn_accept(int listening, unsigned how, struct accepted *accepted_out)
{
	unsigned size = sizeof(accepted_out->address);
	int fd = lvn_io_accept(listening, &accepted_out->address.any, &size, how);

	if (fd < 0) {
		accepted_out->error = errno;
		return outcome_of(errno);
	}
	/* The kernel returns the full length of the address, also if it was cut off. */
	if (size > sizeof(accepted_out->address))
		size = sizeof(accepted_out->address);
	/* The path of a Unix socket may come without a zero byte, or not at all. */
	else if (size < sizeof(accepted_out->address))
		((char *)&accepted_out->address)[size] = '\0';
	accepted_out->fd = fd;
	accepted_out->address_size = (int)size;
	return ACCEPT_CONNECTION;
}
