/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the fuzzers of TLS share: a context with a certificate, and damage to what a peer sends.
 */
#ifndef LEVIN_TESTS_FUZZ_TLS_HOSTILE_H
#define LEVIN_TESTS_FUZZ_TLS_HOSTILE_H

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fuzz/choices.h"

/* Most that is carried at once, before and after damage. */
enum { CHUNK = 16384, CHUNK_DAMAGED = 2 * CHUNK };

static inline void
insist(bool condition)
{
	if (!condition)
		__builtin_trap();
}

/* For both roles. */
static inline SSL_CTX *
make_context(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	SSL_CTX *context = SSL_CTX_new(TLS_method());

	insist(key && certificate && context);
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
	    (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
	insist(X509_set_pubkey(certificate, key) == 1);
	insist(X509_sign(certificate, key, EVP_sha256()) > 0);
	insist(SSL_CTX_use_certificate(context, certificate) == 1);
	insist(SSL_CTX_use_PrivateKey(context, key) == 1);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return context;
}

/*
 * Changes, cuts or doubles what a peer has sent, and adds bytes.  There is space for CHUNK_DAMAGED.
 * Returns the new size.
 */
static inline size_t
damage(uint8_t *bytes, size_t size, struct choices *choices)
{
	while (size > 0 && choose_rarely(choices, 4)) {
		size_t at = (choose(choices, 256) << 8 | choose(choices, 256)) % size;

		switch (choose(choices, 5)) {
		case 0:
			bytes[at] ^= (uint8_t)(1 + choose(choices, 255));
			break;
		case 1:
			bytes[at] = (uint8_t)choose(choices, 256);
			break;
		case 2:
			size = at;
			break;
		case 3:
			memmove(bytes, bytes + at, size - at);
			size -= at;
			break;
		default:
			if (size + at <= CHUNK_DAMAGED) {
				memmove(bytes + size, bytes, at);
				size += at;
			}
			break;
		}
	}
	while (size < CHUNK && choose_rarely(choices, 16))
		bytes[size++] = (uint8_t)choose(choices, 256);
	return size;
}

#endif
