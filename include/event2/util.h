/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Sockets, addresses, time, text and random numbers, the same everywhere.
 */
#ifndef EVENT2_UTIL_H_INCLUDED_
#define EVENT2_UTIL_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/event-config.h>

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(EVENT__SIZEOF_VOID__) && !defined(EVENT__SIZEOF_VOID_P)
#define EVENT__SIZEOF_VOID_P EVENT__SIZEOF_VOID__ /**< The size of a pointer. */
#endif

/** @name Integers of known size
 * From times before <stdint.h>.
 * @{ */
#define ev_uint64_t  uint64_t  /**< Without a sign, of 64 bits. */
#define ev_int64_t   int64_t   /**< With a sign, of 64 bits. */
#define ev_uint32_t  uint32_t  /**< Without a sign, of 32 bits. */
#define ev_int32_t   int32_t   /**< With a sign, of 32 bits. */
#define ev_uint16_t  uint16_t  /**< Without a sign, of 16 bits. */
#define ev_int16_t   int16_t   /**< With a sign, of 16 bits. */
#define ev_uint8_t   uint8_t   /**< Without a sign, of 8 bits. */
#define ev_int8_t    int8_t    /**< With a sign, of 8 bits. */
#define ev_uintptr_t uintptr_t /**< Without a sign, large enough for a pointer. */
#define ev_intptr_t  intptr_t  /**< With a sign, large enough for a pointer. */
/** @} */

/** A size or -1. */
#define ev_ssize_t ssize_t

/** A position in a file. */
#if EVENT__SIZEOF_OFF_T == 4
#define ev_off_t ev_int32_t
#else
#define ev_off_t ev_int64_t
#endif

/** @name Ends of their ranges
 * @{ */
#define EV_UINT64_MAX UINT64_MAX /**< The largest ev_uint64_t. */
#define EV_INT64_MAX  INT64_MAX  /**< The largest ev_int64_t. */
#define EV_INT64_MIN  INT64_MIN  /**< The least ev_int64_t. */
#define EV_UINT32_MAX UINT32_MAX /**< The largest ev_uint32_t. */
#define EV_INT32_MAX  INT32_MAX  /**< The largest ev_int32_t. */
#define EV_INT32_MIN  INT32_MIN  /**< The least ev_int32_t. */
#define EV_UINT16_MAX UINT16_MAX /**< The largest ev_uint16_t. */
#define EV_INT16_MAX  INT16_MAX  /**< The largest ev_int16_t. */
#define EV_INT16_MIN  INT16_MIN  /**< The least ev_int16_t. */
#define EV_UINT8_MAX  UINT8_MAX  /**< The largest ev_uint8_t. */
#define EV_INT8_MAX   INT8_MAX   /**< The largest ev_int8_t. */
#define EV_INT8_MIN   INT8_MIN   /**< The least ev_int8_t. */

#if EVENT__SIZEOF_SIZE_T == 8
#define EV_SIZE_MAX  EV_UINT64_MAX /**< The largest size_t. */
#define EV_SSIZE_MAX EV_INT64_MAX  /**< The largest ev_ssize_t. */
#else
#define EV_SIZE_MAX  EV_UINT32_MAX
#define EV_SSIZE_MAX EV_INT32_MAX
#endif
#define EV_SSIZE_MIN ((-EV_SSIZE_MAX) - 1) /**< The least ev_ssize_t. */
/** @} */

/** The size of a socket address. */
#define ev_socklen_t socklen_t

#if defined(EVENT__HAVE_STRUCT_SOCKADDR_STORAGE___SS_FAMILY)
#if !defined(EVENT__HAVE_STRUCT_SOCKADDR_STORAGE_SS_FAMILY) && !defined(ss_family)
#define ss_family __ss_family /**< The member by the name that this system gives it. */
#endif
#endif

/** A socket, or any other descriptor. */
#define evutil_socket_t int

/** A clock that never runs backwards; see evutil_monotonic_timer_new(). */
struct evutil_monotonic_timer;

/** For evutil_configure_monotonic_time(): the finest clock, even if reading it costs more. */
#define EV_MONOT_PRECISE 1
/** For evutil_configure_monotonic_time(): the wall clock, kept from running backwards. */
#define EV_MONOT_FALLBACK 2

