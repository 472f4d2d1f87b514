/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SSL_CTX of a client or a server, made from settings.  What it needs lives as long as it
 * does: OpenSSL frees it with the last SSL object, so that connections under way keep what they
 * were made with.
 */
#ifndef LVN_TLS_CONTEXT_TLS_CONTEXT_H
#define LVN_TLS_CONTEXT_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "tls/context/tls_sessions.h"
#include "tls/context/tls_settings.h"

enum { LVN_TLS_SHUTDOWN_TIMEOUT_MS = 5000 };

/* The settings have been checked.  0, -ENOMEM, -EINVAL, or the error of a file. */
int lvn_tls_context_new(SSL_CTX **context_out, const struct levin_tls_settings *settings,
    enum tls_role role, struct tls_reason *reason);

/* NULL if it keeps none. */
struct tls_sessions *lvn_tls_context_sessions(const SSL_CTX *context);

/* The context may be another one; then it is the usual timeout. */
int64_t lvn_tls_context_shutdown_timeout_ms(const SSL_CTX *context);

#endif
