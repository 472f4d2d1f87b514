/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_connection.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

#include "base/compiler.h"
#include "support/suite.h"
#include "unit/tls/context/context_kit.h"

TEST_FIXTURE(make_issuer, free_issuer);

/* ---- Verification -------------------------------------------------------------------------- */

static const struct {
	const char *valid_for;
	int begins_in_days;
	int ends_in_days;
	bool is_self_signed;
	const char *host;
	const char *words; /* begin of the reason; "": verified */
} verified[] = {
    {"DNS:a.example", 0, 1, false, "a.example", ""},
    {"DNS:a.example", 0, 1, false, "A.EXAMPLE.", ""},
    {"DNS:*.b.example", 0, 1, false, "a.b.example", ""},
    {"IP:192.0.2.1", 0, 1, false, "192.0.2.1", ""},
    {"IP:2001:db8::1", 0, 1, false, "2001:DB8::1%lo", ""},
    {"DNS:a.example", 0, 1, false, "b.example",
	"wrong name: the certificate of CN=Server is not for \"b.example\""},
    {"DNS:a.example", 0, 1, false, "192.0.2.1",
	"wrong name: the certificate of CN=Server is not for \"192.0.2.1\""},
    {"DNS:192.0.2.1", 0, 1, false, "192.0.2.1", "wrong name: "},
    {"IP:192.0.2.1", 0, 1, false, "192.0.2.2", "wrong name: "},
    {"DNS:*.example.org", 0, 1, false, "a.b.example.org", "wrong name: "},
    {"DNS:a*.example.org", 0, 1, false, "ab.example.org", "wrong name: "},
    {"DNS:other", 0, 1, false, "server", "wrong name: "},
    {"DNS:a.example", -3, -1, false, "a.example", "the certificate of CN=Server expired at 20"},
    {"DNS:a.example", 2, 3, false, "a.example",
	"the certificate of CN=Server is not valid before 20"},
    {"DNS:a.example", 0, 1, true, "a.example",
	"unknown issuer: the certificate of CN=Server is signed by itself and not trusted"},
};

TEST_RANGE(tls_connection__verifies_and_says_what_is_wrong, 0, (int)LVN_COUNT_OF(verified))
{
	struct certificate *made = certificate_new(&(struct certificate_recipe){
	    .name = "Server",
	    .valid_for = verified[_i].valid_for,
	    .begins_in_days = verified[_i].begins_in_days,
	    .ends_in_days = verified[_i].ends_in_days,
	    .issuer = verified[_i].is_self_signed ? NULL : issuer,
	});
	struct levin_tls_certificate certificate = text_of(made);
	SSL_CTX *client_side = client_context((struct levin_tls_settings){.flags = 0});
	SSL_CTX *server_side = server_context(
	    (struct levin_tls_settings){.certificates = &certificate, .certificate_count = 1});
	SSL *client = connection_to(client_side, verified[_i].host);
	SSL *server = connection_from(server_side);
	bool is_good = verified[_i].words[0] == '\0';
	struct handshake result = handshake_run(client, server);
	struct tls_reason *why = lvn_tls_connection_reason(client);

	ck_assert_int_eq(result.is_done, is_good);
	ck_assert_int_eq(
	    ERR_GET_REASON(result.client_error), is_good ? 0 : SSL_R_CERTIFICATE_VERIFY_FAILED);
	ck_assert_msg(strncmp(why->text, verified[_i].words, strlen(verified[_i].words)) == 0 &&
			  (why->text[0] == '\0') == is_good,
	    "%s", why->text);
	handshake_end(client, server);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
	certificate_free(made);
}

TEST(tls_connection__unknown_issuer)
{
	struct certificate *other = certificate_new(&(struct certificate_recipe){.name = "Other"});
	SSL_CTX *client_side = client_context((struct levin_tls_settings){.trust_pem = other->pem});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){.flags = 0});
	SSL *client = connection_to(client_side, "a.example");
	SSL *server = connection_from(server_side);
	struct handshake result = handshake_run(client, server);

	ck_assert(!result.is_done);
	ck_assert_str_eq(lvn_tls_connection_reason(client)->text,
	    "unknown issuer: no trusted certificate signed that of CN=Server");
	lvn_tls_reason_of_connection(&reason, result.server_error);
	ck_assert_str_eq(reason.text, "the peer does not know the issuer of our certificate");
	handshake_end(client, server);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
	certificate_free(other);
}

TEST(tls_connection__trusts_the_certificate_itself)
{
	struct certificate *made = certificate_new(&(struct certificate_recipe){
	    .name = "Server", .valid_for = "DNS:a.example", .issuer = issuer});
	struct levin_tls_certificate certificate = text_of(made);
	SSL_CTX *client_side = client_context((struct levin_tls_settings){.trust_pem = made->pem});
	SSL_CTX *server_side = server_context(
	    (struct levin_tls_settings){.certificates = &certificate, .certificate_count = 1});
	struct levin_tls_facts facts =
	    facts_of(connection_to(client_side, "a.example"), connection_from(server_side));

	ck_assert_int_eq(facts.is_verified, 1);
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
	certificate_free(made);
}

