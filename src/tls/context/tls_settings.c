/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_settings.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/limit.h"
#include "base/private.h"

#define CLIENT_CERTIFICATE_FLAGS \
	((unsigned)LEVIN_TLS_REQUEST_CLIENT_CERTIFICATE | LEVIN_TLS_REQUIRE_CLIENT_CERTIFICATE)
#define KNOWN_FLAGS (CLIENT_CERTIFICATE_FLAGS | LEVIN_TLS_NO_RESUMPTION | LEVIN_TLS_KERNEL)

/* ---- Checks -------------------------------------------------------------------------------- */

static bool
are_null(const void *const *reserved, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (reserved[i])
			return false;
	}
	return true;
}

static bool
is_known(enum levin_tls_protocol protocol)
{
	return protocol == 0 || protocol == LEVIN_TLS_1_2 || protocol == LEVIN_TLS_1_3;
}

static const char *
fault_of_certificate(const struct levin_tls_certificate *certificate)
{
	if (!certificate->certificate_file == !certificate->certificate_pem)
		return "a certificate needs a file or a text, and not both";
	if (certificate->key_file && certificate->key_pem)
		return "a key comes from a file or from a text, not from both";
	if (!are_null(certificate->reserved, LVN_COUNT_OF(certificate->reserved)))
		return "the reserved members of a certificate must be NULL";
	return NULL;
}

static const char *
fault_of_role(const struct levin_tls_settings *settings, enum tls_role role)
{
	bool has_trust = settings->trust_file || settings->trust_pem;

	if (role == TLS_CLIENT) {
		if (settings->certificate_count > 1)
			return "a client has one certificate at most";
		if (settings->flags & CLIENT_CERTIFICATE_FLAGS)
			return "only a server asks for the certificates of clients";
		return NULL;
	}
	if (settings->certificate_count == 0)
		return "a server needs a certificate";
	if (!(settings->flags & CLIENT_CERTIFICATE_FLAGS) != !has_trust)
		return "a server has trust_file or trust_pem if it asks for certificates, and only "
		       "then";
	return NULL;
}

static const char *
fault_of_values(const struct levin_tls_settings *settings)
{
	if (settings->certificate_count > 0 && !settings->certificates)
		return "there is a count of certificates, but certificates is NULL";
	if (!lvn_limit_is_valid(settings->sessions) ||
	    !lvn_limit_is_valid(settings->shutdown_timeout_ms))
		return "a limit is below -1";
	if (settings->flags & ~KNOWN_FLAGS)
		return "there is an unknown flag";
	if (!is_known(settings->oldest_protocol) || !is_known(settings->newest_protocol))
		return "there is an unknown protocol";
	if (settings->newest_protocol != 0 && settings->oldest_protocol > settings->newest_protocol)
		return "the oldest protocol is newer than the newest one";
	if (!are_null(settings->reserved, LVN_COUNT_OF(settings->reserved)))
		return "the reserved members must be NULL";
	return NULL;
}

int
lvn_tls_settings_check(
    const struct levin_tls_settings *settings, enum tls_role role, struct tls_reason *reason)
{
	const char *fault = fault_of_values(settings);

	if (!fault)
		fault = fault_of_role(settings, role);
	for (size_t i = 0; !fault && i < settings->certificate_count; i++)
		fault = fault_of_certificate(&settings->certificates[i]);
	return fault ? lvn_tls_reason_set(reason, -EINVAL, "settings: %s", fault) : 0;
}

/* ---- Copies -------------------------------------------------------------------------------- */

/* The texts of a certificate, as an array. */
enum { CERTIFICATE_TEXTS = 5 };

static void
list_texts(struct levin_tls_certificate *certificate, const char **texts_out[CERTIFICATE_TEXTS])
{
	texts_out[0] = &certificate->certificate_file;
	texts_out[1] = &certificate->key_file;
	texts_out[2] = &certificate->certificate_pem;
	texts_out[3] = &certificate->key_pem;
	texts_out[4] = &certificate->key_password;
}

static int
copy_text(const char **copy_out, const char *text)
{
	*copy_out = NULL;
	if (!text)
		return 0;
	*copy_out = lvn_strdup(text);
	return *copy_out ? 0 : -ENOMEM;
}

static int
copy_certificate(
    struct levin_tls_certificate *copy_out, const struct levin_tls_certificate *certificate)
{
	struct levin_tls_certificate original = *certificate;
	const char **from[CERTIFICATE_TEXTS];
	const char **to[CERTIFICATE_TEXTS];
	int rc = 0;

	list_texts(&original, from);
	list_texts(copy_out, to);
	for (size_t i = 0; rc == 0 && i < CERTIFICATE_TEXTS; i++)
		rc = copy_text(to[i], *from[i]);
	return rc;
}

static int
copy_certificates(struct levin_tls_settings *copy, const struct levin_tls_settings *settings)
{
	struct levin_tls_certificate *certificates;
	int rc = 0;

	if (settings->certificate_count == 0)
		return 0;
	certificates = lvn_calloc(settings->certificate_count, sizeof(*certificates));
	if (!certificates)
		return -ENOMEM;
	copy->certificates = certificates;
	copy->certificate_count = settings->certificate_count;
	for (size_t i = 0; rc == 0 && i < settings->certificate_count; i++)
		rc = copy_certificate(&certificates[i], &settings->certificates[i]);
	return rc;
}

int
lvn_tls_settings_copy(
    struct levin_tls_settings *copy_out, const struct levin_tls_settings *settings)
{
	struct levin_tls_settings copy = *settings;
	int rc;

	copy.certificates = NULL;
	copy.certificate_count = 0;
	copy.trust_file = NULL;
	copy.trust_pem = NULL;
	copy.alpn = NULL;
	rc = copy_certificates(&copy, settings);
	if (rc == 0)
		rc = copy_text(&copy.trust_file, settings->trust_file);
	if (rc == 0)
		rc = copy_text(&copy.trust_pem, settings->trust_pem);
	if (rc == 0)
		rc = copy_text(&copy.alpn, settings->alpn);
	if (rc < 0) {
		lvn_tls_settings_clear(&copy);
		return rc;
	}
	*copy_out = copy;
	return 0;
}

/* Keys and passwords do not stay behind in memory that is used for something else. */
static void
free_text(const char *text)
{
	char *own = (char *)(uintptr_t)text;

	if (!own)
		return;
	OPENSSL_cleanse(own, strlen(own));
	lvn_free(own);
}

void
lvn_tls_settings_clear(struct levin_tls_settings *copy)
{
	struct levin_tls_certificate *certificates =
	    (struct levin_tls_certificate *)(uintptr_t)copy->certificates;

	for (size_t i = 0; i < copy->certificate_count; i++) {
		const char **texts[CERTIFICATE_TEXTS];

		list_texts(&certificates[i], texts);
		for (size_t j = 0; j < CERTIFICATE_TEXTS; j++)
			free_text(*texts[j]);
	}
	lvn_free(certificates);
	free_text(copy->trust_file);
	free_text(copy->trust_pem);
	free_text(copy->alpn);
	memset(copy, 0, sizeof(*copy));
}
