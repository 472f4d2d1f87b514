/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A message that arrives: its head and its body, taken out of the buffer of a stream.  The same
 * for requests and responses; who reads decides between the two what the framing is.
 */
#ifndef LVN_HTTP_READER_H
#define LVN_HTTP_READER_H

#include <event2/util.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/chunked.h"
#include "http/framing.h"
#include "http/head.h"

struct evbuffer;

enum http_reader_result {
	HTTP_READER_MORE, /* bytes are missing */
	HTTP_READER_DONE, /* the head or the body is complete */
	HTTP_READER_REFUSED,
	HTTP_READER_NO_MEMORY,
};

/*
 * Invariants:
 *   1. the bytes of a head stay in the buffer until lvn_http_reader_take_head
 *   2. `left` is what a sized body still lacks; `body_size` what has come of any body
 */
struct http_reader {
	struct http_head_search search;
	size_t head_size; /* 0 while the end of the head has not come */
	struct http_framing framing;
	struct http_chunks chunks;
	bool has_chunks_end;
	uint64_t left;
	uint64_t body_size;
	http_trailer_fn *on_trailer; /* NULL: trailers are dropped */
	void *trailer_arg;
	unsigned lenient; /* bits of enum http_lenient; stays for later messages */
	int status;       /* that says why a message was refused */
	const char *why;  /* the same in words */
};

/*
 * Looks for the end of the head at the beginning of `input`.  When it is there, *head_out points
 * to the bytes of the buffer until something changes it.  The caller clears it in any case.
 */
enum http_reader_result lvn_http_reader_find_head(struct http_reader *reader,
    struct http_head *head_out, struct evbuffer *input, const struct http_limits *limits,
    bool is_response);
/* Removes the head from the buffer, and begins the body that `framing` describes. */
void lvn_http_reader_take_head(struct http_reader *reader, struct evbuffer *input);

/*
 * Moves what has come of the body from `input` to the end of `body`, at most `most` bytes of all
 * the body: a body that becomes larger is refused with 413.
 */
enum http_reader_result lvn_http_reader_read_body(struct http_reader *reader,
    struct evbuffer *input, struct evbuffer *body, const struct http_limits *limits, uint64_t most);
/* The stream has ended: DONE if that is how this body ends. */
enum http_reader_result lvn_http_reader_end(struct http_reader *reader);

/* Ready for the next message of the connection. */
void lvn_http_reader_next(struct http_reader *reader);

#endif
