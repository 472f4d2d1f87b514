/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/tls/certificates.h"

#include <check.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS_OF_DAY = 24 * 3600 };

static void
add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ck_assert_ptr_nonnull(extension);
	ck_assert(X509_add_ext(x509, extension, -1));
	X509_EXTENSION_free(extension);
}

static void
set_subject(X509 *x509, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(x509);

	ck_assert(X509_NAME_add_entry_by_txt(
	    subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0));
}

static X509 *
sign(const struct certificate_recipe *recipe, EVP_PKEY *key)
{
	static long serial;
	X509 *x509 = X509_new();
	X509 *issuer = recipe->issuer ? recipe->issuer->x509 : x509;
	int days = recipe->ends_in_days ? recipe->ends_in_days : 1;

	X509_set_version(x509, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
	X509_gmtime_adj(
	    X509_getm_notBefore(x509), (long)recipe->begins_in_days * SECONDS_OF_DAY - 60);
	X509_gmtime_adj(X509_getm_notAfter(x509), (long)days * SECONDS_OF_DAY);
	X509_set_pubkey(x509, key);
	set_subject(x509, recipe->name ? recipe->name : "Test");
	X509_set_issuer_name(x509, X509_get_subject_name(issuer));
	if (recipe->valid_for)
		add_extension(x509, issuer, NID_subject_alt_name, recipe->valid_for);
	else
		add_extension(x509, issuer, NID_basic_constraints, "critical,CA:TRUE");
	ck_assert(X509_sign(x509, recipe->issuer ? recipe->issuer->key : key, EVP_sha256()) > 0);
	return x509;
}

static char *
text_of(BIO *bio)
{
	char *content;
	long size = BIO_get_mem_data(bio, &content);
	char *text = calloc(1, (size_t)size + 1);

	memcpy(text, content, (size_t)size);
	BIO_free(bio);
	return text;
}

struct certificate *
certificate_new(const struct certificate_recipe *recipe)
{
	struct certificate *certificate = calloc(1, sizeof(*certificate));
	BIO *bio = BIO_new(BIO_s_mem());

	certificate->key = recipe->rsa_bits ? EVP_RSA_gen(recipe->rsa_bits)
					    : EVP_EC_gen(recipe->curve ? recipe->curve : "P-256");
	ck_assert_ptr_nonnull(certificate->key);
	certificate->x509 = sign(recipe, certificate->key);
	ck_assert(PEM_write_bio_X509(bio, certificate->x509));
	certificate->pem = text_of(bio);
	bio = BIO_new(BIO_s_mem());
	ck_assert(PEM_write_bio_PrivateKey(bio, certificate->key, NULL, NULL, 0, NULL, NULL));
	certificate->key_pem = text_of(bio);
	return certificate;
}

void
certificate_free(struct certificate *certificate)
{
	if (!certificate)
		return;
	X509_free(certificate->x509);
	EVP_PKEY_free(certificate->key);
	free(certificate->pem);
	free(certificate->key_pem);
	free(certificate);
}
