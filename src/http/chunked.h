/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The chunked transfer coding (RFC 9112 7.1), as it comes and as it is sent.  Nothing is
 * lenient: every line ends in CRLF, a size is hexadecimal digits and no more.
 */
#ifndef LVN_HTTP_CHUNKED_H
#define LVN_HTTP_CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "http/head.h"
#include "http/slice.h"

/* Digits of a size, leading zeros among them. */
#define LVN_HTTP_CHUNK_DIGITS 16
/* Bytes of the extensions of one chunk, and of all of them together. */
#define LVN_HTTP_CHUNK_EXTENSION  1024
#define LVN_HTTP_CHUNK_EXTENSIONS (16 * 1024)

/* Zeroed before the first byte of a body. */
struct http_chunks {
	uint64_t left;       /* bytes of the chunk that are still to come */
	size_t searched;     /* bytes of a trailer line that were looked at */
	size_t trailer_size; /* of the lines before it */
	unsigned trailers;
	unsigned extension;  /* bytes of the extensions of this chunk */
	unsigned extensions; /* and of all chunks */
	unsigned char state;
	unsigned char digits;
	int error;       /* with HTTP_CHUNKS_BAD: 400, 431, or -ENOMEM */
	const char *why; /* with HTTP_CHUNKS_BAD: a short English text */
};

enum http_chunks_step {
	HTTP_CHUNKS_MORE, /* more bytes are needed */
	HTTP_CHUNKS_DATA, /* *data_out are bytes of the body; call again with what is behind *used_out */
	HTTP_CHUNKS_END, /* body and trailers are over; what is behind *used_out is the next message */
	HTTP_CHUNKS_BAD, /* the connection must close */
};

/*
 * Receives a field of the trailer section.  Fields that belong to the head alone (framing,
 * routing, authentication, content; RFC 9110 6.5.1) are checked and left out.  Returns 0 or
 * -ENOMEM.
 */
typedef int http_trailer_fn(void *arg, const struct http_field *field);

/*
 * Takes bytes from the front; *used_out is how many, the data among them.  With HTTP_CHUNKS_MORE
 * bytes may be left over: a part of a trailer line, which must come again as one piece with more
 * bytes behind it.  No byte is looked at twice.  `limits` hold for the trailers; `on_trailer` may
 * be NULL.  After HTTP_CHUNKS_END and HTTP_CHUNKS_BAD it returns the same again and uses nothing.
 */
enum http_chunks_step lvn_http_chunks_read(struct http_chunks *chunks, const char *bytes,
    size_t size, size_t *used_out, struct http_slice *data_out, const struct http_limits *limits,
    http_trailer_fn *on_trailer, void *arg);

/* Writes the size of a chunk that is sent, "1a\r\n", without a zero byte.  Returns its length. */
#define LVN_HTTP_CHUNK_HEAD_SIZE 18
size_t lvn_http_chunk_head(char out[LVN_HTTP_CHUNK_HEAD_SIZE], uint64_t size);

#endif
