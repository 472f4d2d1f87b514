/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_addrinfo.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "base/private.h"
#include "base/sockaddr.h"
#include "dns/address_families.h"
#include "dns/address_list.h"
#include "dns/address_sort.h"
#include "dns/dns_answer.h"
#include "dns/dns_base.h"
#include "dns/dns_cache.h"
#include "dns/dns_config.h"
#include "dns/dns_host_files.h"
#include "dns/dns_log.h"
#include "dns/dns_name.h"
#include "dns/dns_request.h"
#include "dns/dns_search.h"

/* The addresses of this host change seldom. */
#define FAMILIES_LAST_NS INT64_C(10000000000)

/* What a call asks for. */
struct addrinfo_wish {
	unsigned families; /* ADDRESS_FAMILY_ bits */
	bool wants_canonical;
	struct address_list_form form;
};

struct evdns_getaddrinfo_request {
	struct dns_request request;
	struct dns_receiver receiver;
	struct addrinfo_wish wish;
};

static void
hand_over(const struct dns_receiver *receiver, int error, struct addrinfo *list, bool more)
{
	if (receiver->done)
		receiver->done(error, list, more, receiver->arg);
	else
		receiver->callback(error, list, receiver->arg);
}

/* ---- What is asked for ---------------------------------------------------------------- */

static bool
read_port(const char *digits, uint16_t *port_out)
{
	unsigned long port = 0;

	for (; *digits && port <= UINT16_MAX; digits++)
		port = port * 10 + (unsigned long)(*digits - '0');
	*port_out = (uint16_t)port;
	return port <= UINT16_MAX;
}

/* Names of services, and what else the C library takes for a number.  Does not ask a server. */
static bool
look_up_port(
    struct io_world *world, const char *service, const struct addrinfo *hints, uint16_t *port_out)
{
	struct addrinfo narrow = {
	    .ai_flags = hints->ai_flags & EVUTIL_AI_NUMERICSERV,
	    .ai_family = AF_INET,
	    .ai_socktype = hints->ai_socktype,
	    .ai_protocol = hints->ai_protocol,
	};
	union inet_sockaddr address;
	struct addrinfo *list;

	if (lvn_io_look_up(world, NULL, service, &narrow, &list) != 0)
		return false;
	memcpy(&address.v4, list->ai_addr, sizeof(address.v4));
	*port_out = ntohs(address.v4.sin_port);
	evutil_freeaddrinfo(list);
	return true;
}

static bool
find_port(
    struct io_world *world, const char *service, const struct addrinfo *hints, uint16_t *port_out)
{
	if (!service || *service == '\0')
		return !service;
	if (service[strspn(service, "0123456789")] == '\0')
		return read_port(service, port_out);
	return look_up_port(world, service, hints, port_out);
}

static unsigned
families_of_host(struct evdns_base *base)
{
	int64_t now_ns = lvn_dns_base_now_ns(base);
	unsigned families;

	lvn_private_lock_acquire(base->lock);
	if (now_ns >= base->families_end_ns) {
		base->families = lvn_address_families_find(base->world);
		base->families_end_ns = now_ns + FAMILIES_LAST_NS;
	}
	families = base->families;
	lvn_private_lock_release(base->lock);
	return families;
}

static int
read_wish(struct evdns_base *base, const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo_wish *wish)
{
	*wish = (struct addrinfo_wish){
	    .wants_canonical = hints->ai_flags & EVUTIL_AI_CANONNAME,
	    .form = {.socket_type = hints->ai_socktype, .protocol = hints->ai_protocol},
	};
	if (!node && !service)
		return EVUTIL_EAI_NONAME;
	switch (hints->ai_family) {
	case AF_INET:
		wish->families = ADDRESS_FAMILY_4;
		break;
	case AF_INET6:
		wish->families = ADDRESS_FAMILY_6;
		break;
	case AF_UNSPEC:
		wish->families = ADDRESS_FAMILY_ALL;
		break;
	default:
		return EVUTIL_EAI_FAMILY;
	}
	if (!find_port(base->world, service, hints, &wish->form.port))
		return EVUTIL_EAI_NONAME;
	return 0;
}

/* RFC 3493 6.1, for names: a number is what it is. */
static void
leave_out_families(
    struct evdns_base *base, const struct addrinfo *hints, struct addrinfo_wish *wish)
{
	if (hints->ai_family == AF_UNSPEC && hints->ai_flags & EVUTIL_AI_ADDRCONFIG)
		wish->families &= families_of_host(base);
}

/* ---- Addresses that no server is asked for -------------------------------------------- */

