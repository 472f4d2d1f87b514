/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Bufferevents that talk TLS: over a socket, or on top of another bufferevent.
 *
 * The program makes the SSL of OpenSSL, or the context of mbedTLS, and with it decides about
 * protocols, certificates and verification.  The bufferevent runs the handshake as soon as it has
 * a connection, whether or not reading and writing are enabled, and reports BEV_EVENT_CONNECTED
 * when it is done.  All functions of event2/bufferevent.h work on it; rate limits count the bytes
 * on the wire.
 *
 * The end of the peer's data is BEV_EVENT_EOF if the peer has said so (close_notify).  A
 * connection that ends without it is BEV_EVENT_ERROR, for data may be missing; see
 * BUFFEREVENT_SSL_DIRTY_SHUTDOWN.  bufferevent_free() sends close_notify if no output is left.
 *
 * Who frees what:
 *   - with BEV_OPT_CLOSE_ON_FREE the bufferevent owns the SSL, and frees it when it is freed itself,
 *     from the loop; and it closes its socket, or frees the bufferevent below.  If it cannot be
 *     made, the SSL is freed at once, and the socket or the bufferevent below stays the caller's;
 *   - without it, all of these stay the caller's, also if the bufferevent cannot be made.  The SSL
 *     can be used and freed at any time after bufferevent_free().
 *
 * Functions of OpenSSL may be called on the SSL of a bufferevent with BEV_OPT_THREADSAFE only
 * between bufferevent_lock() and bufferevent_unlock().
 */
#ifndef EVENT2_BUFFEREVENT_SSL_H_INCLUDED_
#define EVENT2_BUFFEREVENT_SSL_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/event-config.h>

#include <event2/bufferevent.h>
#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How far a session is when its bufferevent is made. */
enum bufferevent_ssl_state {
	/** The handshake is done: there will be no BEV_EVENT_CONNECTED. */
	BUFFEREVENT_SSL_OPEN = 0,
	/** It is a client, and will connect or has begun to. */
	BUFFEREVENT_SSL_CONNECTING = 1,
	/** It is a server, and will accept or has begun to. */
	BUFFEREVENT_SSL_ACCEPTING = 2
};

#if defined(EVENT__HAVE_OPENSSL) || defined(EVENT__HAVE_MBEDTLS)

/**
 * @name Flags of TLS bufferevents
 * @{
 */
/** A connection that ends without close_notify is an end like any other: BEV_EVENT_EOF. */
#define BUFFEREVENT_SSL_DIRTY_SHUTDOWN 1
/** Put small pieces of the output together in one record.  Levin does so always. */
#define BUFFEREVENT_SSL_BATCH_WRITE 2
/** @} */

