/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_reply.h"

#include <errno.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_edns.h"

/* Space that is allocated at first. */
#define FIRST_CAPACITY 1024

/* Stands before the owner and the data of each record, at any address. */
struct fixed {
	uint32_t ttl;
	uint16_t type;
	uint16_t dns_class;
	uint16_t data_size;
	uint8_t owner_size;
	uint8_t section;
	bool is_name; /* the data are */
};

void
lvn_dns_reply_init(struct dns_reply *reply, void *space, size_t capacity)
{
	*reply = (struct dns_reply){.bytes = space, .capacity = capacity};
}

void
lvn_dns_reply_clear(struct dns_reply *reply)
{
	if (reply->is_allocated)
		lvn_free(reply->bytes);
	lvn_dns_reply_init(reply, NULL, 0);
}

/* ---- Adding -------------------------------------------------------------------------- */

static int
make_space(struct dns_reply *reply, size_t size)
{
	size_t capacity = FIRST_CAPACITY;
	uint8_t *bytes;

	if (size <= reply->capacity - reply->size)
		return 0;
	while (capacity < 2 * reply->capacity || capacity < reply->size + size)
		capacity *= 2;
	bytes = lvn_realloc(reply->is_allocated ? reply->bytes : NULL, capacity);
	if (!bytes)
		return -ENOMEM;
	if (!reply->is_allocated && reply->size > 0)
		memcpy(bytes, reply->bytes, reply->size);
	reply->bytes = bytes;
	reply->capacity = capacity;
	reply->is_allocated = true;
	return 0;
}

static void
append(struct dns_reply *reply, const void *bytes, size_t size)
{
	if (size == 0)
		return;
	memcpy(reply->bytes + reply->size, bytes, size);
	reply->size += size;
}

int
lvn_dns_reply_add(struct dns_reply *reply, const struct dns_reply_record *record)
{
	const uint8_t *data = record->name ? record->name->wire : record->bytes;
	size_t data_size = record->name ? record->name->size : record->size;
	struct fixed fixed;
	int rc;

	if (record->section <= DNS_SECTION_QUESTION || record->section >= DNS_SECTION_COUNT ||
	    data_size > UINT16_MAX)
		return -EINVAL;
	if (record->count > (size_t)UINT16_MAX - reply->counts[record->section])
		return -EMSGSIZE;
	rc = make_space(reply, record->count * (sizeof(fixed) + record->owner->size + data_size));
	if (rc < 0)
		return rc;
	fixed = (struct fixed){record->ttl, record->type, record->dns_class, (uint16_t)data_size,
	    record->owner->size, (uint8_t)record->section, record->name != NULL};
	for (size_t i = 0; i < record->count; i++) {
		append(reply, &fixed, sizeof(fixed));
		append(reply, record->owner->wire, record->owner->size);
		append(reply, data, data_size);
		data += record->bytes ? data_size : 0;
	}
	reply->counts[record->section] = (uint16_t)(reply->counts[record->section] + record->count);
	if (record->type == DNS_TYPE_OPT)
		reply->has_opt = true;
	return 0;
}

/* The fixed part is larger than that of the wire, and names are not compressed. */
size_t
lvn_dns_reply_bound(const struct dns_reply *reply)
{
	return reply->size;
}

/* ---- Writing ------------------------------------------------------------------------- */

static void
set_name(struct dns_name *name, const uint8_t *wire, size_t size)
{
	name->size = (uint8_t)size;
	memcpy(name->wire, wire, size);
}

/* The types of RFC 1035 whose data are one name.  Others may not be compressed (RFC 3597 4). */
static bool
may_be_compressed(uint16_t type)
{
	enum { MD = 3, MF = 4, MB = 7, MG = 8, MR = 9 };

	switch (type) {
	case DNS_TYPE_NS:
	case MD:
	case MF:
	case DNS_TYPE_CNAME:
	case MB:
	case MG:
	case MR:
	case DNS_TYPE_PTR:
		return true;
	default:
		return false;
	}
}

static int
write_record(struct dns_writer *writer, const struct fixed *fixed, const uint8_t *bytes)
{
	const uint8_t *data = bytes + fixed->owner_size;
	struct dns_name name;

	set_name(&name, bytes, fixed->owner_size);
	lvn_dns_message_begin_record(writer, (enum dns_section)fixed->section, &name, fixed->type,
	    fixed->dns_class, fixed->ttl);
	if (fixed->is_name && may_be_compressed(fixed->type)) {
		set_name(&name, data, fixed->data_size);
		lvn_dns_message_write_compressed(writer, &name);
	} else {
		lvn_write_bytes(&writer->out, data, fixed->data_size);
	}
	return lvn_dns_message_end_record(writer);
}

/* Returns 0, or -EMSGSIZE after the records that fit. */
static int
write_section(const struct dns_reply *reply, struct dns_writer *writer, enum dns_section section)
{
	size_t at = 0;

	if (reply->counts[section] == 0)
		return 0;
	while (at < reply->size) {
		const uint8_t *bytes = reply->bytes + at + sizeof(struct fixed);
		struct fixed fixed;

		memcpy(&fixed, reply->bytes + at, sizeof(fixed));
		if (fixed.section == section && write_record(writer, &fixed, bytes) < 0)
			return -EMSGSIZE;
		at += sizeof(fixed) + fixed.owner_size + fixed.data_size;
	}
	return 0;
}

/* Returns 0, or -EMSGSIZE after the questions that fit. */
static int
write_questions(struct dns_writer *writer, const struct dns_reply_head *head)
{
	struct dns_reader reader = lvn_dns_message_behind_header(head->query, head->query_size);
	struct dns_question question;
	int rc = 0;

	while (rc == 0 && lvn_reader_left(&reader.in) > 0 &&
	       lvn_dns_message_read_question(&reader, &question))
		rc = lvn_dns_message_write_question(writer, &question);
	return rc;
}

/* Whether the TC flag has to be set for what is missing. */
static bool
write_sections(
    const struct dns_reply *reply, const struct dns_reply_head *head, struct dns_writer *writer)
{
	if (write_questions(writer, head) < 0 ||
	    write_section(reply, writer, DNS_SECTION_ANSWER) < 0 ||
	    write_section(reply, writer, DNS_SECTION_AUTHORITY) < 0)
		return true;
	/* Without an answer, they are the addresses of a referral's servers (RFC 9471). */
	return write_section(reply, writer, DNS_SECTION_ADDITIONAL) < 0 &&
	       reply->counts[DNS_SECTION_ANSWER] == 0;
}

size_t
lvn_dns_reply_write(
    const struct dns_reply *reply, const struct dns_reply_head *head, void *message, size_t limit)
{
	bool wants_opt = head->has_edns && !reply->has_opt;
	size_t reserved = wants_opt ? LVN_DNS_EDNS_SIZE : 0;
	struct dns_writer writer;

	LVN_ASSERT(limit >= LVN_DNS_PLAIN_MAX);
	lvn_dns_message_begin(&writer, message, limit - reserved, head->id, head->flags);
	if (write_sections(reply, head, &writer))
		lvn_dns_message_set_flags(&writer, head->flags | DNS_FLAG_TRUNCATED);
	if (wants_opt) {
		int rc;

		lvn_dns_message_extend(&writer, reserved);
		lvn_dns_edns_begin(&writer, head->udp_size, head->dnssec_ok, 0);
		rc = lvn_dns_edns_end(&writer);
		LVN_ASSERT(rc == 0);
	}
	return lvn_dns_message_size(&writer);
}
