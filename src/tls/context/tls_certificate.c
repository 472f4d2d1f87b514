/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_certificate.h"

#include <errno.h>
#include <openssl/err.h>

#include "base/private.h"
#include "tls/context/tls_pem.h"

/* The first certificate of the file, and the others, which are its issuers. */
static int
load_certificates(
    struct tls_certificate *certificate, struct tls_pem *pem, struct tls_reason *reason)
{
	int rc = lvn_tls_pem_certificates(pem, &certificate->issuers, reason);

	if (rc < 0)
		return rc;
	certificate->certificate = sk_X509_shift(certificate->issuers);
	if (X509_cmp_current_time(X509_get0_notAfter(certificate->certificate)) < 0)
		lvn_log_warnx("%s: the certificate has expired", pem->name);
	return 0;
}

static int
load_key(struct tls_certificate *certificate, struct tls_pem *pem, const char *password,
    struct tls_reason *reason)
{
	int rc = lvn_tls_pem_key(pem, password, &certificate->key, reason);

	if (rc < 0)
		return rc;
	rc = X509_check_private_key(certificate->certificate, certificate->key);
	ERR_clear_error();
	if (rc != 1)
		return lvn_tls_reason_set(
		    reason, -EINVAL, "%s: the key does not fit the certificate", pem->name);
	return 0;
}

static int
load(struct tls_certificate *certificate, const struct levin_tls_certificate *settings,
    struct tls_reason *reason)
{
	bool has_own_key = settings->key_file || settings->key_pem;
	struct tls_pem pem;
	int rc;

	rc = lvn_tls_pem_open(
	    &pem, settings->certificate_file, settings->certificate_pem, "certificate_pem", reason);
	if (rc < 0)
		return rc;
	rc = load_certificates(certificate, &pem, reason);
	lvn_tls_pem_close(&pem);
	if (rc < 0)
		return rc;
	if (has_own_key)
		rc = lvn_tls_pem_open(
		    &pem, settings->key_file, settings->key_pem, "key_pem", reason);
	else
		rc = lvn_tls_pem_open(&pem, settings->certificate_file, settings->certificate_pem,
		    "certificate_pem", reason);
	if (rc < 0)
		return rc;
	rc = load_key(certificate, &pem, settings->key_password, reason);
	lvn_tls_pem_close(&pem);
	return rc;
}

int
lvn_tls_certificate_load(struct tls_certificate *certificate_out,
    const struct levin_tls_certificate *settings, struct tls_reason *reason)
{
	struct tls_certificate certificate = {.key = NULL};
	int rc = load(&certificate, settings, reason);

	if (rc < 0)
		lvn_tls_certificate_clear(&certificate);
	else
		*certificate_out = certificate;
	return rc;
}

void
lvn_tls_certificate_clear(struct tls_certificate *certificate)
{
	X509_free(certificate->certificate);
	sk_X509_pop_free(certificate->issuers, X509_free);
	EVP_PKEY_free(certificate->key);
}

bool
lvn_tls_certificate_is_for(const struct tls_certificate *certificate, const char *name)
{
	return X509_check_host(certificate->certificate, name, 0, LVN_TLS_NAME_FLAGS, NULL) == 1;
}
