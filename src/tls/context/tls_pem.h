/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Certificates and keys from files or texts in PEM.  Each failure leaves a reason that names the
 * file.
 */
#ifndef LVN_TLS_CONTEXT_TLS_PEM_H
#define LVN_TLS_CONTEXT_TLS_PEM_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

#include "tls/context/tls_reason.h"

/* No file is read beyond that. */
enum { LVN_TLS_PEM_MOST = 16 * 1024 * 1024 };

struct tls_pem {
	const char *name; /* of the file, or what the text is; for reasons */
	char *content;    /* of the file; NULL for a text of the caller */
	size_t size;
	BIO *bio;
};

/* From the file, or from the text if file is NULL; both outlive it.  0 or -errno. */
int lvn_tls_pem_open(struct tls_pem *pem_out, const char *file, const char *text,
    const char *name_of_text, struct tls_reason *reason);
void lvn_tls_pem_close(struct tls_pem *pem);

/* All certificates, one at least.  Other things in it are left out.  0, -EINVAL or -ENOMEM. */
int lvn_tls_pem_certificates(
    struct tls_pem *pem, STACK_OF(X509) **certificates_out, struct tls_reason *reason);

/* The first private key.  A password of NULL is for keys without.  0, -EINVAL or -ENOMEM. */
int lvn_tls_pem_key(
    struct tls_pem *pem, const char *password, EVP_PKEY **key_out, struct tls_reason *reason);

#endif
