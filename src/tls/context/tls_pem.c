/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_pem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>

#include "base/private.h"

static int
read_file(struct tls_pem *pem, const char *file, struct tls_reason *reason)
{
	int rc = lvn_io_read_file(NULL, file, LVN_TLS_PEM_MOST, &pem->content, &pem->size);

	if (rc < 0)
		return lvn_tls_reason_set(
		    reason, rc, "%s: cannot be read: %s", file, strerror(-rc));
	return 0;
}

int
lvn_tls_pem_open(struct tls_pem *pem_out, const char *file, const char *text,
    const char *name_of_text, struct tls_reason *reason)
{
	struct tls_pem pem = {.name = file ? file : name_of_text};
	int rc;

	if (file) {
		rc = read_file(&pem, file, reason);
		if (rc < 0)
			return rc;
		text = pem.content;
	} else {
		pem.size = strlen(text);
		if (pem.size > LVN_TLS_PEM_MOST)
			return lvn_tls_reason_set(
			    reason, -EFBIG, "%s: %s", pem.name, strerror(EFBIG));
	}
	pem.bio = BIO_new_mem_buf(text, (int)pem.size);
	if (!pem.bio) {
		rc = lvn_tls_reason_take(reason, pem.name);
		lvn_tls_pem_close(&pem);
		return rc;
	}
	*pem_out = pem;
	return 0;
}

/* Keys do not stay behind in memory that is used for something else. */
void
lvn_tls_pem_close(struct tls_pem *pem)
{
	BIO_free(pem->bio);
	if (pem->content)
		OPENSSL_cleanse(pem->content, pem->size);
	lvn_free(pem->content);
}

/* Whether there is no further block of the kind; OpenSSL reports that as an error. */
static bool
is_at_end(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static bool
is_out_of_memory(void)
{
	return ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;
}

static int
read_certificates(struct tls_pem *pem, STACK_OF(X509) *certificates, struct tls_reason *reason)
{
	ERR_clear_error();
	for (;;) {
		X509 *certificate = PEM_read_bio_X509_AUX(pem->bio, NULL, NULL, NULL);

		if (!certificate)
			break;
		if (!sk_X509_push(certificates, certificate)) {
			X509_free(certificate);
			return lvn_tls_reason_take(reason, pem->name);
		}
	}
	if (!is_at_end())
		return lvn_tls_reason_take(reason, pem->name);
	ERR_clear_error();
	if (sk_X509_num(certificates) == 0)
		return lvn_tls_reason_set(
		    reason, -EINVAL, "%s: there is no certificate in PEM in it", pem->name);
	return 0;
}

int
lvn_tls_pem_certificates(
    struct tls_pem *pem, STACK_OF(X509) **certificates_out, struct tls_reason *reason)
{
	STACK_OF(X509) *certificates = sk_X509_new_null();
	int rc;

	if (!certificates)
		return lvn_tls_reason_take(reason, pem->name);
	rc = read_certificates(pem, certificates, reason);
	if (rc < 0)
		sk_X509_pop_free(certificates, X509_free);
	else
		*certificates_out = certificates;
	return rc;
}

/* For give_password; the text is NULL if there is no password. */
struct password {
	const char *text;
	bool was_needed;
};

/* Without this function OpenSSL would ask at the terminal. */
static int
give_password(char *buffer, int capacity, int for_writing, void *arg)
{
	struct password *password = arg;
	size_t size = password->text ? strlen(password->text) : 0;

	(void)for_writing;
	password->was_needed = true;
	if (!password->text || size > (size_t)capacity)
		return -1;
	memcpy(buffer, password->text, size);
	return (int)size;
}

static int
report_key(const struct tls_pem *pem, const struct password *password, struct tls_reason *reason)
{
	const char *words = NULL;

	if (is_at_end() || ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED)
		words = "there is no private key in PEM in it that OpenSSL can use";
	else if (password->was_needed && !password->text)
		words = "the key needs a password";
	else if (password->was_needed && !is_out_of_memory())
		words = "the password does not fit the key";
	if (!words)
		return lvn_tls_reason_take(reason, pem->name);
	ERR_clear_error();
	return lvn_tls_reason_set(reason, -EINVAL, "%s: %s", pem->name, words);
}

int
lvn_tls_pem_key(
    struct tls_pem *pem, const char *password_text, EVP_PKEY **key_out, struct tls_reason *reason)
{
	struct password password = {.text = password_text};
	EVP_PKEY *key;

	ERR_clear_error();
	key = PEM_read_bio_PrivateKey(pem->bio, NULL, give_password, &password);
	if (!key)
		return report_key(pem, &password, reason);
	ERR_clear_error();
	*key_out = key;
	return 0;
}
