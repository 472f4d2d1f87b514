/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections as OpenSSL's objects on their descriptors.
 */
#ifndef BENCH_TLS_RAW_H
#define BENCH_TLS_RAW_H

#include <unistd.h>

struct tls_connection {
	struct tls_server *server;
	struct duplex duplex;
	SSL *ssl;
	int fd;
	bool is_open;
	bool waits_for_write;
	size_t left; /* of what is to be sent */
};

/* Closing the descriptor takes it out of the epoll set. */
static inline void
tls_free(struct tls_connection *connection)
{
	struct tls_server *server = connection->server;

	SSL_free(connection->ssl);
	close(connection->fd);
	free(connection);
	if (server->service == TLS_GREET)
		tls_count(server, 1);
}

static inline bool
tls_would_wait(struct tls_connection *connection, int result)
{
	int error = SSL_get_error(connection->ssl, result);

	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static inline void
tls_write(struct tls_connection *connection, const char *bytes, size_t size)
{
	ERR_clear_error();
	if (SSL_write(connection->ssl, bytes, (int)size) != (int)size)
		bench_fail("a connection did not take everything");
}

static inline void
tls_send_more(struct tls_connection *connection)
{
	static const char bytes[TLS_BLOCK_SIZE];
	size_t sent = 1;

	while (connection->left > 0 && sent > 0) {
		ERR_clear_error();
		if (SSL_write_ex(connection->ssl, bytes, sizeof(bytes), &sent) <= 0) {
			if (!tls_would_wait(connection, 0))
				bench_fail("SSL_write_ex");
			sent = 0;
		}
		connection->left -= sent;
	}
	if (connection->left > 0 && !connection->waits_for_write)
		duplex_write_on(&connection->duplex);
	if (connection->left == 0 && connection->waits_for_write)
		duplex_write_off(&connection->duplex);
	connection->waits_for_write = connection->left > 0;
	if (connection->left == 0)
		tls_count(connection->server, 1);
}

static inline void
tls_on_bytes(struct tls_connection *connection, const char *bytes, size_t size)
{
	static char answer[TLS_HEAD_SIZE + TLS_BODY_SIZE];

	if (connection->server->service == TLS_ECHO) {
		tls_write(connection, bytes, size);
		tls_count(connection->server, (long)size);
	} else if (connection->server->service == TLS_ANSWER) {
		tls_write(connection, answer, sizeof(answer));
		tls_count(connection->server, 1);
	} else if (connection->server->service == TLS_SEND) {
		connection->left = TLS_SEND_SIZE;
		tls_send_more(connection);
	}
}

static inline bool
tls_handshake(struct tls_connection *connection)
{
	int result;

	ERR_clear_error();
	result = SSL_accept(connection->ssl);
	if (result <= 0) {
		if (!tls_would_wait(connection, result))
			bench_fail("SSL_accept");
		return false;
	}
	connection->is_open = true;
	if (connection->server->service == TLS_GREET)
		tls_write(connection, "", 1);
	return true;
}

ON_READY(tls_on_readable)
{
	static char bytes[TLS_BLOCK_SIZE];
	struct tls_connection *connection = arg;
	int size;

	if (!connection->is_open && !tls_handshake(connection))
		return;
	do {
		ERR_clear_error();
		size = SSL_read(connection->ssl, bytes, sizeof(bytes));
		if (size > 0)
			tls_on_bytes(connection, bytes, (size_t)size);
		else if (!tls_would_wait(connection, size))
			tls_free(connection);
	} while (size > 0 && SSL_has_pending(connection->ssl));
}

ON_READY(tls_on_writable)
{
	tls_send_more(arg);
}

static inline void
tls_server_add(struct tls_server *server, int fd)
{
	struct tls_connection *connection = bench_allocate(1, sizeof(*connection));

	connection->server = server;
	connection->fd = fd;
	connection->ssl = tls_ssl(server);
	SSL_set_mode(connection->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_RELEASE_BUFFERS);
	if (SSL_set_fd(connection->ssl, fd) != 1)
		bench_fail("SSL_set_fd");
	duplex_init(
	    &connection->duplex, &server->engine, fd, tls_on_readable, tls_on_writable, connection);
}

#endif
