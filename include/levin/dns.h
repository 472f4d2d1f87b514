/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * DNS queries for records of any type, with the whole answer as structs.
 *
 * Link with libevent_extra (pkg-config libevent_extra).
 *
 * levin_dns_query() asks the name servers of a resolver, which evdns_base_new() creates, for the
 * records of one type.  The callback receives a struct levin_dns_answer: the records of all
 * sections with typed data, the response code, and which server replied.
 * levin_dns_record_print() writes a record as text.
 *
 * levin_dns_use_streams() makes a resolver ask over TLS, and levin_dns_dump() shows its state.
 *
 * For addresses to connect to, evdns_getaddrinfo() is better: it has a cache and the hosts files.
 */
#ifndef LEVIN_DNS_H
#define LEVIN_DNS_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct evbuffer;
struct evdns_base;
struct event_base;
struct levin_dns_request;
struct sockaddr;

/** Types of records whose data are read; those of all other types are bytes. */
enum levin_dns_type {
	LEVIN_DNS_TYPE_A = 1,      /**< An IPv4 address (RFC 1035). */
	LEVIN_DNS_TYPE_NS = 2,     /**< A name server of a zone (RFC 1035). */
	LEVIN_DNS_TYPE_CNAME = 5,  /**< The name that an alias stands for (RFC 1035). */
	LEVIN_DNS_TYPE_SOA = 6,    /**< The start of a zone (RFC 1035). */
	LEVIN_DNS_TYPE_PTR = 12,   /**< The name of an address (RFC 1035). */
	LEVIN_DNS_TYPE_MX = 15,    /**< A host that receives mail (RFC 1035). */
	LEVIN_DNS_TYPE_TXT = 16,   /**< Texts (RFC 1035). */
	LEVIN_DNS_TYPE_AAAA = 28,  /**< An IPv6 address (RFC 3596). */
	LEVIN_DNS_TYPE_SRV = 33,   /**< Where a service is (RFC 2782). */
	LEVIN_DNS_TYPE_NAPTR = 35, /**< A rule to rewrite a name (RFC 3403). */
	LEVIN_DNS_TYPE_DNAME = 39, /**< The name that a whole domain stands for (RFC 6672). */
	LEVIN_DNS_TYPE_TLSA = 52,  /**< A certificate of a service (RFC 6698). */
	LEVIN_DNS_TYPE_SVCB = 64,  /**< How a service is reached (RFC 9460). */
	LEVIN_DNS_TYPE_HTTPS = 65, /**< How a web site is reached (RFC 9460). */
	LEVIN_DNS_TYPE_ANY = 255,  /**< Only in queries: all types (RFC 8482). */
	LEVIN_DNS_TYPE_CAA = 257   /**< Who may issue certificates (RFC 8659). */
};

/** Bits of the flags of levin_dns_query(). */
enum levin_dns_flags {
	/** Query the name as it is, without the search list. */
	LEVIN_DNS_NO_SEARCH = 1,
	/** Use TCP, and not UDP first. */
	LEVIN_DNS_USE_TCP = 2,
	/** Report a truncated answer as DNS_ERR_TRUNCATED; do not query again by TCP. */
	LEVIN_DNS_IGNORE_TRUNCATION = 4,
	/** Query for signatures as well: the DO bit (RFC 3225). */
	LEVIN_DNS_DNSSEC_OK = 8,
	/** Let the server return data that it could not verify: the CD bit (RFC 4035 3.2.2). */
	LEVIN_DNS_CHECKING_DISABLED = 16,
	/** Let the server answer from what it knows: without the RD bit. */
	LEVIN_DNS_NO_RECURSION = 32
};

/** Bytes, which need not be text.  There is no zero byte behind them. */
struct levin_dns_bytes {
	const uint8_t *bytes; /**< The first byte. */
	size_t size;          /**< How many there are. */
};

/** The data of an MX record. */
struct levin_dns_mx {
	uint16_t preference;  /**< Hosts with the lowest number are used first. */
	const char *exchange; /**< The host. */
};

