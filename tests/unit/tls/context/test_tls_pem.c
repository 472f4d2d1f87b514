/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_pem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/suite.h"
#include "support/tls/certificates.h"

#define NO_KEY "some_pem: there is no private key in PEM in it that OpenSSL can use"

static struct certificate *made;
static struct tls_reason reason;

static void
make(void)
{
	made = certificate_new(&(struct certificate_recipe){.name = "one"});
}

static void
clean_up(void)
{
	certificate_free(made);
}

TEST_FIXTURE(make, clean_up);

static struct tls_pem
open_text(const char *text)
{
	struct tls_pem pem;

	ck_assert_int_eq(lvn_tls_pem_open(&pem, NULL, text, "some_pem", &reason), 0);
	return pem;
}

static void
check_certificates(const char *text, int count)
{
	struct tls_pem pem = open_text(text);
	STACK_OF(X509) *certificates;

	ck_assert_int_eq(lvn_tls_pem_certificates(&pem, &certificates, &reason), 0);
	ck_assert_int_eq(sk_X509_num(certificates), count);
	sk_X509_pop_free(certificates, X509_free);
	lvn_tls_pem_close(&pem);
}

static void
check_no_certificates(const char *text, const char *words)
{
	struct tls_pem pem = open_text(text);
	STACK_OF(X509) *certificates;

	ck_assert_int_eq(lvn_tls_pem_certificates(&pem, &certificates, &reason), -EINVAL);
	ck_assert_str_eq(reason.text, words);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	lvn_tls_pem_close(&pem);
}

TEST(tls_pem_certificates__all_of_them)
{
	char text[8000];

	snprintf(text, sizeof(text), "Text before.\n%s%s%s\n", made->pem, made->key_pem, made->pem);
	check_certificates(made->pem, 1);
	check_certificates(text, 2);
}

TEST(tls_pem_certificates__none)
{
	check_no_certificates("", "some_pem: there is no certificate in PEM in it");
	check_no_certificates("garbage\n", "some_pem: there is no certificate in PEM in it");
	check_no_certificates(made->key_pem, "some_pem: there is no certificate in PEM in it");
}

TEST(tls_pem_certificates__broken)
{
	char text[4000];

	snprintf(text, sizeof(text), "%s", made->pem);
	text[strlen(text) / 2] = '!';
	check_no_certificates(text, "some_pem: bad base64 decode");
	snprintf(text, sizeof(text), "%.200s", made->pem);
	check_no_certificates(text, "some_pem: bad end line");
}

static void
check_key(const char *text, const char *password, int result, const char *words)
{
	struct tls_pem pem = open_text(text);
	EVP_PKEY *key = NULL;

	ck_assert_int_eq(lvn_tls_pem_key(&pem, password, &key, &reason), result);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	if (result == 0)
		ck_assert_int_eq(EVP_PKEY_eq(key, made->key), 1);
	else
		ck_assert_str_eq(reason.text, words);
	EVP_PKEY_free(key);
	lvn_tls_pem_close(&pem);
}

TEST(tls_pem_key__without_a_password)
{
	char text[8000];

	snprintf(text, sizeof(text), "%s%s", made->pem, made->key_pem);
	check_key(made->key_pem, NULL, 0, NULL);
	check_key(text, NULL, 0, NULL);
	check_key(made->pem, NULL, -EINVAL, NO_KEY);
	check_key("", NULL, -EINVAL, NO_KEY);
	check_key("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", NULL, -EINVAL,
	    NO_KEY);
}

TEST(tls_pem_key__with_a_password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *content;
	char *text;
	long size;

	ck_assert(PEM_write_bio_PrivateKey(
	    bio, made->key, EVP_aes_256_cbc(), (const unsigned char *)"secret", 6, NULL, NULL));
	size = BIO_get_mem_data(bio, &content);
	text = calloc(1, (size_t)size + 1);
	memcpy(text, content, (size_t)size);
	check_key(text, "secret", 0, NULL);
	check_key(text, "wrong", -EINVAL, "some_pem: the password does not fit the key");
	check_key(text, NULL, -EINVAL, "some_pem: the key needs a password");
	free(text);
	BIO_free(bio);
}

TEST(tls_pem_open__names_a_file_that_cannot_be_read)
{
	struct tls_pem pem;

	ck_assert_int_eq(lvn_tls_pem_open(&pem, "/nowhere/cert.pem", NULL, NULL, &reason), -ENOENT);
	ck_assert_str_eq(
	    reason.text, "/nowhere/cert.pem: cannot be read: No such file or directory");
	ck_assert_int_eq(lvn_tls_pem_open(&pem, "/", NULL, NULL, &reason), -EISDIR);
	ck_assert_str_eq(reason.text, "/: cannot be read: Is a directory");
}

TEST(tls_pem_open__reads_no_file_without_end)
{
	struct tls_pem pem;

	ck_assert_int_eq(lvn_tls_pem_open(&pem, "/dev/zero", NULL, NULL, &reason), -EFBIG);
	ck_assert_str_eq(reason.text, "/dev/zero: cannot be read: File too large");
}

TEST(tls_pem_open__reads_a_file)
{
	char path[] = "/tmp/levin_tls_pem_XXXXXX";
	int fd = mkstemp(path);
	struct tls_pem pem;
	EVP_PKEY *key;

	ck_assert_int_eq(
	    write(fd, made->key_pem, strlen(made->key_pem)), (ssize_t)strlen(made->key_pem));
	close(fd);
	ck_assert_int_eq(lvn_tls_pem_open(&pem, path, "unused", NULL, &reason), 0);
	unlink(path);
	ck_assert_int_eq(lvn_tls_pem_key(&pem, NULL, &key, &reason), 0);
	EVP_PKEY_free(key);
	lvn_tls_pem_close(&pem);
}
