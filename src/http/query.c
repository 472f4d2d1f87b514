/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/query.h"

#include <errno.h>
#include <event2/http.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "http/encoding.h"
#include "http/fields.h"

/* A value is decoded in place: it does not grow.  Returns 0, or -EINVAL for a zero byte in it. */
static int
decode_value(char *value, size_t size)
{
	size_t decoded = lvn_http_decode(value, size, HTTP_PLUS_IS_BLANK, value);

	/* The C string would end there, and the program take a part of it for the whole. */
	if (decoded > 0 && memchr(value, '\0', decoded))
		return -EINVAL;
	value[decoded] = '\0';
	return 0;
}

/* What stands between two ampersands; `sign` is its first equals sign, or its end. */
static int
add_parameter(struct evkeyvalq *fields, const char *at, const char *sign, const char *end)
{
	const char *value = sign < end ? sign + 1 : end;
	size_t value_size = (size_t)(end - value);
	int rc = lvn_http_fields_add(fields, at, (size_t)(sign - at), value, value_size);

	if (rc < 0)
		return rc;
	return decode_value(lvn_http_fields_last(fields)->value, value_size);
}

static const char *
find_or_end(const char *at, char c, const char *end)
{
	const char *found = at == end ? NULL : memchr(at, c, (size_t)(end - at));

	return found ? found : end;
}

/* Parts that are not NAME=VALUE are an error, but for those that the flag allows. */
static int
read_part(struct evkeyvalq *fields, const char *at, const char *end, unsigned flags)
{
	const char *sign = find_or_end(at, '=', end);

	if (!(flags & EVHTTP_URI_QUERY_NONCONFORMANT)) {
		if (sign == at || sign == end)
			return -EINVAL;
	} else if (at == end)
		return 0;
	return add_parameter(fields, at, sign, end);
}

static int
read_parts(struct evkeyvalq *fields, const char *at, const char *end, unsigned flags)
{
	while (at < end) {
		const char *stop = find_or_end(at, '&', end);
		int rc = read_part(fields, at, stop, flags);

		if (rc < 0)
			return rc;
		at = stop < end ? stop + 1 : end;
	}
	return 0;
}

/* ---- Only the last one of each name ---- */

struct placed {
	struct evkeyval *field;
	size_t place;
};

/* By name, then by place. */
static int
compare_placed(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;
	int order = lvn_text_compare(a->field->key, b->field->key);

	if (order != 0)
		return order;
	return a->place < b->place ? -1 : 1;
}

/* Sorted, because a search for each name would take a client's list a quadratic time. */
static int
keep_last_of_each(struct evkeyvalq *fields)
{
	struct placed *all;
	size_t count = 0;

	for (struct evkeyval *field = fields->tqh_first; field; field = field->next.tqe_next)
		count++;
	if (count < 2)
		return 0;
	all = lvn_calloc(count, sizeof(*all));
	if (!all)
		return -ENOMEM;
	count = 0;
	for (struct evkeyval *field = fields->tqh_first; field; field = field->next.tqe_next) {
		all[count] = (struct placed){field, count};
		count++;
	}
	qsort(all, count, sizeof(*all), compare_placed);
	for (size_t i = 0; i + 1 < count; i++) {
		if (lvn_text_compare(all[i].field->key, all[i + 1].field->key) == 0)
			lvn_http_fields_remove(fields, all[i].field);
	}
	lvn_free(all);
	return 0;
}

int
lvn_http_query_parse(const char *query, size_t size, unsigned flags, struct evkeyvalq *fields)
{
	int rc;

	lvn_http_fields_init(fields);
	rc = read_parts(fields, query, query + size, flags);
	if (rc == 0 && (flags & EVHTTP_URI_QUERY_LAST_VAL))
		rc = keep_last_of_each(fields);
	if (rc < 0)
		lvn_http_fields_clear(fields);
	return rc;
}