/** The data of an SOA record.  Times are in seconds. */
struct levin_dns_soa {
	const char *primary; /**< The name server with the original of the zone. */
	const char *mailbox; /**< The address of its administrator, as a name. */
	uint32_t serial;     /**< The version of the zone. */
	uint32_t refresh;    /**< After which copies look for a new version. */
	uint32_t retry;      /**< The same after a failure. */
	uint32_t expire;     /**< After which copies are not used any more. */
	uint32_t minimum;    /**< For how long negative answers may be cached (RFC 2308). */
};

/** The data of an SRV record. */
struct levin_dns_srv {
	uint16_t priority;  /**< Targets with the lowest number are used first. */
	uint16_t weight;    /**< The share among targets of one priority. */
	uint16_t port;      /**< The port of the service. */
	const char *target; /**< The host; "." if there is no such service. */
};

/** The data of a TXT record. */
struct levin_dns_txt {
	const struct levin_dns_bytes *strings; /**< One at least. */
	size_t count;                          /**< How many there are. */
};

/** The data of a CAA record. */
struct levin_dns_caa {
	uint8_t flags;                /**< 128: critical. */
	const char *tag;              /**< Such as "issue"; letters and digits. */
	struct levin_dns_bytes value; /**< Such as "ca.example.net". */
};

/** The data of a NAPTR record. */
struct levin_dns_naptr {
	uint16_t order;                    /**< Rules with the lowest number are used first. */
	uint16_t preference;               /**< The same among rules of one order. */
	struct levin_dns_bytes flags;      /**< Such as "s". */
	struct levin_dns_bytes services;   /**< Such as "SIP+D2U". */
	struct levin_dns_bytes expression; /**< A substitution; empty if there is a replacement. */
	const char *replacement;           /**< The next name; "." if there is an expression. */
};

/** The data of a TLSA record. */
struct levin_dns_tlsa {
	uint8_t usage;                      /**< Which certificate of the chain is meant. */
	uint8_t selector;                   /**< 0: the whole certificate; 1: its public key. */
	uint8_t matching_type;              /**< 0: as it is; 1: SHA-256; 2: SHA-512. */
	struct levin_dns_bytes certificate; /**< What must match. */
};

/** A parameter of an SVCB or HTTPS record. */
struct levin_dns_parameter {
	uint16_t key;                 /**< Such as 1 for "alpn" (RFC 9460 14.3.2). */
	struct levin_dns_bytes value; /**< In the form of the message. */
};

/** The data of an SVCB or HTTPS record. */
struct levin_dns_svcb {
	uint16_t priority;  /**< 0: an alias; else the lowest number is used first. */
	const char *target; /**< The host; "." is the owner of the record. */
	const struct levin_dns_parameter *parameters; /**< In rising order of their keys. */
	size_t count;                                 /**< How many there are. */
};

/**
 * A record.  Names are text without a dot at the end, with the escapes of zone files
 * (RFC 1035 5.1); the root is ".".
 *
 * Later versions may have more members.
 */
struct levin_dns_record {
	const struct levin_dns_record *next; /**< The next record of the section, or NULL. */
	const char *name;                    /**< The owner of the record. */
	uint16_t type;                       /**< Its type, see enum levin_dns_type. */
	uint16_t dns_class;                  /**< 1 (IN): others are left out. */
	uint32_t ttl;                        /**< For how many seconds it may be used. */
	struct levin_dns_bytes data;         /**< As in the message, names not compressed. */
	/** The data in the form of the type; not set for types without a member here. */
	union {
		struct in_addr a;             /**< A. */
		struct in6_addr aaaa;         /**< AAAA. */
		const char *name;             /**< CNAME, DNAME, NS, PTR. */
		struct levin_dns_mx mx;       /**< MX. */
		struct levin_dns_soa soa;     /**< SOA. */
		struct levin_dns_srv srv;     /**< SRV. */
		struct levin_dns_txt txt;     /**< TXT. */
		struct levin_dns_caa caa;     /**< CAA. */
		struct levin_dns_naptr naptr; /**< NAPTR. */
		struct levin_dns_tlsa tlsa;   /**< TLSA. */
		struct levin_dns_svcb svcb;   /**< SVCB and HTTPS. */
	} as;
};

