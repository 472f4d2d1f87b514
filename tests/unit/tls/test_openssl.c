/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine of OpenSSL without a stream: two engines, whose buffers are moved by hand.
 */
#include "tls/openssl.h"

#include <errno.h>
#include <event2/buffer.h>
#include <string.h>
#include <unistd.h>

#include "support/suite.h"
#include "unit/tls/tls_ends.h"

static SSL_CTX *context;
static struct engine client, server;

static void
open_engine(struct engine *engine, bool is_server)
{
	*engine = (struct engine){.ops = &lvn_openssl_engine,
	    .session = tls_ssl(context),
	    .in = evbuffer_new(),
	    .out = evbuffer_new(),
	    .is_running = true};
	ck_assert_int_eq(engine->ops->attach(engine, false), 0);
	engine->ops->set_role(engine, is_server);
}

static void
set_up(int version)
{
	context = tls_context(version);
	open_engine(&client, false);
	open_engine(&server, true);
}

static void
close_engine(struct engine *engine)
{
	engine->ops->free(engine, false);
	evbuffer_free(engine->in);
	evbuffer_free(engine->out);
}

static void
tear_down(void)
{
	close_engine(&client);
	close_engine(&server);
	SSL_CTX_free(context);
}

static void
carry(void)
{
	evbuffer_add_buffer(server.in, client.out);
	evbuffer_add_buffer(client.in, server.out);
}

static void
shake_hands(void)
{
	ptrdiff_t of_client = 0;
	ptrdiff_t of_server = 0;

	while (of_client != 1 || of_server != 1) {
		if (of_client != 1)
			of_client = client.ops->handshake(&client);
		carry();
		if (of_server != 1)
			of_server = server.ops->handshake(&server);
		carry();
		ck_assert(of_client == 1 || of_client == TRANSPORT_WANT_READ);
		ck_assert(of_server == 1 || of_server == TRANSPORT_WANT_READ);
	}
}

static void
expect_word(struct engine *engine, const char *wanted)
{
	char data[64] = "";

	ck_assert_int_eq(engine->ops->read(engine, data, sizeof(data)), (ptrdiff_t)strlen(wanted));
	ck_assert_str_eq(data, wanted);
	ck_assert_int_eq(engine->ops->read(engine, data, sizeof(data)), TRANSPORT_WANT_READ);
}

TEST_RANGE(openssl__moves_bytes, TLS1_2_VERSION, TLS1_3_VERSION + 1)
{
	set_up(_i);
	shake_hands();
	ck_assert_int_eq(client.ops->handshake_state(&client), HANDSHAKE_NONE);

	ck_assert_int_eq(client.ops->write(&client, "hello", 5), 5);
	ck_assert_int_eq(server.ops->write(&server, "world", 5), 5);
	carry();

	expect_word(&server, "hello");
	expect_word(&client, "world");
	tear_down();
}

TEST_RANGE(openssl_pending__is_what_a_small_read_leaves, TLS1_2_VERSION, TLS1_3_VERSION + 1)
{
	char data[2];

	set_up(_i);
	shake_hands();
	client.ops->write(&client, "hello", 5);
	carry();

	ck_assert_int_eq(server.ops->read(&server, data, 2), 2);

	ck_assert_uint_eq(server.ops->pending(&server), 3);
	expect_word(&server, "llo");
	ck_assert_uint_eq(server.ops->pending(&server), 0);
	tear_down();
}

TEST_RANGE(openssl_shutdown__is_an_end_and_silence_is_none, TLS1_2_VERSION, TLS1_3_VERSION + 1)
{
	char data[8];

	set_up(_i);
	shake_hands();
	ck_assert_int_eq(client.ops->shutdown(&client), 0);
	ck_assert_int_eq(client.ops->shutdown(&client), 0);
	carry();
	client.end = TRANSPORT_TRUNCATED;
	evbuffer_drain(client.in, SIZE_MAX);

	ck_assert_int_eq(server.ops->read(&server, data, sizeof(data)), TRANSPORT_END);
	ck_assert_int_eq(client.ops->read(&client, data, sizeof(data)), TRANSPORT_TRUNCATED);
	ck_assert_uint_eq(server.error_count, 0);
	tear_down();
}

TEST_RANGE(openssl__a_failing_wire_is_reported_by_its_error, TLS1_2_VERSION, TLS1_3_VERSION + 1)
{
	char data[8];

	set_up(_i);
	shake_hands();
	carry();
	server.end = -ECONNRESET;

	ck_assert_int_eq(server.ops->read(&server, data, sizeof(data)), -ECONNRESET);
	tear_down();
}

