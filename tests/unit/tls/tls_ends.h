/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contexts of OpenSSL for tests: a server with a certificate that is made here, and a client that
 * trusts everybody.
 */
#ifndef LEVIN_TESTS_UNIT_TLS_TLS_ENDS_H
#define LEVIN_TESTS_UNIT_TLS_TLS_ENDS_H

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "support/suite.h"

static inline void
tls_certify(SSL_CTX *context)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();

	ck_assert(key && certificate);
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
	    (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	ck_assert(X509_sign(certificate, key, EVP_sha256()) > 0);
	ck_assert_int_eq(SSL_CTX_use_certificate(context, certificate), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, key), 1);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* One for both roles, which speaks this version only; freed by SSL_CTX_free. */
static inline SSL_CTX *
tls_context(int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_method());

	ck_assert_ptr_nonnull(context);
	SSL_CTX_set_min_proto_version(context, version);
	SSL_CTX_set_max_proto_version(context, version);
	tls_certify(context);
	return context;
}

/* A new SSL, whose reference is the caller's. */
static inline SSL *
tls_ssl(SSL_CTX *context)
{
	SSL *ssl = SSL_new(context);

	ck_assert_ptr_nonnull(ssl);
	return ssl;
}

#endif
