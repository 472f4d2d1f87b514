/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_message.h"

#include <errno.h>
#include <string.h>

#include "base/private.h"

/* The two upper bits of a pointer to a prior name; in front of a label they are 0. */
#define POINTER_BITS 0xc0
/* As far as 14 bits reach. */
#define POINTER_MAX 0x3fff
/* A name has so many labels: one pointer for each is more than any compression needs. */
#define POINTERS_MAX 127

#define FLAGS_AT  2
#define COUNTS_AT 4

static uint16_t
number_at(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

int
lvn_dns_message_open(
    struct dns_reader *reader, const void *message, size_t size, struct dns_header *header_out)
{
	const uint8_t *bytes = message;

	if (size < LVN_DNS_HEADER_SIZE || size > LVN_DNS_MESSAGE_MAX)
		return -EBADMSG;
	*reader = lvn_dns_message_behind_header(message, size);
	header_out->id = number_at(bytes);
	header_out->flags = number_at(bytes + FLAGS_AT);
	for (size_t i = 0; i < DNS_SECTION_COUNT; i++)
		header_out->counts[i] = number_at(bytes + COUNTS_AT + 2 * i);
	return 0;
}

struct dns_reader
lvn_dns_message_behind_header(const void *message, size_t size)
{
	const uint8_t *bytes = message;

	return (struct dns_reader){{bytes + LVN_DNS_HEADER_SIZE, bytes + size, false}, bytes};
}

struct dns_reader
lvn_dns_message_plain_data(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	return (struct dns_reader){{at, at + size, false}, NULL};
}

struct dns_reader
lvn_dns_message_data(const struct dns_reader *reader, const struct dns_record *record)
{
	return (struct dns_reader){
	    {record->data, record->data + record->data_size, false}, reader->message};
}

bool
lvn_dns_message_is_done(const struct dns_reader *reader)
{
	return !reader->in.overrun && lvn_reader_left(&reader->in) == 0;
}

/* Where the pointer at `at` points to: to a place before `labels`; else NULL. */
static const uint8_t *
follow_pointer(const struct dns_reader *reader, const uint8_t *at, const uint8_t *labels)
{
	size_t offset;

	if (!reader->message || reader->in.end - at < 2)
		return NULL;
	offset = (size_t)(at[0] & ~POINTER_BITS) << 8 | at[1];
	if (offset < LVN_DNS_HEADER_SIZE || offset >= (size_t)(labels - reader->message))
		return NULL;
	return reader->message + offset;
}

/* Adds the label at `at` to the name.  Returns where the next one is, or NULL. */
static const uint8_t *
take_label(const uint8_t *at, const uint8_t *end, struct dns_name *name)
{
	size_t size = 1 + (size_t)*at;

	if (*at > LVN_DNS_LABEL_MAX || size > (size_t)(end - at) ||
	    name->size + size > LVN_DNS_NAME_MAX)
		return NULL;
	memcpy(name->wire + name->size, at, size);
	name->size = (uint8_t)(name->size + size);
	return at + size;
}

/* Each pointer leads to a place before the labels that end in it, so that there is an end. */
static bool
read_labels(struct dns_reader *reader, struct dns_name *name)
{
	const uint8_t *at = reader->in.at, *end = reader->in.end;
	const uint8_t *labels = at, *behind = NULL;
	unsigned pointers = 0;
	bool is_root = false;

	name->size = 0;
	while (!is_root) {
		if (at == end)
			return false;
		if ((*at & POINTER_BITS) == POINTER_BITS) {
			behind = behind ? behind : at + 2;
			at = labels = follow_pointer(reader, at, labels);
			if (!at || ++pointers > POINTERS_MAX)
				return false;
			continue;
		}
		is_root = *at == 0;
		at = take_label(at, end, name);
		if (!at)
			return false;
	}
	reader->in.at = behind ? behind : at;
	return true;
}

bool
lvn_dns_message_read_name(struct dns_reader *reader, struct dns_name *name_out)
{
	if (reader->in.overrun || !read_labels(reader, name_out)) {
		reader->in.overrun = true;
		return false;
	}
	return true;
}

bool
lvn_dns_message_skip_name(struct dns_reader *reader)
{
	const uint8_t *at = reader->in.at, *end = reader->in.end;

	while (!reader->in.overrun && at < end) {
		size_t label = *at;

		if (label == 0 || label >= POINTER_BITS)
			return lvn_read_bytes(&reader->in, label == 0 ? 1 : 2) != NULL;
		if (label > LVN_DNS_LABEL_MAX)
			break;
		at = lvn_read_bytes(&reader->in, 1 + label) ? at + 1 + label : end;
	}
	reader->in.overrun = true;
	return false;
}

bool
lvn_dns_message_read_question(struct dns_reader *reader, struct dns_question *question_out)
{
	if (!lvn_dns_message_read_name(reader, &question_out->name))
		return false;
	question_out->type = (uint16_t)lvn_read_be(&reader->in, 2);
	question_out->dns_class = (uint16_t)lvn_read_be(&reader->in, 2);
	return !reader->in.overrun;
}

bool
lvn_dns_message_read_record(struct dns_reader *reader, struct dns_record *record_out)
{
	if (!lvn_dns_message_read_name(reader, &record_out->owner))
		return false;
	record_out->type = (uint16_t)lvn_read_be(&reader->in, 2);
	record_out->dns_class = (uint16_t)lvn_read_be(&reader->in, 2);
	record_out->ttl = (uint32_t)lvn_read_be(&reader->in, 4);
	if (record_out->ttl > INT32_MAX && record_out->type != DNS_TYPE_OPT)
		record_out->ttl = 0;
	record_out->data_size = (size_t)lvn_read_be(&reader->in, 2);
	record_out->data = lvn_read_bytes(&reader->in, record_out->data_size);
	return !reader->in.overrun;
}

/* Writes a number over one that was written before. */
static void
overwrite_16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
count_one(struct dns_writer *writer, size_t section)
{
	uint8_t *count = writer->message + COUNTS_AT + 2 * section;

	overwrite_16(count, number_at(count) + 1U);
}

void
lvn_dns_message_begin(
    struct dns_writer *writer, void *message, size_t limit, uint16_t id, uint16_t flags)
{
	LVN_ASSERT(limit >= LVN_DNS_HEADER_SIZE && limit <= LVN_DNS_MESSAGE_MAX);
	writer->message = message;
	writer->out = (struct writer){writer->message, writer->message + limit, false};
	writer->record = writer->record_data = NULL;
	writer->record_section = DNS_SECTION_QUESTION;
	writer->record_targets = writer->target_count = 0;
	lvn_write_be(&writer->out, id, 2);
	lvn_write_be(&writer->out, flags, 2);
	lvn_write_be(&writer->out, 0, 2 * DNS_SECTION_COUNT);
}

void
lvn_dns_message_extend(struct dns_writer *writer, size_t size)
{
	writer->out.end += size;
	LVN_ASSERT(writer->out.end - writer->message <= LVN_DNS_MESSAGE_MAX);
}

void
lvn_dns_message_set_flags(struct dns_writer *writer, uint16_t flags)
{
	overwrite_16(writer->message + FLAGS_AT, flags);
}

size_t
lvn_dns_message_size(const struct dns_writer *writer)
{
	return (size_t)(writer->out.at - writer->message);
}

/* Of all labels up to the root: FNV-1a from the last label to the first. */
static uint16_t
hash_label(const uint8_t *label, uint16_t hash_behind)
{
	uint32_t hash = UINT32_C(2166136261) ^ hash_behind;

	for (size_t i = 0; i <= *label; i++)
		hash = (hash ^ label[i]) * UINT32_C(16777619);
	return (uint16_t)(hash ^ hash >> 16);
}

/* Whether the labels at `at` in the message are those of `labels`, to the root. */
static bool
is_written_at(const struct dns_writer *writer, size_t at, const uint8_t *labels)
{
	for (;;) {
		const uint8_t *written = writer->message + at;
		size_t size = 1 + (size_t)*written;

		if ((*written & POINTER_BITS) == POINTER_BITS) {
			at = (size_t)(written[0] & ~POINTER_BITS) << 8 | written[1];
			continue;
		}
		if (*labels != *written || memcmp(written, labels, size) != 0)
			return false;
		if (*labels == 0)
			return true;
		at += size;
		labels += size;
	}
}

/* Where these labels have been written before, as one of the first `count` targets; else 0. */
static size_t
find_target(const struct dns_writer *writer, size_t count, const uint8_t *labels, uint16_t hash)
{
	for (size_t i = 0; i < count; i++) {
		const struct dns_target *target = &writer->targets[i];

		if (target->hash == hash && is_written_at(writer, target->at, labels))
			return target->at;
	}
	return 0;
}

static void
write_label(struct dns_writer *writer, const uint8_t *label, uint16_t hash)
{
	size_t at = lvn_dns_message_size(writer);

	lvn_write_bytes(&writer->out, label, 1 + (size_t)*label);
	if (!writer->out.overrun && at <= POINTER_MAX &&
	    writer->target_count < LVN_DNS_COMPRESSION_CAPACITY)
		writer->targets[writer->target_count++] = (struct dns_target){(uint16_t)at, hash};
}

/* Letters must have the same case, which is kept so. */
void
lvn_dns_message_write_compressed(struct dns_writer *writer, const struct dns_name *name)
{
	struct label {
		uint8_t at;
		uint16_t hash;
	} labels[LVN_DNS_NAME_MAX / 2];
	/* Names that are whole: this one is not yet. */
	size_t target_count = writer->target_count;
	size_t count = 0;
	uint16_t hash = 0;

	if (writer->out.overrun)
		return;
	for (size_t at = 0; name->wire[at] != 0; at += 1 + (size_t)name->wire[at])
		labels[count++].at = (uint8_t)at;
	for (size_t i = count; i > 0; i--)
		labels[i - 1].hash = hash = hash_label(name->wire + labels[i - 1].at, hash);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *label = name->wire + labels[i].at;
		size_t target = find_target(writer, target_count, label, labels[i].hash);

		if (target != 0) {
			lvn_write_be(&writer->out, (uint64_t)POINTER_BITS << 8 | target, 2);
			return;
		}
		write_label(writer, label, labels[i].hash);
	}
	lvn_write_be(&writer->out, 0, 1);
}