/**
 * What a server replied to a query, as it is in the message.  The pseudo-record of EDNS and
 * records of other classes than IN are left out.  The name that was asked for is in the case of
 * the program wherever the message refers to it.
 *
 * Later versions may have more members.
 */
struct levin_dns_answer {
	const char *name;     /**< The name that was asked for, with the domain of the search. */
	uint16_t type;        /**< The type that was asked for. */
	uint16_t rcode;       /**< The response code, with the bits that EDNS adds (RFC 6891). */
	int is_authentic;     /**< 1: the server has verified the data (RFC 4035 3.2.3). */
	int is_authoritative; /**< 1: it has the zone. */
	int is_truncated;     /**< 1: records are missing. */
	int has_recursion;    /**< 1: it asks other servers. */
	int used_tcp;         /**< 1: the answer came by TCP or TLS. */
	const char *server;   /**< Such as "192.0.2.1:53"; NULL if no server was asked. */
	int64_t duration_ns;  /**< From the query to the answer, in nanoseconds. */
	const struct levin_dns_record *records;    /**< The answer section, or NULL. */
	const struct levin_dns_record *authority;  /**< The authority section, or NULL. */
	const struct levin_dns_record *additional; /**< The additional section, or NULL. */
};

/**
 * The result of a query.
 *
 * The result is DNS_ERR_NONE if there are records of the type for the name, or for the name that
 * its aliases lead to.  Else it is another DNS_ERR_ constant of event2/dns.h;
 * evdns_err_to_string() has its text.
 *
 * There is an answer whenever the result is DNS_ERR_NONE, and with most other results that come
 * from a server.  It is NULL when no server has replied, when the reply was malformed, when memory
 * is short, and for requests that were cancelled.
 *
 * The callback runs from the loop, without a lock.  It may free everything, the resolver included.
 *
 * @param result  a DNS_ERR_ constant
 * @param answer  the answer, which the callback owns and frees with levin_dns_answer_free(); or
 *                NULL
 * @param arg     the argument of levin_dns_query()
 */
typedef void levin_dns_query_fn(int result, struct levin_dns_answer *answer, void *arg);

/**
 * Query the name servers of a resolver for the records of a name.
 *
 * Names, the search list, retries, truncation and deadlines are as for
 * evdns_base_resolve_ipv4().  Every query has exactly one callback, at the latest at its deadline,
 * unless the resolver is freed without fail_requests.  It never runs inside this function.
 *
 * The cache and the hosts files of the resolver are not used.  Names that no server may be
 * asked for (localhost, invalid and onion, and names below them) are answered at once.
 *
 * The query has the AD bit, so that the answer says whether the server has verified it
 * (RFC 6840 5.7).  That can be relied on if the way to the server is safe.
 *
 * @param base      the resolver
 * @param name      the name; with a dot at its end it is queried as it is
 * @param type      the type, of enum levin_dns_type or any other one but OPT and transfers of zones
 * @param flags     bits of enum levin_dns_flags
 * @param callback  receives the result; must not be NULL
 * @param arg       its argument
 * @return the request, for levin_dns_cancel() until the callback has returned; or NULL, with
 *         errno EINVAL for an argument that makes no sense, ENAMETOOLONG or ENOMEM, and then
 *         there is no callback
 *
 * Threads: safe if the program has set lock functions, as evthread_use_pthreads() does, before
 * it created the resolver.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_dns_request *levin_dns_query(struct evdns_base *base, const char *name,
    int type, unsigned flags, levin_dns_query_fn *callback, void *arg);

/**
 * Cancel a query: the loop calls its callback soon, with DNS_ERR_CANCEL.
 *
 * If the result is known already, the callback is called with that; inside the callback the
 * function has no effect.
 *
 * @param request  a query whose callback has not returned
 *
 * Threads: as levin_dns_query().  The request must not end on another thread meanwhile.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_dns_cancel(struct levin_dns_request *request);

/**
 * Free an answer, with its records.
 *
 * @param answer  the answer, or NULL
 *
 * Threads: safe; an answer belongs to no resolver.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_dns_answer_free(struct levin_dns_answer *answer);

/**
 * Print a record as text, in the form of zone files (RFC 1035 5, RFC 3597).
 *
 * The text is one line without its end, such as "example.org. 300 IN MX 10 mail.example.org.".
 *
 * @param record    a record of an answer
 * @param text      receives the text with a zero byte, cut to fit; may be NULL if capacity is 0
 * @param capacity  bytes at text
 * @return the length of the whole text, as snprintf() does; or 0 with errno EINVAL if the data are
 *         not what the type has, as they are in records of answers
 *
 * Threads: safe.
 * Since: Levin 0.1
 */
