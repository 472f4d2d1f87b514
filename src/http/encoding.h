/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Percent-encoding (RFC 3986 2.1), and text that is safe in HTML.  The results that are
 * allocated end with a zero byte; they may have others before it.
 */
#ifndef LVN_HTTP_ENCODING_H
#define LVN_HTTP_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* What becomes of a plus sign that is decoded. */
enum http_plus {
	HTTP_PLUS_STAYS,
	HTTP_PLUS_IS_BLANK,
	HTTP_PLUS_IS_BLANK_IN_QUERY /* behind the first question mark of the text */
};

/* Letters, digits and -._~ stay; the rest is encoded.  NULL when memory is short. */
LVN_NODISCARD char *lvn_http_encode(const char *bytes, size_t size, bool blank_to_plus);

/*
 * Writes at most as many bytes as the text has, and no zero byte behind them; `bytes_out` may be
 * the text itself.  A percent sign that two hexadecimal digits do not follow stays.  Returns how
 * many bytes there are.
 */
size_t lvn_http_decode(const char *text, size_t size, enum http_plus plus, char *bytes_out);

/* With < > " ' & as entities.  NULL when memory is short. */
LVN_NODISCARD char *lvn_http_escape_html(const char *text);

#endif
