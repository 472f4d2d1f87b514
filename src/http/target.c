/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/target.h"

#include <string.h>

#include "http/head.h"
#include "http/host.h"
#include "http/syntax.h"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The size of "scheme://", or 0. */
static size_t
measure_scheme(struct http_slice target)
{
	size_t at = 0;

	while (at < target.size &&
	       (is_letter(target.at[at]) || (at > 0 && strchr("0123456789+-.", target.at[at]))))
		at++;
	if (at == 0 || target.size - at < 3 || memcmp(target.at + at, "://", 3) != 0)
		return 0;
	return at + 3;
}

/* User information is no part of http and https (RFC 9110 4.2.4). */
static const char *
check_absolute(struct http_slice target, size_t scheme_size)
{
	struct http_slice authority = {target.at + scheme_size, 0}, host, port;

	while (scheme_size + authority.size < target.size &&
	       !strchr("/?#", authority.at[authority.size]))
		authority.size++;
	if (!lvn_http_host_split(authority, &host, &port) || host.size == 0)
		return "the authority of the target is no host";
	return NULL;
}

static const char *
check_authority(struct http_slice target)
{
	struct http_slice host, port;

	if (!lvn_http_host_split(target, &host, &port) || host.size == 0 || port.size == 0)
		return "the target of CONNECT is no host and port";
	return NULL;
}

/* A name that ends early for whoever reads it as a C string (RFC 3986 7.3). */
static bool
has_zero_in_path(struct http_slice target)
{
	for (size_t i = 0; i + 2 < target.size && target.at[i] != '?'; i++) {
		if (memcmp(target.at + i, "%00", 3) == 0)
			return true;
	}
	return false;
}

static const char *
check_escapes(struct http_slice target, unsigned lenient)
{
	if (!(lenient & HTTP_LENIENT_TARGET) &&
	    !lvn_http_syntax_has_good_escapes(target.at, target.size))
		return "a percent sign without two digits";
	if (memchr(target.at, '%', target.size) && has_zero_in_path(target))
		return "a zero byte in the path";
	return NULL;
}

const char *
lvn_http_target_check(struct http_slice method, struct http_slice target, unsigned lenient,
    enum http_target_form *form_out)
{
	size_t scheme_size = measure_scheme(target);
	const char *why = NULL;

	if (lvn_http_slice_is(method, "CONNECT")) {
		*form_out = HTTP_TARGET_AUTHORITY;
		return check_authority(target);
	}
	if (target.size > 0 && target.at[0] == '/')
		*form_out = HTTP_TARGET_ORIGIN;
	else if (scheme_size > 0) {
		*form_out = HTTP_TARGET_ABSOLUTE;
		why = check_absolute(target, scheme_size);
	} else if (lvn_http_slice_is(target, "*") && lvn_http_slice_is(method, "OPTIONS"))
		*form_out = HTTP_TARGET_ASTERISK;
	else
		why = "the target is no path and no URI";
	return why ? why : check_escapes(target, lenient);
}
