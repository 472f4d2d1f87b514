/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An HTTP server under test: evhttp, one written by hand, or nginx.
 *
 *   GET  /hello   a line of text
 *   POST /post    takes the body, and answers with a line of text
 *   GET  /memory  HTTP_LARGE bytes with their length
 *   GET  /chunks  the same in chunks of HTTP_PIECE
 *   GET  /file    the same from a file
 */
#ifndef BENCH_HTTP_SERVER_H
#define BENCH_HTTP_SERVER_H

#include <stdint.h>
#include <stdio.h>

#include "engines/engine.h"

#define HTTP_TEXT "Hello, world!\n"

enum { HTTP_LARGE = 16 * 1024 * 1024, HTTP_PIECE = 64 * 1024 };

/* Opened for reading, and without a name. */
static inline int
http_open_large_file(void)
{
	static char piece[HTTP_PIECE];
	FILE *file = tmpfile();

	if (!file)
		bench_fail("tmpfile");
	for (size_t written = 0; written < HTTP_LARGE; written += sizeof(piece)) {
		if (fwrite(piece, 1, sizeof(piece), file) != sizeof(piece))
			bench_fail("fwrite");
	}
	if (fflush(file) != 0)
		bench_fail("fflush");
	return fileno(file);
}

/*
 * Each header has: struct http_server, and
 *
 *   http_server_open(server, variant, address_out)
 *   http_server_add(server, count)      takes so many connections that wait
 *   http_server_run(server, requests)   until so many more requests have been served
 *   http_server_turn(server)            one turn that does not wait
 *   http_server_cpu_ns(server)          processor time so far
 *   http_server_resident_bytes(server)  memory
 *   http_server_close(server)
 */
#if defined(HTTP_NGINX)
#include "http/nginx.h"
#elif defined(ENGINE_LIBEVENT)
#include "http/libevent.h"
#else
#include "http/raw.h"
#endif

#endif
