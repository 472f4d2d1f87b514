/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine of mbedTLS, through bufferevents: both ends have it, or OpenSSL is the peer.
 */
#include "tls/mbedtls.h"

#include <event2/bufferevent_ssl.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/version.h>
#include <signal.h>
#include <string.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "unit/tls/tls_ends.h"

enum { BULK = 300000 };
/* Which ends are of mbedTLS. */
enum { CLIENT = 1, SERVER = 2 };

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context random_source;
static mbedtls_x509_crt certificate;
static mbedtls_pk_context key;
static mbedtls_ssl_config configurations[2]; /* of client and server */
static SSL_CTX *context;
static struct event_base *base;
static evutil_socket_t ends[2];
static struct bufferevent *client, *server;
static const char *heard;
static bool is_old; /* no newer version than TLS 1.2 */

/* What OpenSSL has made, as text. */
static void
take_certificate(void)
{
	BIO *text = BIO_new(BIO_s_mem());
	char *data;
	long size;

	PEM_write_bio_X509(text, SSL_CTX_get0_certificate(context));
	BIO_write(text, "", 1);
	size = BIO_get_mem_data(text, &data);
	ck_assert_int_eq(
	    mbedtls_x509_crt_parse(&certificate, (unsigned char *)data, (size_t)size), 0);
	BIO_reset(text);
	PEM_write_bio_PrivateKey(text, SSL_CTX_get0_privatekey(context), NULL, NULL, 0, NULL, NULL);
	BIO_write(text, "", 1);
	size = BIO_get_mem_data(text, &data);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	ck_assert_int_eq(mbedtls_pk_parse_key(&key, (unsigned char *)data, (size_t)size, NULL, 0,
			     mbedtls_ctr_drbg_random, &random_source),
	    0);
#else
	ck_assert_int_eq(
	    mbedtls_pk_parse_key(&key, (unsigned char *)data, (size_t)size, NULL, 0), 0);
#endif
	BIO_free(text);
}

