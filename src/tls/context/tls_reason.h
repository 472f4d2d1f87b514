/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why something about TLS failed, in words that help the reader to put it right.  Texts hold
 * what files and peers contain only with its control characters escaped.
 */
#ifndef LVN_TLS_CONTEXT_TLS_REASON_H
#define LVN_TLS_CONTEXT_TLS_REASON_H

#include <openssl/x509_vfy.h>

#include "base/compiler.h"

struct tls_reason {
	char text[256]; /* empty: nothing failed */
};

/* Writes the text and returns `error`, which is a -errno. */
int lvn_tls_reason_set(struct tls_reason *reason, int error, const char *format, ...)
    LVN_PRINTF(3, 4);

/*
 * Takes the first error from OpenSSL's queue of this thread, empties the queue, and writes
 * "what: error".  Returns -ENOMEM if memory was short, -EINVAL otherwise.
 */
int lvn_tls_reason_take(struct tls_reason *reason, const char *what);

/* The error of a connection, an error code of OpenSSL. */
void lvn_tls_reason_of_connection(struct tls_reason *reason, unsigned long error);

/* Why a verification failed.  `host` is the name or address of the peer, or NULL. */
void lvn_tls_reason_of_verification(
    struct tls_reason *reason, X509_STORE_CTX *verification, const char *host);

#endif
