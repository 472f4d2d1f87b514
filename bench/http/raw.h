/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server by hand: heads are searched for their end and little more, replies are written at
 * once from what is prepared.
 */
#ifndef BENCH_HTTP_RAW_H
#define BENCH_HTTP_RAW_H

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "support/clock.h"
#include "support/loopback.h"

#define HTTP_HEAD                      \
	"HTTP/1.1 200 OK\r\n"          \
	"Content-Type: text/plain\r\n" \
	"Date: Mon, 30 Nov 2026 12:00:00 GMT\r\n"
#define HTTP_HELLO      HTTP_HEAD "Content-Length: 14\r\n\r\n" HTTP_TEXT
#define HTTP_LARGE_HEAD HTTP_HEAD "Content-Length: 16777216\r\n\r\n"
#define HTTP_CHUNK_HEAD HTTP_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define HTTP_CHUNK_LINE "10000\r\n" /* HTTP_PIECE */

enum { HTTP_INPUT = 16 * 1024, HTTP_BODY = 64 * 1024 };

enum http_source { HTTP_SOURCE_NONE, HTTP_SOURCE_MEMORY, HTTP_SOURCE_CHUNKS, HTTP_SOURCE_FILE };

struct http_server {
	struct engine engine;
	int listener;
	int file;
	char *large; /* with a chunk's line before each HTTP_PIECE, and its end behind it */
	size_t chunks_size;
	char *chunks;
	long served;
	long wanted; /* the loop is told to stop then */
};

struct http_connection {
	struct duplex duplex;
	struct http_server *server;
	int fd;
	char *kept; /* of a head that has not come whole */
	size_t kept_size;
	size_t body_left; /* of a request */
	enum http_source source;
	off_t sent; /* of a large reply */
};

static inline void
http_count(struct http_server *server)
{
	if (++server->served >= server->wanted)
		engine_stop(&server->engine);
}

static inline void
http_write(struct http_connection *connection, const char *text, size_t size)
{
	if (write(connection->fd, text, size) != (ssize_t)size)
		bench_fail("a socket did not take everything");
}

static inline ssize_t
http_send_piece(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	size_t at = (size_t)connection->sent;

	if (connection->source == HTTP_SOURCE_FILE)
		return sendfile(connection->fd, server->file, &connection->sent, HTTP_LARGE - at);
	if (connection->source == HTTP_SOURCE_MEMORY)
		return write(connection->fd, server->large + at, HTTP_LARGE - at);
	return write(connection->fd, server->chunks + at, server->chunks_size - at);
}

ON_READY(http_on_writable)
{
	struct http_connection *connection = arg;
	size_t size =
	    connection->source == HTTP_SOURCE_CHUNKS ? connection->server->chunks_size : HTTP_LARGE;
	ssize_t sent = http_send_piece(connection);

	if (sent < 0 && errno != EAGAIN)
		bench_fail("write");
	if (sent > 0 && connection->source != HTTP_SOURCE_FILE)
		connection->sent += sent;
	if ((size_t)connection->sent < size) {
		duplex_write_on(&connection->duplex);
		return;
	}
	connection->source = HTTP_SOURCE_NONE;
	duplex_write_off(&connection->duplex);
	http_count(connection->server);
}

static inline void
http_start_large(struct http_connection *connection, enum http_source source, const char *head)
{
	http_write(connection, head, strlen(head));
	connection->source = source;
	connection->sent = 0;
	duplex_write_on(&connection->duplex);
}

/* Whether the request has its reply; otherwise its body is awaited. */
static inline bool
http_on_head(struct http_connection *connection, const char *head)
{
	const char *length;

	switch (head[0] == 'G' ? head[5] : head[6]) {
	case 'h':
		return true;
	case 'm':
		http_start_large(connection, HTTP_SOURCE_MEMORY, HTTP_LARGE_HEAD);
		return false;
	case 'c':
		http_start_large(connection, HTTP_SOURCE_CHUNKS, HTTP_CHUNK_HEAD);
		return false;
	case 'f':
		http_start_large(connection, HTTP_SOURCE_FILE, HTTP_LARGE_HEAD);
		return false;
	default:
		length = strstr(head, "Content-Length: ");
		connection->body_left =
		    (size_t)strtoul(length + strlen("Content-Length: "), NULL, 10);
		return false;
	}
}

