/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lookups of records of one type: public functions.
 */
#include <event2/dns.h>
#include <event2/util.h>
#include <limits.h>
#include <netinet/in.h>

#include "base/private.h"
#include "dns/dns_answer.h"
#include "dns/dns_base.h"
#include "dns/dns_exchange.h"
#include "dns/dns_name.h"
#include "dns/dns_request.h"

struct evdns_request {
	struct dns_request request;
	evdns_callback_type callback;
	void *arg;
	bool wants_canonical;
};

/* ---- Callbacks ------------------------------------------------------------------------ */

static int
ttl_of(const struct dns_lookup *lookup)
{
	return lookup->ttl > INT_MAX ? INT_MAX : (int)lookup->ttl;
}

/* A name is handed out by a pointer to it. */
static void
report_name(const struct evdns_request *handle, char type, const struct dns_name *name)
{
	char text[LVN_DNS_NAME_TEXT_CAPACITY];
	char *pointer = text;

	lvn_dns_name_print(name, text);
	handle->callback(DNS_ERR_NONE, type, 1, ttl_of(&handle->request.lookups[0]),
	    (void *)&pointer, handle->arg);
}

static void
report_failure(const struct evdns_request *handle)
{
	const struct dns_lookup *lookup = &handle->request.lookups[0];
	int result = handle->request.result;
	bool is_negative = result == DNS_ERR_NOTEXIST || result == DNS_ERR_NODATA;

	handle->callback(result, 0, 0, is_negative ? ttl_of(lookup) : 0, NULL, handle->arg);
}

static void
report_addresses(const struct evdns_request *handle)
{
	const struct dns_lookup *lookup = &handle->request.lookups[0];
	char type = lookup->type == DNS_TYPE_A ? DNS_IPv4_A : DNS_IPv6_AAAA;

	handle->callback(DNS_ERR_NONE, type, lookup->answer->count, ttl_of(lookup),
	    (void *)(uintptr_t)lvn_dns_answer_addresses(lookup->answer), handle->arg);
}

/* The first one: a host has one name. */
static void
report_pointer(const struct evdns_request *handle)
{
	size_t size;
	const uint8_t *data = lvn_dns_answer_next(handle->request.lookups[0].answer, NULL, &size);
	struct dns_name name;

	if (data && lvn_dns_name_from_wire(data, size, &name) == 0)
		report_name(handle, DNS_PTR, &name);
	else
		handle->callback(DNS_ERR_UNKNOWN, 0, 0, 0, NULL, handle->arg);
}

static void
report(struct dns_request *request)
{
	const struct evdns_request *handle = container_of(request, struct evdns_request, request);
	struct dns_name canonical;

	if (request->result != DNS_ERR_NONE)
		report_failure(handle);
	else if (request->lookups[0].type == DNS_TYPE_PTR)
		report_pointer(handle);
	else
		report_addresses(handle);
	if (request->result == DNS_ERR_NONE && handle->wants_canonical &&
	    lvn_dns_answer_canonical(request->lookups[0].answer, &canonical))
		report_name(handle, DNS_CNAME, &canonical);
	lvn_dns_request_free(request);
}

/* ---- Lookups -------------------------------------------------------------------------- */

static uint8_t
exchange_flags_of(int flags)
{
	return (uint8_t)((flags & DNS_QUERY_USEVC ? DNS_EXCHANGE_TCP : 0) |
			 (flags & DNS_QUERY_IGNTC ? DNS_EXCHANGE_IGNORE_TRUNCATION : 0));
}

static const struct dns_request_ops ops = {.report = report};

