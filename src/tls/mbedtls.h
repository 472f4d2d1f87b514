/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine of mbedTLS, 2.28 and 3.  Its session is a mbedtls_ssl_context that was allocated
 * here.
 */
#ifndef LVN_TLS_MBEDTLS_H
#define LVN_TLS_MBEDTLS_H

#include <mbedtls/ssl.h>

#include "tls/engine.h"

extern const struct engine_ops lvn_mbedtls_engine;

/* NULL without memory, or if the configuration is none. */
struct mbedtls_ssl_context *lvn_mbedtls_context_new(const struct mbedtls_ssl_config *config);
/* Accepts NULL. */
void lvn_mbedtls_context_free(struct mbedtls_ssl_context *context);

#endif
