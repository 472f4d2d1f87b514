/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The head of an HTTP/1 message: request line or status line, and fields (RFC 9112 2 to 5).
 * Bytes to slices of these bytes, which the caller keeps as long as the slices are used.
 * Allocates nothing but the array of fields, and a copy of values that are folded.
 */
#ifndef LVN_HTTP_HEAD_H
#define LVN_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "http/slice.h"
#include "http/target.h"

#define LVN_HTTP_HEAD_SIZE (64 * 1024)
#define LVN_HTTP_LINE_SIZE (16 * 1024)
#define LVN_HTTP_FIELDS    200

/* Empty lines before a request that are skipped (RFC 9112 2.2). */
#define LVN_HTTP_EMPTY_LINES 4

/* 0: none.  Sizes count line ends. */
struct http_limits {
	size_t head_size;
	size_t line_size;
	unsigned fields; /* field lines, folded ones counted line by line; also of trailers */
};

LVN_HIDDEN extern const struct http_limits lvn_http_limits_default;

/* What is accepted beside the grammar; 0 is strict.  No bit lets CR, LF or NUL into a value. */
enum http_lenient {
	HTTP_LENIENT_LF = 1,       /* LF alone ends a line of the head */
	HTTP_LENIENT_FOLD = 2,     /* folded fields of a request; of a response they always are */
	HTTP_LENIENT_COLON = 4,    /* blanks between a field's name and its colon */
	HTTP_LENIENT_CONTROLS = 8, /* controls in values, but not CR, LF and NUL */
	HTTP_LENIENT_TARGET = 16,  /* '#', bytes above 127, bad percent escapes in a target */
	HTTP_LENIENT_HOST = 32,    /* a request of HTTP/1.1 without Host */
	HTTP_LENIENT_SAME_LENGTHS = 64,  /* Content-Length repeated, with one value */
	HTTP_LENIENT_BOTH_LENGTHS = 128, /* Content-Length beside Transfer-Encoding: is ignored,
					    and the connection closes */
};

struct http_field {
	struct http_slice name;  /* as it came */
	struct http_slice value; /* without blanks at its ends; no CR, LF or NUL */
};

/* Zeroed before its first use, or lent memory; used again and again. */
struct http_head {
	struct http_slice method; /* of a request */
	struct http_slice target;
	enum http_target_form form;
	int status; /* of a response: 100 to 999 */
	struct http_slice reason;
	int major; /* 1 */
	int minor; /* 0 to 9 */
	struct http_field *fields;
	struct http_field *lent; /* memory for fields that is somebody else's; or NULL */
	unsigned field_count;
	unsigned field_capacity;
	char *unfolded; /* the folded values, with spaces for their line ends; mostly NULL */
};

/* So many fields have most messages.  Those that read one keep memory for them on the stack. */
#define LVN_HTTP_USUAL_FIELDS 16

/* An empty head.  Its first fields go to `fields`, which stay the caller's. */
void lvn_http_head_init(struct http_head *head, struct http_field *fields, unsigned capacity);
/* Frees what the head has, but not the head. */
void lvn_http_head_clear(struct http_head *head);

/* Where the search for the end stopped.  Zeroed before the first byte of a message. */
struct http_head_search {
	size_t at;        /* bytes that were looked at */
	size_t line;      /* where the last line begins */
	unsigned lines;   /* lines that have ended, without empty ones at the beginning */
	unsigned skipped; /* empty lines at the beginning */
};

/*
 * Searches the empty line that ends a head.  `bytes` are the first `size` bytes of the message,
 * the same ones as at the last call and more.  Looks at each byte once over all calls.
 * Returns the size of the head with its empty line, and with empty lines before it; 0 when more
 * bytes are needed; or minus the status code to refuse it with: 400, 414, 431.
 */
LVN_NODISCARD long lvn_http_head_find_end(struct http_head_search *search, const char *bytes,
    size_t size, const struct http_limits *limits);

/*
 * Read a head, of exactly the size that lvn_http_head_find_end returned.  Return 0; -ENOMEM; or
 * the status code to refuse it with: 400, 414, 431, 505.  Then the head has no fields, and
 * *why_out is a short English text; it is not written otherwise.  `lenient` are bits of
 * enum http_lenient.
 */
LVN_NODISCARD int lvn_http_head_parse_request(struct http_head *head, const char *bytes,
    size_t size, const struct http_limits *limits, unsigned lenient, const char **why_out);
LVN_NODISCARD int lvn_http_head_parse_response(struct http_head *head, const char *bytes,
    size_t size, const struct http_limits *limits, unsigned lenient, const char **why_out);

/*
 * The next field of this name, without regard to case, from the field *index on; NULL when there
 * is none.  *index becomes the place behind it, so that a loop from 0 finds all of them.
 */
const struct http_field *lvn_http_head_next(
    const struct http_head *head, const char *name, unsigned *index);

/* Whether the lists of all fields of this name have the element, without regard to case. */
bool lvn_http_head_has_token(const struct http_head *head, const char *name, const char *token);

/* Reads "NAME: value" of `size` bytes, without the line end.  Returns 0 or 400 with *why_out. */
LVN_NODISCARD int lvn_http_head_parse_field(struct http_field *field_out, const char *line,
    size_t size, unsigned lenient, const char **why_out);

#endif
