/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client and a server of OpenSSL that talk through memory.
 */
#ifndef LEVIN_TESTS_SUPPORT_TLS_HANDSHAKE_H
#define LEVIN_TESTS_SUPPORT_TLS_HANDSHAKE_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct handshake {
	bool is_done;
	unsigned long client_error; /* of OpenSSL, 0 if it did not fail */
	unsigned long server_error;
};

/* Until both are done, or one fails and the other has seen it.  Then the client reads. */
struct handshake handshake_run(SSL *client, SSL *server);

/* Both ends send close_notify, so that sessions stay good, and are freed; either may be NULL. */
void handshake_end(SSL *client, SSL *server);

#endif
