/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/address_list.h"

#include <event2/util.h>
#include <netdb.h>
#include <string.h>

#include "base/private.h"

void
lvn_address_list_init(struct address_list *list)
{
	list->items = list->few;
	list->count = 0;
	list->capacity = LVN_ADDRESS_LIST_SHORT;
	list->is_short_of_memory = false;
}

void
lvn_address_list_clear(struct address_list *list)
{
	if (list->items != list->few)
		lvn_free(list->items);
	lvn_address_list_init(list);
}

static bool
grow(struct address_list *list)
{
	size_t capacity = list->capacity * 2;
	bool is_short = list->items == list->few;
	union inet_sockaddr *items =
	    lvn_realloc(is_short ? NULL : list->items, capacity * sizeof(*items));

	if (!items)
		return false;
	if (is_short)
		memcpy(items, list->few, sizeof(list->few));
	list->items = items;
	list->capacity = capacity;
	return true;
}

void
lvn_address_list_add(struct address_list *list, const union inet_sockaddr *address)
{
	if (list->count == list->capacity && !grow(list))
		list->is_short_of_memory = true;
	else
		list->items[list->count++] = *address;
}

void
lvn_address_list_add_bytes(
    struct address_list *list, int family, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		union inet_sockaddr address;

		memset(&address, 0, sizeof(address));
		address.any.sa_family = (sa_family_t)family;
		if (family == AF_INET)
			memcpy(&address.v4.sin_addr, bytes + 4 * i, 4);
		else
			memcpy(&address.v6.sin6_addr, bytes + 16 * i, 16);
		lvn_address_list_add(list, &address);
	}
}

/* ---- The list of getaddrinfo ---------------------------------------------------------- */

/* Puts one entry in front of the list.  False when memory is short. */
static bool
put(struct addrinfo **list, const union inet_sockaddr *address, int socket_type, int protocol)
{
	struct addrinfo hints = {.ai_socktype = socket_type, .ai_protocol = protocol};
	struct addrinfo *one;

	if (protocol == 0 && socket_type == SOCK_STREAM)
		hints.ai_protocol = IPPROTO_TCP;
	if (protocol == 0 && socket_type == SOCK_DGRAM)
		hints.ai_protocol = IPPROTO_UDP;
	one = lvn_addrinfo_new(&address->any,
	    address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6), &hints);
	if (!one)
		return false;
	*list = lvn_addrinfo_join(one, *list);
	return true;
}

/* What is known of the socket follows from its protocol and the reverse. */
static bool
put_all_types(
    struct addrinfo **list, const union inet_sockaddr *item, const struct address_list_form *form)
{
	union inet_sockaddr copy = *item;
	union inet_sockaddr *address = &copy;

	if (address->any.sa_family == AF_INET)
		address->v4.sin_port = htons(form->port);
	else
		address->v6.sin6_port = htons(form->port);
	if (form->socket_type != 0)
		return put(list, address, form->socket_type, form->protocol);
	switch (form->protocol) {
	case IPPROTO_TCP:
		return put(list, address, SOCK_STREAM, IPPROTO_TCP);
	case IPPROTO_UDP:
		return put(list, address, SOCK_DGRAM, IPPROTO_UDP);
	case 0:
		return put(list, address, SOCK_DGRAM, IPPROTO_UDP) &&
		       put(list, address, SOCK_STREAM, IPPROTO_TCP);
	default:
		return put(list, address, 0, form->protocol);
	}
}

int
lvn_address_list_make(const struct address_list *list, const struct address_list_form *form,
    struct addrinfo **info_out)
{
	struct addrinfo *info = NULL;
	bool is_whole = !list->is_short_of_memory;

	for (size_t i = list->count; i-- > 0 && is_whole;)
		is_whole = put_all_types(&info, &list->items[i], form);
	if (is_whole && info && form->canonical)
		is_whole = lvn_addrinfo_set_canonical_name(info, form->canonical) == 0;
	if (!is_whole) {
		if (info)
			evutil_freeaddrinfo(info);
		return EVUTIL_EAI_MEMORY;
	}
	*info_out = info;
	return 0;
}
