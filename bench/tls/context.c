/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "support/bench.h"

static void
must(int done, const char *what)
{
	if (done <= 0)
		bench_fail("OpenSSL: no %s", what);
}

static X509 *
sign_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name;

	must(certificate != NULL, "certificate");
	must(X509_set_version(certificate, 2), "version");
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
	must(X509_set_pubkey(certificate, key), "public key");
	name = X509_get_subject_name(certificate);
	must(X509_NAME_add_entry_by_txt(
		 name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0),
	    "subject");
	must(X509_set_issuer_name(certificate, name), "issuer");
	must(X509_sign(certificate, key, EVP_sha256()), "signature");
	return certificate;
}

SSL_CTX *
tls_context_new(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate;

	must(context != NULL, "context");
	must(key != NULL, "key");
	certificate = sign_certificate(key);
	must(SSL_CTX_use_certificate(context, certificate), "use of the certificate");
	must(SSL_CTX_use_PrivateKey(context, key), "use of the key");
	must(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION), "TLS 1.3");
	X509_free(certificate);
	EVP_PKEY_free(key);
	return context;
}
