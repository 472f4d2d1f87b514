/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes as a query, and as text to be escaped: a list of parameters that is written again is read
 * as the same list, what is encoded is decoded, and what is escaped has no markup.
 */
#include <event2/http.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "fuzz/must.h"
#include "http/encoding.h"
#include "http/fields.h"
#include "http/query.h"

#define SIZE_LIMIT 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "name=value&", with all values encoded. */
static size_t
write_query(const struct evkeyvalq *fields, char *out)
{
	char *at = out;

	for (const struct evkeyval *field = fields->tqh_first; field;
	     field = field->next.tqe_next) {
		char *value = lvn_http_encode(field->value, strlen(field->value), true);

		memcpy(at, field->key, strlen(field->key));
		at += strlen(field->key);
		*at++ = '=';
		memcpy(at, value, strlen(value));
		at += strlen(value);
		*at++ = '&';
		lvn_free(value);
	}
	return (size_t)(at - out);
}

static void
must_be_equal(const struct evkeyvalq *left, const struct evkeyvalq *right)
{
	const struct evkeyval *one = left->tqh_first, *other = right->tqh_first;

	for (; one && other; one = one->next.tqe_next, other = other->next.tqe_next) {
		must(strcmp(one->key, other->key) == 0);
		must(strcmp(one->value, other->value) == 0);
	}
	must(!one && !other);
}

/* Each name once; its value is the last one in the whole list. */
static void
must_be_the_last(const struct evkeyvalq *last, const struct evkeyvalq *all)
{
	const struct evkeyval *kept = last->tqh_first;

	for (const struct evkeyval *field = all->tqh_first; field; field = field->next.tqe_next) {
		if (lvn_http_fields_next(field, field->key))
			continue;
		must(kept && strcmp(kept->key, field->key) == 0);
		must(strcmp(kept->value, field->value) == 0);
		kept = kept->next.tqe_next;
	}
	must(!kept);
}

static void
read_query(const char *query, size_t size, unsigned flags)
{
	/* A byte may become three. */
	static char text[4 * SIZE_LIMIT];
	struct evkeyvalq fields, again, last;
	size_t text_size;

	if (lvn_http_query_parse(query, size, flags, &fields) < 0) {
		must(!fields.tqh_first);
		return;
	}
	/* A name with a zero byte is cut by whoever reads it: keep to the others. */
	if (memchr(query, '\0', size))
		goto clear;
	text_size = write_query(&fields, text);
	must(lvn_http_query_parse(text, text_size, flags, &again) == 0);
	must_be_equal(&fields, &again);
	lvn_http_fields_clear(&again);
	must(lvn_http_query_parse(query, size, flags | EVHTTP_URI_QUERY_LAST_VAL, &last) == 0);
	must_be_the_last(&last, &fields);
	lvn_http_fields_clear(&last);
clear:
	lvn_http_fields_clear(&fields);
}

static void
encode(const char *bytes, size_t size)
{
	static char decoded[3 * SIZE_LIMIT];

	for (int plus = 0; plus < 2; plus++) {
		char *text = lvn_http_encode(bytes, size, plus != 0);

		must(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				  "-._~%+") == strlen(text));
		must(plus || !strchr(text, '+'));
		must(lvn_http_decode(text, strlen(text),
			 plus ? HTTP_PLUS_IS_BLANK : HTTP_PLUS_STAYS, decoded) == size);
		must(memcmp(decoded, bytes, size) == 0);
		lvn_free(text);
	}
}

/* Decoding in place is the same, and never grows. */
static void
decode(const char *text, size_t size)
{
	static char apart[SIZE_LIMIT], in_place[SIZE_LIMIT];

	for (int plus = HTTP_PLUS_STAYS; plus <= HTTP_PLUS_IS_BLANK_IN_QUERY; plus++) {
		size_t decoded = lvn_http_decode(text, size, plus, apart);

		must(decoded <= size);
		memcpy(in_place, text, size);
		must(lvn_http_decode(in_place, size, plus, in_place) == decoded);
		must(memcmp(apart, in_place, decoded) == 0);
	}
}

static void
escape(const char *text)
{
	char *escaped = lvn_http_escape_html(text);

	must(!strpbrk(escaped, "<>\"'"));
	must(strlen(escaped) >= strlen(text));
	lvn_free(escaped);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0 || size > SIZE_LIMIT)
		return 0;
	/* Of exactly its size for the readers; with a zero byte for the last of them. */
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	escape(text);
	text = realloc(text, size > 1 ? size - 1 : 1);
	read_query(text, size - 1, data[0] & EVHTTP_URI_QUERY_NONCONFORMANT);
	encode(text, size - 1);
	decode(text, size - 1);
	free(text);
	return 0;
}
