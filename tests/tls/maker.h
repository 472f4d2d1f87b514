/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How tests make TLS streams: one table for each library below, with the certificates that the
 * build has made.
 */
#ifndef LEVIN_TESTS_TLS_MAKER_H
#define LEVIN_TESTS_TLS_MAKER_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>

enum tls_version { TLS_1_2, TLS_1_3 };

/* A stream that is to be made; either on a descriptor, or on the stream below. */
struct tls_order {
	struct event_base *base;
	evutil_socket_t fd;
	struct bufferevent *below;
	bool is_client;
	enum tls_version version;
	int options; /* BEV_OPT_CLOSE_ON_FREE among them */
	bool allow_dirty;
	bool batch;
};

struct tls_maker {
	const char *name;
	bool (*has_version)(enum tls_version version, bool is_client);
	/* NULL without memory. */
	struct bufferevent *(*make)(const struct tls_order *order);
	/* Begins another handshake, or returns -1; NULL if there is none. */
	int (*renegotiate)(struct bufferevent *bev);
	/* Whether a server that asks for it can take data before the client begins. */
	bool takes_data_when_asking;
	/* The decisive error of the stream as text, or NULL if there is none. */
	const char *(*error_text)(struct bufferevent *bev);
	/* Sessions of the library that were made and not freed. */
	int (*count_alive)(void);
	/* Frees what the maker keeps for all streams. */
	void (*clear)(void);
};

extern const struct tls_maker tls_openssl;
/* OpenSSL by levin/tls.h, with kernel TLS where the kernel has it. */
extern const struct tls_maker tls_kernel;
#ifdef LEVIN_TEST_MBEDTLS
extern const struct tls_maker tls_mbedtls;
#endif

/* All that this build has; the first one may be replaced by tls_kernel. */
extern const struct tls_maker *tls_makers[];
extern const unsigned tls_maker_count;

/* The path of a certificate or key, such as "server.pem"; good until the next call but three. */
const char *tls_file(const char *name);

#endif
