/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hostile records for an engine alone, of OpenSSL or of mbedTLS, as a client and as a server.  The
 * peer is an engine of OpenSSL; what it sends is damaged as the input says, or the input itself is
 * sent.  The calls come in any order that a stream could make; what an engine promises must hold.
 */
#include <errno.h>
#include <event2/buffer.h>

#include "fuzz/tls_hostile.h"
#include "tls/openssl.h"
#ifdef LEVIN_TEST_MBEDTLS
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <openssl/pem.h>

#include "tls/mbedtls.h"
#endif

enum { STEPS = 60 };

static SSL_CTX *context;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- mbedTLS */

#ifdef LEVIN_TEST_MBEDTLS
static mbedtls_x509_crt certificate;
static mbedtls_pk_context key;
static mbedtls_ssl_config configurations[2]; /* of client and server */

/* An attacker does not know that it is no secret. */
static int
random_bytes(void *state, unsigned char *bytes, size_t size)
{
	static uint32_t next;

	(void)state;
	for (size_t i = 0; i < size; i++) {
		next = next * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(next >> 24);
	}
	return 0;
}

static void
configure(int role)
{
	mbedtls_ssl_config *configuration = &configurations[role];

	mbedtls_ssl_config_init(configuration);
	insist(mbedtls_ssl_config_defaults(configuration, role, MBEDTLS_SSL_TRANSPORT_STREAM,
		   MBEDTLS_SSL_PRESET_DEFAULT) == 0);
	mbedtls_ssl_conf_rng(configuration, random_bytes, NULL);
	mbedtls_ssl_conf_authmode(configuration, MBEDTLS_SSL_VERIFY_NONE);
#ifdef MBEDTLS_SSL_RENEGOTIATION
	mbedtls_ssl_conf_renegotiation(configuration, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
#endif
	if (role == MBEDTLS_SSL_IS_SERVER)
		insist(mbedtls_ssl_conf_own_cert(configuration, &certificate, &key) == 0);
}

static void
prepare_mbedtls(void)
{
	unsigned char *der = NULL;
	int size = i2d_X509(SSL_CTX_get0_certificate(context), &der);

	mbedtls_x509_crt_init(&certificate);
	mbedtls_pk_init(&key);
	insist(mbedtls_x509_crt_parse(&certificate, der, (size_t)size) == 0);
	OPENSSL_free(der);
	der = NULL;
	size = i2d_PrivateKey(SSL_CTX_get0_privatekey(context), &der);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	insist(mbedtls_pk_parse_key(&key, der, (size_t)size, NULL, 0, random_bytes, NULL) == 0);
#else
	insist(mbedtls_pk_parse_key(&key, der, (size_t)size, NULL, 0) == 0);
#endif
	OPENSSL_free(der);
	configure(MBEDTLS_SSL_IS_CLIENT);
	configure(MBEDTLS_SSL_IS_SERVER);
}

static bool
open_mbedtls(struct engine *engine, bool is_server)
{
	engine->ops = &lvn_mbedtls_engine;
	engine->session = lvn_mbedtls_context_new(
	    &configurations[is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT]);
	return true;
}
#else
static void
prepare_mbedtls(void)
{
}

static bool
open_mbedtls(struct engine *engine, bool is_server)
{
	(void)engine, (void)is_server;
	return false;
}
#endif

/* ---- Engines */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	context = make_context();
	prepare_mbedtls();
	return 0;
}

static void
open_engine(struct engine *engine, bool is_server, bool is_mbedtls)
{
	*engine = (struct engine){.in = evbuffer_new(), .out = evbuffer_new(), .is_running = true};
	if (!is_mbedtls || !open_mbedtls(engine, is_server)) {
		engine->ops = &lvn_openssl_engine;
		engine->session = SSL_new(context);
	}
	insist(engine->session && engine->ops->attach(engine, false) == 0);
	engine->ops->set_role(engine, is_server);
}

static void
close_engine(struct engine *engine)
{
	engine->ops->free(engine, false);
	evbuffer_free(engine->in);
	evbuffer_free(engine->out);
}

/* What is no number of bytes; true if the connection is over. */
static bool
check_result(struct engine *engine, ptrdiff_t result)
{
	if (result == TRANSPORT_WANT_READ) {
		insist(evbuffer_get_length(engine->in) == 0);
		return false;
	}
	insist(result == TRANSPORT_END || result == TRANSPORT_TRUNCATED ||
	       (result < 0 && result > -4096));
	insist(result != -EPROTO || engine->error_count > 0);
	insist(result != TRANSPORT_TRUNCATED || engine->end != 0);
	return true;
}