/**
 * Write a date in the form that HTTP and mail use, such as
 * "Sun, 06 Nov 1994 08:49:37 GMT".
 *
 * The names are English in every locale.
 *
 * @param date     receives the text, always ended by a NUL if datelen is not 0
 * @param datelen  size of date, in bytes; 30 are enough
 * @param tm       the time, in UTC; NULL is now
 * @return the length that the text has without its NUL, which is more than
 *         datelen - 1 if it was cut
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_date_rfc1123(char *date, const size_t datelen, const struct tm *tm);

/**
 * Make a monotonic timer: a clock that never runs backwards.
 *
 * @return the clock, to be set up with evutil_configure_monotonic_time() and freed with
 *         evutil_monotonic_timer_free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evutil_monotonic_timer *evutil_monotonic_timer_new(void);

/**
 * Free a monotonic timer.
 *
 * @param timer  from evutil_monotonic_timer_new(), or NULL
 *
 * Threads: not safe; one thread at a time may use the clock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evutil_monotonic_timer_free(struct evutil_monotonic_timer *timer);

/**
 * Configure a monotonic timer: choose the clock that it reads.
 *
 * Must be called before evutil_gettime_monotonic().
 *
 * @param timer  the clock
 * @param flags  0 for the cheapest clock of the system, or EV_MONOT_PRECISE,
 *               EV_MONOT_FALLBACK
 * @return 0, or -1 if timer is NULL; a clock that the system does not have is
 *         replaced by the next best one
 *
 * Threads: not safe; one thread at a time may use the clock.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_configure_monotonic_time(struct evutil_monotonic_timer *timer, int flags);

/**
 * Get the time of a monotonic timer.
 *
 * The time counts from an unspecified instant and never goes back.
 *
 * @param timer  the clock
 * @param tp     receives the time
 * @return 0, or -1 if the clock cannot be read
 *
 * Threads: not safe; one thread at a time may read a clock object.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_gettime_monotonic(struct evutil_monotonic_timer *timer, struct timeval *tp);

/**
 * Make a socket pair: two connected sockets.
 *
 * @param domain    AF_UNIX
 * @param type      SOCK_STREAM or another type of the domain
 * @param protocol  0
 * @param sv        receives the two descriptors; the caller closes them
 * @return 0, or -1 and the socket error is set
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_socketpair(int domain, int type, int protocol, evutil_socket_t sv[2]);

/**
 * Make a socket nonblocking: its reads and writes return at once instead of waiting.
 *
 * @param sock  the socket, or any descriptor
 * @return 0, or -1 with a warning in the log
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_make_socket_nonblocking(evutil_socket_t sock);

/**
 * Make the address of a listening socket reusable (SO_REUSEADDR): it can be bound right
 * after another listener has been closed.
 *
 * @param sock  a socket that is not bound yet
 * @return 0, or -1 and errno is set
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_make_listen_socket_reuseable(evutil_socket_t sock);

/**
 * Let several sockets listen on one address and port (SO_REUSEPORT); the kernel
 * distributes the connections.
 *
 * @param sock  a socket that is not bound yet
 * @return 0, also where the system has nothing of the kind; -1 and errno is set
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_make_listen_socket_reuseable_port(evutil_socket_t sock);

/**
 * Make an IPv6 listening socket accept IPv6 clients only (IPV6_V6ONLY).
 *
 * @param sock  an IPv6 socket that is not bound yet
 * @return 0, also where the system has nothing of the kind; -1 and errno is set
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_make_listen_socket_ipv6only(evutil_socket_t sock);

/**
 * Make an IPv6 listening socket accept IPv4 clients too (no IPV6_V6ONLY).
 *
 * @param sock  an IPv6 socket that is not bound yet
 * @return 0, also where the system has nothing of the kind; -1 and errno is set
 *
 * Threads: safe.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evutil_make_listen_socket_not_ipv6only(evutil_socket_t sock);

/**
 * Make a socket close on exec: programs that this process starts do not inherit it.
 *
 * @param sock  the socket, or any descriptor
 * @return 0, or -1 with a warning in the log
 *
 * Threads: safe, but a fork in another thread may come before it.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_make_socket_closeonexec(evutil_socket_t sock);

/**
 * Close a socket.
 *
 * @param sock  the socket; closed also after an error
 * @return 0, or -1 and the socket error is set
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_closesocket(evutil_socket_t sock);
/** The old name of evutil_closesocket(). */
#define EVUTIL_CLOSESOCKET(s) evutil_closesocket(s)