TEST(tls_connection_to_unverified__does_not_verify)
{
	static const char *const hosts[] = {"b.example", "192.0.2.9", NULL};
	SSL_CTX *client_side =
	    client_context((struct levin_tls_settings){.trust_pem = server_certificate->pem});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){.flags = 0});

	for (size_t i = 0; i < LVN_COUNT_OF(hosts); i++) {
		struct levin_tls_facts facts;
		SSL *client;

		ck_assert_int_eq(
		    lvn_tls_connection_to_unverified(&client, client_side, hosts[i], &reason), 0);
		facts = facts_of(client, connection_from(server_side));
		ck_assert_int_eq(facts.is_verified, 0);
		ck_assert_str_eq(facts.peer_subject, "CN=Server");
		ck_assert_str_eq(facts.server_name, i == 0 ? "b.example" : "");
	}
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

TEST(tls_connection_to__refuses_what_is_no_host)
{
	SSL_CTX *context = client_context((struct levin_tls_settings){.flags = 0});
	SSL *ssl;

	ck_assert_int_eq(lvn_tls_connection_to(&ssl, context, NULL, NULL, &reason), -EINVAL);
	ck_assert_str_eq(reason.text, "a client needs the name or the address of its server");
	ck_assert_int_eq(lvn_tls_connection_to(&ssl, context, NULL, ".example", &reason), -EINVAL);
	ck_assert_str_eq(reason.text, "\".example\" is neither a host name nor an address");
	ck_assert_int_eq(
	    lvn_tls_connection_to_unverified(&ssl, context, ".example", &reason), -EINVAL);
	SSL_CTX_free(context);
}

/* ---- Names and facts ----------------------------------------------------------------------- */

TEST(tls_connection_to__sends_names_and_no_addresses)
{
	static const char *const hosts[] = {"a.example", "192.0.2.1"};
	SSL_CTX *client_side = client_context((struct levin_tls_settings){.flags = 0});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){.flags = 0});

	for (size_t i = 0; i < LVN_COUNT_OF(hosts); i++) {
		SSL *client = connection_to(client_side, hosts[i]);
		SSL *server = connection_from(server_side);
		struct levin_tls_facts facts;

		ck_assert(handshake_run(client, server).is_done);
		lvn_tls_connection_describe(server, &facts);
		ck_assert_str_eq(facts.server_name, i == 0 ? "a.example" : "");
		handshake_end(client, server);
	}
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

TEST(tls_connection_describe__facts)
{
	SSL_CTX *client_side = client_context(
	    (struct levin_tls_settings){.alpn = "x,h2", .newest_protocol = LEVIN_TLS_1_2});
	SSL_CTX *server_side = server_context((struct levin_tls_settings){.alpn = "h2"});
	struct levin_tls_facts facts =
	    facts_of(connection_to(client_side, "a.example"), connection_from(server_side));

	ck_assert_str_eq(facts.protocol, "TLSv1.2");
	ck_assert_str_eq(facts.cipher, "ECDHE-ECDSA-AES256-GCM-SHA384");
	ck_assert_int_eq(facts.is_resumed, 0);
	ck_assert_int_eq(facts.is_verified, 1);
	ck_assert_str_eq(facts.alpn, "h2");
	ck_assert_str_eq(facts.server_name, "a.example");
	ck_assert_str_eq(facts.peer_subject, "CN=Server");
	SSL_CTX_free(client_side);
	SSL_CTX_free(server_side);
}

TEST(tls_connection_on_progress__a_new_handshake_forgets_the_reason)
{
	SSL_CTX *context = client_context((struct levin_tls_settings){.flags = 0});
	SSL *ssl = connection_to(context, "b.example");
	struct tls_reason *why = lvn_tls_connection_reason(ssl);

	lvn_tls_reason_set(why, 0, "a reason");
	lvn_tls_connection_on_progress(ssl, SSL_CB_HANDSHAKE_DONE, 1);
	ck_assert_str_eq(why->text, "a reason");
	lvn_tls_connection_on_progress(ssl, SSL_CB_HANDSHAKE_START, 1);
	ck_assert_str_eq(why->text, "");
	SSL_free(ssl);
	SSL_CTX_free(context);
}

TEST(tls_connection_reason__none_of_other_objects)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(context);

	ck_assert_ptr_null(lvn_tls_connection_reason(ssl));
	lvn_tls_connection_on_progress(ssl, SSL_CB_HANDSHAKE_START, 1);
	SSL_free(ssl);
	SSL_CTX_free(context);
}
