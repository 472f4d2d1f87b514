/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_hosts.h"

#include <errno.h>
#include <event2/util.h>
#include <stdbool.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_name.h"

/* Of an address, with its zero byte. */
#define ADDRESS_CAPACITY 128
#define NO_HOST          UINT32_MAX

struct host_line {
	union inet_sockaddr address;
	uint32_t first_host;
};

struct dns_host {
	uint32_t next; /* of the same bucket, further down in the file; or NO_HOST */
	uint32_t hash;
	uint32_t line;
	uint32_t name_at; /* its size in one byte, then its bytes */
};

/*
 * Invariants:
 *   1. hosts and lines are in the order of the file, and so is each bucket
 *   2. a host's line and its name are in the table
 */
struct dns_hosts {
	uint8_t key[LVN_SIPHASH_KEY_SIZE];
	struct host_line *lines;
	size_t line_count;
	size_t line_capacity;
	struct dns_host *hosts;
	size_t host_count;
	size_t host_capacity;
	uint8_t *names;
	size_t names_size;
	size_t names_capacity;
	uint32_t *buckets;
	uint32_t bucket_mask;
};

/* ---- Making a table ----------------------------------------------------------------- */

/* Space for `more` items behind `count`.  The new array, or NULL and the old one stays. */
static void *
grow(void *array, size_t count, size_t more, size_t item_size, size_t *capacity)
{
	size_t wanted = *capacity > 0 ? *capacity : 16;

	if (count + more <= *capacity)
		return array;
	while (wanted < count + more)
		wanted *= 2;
	array = lvn_realloc(array, wanted * item_size);
	if (array)
		*capacity = wanted;
	return array;
}

static int
add_line(struct dns_hosts *hosts, const union inet_sockaddr *address)
{
	struct host_line *lines =
	    grow(hosts->lines, hosts->line_count, 1, sizeof(*lines), &hosts->line_capacity);

	if (!lines)
		return -ENOMEM;
	hosts->lines = lines;
	lines[hosts->line_count++] = (struct host_line){*address, (uint32_t)hosts->host_count};
	return 0;
}

/* A name of the last line. */
static int
add_host(struct dns_hosts *hosts, const struct dns_name *name)
{
	size_t size = 1 + (size_t)name->size;
	struct dns_host *array;
	uint8_t *names;

	names = grow(hosts->names, hosts->names_size, size, 1, &hosts->names_capacity);
	if (!names)
		return -ENOMEM;
	hosts->names = names;
	array = grow(hosts->hosts, hosts->host_count, 1, sizeof(*array), &hosts->host_capacity);
	if (!array)
		return -ENOMEM;
	hosts->hosts = array;
	array[hosts->host_count++] = (struct dns_host){
	    .next = NO_HOST,
	    .hash = (uint32_t)lvn_dns_name_hash(name, hosts->key),
	    .line = (uint32_t)hosts->line_count - 1,
	    .name_at = (uint32_t)hosts->names_size,
	};
	memcpy(names + hosts->names_size, &name->size, 1);
	memcpy(names + hosts->names_size + 1, name->wire, name->size);
	hosts->names_size += size;
	return 0;
}

static int
fill_buckets(struct dns_hosts *hosts)
{
	size_t count = 1;

	while (count < hosts->host_count)
		count *= 2;
	hosts->buckets = lvn_alloc(count * sizeof(*hosts->buckets));
	if (!hosts->buckets)
		return -ENOMEM;
	hosts->bucket_mask = (uint32_t)count - 1;
	for (size_t i = 0; i < count; i++)
		hosts->buckets[i] = NO_HOST;
	/* The last one first, so that each bucket is in the order of the file. */
	for (size_t i = hosts->host_count; i-- > 0;) {
		uint32_t *head = &hosts->buckets[hosts->hosts[i].hash & hosts->bucket_mask];

		hosts->hosts[i].next = *head;
		*head = (uint32_t)i;
	}
	return 0;
}

/* ---- Reading ------------------------------------------------------------------------ */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

/* The next word before `end`, which begins at *at; its length, or 0 if there is none. */
static size_t
next_word(const char **at, const char *end)
{
	size_t length = 0;

	while (*at < end && is_blank(**at))
		(*at)++;
	while (*at + length < end && !is_blank((*at)[length]))
		length++;
	return length;
}

