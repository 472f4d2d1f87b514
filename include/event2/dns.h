/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * DNS: look up names and addresses without blocking the loop, and answer the queries of others.
 *
 * The client side is a resolver: evdns_base_new() creates one for an event base, and reads the
 * system's configuration with EVDNS_BASE_INITIALIZE_NAMESERVERS.  evdns_getaddrinfo() resolves a
 * name as getaddrinfo(3) does, with the hosts file, the cache, and both families at once.
 * evdns_base_resolve_ipv4() and its siblings ask for records of one type.  Every request has
 * exactly one callback, at the latest when its time is over, unless the resolver is freed without
 * fail_requests.
 *
 * Names with fewer dots than "ndots" are tried below the domains of the search list first, then
 * as they are; others as they are first.  A name with a dot at its end is tried as it is only.
 *
 * The resolver prefers the name servers that answered last, and among these the fastest.  A
 * request that a server does not answer is sent to the next one.  Truncated answers are fetched
 * by TCP.
 *
 * The server side: evdns_add_server_port_with_base() for UDP, and
 * evdns_add_server_port_with_listener() for TCP, call a function for each query.  It adds records
 * to the reply and sends it with evdns_server_request_respond(), at once or later.
 */
#ifndef EVENT2_DNS_H_INCLUDED_
#define EVENT2_DNS_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct evconnlistener;
struct evdns_base;
struct evdns_getaddrinfo_request;
struct evdns_request;
struct evdns_server_port;
struct evdns_server_question;
struct evdns_server_request;
struct in_addr;
struct in6_addr;
struct sockaddr;

/** @name Results of a lookup
 *
 * The numbers below 64 are the response codes of RFC 1035.
 * @{ */
/** Success. */
#define DNS_ERR_NONE 0
/** The name server could not read the query (FORMERR). */
#define DNS_ERR_FORMAT 1
/** The name server failed (SERVFAIL). */
#define DNS_ERR_SERVERFAILED 2
/** The name does not exist (NXDOMAIN). */
#define DNS_ERR_NOTEXIST 3
/** The name server does not implement the query (NOTIMP). */
#define DNS_ERR_NOTIMPL 4
/** The name server refuses to answer (REFUSED). */
#define DNS_ERR_REFUSED 5
/** The reply was truncated. */
#define DNS_ERR_TRUNCATED 65
/** Another error: a reply that makes no sense, another response code, or no memory. */
#define DNS_ERR_UNKNOWN 66
/** No name server answered in time. */
#define DNS_ERR_TIMEOUT 67
/** The resolver was freed. */
#define DNS_ERR_SHUTDOWN 68
/** The request was cancelled. */
#define DNS_ERR_CANCEL 69
/** The name exists, but has no record of the type. */
#define DNS_ERR_NODATA 70
/** @} */

/** @name Types of answers, for evdns_callback_type
 * @{ */
#define DNS_IPv4_A    1 /**< IPv4 addresses. */
#define DNS_PTR       2 /**< A name. */
#define DNS_IPv6_AAAA 3 /**< IPv6 addresses. */
#define DNS_CNAME     4 /**< The canonical name, with DNS_CNAME_CALLBACK. */
/** @} */

/** @name Flags of lookups
 * @{ */
/** Look up the name as it is, without the search list. */
#define DNS_QUERY_NO_SEARCH 1
/** Use TCP, and not UDP first. */
#define DNS_QUERY_USEVC 2
/** Report a truncated answer as DNS_ERR_TRUNCATED; do not ask again by TCP. */
#define DNS_QUERY_IGNTC 4
/** Call back once more with the canonical name, if the name is an alias. */
#define DNS_CNAME_CALLBACK 0x80
/** The old name of DNS_QUERY_NO_SEARCH. */
#define DNS_NO_SEARCH DNS_QUERY_NO_SEARCH
/** @} */

/** @name What evdns_base_resolv_conf_parse() reads
 * @{ */
