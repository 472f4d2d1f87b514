/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts of a text that somebody else keeps, and what HTTP does with them: comparison without
 * case, optional blanks, comma-separated lists.
 */
#ifndef LVN_HTTP_SLICE_H
#define LVN_HTTP_SLICE_H

#include <stdbool.h>
#include <stddef.h>

/* `at` may be NULL when the size is 0. */
struct http_slice {
	const char *at;
	size_t size;
};

struct http_slice lvn_http_slice_of(const char *text);

/* Every byte the same; and without regard to the case of ASCII letters. */
bool lvn_http_slice_is(struct http_slice slice, const char *text);
bool lvn_http_slice_is_nocase(struct http_slice slice, const char *text);

/* Without the spaces and tabs at both ends (OWS, RFC 9110 5.6.3). */
struct http_slice lvn_http_slice_trim(struct http_slice slice);

/*
 * Takes the first element off a comma-separated list (RFC 9110 5.6.1): commas inside of quoted
 * strings do not count, blanks around the element are left out, empty elements are skipped.
 * Returns false when none is left.
 */
bool lvn_http_slice_next(struct http_slice *list, struct http_slice *element_out);

#endif
