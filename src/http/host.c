/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/host.h"

#include <string.h>

#include "base/number.h"
#include "http/syntax.h"

#define PORT_MAX 65535

/* dec-octet: 0 to 255 without leading zeros.  Returns where it ends, or NULL. */
static const char *
skip_octet(const char *at, const char *end)
{
	uint64_t value;
	const char *behind = lvn_number_read_digits(at, end, 10, &value);

	if (behind == at || value > UINT8_MAX || (*at == '0' && behind - at > 1))
		return NULL;
	return behind - at <= 3 ? behind : NULL;
}

static bool
is_ipv4(const char *at, const char *end)
{
	for (unsigned octet = 0; octet < 4; octet++) {
		if (octet > 0 && (at == end || *at++ != '.'))
			return false;
		at = skip_octet(at, end);
		if (!at)
			return false;
	}
	return at == end;
}

/* Reads what is behind the groups so far: a group, or an address of IPv4 that stands for two. */
static const char *
skip_group(const char *at, const char *end, unsigned *groups)
{
	const char *behind = lvn_http_syntax_skip(at, end, HTTP_CLASS_HEX);

	if (behind < end && *behind == '.') {
		*groups += 2;
		return is_ipv4(at, end) ? end : NULL;
	}
	*groups += 1;
	return behind > at && behind - at <= 4 ? behind : NULL;
}

/* RFC 3986 3.2.2; "::" stands for at least one group. */
static bool
is_ipv6(const char *at, const char *end)
{
	unsigned groups = 0;
	bool compressed = false;

	while (at < end) {
		if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
			if (compressed)
				return false;
			compressed = true;
			at += 2;
			if (at == end)
				break;
		} else if (groups > 0 && *at++ != ':')
			return false;
		at = skip_group(at, end, &groups);
		if (!at)
			return false;
	}
	return compressed ? groups <= 7 : groups == 8;
}

/* "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
static bool
is_future_address(const char *at, const char *end)
{
	const char *dot;

	if (at == end || (*at != 'v' && *at != 'V'))
		return false;
	dot = lvn_http_syntax_skip(at + 1, end, HTTP_CLASS_HEX);
	if (dot == at + 1 || dot == end || *dot != '.' || dot + 1 == end)
		return false;
	for (at = dot + 1; at < end; at++) {
		if (*at != ':' && (*at == '%' || !lvn_http_syntax_is(*at, HTTP_CLASS_HOST)))
			return false;
	}
	return true;
}

/* The size of the address with its brackets, or 0. */
static size_t
measure_literal(struct http_slice text)
{
	const char *close = memchr(text.at, ']', text.size);

	if (!close || (!is_ipv6(text.at + 1, close) && !is_future_address(text.at + 1, close)))
		return 0;
	return (size_t)(close + 1 - text.at);
}

static bool
is_port(struct http_slice port)
{
	const char *end = port.at + port.size;
	uint64_t value;

	return lvn_number_read_digits(port.at, end, 10, &value) == end && value <= PORT_MAX;
}

bool
lvn_http_host_split(
    struct http_slice text, struct http_slice *host_out, struct http_slice *port_out)
{
	struct http_slice host = {text.at, 0}, port = {"", 0};

	if (text.size > 0 && text.at[0] == '[') {
		host.size = measure_literal(text);
		if (host.size == 0)
			return false;
	} else if (text.size > 0) {
		const char *end = text.at + text.size;

		host.size = (size_t)(lvn_http_syntax_skip(text.at, end, HTTP_CLASS_HOST) - text.at);
		if (!lvn_http_syntax_has_good_escapes(host.at, host.size))
			return false;
	}
	if (host.size < text.size) {
		if (text.at[host.size] != ':')
			return false;
		port.at = text.at + host.size + 1;
		port.size = text.size - host.size - 1;
		if (!is_port(port))
			return false;
	}
	*host_out = host;
	*port_out = port;
	return true;
}

bool
lvn_http_host_is_valid(struct http_slice text)
{
	struct http_slice host, port;

	return lvn_http_host_split(text, &host, &port);
}