/* What another part of the program has left there. */
TEST_RANGE(
    openssl__entries_of_others_in_the_error_queue_do_not_matter, TLS1_2_VERSION, TLS1_3_VERSION + 1)
{
	char data[8];

	set_up(_i);
	shake_hands();
	client.ops->write(&client, "hello", 5);
	carry();

	ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
	ck_assert_int_eq(server.ops->read(&server, data, sizeof(data)), 5);
	ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
	ck_assert_int_eq(server.ops->read(&server, data, sizeof(data)), TRANSPORT_WANT_READ);
	ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
	ck_assert_int_eq(server.ops->write(&server, "x", 1), 1);

	ck_assert_uint_eq(server.error_count, 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	tear_down();
}

TEST_RANGE(
    openssl_handshake__garbage_is_an_error_with_its_cause, TLS1_2_VERSION, TLS1_3_VERSION + 1)
{
	static const char garbage[] = "GET / HTTP/1.0\r\n\r\n";

	set_up(_i);
	evbuffer_add(server.in, garbage, sizeof(garbage) - 1);

	ck_assert_int_eq(server.ops->handshake(&server), -EPROTO);

	ck_assert_int_eq(ERR_GET_REASON(lvn_engine_pop_error(&server)), SSL_R_HTTP_REQUEST);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	tear_down();
}

TEST(openssl_renegotiate__is_of_tls_1_2)
{
	char data[8];

	set_up(TLS1_3_VERSION);
	shake_hands();
	ck_assert_int_eq(client.ops->renegotiate(&client), -EOPNOTSUPP);
	tear_down();

	set_up(TLS1_2_VERSION);
	shake_hands();
	ck_assert_int_eq(server.ops->renegotiate(&server), 0);
	ck_assert_int_eq(server.ops->handshake_state(&server), HANDSHAKE_ASKED_FOR);
	for (int i = 0; i < 3; i++) {
		carry();
		ck_assert_int_eq(client.ops->read(&client, data, 8), TRANSPORT_WANT_READ);
		carry();
		ck_assert_int_eq(server.ops->read(&server, data, 8), TRANSPORT_WANT_READ);
	}
	ck_assert_int_eq(server.ops->handshake_state(&server), HANDSHAKE_NONE);
	tear_down();
}

TEST_RANGE(openssl_clear__makes_it_ready_for_another_connection, TLS1_2_VERSION, TLS1_3_VERSION + 1)
{
	set_up(_i);
	for (int round = 0; round < 3; round++) {
		shake_hands();
		evbuffer_drain(client.in, SIZE_MAX);
		evbuffer_drain(server.in, SIZE_MAX);
		ck_assert_int_eq(client.ops->clear(&client), 0);
		ck_assert_int_eq(server.ops->clear(&server), 0);
	}
	shake_hands();
	client.ops->write(&client, "hello", 5);
	carry();

	expect_word(&server, "hello");
	tear_down();
}

TEST(openssl_detach__leaves_an_ssl_that_its_owner_can_use)
{
	SSL *ssl;
	BIO *own = BIO_new_socket(0, BIO_CLOSE);
	struct engine engine;
	int fd = dup(1);

	context = tls_context(TLS1_3_VERSION);
	ssl = tls_ssl(context);
	engine = (struct engine){.ops = &lvn_openssl_engine, .session = ssl};
	ck_assert_int_eq(engine.ops->attach(&engine, true), 0);
	engine.ops->detach(&engine, fd);
	ck_assert_int_eq(SSL_get_fd(ssl), fd);
	engine.ops->free(&engine, true);

	/* What it had before it gets again. */
	SSL_set_bio(ssl, own, own);
	engine = (struct engine){.ops = &lvn_openssl_engine, .session = ssl};
	ck_assert_int_eq(engine.ops->attach(&engine, true), 0);
	ck_assert_ptr_ne(SSL_get_rbio(ssl), own);
	engine.ops->restore(&engine);
	engine.ops->free(&engine, true);
	ck_assert_ptr_eq(SSL_get_rbio(ssl), own);
	BIO_set_close(own, BIO_NOCLOSE);

	/* The owner has the last reference, and may go first. */
	engine = (struct engine){.ops = &lvn_openssl_engine, .session = ssl};
	ck_assert_int_eq(engine.ops->attach(&engine, true), 0);
	SSL_free(ssl);
	engine.ops->free(&engine, true);
	close(fd);
	SSL_CTX_free(context);
}
