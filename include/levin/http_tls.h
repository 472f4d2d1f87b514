/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * HTTPS for the clients of levin/http_client.h, by levin/tls.h.
 *
 * Link with libevent_extra and libevent_openssl (pkg-config libevent_extra libevent_openssl).  The
 * functions of this header are compiled into the program, for neither library needs the other.
 */
#ifndef LEVIN_HTTP_TLS_H
#define LEVIN_HTTP_TLS_H

#include <string.h>

#include <levin/http_client.h>
#include <levin/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

/** For levin_http_client_use_tls(): a cast that C and C++ both know. */
static inline struct levin_tls *
levin_http_tls_context(void *arg)
{
	struct levin_tls *context;

	memcpy(&context, &arg, sizeof(context));
	return context;
}

/** For levin_http_client_use_tls(). */
static inline struct bufferevent *
levin_http_tls_new_stream(
    struct event_base *base, evutil_socket_t fd, const char *host, int options, void *arg)
{
	return levin_tls_socket_new(base, fd, levin_http_tls_context(arg), host, options);
}

/** For levin_http_client_use_tls(). */
static inline void
levin_http_tls_free(void *arg)
{
	levin_tls_free(levin_http_tls_context(arg));
}

/**
 * Let a client ask https URLs, safely: the certificate of the server is verified, its chain to a
 * trusted issuer and its name.
 *
 * Of the protocols of ALPN http/1.1 is offered, if the settings do not say anything else.
 *
 * @param client       the client
 * @param settings     of TLS, for example to trust a certificate of your own; NULL is all zero
 * @param reason       receives a text that says why the call failed; may be NULL
 * @param reason_size  bytes at reason; LEVIN_TLS_REASON_SIZE is enough
 * @return 0, or -1 with errno as from levin_tls_client_new()
 *
 * Threads: the loop's.
 * Since: Levin 0.1
 */
static inline int
levin_http_client_use_tls(struct levin_http_client *client,
    const struct levin_tls_settings *settings, char *reason, size_t reason_size)
{
	struct levin_tls_settings chosen;
	struct levin_http_client_tls tls;

	memset(&chosen, 0, sizeof(chosen));
	memset(&tls, 0, sizeof(tls));
	if (settings)
		chosen = *settings;
	if (!chosen.alpn)
		chosen.alpn = "http/1.1";
	tls.new_stream = levin_http_tls_new_stream;
	tls.get_reason = levin_tls_get_reason;
	tls.free_arg = levin_http_tls_free;
	tls.arg = levin_tls_client_new(&chosen, reason, reason_size);
	if (!tls.arg)
		return -1;
	if (levin_http_client_set_tls(client, &tls) == 0)
		return 0;
	levin_http_tls_free(tls.arg);
	return -1;
}

#ifdef __cplusplus
}
#endif

#endif