/** The search list: domain, search and the option ndots. */
#define DNS_OPTION_SEARCH 1
/** The name servers; 127.0.0.1 if there are none. */
#define DNS_OPTION_NAMESERVERS 2
/** The other options, see evdns_base_set_option(). */
#define DNS_OPTION_MISC 4
/** The hosts file, /etc/hosts. */
#define DNS_OPTION_HOSTSFILE 8
/** All of these. */
#define DNS_OPTIONS_ALL \
	(DNS_OPTION_SEARCH | DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC | DNS_OPTION_HOSTSFILE | 0)
/** With DNS_OPTION_NAMESERVERS: do not add 127.0.0.1 if the file lists no name server. */
#define DNS_OPTION_NAMESERVERS_NO_DEFAULT 16
/** @} */

/** @name Flags of evdns_base_new()
 * @{ */
/** Read /etc/resolv.conf and /etc/hosts, as with DNS_OPTIONS_ALL. */
#define EVDNS_BASE_INITIALIZE_NAMESERVERS 1
/** Do not cache answers. */
#define EVDNS_BASE_NO_CACHE 0x10
/** Do not keep the loop running while there are no requests. */
#define EVDNS_BASE_DISABLE_WHEN_INACTIVE 0x8000
/** Do not add 127.0.0.1 if /etc/resolv.conf lists no name server. */
#define EVDNS_BASE_NAMESERVERS_NO_DEFAULT 0x10000
/** @} */

/** @name Results of evdns_base_resolv_conf_parse()
 * @{ */
#define EVDNS_ERROR_NONE                      0 /**< Success. */
#define EVDNS_ERROR_FAILED_TO_OPEN_FILE       1 /**< The file cannot be opened. */
#define EVDNS_ERROR_FAILED_TO_STAT_FILE       2 /**< Its size cannot be read. */
#define EVDNS_ERROR_FILE_TOO_LARGE            3 /**< It has more than 1 MiB. */
#define EVDNS_ERROR_OUT_OF_MEMORY             4 /**< Memory is short. */
#define EVDNS_ERROR_SHORT_READ_FROM_FILE      5 /**< The file cannot be read. */
#define EVDNS_ERROR_NO_NAMESERVERS_CONFIGURED 6 /**< No name server is listed. */
/** @} */

/**
 * Callback for the answer to a lookup.
 *
 * It is called once for each request, from the loop, without locks, and may free anything, the
 * resolver included.  The addresses are valid during the call only.
 *
 * With DNS_CNAME_CALLBACK and an alias, a second call with type DNS_CNAME and count 1 follows a
 * successful one.
 *
 * @param result     DNS_ERR_NONE, or another DNS_ERR_ number; then there is no answer and type is 0
 * @param type       DNS_IPv4_A, DNS_IPv6_AAAA, DNS_PTR or DNS_CNAME
 * @param count      how many addresses there are; 1 for a name
 * @param ttl        for how many seconds the answer may be cached; with DNS_ERR_NOTEXIST and
 *                   DNS_ERR_NODATA, for how long there will be none
 * @param addresses  addresses of 4 or 16 bytes each, in network order; for DNS_PTR and DNS_CNAME
 *                   a pointer to the name (char **)
 * @param arg        what the lookup was given
 */
typedef void (*evdns_callback_type)(
    int result, char type, int count, int ttl, void *addresses, void *arg);

/**
 * Callback for the result of evdns_getaddrinfo().
 *
 * It runs without locks, from the loop or inside evdns_getaddrinfo(), and may free anything, the
 * resolver included.
 *
 * @param result  0, or an EVUTIL_EAI_ number for evutil_gai_strerror()
 * @param res     the addresses, to be freed with evutil_freeaddrinfo(); NULL on failure
 * @param arg     what evdns_getaddrinfo() was given
 */
typedef void (*evdns_getaddrinfo_cb)(int result, struct evutil_addrinfo *res, void *arg);

/**
 * Callback for log messages of the DNS functions.
 *
 * @param is_warning  whether it is a warning; otherwise it is a message for a fault finder
 * @param msg         the message, without a line end
 */
typedef void (*evdns_debug_log_fn_type)(int is_warning, const char *msg);

