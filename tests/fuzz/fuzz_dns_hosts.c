/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of a hosts file, read in two ways: what the table finds for each word of the text is
 * what a walk over all lines finds.
 */
#include <event2/util.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns_hosts.h"
#include "dns/dns_name.h"
#include "fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[LVN_SIPHASH_KEY_SIZE] = {1};

static size_t
blanks(const char *text, size_t size)
{
	size_t count = 0;

	while (count < size && (text[count] == '\0' || strchr(" \t\r\v\f\n", text[count])))
		count++;
	return count;
}

static size_t
word(const char *text, size_t size)
{
	size_t count = 0;

	while (count < size && text[count] != '\0' && !strchr(" \t\r\v\f\n", text[count]))
		count++;
	return count;
}

/* How many words behind the first one of the line are the name. */
static size_t
count_in_line(const char *line, size_t size, const struct dns_name *name)
{
	union inet_sockaddr address;
	char text[128] = "";
	int address_size = sizeof(address);
	size_t count = 0;
	size_t at = blanks(line, size);
	size_t length = word(line + at, size - at);

	if (length >= sizeof(text))
		return 0;
	memcpy(text, line + at, length);
	if (evutil_parse_sockaddr_port(text, &address.any, &address_size) < 0 ||
	    (address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port) != 0)
		return 0;
	for (at += length; at < size; at += length) {
		struct dns_name other;

		at += blanks(line + at, size - at);
		length = word(line + at, size - at);
		if (lvn_dns_name_parse(line + at, length, &other) == 0)
			count += lvn_dns_name_equal(name, &other);
	}
	return count;
}

static size_t
count_in_text(const char *text, size_t size, const struct dns_name *name)
{
	size_t count = 0;

	while (size > 0) {
		const char *newline = memchr(text, '\n', size);
		size_t length = newline ? (size_t)(newline - text) : size;
		const char *comment = memchr(text, '#', length);

		count += count_in_line(text, comment ? (size_t)(comment - text) : length, name);
		length += newline != NULL;
		text += length;
		size -= length;
	}
	return count;
}

static size_t
count_in_table(const struct dns_hosts *hosts, const struct dns_name *name)
{
	const struct dns_host *host = NULL;
	size_t count = 0;

	while ((host = lvn_dns_hosts_find(hosts, name, host))) {
		union inet_sockaddr address;
		struct dns_name canonical;

		lvn_dns_hosts_address(hosts, host, &address);
		must(address.any.sa_family == AF_INET || address.any.sa_family == AF_INET6);
		lvn_dns_hosts_canonical(hosts, host, &canonical);
		must(canonical.size >= 1 && canonical.wire[canonical.size - 1] == 0);
		count++;
	}
	return count;
}

/* The first words of the text, so that long texts take no square of their length. */
static void
check_words(const struct dns_hosts *hosts, const char *text, size_t size)
{
	size_t at = 0;

	for (int i = 0; i < 16 && at < size; i++) {
		struct dns_name name;
		size_t length;

		at += blanks(text + at, size - at);
		length = word(text + at, size - at);
		if (lvn_dns_name_parse(text + at, length, &name) == 0)
			must(count_in_table(hosts, &name) == count_in_text(text, size, &name));
		at += length + 1;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_hosts *hosts;
	/* A copy of its own, so that reading past its end is found. */
	char *text = malloc(size > 0 ? size : 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	must(lvn_dns_hosts_read(text, size, key, &hosts) == 0);
	check_words(hosts, text, size);
	lvn_dns_hosts_free(hosts);
	free(text);
	return 0;
}
