/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/tls/handshake.h"

#include <check.h>
#include <openssl/bio.h>
#include <openssl/err.h>

enum { MEMORY = 64 * 1024, STEPS_MOST = 20 };

static void
connect_both(SSL *client, SSL *server)
{
	BIO *client_end, *server_end;

	ck_assert(BIO_new_bio_pair(&client_end, MEMORY, &server_end, MEMORY));
	SSL_set_bio(client, client_end, client_end);
	SSL_set_bio(server, server_end, server_end);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
}

/* Whether it is done. */
static bool
step(SSL *ssl, unsigned long *error)
{
	int rc;

	if (*error != 0)
		return false;
	ERR_clear_error();
	rc = SSL_do_handshake(ssl);
	if (rc != 1 && SSL_get_error(ssl, rc) == SSL_ERROR_SSL)
		*error = ERR_get_error();
	return rc == 1;
}

/* A failure shows to the client of TLS 1.3 only when it reads, and tickets come then. */
static void
read_nothing(SSL *client, unsigned long *error)
{
	char byte;
	int rc;

	ERR_clear_error();
	rc = SSL_read(client, &byte, 1);
	if (rc <= 0 && SSL_get_error(client, rc) == SSL_ERROR_SSL)
		*error = ERR_get_error();
}

struct handshake
handshake_run(SSL *client, SSL *server)
{
	struct handshake result = {.is_done = false};

	connect_both(client, server);
	for (int i = 0; !result.is_done && i < STEPS_MOST; i++) {
		bool client_is_done = step(client, &result.client_error);
		bool server_is_done = step(server, &result.server_error);

		result.is_done = client_is_done && server_is_done;
	}
	if (result.client_error == 0)
		read_nothing(client, &result.client_error);
	ERR_clear_error();
	return result;
}

void
handshake_end(SSL *client, SSL *server)
{
	if (client)
		SSL_shutdown(client);
	if (server)
		SSL_shutdown(server);
	SSL_free(client);
	SSL_free(server);
	ERR_clear_error();
}