/**
 * Create a resolver.
 *
 * With EVDNS_BASE_INITIALIZE_NAMESERVERS the resolver follows /etc/resolv.conf and /etc/hosts: it
 * reads them again when they have changed, but for what the program has set itself.  Without the
 * file, or a name server in it, the server on this host is asked, as resolv.conf(5) says.
 *
 * @param event_base  the event base that runs the requests; NULL for that of event_init()
 * @param flags       EVDNS_BASE_ bits; 0 for a resolver without name servers.  Unknown bits mean
 *                    EVDNS_BASE_INITIALIZE_NAMESERVERS
 * @return the resolver, to be freed with evdns_base_free(); NULL if memory or random bytes are
 *         short, or there is no event base
 *
 * Threads: safe if the base has locks; the resolver then has a lock too.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evdns_base *evdns_base_new(struct event_base *event_base, int flags);

/**
 * Free a resolver.
 *
 * Bufferevents that connect to names with it receive BEV_EVENT_ERROR.
 *
 * @param base           the resolver, or NULL; any callback may free it
 * @param fail_requests  non-zero: callbacks of requests receive DNS_ERR_SHUTDOWN or EVUTIL_EAI_FAIL,
 *                       from the loop; 0: they are not called.  Those of cancelled requests are
 *
 * Threads: no other thread may use the resolver.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_base_free(struct evdns_base *base, int fail_requests);

/**
 * Remove all entries that were loaded from hosts files.
 *
 * @param base  the resolver
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_base_clear_host_addresses(struct evdns_base *base);

/**
 * Describe the result of a lookup.
 *
 * @param err  a DNS_ERR_ number
 * @return a text that is never freed, also for an unknown number
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evdns_err_to_string(int err);

/**
 * Add a name server by its IPv4 address, with port 53.
 *
 * @param base     the resolver
 * @param address  the address in network order, as in struct in_addr
 * @return as evdns_base_nameserver_sockaddr_add()
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_nameserver_add(struct evdns_base *base, unsigned long int address);

/**
 * Add a name server by its address as text.
 *
 * @param base          the resolver
 * @param ip_as_string  an IPv4 address, an IPv4 address with ":" and a port, an IPv6 address, or an
 *                      IPv6 address in brackets that ":" and a port may follow; IPv6 addresses
 *                      may have a scope ("%eth0").  The port is 53 by default
 * @return as evdns_base_nameserver_sockaddr_add(); 4 if it is no address
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_nameserver_ip_add(struct evdns_base *base, const char *ip_as_string);

/**
 * Add a name server by its address.
 *
 * @param base   the resolver
 * @param sa     an IPv4 or IPv6 address; port 0 means 53
 * @param len    size of the address in bytes
 * @param flags  0
 * @return 0; 3 if the resolver has the server already; another number if the address is invalid
 *         or memory is short
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_nameserver_sockaddr_add(
    struct evdns_base *base, const struct sockaddr *sa, ev_socklen_t len, unsigned flags);

/**
 * Get the number of name servers of a resolver.
 *
 * @param base  the resolver
 * @return how many there are, whether or not they answer
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_count_nameservers(struct evdns_base *base);

/**
 * Get the address of a name server.
 *
 * @param base  the resolver
 * @param idx   which server, from 0
 * @param sa    receives the address
 * @param len   size of sa in bytes
 * @return the size of the address; a value above len if sa is too small, and nothing is written;
 *         -1 if there is no such server
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_get_nameserver_addr(
    struct evdns_base *base, int idx, struct sockaddr *sa, ev_socklen_t len);

/**
 * Get a UDP socket that queries to a name server are sent from.
 *
 * @param base  the resolver
 * @param idx   which server, from 0
 * @return the descriptor, which stays the resolver's and may be closed after the next query; -1 if
 *         there is no such server, or no socket at present
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_get_nameserver_fd(struct evdns_base *base, int idx);

/**
 * Remove all name servers, and suspend all requests.
 *
 * Requests wait for evdns_base_resume(), new ones as well, but no longer than their time: then
 * they end with DNS_ERR_TIMEOUT.
 *
 * @param base  the resolver
 * @return 0
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_clear_nameservers_and_suspend(struct evdns_base *base);

/**
 * Resume the requests that evdns_base_clear_nameservers_and_suspend() suspended.
 *
 * @param base  the resolver
 * @return 0
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_resume(struct evdns_base *base);

/**
 * Look up the IPv4 addresses of a name (A records).
 *
 * Hosts files are not read for it; evdns_getaddrinfo() does that.
 *
 * @param base      the resolver
 * @param name      the name
 * @param flags     DNS_QUERY_ bits
 * @param callback  called once, from the loop
 * @param ptr       passed to the callback
 * @return the request, valid until its callback is called; NULL if the name is invalid or memory
 *         is short, and the callback is not called
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evdns_request *evdns_base_resolve_ipv4(
    struct evdns_base *base, const char *name, int flags, evdns_callback_type callback, void *ptr);

/**
 * Look up the IPv6 addresses of a name (AAAA records).
 *
 * Hosts files are not read for it; evdns_getaddrinfo() does that.
 *
 * @param base      the resolver
 * @param name      the name
 * @param flags     DNS_QUERY_ bits
 * @param callback  called once, from the loop
 * @param ptr       passed to the callback
 * @return the request, valid until its callback is called; NULL if the name is invalid or memory
 *         is short, and the callback is not called
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evdns_request *evdns_base_resolve_ipv6(
    struct evdns_base *base, const char *name, int flags, evdns_callback_type callback, void *ptr);

/**
 * Look up the name of an IPv4 address (PTR record).
 *
 * @param base      the resolver
 * @param in        the address
 * @param flags     DNS_QUERY_ bits
 * @param callback  called once, from the loop
 * @param ptr       passed to the callback
 * @return the request, valid until its callback is called; NULL if memory is short, and the
 *         callback is not called
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evdns_request *evdns_base_resolve_reverse(struct evdns_base *base, const struct in_addr *in,
    int flags, evdns_callback_type callback, void *ptr);

/**
 * Look up the name of an IPv6 address (PTR record).
 *
 * @param base      the resolver
 * @param in        the address
 * @param flags     DNS_QUERY_ bits
 * @param callback  called once, from the loop
 * @param ptr       passed to the callback
 * @return the request, valid until its callback is called; NULL if memory is short, and the
 *         callback is not called
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evdns_request *evdns_base_resolve_reverse_ipv6(struct evdns_base *base,
    const struct in6_addr *in, int flags, evdns_callback_type callback, void *ptr);

/**
 * Cancel a lookup: its callback receives DNS_ERR_CANCEL, from the loop.
 *
 * A request that has its answer already, but not yet its callback, is cancelled as well.
 *
 * @param base  the resolver, or NULL
 * @param req   the request, whose callback was not called yet
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_cancel_request(struct evdns_base *base, struct evdns_request *req);

/**
 * Resolve a name and a service, as getaddrinfo(3) does.
 *
 * Numeric addresses, names of hosts files, cached names and errors are reported at once: the
 * callback runs inside this call.  Otherwise it runs from the loop.  The addresses come in the
 * order of RFC 6724.
 *
 * AI_V4MAPPED and AI_ALL are ignored.  The socket type is SOCK_STREAM, SOCK_DGRAM or 0, and the
 * protocol IPPROTO_TCP, IPPROTO_UDP or 0.
 *
 * @param dns_base  the resolver; NULL for the global one of event2/dns_compat.h
 * @param nodename  a name or numeric address; NULL for this host
 * @param servname  a service or a port number; NULL for port 0
 * @param hints_in  as for getaddrinfo(3); NULL for any family and socket type.  All arguments are
 *                  copied
 * @param cb        called once
 * @param arg       passed to the callback
 * @return the request, valid until its callback is called; NULL if it was called already
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evdns_getaddrinfo_request *evdns_getaddrinfo(struct evdns_base *dns_base,
    const char *nodename, const char *servname, const struct evutil_addrinfo *hints_in,
    evdns_getaddrinfo_cb cb, void *arg);

/**
 * Cancel a request of evdns_getaddrinfo(): its callback receives EVUTIL_EAI_CANCEL, from the loop.
 *
 * @param req  the request, whose callback was not called yet
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_getaddrinfo_cancel(struct evdns_getaddrinfo_request *req);

/**
 * Add the addresses of a name to the cache of a resolver.
 *
 * Addresses of the name and of the families of res are replaced.
 *
 * @param dns_base  the resolver
 * @param nodename  the name
 * @param res       its addresses, which are copied; the name in ai_canonname of the first one is
 *                  its canonical name
 * @param ttl       for how many seconds they are valid
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evdns_cache_write(
    struct evdns_base *dns_base, char *nodename, struct evutil_addrinfo *res, int ttl);

/**
 * Look up a name in the cache of a resolver only.
 *
 * @param base      the resolver
 * @param nodename  the name
 * @param hints     as for evdns_getaddrinfo()
 * @param port      the port of the addresses
 * @param res       receives the addresses, to be freed with evutil_freeaddrinfo()
 * @return 0, or an EVUTIL_EAI_ number: EVUTIL_EAI_NONAME if the cache does not have the name
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evdns_cache_lookup(struct evdns_base *base, const char *nodename, struct evutil_addrinfo *hints,
    ev_uint16_t port, struct evutil_addrinfo **res);

/**
 * Set an option of a resolver.  Options of resolv.conf have the same names.
 *
 * | option | value | default |
 * |---|---|---|
 * | attempts | how often a request is sent to the servers in turn | 3 |
 * | bind-to | the local address of sockets to name servers added later | any |
 * | edns-udp-size | the largest answer by UDP, 512 to 65535 bytes | 1232 |
 * | getaddrinfo-allow-skew | seconds to wait for the second family when one has addresses | 3 |
 * | ignore-tc | none: report truncated answers, as DNS_QUERY_IGNTC does | off |
 * | initial-probe-timeout | seconds before a failed server is tried again | 1 |
 * | max-inflight | how many requests are sent at a time; others wait | 64 |
 * | max-probe-timeout | the most that these seconds grow to | 30 |
 * | max-timeouts | after how many timeouts in a row a server has failed | 3 |
 * | ndots | the dots that make a name complete | 1 |
 * | probe-backoff-factor | by which they grow after each failure | 2 |
 * | randomize-case | 1 to mix the case of names, against forged answers; 0 not to | 1 |
 * | so-rcvbuf, so-sndbuf | buffer sizes of sockets to name servers, in bytes | the system's |
 * | tcp-idle-timeout | seconds before an idle TCP connection is closed | 30 |
 * | timeout | seconds to wait for an answer before the next try, with a fraction | see below |
 * | use-vc | none: use TCP, as DNS_QUERY_USEVC does | off |
 *
 * A request ends after timeout times attempts, and as often as there are servers if the program has
 * set the timeout.  If it has not, a try waits five times as long as the server usually takes,
 * 250 milliseconds to 5 seconds, and 2 seconds while that is not known; the request ends after
 * 5 seconds times attempts.
 *
 * @param base    the resolver
 * @param option  the name of the option; a colon may follow it
 * @param val     its value as text
 * @return 0, also if there is no such option; -1 if the value is invalid or memory is short
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_set_option(struct evdns_base *base, const char *option, const char *val);

/**
 * Read a file like resolv.conf(5).
 *
 * @param base      the resolver
 * @param flags     DNS_OPTION_ bits: what is read
 * @param filename  the file
 * @return EVDNS_ERROR_NONE, or another EVDNS_ERROR_ number
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_resolv_conf_parse(struct evdns_base *base, int flags, const char *const filename);

/**
 * Load a file like hosts(5), for evdns_getaddrinfo().
 *
 * Entries are added to those that were loaded before; see evdns_base_clear_host_addresses().
 *
 * @param base         the resolver
 * @param hosts_fname  the file; NULL for entries of localhost only
 * @return 0, or -1 if the file cannot be read or memory is short
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_load_hosts(struct evdns_base *base, const char *hosts_fname);

#if defined(_WIN32)
/**
 * Read the system's name servers.
 *
 * @param base  the resolver
 * @return 0, or -1 on failure
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_base_config_windows_nameservers(struct evdns_base *base);
/** Defined where evdns_base_config_windows_nameservers() exists. */
#define EVDNS_BASE_CONFIG_WINDOWS_NAMESERVERS_IMPLEMENTED
#endif