/**
 * Get the flags of a TLS bufferevent.
 *
 * @param bev  a bufferevent
 * @return BUFFEREVENT_SSL_ flags; EV_UINT64_MAX if it is not a TLS bufferevent
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
ev_uint64_t bufferevent_ssl_get_flags(struct bufferevent *bev);

/**
 * Set flags of a TLS bufferevent; others stay as they are.
 *
 * @param bev    a bufferevent
 * @param flags  BUFFEREVENT_SSL_ flags
 * @return the flags before; EV_UINT64_MAX if it is not a TLS bufferevent
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
ev_uint64_t bufferevent_ssl_set_flags(struct bufferevent *bev, ev_uint64_t flags);

/**
 * Clear flags of a TLS bufferevent; others stay as they are.
 *
 * @param bev    a bufferevent
 * @param flags  BUFFEREVENT_SSL_ flags
 * @return the flags before; EV_UINT64_MAX if it is not a TLS bufferevent
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
ev_uint64_t bufferevent_ssl_clear_flags(struct bufferevent *bev, ev_uint64_t flags);

#endif

#if defined(EVENT__HAVE_OPENSSL)

struct ssl_st;

/**
 * Create a bufferevent that talks TLS on top of another one.
 *
 * It takes over the callbacks, the read watermark and the reading of the bufferevent below.  Input
 * that is there already is the first of the peer's records, so that STARTTLS works.
 *
 * @param base        ignored; its base is that of the bufferevent below
 * @param underlying  the bufferevent that carries the records
 * @param ssl         an SSL; its BIOs are replaced
 * @param state       how far the SSL is; another value is refused
 * @param options     enum bufferevent_options; BEV_OPT_THREADSAFE is that of the bufferevent below
 * @return the bufferevent, to be freed with bufferevent_free(); NULL if memory is short, for
 *         BEV_OPT_UNLOCK_CALLBACKS without BEV_OPT_DEFER_CALLBACKS, or if `ssl` or `underlying` is
 *         NULL.  Who frees the SSL then is said above.
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_openssl_filter_new(struct event_base *base,
    struct bufferevent *underlying, struct ssl_st *ssl, enum bufferevent_ssl_state state,
    int options);

/**
 * Create a bufferevent that talks TLS on a socket.
 *
 * With another descriptor (bufferevent_setfd()) it begins a new handshake in the same role.
 *
 * @param base     the event base of the bufferevent
 * @param fd       the socket, which must not block; or -1 to take that of the SSL, or to give it
 *                 one later, by bufferevent_setfd() or by connecting
 * @param ssl      an SSL; its BIOs are replaced
 * @param state    how far the SSL is; another value is refused
 * @param options  enum bufferevent_options
 * @return the bufferevent, to be freed with bufferevent_free(); NULL if memory is short, for
 *         BEV_OPT_UNLOCK_CALLBACKS without BEV_OPT_DEFER_CALLBACKS, if `ssl` is NULL, or if it
 *         reads from anything else than `fd`.  Who frees the SSL then is said above.
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_openssl_socket_new(struct event_base *base, evutil_socket_t fd,
    struct ssl_st *ssl, enum bufferevent_ssl_state state, int options);

/**
 * Tell whether a connection may end without close_notify.
 *
 * @param bev  a bufferevent
 * @return 1 if it may, 0 if not, -1 if it is not a bufferevent of OpenSSL
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1.  bufferevent_ssl_get_flags() replaces it.
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_openssl_get_allow_dirty_shutdown(struct bufferevent *bev);

/**
 * Set whether a connection may end without close_notify.
 *
 * @param bev                   a bufferevent of OpenSSL
 * @param allow_dirty_shutdown  0 if that is an error, as it is at first
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.1.  bufferevent_ssl_set_flags() replaces it.
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_openssl_set_allow_dirty_shutdown(
    struct bufferevent *bev, int allow_dirty_shutdown);

/**
 * Get the SSL of a bufferevent.
 *
 * Reading, writing and shaking hands on it is the bufferevent's business.
 *
 * @param bev  a bufferevent
 * @return the SSL; NULL if it is not a bufferevent of OpenSSL
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
struct ssl_st *bufferevent_openssl_get_ssl(struct bufferevent *bev);

/**
 * Begin another handshake on a connection of TLS 1.2 or older.
 *
 * BEV_EVENT_CONNECTED comes again when it is done.  It goes on whether or not reading is enabled;
 * what the peer has sent before it is delivered when that is.
 *
 * @param bev  a bufferevent of OpenSSL
 * @return 0; -1 if it is none, if the first handshake is not done, or if the protocol or the
 *         options of the SSL do not allow it
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_ssl_renegotiate(struct bufferevent *bev);

/**
 * Take an error of OpenSSL from those of a bufferevent: the most recent first, which says what
 * failed, then its causes.  The last one and the first three are kept.
 *
 * @param bev  a bufferevent
 * @return a code for ERR_error_string(); 0 if there are no more, or if it is not a bufferevent of
 *         OpenSSL
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.0
 */
EVENT2_EXPORT_SYMBOL
unsigned long bufferevent_get_openssl_error(struct bufferevent *bev);

#endif

#if defined(EVENT__HAVE_MBEDTLS)

struct mbedtls_ssl_config;
struct mbedtls_ssl_context;

/** A context of mbedTLS that bufferevent_mbedtls_dyncontext_new() has made. */
typedef struct mbedtls_ssl_context mbedtls_dyncontext;