/**
 * Defer accepting on a TCP listening socket until data has arrived (TCP_DEFER_ACCEPT).
 *
 * @param sock  a TCP socket that listens or will
 * @return 0, also where the system has nothing of the kind; -1 and errno is set
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_make_tcp_listen_socket_deferred(evutil_socket_t sock);

/**
 * Switch TCP keepalive on or off: the kernel probes the peer of an idle connection.
 *
 * The first probe is sent after the idle time.  The number of further probes and their
 * interval are derived from it, where the system lets them be set.
 *
 * @param sock     a TCP socket
 * @param on       1 to switch probing on, 0 to switch it off
 * @param timeout  idle time before the first probe, in seconds; not used if on is 0
 * @return 0, or -1 and the socket error is set
 *
 * Threads: safe.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evutil_set_tcp_keepalive(evutil_socket_t sock, int on, int timeout);

/** @name The error of the last call on a socket
 * errno, where sockets are descriptors.
 * @{ */
#define EVUTIL_SOCKET_ERROR() (errno) /**< The error of the last call. */
/** Sets the error. */
#define EVUTIL_SET_SOCKET_ERROR(errcode) \
	do {                             \
		errno = (errcode);       \
	} while (0)
/** The error of the last call on this socket. */
#define evutil_socket_geterror(sock) (errno)
/** A text for the error. */
#define evutil_socket_error_to_string(errcode) (strerror(errcode))
/** @} */

/** The number that is no socket. */
#define EVUTIL_INVALID_SOCKET -1

/** @name Sums and comparisons of struct timeval
 * @{ */
/** Sum of the first two into the third. */
#define evutil_timeradd(tvp, uvp, vvp) timeradd((tvp), (uvp), (vvp))
/** Difference of the first two into the third. */
#define evutil_timersub(tvp, uvp, vvp) timersub((tvp), (uvp), (vvp))
#define evutil_timerclear(tvp)         timerclear(tvp) /**< Set to 0. */
/** Compare by an operator such as <; every one works, also <= and ==. */
#define evutil_timercmp(tvp, uvp, cmp)                                         \
	(((tvp)->tv_sec == (uvp)->tv_sec) ? ((tvp)->tv_usec cmp(uvp)->tv_usec) \
					  : ((tvp)->tv_sec cmp(uvp)->tv_sec))
#define evutil_timerisset(tvp) timerisset(tvp) /**< Whether it is not 0. */
/** @} */

/** The distance of a member from the start of its struct, in bytes. */
#define evutil_offsetof(type, field) offsetof(type, field)

/**
 * Convert text to a number of 64 bits, as strtoll.
 *
 * @param s       the text; leading white space is skipped
 * @param endptr  receives the position after the number; may be NULL
 * @param base    2 to 36, or 0 to use the prefix (0x, 0)
 * @return the number; the end of the range with errno ERANGE if it is too large
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
ev_int64_t evutil_strtoll(const char *s, char **endptr, int base);

/** The time of the wall clock. */
#define evutil_gettimeofday(tv, tz) gettimeofday((tv), (tz))