/* This host: what clients connect to, or servers bind to. */
static void
add_own_addresses(struct address_list *list, unsigned families, bool is_passive)
{
	union inet_sockaddr address;

	memset(&address, 0, sizeof(address));
	address.v4.sin_family = AF_INET;
	address.v4.sin_addr.s_addr = htonl(is_passive ? INADDR_ANY : INADDR_LOOPBACK);
	if (families & ADDRESS_FAMILY_4)
		lvn_address_list_add(list, &address);
	memset(&address, 0, sizeof(address));
	address.v6.sin6_family = AF_INET6;
	address.v6.sin6_addr = is_passive ? in6addr_any : in6addr_loopback;
	if (families & ADDRESS_FAMILY_6)
		lvn_address_list_add(list, &address);
}

static bool
read_number(const char *node, union inet_sockaddr *address_out)
{
	unsigned scope = 0;
	size_t length = strlen(node);

	memset(address_out, 0, sizeof(*address_out));
	if (strchr(node, ':') &&
	    evutil_inet_pton_scope(AF_INET6, node, &address_out->v6.sin6_addr, &scope) == 1) {
		address_out->v6.sin6_family = AF_INET6;
		address_out->v6.sin6_scope_id = scope;
		return true;
	}
	/* Most names do not end with a digit. */
	if (length == 0 || node[length - 1] < '0' || node[length - 1] > '9')
		return false;
	memset(address_out, 0, sizeof(*address_out));
	address_out->v4.sin_family = AF_INET;
	return evutil_inet_pton(AF_INET, node, &address_out->v4.sin_addr) == 1;
}

static unsigned
family_bit(const union inet_sockaddr *address)
{
	return address->any.sa_family == AF_INET ? ADDRESS_FAMILY_4 : ADDRESS_FAMILY_6;
}

bool
lvn_dns_addrinfo_add_cached_locked(struct evdns_base *base, const struct dns_name *name,
    uint16_t type, struct address_list *list, struct dns_name *canonical)
{
	struct dns_question question = {.name = *name, .type = type, .dns_class = DNS_CLASS_IN};
	const struct dns_answer *answer;
	uint32_t ttl;

	if (!base->cache)
		return false;
	answer = lvn_dns_cache_find(base->cache, &question, lvn_dns_base_now_ns(base), &ttl);
	if (!answer || answer->status != 0)
		return answer != NULL;
	lvn_address_list_add_bytes(list, type == DNS_TYPE_A ? AF_INET : AF_INET6,
	    lvn_dns_answer_addresses(answer), answer->count);
	(void)lvn_dns_answer_canonical(answer, canonical);
	return true;
}

/*
 * What a request would find at once: answers for all families, one of them with addresses, for the
 * name that it would try first.  Returns whether there are any; else the request counts what the
 * cache has.
 */
static bool
find_in_cache_locked(struct evdns_base *base, const struct dns_name *name, unsigned families,
    struct address_list *list, struct dns_name *canonical_out)
{
	static const struct {
		unsigned family;
		uint16_t type;
	} types[] = {{ADDRESS_FAMILY_4, DNS_TYPE_A}, {ADDRESS_FAMILY_6, DNS_TYPE_AAAA}};

	lvn_dns_config_refresh_locked(base, lvn_dns_base_now_ns(base));
	if (lvn_dns_name_special(name) != DNS_ORDINARY ||
	    !lvn_dns_search_is_as_is_first(name, base->options.ndots, base->suffixes))
		return false;
	*canonical_out = *name;
	for (size_t i = 0; i < LVN_COUNT_OF(types); i++) {
		if (families & types[i].family && !lvn_dns_addrinfo_add_cached_locked(base, name,
						      types[i].type, list, canonical_out)) {
			lvn_address_list_clear(list);
			return false;
		}
	}
	for (size_t i = 0; i < LVN_COUNT_OF(types) && list->count > 0; i++) {
		if (families & types[i].family)
			lvn_dns_cache_count(base->cache, true);
	}
	return list->count > 0;
}

/* Addresses of hosts files, or of the cache.  Returns whether there are any. */
static bool
find_name(struct evdns_base *base, const char *node, unsigned families, struct address_list *list,
    struct dns_name *canonical_out)
{
	struct dns_name name;
	bool is_found;

	if (lvn_dns_name_parse(node, strlen(node), &name) < 0)
		return false;
	lvn_private_lock_acquire(base->lock);
	lvn_dns_host_files_refresh_locked(base, lvn_dns_base_now_ns(base));
	is_found = lvn_dns_host_files_find_locked(base, &name, families, list, canonical_out) ||
		   find_in_cache_locked(base, &name, families, list, canonical_out);
	lvn_private_lock_release(base->lock);
	if (list->count > 1)
		lvn_address_sort(base->world, list->items, list->count);
	return is_found;
}

