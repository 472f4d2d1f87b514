/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/conditions.h"

#include <event2/http.h>
#include <string.h>

#include "http/fields.h"
#include "http/http_date.h"
#include "http/slice.h"

#define PRECONDITION_FAILED 412

static struct http_slice
opaque_of(struct http_slice etag)
{
	if (etag.size > 2 && etag.at[0] == 'W' && etag.at[1] == '/')
		return (struct http_slice){etag.at + 2, etag.size - 2};
	return etag;
}

static bool
is_weak(struct http_slice etag)
{
	return opaque_of(etag).size != etag.size;
}

/* RFC 9110 8.8.3.2 */
static bool
is_same(struct http_slice one, const char *other, bool strongly)
{
	struct http_slice etag = lvn_http_slice_of(other ? other : "");

	if (!other || (strongly && (is_weak(one) || is_weak(etag))))
		return false;
	one = opaque_of(one);
	etag = opaque_of(etag);
	return one.size == etag.size && memcmp(one.at, etag.at, one.size) == 0;
}

/* Whether one of the lists of all fields with the name has the tag, or is "*". */
static bool
have_etag(const struct evkeyvalq *fields, const char *name, const char *etag, bool strongly)
{
	const struct evkeyval *field = lvn_http_fields_first(fields, name);

	for (; field; field = lvn_http_fields_next(field, name)) {
		struct http_slice list = lvn_http_slice_of(field->value);
		struct http_slice element;

		while (lvn_http_slice_next(&list, &element))
			if (lvn_http_slice_is(element, "*") || is_same(element, etag, strongly))
				return true;
	}
	return false;
}

/* A field that is no date is ignored, as one that is not there. */
static bool
find_date(const struct evkeyvalq *fields, const char *name, int64_t now, int64_t *seconds_out)
{
	const char *text = lvn_http_fields_find(fields, name);

	return text && lvn_http_date_parse(text, strlen(text), now, seconds_out);
}

/* In the order of RFC 9110 13.2.2. */
int
lvn_http_conditions_check(
    const struct evkeyvalq *fields, const struct http_validators *validators, bool reads)
{
	int64_t date;

	if (lvn_http_fields_find(fields, "If-Match")) {
		if (!have_etag(fields, "If-Match", validators->etag, true))
			return PRECONDITION_FAILED;
	} else if (find_date(fields, "If-Unmodified-Since", validators->now, &date) &&
		   validators->modified > date) {
		return PRECONDITION_FAILED;
	}
	if (lvn_http_fields_find(fields, "If-None-Match")) {
		if (have_etag(fields, "If-None-Match", validators->etag, false))
			return reads ? HTTP_NOTMODIFIED : PRECONDITION_FAILED;
	} else if (reads && find_date(fields, "If-Modified-Since", validators->now, &date) &&
		   validators->modified <= date) {
		return HTTP_NOTMODIFIED;
	}
	return 0;
}

bool
lvn_http_conditions_allow_range(
    const struct evkeyvalq *fields, const struct http_validators *validators)
{
	const char *text = lvn_http_fields_find(fields, "If-Range");
	int64_t date;

	if (!text)
		return true;
	if (strchr(text, '"'))
		return is_same(lvn_http_slice_of(text), validators->etag, true);
	return validators->is_date_strong &&
	       find_date(fields, "If-Range", validators->now, &date) &&
	       date == validators->modified;
}
