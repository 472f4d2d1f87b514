/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sessions that a client may resume, by host.  The newest ones are kept: a number in all, and a
 * few of each host, so that a host with many connections does not drive out the others.
 */
#ifndef LVN_TLS_CONTEXT_TLS_SESSIONS_H
#define LVN_TLS_CONTEXT_TLS_SESSIONS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/compiler.h"

enum { LVN_TLS_SESSIONS_OF_HOST = 4 };

struct tls_sessions;

/* NULL if memory is short. */
LVN_NODISCARD struct tls_sessions *lvn_tls_sessions_new(unsigned most);
void lvn_tls_sessions_free(struct tls_sessions *sessions);

/* Takes over the caller's reference.  Returns false, and does not, if memory is short. */
bool lvn_tls_sessions_put(struct tls_sessions *sessions, const char *host, SSL_SESSION *session);

/*
 * The newest session of a host with a reference for the caller, or NULL.  A session of TLS 1.3 is
 * used once (RFC 8446 C.4): it leaves the cache.
 */
SSL_SESSION *lvn_tls_sessions_take(struct tls_sessions *sessions, const char *host);

#endif
