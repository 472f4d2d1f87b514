/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The DNS functions of libevent 1.4, on one global resolver.  Not for new programs.
 */
#ifndef EVENT2_DNS_COMPAT_H_INCLUDED_
#define EVENT2_DNS_COMPAT_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/dns.h>
#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Create the global resolver, on the base that event_init() created last.
 *
 * It reads the system's configuration.
 *
 * @return 0, or -1 on failure
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_new().
 */
EVENT2_EXPORT_SYMBOL
int evdns_init(void);

/**
 * Get the global resolver.
 *
 * @return the resolver; NULL if there is none
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_new().
 */
EVENT2_EXPORT_SYMBOL
struct evdns_base *evdns_get_global_base(void);

/**
 * Free the global resolver.
 *
 * @param fail_requests  non-zero: callbacks of requests receive DNS_ERR_SHUTDOWN
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_free().
 */
EVENT2_EXPORT_SYMBOL
void evdns_shutdown(int fail_requests);

/**
 * Add a name server by its IPv4 address.
 *
 * The global resolver is created if there is none, without a configuration.
 *
 * @param address  the address in network order
 * @return as evdns_base_nameserver_add()
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_nameserver_add().
 */
EVENT2_EXPORT_SYMBOL
int evdns_nameserver_add(unsigned long int address);

/**
 * Get the number of name servers.
 *
 * @return how many there are
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_count_nameservers().
 */
EVENT2_EXPORT_SYMBOL
int evdns_count_nameservers(void);

/**
 * Remove all name servers, and suspend all requests.
 *
 * @return 0
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_clear_nameservers_and_suspend().
 */
EVENT2_EXPORT_SYMBOL
int evdns_clear_nameservers_and_suspend(void);

/**
 * Resume suspended requests.
 *
 * @return 0
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_resume().
 */
EVENT2_EXPORT_SYMBOL
int evdns_resume(void);

/**
 * Add a name server by its address as text.
 *
 * The global resolver is created if there is none, without a configuration.
 *
 * @param ip_as_string  the address
 * @return as evdns_base_nameserver_ip_add()
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_nameserver_ip_add().
 */
EVENT2_EXPORT_SYMBOL
int evdns_nameserver_ip_add(const char *ip_as_string);

/**
 * Look up the IPv4 addresses of a name.
 *
 * @param name      the name
 * @param flags     DNS_QUERY_ bits
 * @param callback  called once, from the loop
 * @param ptr       passed to the callback
 * @return 0, or -1 if it cannot be looked up
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_resolve_ipv4().
 */
EVENT2_EXPORT_SYMBOL
int evdns_resolve_ipv4(const char *name, int flags, evdns_callback_type callback, void *ptr);

/**
 * Look up the IPv6 addresses of a name.
 *
 * @param name      the name
 * @param flags     DNS_QUERY_ bits
 * @param callback  called once, from the loop
 * @param ptr       passed to the callback
 * @return 0, or -1 if it cannot be looked up
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_resolve_ipv6().
 */
EVENT2_EXPORT_SYMBOL
int evdns_resolve_ipv6(const char *name, int flags, evdns_callback_type callback, void *ptr);

/**
 * Look up the name of an IPv4 address.
 *
 * @param in        the address
 * @param flags     DNS_QUERY_ bits
 * @param callback  called once, from the loop
 * @param ptr       passed to the callback
 * @return 0, or -1 if it cannot be looked up
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_resolve_reverse().
 */
EVENT2_EXPORT_SYMBOL
int evdns_resolve_reverse(
    const struct in_addr *in, int flags, evdns_callback_type callback, void *ptr);

/**
 * Look up the name of an IPv6 address.
 *
 * @param in        the address
 * @param flags     DNS_QUERY_ bits
 * @param callback  called once, from the loop
 * @param ptr       passed to the callback
 * @return 0, or -1 if it cannot be looked up
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_resolve_reverse_ipv6().
 */
EVENT2_EXPORT_SYMBOL
int evdns_resolve_reverse_ipv6(
    const struct in6_addr *in, int flags, evdns_callback_type callback, void *ptr);

/**
 * Set an option.
 *
 * The global resolver is created if there is none, without a configuration.
 *
 * @param option  the name of the option
 * @param val     its value as text
 * @param flags   ignored
 * @return as evdns_base_set_option()
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_set_option().
 */
EVENT2_EXPORT_SYMBOL
int evdns_set_option(const char *option, const char *val, int flags);

/**
 * Read a file like resolv.conf(5).
 *
 * The global resolver is created if there is none, without a configuration.
 *
 * @param flags     DNS_OPTION_ bits: what is read
 * @param filename  the file
 * @return as evdns_base_resolv_conf_parse()
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_resolv_conf_parse().
 */
EVENT2_EXPORT_SYMBOL
int evdns_resolv_conf_parse(int flags, const char *const filename);

/**
 * Remove all domains from the search list.
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_search_clear().
 */
EVENT2_EXPORT_SYMBOL
void evdns_search_clear(void);

/**
 * Add a domain at the front of the search list.
 *
 * @param domain  the domain
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_search_add().
 */
EVENT2_EXPORT_SYMBOL
void evdns_search_add(const char *domain);

/**
 * Set how many dots make a name complete.
 *
 * @param ndots  how many
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_search_ndots_set().
 */
EVENT2_EXPORT_SYMBOL
void evdns_search_ndots_set(const int ndots);

#if defined(_WIN32)
/**
 * Read the system's name servers.
 *
 * @return 0, or -1 on failure
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_base_config_windows_nameservers().
 */
EVENT2_EXPORT_SYMBOL
int evdns_config_windows_nameservers(void);
/** Defined where evdns_config_windows_nameservers() exists. */
#define EVDNS_CONFIG_WINDOWS_NAMESERVERS_IMPLEMENTED
#endif

/**
 * Create a DNS server on a UDP socket, on the base that event_init() created last.
 *
 * @param socket     a bound UDP socket; evdns_close_server_port() closes it
 * @param flags      0
 * @param callback   called for each query
 * @param user_data  passed to the callback
 * @return the port, or NULL, as evdns_add_server_port_with_base()
 *
 * Threads: not safe.
 * Since: libevent 2.1; deprecated, use evdns_add_server_port_with_base().
 */
EVENT2_EXPORT_SYMBOL
struct evdns_server_port *evdns_add_server_port(
    evutil_socket_t socket, int flags, evdns_request_callback_fn_type callback, void *user_data);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_DNS_COMPAT_H_INCLUDED_ */
