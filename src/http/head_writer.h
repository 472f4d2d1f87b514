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
struct evbuffer_iovec;

/* The size of a body that the program has announced by a field; false if it has not. */
bool lvn_http_head_writer_announced(const struct evkeyvalq *fields, uint64_t *size_out);
/* Removes fields that cannot be sent, and those of framing, which the library writes itself. */
void lvn_http_head_writer_clean(struct evkeyvalq *fields);
/* What the fields take on the wire. */
size_t lvn_http_head_writer_size(const struct evkeyvalq *fields);

/* Inline, so that the size of a literal is known. */
static inline void
lvn_http_head_writer_put(struct writer *out, const char *text)
{
	lvn_write_bytes(out, text, strlen(text));
}

void lvn_http_head_writer_put_number(struct writer *out, uint64_t number);
void lvn_http_head_writer_put_field(struct writer *out, const char *name, const char *value);
void lvn_http_head_writer_put_fields(struct writer *out, const struct evkeyvalq *fields);

#endif