/**
 * Remove all domains from the search list.
 *
 * @param base  the resolver
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_base_search_clear(struct evdns_base *base);

/**
 * Add a domain at the front of the search list.
 *
 * @param base    the resolver
 * @param domain  the domain, with or without a dot in front
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_base_search_add(struct evdns_base *base, const char *domain);

/**
 * Set how many dots make a name complete, so that it is tried as it is first.
 *
 * @param base   the resolver
 * @param ndots  how many; 1 by default
 *
 * Threads: safe if the event base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_base_search_ndots_set(struct evdns_base *base, const int ndots);

/**
 * Set the function for log messages of the DNS functions.
 *
 * @param fn  the function, for all resolvers; NULL for the one of event_set_log_callback()
 *
 * Threads: not safe; call it before other functions.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_set_log_fn(evdns_debug_log_fn_type fn);

/**
 * Do nothing: ids of queries come from the library's random numbers.
 *
 * @param fn  ignored
 *
 * Threads: safe.
 * Since: libevent 2.1; deprecated, without a successor.
 */
EVENT2_EXPORT_SYMBOL
void evdns_set_transaction_id_fn(ev_uint16_t (*fn)(void));

/**
 * Do nothing: random bytes come from the library.
 *
 * @param fn  ignored
 *
 * Threads: safe.
 * Since: libevent 2.1; deprecated, without a successor.
 */
