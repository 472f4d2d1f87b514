/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * TLS that is safe by default: contexts for clients and servers, and bufferevents made from them.
 *
 * Link with libevent_openssl (pkg-config libevent_openssl).
 *
 * A context holds what the connections of a client or of a server have in common: certificates,
 * trust, protocols, sessions.  levin_tls_client_new() and levin_tls_server_new() create it from
 * settings; settings that are all zero are the safe ones.  levin_tls_socket_new() and
 * levin_tls_filter_new() create bufferevents from a context.
 *
 * A client verifies the certificate of the server: its chain to a trusted issuer, and its host
 * name or IP address by the rules of RFC 9525.  The protocols are TLS 1.2, with forward secrecy and
 * authenticated encryption only, and TLS 1.3.  Compression, renegotiation and early data are off.
 * Sessions are resumed.
 *
 * When a file cannot be used or a handshake fails, a text says what was wrong.
 *
 * Threads: a context has a lock if the program has set lock functions, as evthread_use_pthreads()
 * does, before it creates the context.  Several threads may then use it at once.
 */
#ifndef LEVIN_TLS_H
#define LEVIN_TLS_H

#include <stddef.h>
#include <stdint.h>

#include <event2/util.h>
#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct event_base;

/** A context: what the TLS connections of a client or of a server have in common. */
struct levin_tls;

/** Protocols, for levin_tls_settings. */
enum levin_tls_protocol {
	LEVIN_TLS_1_2 = 0x0303, /**< RFC 5246 */
	LEVIN_TLS_1_3 = 0x0304  /**< RFC 8446 */
};

/** Bits of the flags of levin_tls_settings. */
enum levin_tls_flags {
	/** A server asks for a certificate and verifies it if the client has one. */
	LEVIN_TLS_REQUEST_CLIENT_CERTIFICATE = 1,
	/** A server refuses clients without a certificate that it can verify. */
	LEVIN_TLS_REQUIRE_CLIENT_CERTIFICATE = 2,
	/** Every connection makes a full handshake. */
	LEVIN_TLS_NO_RESUMPTION = 4,
	/**
	 * The kernel encrypts and decrypts after the handshake, where it can (kernel TLS of Linux):
	 * what the program sends is not copied once more, and files that are added to the output
	 * are sent by sendfile(2).  Each direction goes on as without the flag if the kernel has no
	 * module "tls" (modprobe tls), or neither the kernel nor OpenSSL can do it for the protocol
	 * and the cipher; levin_tls_facts says which one it has.  It is for sockets that do not
	 * block: a bufferevent of levin_tls_filter_new() ignores it.
	 *
	 * Receiving costs a system call for each record, which has 16 KiB at most.  The kernel does
	 * not change its keys: a peer that asks for that (KeyUpdate, RFC 8446 4.6.3) gets an error
	 * while the kernel sends, and so does a program that calls SSL_key_update().  A peer may
	 * change its own key while the process receives, and OpenSSL before 3.2 lets no kernel
	 * receive TLS 1.3.  Rate limits count what the kernel encrypts without the overhead of the
	 * records.
	 */
	LEVIN_TLS_KERNEL = 8
};

/** How long a reason may be, with its zero byte; longer ones are cut. */
#define LEVIN_TLS_REASON_SIZE 256

/**
 * A certificate with its key, in PEM.
 *
 * Each comes from a file or from a text; the other member is NULL.
 */
struct levin_tls_certificate {
	/** The certificate, and behind it those of its issuers, without the last one. */
	const char *certificate_file;
	/** Its private key; NULL if that is where the certificate is. */
	const char *key_file;
	const char *certificate_pem; /**< The text instead of a file. */
	const char *key_pem;         /**< The text instead of a file. */
	const char *key_password;    /**< NULL for a key that is not encrypted. */
	const void *reserved[3];     /**< For later versions; must be NULL. */
};

/**
 * The settings of a context.  All zero is a client without a certificate of its own, with the
 * system's trust store.
 */
struct levin_tls_settings {
	/**
	 * A server needs at least one.  Of several it presents one that is valid for the name
	 * that the client asks for, and the first if none is or the client names none.  A client
	 * may have one.
	 */
	const struct levin_tls_certificate *certificates;
	size_t certificate_count; /**< How many there are. */
	/**
	 * The certificates that are trusted as issuers, or as the peer itself, in PEM; NULL for
	 * those of the system.  A server that asks for certificates needs this or trust_pem.
	 */
	const char *trust_file;
	const char *trust_pem; /**< The text, instead of a file or beside it. */
	/**
	 * Application protocols, separated by commas, the preferred one first: "h2,http/1.1".
	 * A server refuses a client that offers only others.  NULL: none is negotiated.
	 */
	const char *alpn;
	enum levin_tls_protocol oldest_protocol; /**< 0 is LEVIN_TLS_1_2. */
	enum levin_tls_protocol newest_protocol; /**< 0 is LEVIN_TLS_1_3. */
	unsigned flags;                          /**< Bits of enum levin_tls_flags. */
	/**
	 * Sessions that are kept for resumption at most; 0: 256 of a client, 8192 of a server; -1
	 * is no limit.
	 */
	int64_t sessions;
	/**
	 * How long levin_tls_shutdown() waits for the peer, in milliseconds; 0 is 5000, -1 is no
	 * limit.
	 */
	int64_t shutdown_timeout_ms;
	const void *reserved[8]; /**< For later versions; must be NULL. */
};

