/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/byte_range.h"

#include <stdbool.h>
#include <string.h>

#include "base/number.h"

/* Digits up to the end of the text; a number that is too large is as good as the largest. */
static bool
read_number(struct http_slice text, uint64_t *number_out)
{
	const char *end = text.at + text.size;

	if (text.size == 0)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	if (lvn_number_read_digits(text.at, end, 10, number_out) != end)
		*number_out = UINT64_MAX;
	return true;
}

/* "-500": the last bytes. */
static enum http_range
take_end(struct http_slice text, uint64_t total, uint64_t *at_out, uint64_t *size_out)
{
	uint64_t size;

	if (!read_number(text, &size))
		return HTTP_RANGE_WHOLE;
	if (size == 0 || total == 0)
		return HTTP_RANGE_IMPOSSIBLE;
	if (size > total)
		size = total;
	*at_out = total - size;
	*size_out = size;
	return HTTP_RANGE_PART;
}

enum http_range
lvn_http_byte_range_parse(
    struct http_slice text, uint64_t total, uint64_t *at_out, uint64_t *size_out)
{
	static const char unit[] = "bytes=";
	const size_t unit_size = sizeof(unit) - 1;
	struct http_slice first, last;
	const char *dash;
	uint64_t from, to;

	if (text.size < unit_size ||
	    !lvn_http_slice_is_nocase((struct http_slice){text.at, unit_size}, unit))
		return HTTP_RANGE_WHOLE;
	text = lvn_http_slice_trim((struct http_slice){text.at + unit_size, text.size - unit_size});
	dash = text.size > 0 ? memchr(text.at, '-', text.size) : NULL;
	if (!dash)
		return HTTP_RANGE_WHOLE;
	first = (struct http_slice){text.at, (size_t)(dash - text.at)};
	last = (struct http_slice){dash + 1, text.size - first.size - 1};
	if (first.size == 0)
		return take_end(last, total, at_out, size_out);
	to = UINT64_MAX;
	if (!read_number(first, &from) || (last.size > 0 && !read_number(last, &to)) || to < from)
		return HTTP_RANGE_WHOLE;
	if (from >= total)
		return HTTP_RANGE_IMPOSSIBLE;
	if (to >= total)
		to = total - 1;
	*at_out = from;
	*size_out = to - from + 1;
	return HTTP_RANGE_PART;
}