EVENT2_EXPORT_SYMBOL
void evdns_set_random_bytes_fn(void (*fn)(char *, size_t));

/** @name Sections of a reply
 * @{ */
#define EVDNS_ANSWER_SECTION     0 /**< The records that were asked for. */
#define EVDNS_AUTHORITY_SECTION  1 /**< Where the zone is served, or its SOA. */
#define EVDNS_ADDITIONAL_SECTION 2 /**< Records that the client will want next. */
/** @} */

/** @name Types of records and of questions
 * @{ */
#define EVDNS_TYPE_A     1   /**< An IPv4 address. */
#define EVDNS_TYPE_NS    2   /**< A name server of a zone. */
#define EVDNS_TYPE_CNAME 5   /**< The name that this one is an alias of. */
#define EVDNS_TYPE_SOA   6   /**< The start of a zone of authority. */
#define EVDNS_TYPE_PTR   12  /**< The name of an address. */
#define EVDNS_TYPE_MX    15  /**< A mail server. */
#define EVDNS_TYPE_TXT   16  /**< Text. */
#define EVDNS_TYPE_AAAA  28  /**< An IPv6 address. */
#define EVDNS_QTYPE_AXFR 252 /**< A question for a whole zone. */
#define EVDNS_QTYPE_ALL  255 /**< A question for records of any type. */
/** @} */

