/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/query.h"

#include <errno.h>
#include <event2/http.h>
#include <stdbool.h>
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

/* Two sorted runs, which end at `middle` and `end`, become one; equal names keep their order. */
static void
merge(struct evkeyval **from, struct evkeyval **to, size_t start, size_t middle, size_t end)
{
	size_t left = start, right = middle;

	for (size_t at = start; at < end; at++) {
		bool takes_left =
		    left < middle &&
		    (right == end || lvn_text_compare(from[left]->key, from[right]->key) <= 0);

		to[at] = takes_left ? from[left++] : from[right++];
	}
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Sorts by name.  The result is in one of the two arrays. */
static struct evkeyval **
sort(struct evkeyval **fields, struct evkeyval **spare, size_t count)
{
	for (size_t run = 1; run < count; run *= 2) {
		struct evkeyval **sorted = spare;

		for (size_t at = 0; at < count; at += 2 * run)
			merge(fields, sorted, at, smaller(at + run, count),
			    smaller(at + 2 * run, count));
		spare = fields;
		fields = sorted;
	}
	return fields;
}

/* Sorted, because a search for each name would take a client's list a quadratic time. */
static int
keep_last_of_each(struct evkeyvalq *fields)
{
	struct evkeyval **all, **sorted;
	size_t count = 0;

	for (struct evkeyval *field = fields->tqh_first; field; field = field->next.tqe_next)
		count++;
	if (count < 2)
		return 0;
	all = lvn_calloc(count, 2 * sizeof(struct evkeyval *));
	if (!all)
		return -ENOMEM;
	count = 0;
	for (struct evkeyval *field = fields->tqh_first; field; field = field->next.tqe_next)
		all[count++] = field;
	sorted = sort(all, all + count, count);
	for (size_t i = 0; i + 1 < count; i++) {
		if (lvn_text_compare(sorted[i]->key, sorted[i + 1]->key) == 0)
			lvn_http_fields_remove(fields, sorted[i]);
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