/**
 * Print formatted text into a buffer, always ended by a NUL, as snprintf.
 *
 * @param buf     receives the text
 * @param buflen  size of buf, in bytes; nothing is written if it is 0
 * @param format  as for printf
 * @return the length that the whole text has without its NUL, which is buflen
 *         or more if it was cut; negative on an error of the format
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_snprintf(char *buf, size_t buflen, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/**
 * Print formatted text into a buffer, always ended by a NUL, as vsnprintf.
 *
 * @param buf     receives the text
 * @param buflen  size of buf, in bytes; nothing is written if it is 0
 * @param format  as for printf
 * @param ap      the arguments; indeterminate afterwards
 * @return the length that the whole text has without its NUL, which is buflen
 *         or more if it was cut; negative on an error of the format
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_vsnprintf(char *buf, size_t buflen, const char *format, va_list ap)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 0)))
#endif
    ;

/**
 * Convert an Internet address to text, as inet_ntop.
 *
 * @param af   AF_INET or AF_INET6
 * @param src  a struct in_addr or struct in6_addr
 * @param dst  receives the text
 * @param len  size of dst, in bytes; 46 are enough
 * @return dst, or NULL if dst is too small or the family is not known
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evutil_inet_ntop(int af, const void *src, char *dst, size_t len);

/**
 * Convert text to an Internet address with a scope, such as "fe80::1%eth0".
 *
 * @param af      AF_INET or AF_INET6; an IPv4 address has no scope
 * @param src     the text
 * @param dst     receives a struct in_addr or struct in6_addr
 * @param indexp  receives the number of the interface, 0 if none is named
 * @return 1, 0 if the text is no address or names no interface of this machine, -1 if
 *         the family is not known
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_inet_pton_scope(int af, const char *src, void *dst, unsigned *indexp);

/**
 * Convert text to an Internet address, as inet_pton.
 *
 * @param af   AF_INET or AF_INET6
 * @param src  the text
 * @param dst  receives a struct in_addr or struct in6_addr
 * @return 1, 0 if the text is no address, -1 if the family is not known
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_inet_pton(int af, const char *src, void *dst);

struct sockaddr;

/**
 * Parse a socket address: an Internet address with or without a port.
 *
 * Forms: "1.2.3.4", "1.2.3.4:80", "::1", "[::1]", "[::1]:80".  The port is 0 if
 * there is none.  Names are not looked up.
 *
 * @param str     the text
 * @param out     receives the socket address
 * @param outlen  the size of out, in bytes; receives the size of the address
 * @return 0, or -1 if the text has no such form or out is too small
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_parse_sockaddr_port(const char *str, struct sockaddr *out, int *outlen);

/**
 * Compare two socket addresses.
 *
 * @param sa1           an address of IPv4 or IPv6
 * @param sa2           another
 * @param include_port  0 to ignore the ports
 * @return less than, equal to, or greater than 0
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_sockaddr_cmp(const struct sockaddr *sa1, const struct sockaddr *sa2, int include_port);

/**
 * Compare two strings, ignoring the case of ASCII letters in every locale.
 *
 * @param str1  a string
 * @param str2  another
 * @return less than, equal to, or greater than 0
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_ascii_strcasecmp(const char *str1, const char *str2);

/**
 * Compare the first characters of two strings, ignoring the case of ASCII letters in
 * every locale.
 *
 * @param str1  a string
 * @param str2  another
 * @param n     the number of bytes to compare at most
 * @return less than, equal to, or greater than 0
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_ascii_strncasecmp(const char *str1, const char *str2, size_t n);

/** The hints and results of evutil_getaddrinfo(): the system's struct addrinfo. */
#define evutil_addrinfo addrinfo

/** @name Errors of evutil_getaddrinfo()
 * The system's where it has them.  Linux shows two of them with _GNU_SOURCE only.
 * @{ */
#if defined(EAI_ADDRFAMILY)
#define EVUTIL_EAI_ADDRFAMILY EAI_ADDRFAMILY /**< The host has no address of this family. */
#elif defined(__linux__)
#define EVUTIL_EAI_ADDRFAMILY -9 /**< The host has no address of this family. */
#else
#define EVUTIL_EAI_ADDRFAMILY -901 /**< The host has no address of this family. */
#endif
#define EVUTIL_EAI_AGAIN    EAI_AGAIN    /**< A temporary failure; try again. */
#define EVUTIL_EAI_BADFLAGS EAI_BADFLAGS /**< No such flags. */
#define EVUTIL_EAI_FAIL     EAI_FAIL     /**< The name cannot be looked up. */
#define EVUTIL_EAI_FAMILY   EAI_FAMILY   /**< No such family. */
#define EVUTIL_EAI_MEMORY   EAI_MEMORY   /**< Memory is short. */
#if defined(EAI_NODATA)
#define EVUTIL_EAI_NODATA EAI_NODATA /**< The host has no address. */
#elif defined(__linux__)
#define EVUTIL_EAI_NODATA -5 /**< The host has no address. */
#else
#define EVUTIL_EAI_NODATA -907 /**< The host has no address. */
#endif
#define EVUTIL_EAI_NONAME   EAI_NONAME   /**< No such host or service. */
#define EVUTIL_EAI_SERVICE  EAI_SERVICE  /**< No such service for this type of socket. */
#define EVUTIL_EAI_SOCKTYPE EAI_SOCKTYPE /**< No such type of socket. */
#define EVUTIL_EAI_SYSTEM   EAI_SYSTEM   /**< An error of the system, in errno. */
/** The request was cancelled; only asynchronous requests fail with it. */
#define EVUTIL_EAI_CANCEL -90001
/** @} */