/** The class of records and questions: Internet. */
#define EVDNS_CLASS_INET 1

/** @name Flags of a reply
 * @{ */
#define EVDNS_FLAGS_AA 0x400 /**< The server is an authority for the name. */
#define EVDNS_FLAGS_RD 0x080 /**< Recursion is available: RA of RFC 1035, whatever the name says. */
/** @} */

/**
 * Callback for a query that a server port received.
 *
 * The callback owns the request, whose questions are in event2/dns_struct.h.  It must end it with
 * evdns_server_request_respond() or evdns_server_request_drop(), then or later.
 *
 * It runs on the loop's thread, without locks.  It may close the port, and free any other object.
 */
typedef void (*evdns_request_callback_fn_type)(struct evdns_server_request *req, void *user_data);

/** Options of evdns_server_port_set_option(). */
enum evdns_server_option {
	/**
	 * How many TCP clients may be connected at a time; 10 by default.  For a new one the client
	 * that has been idle for longest is disconnected; if none is idle, the new one is.
	 */
	EVDNS_SOPT_TCP_MAX_CLIENTS = 0,
	/**
	 * After how many seconds without a query a TCP connection is closed, 10 by default; 0 is
	 * never.  Clients whose requests the program has not ended are not idle.
	 */
	EVDNS_SOPT_TCP_IDLE_TIMEOUT = 1
};