static struct evdns_request *
resolve(struct evdns_base *base, const char *name, uint16_t type, int flags,
    evdns_callback_type callback, void *arg)
{
	struct dns_wanted wanted = {
	    .name = name,
	    .types = {type},
	    .searches = type != DNS_TYPE_PTR && !(flags & DNS_QUERY_NO_SEARCH),
	    .exchange_flags = exchange_flags_of(flags),
	    .ops = &ops,
	};
	struct evdns_request *handle = lvn_calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->callback = callback;
	handle->arg = arg;
	handle->wants_canonical = flags & DNS_CNAME_CALLBACK;
	if (lvn_dns_request_start(base, &handle->request, &wanted) == 0)
		return handle;
	lvn_free(handle);
	return NULL;
}

static bool
is_misuse(const char *caller, const struct evdns_base *base, const void *subject,
    evdns_callback_type callback)
{
	if (!base)
		return lvn_log_misuse(caller, "no resolver") < 0;
	if (!subject)
		return lvn_log_misuse(caller, "nothing to look up") < 0;
	if (!callback)
		return lvn_log_misuse(caller, "no callback") < 0;
	return false;
}

struct evdns_request *
evdns_base_resolve_ipv4(
    struct evdns_base *base, const char *name, int flags, evdns_callback_type callback, void *ptr)
{
	if (is_misuse(__func__, base, name, callback))
		return NULL;
	return resolve(base, name, DNS_TYPE_A, flags, callback, ptr);
}

struct evdns_request *
evdns_base_resolve_ipv6(
    struct evdns_base *base, const char *name, int flags, evdns_callback_type callback, void *ptr)
{
	if (is_misuse(__func__, base, name, callback))
		return NULL;
	return resolve(base, name, DNS_TYPE_AAAA, flags, callback, ptr);
}

static struct evdns_request *
resolve_name(struct evdns_base *base, const struct dns_name *name, int flags,
    evdns_callback_type callback, void *ptr)
{
	char text[LVN_DNS_NAME_TEXT_CAPACITY];

	lvn_dns_name_print(name, text);
	return resolve(base, text, DNS_TYPE_PTR, flags, callback, ptr);
}

struct evdns_request *
evdns_base_resolve_reverse(struct evdns_base *base, const struct in_addr *in, int flags,
    evdns_callback_type callback, void *ptr)
{
	struct dns_name name;

	if (is_misuse(__func__, base, in, callback))
		return NULL;
	lvn_dns_name_of_address_4((const uint8_t *)&in->s_addr, &name);
	return resolve_name(base, &name, flags, callback, ptr);
}

struct evdns_request *
evdns_base_resolve_reverse_ipv6(struct evdns_base *base, const struct in6_addr *in, int flags,
    evdns_callback_type callback, void *ptr)
{
	struct dns_name name;

	if (is_misuse(__func__, base, in, callback))
		return NULL;
	lvn_dns_name_of_address_6(in->s6_addr, &name);
	return resolve_name(base, &name, flags, callback, ptr);
}

/* A request knows its resolver. */
void
evdns_cancel_request(struct evdns_base *base, struct evdns_request *req)
{
	(void)base;
	if (req)
		lvn_dns_request_cancel(&req->request);
	else
		lvn_log_misuse(__func__, "no request");
}

/* ---- Texts ---------------------------------------------------------------------------- */

const char *
evdns_err_to_string(int err)
{
	switch (err) {
	case DNS_ERR_NONE:
		return "no error";
	case DNS_ERR_FORMAT:
		return "misformatted query";
	case DNS_ERR_SERVERFAILED:
		return "server failed";
	case DNS_ERR_NOTEXIST:
		return "name does not exist";
	case DNS_ERR_NOTIMPL:
		return "query not implemented";
	case DNS_ERR_REFUSED:
		return "refused";
	case DNS_ERR_TRUNCATED:
		return "reply truncated or ill-formed";
	case DNS_ERR_UNKNOWN:
		return "unknown";
	case DNS_ERR_TIMEOUT:
		return "request timed out";
	case DNS_ERR_SHUTDOWN:
		return "dns subsystem shut down";
	case DNS_ERR_CANCEL:
		return "dns request canceled";
	case DNS_ERR_NODATA:
		return "no records in the reply";
	default:
		return "[Unknown error code]";
	}
}
