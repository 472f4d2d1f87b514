/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_host.h"

#include <event2/util.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

enum { LABEL_MAX = 63, NAME_MAX_SIZE = 253 };

#define DIGITS     "0123456789"
#define HEX_DIGITS DIGITS "abcdef"
#define LETTERS    "abcdefghijklmnopqrstuvwxyz"

static bool
has_only(const char *text, const char *set)
{
	return text[strspn(text, set)] == '\0';
}

/* The characters are looked at first, for evutil_inet_pton is lenient about them. */
static bool
read_address(struct tls_host *host)
{
	if (has_only(host->text, DIGITS ".") &&
	    evutil_inet_pton(AF_INET, host->text, host->address) == 1) {
		host->address_size = 4;
		return true;
	}
	if (has_only(host->text, HEX_DIGITS ":.") &&
	    evutil_inet_pton(AF_INET6, host->text, host->address) == 1) {
		host->address_size = 16;
		return true;
	}
	return false;
}

static bool
is_name(const char *text)
{
	for (;;) {
		size_t size = strspn(text, LETTERS DIGITS "-_");

		if (size == 0 || size > LABEL_MAX)
			return false;
		if (text[size] == '\0')
			return !has_only(text, DIGITS);
		if (text[size] != '.')
			return false;
		text += size + 1;
	}
}

bool
lvn_tls_host_read(struct tls_host *host_out, const char *text)
{
	struct tls_host host = {.address_size = 0};
	size_t size = strlen(text);

	if (strchr(text, ':'))
		size = strcspn(text, "%");
	else if (size > 1 && text[size - 1] == '.')
		size--;
	if (size > NAME_MAX_SIZE)
		return false;
	for (size_t i = 0; i < size; i++)
		host.text[i] = lvn_text_lower(text[i]);
	if (!read_address(&host) && !is_name(host.text))
		return false;
	*host_out = host;
	return true;
}
