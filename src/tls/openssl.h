/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine of OpenSSL.  Its session is an SSL.
 */
#ifndef LVN_TLS_OPENSSL_H
#define LVN_TLS_OPENSSL_H

#include <stdbool.h>

#include "tls/engine.h"

struct ssl_st;

extern const struct engine_ops lvn_openssl_engine;

/* Which directions the kernel has (kernel TLS), whatever the session is used for. */
bool lvn_openssl_kernel_sends(const struct ssl_st *ssl);
bool lvn_openssl_kernel_receives(const struct ssl_st *ssl);

#endif