/** Facts about a connection, for logs. */
struct levin_tls_facts {
	const char *protocol;  /**< "TLSv1.2" or "TLSv1.3"; a constant. */
	const char *cipher;    /**< Such as "TLS_AES_256_GCM_SHA384"; a constant. */
	int is_resumed;        /**< 1 if a session was resumed, 0 after a full handshake. */
	int is_verified;       /**< 1 if the peer has a certificate that was verified. */
	int kernel_sends;      /**< 1 if the kernel encrypts: LEVIN_TLS_KERNEL. */
	int kernel_receives;   /**< 1 if the kernel decrypts. */
	char alpn[256];        /**< The application protocol, or empty. */
	char server_name[256]; /**< The name that the client asked for (SNI), or empty. */
	/**
	 * The subject of the peer's certificate in the form of RFC 2253, in ASCII and without
	 * control characters; cut to fit; empty if the peer has none.
	 */
	char peer_subject[512];
	const void *reserved[8]; /**< NULL. */
};

/**
 * Create a TLS context for a client.
 *
 * Files are read at once; settings are copied.
 *
 * @param settings     NULL is all zero
 * @param reason       receives a text that says why the call failed; may be NULL, then it
 *                     is written to the log
 * @param reason_size  bytes at reason; LEVIN_TLS_REASON_SIZE is enough
 * @return the context, or NULL: EINVAL for settings that make no sense and for files that
 *         contain something else, the error of the system for a file that cannot be read,
 *         ENOMEM
 *
 * Threads: safe.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_tls *levin_tls_client_new(
    const struct levin_tls_settings *settings, char *reason, size_t reason_size);

/**
 * Create a TLS context for a server.
 *
 * Files are read at once; settings are copied.  An expired certificate is accepted, with a
 * warning in the log.
 *
 * @param settings     with one certificate at least
 * @param reason       receives a text that says why the call failed; may be NULL, then it
 *                     is written to the log
 * @param reason_size  bytes at reason; LEVIN_TLS_REASON_SIZE is enough
 * @return the context, or NULL: EINVAL for settings that make no sense and for files that
 *         contain something else, the error of the system for a file that cannot be read,
 *         ENOMEM
 *
 * Threads: safe.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct levin_tls *levin_tls_server_new(
    const struct levin_tls_settings *settings, char *reason, size_t reason_size);

/**
 * Replace the settings of a TLS context, or read its files again.
 *
 * Connections that are made from now on use the new certificates, keys, trust and protocols;
 * those under way keep the old ones.  No session of before is resumed, for it was accepted by
 * the old trust.  If the call fails the context is as it was.
 *
 * @param tls          the context
 * @param settings     the new settings, which are copied; NULL reads the files of the old
 *                     ones again
 * @param reason       receives a text that says why the call failed; may be NULL, then it
 *                     is written to the log
 * @param reason_size  bytes at reason; LEVIN_TLS_REASON_SIZE is enough
 * @return 0, or -1 with errno as from levin_tls_server_new()
 *
 * Threads: safe if the context has a lock.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_tls_reload(struct levin_tls *tls, const struct levin_tls_settings *settings,
    char *reason, size_t reason_size);

/**
 * Free a TLS context.
 *
 * Bufferevents that were made from it are not affected.
 *
 * @param tls  the context, or NULL
 *
 * Threads: no other thread may use the context.
 * Since: Levin 0.1
 */
LEVIN_EXPORT void levin_tls_free(struct levin_tls *tls);

