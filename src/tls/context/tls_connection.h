/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SSL object of one connection: its host, facts about it, and the reason of its failure.
 */
#ifndef LVN_TLS_CONTEXT_TLS_CONNECTION_H
#define LVN_TLS_CONTEXT_TLS_CONNECTION_H

#include <levin/tls.h>
#include <openssl/ssl.h>
#include <stdbool.h>

#include "tls/context/tls_reason.h"
#include "tls/context/tls_sessions.h"

/*
 * For a client.  The certificate of the host is verified.  A session of the host is
 * resumed if `sessions`, which may be NULL and must outlive the context, has one.  Returns 0,
 * -ENOMEM, or -EINVAL if the host is none.
 */
int lvn_tls_connection_to(SSL **ssl_out, SSL_CTX *context, struct tls_sessions *sessions,
    const char *host, struct tls_reason *reason);
/* The same without verification.  The host may be NULL. */
int lvn_tls_connection_to_unverified(
    SSL **ssl_out, SSL_CTX *context, const char *host, struct tls_reason *reason);
/* For a server. */
int lvn_tls_connection_from(SSL **ssl_out, SSL_CTX *context, struct tls_reason *reason);

/* Called by the context: it verifies, has a new session, begins a handshake. */
int lvn_tls_connection_on_verified(int is_good, X509_STORE_CTX *verification);
int lvn_tls_connection_on_session(SSL *ssl, SSL_SESSION *session);
void lvn_tls_connection_on_progress(const SSL *ssl, int where, int result);

/* NULL if the SSL object was made elsewhere. */
struct tls_reason *lvn_tls_connection_reason(const SSL *ssl);
/* After a handshake. */
void lvn_tls_connection_describe(const SSL *ssl, struct levin_tls_facts *facts_out);

#endif