/*
 * Addresses that are known without a request.  If there are none, a name has to be looked up, and
 * nothing is known of other nodes.  The text of a canonical name may be in canonical_out.
 */
static void
find_locally(struct evdns_base *base, const char *node, const struct addrinfo *hints,
    struct addrinfo_wish *wish, struct address_list *list,
    char canonical_out[LVN_DNS_NAME_TEXT_CAPACITY])
{
	struct dns_name canonical;

	leave_out_families(base, hints, wish);
	if (!node) {
		add_own_addresses(list, wish->families, hints->ai_flags & EVUTIL_AI_PASSIVE);
	} else if (find_name(base, node, wish->families, list, &canonical) &&
		   wish->wants_canonical) {
		lvn_dns_name_print(&canonical, canonical_out);
		wish->form.canonical = canonical_out;
	}
}

/* ---- Results of requests -------------------------------------------------------------- */

static int
error_of(int result)
{
	switch (result) {
	case DNS_ERR_NOTEXIST:
		return EVUTIL_EAI_NONAME;
	case DNS_ERR_NODATA:
		return EVUTIL_EAI_NODATA;
	case DNS_ERR_SERVERFAILED:
	case DNS_ERR_TIMEOUT:
		return EVUTIL_EAI_AGAIN;
	case DNS_ERR_CANCEL:
		return EVUTIL_EAI_CANCEL;
	default:
		return EVUTIL_EAI_FAIL;
	}
}

/* The name that the last alias points to, or that was found. */
static void
print_canonical(const struct dns_request *request, char text_out[LVN_DNS_NAME_TEXT_CAPACITY])
{
	struct dns_name name;

	for (unsigned i = 0; i < request->lookup_count; i++) {
		const struct dns_lookup *lookup = &request->lookups[i];

		if (lookup->result == DNS_ERR_NONE &&
		    lvn_dns_answer_canonical(lookup->answer, &name)) {
			lvn_dns_name_print(&name, text_out);
			return;
		}
	}
	lvn_dns_search_current(&request->search, &name);
	lvn_dns_name_print(&name, text_out);
}

static void
add_records(struct address_list *list, const struct dns_lookup *lookup)
{
	if (lookup->result == DNS_ERR_NONE)
		lvn_address_list_add_bytes(list, lookup->type == DNS_TYPE_A ? AF_INET : AF_INET6,
		    lvn_dns_answer_addresses(lookup->answer), lookup->answer->count);
}

/* 0 or an EAI_ number. */
static int
list_addresses(const struct evdns_getaddrinfo_request *handle, struct addrinfo **info_out)
{
	const struct dns_request *request = &handle->request;
	struct address_list_form form = handle->wish.form;
	char canonical[LVN_DNS_NAME_TEXT_CAPACITY];
	struct address_list list;
	int error;

	lvn_address_list_init(&list);
	for (unsigned i = 0; i < request->lookup_count; i++)
		add_records(&list, &request->lookups[i]);
	if (list.count > 1)
		lvn_address_sort(request->base->world, list.items, list.count);
	if (handle->wish.wants_canonical) {
		print_canonical(request, canonical);
		form.canonical = canonical;
	}
	error = lvn_address_list_make(&list, &form, info_out);
	lvn_address_list_clear(&list);
	return error;
}

/* Frees the request, then calls the receiver. */
static void
report_end(struct evdns_getaddrinfo_request *handle)
{
	struct dns_receiver receiver = handle->receiver;
	struct addrinfo *list = NULL;
	int result = handle->request.result;
	int error = result == DNS_ERR_NONE ? list_addresses(handle, &list) : error_of(result);

	lvn_dns_request_free(&handle->request);
	hand_over(&receiver, error, list, false);
}

static void
report(struct dns_request *request)
{
	struct evdns_getaddrinfo_request *handle =
	    container_of(request, struct evdns_getaddrinfo_request, request);
	struct addrinfo *list;

	if (request->is_over)
		report_end(handle);
	else if (list_addresses(handle, &list) == 0)
		hand_over(&handle->receiver, 0, list, true);
}

/* ---- Requests ------------------------------------------------------------------------- */

static const struct dns_request_ops ops = {.report = report};

