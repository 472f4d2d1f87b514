/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A certificate with its issuers and its key, and the choice among several by name.
 */
#ifndef LVN_TLS_CONTEXT_TLS_CERTIFICATE_H
#define LVN_TLS_CONTEXT_TLS_CERTIFICATE_H

#include <levin/tls.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#include "tls/context/tls_reason.h"

struct tls_certificate {
	X509 *certificate;
	STACK_OF(X509) *issuers;
	EVP_PKEY *key;
};

/* 0, -ENOMEM, -EINVAL, or the error of a file that cannot be read. */
int lvn_tls_certificate_load(struct tls_certificate *certificate_out,
    const struct levin_tls_certificate *settings, struct tls_reason *reason);
/* Accepts one that is all zero. */
void lvn_tls_certificate_clear(struct tls_certificate *certificate);

/* Whether it is valid for the name, by the rules of RFC 9525. */
bool lvn_tls_certificate_is_for(const struct tls_certificate *certificate, const char *name);

/* How names are compared: only DNS names, and a * stands for one whole label. */
enum {
	LVN_TLS_NAME_FLAGS =
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
};

#endif
