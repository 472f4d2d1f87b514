/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The subject of a certificate as text: "CN=www.example.org,O=Example".
 */
#ifndef LVN_TLS_CONTEXT_TLS_SUBJECT_H
#define LVN_TLS_CONTEXT_TLS_SUBJECT_H

#include <openssl/x509.h>
#include <stddef.h>

/*
 * In the form of RFC 2253, in ASCII and without control characters.  It is cut to fit, and empty
 * if the certificate is NULL, has no subject, or memory is short.
 */
void lvn_tls_subject_write(const X509 *certificate, char *text, size_t capacity);

#endif