/**
 * Create a DNS server on a UDP socket.
 *
 * Datagrams that are no queries are ignored.  The port itself refuses queries that it cannot read
 * (FORMERR), operations other than QUERY (NOTIMP), later versions of EDNS (BADVERS), and queries
 * for which there is no memory (SERVFAIL).
 *
 * Queries are received several at a time.  A reply that is sent inside the callback leaves when the
 * callbacks of these queries have returned, but does not wait for longer than a millisecond and the
 * callback that runs then.
 *
 * @param base       the event base that watches the socket
 * @param socket     a bound UDP socket; evdns_close_server_port() closes it.  It is never waited
 *                   for, blocking or not
 * @param flags      0
 * @param callback   called for each query
 * @param user_data  passed to the callback
 * @return the port; NULL with errno if flags are set, an argument is missing, memory is short, or
 *         the base cannot watch the socket: the caller then still owns the socket
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evdns_server_port *evdns_add_server_port_with_base(struct event_base *base,
    evutil_socket_t socket, int flags, evdns_request_callback_fn_type callback, void *user_data);

/**
 * Create a DNS server for TCP connections.
 *
 * A connection carries any number of queries, whose replies may be sent in any order.  The port
 * stops reading from a client that has 64 requests which the program has not ended, or does not
 * read its replies.  It closes a connection that sends something else than queries.
 *
 * @param base       the event base of the listener; NULL is the same
 * @param listener   a listener for stream sockets, which is enabled and whose callback is replaced;
 *                   the port owns it, and frees it in evdns_close_server_port().  To close the port
 *                   from another thread, it needs LEV_OPT_THREADSAFE
 * @param flags      0
 * @param callback   called for each query
 * @param user_data  passed to the callback
 * @return the port; NULL with errno if flags are set, an argument is missing or memory is short:
 *         the caller then still owns the listener
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct evdns_server_port *evdns_add_server_port_with_listener(struct event_base *base,
    struct evconnlistener *listener, int flags, evdns_request_callback_fn_type callback,
    void *user_data);

/**
 * Close a DNS server port.
 *
 * No callback starts after this has returned.  Requests that the program still has stay valid, and
 * their replies are sent if the system takes them at once.  The socket of UDP, and that of each TCP
 * client, is closed with the last of its requests; the listener is freed before this returns.
 *
 * A port for TCP must be closed before its base is freed.
 *
 * @param port  the port, or NULL; its own callback may close it
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_close_server_port(struct evdns_server_port *port);

/**
 * Set an option of a DNS server port for TCP.
 *
 * @param port    the port
 * @param option  which option
 * @param value   its value
 * @return 0, or -1 if the port is for UDP or there is no such option
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evdns_server_port_set_option(
    struct evdns_server_port *port, enum evdns_server_option option, size_t value);

/**
 * Set flags of the reply to a query.
 *
 * Sets or clears the two flags below, and adds other ones of RFC 1035 and RFC 4035: TC (0x200), AD
 * (0x20), CD (0x10).  The reply has RD and CD of the query without this.
 *
 * @param req    the request
 * @param flags  EVDNS_FLAGS_ and other bits; those of the header that are no flags are ignored
 *
 * Threads: no other thread may use the request.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evdns_server_request_set_flags(struct evdns_server_request *req, int flags);

/**
 * Add a record to the reply to a query.
 *
 * Names are text as in RFC 1035, with or without a dot at the end: a backslash stands before a dot
 * that separates no labels, or before three digits for a byte.  "" and "." are the root.  The
 * names of questions have this form as well.
 *
 * @param req        the request
 * @param section    EVDNS_ANSWER_SECTION, EVDNS_AUTHORITY_SECTION or EVDNS_ADDITIONAL_SECTION
 * @param name       the name that has the record
 * @param type       EVDNS_TYPE_ number, or any other
 * @param dns_class  EVDNS_CLASS_INET
 * @param ttl        for how many seconds it may be cached; less than 0 is 0
 * @param datalen    size of data in bytes, at most 65535; ignored with is_name
 * @param is_name    non-zero if data is a name as text
 * @param data       the record's data, which is copied; NULL is none
 * @return 0, or -1 with errno if an argument is invalid or memory is short
 *
 * Threads: no other thread may use the request.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_server_request_add_reply(struct evdns_server_request *req, int section, const char *name,
    int type, int dns_class, int ttl, int datalen, int is_name, const char *data);

/**
 * Add A records to the answer section of a reply, one for each address.
 *
 * @param req    the request
 * @param name   the name that has the addresses
 * @param n      how many addresses there are
 * @param addrs  n IPv4 addresses of 4 bytes each, in network order
 * @param ttl    for how many seconds they may be cached
 * @return 0, or -1 with errno if an argument is invalid or memory is short
 *
 * Threads: no other thread may use the request.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_server_request_add_a_reply(
    struct evdns_server_request *req, const char *name, int n, const void *addrs, int ttl);

/**
 * Add AAAA records to the answer section of a reply, one for each address.
 *
 * @param req    the request
 * @param name   the name that has the addresses
 * @param n      how many addresses there are
 * @param addrs  n IPv6 addresses of 16 bytes each, in network order
 * @param ttl    for how many seconds they may be cached
 * @return 0, or -1 with errno if an argument is invalid or memory is short
 *
 * Threads: no other thread may use the request.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_server_request_add_aaaa_reply(
    struct evdns_server_request *req, const char *name, int n, const void *addrs, int ttl);

/**
 * Add a PTR record to the answer section of a reply: the name of an address.
 *
 * @param req          the request
 * @param in           the IPv4 address; NULL if inaddr_name is given
 * @param inaddr_name  the name that stands for the address, below in-addr.arpa or ip6.arpa; NULL
 *                     if in is given
 * @param hostname     the name of the address
 * @param ttl          for how many seconds it may be cached
 * @return 0, or -1 with errno if both or none of in and inaddr_name are given, another argument is
 *         invalid, or memory is short
 *
 * Threads: no other thread may use the request.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_server_request_add_ptr_reply(struct evdns_server_request *req, struct in_addr *in,
    const char *inaddr_name, const char *hostname, int ttl);

/**
 * Add a CNAME record to the answer section of a reply.
 *
 * @param req    the request
 * @param name   the alias
 * @param cname  the name that it stands for
 * @param ttl    for how many seconds it may be cached
 * @return 0, or -1 with errno if an argument is invalid or memory is short
 *
 * Threads: no other thread may use the request.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_server_request_add_cname_reply(
    struct evdns_server_request *req, const char *name, const char *cname, int ttl);

/**
 * Send the reply to a query, and free the request.
 *
 * A reply by UDP has at most 512 bytes, or what the client announces by EDNS, up to 4096.  Records
 * that do not fit are left out, and the flag TC is set, unless nothing but additional records are
 * missing beside an answer.  A query with EDNS gets a reply with EDNS.
 *
 * If the socket has no space, the reply waits for it, with up to 256 KiB of others.
 *
 * @param req  the request; it is freed, also on failure, unless errno is EINVAL
 * @param err  DNS_ERR_NONE, or the response code of an error, up to 15
 * @return 0, or -1 with errno: EINVAL for another code; ENOTCONN if the TCP client has gone; ENOMEM;
 *         EAGAIN if too many replies wait or the port is closed; or an error of send(2)
 *
 * Threads: no other thread may use the request.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_server_request_respond(struct evdns_server_request *req, int err);

/**
 * Free a request without a reply.
 *
 * @param req  the request
 * @return 0
 *
 * Threads: no other thread may use the request.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_server_request_drop(struct evdns_server_request *req);

/**
 * Get the address that a query came from.
 *
 * @param req       the request
 * @param sa        receives the address
 * @param addr_len  size of sa in bytes
 * @return the size of the address; -1 if sa is too small, and nothing is written
 *
 * Threads: no other thread may use the request.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evdns_server_request_get_requesting_addr(
    struct evdns_server_request *req, struct sockaddr *sa, int addr_len);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_DNS_H_INCLUDED_ */