/**
 * Create a context for a bufferevent of mbedTLS.
 *
 * The role, client or server, is that of the configuration.
 *
 * @param conf  a configuration, which must outlive the context
 * @return the context, which a bufferevent with BEV_OPT_CLOSE_ON_FREE frees, and else
 *         bufferevent_mbedtls_dyncontext_free(); NULL if memory is short or `conf` is NULL
 *
 * Threads: safe.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
mbedtls_dyncontext *bufferevent_mbedtls_dyncontext_new(struct mbedtls_ssl_config *conf);

/**
 * Free a context that no bufferevent has.
 *
 * @param ctx  the context; NULL is ignored
 *
 * Threads: safe.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_mbedtls_dyncontext_free(mbedtls_dyncontext *ctx);

/**
 * Create a bufferevent that talks TLS with mbedTLS on top of another one.
 *
 * As bufferevent_openssl_filter_new(), but without BEV_OPT_CLOSE_ON_FREE the context must stay until
 * the loop has freed the bufferevent.
 *
 * @param base        ignored; its base is that of the bufferevent below
 * @param underlying  the bufferevent that carries the records
 * @param ssl         a context; its functions for reading and writing are replaced
 * @param state       how far the context is; another value is refused
 * @param options     enum bufferevent_options
 * @return the bufferevent, to be freed with bufferevent_free(); NULL as for OpenSSL
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_mbedtls_filter_new(struct event_base *base,
    struct bufferevent *underlying, mbedtls_dyncontext *ssl, enum bufferevent_ssl_state state,
    int options);

/**
 * Create a bufferevent that talks TLS with mbedTLS on a socket.
 *
 * As bufferevent_openssl_socket_new(), but without BEV_OPT_CLOSE_ON_FREE the context must stay until
 * the loop has freed the bufferevent.
 *
 * @param base     the event base of the bufferevent
 * @param fd       the socket, which must not block; or -1 to give it one later, by
 *                 bufferevent_setfd() or by connecting
 * @param ssl      a context; its functions for reading and writing are replaced
 * @param state    how far the context is; another value is refused
 * @param options  enum bufferevent_options
 * @return the bufferevent, to be freed with bufferevent_free(); NULL as for OpenSSL
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_mbedtls_socket_new(struct event_base *base, evutil_socket_t fd,
    mbedtls_dyncontext *ssl, enum bufferevent_ssl_state state, int options);

/**
 * Tell whether a connection may end without close_notify.
 *
 * @param bev  a bufferevent
 * @return 1 if it may, 0 if not, -1 if it is not a bufferevent of mbedTLS
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2.  bufferevent_ssl_get_flags() replaces it.
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_mbedtls_get_allow_dirty_shutdown(struct bufferevent *bev);

/**
 * Set whether a connection may end without close_notify.
 *
 * @param bev                   a bufferevent of mbedTLS
 * @param allow_dirty_shutdown  0 if that is an error, as it is at first
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2.  bufferevent_ssl_set_flags() replaces it.
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_mbedtls_set_allow_dirty_shutdown(
    struct bufferevent *bev, int allow_dirty_shutdown);

/**
 * Get the context of a bufferevent.
 *
 * @param bev  a bufferevent
 * @return the context; NULL if it is not a bufferevent of mbedTLS
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct mbedtls_ssl_context *bufferevent_mbedtls_get_ssl(struct bufferevent *bev);

/**
 * Begin another handshake on a connection of TLS 1.2 or older.
 *
 * BEV_EVENT_CONNECTED comes again when it is done.  It goes on whether or not reading is enabled;
 * what the peer has sent before it is delivered when that is.
 *
 * @param bev  a bufferevent of mbedTLS
 * @return 0; -1 if it is none, if the first handshake is not done, or if the protocol or the
 *         configuration do not allow it
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_mbedtls_renegotiate(struct bufferevent *bev);

/**
 * Take an error of mbedTLS from those of a bufferevent, the most recent first.
 *
 * @param bev  a bufferevent
 * @return the code; converted to int it is a negative number for mbedtls_strerror().  0 if there
 *         are no more, or if it is not a bufferevent of mbedTLS
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
unsigned long bufferevent_get_mbedtls_error(struct bufferevent *bev);

#endif

#ifdef __cplusplus
}
#endif

#endif