/* Takes back what was written since `at`, if there was not enough space for it. */
static int
take_back(struct dns_writer *writer, uint8_t *at, uint8_t target_count)
{
	if (!writer->out.overrun)
		return 0;
	writer->out.at = at;
	writer->out.overrun = false;
	writer->target_count = target_count;
	return -EMSGSIZE;
}

int
lvn_dns_message_write_question(struct dns_writer *writer, const struct dns_question *question)
{
	uint8_t *at = writer->out.at, target_count = writer->target_count;
	int rc;

	LVN_ASSERT(!writer->record && writer->record_section == DNS_SECTION_QUESTION);
	lvn_dns_message_write_compressed(writer, &question->name);
	lvn_write_be(&writer->out, question->type, 2);
	lvn_write_be(&writer->out, question->dns_class, 2);
	rc = take_back(writer, at, target_count);
	if (rc == 0)
		count_one(writer, DNS_SECTION_QUESTION);
	return rc;
}

void
lvn_dns_message_put_question(struct dns_writer *writer, const uint8_t *question, size_t size)
{
	lvn_write_bytes(&writer->out, question, size);
	count_one(writer, DNS_SECTION_QUESTION);
}

void
lvn_dns_message_begin_record(struct dns_writer *writer, enum dns_section section,
    const struct dns_name *owner, uint16_t type, uint16_t dns_class, uint32_t ttl)
{
	LVN_ASSERT(!writer->record);
	LVN_ASSERT(section > DNS_SECTION_QUESTION && section >= writer->record_section);
	writer->record = writer->out.at;
	writer->record_section = (uint8_t)section;
	writer->record_targets = writer->target_count;
	lvn_dns_message_write_compressed(writer, owner);
	lvn_write_be(&writer->out, type, 2);
	lvn_write_be(&writer->out, dns_class, 2);
	lvn_write_be(&writer->out, ttl, 4);
	lvn_write_be(&writer->out, 0, 2);
	writer->record_data = writer->out.at;
}

int
lvn_dns_message_end_record(struct dns_writer *writer)
{
	uint8_t *record = writer->record;
	int rc;

	LVN_ASSERT(record);
	writer->record = NULL;
	rc = take_back(writer, record, writer->record_targets);
	if (rc < 0)
		return rc;
	overwrite_16(writer->record_data - 2, (size_t)(writer->out.at - writer->record_data));
	count_one(writer, writer->record_section);
	return 0;
}
