/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections by accept, from a descriptor that was reported readable.
 */
#include "net/accept_io.h"

#include <errno.h>

#include "base/io.h"

/*
 * The connection's own troubles, which accept reports in its place.  EPERM is a packet
 * filter's refusal.
 */
static const int troubles_of_connection[] = {
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
	for (size_t i = 0; i < LVN_COUNT_OF(troubles_of_connection); i++) {
		if (error == troubles_of_connection[i])
			return ACCEPT_LOST;
	}
	return ACCEPT_FAILED;
}

enum accept_outcome
lvn_accept_readiness_take(int listening, unsigned how, struct accepted *accepted_out)
{
	unsigned size = sizeof(accepted_out->address);
	int fd = lvn_io_accept_as(listening, &accepted_out->address.any, &size, how);

	if (fd < 0) {
		accepted_out->error = errno;
		return outcome_of(errno);
	}
	/* The kernel tells how long the address was, also if there had been no room for it. */
	if (size > sizeof(accepted_out->address))
		size = sizeof(accepted_out->address);
	/* A name without its zero ends all the same; one that is missing is empty. */
	else if (size < sizeof(accepted_out->address))
		((char *)&accepted_out->address)[size] = '\0';
	accepted_out->fd = fd;
	accepted_out->address_size = (int)size;
	return ACCEPT_CAME;
}
