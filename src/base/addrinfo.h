/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of addresses: those that the C library's resolver makes, and our own of the
 * same shape.  All of a list is one or the other, so that its owner is known.
 */
#ifndef LVN_BASE_ADDRINFO_H
#define LVN_BASE_ADDRINFO_H

#include <netdb.h>
#include <sys/socket.h>

#include "base/compiler.h"

/*
 * Looks a name up, blocking.  Hints may be NULL, which means no flags.  Returns 0 or an EAI_ number; the list is the C library's.
 */
int lvn_addrinfo_look_up(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **list_out);

/*
 * A list of one address of our own, with the socket type, the protocol and the flags
 * of the hints.  NULL when memory is short.
 */
LVN_EXPORT LVN_NODISCARD struct addrinfo *lvn_addrinfo_new(
    const struct sockaddr *address, socklen_t size, const struct addrinfo *hints);

/* The first list with the second behind it; both are our own, either may be NULL. */
LVN_EXPORT LVN_NODISCARD struct addrinfo *lvn_addrinfo_join(
    struct addrinfo *first, struct addrinfo *second);

/* Gives the list's first address a canonical name.  Returns 0 or -ENOMEM. */
LVN_EXPORT int lvn_addrinfo_set_canonical_name(struct addrinfo *list, const char *name);

/* Accepts NULL and lists of both kinds. */
LVN_EXPORT void lvn_addrinfo_free(struct addrinfo *list);

#endif
