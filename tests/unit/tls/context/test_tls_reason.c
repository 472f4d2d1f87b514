/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_reason.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/compiler.h"
#include "support/suite.h"

static struct tls_reason reason;

static void
load_words(void)
{
	ck_assert(OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL));
}

TEST_FIXTURE(load_words, NULL);

TEST(tls_reason_set__returns_the_error_and_cuts_the_text)
{
	char longer[400];

	memset(longer, 'a', sizeof(longer));
	longer[399] = '\0';
	ck_assert_int_eq(lvn_tls_reason_set(&reason, -EINVAL, "%s", longer), -EINVAL);
	ck_assert_uint_eq(strlen(reason.text), sizeof(reason.text) - 1);
}

TEST(tls_reason_take__first_error_and_an_empty_queue)
{
	ERR_raise(ERR_LIB_SSL, SSL_R_NO_SHARED_CIPHER);
	ERR_raise(ERR_LIB_SSL, SSL_R_BAD_DATA);
	ck_assert_int_eq(lvn_tls_reason_take(&reason, "file.pem"), -EINVAL);
	ck_assert_str_eq(reason.text, "file.pem: no shared cipher");
	ck_assert_uint_eq(ERR_peek_error(), 0);
}

TEST(tls_reason_take__out_of_memory)
{
	ERR_raise(ERR_LIB_SSL, ERR_R_MALLOC_FAILURE);
	ck_assert_int_eq(lvn_tls_reason_take(&reason, "file.pem"), -ENOMEM);
	ck_assert_str_eq(reason.text, "file.pem: out of memory");
}

TEST(tls_reason_take__an_error_without_words)
{
	ERR_raise(ERR_LIB_USER, 99);
	ck_assert_int_eq(lvn_tls_reason_take(&reason, "file.pem"), -EINVAL);
	ck_assert_str_eq(reason.text, "file.pem: an error that OpenSSL does not name");
}

static const struct {
	int number; /* of the library for TLS */
	const char *words;
} errors[] = {
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, "the peer ended the connection without close_notify"},
    {SSL_R_WRONG_VERSION_NUMBER, "the peer does not speak TLS"},
    {SSL_R_HTTP_REQUEST, "the peer sent an HTTP request without TLS"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, "the peer does not know the issuer of our certificate"},
    {SSL_R_TLSV1_ALERT_INTERNAL_ERROR, "the peer sent the alert \"internal error\""},
    {SSL_AD_REASON_OFFSET + SSL_AD_UNSUPPORTED_EXTENSION,
	"the peer sent the alert \"unsupported extension\""},
    {SSL_R_BAD_SIGNATURE, "bad signature"},
};

TEST_RANGE(tls_reason_of_connection__in_words, 0, (int)LVN_COUNT_OF(errors))
{
	ERR_raise(ERR_LIB_SSL, errors[_i].number);
	lvn_tls_reason_of_connection(&reason, ERR_get_error());
	ck_assert_str_eq(reason.text, errors[_i].words);
}

TEST(tls_reason_of_connection__of_another_library)
{
	ERR_raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM);
	lvn_tls_reason_of_connection(&reason, ERR_get_error());
	ck_assert_str_eq(reason.text, "unsupported algorithm");
}

TEST(tls_reason_of_verification__words_of_openssl_without_a_certificate)
{
	X509_STORE_CTX *verification = X509_STORE_CTX_new();

	X509_STORE_CTX_set_error(verification, X509_V_ERR_CERT_REVOKED);
	lvn_tls_reason_of_verification(&reason, verification, NULL);
	ck_assert_str_eq(reason.text, "the certificate of the peer: certificate revoked");
	X509_STORE_CTX_free(verification);
}
