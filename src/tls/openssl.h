/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine of OpenSSL.  Its session is an SSL.
 */
#ifndef LVN_TLS_OPENSSL_H
#define LVN_TLS_OPENSSL_H

#include "tls/engine.h"

extern const struct engine_ops lvn_openssl_engine;

#endif
