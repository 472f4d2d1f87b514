/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/slice.h"

#include <string.h>

#include "base/text.h"
#include "http/syntax.h"

struct http_slice
lvn_http_slice_of(const char *text)
{
	return (struct http_slice){text, strlen(text)};
}

bool
lvn_http_slice_is(struct http_slice slice, const char *text)
{
	return slice.size == strlen(text) &&
	       (slice.size == 0 || memcmp(slice.at, text, slice.size) == 0);
}

bool
lvn_http_slice_is_nocase(struct http_slice slice, const char *text)
{
	if (slice.size != strlen(text))
		return false;
	/* Nearly all that are equal have the same letters. */
	if (slice.size == 0 || memcmp(slice.at, text, slice.size) == 0)
		return true;
	for (size_t i = 0; i < slice.size; i++) {
		if (lvn_text_lower(slice.at[i]) != lvn_text_lower(text[i]))
			return false;
	}
	return true;
}

struct http_slice
lvn_http_slice_trim(struct http_slice slice)
{
	while (slice.size > 0 && lvn_http_syntax_is(slice.at[0], HTTP_CLASS_BLANK)) {
		slice.at++;
		slice.size--;
	}
	while (slice.size > 0 && lvn_http_syntax_is(slice.at[slice.size - 1], HTTP_CLASS_BLANK))
		slice.size--;
	return slice;
}

/* The size up to the first comma outside of quoted strings. */
static size_t
measure_element(struct http_slice list)
{
	bool quoted = false;
	size_t at = 0;

	for (; at < list.size; at++) {
		if (list.at[at] == '"')
			quoted = !quoted;
		else if (quoted && list.at[at] == '\\' && at + 1 < list.size)
			at++;
		else if (!quoted && list.at[at] == ',')
			break;
	}
	return at;
}

bool
lvn_http_slice_next(struct http_slice *list, struct http_slice *element_out)
{
	while (list->size > 0) {
		size_t size = measure_element(*list);
		struct http_slice element = {list->at, size};

		/* The comma, if there is one. */
		if (size < list->size)
			size++;
		list->at += size;
		list->size -= size;
		element = lvn_http_slice_trim(element);
		if (element.size > 0) {
			*element_out = element;
			return true;
		}
	}
	return false;
}