static void
configure(mbedtls_ssl_config *configuration, int role)
{
	mbedtls_ssl_config_init(configuration);
	ck_assert_int_eq(mbedtls_ssl_config_defaults(configuration, role,
			     MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
	    0);
	mbedtls_ssl_conf_rng(configuration, mbedtls_ctr_drbg_random, &random_source);
	mbedtls_ssl_conf_authmode(configuration, MBEDTLS_SSL_VERIFY_NONE);
#ifdef MBEDTLS_SSL_RENEGOTIATION
	mbedtls_ssl_conf_renegotiation(configuration, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
	if (is_old)
		mbedtls_ssl_conf_max_tls_version(configuration, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
	if (role == MBEDTLS_SSL_IS_SERVER)
		ck_assert_int_eq(mbedtls_ssl_conf_own_cert(configuration, &certificate, &key), 0);
}

static struct bufferevent *
open_mbedtls(struct bufferevent *below, evutil_socket_t fd, int role)
{
	mbedtls_dyncontext *ssl = bufferevent_mbedtls_dyncontext_new(&configurations[role]);
	enum bufferevent_ssl_state state =
	    role == MBEDTLS_SSL_IS_SERVER ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING;
	struct bufferevent *bev;

	ck_assert_ptr_nonnull(ssl);
	if (below)
		bev =
		    bufferevent_mbedtls_filter_new(base, below, ssl, state, BEV_OPT_CLOSE_ON_FREE);
	else
		bev = bufferevent_mbedtls_socket_new(base, fd, ssl, state, BEV_OPT_CLOSE_ON_FREE);
	ck_assert_ptr_nonnull(bev);
	ck_assert_ptr_eq(bufferevent_mbedtls_get_ssl(bev), ssl);
	return bev;
}

static struct bufferevent *
open_end(int i, bool is_mbedtls, bool on_top, int role)
{
	struct bufferevent *below =
	    on_top ? bufferevent_socket_new(base, ends[i], BEV_OPT_CLOSE_ON_FREE) : NULL;

	if (is_mbedtls)
		return open_mbedtls(below, ends[i], role);
	return bufferevent_openssl_socket_new(base, ends[i], tls_ssl(context),
	    role == MBEDTLS_SSL_IS_SERVER ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING,
	    BEV_OPT_CLOSE_ON_FREE);
}

static void
set_up(int i, int who, bool on_top)
{
	const struct backend_under_test *backend = backend_under_test(i);

	signal(SIGPIPE, SIG_IGN);
	base = base_on(backend);
	context = tls_context(TLS1_2_VERSION);
	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&random_source);
	ck_assert_int_eq(
	    mbedtls_ctr_drbg_seed(&random_source, mbedtls_entropy_func, &entropy, NULL, 0), 0);
	mbedtls_x509_crt_init(&certificate);
	mbedtls_pk_init(&key);
	take_certificate();
	configure(&configurations[MBEDTLS_SSL_IS_CLIENT], MBEDTLS_SSL_IS_CLIENT);
	configure(&configurations[MBEDTLS_SSL_IS_SERVER], MBEDTLS_SSL_IS_SERVER);
	open_pair(backend, ends);
	client = open_end(0, who & CLIENT, on_top && (who & CLIENT), MBEDTLS_SSL_IS_CLIENT);
	server = open_end(1, who & SERVER, on_top && (who & SERVER), MBEDTLS_SSL_IS_SERVER);
	bufferevent_setcb(client, NULL, NULL, spell_event, word("c"));
	bufferevent_setcb(server, NULL, NULL, spell_event, word("s"));
}

static void
drop_end(struct bufferevent **end)
{
	if (*end)
		bufferevent_free(*end);
	*end = NULL;
}

static void
tear_down(void)
{
	drop_end(&client);
	drop_end(&server);
	event_base_free(base);
	for (int i = 0; i < 2; i++)
		mbedtls_ssl_config_free(&configurations[i]);
	mbedtls_x509_crt_free(&certificate);
	mbedtls_pk_free(&key);
	mbedtls_ctr_drbg_free(&random_source);
	mbedtls_entropy_free(&entropy);
	SSL_CTX_free(context);
}

static void
await_both(void)
{
	bool client_is_up = false;
	bool server_is_up = false;

	while (!client_is_up || !server_is_up) {
		heard = next_spelled(base);
		client_is_up |= strstr(heard, "c!up ") != NULL;
		server_is_up |= strstr(heard, "s!up ") != NULL;
		ck_assert_msg(!strstr(heard, "err"), "%s", heard);
	}
}

static void
start_both(void)
{
	bufferevent_enable(client, EV_READ);
	bufferevent_enable(server, EV_READ);
	await_both();
}

static void
move_bulk(void)
{
	static char data[BULK];

	for (size_t i = 0; i < BULK; i++)
		data[i] = (char)(i * 31 + i / 251);
	bufferevent_write(client, data, BULK);
	bufferevent_write(server, data, BULK);
	while (input_size(client) < BULK || input_size(server) < BULK)
		step(base);
	ck_assert_int_eq(memcmp(evbuffer_pullup(bufferevent_get_input(client), -1), data, BULK), 0);
	ck_assert_int_eq(memcmp(evbuffer_pullup(bufferevent_get_input(server), -1), data, BULK), 0);
	evbuffer_drain(bufferevent_get_input(client), BULK);
	evbuffer_drain(bufferevent_get_input(server), BULK);
}

TEST_EVERYWHERE(mbedtls__moves_bytes_both_ways)
{
	for (int who = CLIENT; who <= (CLIENT | SERVER); who++)
		for (int on_top = 0; on_top <= 1; on_top++) {
			set_up(_i, who, on_top);
			start_both();

			move_bulk();

			ck_assert_str_eq(spelled(), "");
			tear_down();
		}
}

TEST_EVERYWHERE(mbedtls__close_notify_is_an_end_and_silence_an_error)
{
	for (int who = CLIENT; who <= (CLIENT | SERVER); who++) {
		set_up(_i, who, false);
		start_both();
		drop_end(&client);
		ck_assert_str_eq(next_spelled(base), "s<eof ");
		tear_down();

		set_up(_i, who, false);
		start_both();
		finish(ends[0]);
		ck_assert_str_eq(next_spelled(base), "s<err ");
		tear_down();

		set_up(_i, who, false);
		start_both();
		bufferevent_ssl_set_flags(server, BUFFEREVENT_SSL_DIRTY_SHUTDOWN);
		finish(ends[0]);
		ck_assert_str_eq(next_spelled(base), "s<eof ");
		tear_down();
	}
}

TEST_EVERYWHERE(mbedtls__garbage_is_an_error_with_a_code)
{
	set_up(_i, SERVER, false);
	drop_end(&client);
	bufferevent_free(server);
	open_pair(backend_under_test(_i), ends);
	client = bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	server = open_end(1, true, false, MBEDTLS_SSL_IS_SERVER);
	bufferevent_setcb(server, NULL, NULL, spell_event, word("s"));
	write_text(client, "GET / HTTP/1.0\r\n\r\n");

	ck_assert_str_eq(next_spelled(base), "s<err ");

	ck_assert_int_lt((int)bufferevent_get_mbedtls_error(server), 0);
	ck_assert_uint_eq(bufferevent_get_mbedtls_error(server), 0);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_mbedtls_renegotiate__is_another_handshake)
{
	is_old = true;
	set_up(_i, CLIENT | SERVER, false);
	ck_assert_int_eq(bufferevent_mbedtls_renegotiate(server), -1);
	start_both();

	ck_assert_int_eq(bufferevent_mbedtls_renegotiate(server), 0);

	ck_assert_str_eq(next_spelled(base), "s!up ");
	move_bulk();
	tear_down();
}

/*
 * Only the side that has begun it does not read; data of the server is in the way of its answer.
 * A server of mbedTLS asks again for each record that comes before the answer, which is an error
 * for its client: so there is none.
 */
TEST_EVERYWHERE(bufferevent_mbedtls_renegotiate__while_reading_is_disabled)
{
	is_old = true;
	for (int on_top = 0; on_top <= 1; on_top++)
		for (int by_server = 0; by_server <= 1; by_server++) {
			struct bufferevent *asking, *other;

			set_up(_i, CLIENT | SERVER, on_top);
			start_both();
			asking = by_server ? server : client;
			other = by_server ? client : server;
			bufferevent_disable(asking, EV_READ);
			if (!by_server)
				write_bytes(other, 20000);
			turns(base, 6);

			ck_assert_int_eq(bufferevent_mbedtls_renegotiate(asking), 0);
			write_bytes(asking, 20000);
			ck_assert_str_eq(next_spelled(base), by_server ? "s!up " : "c!up ");
			while (input_size(other) < 20000)
				step(base);

			ck_assert_uint_eq(input_size(asking), 0);
			if (by_server)
				write_bytes(other, 20000);
			bufferevent_enable(asking, EV_READ);
			while (input_size(asking) < 20000)
				step(base);
			evbuffer_drain(bufferevent_get_input(client), 20000);
			evbuffer_drain(bufferevent_get_input(server), 20000);
			move_bulk();
			tear_down();
		}
}

TEST_EVERYWHERE(bufferevent_setfd__is_another_handshake_of_mbedtls)
{
	set_up(_i, CLIENT | SERVER, false);
	start_both();
	open_pair(backend_under_test(_i), ends);

	ck_assert_int_eq(bufferevent_replacefd(client, ends[0]), 0);
	ck_assert_int_eq(bufferevent_replacefd(server, ends[1]), 0);
	await_both();

	move_bulk();
	tear_down();
}

TEST(bufferevent_mbedtls__functions_know_their_bufferevents)
{
	struct bufferevent *plain;

	set_up(0, CLIENT, false);
	plain = bufferevent_socket_new(base, -1, 0);

	ck_assert_ptr_null(bufferevent_mbedtls_get_ssl(plain));
	ck_assert_ptr_null(bufferevent_mbedtls_get_ssl(server));
	ck_assert_ptr_null(bufferevent_openssl_get_ssl(client));
	ck_assert_uint_eq(bufferevent_get_mbedtls_error(plain), 0);
	ck_assert_int_eq(bufferevent_mbedtls_renegotiate(plain), -1);
	ck_assert_int_eq(bufferevent_mbedtls_get_allow_dirty_shutdown(plain), -1);
	ck_assert_int_eq(bufferevent_mbedtls_get_allow_dirty_shutdown(server), -1);
	bufferevent_mbedtls_set_allow_dirty_shutdown(client, 7);
	bufferevent_mbedtls_set_allow_dirty_shutdown(plain, 1);
	ck_assert_int_eq(bufferevent_mbedtls_get_allow_dirty_shutdown(client), 1);
	bufferevent_mbedtls_set_allow_dirty_shutdown(client, 0);
	ck_assert_int_eq(bufferevent_mbedtls_get_allow_dirty_shutdown(client), 0);
	ck_assert_ptr_null(bufferevent_mbedtls_dyncontext_new(NULL));
	bufferevent_mbedtls_dyncontext_free(NULL);
	ck_assert_ptr_null(bufferevent_mbedtls_socket_new(
	    base, -1, NULL, BUFFEREVENT_SSL_OPEN, BEV_OPT_CLOSE_ON_FREE));
	bufferevent_free(plain);
	tear_down();
}

/* With BEV_OPT_CLOSE_ON_FREE the context is freed also if the bufferevent cannot be made. */
TEST(bufferevent_mbedtls__the_context_goes_with_close_on_free)
{
	const int refused = BEV_OPT_UNLOCK_CALLBACKS;
	mbedtls_dyncontext *ssl;

	set_up(0, CLIENT, false);
	for (int closes = 0; closes <= BEV_OPT_CLOSE_ON_FREE; closes++) {
		ssl = bufferevent_mbedtls_dyncontext_new(&configurations[0]);
		ck_assert_ptr_null(bufferevent_mbedtls_socket_new(
		    base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, refused | closes));
		if (!closes)
			bufferevent_mbedtls_dyncontext_free(ssl);
		ssl = bufferevent_mbedtls_dyncontext_new(&configurations[0]);
		ck_assert_ptr_null(bufferevent_mbedtls_filter_new(
		    base, client, ssl, BUFFEREVENT_SSL_CONNECTING, refused | closes));
		if (!closes)
			bufferevent_mbedtls_dyncontext_free(ssl);
		ssl = bufferevent_mbedtls_dyncontext_new(&configurations[0]);
		ck_assert_ptr_null(bufferevent_mbedtls_filter_new(
		    base, NULL, ssl, BUFFEREVENT_SSL_CONNECTING, closes));
		if (!closes)
			bufferevent_mbedtls_dyncontext_free(ssl);
	}
	tear_down();
}
