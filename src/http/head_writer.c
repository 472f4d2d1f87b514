/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/head_writer.h"

#include <errno.h>
#include <event2/buffer.h>
#include <string.h>

#include "base/number.h"
#include "base/private.h"
#include "http/fields.h"
#include "http/slice.h"
#include "http/syntax.h"

/* "18446744073709551615" */
#define NUMBER_SIZE 20

/* Sizes first: they tell most fields apart.  0 for a field that is not the library's. */
static unsigned
own_field(struct http_slice name)
{
	switch (name.size) {
	case sizeof("Date") - 1:
		return lvn_http_slice_is_nocase(name, "Date")   ? HTTP_OWN_DATE
		       : lvn_http_slice_is_nocase(name, "Host") ? HTTP_OWN_HOST
								: 0;
	case sizeof("Allow") - 1:
		return lvn_http_slice_is_nocase(name, "Allow") ? HTTP_OWN_ALLOW : 0;
	case sizeof("Connection") - 1:
		return lvn_http_slice_is_nocase(name, "Connection") ? HTTP_OWN_CONNECTION : 0;
	case sizeof("Content-Type") - 1:
		return lvn_http_slice_is_nocase(name, "Content-Type") ? HTTP_OWN_CONTENT_TYPE : 0;
	case sizeof("Content-Length") - 1:
		return lvn_http_slice_is_nocase(name, "Content-Length") ? HTTP_OWN_CONTENT_LENGTH
									: 0;
	case sizeof("Transfer-Encoding") - 1:
		return lvn_http_slice_is_nocase(name, "Transfer-Encoding")
			   ? HTTP_OWN_TRANSFER_ENCODING
			   : 0;
	default:
		return 0;
	}
}

static void
take_length(struct http_told *told, struct http_slice value)
{
	const char *end = value.at + value.size;

	/* The first one counts. */
	if (told->own & HTTP_OWN_CONTENT_LENGTH)
		return;
	told->own |= HTTP_OWN_CONTENT_LENGTH;
	told->has_length =
	    value.size > 0 && lvn_number_read_digits(value.at, end, 10, &told->length) == end;
}

/* Returns whether the field stays. */
static bool
take_field(struct http_told *told, const struct evkeyval *field)
{
	struct http_slice name = lvn_http_slice_of(field->key);
	struct http_slice value = lvn_http_slice_of(field->value);
	unsigned own = own_field(name);

	if (own == HTTP_OWN_CONTENT_LENGTH)
		take_length(told, value);
	if ((own == 0 && !lvn_http_syntax_is_token(name.at, name.size)) ||
	    !lvn_http_syntax_is_value(value.at, value.size)) {
		lvn_log_warnx("HTTP: a header field that cannot be sent is left out");
		return false;
	}
	told->own |= own;
	told->size += name.size + value.size + strlen(": \r\n");
	return !(own & (HTTP_OWN_CONTENT_LENGTH | HTTP_OWN_TRANSFER_ENCODING));
}

struct http_told
lvn_http_head_writer_settle(struct evkeyvalq *fields)
{
	struct http_told told = {.size = 0};
	struct evkeyval *field = fields->tqh_first;

	while (field) {
		struct evkeyval *next = field->next.tqe_next;

		if (!take_field(&told, field))
			lvn_http_fields_remove(fields, field);
		field = next;
	}
	return told;
}

int
lvn_http_head_writer_begin(struct http_head_space *space, size_t most)
{
	space->allocated = NULL;
	if (most > sizeof(space->usual)) {
		space->allocated = lvn_alloc(most);
		if (!space->allocated)
			return -ENOMEM;
	}
	space->out.at = space->allocated ? space->allocated : space->usual;
	space->out.end = space->out.at + most;
	space->out.overrun = false;
	return 0;
}

size_t
lvn_http_head_writer_written(const struct http_head_space *space)
{
	return (size_t)(space->out.at - (space->allocated ? space->allocated : space->usual));
}

int
lvn_http_head_writer_end(struct http_head_space *space, struct evbuffer *to)
{
	size_t size = lvn_http_head_writer_written(space);
	int rc = -1;

	if (!space->out.overrun)
		rc = evbuffer_add(to, space->out.at - size, size);
	lvn_free(space->allocated);
	return rc < 0 ? -ENOMEM : 0;
}

size_t
lvn_http_head_writer_size(const struct evkeyvalq *fields)
{
	size_t size = 0;

	for (const struct evkeyval *field = fields->tqh_first; field; field = field->next.tqe_next)
		size += strlen(field->key) + strlen(field->value) + strlen(": \r\n");
	return size;
}

void
lvn_http_head_writer_put_number(struct writer *out, uint64_t number)
{
	char digits[NUMBER_SIZE];
	char *end = digits + NUMBER_SIZE, *at = end;

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	lvn_write_bytes(out, at, (size_t)(end - at));
}

void
lvn_http_head_writer_put_line(
    struct writer *out, const char *name, size_t name_size, const char *value, size_t value_size)
{
	uint8_t *at = lvn_write_space(out, name_size + value_size + strlen(": \r\n"));

	if (!at)
		return;
	memcpy(at, name, name_size);
	memcpy(at + name_size, ": ", 2);
	at += name_size + 2;
	if (value_size > 0)
		memcpy(at, value, value_size);
	memcpy(at + value_size, "\r\n", 2);
}

void
lvn_http_head_writer_put_fields(struct writer *out, const struct evkeyvalq *fields)
{
	for (const struct evkeyval *field = fields->tqh_first; field; field = field->next.tqe_next)
		lvn_http_head_writer_put_field(out, field->key, field->value);
}
