/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses of a host on their way from answers and hosts files to the list of getaddrinfo.
 */
#ifndef LVN_DNS_ADDRESS_LIST_H
#define LVN_DNS_ADDRESS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sockaddr.h"

struct addrinfo;

/* So many need no memory. */
#define LVN_ADDRESS_LIST_SHORT 8

/*
 * Invariants:
 *   1. items are in `few` or in a block of memory, and `count` of them are used
 *   2. is_short_of_memory is set if one was not added for want of memory
 */
struct address_list {
	union inet_sockaddr few[LVN_ADDRESS_LIST_SHORT];
	union inet_sockaddr *items;
	size_t count;
	size_t capacity;
	bool is_short_of_memory;
};

void lvn_address_list_init(struct address_list *list);
void lvn_address_list_clear(struct address_list *list);

void lvn_address_list_add(struct address_list *list, const union inet_sockaddr *address);
/* `count` addresses of 4 or 16 bytes, one after the other. */
void lvn_address_list_add_bytes(
    struct address_list *list, int family, const uint8_t *bytes, size_t count);

/* What getaddrinfo makes of addresses. */
struct address_list_form {
	uint16_t port;
	int socket_type; /* 0: one entry for streams and one for datagrams */
	int protocol;
	const char *canonical; /* NULL: not asked for */
};

/*
 * The list of getaddrinfo in the order of the addresses, which the caller frees with
 * evutil_freeaddrinfo.  Returns 0 or EVUTIL_EAI_MEMORY.
 */
int lvn_address_list_make(const struct address_list *list, const struct address_list_form *form,
    struct addrinfo **info_out);

#endif
