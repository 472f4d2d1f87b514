/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the kernel takes nothing over, as on a pair of Unix sockets, which have no TLS.
 */
#include "tls/kernel_tls.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <fcntl.h>
#include <levin/tls.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <string.h>

#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"
#include "support/tls/certificates.h"
#include "tls/tls_stream.h"

enum { BULK = 1000000 };

static struct certificate *certificate;
static const struct backend_under_test *backend;
static struct event_base *base;
static struct levin_tls *client_side, *server_side;
static evutil_socket_t ends[2];
static struct end client, server;

static void
make_contexts(enum levin_tls_protocol protocol)
{
	struct levin_tls_certificate text = {
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
	struct levin_tls_settings settings = {.oldest_protocol = protocol,
	    .newest_protocol = protocol,
	    .flags = LEVIN_TLS_KERNEL,
	    .trust_pem = certificate->pem};

	client_side = levin_tls_client_new(&settings, NULL, 0);
	settings.trust_pem = NULL;
	settings.certificates = &text;
	settings.certificate_count = 1;
	server_side = levin_tls_server_new(&settings, NULL, 0);
	ck_assert(client_side && server_side);
}

static struct tls_stream *
tls_of(const struct end *end)
{
	return lvn_tls_stream_of(end->bev);
}

static void
open_end(struct end *end, evutil_socket_t fd, struct levin_tls *tls, const char *host)
{
	watch_end(end, levin_tls_socket_new(base, fd, tls, host, BEV_OPT_CLOSE_ON_FREE));
	enable_end(end, EV_READ);
}

static void
set_up(int i, enum levin_tls_protocol protocol)
{
	signal(SIGPIPE, SIG_IGN);
	memset(&client, 0, sizeof(client));
	memset(&server, 0, sizeof(server));
	certificate = certificate_new(&(struct certificate_recipe){.valid_for = "DNS:a.example"});
	make_contexts(protocol);
	backend = backend_under_test(i);
	base = base_on(backend);
	open_pair(backend, ends);
	open_end(&client, ends[0], client_side, "a.example");
	open_end(&server, ends[1], server_side, NULL);
}

static void
tear_down(void)
{
	if (client.bev)
		free_end(&client);
	if (server.bev)
		free_end(&server);
	event_base_free(base);
	levin_tls_free(client_side);
	levin_tls_free(server_side);
	certificate_free(certificate);
}

static void
run_until_connected(void)
{
	while (!(client.events & server.events & BEV_EVENT_CONNECTED))
		step(base);
	ck_assert_int_eq(client.events | server.events, BEV_EVENT_CONNECTED);
}

static void
expect_buffers(const struct end *end)
{
	struct levin_tls_facts facts;

	ck_assert_ptr_null(tls_of(end)->engine.kept);
	ck_assert(!tls_of(end)->engine.reads_wire);
	ck_assert_int_eq(levin_tls_get_facts(end->bev, &facts), 0);
	ck_assert_int_eq(facts.kernel_sends, 0);
	ck_assert_int_eq(facts.kernel_receives, 0);
}

static void
move_bulk(void)
{
	write_bytes(client.bev, BULK);
	write_bytes(server.bev, BULK);
	while (end_input_size(&client) < BULK || end_input_size(&server) < BULK)
		step(base);
}

static const enum levin_tls_protocol protocols[] = {LEVIN_TLS_1_2, LEVIN_TLS_1_3};

TEST_ON_BACKENDS(kernel_tls__offers_the_descriptor_and_goes_on_without)
{
	for (size_t i = 0; i < LVN_COUNT_OF(protocols); i++) {
		set_up(_i, protocols[i]);
		step(base);
		ck_assert_ptr_nonnull(tls_of(&client)->engine.kept);
		ck_assert(tls_of(&client)->engine.reads_wire);
		run_until_connected();

		expect_buffers(&client);
		expect_buffers(&server);
		move_bulk();
		tear_down();
	}
}

/* Keys change in the process as ever. */
TEST_ON_BACKENDS(kernel_tls__key_update_without_the_kernel)
{
	set_up(_i, LEVIN_TLS_1_3);
	run_until_connected();
	ck_assert_int_eq(
	    SSL_key_update(bufferevent_openssl_get_ssl(client.bev), SSL_KEY_UPDATE_REQUESTED), 1);
	move_bulk();
	tear_down();
}

TEST_IN_SIMULATION(kernel_tls__a_simulated_socket_is_no_descriptor)
{
	set_up(_i, LEVIN_TLS_1_3);
	while (!(client.events & server.events & BEV_EVENT_CONNECTED)) {
		step(base);
		ck_assert_ptr_null(tls_of(&client)->engine.kept);
	}
	expect_buffers(&client);
	move_bulk();
	tear_down();
}

/* OpenSSL would wait in it. */
TEST(kernel_tls__a_descriptor_that_blocks_stays_with_the_stream)
{
	set_up(0, LEVIN_TLS_1_3);
	free_end(&client);
	free_end(&server);
	open_pair(backend, ends);
	fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) & ~O_NONBLOCK);
	open_end(&client, ends[0], client_side, "a.example");
	open_end(&server, ends[1], server_side, NULL);
	client.events = server.events = 0;
	while (!(client.events & server.events & BEV_EVENT_CONNECTED)) {
		step(base);
		ck_assert_ptr_null(tls_of(&client)->engine.kept);
	}
	tear_down();
}

/* Each descriptor is offered, whatever has become of the one before. */
TEST_ON_BACKENDS(kernel_tls__another_descriptor_is_another_handshake)
{
	set_up(_i, LEVIN_TLS_1_3);
	step(base);
	for (int round = 0; round < 3; round++) {
		open_pair(backend, ends);
		ck_assert_int_eq(bufferevent_replacefd(client.bev, ends[0]), 0);
		ck_assert_int_eq(bufferevent_replacefd(server.bev, ends[1]), 0);
		ck_assert_ptr_null(tls_of(&client)->engine.kept);
		client.events = server.events = 0;
		step(base);
		ck_assert_ptr_nonnull(tls_of(&client)->engine.kept);
		if (round == 1)
			continue;
		run_until_connected();
		expect_buffers(&client);
	}
	move_bulk();
	tear_down();
}

TEST_ON_BACKENDS(kernel_tls__free_during_the_handshake)
{
	set_up(_i, LEVIN_TLS_1_3);
	step(base);
	free_end(&client);
	while (!(server.events & BEV_EVENT_ERROR))
		step(base);
	ck_assert_int_eq(server.events & BEV_EVENT_CONNECTED, 0);
	tear_down();
}

TEST(kernel_tls__only_where_it_was_asked_for)
{
	struct levin_tls_settings settings = {.trust_pem = NULL};
	struct levin_tls *plain = levin_tls_client_new(&settings, NULL, 0);

	set_up(0, LEVIN_TLS_1_3);
	free_end(&client);
	open_end(&client, -1, plain, "a.example");
	ck_assert(!(SSL_get_options(bufferevent_openssl_get_ssl(client.bev)) & SSL_OP_ENABLE_KTLS));
	ck_assert(SSL_get_options(bufferevent_openssl_get_ssl(server.bev)) & SSL_OP_ENABLE_KTLS);
	levin_tls_free(plain);
	tear_down();
}