LEVIN_EXPORT size_t levin_dns_record_print(
    const struct levin_dns_record *record, char *text, size_t capacity);

/**
 * Parse the name of a record type.
 *
 * @param text  such as "MX", in upper or lower case, or "TYPE65534" (RFC 3597 5)
 * @return the type, or -1 with errno EINVAL if it is unknown
 *
 * Threads: safe.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_dns_type_parse(const char *text);

/**
 * Dump the state of a resolver as text, to find a fault.
 *
 * There is a line for the requests and one for the queries under way; one for each name server,
 * with its latency, its statistics and what it has not replied to yet; one for the search list;
 * and one for the cache.  A query is what is sent for one name and type of a request.  The text
 * is for people: later versions may change it.
 *
 * @param base    the resolver
 * @param output  receives the text, at its end
 * @return 0; or -1 with errno EINVAL if something is missing, or ENOMEM, and the buffer is as it
 *         was
 *
 * Threads: as levin_dns_query().
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_dns_dump(struct evdns_base *base, struct evbuffer *output);

/**
 * Create a stream to a name server, for levin_dns_use_streams().
 *
 * The stream must not be connected yet; the resolver connects it to the server, owns it and
 * replaces its callbacks.  The function must not call functions of the resolver.
 *
 * @param base     the loop of the resolver
 * @param server   the address and the port of the name server
 * @param size     the size of the address
 * @param options  BEV_OPT_ bits that the stream must have
 * @param arg      the argument of levin_dns_use_streams()
 * @return the stream, or NULL: the server then has failed
 *
 * Locks: runs with the lock of the resolver held, on any thread that uses it.
 */
typedef struct bufferevent *levin_dns_stream_fn(
    struct event_base *base, const struct sockaddr *server, int size, int options, void *arg);

/**
 * Query name servers over streams that the program creates, such as TLS (RFC 7858).
 *
 * All requests of the resolver, those of evdns_getaddrinfo() and bufferevents among them, then go
 * over these streams alone, with a message behind its length as over TCP.  Nothing is sent by UDP
 * or plain TCP, whatever fails.  A stream carries many queries at once, and is closed when it was
 * idle for a while (the option "tcp-idle-timeout").
 *
 * To use TLS the function returns levin_tls_socket_new(base, -1, tls, "dns.example", options): the
 * name is the one that the certificate of the server is verified for.  The port of such servers is
 * mostly 853, and is given with their addresses, as in "192.0.2.1:853".
 *
 * Queries that are under way are sent again.  Set this before the resolver is used, because what
 * was sent before could be read by others.
 *
 * @param base        the resolver
 * @param new_stream  creates a stream for each connection; NULL to use UDP and TCP again
 * @param arg         its argument; must outlive the resolver
 * @return 0, or -1 with errno EINVAL if there is no resolver
 *
 * Threads: as levin_dns_query().
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_dns_use_streams(
    struct evdns_base *base, levin_dns_stream_fn *new_stream, void *arg);

#ifdef __cplusplus
}
#endif

#endif
