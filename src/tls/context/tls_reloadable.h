/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The implementation of struct levin_tls: an SSL_CTX that is replaced as a whole when it is reloaded,
 * while connections are made from it.  Any thread may call these functions.
 */
#ifndef LVN_TLS_CONTEXT_TLS_RELOADABLE_H
#define LVN_TLS_CONTEXT_TLS_RELOADABLE_H

#include <levin/tls.h>
#include <openssl/ssl.h>
#include <stdbool.h>

#include "tls/context/tls_settings.h"

/*
 * Invariants:
 *   1. context was made from settings
 *   2. each SSL object made from the context holds a reference to it
 */
struct levin_tls {
	enum tls_role role;
	struct lock *lock;
	/* Everything below is protected by it. */
	SSL_CTX *context;
	struct levin_tls_settings settings;
	bool skips_verification;
};

/* 0; or -EINVAL, -ENOMEM or the error of a file, with the reason. */
int lvn_tls_reloadable_new(struct levin_tls **tls_out, const struct levin_tls_settings *settings,
    enum tls_role role, struct tls_reason *reason);
void lvn_tls_reloadable_free(struct levin_tls *tls);

/* With settings of NULL the files of the old ones are read again.  On failure nothing changes. */
int lvn_tls_reloadable_reload(
    struct levin_tls *tls, const struct levin_tls_settings *settings, struct tls_reason *reason);

void lvn_tls_reloadable_skip_verification(struct levin_tls *tls);

/*
 * The SSL object for a new connection.  Only a client needs the host, unless it skips the
 * verification.
 */
int lvn_tls_reloadable_connect(
    struct levin_tls *tls, const char *host, SSL **ssl_out, struct tls_reason *reason);

#endif
