/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The DNS functions of libevent 1.4: they forward to those with a resolver, on a global one.
 */
#include <event2/dns.h>
#include <event2/dns_compat.h>
#include <stddef.h>

static struct evdns_base *global;

/* On the base of event_init, if there is none yet; without the system's configuration. */
static struct evdns_base *
get_or_make(void)
{
	if (!global)
		global = evdns_base_new(NULL, 0);
	return global;
}

int
evdns_init(void)
{
	struct evdns_base *base = evdns_base_new(NULL, EVDNS_BASE_INITIALIZE_NAMESERVERS);

	if (!base)
		return -1;
	evdns_base_free(global, 0);
	global = base;
	return 0;
}

struct evdns_base *
evdns_get_global_base(void)
{
	return global;
}

void
evdns_shutdown(int fail_requests)
{
	struct evdns_base *base = global;

	global = NULL;
	evdns_base_free(base, fail_requests);
}

int
evdns_nameserver_add(unsigned long int address)
{
	return evdns_base_nameserver_add(get_or_make(), address);
}

int
evdns_count_nameservers(void)
{
	return evdns_base_count_nameservers(global);
}

int
evdns_clear_nameservers_and_suspend(void)
{
	return evdns_base_clear_nameservers_and_suspend(global);
}

int
evdns_resume(void)
{
	return evdns_base_resume(global);
}

int
evdns_nameserver_ip_add(const char *ip_as_string)
{
	return evdns_base_nameserver_ip_add(get_or_make(), ip_as_string);
}

static int
result_of(const struct evdns_request *request)
{
	return request ? 0 : -1;
}

int
evdns_resolve_ipv4(const char *name, int flags, evdns_callback_type callback, void *ptr)
{
	return result_of(evdns_base_resolve_ipv4(global, name, flags, callback, ptr));
}

int
evdns_resolve_ipv6(const char *name, int flags, evdns_callback_type callback, void *ptr)
{
	return result_of(evdns_base_resolve_ipv6(global, name, flags, callback, ptr));
}

int
evdns_resolve_reverse(const struct in_addr *in, int flags, evdns_callback_type callback, void *ptr)
{
	return result_of(evdns_base_resolve_reverse(global, in, flags, callback, ptr));
}

int
evdns_resolve_reverse_ipv6(
    const struct in6_addr *in, int flags, evdns_callback_type callback, void *ptr)
{
	return result_of(evdns_base_resolve_reverse_ipv6(global, in, flags, callback, ptr));
}

int
evdns_set_option(const char *option, const char *val, int flags)
{
	(void)flags;
	return evdns_base_set_option(get_or_make(), option, val);
}

int
evdns_resolv_conf_parse(int flags, const char *const filename)
{
	return evdns_base_resolv_conf_parse(get_or_make(), flags, filename);
}

void
evdns_search_clear(void)
{
	evdns_base_search_clear(global);
}

void
evdns_search_add(const char *domain)
{
	evdns_base_search_add(get_or_make(), domain);
}

void
evdns_search_ndots_set(const int ndots)
{
	evdns_base_search_ndots_set(get_or_make(), ndots);
}
