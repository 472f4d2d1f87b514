/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TLS server on the loop under test: with bufferevents over OpenSSL, or with OpenSSL's own
 * reads and writes on the descriptor.
 */
#ifndef BENCH_TLS_SERVER_H
#define BENCH_TLS_SERVER_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "engines/engine.h"

enum tls_service {
	TLS_ECHO,   /* what comes goes back */
	TLS_ANSWER, /* each request gets a head and a body, which are added separately */
	TLS_SEND,   /* each request gets TLS_SEND_SIZE bytes */
	TLS_GREET   /* each connection gets one byte, and is freed when the client has gone */
};

enum { TLS_HEAD_SIZE = 200, TLS_BODY_SIZE = 11 };

#define TLS_BLOCK_SIZE ((size_t)64 * 1024)
#define TLS_SEND_SIZE  ((size_t)100 * 1024 * 1024)

struct tls_server {
	struct engine engine;
	enum tls_service service;
	SSL_CTX *context;
	long done;        /* bytes that were echoed, or answers, or connections */
	long done_wanted; /* the loop is stopped then */
};

static inline void
tls_count(struct tls_server *server, long done)
{
	server->done += done;
	if (server->done >= server->done_wanted)
		engine_stop(&server->engine);
}

static inline SSL *
tls_ssl(struct tls_server *server)
{
	SSL *ssl = SSL_new(server->context);

	if (!ssl)
		bench_fail("SSL_new");
	return ssl;
}

/* Each header has: tls_server_add(server, fd). */
#if defined(ENGINE_LIBEVENT)
#include "tls/libevent.h"
#else
#include "tls/raw.h"
#endif

#endif
