/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public functions about header fields and the parameters of queries.
 */
#include <errno.h>
#include <event2/http.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "http/fields.h"
#include "http/query.h"
#include "http/uri.h"

/* 0, or -1 with errno. */
static int
result(int rc)
{
	if (rc == 0)
		return 0;
	errno = -rc;
	return -1;
}

const char *
evhttp_find_header(const struct evkeyvalq *headers, const char *key)
{
	if (!headers || !key) {
		lvn_log_misuse(__func__, "no list or no name");
		return NULL;
	}
	return lvn_http_fields_find(headers, key);
}

int
evhttp_remove_header(struct evkeyvalq *headers, const char *key)
{
	struct evkeyval *field;

	if (!headers || !key)
		return lvn_log_misuse(__func__, "no list or no name");
	field = lvn_http_fields_first(headers, key);
	if (!field)
		return -1;
	lvn_http_fields_remove(headers, field);
	return 0;
}

/* It would end the line, and what follows would be another field, or a body. */
static bool
has_line_end(const char *text)
{
	return text[strcspn(text, "\r\n")] != '\0';
}

int
evhttp_add_header(struct evkeyvalq *headers, const char *key, const char *value)
{
	if (!headers || !key || !value)
		return lvn_log_misuse(__func__, "no list, name or value");
	if (has_line_end(key) || has_line_end(value))
		return lvn_log_misuse(__func__, "a line end in the name or in the value");
	return result(lvn_http_fields_add(headers, key, strlen(key), value, strlen(value)));
}

void
evhttp_clear_headers(struct evkeyvalq *headers)
{
	if (headers)
		lvn_http_fields_clear(headers);
}

int
evhttp_parse_query_str_flags(const char *uri, struct evkeyvalq *headers, unsigned flags)
{
	if (!headers)
		return lvn_log_misuse(__func__, "no list");
	/* The query of a URI without one. */
	if (!uri)
		uri = "";
	return result(lvn_http_query_parse(uri, strlen(uri), flags, headers));
}

int
evhttp_parse_query_str(const char *uri, struct evkeyvalq *headers)
{
	return evhttp_parse_query_str_flags(uri, headers, 0);
}

int
evhttp_parse_query(const char *uri, struct evkeyvalq *headers)
{
	struct evhttp_uri *parsed;
	int rc;

	if (!headers)
		return lvn_log_misuse(__func__, "no list");
	lvn_http_fields_init(headers);
	if (!uri)
		return lvn_log_misuse(__func__, "no URI");
	rc = lvn_http_uri_parse(uri, strlen(uri), 0, &parsed);
	if (rc < 0)
		return result(rc);
	rc = evhttp_parse_query_str(parsed->parts[URI_QUERY], headers);
	lvn_http_uri_free(parsed);
	return rc;
}
