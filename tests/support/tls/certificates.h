/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Certificates for tests, made when they are needed.
 */
#ifndef LEVIN_TESTS_SUPPORT_TLS_CERTIFICATES_H
#define LEVIN_TESTS_SUPPORT_TLS_CERTIFICATES_H

#include <openssl/evp.h>
#include <openssl/x509.h>

struct certificate {
	X509 *x509;
	EVP_PKEY *key;
	char *pem;     /* of the certificate */
	char *key_pem; /* of the key */
};

/* All zero is an issuer that signs itself, with an elliptic key, valid for a day. */
struct certificate_recipe {
	const char *name;                 /* common name; NULL is "Test" */
	const char *valid_for;            /* "DNS:www.example.org,IP:127.0.0.1"; NULL: an issuer */
	const struct certificate *issuer; /* NULL: signs itself */
	const char *curve;                /* NULL is "P-256" */
	unsigned rsa_bits;                /* not 0: RSA */
	int begins_in_days;
	int ends_in_days; /* 0 is 1 */
};

struct certificate *certificate_new(const struct certificate_recipe *recipe);
void certificate_free(struct certificate *certificate);

#endif
