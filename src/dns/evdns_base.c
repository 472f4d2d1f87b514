/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resolvers: public functions for their life, name servers, options and files.
 */
#include <errno.h>
#include <event2/dns.h>
#include <netinet/in.h>
#include <string.h>

#include "base/private.h"
#include "base/sockaddr.h"
#include "dns/dns_addrinfo.h"
#include "dns/dns_base.h"
#include "dns/dns_config.h"
#include "dns/dns_host_files.h"
#include "dns/dns_log.h"
#include "dns/dns_network.h"
#include "dns/dns_options.h"
#include "dns/dns_resolver.h"
#include "dns/dns_server.h"

/* Results of adding a name server that programs know. */
#define IS_THERE_ALREADY 3
#define IS_NO_ADDRESS    4

/* Flags that do not ask for the system's configuration.  Every other bit does. */
#define OTHER_FLAGS                                                         \
	((unsigned)EVDNS_BASE_NO_CACHE | EVDNS_BASE_DISABLE_WHEN_INACTIVE | \
	    EVDNS_BASE_NAMESERVERS_NO_DEFAULT)

static bool
is_missing(const void *pointer, const char *caller, const char *what)
{
	if (!pointer)
		lvn_log_misuse(caller, what);
	return !pointer;
}

static void
lock(struct evdns_base *base)
{
	lvn_private_lock_acquire(base->lock);
}

static void
unlock(struct evdns_base *base)
{
	lvn_private_lock_release(base->lock);
}

/* ---- Life ----------------------------------------------------------------------------- */

/* resolv.conf(5): without the file, or a name server in it, there is the one on this host. */
static int
read_configuration(struct evdns_base *base, unsigned flags)
{
	unsigned parts = DNS_OPTIONS_ALL;

	if (flags & EVDNS_BASE_NAMESERVERS_NO_DEFAULT)
		parts |= DNS_OPTION_NAMESERVERS_NO_DEFAULT;
	return evdns_base_resolv_conf_parse(base, (int)parts, "/etc/resolv.conf");
}

struct evdns_base *
evdns_base_new(struct event_base *event_base, int flags)
{
	unsigned bits = (unsigned)flags;
	struct evdns_base *base;

	lvn_dns_addrinfo_register();
	base = lvn_dns_resolver_new(
	    event_base, bits & EVDNS_BASE_DISABLE_WHEN_INACTIVE, !(bits & EVDNS_BASE_NO_CACHE));
	if (base && bits & ~OTHER_FLAGS &&
	    read_configuration(base, bits) == EVDNS_ERROR_OUT_OF_MEMORY) {
		lvn_dns_resolver_free(base, false);
		base = NULL;
	}
	return base;
}

void
evdns_base_free(struct evdns_base *base, int fail_requests)
{
	if (base)
		lvn_dns_resolver_free(base, fail_requests != 0);
}

/* ---- Name servers --------------------------------------------------------------------- */

int
evdns_base_nameserver_sockaddr_add(
    struct evdns_base *base, const struct sockaddr *sa, ev_socklen_t len, unsigned flags)
{
	int rc;

	(void)flags;
	if (is_missing(base, __func__, "no resolver") || is_missing(sa, __func__, "no address"))
		return -1;
	lock(base);
	rc = lvn_dns_config_add_server_locked(base, sa, (unsigned)len);
	unlock(base);
	if (rc == -EAFNOSUPPORT)
		lvn_log_misuse(__func__, "neither an IPv4 nor an IPv6 address");
	return rc == -EEXIST ? IS_THERE_ALREADY : rc < 0 ? -1 : 0;
}

int
evdns_base_nameserver_add(struct evdns_base *base, unsigned long int address)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};

	sin.sin_addr.s_addr = (in_addr_t)address;
	return evdns_base_nameserver_sockaddr_add(
	    base, (const struct sockaddr *)&sin, sizeof(sin), 0);
}

int
evdns_base_nameserver_ip_add(struct evdns_base *base, const char *ip_as_string)
{
	union inet_sockaddr address;
	int size = sizeof(address);

	if (is_missing(ip_as_string, __func__, "no address"))
		return -1;
	if (evutil_parse_sockaddr_port(ip_as_string, &address.any, &size) < 0) {
		lvn_dns_log_warn("Unable to parse nameserver address %s", ip_as_string);
		return IS_NO_ADDRESS;
	}
	return evdns_base_nameserver_sockaddr_add(base, &address.any, size, 0);
}

int
evdns_base_count_nameservers(struct evdns_base *base)
{
	size_t count;

	if (is_missing(base, __func__, "no resolver"))
		return -1;
	lock(base);
	count = lvn_dns_network_count_locked(base->network);
	unlock(base);
	return (int)count;
}

