/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contexts for TLS 1.3 with a certificate that was made a moment ago.
 */
#ifndef BENCH_TLS_CONTEXT_H
#define BENCH_TLS_CONTEXT_H

#include <openssl/ssl.h>

/* Of both roles.  The client's does not verify the server. */
SSL_CTX *tls_context_new(void);

#endif