/* The request, or NULL if it is over. */
static struct evdns_getaddrinfo_request *
ask(struct evdns_base *base, const char *node, const struct addrinfo_wish *wish,
    const struct dns_receiver *receiver)
{
	struct dns_wanted wanted = {
	    .name = node,
	    .types = {wish->families & ADDRESS_FAMILY_4 ? DNS_TYPE_A : DNS_TYPE_AAAA,
		wish->families == ADDRESS_FAMILY_ALL ? DNS_TYPE_AAAA : 0},
	    .searches = true,
	    .uses_cache = true,
	    .is_for_stream = receiver->done != NULL,
	    .is_reported_by_caller = true,
	    .ops = &ops,
	};
	struct evdns_getaddrinfo_request *handle = lvn_calloc(1, sizeof(*handle));
	int rc;

	if (!handle) {
		hand_over(receiver, EVUTIL_EAI_MEMORY, NULL, false);
		return NULL;
	}
	handle->receiver = *receiver;
	handle->wish = *wish;
	rc = lvn_dns_request_start(base, &handle->request, &wanted);
	if (rc < 0) {
		lvn_free(handle);
		hand_over(receiver, *node ? EVUTIL_EAI_FAIL : EVUTIL_EAI_NONAME, NULL, false);
		return NULL;
	}
	if (rc == 0)
		return handle;
	report_end(handle);
	return NULL;
}

/* What needs no request. */
static void
answer_at_once(const struct address_list *list, struct addrinfo_wish *wish,
    const struct dns_receiver *receiver)
{
	struct addrinfo *info = NULL;
	int error;

	if (!wish->wants_canonical)
		wish->form.canonical = NULL;
	error = lvn_address_list_make(list, &wish->form, &info);
	hand_over(receiver, error, info, false);
}

/* A number is not left out for want of a local address. */
static void
answer_number(const union inet_sockaddr *number, const char *node, struct addrinfo_wish *wish,
    const struct dns_receiver *receiver)
{
	struct address_list list;

	if (!(wish->families & family_bit(number))) {
		hand_over(receiver, EVUTIL_EAI_ADDRFAMILY, NULL, false);
		return;
	}
	lvn_address_list_init(&list);
	lvn_address_list_add(&list, number);
	wish->form.canonical = node;
	answer_at_once(&list, wish, receiver);
}

static struct evdns_getaddrinfo_request *
answer_or_ask(struct evdns_base *base, const char *node, const struct addrinfo *hints,
    struct addrinfo_wish *wish, const struct dns_receiver *receiver)
{
	char canonical[LVN_DNS_NAME_TEXT_CAPACITY];
	struct address_list list;

	lvn_address_list_init(&list);
	find_locally(base, node, hints, wish, &list, canonical);
	if (list.count == 0 && !list.is_short_of_memory)
		return ask(base, node, wish, receiver);
	answer_at_once(&list, wish, receiver);
	lvn_address_list_clear(&list);
	return NULL;
}

struct evdns_getaddrinfo_request *
lvn_dns_addrinfo_start(struct evdns_base *base, const char *node, const char *service,
    const struct evutil_addrinfo *hints, const struct dns_receiver *receiver)
{
	static const struct addrinfo no_hints = {.ai_family = AF_UNSPEC};
	union inet_sockaddr number;
	struct addrinfo *info = NULL;
	struct addrinfo_wish wish;
	int error;

	hints = hints ? hints : &no_hints;
	if (hints->ai_flags & EVUTIL_AI_NUMERICHOST) {
		error = lvn_io_look_up(base->world, node, service, hints, &info);
		hand_over(receiver, error, error ? NULL : info, false);
		return NULL;
	}
	error = read_wish(base, node, service, hints, &wish);
	if (error != 0) {
		hand_over(receiver, error, NULL, false);
		return NULL;
	}
	if (!node || !read_number(node, &number))
		return answer_or_ask(base, node, hints, &wish, receiver);
	answer_number(&number, node, &wish, receiver);
	return NULL;
}

void
lvn_dns_addrinfo_cancel(struct evdns_getaddrinfo_request *handle)
{
	lvn_dns_request_cancel(&handle->request);
}

/* ---- The resolver hook ---------------------------------------------------------------- */

static void *
hook_start(void *resolver, const char *node, const char *service, const struct addrinfo *hints,
    resolver_done_fn *done, void *arg)
{
	struct dns_receiver receiver = {.done = done, .arg = arg};

	return lvn_dns_addrinfo_start(resolver, node, service, hints, &receiver);
}

static void
hook_cancel(void *request)
{
	struct evdns_getaddrinfo_request *handle = request;
	struct dns_receiver receiver = handle->receiver;

	lvn_dns_request_free(&handle->request);
	hand_over(&receiver, EVUTIL_EAI_CANCEL, NULL, false);
}

void
lvn_dns_addrinfo_register(void)
{
	static const struct resolver_hook hook = {.start = hook_start, .cancel = hook_cancel};

	lvn_resolver_hook_set(&hook);
}