/** @name Flags of evutil_getaddrinfo()
 * @{ */
#define EVUTIL_AI_PASSIVE   AI_PASSIVE   /**< For a listener: no host is any address. */
#define EVUTIL_AI_CANONNAME AI_CANONNAME /**< Also return the canonical name of the host. */
/** The host is an address: do not look it up. */
#define EVUTIL_AI_NUMERICHOST AI_NUMERICHOST
#define EVUTIL_AI_NUMERICSERV AI_NUMERICSERV /**< The service is a port: do not look it up. */
/** IPv4 addresses as IPv6 ones if there are none of IPv6. */
#define EVUTIL_AI_V4MAPPED AI_V4MAPPED
#define EVUTIL_AI_ALL      AI_ALL /**< With EVUTIL_AI_V4MAPPED: both. */
/** Only families that this machine has an address of. */
#define EVUTIL_AI_ADDRCONFIG AI_ADDRCONFIG
/** @} */

struct addrinfo;

/**
 * Resolve a host name and a service to addresses, blocking, as getaddrinfo.
 *
 * @param nodename  name or address of the host; NULL is this machine, or any of
 *                  its addresses with EVUTIL_AI_PASSIVE
 * @param servname  name of the service or its port in decimal; NULL is port 0
 * @param hints_in  restricts the results; NULL is no restriction
 * @param res       receives the list, to be freed with evutil_freeaddrinfo()
 * @return 0, or an EVUTIL_EAI_ error for evutil_gai_strerror()
 *
 * Threads: safe; only the calling thread waits.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_getaddrinfo(const char *nodename, const char *servname,
    const struct evutil_addrinfo *hints_in, struct evutil_addrinfo **res);

/**
 * Free the addresses that evutil_getaddrinfo() returned.
 *
 * @param ai  from evutil_getaddrinfo(), or NULL
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evutil_freeaddrinfo(struct evutil_addrinfo *ai);

/**
 * Get the text of an error of evutil_getaddrinfo().
 *
 * @param err  an EVUTIL_EAI_ error
 * @return a constant text
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evutil_gai_strerror(int err);

/**
 * Get cryptographically secure random bytes.
 *
 * Ends the process if the system gives none: a program must not go on with bytes that
 * can be guessed.
 *
 * @param buf  receives the bytes
 * @param n    the number of bytes
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evutil_secure_rng_get_bytes(void *buf, size_t n);

/**
 * Initialize the secure random number generator: check that it has a source.
 *
 * A program need not call it.  One that enters a sandbox (chroot, seccomp) can do so
 * before.
 *
 * @return 0, or -1 if the system gives no random bytes
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_secure_rng_init(void);

/**
 * Set the device file of the secure random number generator, for systems without a
 * function for random bytes.
 *
 * Must come before evutil_secure_rng_get_bytes().  The file is opened only if the
 * system's function is missing or refused.
 *
 * @param fname  path of the file; the text must outlive the library's use
 * @return 0 (libevent 2.1.12 returns -1 and never reads the file where the system has
 *         a function)
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evutil_secure_rng_set_urandom_device_file(char *fname);

/**
 * Add bytes to the entropy of the secure random number generator.
 *
 * Does nothing: the bytes come from the system, which has its own sources.
 *
 * @param dat     the bytes
 * @param datlen  the number of bytes
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evutil_secure_rng_add_bytes(const char *dat, size_t datlen);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_UTIL_H_INCLUDED_ */
