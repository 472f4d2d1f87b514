/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/head_writer.h"

#include <string.h>

#include "base/number.h"
#include "base/private.h"
#include "base/text.h"
#include "http/fields.h"
#include "http/syntax.h"

/* "18446744073709551615" */
#define NUMBER_SIZE 20

bool
lvn_http_head_writer_announced(const struct evkeyvalq *fields, uint64_t *size_out)
{
	const char *text = lvn_http_fields_find(fields, "Content-Length");
	const char *end = text ? text + strlen(text) : NULL;

	return text && *text && lvn_number_read_digits(text, end, 10, size_out) == end;
}

static bool
is_of_framing(const char *name)
{
	return lvn_text_compare(name, "Content-Length") == 0 ||
	       lvn_text_compare(name, "Transfer-Encoding") == 0;
}

static bool
can_be_sent(const struct evkeyval *field)
{
	return lvn_http_syntax_is_token(field->key, strlen(field->key)) &&
	       lvn_http_syntax_is_value(field->value, strlen(field->value));
}

void
lvn_http_head_writer_clean(struct evkeyvalq *fields)
{
	struct evkeyval *field = fields->tqh_first;

	while (field) {
		struct evkeyval *next = field->next.tqe_next;

		if (!can_be_sent(field))
			lvn_log_warnx("HTTP: a header field that cannot be sent is left out");
		if (!can_be_sent(field) || is_of_framing(field->key))
			lvn_http_fields_remove(fields, field);
		field = next;
	}
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
	char *end = lvn_number_write_digits(digits, number, 10);

	lvn_write_bytes(out, digits, (size_t)(end - digits));
}

void
lvn_http_head_writer_put_field(struct writer *out, const char *name, const char *value)
{
	lvn_http_head_writer_put(out, name);
	lvn_http_head_writer_put(out, ": ");
	lvn_http_head_writer_put(out, value);
	lvn_http_head_writer_put(out, "\r\n");
}

void
lvn_http_head_writer_put_fields(struct writer *out, const struct evkeyvalq *fields)
{
	for (const struct evkeyval *field = fields->tqh_first; field; field = field->next.tqe_next)
		lvn_http_head_writer_put_field(out, field->key, field->value);
}