int
evdns_base_get_nameserver_addr(
    struct evdns_base *base, int idx, struct sockaddr *sa, ev_socklen_t len)
{
	const struct dns_server *server;
	int result = -1;

	if (is_missing(base, __func__, "no resolver"))
		return -1;
	lock(base);
	server = idx < 0 ? NULL : lvn_dns_network_server_locked(base->network, (size_t)idx);
	if (server) {
		result = (int)server->address_size;
		if (sa && len >= (ev_socklen_t)server->address_size)
			memcpy(sa, &server->address, server->address_size);
	}
	unlock(base);
	return result;
}

int
evdns_base_get_nameserver_fd(struct evdns_base *base, int idx)
{
	int fd;

	if (is_missing(base, __func__, "no resolver") || idx < 0)
		return -1;
	lock(base);
	fd = lvn_dns_network_fd_locked(base->network, (size_t)idx);
	unlock(base);
	return fd < 0 ? -1 : fd;
}

int
evdns_base_clear_nameservers_and_suspend(struct evdns_base *base)
{
	if (is_missing(base, __func__, "no resolver"))
		return -1;
	lock(base);
	lvn_dns_network_suspend_locked(base->network);
	lvn_dns_config_clear_servers_locked(base);
	unlock(base);
	return 0;
}

int
evdns_base_resume(struct evdns_base *base)
{
	if (is_missing(base, __func__, "no resolver"))
		return -1;
	lock(base);
	lvn_dns_network_resume_locked(base->network);
	unlock(base);
	return 0;
}

/* ---- Options -------------------------------------------------------------------------- */

int
evdns_base_set_option(struct evdns_base *base, const char *option, const char *val)
{
	int rc;

	if (is_missing(base, __func__, "no resolver") || is_missing(option, __func__, "no option"))
		return -1;
	lock(base);
	rc = lvn_dns_config_set_option_locked(base, option, val);
	unlock(base);
	return rc < 0 ? -1 : 0;
}

void
evdns_base_search_clear(struct evdns_base *base)
{
	if (is_missing(base, __func__, "no resolver"))
		return;
	lock(base);
	lvn_dns_config_clear_suffixes_locked(base);
	unlock(base);
}

void
evdns_base_search_add(struct evdns_base *base, const char *domain)
{
	int rc;

	if (is_missing(base, __func__, "no resolver") || is_missing(domain, __func__, "no domain"))
		return;
	lock(base);
	rc = lvn_dns_config_add_suffix_locked(base, domain);
	unlock(base);
	if (rc < 0)
		lvn_dns_log_warn("Left out search domain %s", domain);
}

void
evdns_base_search_ndots_set(struct evdns_base *base, const int ndots)
{
	if (is_missing(base, __func__, "no resolver"))
		return;
	lock(base);
	lvn_dns_config_set_ndots_locked(base, ndots);
	unlock(base);
}

/* ---- Files ---------------------------------------------------------------------------- */

int
evdns_base_resolv_conf_parse(struct evdns_base *base, int flags, const char *const filename)
{
	int result;

	if (is_missing(base, __func__, "no resolver"))
		return -1;
	lock(base);
	if (flags & DNS_OPTION_HOSTSFILE)
		(void)lvn_dns_host_files_load_system_locked(base);
	result = lvn_dns_config_read_locked(base, (unsigned)flags, filename);
	unlock(base);
	return result;
}

int
evdns_base_load_hosts(struct evdns_base *base, const char *hosts_fname)
{
	int rc = 0;

	if (is_missing(base, __func__, "no resolver"))
		return -1;
	/* No server is asked for localhost, with or without an entry. */
	if (!hosts_fname)
		return 0;
	lock(base);
	rc = lvn_dns_host_files_load_locked(base, hosts_fname);
	unlock(base);
	return rc < 0 ? -1 : 0;
}

void
evdns_base_clear_host_addresses(struct evdns_base *base)
{
	if (is_missing(base, __func__, "no resolver"))
		return;
	lock(base);
	lvn_dns_host_files_clear_locked(base);
	unlock(base);
}

/* ---- Log ------------------------------------------------------------------------------ */

void
evdns_set_log_fn(evdns_debug_log_fn_type fn)
{
	lvn_dns_log_set_fn(fn);
}

void
evdns_set_transaction_id_fn(ev_uint16_t (*fn)(void))
{
	(void)fn;
}

void
evdns_set_random_bytes_fn(void (*fn)(char *, size_t))
{
	(void)fn;
}