/* An address without a port. */
static bool
read_address(const char *text, size_t length, union inet_sockaddr *address_out)
{
	char copy[ADDRESS_CAPACITY];
	int size = sizeof(*address_out);

	if (length == 0 || length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (evutil_parse_sockaddr_port(copy, &address_out->any, &size) < 0)
		return false;
	return address_out->any.sa_family == AF_INET ? address_out->v4.sin_port == 0
						     : address_out->v6.sin6_port == 0;
}

static int
read_names(struct dns_hosts *hosts, const char *at, const char *end)
{
	size_t length;

	while ((length = next_word(&at, end)) > 0) {
		struct dns_name name;

		if (lvn_dns_name_parse(at, length, &name) == 0 && add_host(hosts, &name) < 0)
			return -ENOMEM;
		at += length;
	}
	return 0;
}

static int
read_line(struct dns_hosts *hosts, const char *at, const char *end)
{
	const char *comment = memchr(at, '#', (size_t)(end - at));
	union inet_sockaddr address;
	size_t length;

	if (comment)
		end = comment;
	length = next_word(&at, end);
	if (!read_address(at, length, &address))
		return 0;
	if (add_line(hosts, &address) < 0)
		return -ENOMEM;
	return read_names(hosts, at + length, end);
}

static int
read_text(struct dns_hosts *hosts, const char *text, const char *end)
{
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		int rc = read_line(hosts, text, newline ? newline : end);

		if (rc < 0)
			return rc;
		text = newline ? newline + 1 : end;
	}
	return fill_buckets(hosts);
}

int
lvn_dns_hosts_read(const char *text, size_t size, const uint8_t key[LVN_SIPHASH_KEY_SIZE],
    struct dns_hosts **hosts_out)
{
	struct dns_hosts *hosts = lvn_calloc(1, sizeof(*hosts));

	if (!hosts)
		return -ENOMEM;
	memcpy(hosts->key, key, sizeof(hosts->key));
	if (read_text(hosts, text, text + size) < 0) {
		lvn_dns_hosts_free(hosts);
		return -ENOMEM;
	}
	*hosts_out = hosts;
	return 0;
}

void
lvn_dns_hosts_free(struct dns_hosts *hosts)
{
	if (!hosts)
		return;
	lvn_free(hosts->buckets);
	lvn_free(hosts->names);
	lvn_free(hosts->hosts);
	lvn_free(hosts->lines);
	lvn_free(hosts);
}

/* ---- Looking up --------------------------------------------------------------------- */

size_t
lvn_dns_hosts_count(const struct dns_hosts *hosts)
{
	return hosts->host_count;
}

static bool
has_name(const struct dns_hosts *hosts, const struct dns_host *host, const struct dns_name *name)
{
	const uint8_t *stored = hosts->names + host->name_at;

	return lvn_dns_name_equal_wire(name, stored + 1, stored[0]);
}

const struct dns_host *
lvn_dns_hosts_find(
    const struct dns_hosts *hosts, const struct dns_name *name, const struct dns_host *last)
{
	uint32_t hash = last ? last->hash : (uint32_t)lvn_dns_name_hash(name, hosts->key);
	uint32_t at = last ? last->next : hosts->buckets[hash & hosts->bucket_mask];

	for (; at != NO_HOST; at = hosts->hosts[at].next) {
		const struct dns_host *host = &hosts->hosts[at];

		if (host->hash == hash && has_name(hosts, host, name))
			return host;
	}
	return NULL;
}

void
lvn_dns_hosts_address(
    const struct dns_hosts *hosts, const struct dns_host *host, union inet_sockaddr *address_out)
{
	*address_out = hosts->lines[host->line].address;
}

void
lvn_dns_hosts_canonical(
    const struct dns_hosts *hosts, const struct dns_host *host, struct dns_name *name_out)
{
	const struct dns_host *first = &hosts->hosts[hosts->lines[host->line].first_host];
	const uint8_t *stored = hosts->names + first->name_at;

	name_out->size = stored[0];
	memcpy(name_out->wire, stored + 1, stored[0]);
}
