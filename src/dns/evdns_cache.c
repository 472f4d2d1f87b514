/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cache of a resolver in the hands of programs: public functions of libevent 2.2.
 */
#include <event2/dns.h>
#include <event2/util.h>
#include <netdb.h>
#include <string.h>

#include "base/private.h"
#include "base/sockaddr.h"
#include "dns/address_list.h"
#include "dns/address_sort.h"
#include "dns/dns_addrinfo.h"
#include "dns/dns_answer.h"
#include "dns/dns_base.h"
#include "dns/dns_cache.h"
#include "dns/dns_message.h"

/* Bytes of the addresses of one family, one after the other. */
struct family_bytes {
	uint16_t type;
	int family;
	size_t size;
	size_t offset; /* in a socket address */
	uint8_t *bytes;
	size_t count;
};

/* ---- Writing -------------------------------------------------------------------------- */

/* False when memory is short. */
static bool
collect(struct family_bytes *all, const struct evutil_addrinfo *list)
{
	size_t count = 0;

	for (const struct evutil_addrinfo *at = list; at; at = at->ai_next)
		count += at->ai_family == all->family;
	if (count == 0)
		return true;
	all->bytes = lvn_calloc(count, all->size);
	if (!all->bytes)
		return false;
	for (const struct evutil_addrinfo *at = list; at; at = at->ai_next) {
		const uint8_t *address = (const uint8_t *)at->ai_addr + all->offset;
		size_t i = 0;

		if (at->ai_family != all->family)
			continue;
		/* The list has an address once for each type of socket. */
		while (
		    i < all->count && memcmp(all->bytes + i * all->size, address, all->size) != 0)
			i++;
		if (i == all->count)
			memcpy(all->bytes + all->size * all->count++, address, all->size);
	}
	return true;
}

static void
write_family(struct evdns_base *base, const struct dns_name *name, const struct family_bytes *all,
    const struct dns_name *canonical, uint32_t ttl)
{
	struct dns_question question = {
	    .name = *name, .type = all->type, .dns_class = DNS_CLASS_IN};
	struct dns_answer *answer;

	if (all->count == 0)
		return;
	answer = lvn_dns_answer_of_addresses(all->type, ttl, all->bytes, all->count, canonical);
	if (!answer)
		return;
	(void)lvn_dns_cache_put(base->cache, &question, answer, lvn_dns_base_now_ns(base));
	lvn_dns_answer_unref(answer);
}

void
evdns_cache_write(struct evdns_base *dns_base, char *nodename, struct evutil_addrinfo *res, int ttl)
{
	struct family_bytes families[] = {
	    {.type = DNS_TYPE_A,
		.family = AF_INET,
		.size = 4,
		.offset = offsetof(struct sockaddr_in, sin_addr)},
	    {.type = DNS_TYPE_AAAA,
		.family = AF_INET6,
		.size = 16,
		.offset = offsetof(struct sockaddr_in6, sin6_addr)},
	};
	struct dns_name name, canonical;
	bool has_canonical;

	if (!dns_base || !nodename || !res) {
		lvn_log_misuse(__func__, "no resolver, name or addresses");
		return;
	}
	if (ttl <= 0 || lvn_dns_name_parse(nodename, strlen(nodename), &name) < 0)
		return;
	has_canonical = res->ai_canonname && lvn_dns_name_parse(res->ai_canonname,
						 strlen(res->ai_canonname), &canonical) == 0;
	for (size_t i = 0; i < 2; i++) {
		lvn_private_lock_acquire(dns_base->lock);
		if (dns_base->cache && collect(&families[i], res))
			write_family(dns_base, &name, &families[i],
			    has_canonical ? &canonical : NULL, (uint32_t)ttl);
		lvn_private_lock_release(dns_base->lock);
		lvn_free(families[i].bytes);
	}
}

/* ---- Reading -------------------------------------------------------------------------- */

static void
read_type(struct evdns_base *base, const struct dns_name *name, uint16_t type,
    struct address_list *list, struct dns_name *canonical)
{
	bool is_known = lvn_dns_addrinfo_add_cached_locked(base, name, type, list, canonical);

	if (base->cache)
		lvn_dns_cache_count(base->cache, is_known);
}

static void
read_addresses(struct evdns_base *base, const struct dns_name *name, int family,
    struct address_list *list, struct dns_name *canonical)
{
	lvn_private_lock_acquire(base->lock);
	if (family != AF_INET6)
		read_type(base, name, DNS_TYPE_A, list, canonical);
	if (family != AF_INET)
		read_type(base, name, DNS_TYPE_AAAA, list, canonical);
	lvn_private_lock_release(base->lock);
	if (list->count > 1)
		lvn_address_sort(base->world, list->items, list->count);
}

int
evdns_cache_lookup(struct evdns_base *base, const char *nodename, struct evutil_addrinfo *hints,
    ev_uint16_t port, struct evutil_addrinfo **res)
{
	struct address_list_form form = {.port = port};
	char text[LVN_DNS_NAME_TEXT_CAPACITY];
	int family = hints ? hints->ai_family : AF_UNSPEC;
	struct dns_name name, canonical;
	struct address_list list;
	int error = EVUTIL_EAI_NONAME;

	if (!base || !nodename || !res) {
		lvn_log_misuse(__func__, "no resolver, name or place for the result");
		return EVUTIL_EAI_FAIL;
	}
	if (lvn_dns_name_parse(nodename, strlen(nodename), &name) < 0)
		return EVUTIL_EAI_NONAME;
	canonical = name;
	lvn_address_list_init(&list);
	read_addresses(base, &name, family, &list, &canonical);
	if (hints) {
		form.socket_type = hints->ai_socktype;
		form.protocol = hints->ai_protocol;
	}
	if (hints && hints->ai_flags & EVUTIL_AI_CANONNAME) {
		lvn_dns_name_print(&canonical, text);
		form.canonical = text;
	}
	if (list.count > 0 || list.is_short_of_memory)
		error = lvn_address_list_make(&list, &form, res);
	lvn_address_list_clear(&list);
	return error;
}
