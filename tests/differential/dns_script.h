/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages of name servers in tests: replies to a query, record by record.  Shared by the
 * programs of the differential tests and by the suites; it does not know how messages travel.
 */
#ifndef DIFFERENTIAL_DNS_SCRIPT_H
#define DIFFERENTIAL_DNS_SCRIPT_H

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_PTR = 12, TYPE_AAAA = 28 };
enum { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL };
enum { FLAG_TRUNCATED = 0x0200 };

struct script_message {
	unsigned char bytes[8192];
	int size;
};

/* A query as the server received it, its name in lower case without a dot at the end. */
struct script_query {
	char name[300];
	int type;
	int number; /* of the server's queries, from 1 */
	struct script_message message;
};

static inline void
script_put(struct script_message *message, const void *data, int size)
{
	if (message->size + size > (int)sizeof(message->bytes))
		abort();
	memcpy(message->bytes + message->size, data, (size_t)size);
	message->size += size;
}

static inline void
script_put_number(struct script_message *message, uint32_t value, int bytes)
{
	while (bytes--) {
		unsigned char byte = (unsigned char)(value >> (8 * bytes));

		script_put(message, &byte, 1);
	}
}

static inline void
script_put_name(struct script_message *message, const char *name)
{
	while (*name) {
		int length = (int)strcspn(name, ".");

		script_put_number(message, (uint32_t)length, 1);
		script_put(message, name, length);
		name += length;
		if (*name == '.')
			name++;
	}
	script_put_number(message, 0, 1);
}

/*
 * Begins a reply to the query with these flags and rcode; records are added in the order of the
 * sections.  An owner of NULL is the name of the question.
 */
static inline void
script_begin(struct script_message *reply, const struct script_query *query, int flags)
{
	int end = 12;

	reply->size = 0;
	while (query->message.bytes[end])
		end += query->message.bytes[end] + 1;
	script_put(reply, query->message.bytes, 2);
	script_put_number(reply, 0x8180u | (uint32_t)flags, 2);
	script_put_number(reply, 1, 2);
	script_put_number(reply, 0, 2);
	script_put_number(reply, 0, 2);
	script_put_number(reply, 0, 2);
	script_put(reply, query->message.bytes + 12, end + 5 - 12);
}

static inline void
script_put_owner(
    struct script_message *reply, int section, const char *owner, int type, uint32_t ttl)
{
	reply->bytes[7 + 2 * section]++;
	if (reply->bytes[7 + 2 * section] == 0)
		reply->bytes[6 + 2 * section]++;
	if (owner)
		script_put_name(reply, owner);
	else
		script_put_number(reply, 0xc00c, 2);
	script_put_number(reply, (uint32_t)type, 2);
	script_put_number(reply, 1, 2);
	script_put_number(reply, ttl, 4);
}

static inline void
script_add(struct script_message *reply, int section, const char *owner, int type, uint32_t ttl,
    const void *data, int size)
{
	script_put_owner(reply, section, owner, type, ttl);
	script_put_number(reply, (uint32_t)size, 2);
	script_put(reply, data, size);
}

/* Data with names have their size set behind them. */
static inline void
script_end_data(struct script_message *reply, int at)
{
	reply->bytes[at - 2] = (unsigned char)((reply->size - at) >> 8);
	reply->bytes[at - 1] = (unsigned char)(reply->size - at);
}

/* A record whose data is a name. */
static inline void
script_add_name(
    struct script_message *reply, const char *owner, int type, uint32_t ttl, const char *name)
{
	int at;

	script_put_owner(reply, SECTION_ANSWER, owner, type, ttl);
	script_put_number(reply, 0, 2);
	at = reply->size;
	script_put_name(reply, name);
	script_end_data(reply, at);
}

static inline void
script_add_soa(struct script_message *reply, uint32_t ttl, uint32_t minimum)
{
	int at;

	script_put_owner(reply, SECTION_AUTHORITY, "test", TYPE_SOA, ttl);
	script_put_number(reply, 0, 2);
	at = reply->size;
	script_put_name(reply, "ns.test");
	script_put_name(reply, "mail.test");
	for (uint32_t i = 1; i < 5; i++)
		script_put_number(reply, i, 4);
	script_put_number(reply, minimum, 4);
	script_end_data(reply, at);
}

/* The addresses 10.0.0.1 to 10.0.0.COUNT, or 2001:db8::1 to 2001:db8::COUNT. */
static inline void
script_add_addresses(
    struct script_message *reply, const char *owner, int type, uint32_t ttl, int count)
{
	unsigned char address[16] = {0x20, 0x01, 0x0d, 0xb8};

	if (type == TYPE_A)
		memcpy(address, "\12\0\0", 4);
	for (int i = 1; i <= count; i++) {
		address[type == TYPE_A ? 3 : 15] = (unsigned char)i;
		address[type == TYPE_A ? 2 : 14] = (unsigned char)(i >> 8);
		script_add(
		    reply, SECTION_ANSWER, owner, type, ttl, address, type == TYPE_A ? 4 : 16);
	}
}

/* Reads the name and the type of the query from its message. */
static inline void
script_read_query(struct script_query *query)
{
	const unsigned char *at = query->message.bytes + 12;
	size_t used = 0;

	while (*at) {
		for (int i = 1; i <= *at; i++)
			query->name[used++] = (char)tolower(at[i]);
		at += *at + 1;
		query->name[used++] = '.';
	}
	query->name[used ? used - 1 : 0] = '\0';
	query->type = at[1] << 8 | at[2];
}

#endif
