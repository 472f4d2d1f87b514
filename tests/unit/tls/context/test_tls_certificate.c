/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_certificate.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "support/suite.h"
#include "support/tls/certificates.h"

static struct tls_reason reason;
static char logged[300];

static void
keep_line(int severity, const char *text)
{
	(void)severity;
	snprintf(logged, sizeof(logged), "%s", text);
}

TEST(tls_certificate_load__with_its_issuers)
{
	struct certificate *root = certificate_new(&(struct certificate_recipe){.name = "root"});
	struct certificate *middle =
	    certificate_new(&(struct certificate_recipe){.name = "middle", .issuer = root});
	struct certificate *leaf = certificate_new(&(struct certificate_recipe){
	    .name = "leaf", .issuer = middle, .valid_for = "DNS:a.example"});
	struct tls_certificate loaded;
	char chain[8000];

	snprintf(chain, sizeof(chain), "%s%s", leaf->pem, middle->pem);
	ck_assert_int_eq(
	    lvn_tls_certificate_load(&loaded,
		&(struct levin_tls_certificate){.certificate_pem = chain, .key_pem = leaf->key_pem},
		&reason),
	    0);

	ck_assert_int_eq(X509_cmp(loaded.certificate, leaf->x509), 0);
	ck_assert_int_eq(sk_X509_num(loaded.issuers), 1);
	ck_assert_int_eq(X509_cmp(sk_X509_value(loaded.issuers, 0), middle->x509), 0);
	ck_assert_int_eq(EVP_PKEY_eq(loaded.key, leaf->key), 1);
	lvn_tls_certificate_clear(&loaded);
	certificate_free(leaf);
	certificate_free(middle);
	certificate_free(root);
}

TEST(tls_certificate_load__key_beside_the_certificate)
{
	struct certificate *made = certificate_new(&(struct certificate_recipe){.name = "a"});
	struct tls_certificate loaded;
	char text[8000];

	snprintf(text, sizeof(text), "%s%s", made->key_pem, made->pem);
	ck_assert_int_eq(lvn_tls_certificate_load(&loaded,
			     &(struct levin_tls_certificate){.certificate_pem = text}, &reason),
	    0);
	lvn_tls_certificate_clear(&loaded);
	certificate_free(made);
}

TEST(tls_certificate_load__wrong_key)
{
	struct certificate *one = certificate_new(&(struct certificate_recipe){.name = "a"});
	struct certificate *same_kind = certificate_new(&(struct certificate_recipe){.name = "b"});
	struct certificate *other_kind =
	    certificate_new(&(struct certificate_recipe){.rsa_bits = 2048});
	const char *keys[] = {same_kind->key_pem, other_kind->key_pem};

	for (size_t i = 0; i < LVN_COUNT_OF(keys); i++) {
		struct levin_tls_certificate wrong = {
		    .certificate_pem = one->pem, .key_pem = keys[i]};
		struct tls_certificate loaded;

		ck_assert_int_eq(lvn_tls_certificate_load(&loaded, &wrong, &reason), -EINVAL);
		ck_assert_str_eq(reason.text, "key_pem: the key does not fit the certificate");
	}
	certificate_free(one);
	certificate_free(same_kind);
	certificate_free(other_kind);
}

TEST(tls_certificate_load__warns_of_an_expired_one)
{
	struct certificate *made =
	    certificate_new(&(struct certificate_recipe){.begins_in_days = -3, .ends_in_days = -1});
	struct levin_tls_certificate settings = {
	    .certificate_pem = made->pem, .key_pem = made->key_pem};
	struct tls_certificate loaded;

	event_set_log_callback(keep_line);
	ck_assert_int_eq(lvn_tls_certificate_load(&loaded, &settings, &reason), 0);
	ck_assert_str_eq(logged, "certificate_pem: the certificate has expired");
	lvn_tls_certificate_clear(&loaded);
	certificate_free(made);
}

static const struct {
	const char *valid_for;
	const char *name;
	bool is_for;
} names[] = {
    {"DNS:a.example", "a.example", true},
    {"DNS:A.example", "a.EXAMPLE", true},
    {"DNS:a.example,DNS:b.example", "b.example", true},
    {"DNS:a.example", "b.example", false},
    {"DNS:a.example", "x.a.example", false},
    {"DNS:*.a.example", "x.a.example", true},
    {"DNS:*.a.example", "a.example", false},
    {"DNS:*.a.example", "x.y.a.example", false},
    {"DNS:x*.a.example", "xy.a.example", false},
    {"DNS:*x.a.example", "yx.a.example", false},
    {"DNS:x.*.example", "x.a.example", false},
    {"DNS:*", "example", false},
    {"IP:192.0.2.1", "192.0.2.1", false},
    {"email:a.example", "a.example", false},
    /* The common name, which is this, does not count. */
    {"DNS:a.example", "common.example", false},
};

TEST_RANGE(tls_certificate_is_for__names_of_rfc_9525, 0, (int)LVN_COUNT_OF(names))
{
	struct certificate *made = certificate_new(&(struct certificate_recipe){
	    .name = "common.example", .valid_for = names[_i].valid_for});
	struct tls_certificate certificate = {.certificate = made->x509};

	ck_assert_int_eq(
	    lvn_tls_certificate_is_for(&certificate, names[_i].name), names[_i].is_for);
	certificate_free(made);
}

TEST(tls_certificate_is_for__common_name_alone_does_not_count)
{
	struct certificate *made =
	    certificate_new(&(struct certificate_recipe){.name = "common.example"});
	struct tls_certificate certificate = {.certificate = made->x509};

	ck_assert(!lvn_tls_certificate_is_for(&certificate, "common.example"));
	certificate_free(made);
}