/* What came behind the last whole head waits. */
static inline void
http_keep(struct http_connection *connection, const char *input, size_t size)
{
	connection->kept_size = size;
	if (size == 0)
		return;
	connection->kept = bench_allocate(1, size);
	memcpy(connection->kept, input, size);
}

/* Answers what came: the replies of all go out together. */
static inline void
http_take_heads(struct http_connection *connection, const char *input, size_t size)
{
	static char output[HTTP_INPUT * 4];
	size_t filled = 0, at = 0;
	int replies = 0;

	for (const char *end; (end = strstr(input + at, "\r\n\r\n")) != NULL;) {
		const char *head = input + at;

		at = (size_t)(end + 4 - input);
		if (http_on_head(connection, head)) {
			memcpy(output + filled, HTTP_HELLO, sizeof(HTTP_HELLO) - 1);
			filled += sizeof(HTTP_HELLO) - 1;
			replies++;
		} else if (connection->body_left > 0) {
			/* What came of the body with the head. */
			connection->body_left -= size - at;
			at = size;
			break;
		}
	}
	http_keep(connection, input + at, size - at);
	if (filled > 0)
		http_write(connection, output, filled);
	while (replies-- > 0)
		http_count(connection->server);
}

static inline void
http_take_body(struct http_connection *connection)
{
	static char room[HTTP_BODY];
	ssize_t size = read(connection->fd, room, sizeof(room));

	if (size <= 0)
		return;
	connection->body_left -= (size_t)size;
	if (connection->body_left > 0)
		return;
	http_write(connection, HTTP_HELLO, sizeof(HTTP_HELLO) - 1);
	http_count(connection->server);
}

ON_READY(http_on_readable)
{
	static char input[HTTP_INPUT];
	struct http_connection *connection = arg;
	size_t before = connection->kept_size;
	ssize_t size;

	if (connection->body_left > 0) {
		http_take_body(connection);
		return;
	}
	if (before > 0) {
		memcpy(input, connection->kept, before);
		free(connection->kept);
		connection->kept_size = 0;
	}
	size = read(connection->fd, input + before, sizeof(input) - before - 1);
	if (size <= 0)
		return;
	input[before + (size_t)size] = '\0';
	http_take_heads(connection, input, before + (size_t)size);
}

static inline void
http_make_chunks(struct http_server *server)
{
	size_t line = strlen(HTTP_CHUNK_LINE);
	char *at;

	server->chunks_size = HTTP_LARGE / HTTP_PIECE * (line + HTTP_PIECE + 2) + 5;
	at = server->chunks = bench_allocate(1, server->chunks_size);
	for (int i = 0; i < HTTP_LARGE / HTTP_PIECE; i++) {
		memcpy(at, HTTP_CHUNK_LINE, line);
		memcpy(at + line + HTTP_PIECE, "\r\n", 2);
		at += line + HTTP_PIECE + 2;
	}
	memcpy(at, "0\r\n\r\n", 5);
}

static inline void
http_server_open(struct http_server *server, const char *variant, struct sockaddr_in *address_out)
{
	memset(server, 0, sizeof(*server));
	server->listener = loopback_listen(address_out);
	server->file = http_open_large_file();
	server->large = bench_allocate(1, HTTP_LARGE);
	http_make_chunks(server);
	engine_choose(variant);
	engine_open(&server->engine);
}

static inline void
http_server_add(struct http_server *server, int count)
{
	for (int i = 0; i < count; i++) {
		struct http_connection *connection = bench_allocate(1, sizeof(*connection));

		connection->server = server;
		connection->fd = loopback_accept(server->listener);
		duplex_init(&connection->duplex, &server->engine, connection->fd, http_on_readable,
		    http_on_writable, connection);
	}
}

static inline void
http_server_run(struct http_server *server, long requests)
{
	server->wanted = server->served + requests;
	while (server->served < server->wanted)
		engine_run(&server->engine);
}

static inline void
http_server_turn(struct http_server *server)
{
	engine_poll(&server->engine);
}

static inline int64_t
http_server_cpu_ns(const struct http_server *server)
{
	(void)server;
	return clock_cpu_ns();
}

static inline long
http_server_resident_bytes(const struct http_server *server)
{
	(void)server;
	return bench_resident_bytes();
}

static inline void
http_server_close(struct http_server *server)
{
	(void)server;
}

#endif