/**
 * Disable the verification of server certificates.
 *
 * An attacker between the client and the server can then read and change everything.  This is
 * for tests and for finding faults.  For a server with a certificate of your own, set trust_file
 * to that certificate instead.
 *
 * It holds for all bufferevents that are made from the context later, and cannot be undone.
 *
 * @param tls  the context of a client
 * @return 0, or -1 with errno EINVAL if it is that of a server
 *
 * Threads: safe if the context has a lock.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_tls_dangerously_skip_verification(struct levin_tls *tls);

/**
 * Create a bufferevent that talks TLS on a socket, as the client or the server that the context is
 * made for.
 *
 * It works like one of bufferevent_socket_new(): with -1 for the descriptor it waits for
 * bufferevent_socket_connect(), bufferevent_socket_connect_hostname() or bufferevent_setfd().
 * The handshake begins when there is a connection; BEV_EVENT_CONNECTED reports its end.  If it
 * fails, BEV_EVENT_ERROR does, and levin_tls_get_reason() says why.  Output that is added before
 * is sent after it.  bufferevent_set_timeouts() also bounds the handshake.
 *
 * The peer's close_notify is reported as BEV_EVENT_EOF.  A connection that ends without it is
 * reported as BEV_EVENT_ERROR, because an attacker may have truncated it.
 *
 * @param base     the loop
 * @param fd       a socket that is connected, or -1
 * @param tls      the context; it may be freed before the bufferevent
 * @param host     the name or the address that the certificate of the server must be valid for;
 *                 names are sent to the server (SNI); NULL for a server
 * @param options  BEV_OPT_ bits; with BEV_OPT_CLOSE_ON_FREE the socket is closed
 * @return the bufferevent, or NULL with errno EINVAL or ENOMEM and a line in the log; the socket
 *         is then left as it was
 *
 * Threads: safe if the base has locks.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct bufferevent *levin_tls_socket_new(struct event_base *base, evutil_socket_t fd,
    struct levin_tls *tls, const char *host, int options);

/**
 * Create a bufferevent that talks TLS on top of another one, as for STARTTLS, behind a proxy, or
 * for TLS inside of TLS.
 *
 * It takes over the callbacks of the underlying bufferevent and removes its read watermark.
 * Bytes that are in its input already are taken as TLS, in order.
 *
 * When a client asks for TLS in plain text, the server must check that the input is empty before
 * it calls this function: bytes that came before the handshake are not protected.
 *
 * @param underlying  the bufferevent below, which must be connected or connecting
 * @param tls         the context; it may be freed before the bufferevent
 * @param host        see levin_tls_socket_new()
 * @param options     BEV_OPT_ bits; with BEV_OPT_CLOSE_ON_FREE the underlying bufferevent is freed
 * @return the bufferevent, or NULL with errno EINVAL or ENOMEM and a line in the log; the
 *         underlying bufferevent is then left as it was
 *
 * Threads: safe with BEV_OPT_THREADSAFE on the underlying one, whose lock is shared.
 * Since: Levin 0.1
 */
LEVIN_EXPORT struct bufferevent *levin_tls_filter_new(
    struct bufferevent *underlying, struct levin_tls *tls, const char *host, int options);

/**
 * Get the reason why TLS failed on a bufferevent, in words.
 *
 * To be called in the event callback, for BEV_EVENT_ERROR.
 *
 * @param bufev  a bufferevent of levin_tls_socket_new() or levin_tls_filter_new()
 * @return a text such as "the certificate of CN=a.example expired at 2026-01-01 00:00:00 UTC", or
 *         NULL if TLS has not failed, as when the connection was refused, or if it is another
 *         bufferevent; valid until the next handshake, or until the bufferevent is freed
 *
 * Threads: the loop's, or the one that holds the bufferevent's lock.
 * Since: Levin 0.1
 */
LEVIN_EXPORT const char *levin_tls_get_reason(struct bufferevent *bufev);

/**
 * Get protocol, cipher, peer and other facts about a TLS connection, for logs.
 *
 * @param bufev      a bufferevent that talks TLS by OpenSSL
 * @param facts_out  receives the facts
 * @return 0, or -1 with errno EINVAL if it is another bufferevent, or ENOTCONN if no handshake
 *         has been done
 *
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_tls_get_facts(struct bufferevent *bufev, struct levin_tls_facts *facts_out);

/** How a shutdown has ended. */
enum levin_tls_ending {
	LEVIN_TLS_ENDING_CLEAN = 0,     /**< Both sides have sent everything and said so. */
	LEVIN_TLS_ENDING_TRUNCATED = 1, /**< The peer closed without saying so. */
	LEVIN_TLS_ENDING_TIMEOUT = 2,   /**< The peer did nothing for too long. */
	LEVIN_TLS_ENDING_ERROR = 3      /**< The connection is broken. */
};

/** Receives the end of a shutdown.  It may free the bufferevent. */
typedef void levin_tls_shutdown_fn(
    struct bufferevent *bufev, enum levin_tls_ending ending, void *arg);

/**
 * Shut a TLS connection down: send all output and close_notify, and wait for the peer's.
 *
 * The output is sent, then close_notify (RFC 8446 6.1).  The callback runs when the peer has sent
 * its own close_notify, when the connection has failed, or when the peer has taken none of the
 * output, or has not sent close_notify, for as long as the settings allow (shutdown_timeout_ms).
 *
 * The bufferevent's callbacks are replaced and are not called any more; input is discarded.
 * bufferevent_free() may be called at any time: the callback is then not called.
 * Without this function bufferevent_free() sends close_notify as well, if the output is empty and
 * it can be sent without waiting.
 *
 * @param bufev     a bufferevent that talks TLS by OpenSSL
 * @param callback  runs once, from the loop; may not be NULL
 * @param arg       its argument
 * @return 0, or -1: errno is EINVAL if it is another bufferevent or callback is NULL, ENOTCONN if
 *         no handshake has been done, if the connection has failed, or inside of a callback of
 *         OpenSSL, EALREADY if it is being shut down, or ENOMEM: then call again or free it
 *
 * Locks: as the other callbacks of the bufferevent.
 * Threads: safe with BEV_OPT_THREADSAFE.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_tls_shutdown(
    struct bufferevent *bufev, levin_tls_shutdown_fn *callback, void *arg);

#ifdef __cplusplus
}
#endif

#endif