/* ---- The engine under test */

struct target {
	struct engine engine;
	bool is_open;
	bool is_over;
};

static void
shake_hands(struct target *target)
{
	ptrdiff_t result = target->engine.ops->handshake(&target->engine);

	if (result == 1)
		target->is_open = true;
	else
		target->is_over = check_result(&target->engine, result);
}

static void
take_some(struct target *target, struct choices *choices)
{
	static uint8_t bytes[CHUNK];
	size_t size = 1 + choose(choices, 256) * 64 % CHUNK;
	ptrdiff_t result = target->engine.ops->read(&target->engine, bytes, size);

	insist(result <= (ptrdiff_t)size);
	if (result <= 0)
		target->is_over = check_result(&target->engine, result);
}

/* What waits must be given again, as a stream does. */
static void
give_some(struct target *target, struct choices *choices)
{
	static const uint8_t bytes[CHUNK];
	size_t size = 1 + choose(choices, 256) * 64 % CHUNK;
	ptrdiff_t result = target->engine.ops->write(&target->engine, bytes, size);

	insist(result <= (ptrdiff_t)size && result != 0);
	if (result < 0)
		target->is_over = true;
}

static void
begin_again(struct target *target)
{
	evbuffer_drain(target->engine.in, SIZE_MAX);
	evbuffer_drain(target->engine.out, SIZE_MAX);
	target->engine.end = 0;
	target->is_open = target->is_over = false;
	insist(target->engine.ops->clear(&target->engine) == 0);
}

static void
move_target(struct target *target, struct choices *choices)
{
	struct engine *engine = &target->engine;

	if (target->is_over && choose(choices, 4) == 0)
		begin_again(target);
	if (target->is_over)
		return;
	if (!target->is_open) {
		shake_hands(target);
		return;
	}
	switch (choose(choices, 8)) {
	case 0:
		give_some(target, choices);
		break;
	case 1:
		(void)engine->ops->pending(engine);
		(void)engine->ops->handshake_state(engine);
		break;
	case 2:
		target->is_over = engine->ops->shutdown(engine) < 0;
		break;
	case 3:
		if (engine->ops->renegotiate(engine) < 0)
			target->is_over = engine->error_count > 0;
		break;
	default:
		take_some(target, choices);
		break;
	}
}

/* ---- The peer */

static void
move_peer(struct engine *peer, struct choices *choices)
{
	static uint8_t bytes[CHUNK];

	if (peer->ops->handshake(peer) != 1)
		return;
	while (peer->ops->read(peer, bytes, sizeof(bytes)) > 0)
		;
	if (choose(choices, 2))
		(void)peer->ops->write(peer, bytes, 1 + choose(choices, 256) * 64 % CHUNK);
	if (choose_rarely(choices, 8))
		(void)peer->ops->renegotiate(peer);
	if (choose_rarely(choices, 8))
		SSL_key_update(peer->session, SSL_KEY_UPDATE_REQUESTED);
	if (choose_rarely(choices, 16))
		(void)peer->ops->shutdown(peer);
}

static void
carry_to_target(struct engine *peer, struct target *target, struct choices *choices)
{
	static uint8_t bytes[CHUNK_DAMAGED];
	int taken = evbuffer_remove(peer->out, bytes, CHUNK);
	size_t size = damage(bytes, taken > 0 ? (size_t)taken : 0, choices);

	evbuffer_add(target->engine.in, bytes, size);
	if (choose_rarely(choices, 32))
		target->engine.end = choose(choices, 2) ? TRANSPORT_TRUNCATED : -ECONNRESET;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = choices_from_bytes(data, size);
	bool is_server = choose(&choices, 2);
	struct target target = {.is_open = false};
	struct engine peer;

	open_engine(&target.engine, is_server, choose(&choices, 2));
	open_engine(&peer, !is_server, false);
	if (choose(&choices, 2))
		SSL_set_max_proto_version(peer.session, TLS1_2_VERSION);
	for (int i = 0; i < STEPS; i++) {
		move_target(&target, &choices);
		evbuffer_add_buffer(peer.in, target.engine.out);
		move_peer(&peer, &choices);
		carry_to_target(&peer, &target, &choices);
	}
	close_engine(&target.engine);
	close_engine(&peer);
	return 0;
}
