/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_settings.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "support/suite.h"

static const struct levin_tls_certificate good = {.certificate_file = "cert.pem"};
static const struct levin_tls_certificate two[2] = {
    {.certificate_file = "a.pem", .key_file = "a.key"},
    {.certificate_pem = "b", .key_pem = "c", .key_password = "d"},
};
static const struct levin_tls_certificate nothing;
static const struct levin_tls_certificate both = {
    .certificate_file = "a", .certificate_pem = "b", .key_pem = "c"};
static const struct levin_tls_certificate two_keys = {
    .certificate_file = "a", .key_file = "b", .key_pem = "c"};
static const struct levin_tls_certificate later = {
    .certificate_file = "a", .reserved = {"something"}};

static const struct {
	enum tls_role role;
	struct levin_tls_settings settings;
	const char *fault; /* a part of the reason; NULL: none */
} cases[] = {
    {TLS_CLIENT, {.flags = 0}, NULL},
    {TLS_CLIENT, {.certificates = &good, .certificate_count = 1}, NULL},
    {TLS_CLIENT, {.trust_file = "a", .trust_pem = "b"}, NULL},
    {TLS_CLIENT, {.flags = LEVIN_TLS_NO_RESUMPTION}, NULL},
    {TLS_CLIENT, {.oldest_protocol = LEVIN_TLS_1_3}, NULL},
    {TLS_CLIENT, {.newest_protocol = LEVIN_TLS_1_2}, NULL},
    {TLS_CLIENT, {.certificates = two, .certificate_count = 2}, "one certificate"},
    {TLS_CLIENT, {.certificate_count = 1}, "certificates is NULL"},
    {TLS_CLIENT, {.flags = LEVIN_TLS_REQUEST_CLIENT_CERTIFICATE}, "only a server"},
    {TLS_CLIENT, {.flags = LEVIN_TLS_REQUIRE_CLIENT_CERTIFICATE}, "only a server"},
    {TLS_CLIENT, {.flags = LEVIN_TLS_KERNEL}, NULL},
    {TLS_CLIENT, {.flags = 16}, "flag"},
    {TLS_CLIENT, {.oldest_protocol = (enum levin_tls_protocol)0x0302}, "unknown protocol"},
    {TLS_CLIENT, {.newest_protocol = (enum levin_tls_protocol)0x0305}, "unknown protocol"},
    {TLS_CLIENT, {.oldest_protocol = LEVIN_TLS_1_3, .newest_protocol = LEVIN_TLS_1_2}, "newer"},
    {TLS_CLIENT, {.reserved = {[7] = "something"}}, "reserved"},
    {TLS_CLIENT, {.certificates = &nothing, .certificate_count = 1}, "a file or a text"},
    {TLS_CLIENT, {.certificates = &both, .certificate_count = 1}, "a file or a text"},
    {TLS_CLIENT, {.certificates = &two_keys, .certificate_count = 1}, "a key comes from"},
    {TLS_CLIENT, {.certificates = &later, .certificate_count = 1}, "reserved"},
    {TLS_SERVER, {.certificates = two, .certificate_count = 2}, NULL},
    {TLS_SERVER, {.flags = 0}, "needs a certificate"},
    {TLS_SERVER,
	{.certificates = &good,
	    .certificate_count = 1,
	    .flags = LEVIN_TLS_REQUIRE_CLIENT_CERTIFICATE,
	    .trust_file = "a"},
	NULL},
    {TLS_SERVER,
	{.certificates = &good,
	    .certificate_count = 1,
	    .flags = LEVIN_TLS_REQUEST_CLIENT_CERTIFICATE,
	    .trust_pem = "a"},
	NULL},
    {TLS_SERVER,
	{.certificates = &good,
	    .certificate_count = 1,
	    .flags = LEVIN_TLS_REQUIRE_CLIENT_CERTIFICATE},
	"trust_file"},
    {TLS_SERVER, {.certificates = &good, .certificate_count = 1, .trust_file = "a"}, "trust_file"},
};

TEST_RANGE(tls_settings_check__names_the_fault, 0, (int)LVN_COUNT_OF(cases))
{
	struct tls_reason reason = {.text = ""};
	int rc = lvn_tls_settings_check(&cases[_i].settings, cases[_i].role, &reason);

	ck_assert_int_eq(rc, cases[_i].fault ? -EINVAL : 0);
	if (cases[_i].fault)
		ck_assert_msg(strstr(reason.text, cases[_i].fault), "%s", reason.text);
	else
		ck_assert_str_eq(reason.text, "");
}

TEST(tls_settings_copy__shares_no_text)
{
	struct levin_tls_certificate certificate = two[1];
	struct levin_tls_settings settings = {
	    .certificates = &certificate,
	    .certificate_count = 1,
	    .trust_file = "trust.pem",
	    .trust_pem = "text",
	    .alpn = "h2",
	    .flags = LEVIN_TLS_NO_RESUMPTION,
	    .oldest_protocol = LEVIN_TLS_1_3,
	    .sessions = 7,
	    .shutdown_timeout_ms = 8,
	};
	struct levin_tls_settings copy;

	ck_assert_int_eq(lvn_tls_settings_copy(&copy, &settings), 0);

	ck_assert_ptr_ne(copy.certificates, settings.certificates);
	ck_assert_ptr_null(copy.certificates[0].certificate_file);
	ck_assert_ptr_null(copy.certificates[0].key_file);
	ck_assert_str_eq(copy.certificates[0].certificate_pem, "b");
	ck_assert_ptr_ne(copy.certificates[0].certificate_pem, certificate.certificate_pem);
	ck_assert_str_eq(copy.certificates[0].key_pem, "c");
	ck_assert_str_eq(copy.certificates[0].key_password, "d");
	ck_assert_str_eq(copy.trust_file, "trust.pem");
	ck_assert_ptr_ne(copy.trust_file, settings.trust_file);
	ck_assert_str_eq(copy.trust_pem, "text");
	ck_assert_str_eq(copy.alpn, "h2");
	ck_assert_uint_eq(copy.flags, LEVIN_TLS_NO_RESUMPTION);
	ck_assert_int_eq(copy.oldest_protocol, LEVIN_TLS_1_3);
	ck_assert_uint_eq(copy.sessions, 7);
	ck_assert_uint_eq(copy.shutdown_timeout_ms, 8);
	lvn_tls_settings_clear(&copy);
	ck_assert_ptr_null(copy.certificates);
	ck_assert_ptr_null(copy.alpn);
	lvn_tls_settings_clear(&copy);
}
