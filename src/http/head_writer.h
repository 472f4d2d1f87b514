/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The head of a message that is sent.  What the program has set cannot split the message: a
 * field that has a control character in it is left out, with a log line.
 */
#ifndef LVN_HTTP_HEAD_WRITER_H
#define LVN_HTTP_HEAD_WRITER_H

#include <event2/keyvalq_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"

struct evbuffer;

/* The fields that the library writes itself, some of them only where the program does not. */
enum http_own_field {
	HTTP_OWN_ALLOW = 1,
	HTTP_OWN_CONNECTION = 2,
	HTTP_OWN_CONTENT_LENGTH = 4,
	HTTP_OWN_CONTENT_TYPE = 8,
	HTTP_OWN_DATE = 16,
	HTTP_OWN_HOST = 32,
	HTTP_OWN_TRANSFER_ENCODING = 64,
};

/* What the fields of the program say. */
struct http_told {
	size_t size;     /* what they take on the wire */
	unsigned own;    /* enum http_own_field: which of them are there */
	bool has_length; /* the program has announced the size of the body */
	uint64_t length;
};

/*
 * One walk over the fields.  Removes those that cannot be sent, and those of framing, which the
 * library writes itself.
 */
struct http_told lvn_http_head_writer_settle(struct evkeyvalq *fields);

/* A head that is being written: nearly always on the stack of its writer. */
struct http_head_space {
	struct writer out;
	uint8_t *allocated; /* for large heads; or NULL */
	uint8_t usual[1024];
};

/* Space for a head of at most this size.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_head_writer_begin(struct http_head_space *space, size_t most);
/* How much has been written. */
size_t lvn_http_head_writer_written(const struct http_head_space *space);
/* Adds what has been written to the buffer, and frees the space.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_head_writer_end(struct http_head_space *space, struct evbuffer *to);

/* What the fields take on the wire. */
size_t lvn_http_head_writer_size(const struct evkeyvalq *fields);

/* Inline, so that the size of a literal is known. */
static inline void
lvn_http_head_writer_put(struct writer *out, const char *text)
{
	lvn_write_bytes(out, text, strlen(text));
}

void lvn_http_head_writer_put_number(struct writer *out, uint64_t number);
void lvn_http_head_writer_put_line(
    struct writer *out, const char *name, size_t name_size, const char *value, size_t value_size);

static inline void
lvn_http_head_writer_put_field(struct writer *out, const char *name, const char *value)
{
	lvn_http_head_writer_put_line(out, name, strlen(name), value, strlen(value));
}

void lvn_http_head_writer_put_fields(struct writer *out, const struct evkeyvalq *fields);

#endif
