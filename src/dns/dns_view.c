/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_view.h"

#include <errno.h>
#include <levin/dns.h>
#include <stddef.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_exchange.h"
#include "dns/dns_message.h"
#include "dns/dns_records.h"
#include "dns/dns_server.h"

/* Bytes of a block that holds several things. */
#define BLOCK_SIZE 1024

/* What every address in a block is a multiple of. */
#define ALIGNMENT sizeof(union aligned)

union aligned {
	void *pointer;
	uint64_t number;
};

struct block {
	struct block *next;
	union aligned memory[];
};

/*
 * An answer with its memory.  Invariants:
 *   1. at to at + left is free space of the first block
 *   2. once error is set, nothing more is taken, and what was taken may be missing
 */
struct view {
	struct levin_dns_answer answer;
	const struct dns_name *asked; /* while it is read */
	struct block *blocks;
	uint8_t *at;
	size_t left;
	size_t size; /* of all blocks */
	int error;   /* -errno */
};

/* ---- Memory --------------------------------------------------------------------------- */

static void
add_block(struct view *view, size_t size)
{
	struct block *block;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	if (size > LVN_DNS_VIEW_MAX - view->size) {
		view->error = -EMSGSIZE;
		return;
	}
	block = lvn_alloc(sizeof(*block) + size);
	if (!block) {
		view->error = -ENOMEM;
		return;
	}
	block->next = view->blocks;
	view->blocks = block;
	view->at = (uint8_t *)block->memory;
	view->left = size;
	view->size += size;
}

/* Memory that is not set; NULL and the view has an error. */
static void *
take(struct view *view, size_t size)
{
	uint8_t *memory;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!view->error && size > view->left)
		add_block(view, size);
	if (view->error)
		return NULL;
	memory = view->at;
	view->at += size;
	view->left -= size;
	return memory;
}

static const char *
take_text(struct view *view, const void *text, size_t length)
{
	char *copy = take(view, length + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

static const char *
take_name(struct view *view, const struct dns_name *name)
{
	char text[LVN_DNS_NAME_TEXT_CAPACITY];

	return take_text(view, text, lvn_dns_name_print(name, text));
}

/* ---- Data ----------------------------------------------------------------------------- */

static struct levin_dns_bytes
bytes_of(const struct dns_bytes *bytes)
{
	return (struct levin_dns_bytes){bytes->bytes, bytes->size};
}

static void
fill_strings(struct view *view, const struct dns_bytes *from, struct levin_dns_txt *txt)
{
	struct dns_bytes left = *from, string;
	struct levin_dns_bytes *strings;
	size_t count = 0;

	while (lvn_dns_records_next_string(&left, &string))
		count++;
	strings = take(view, count * sizeof(*strings));
	*txt = (struct levin_dns_txt){strings, count};
	left = *from;
	for (size_t i = 0; strings && lvn_dns_records_next_string(&left, &string); i++)
		strings[i] = bytes_of(&string);
}

static void
fill_parameters(struct view *view, const struct dns_bytes *from, struct levin_dns_svcb *svcb)
{
	struct dns_bytes left = *from, value;
	struct levin_dns_parameter *parameters;
	size_t count = 0;
	uint16_t key;

	while (lvn_dns_records_next_parameter(&left, &key, &value))
		count++;
	parameters = take(view, count * sizeof(*parameters));
	svcb->parameters = parameters;
	svcb->count = count;
	left = *from;
	for (size_t i = 0; parameters && lvn_dns_records_next_parameter(&left, &key, &value); i++)
		parameters[i] = (struct levin_dns_parameter){key, bytes_of(&value)};
}

/* Numbers and addresses are the same in both structs. */
static void
fill_field(struct view *view, uint8_t kind, const void *from, void *to)
{
	const struct dns_bytes *bytes = from;

	switch ((enum dns_field_kind)kind) {
	case DNS_FIELD_U8:
		memcpy(to, from, sizeof(uint8_t));
		break;
	case DNS_FIELD_U16:
		memcpy(to, from, sizeof(uint16_t));
		break;
	case DNS_FIELD_U32:
		memcpy(to, from, sizeof(uint32_t));
		break;
	case DNS_FIELD_ADDRESS_4:
		memcpy(to, from, sizeof(struct in_addr));
		break;
	case DNS_FIELD_ADDRESS_6:
		memcpy(to, from, sizeof(struct in6_addr));
		break;
	case DNS_FIELD_NAME:
	case DNS_FIELD_COMPRESSED_NAME:
		*(const char **)to = take_name(view, from);
		break;
	case DNS_FIELD_TAG:
		*(const char **)to = take_text(view, bytes->bytes, bytes->size);
		break;
	case DNS_FIELD_STRING:
	case DNS_FIELD_TEXT:
	case DNS_FIELD_BYTES:
		*(struct levin_dns_bytes *)to = bytes_of(bytes);
		break;
	case DNS_FIELD_STRINGS:
		fill_strings(view, bytes, to);
		break;
	case DNS_FIELD_PARAMETERS:
		fill_parameters(view, bytes, container_of(to, struct levin_dns_svcb, parameters));
		break;
	case DNS_FIELD_OTHER:
	case DNS_FIELD_END:
		break;
	}
}

static void
fill(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	for (const struct dns_field *field = lvn_dns_records_fields(data->type);
	     field->kind != DNS_FIELD_END; field++)
		fill_field(view, field->kind, (const uint8_t *)data + field->at,
		    (uint8_t *)record + field->shown_at);
}

/* ---- Records -------------------------------------------------------------------------- */

/* Copies the data of a record, and reads them there, so that they outlive the message. */
static struct levin_dns_bytes
copy_data(struct view *view, struct dns_data *data)
{
	size_t size = lvn_dns_records_plain_size(data);
	uint8_t *copy = take(view, size);
	struct writer out = {copy, copy + size, false};
	struct dns_reader reader;

	if (!copy)
		return (struct levin_dns_bytes){NULL, 0};
	lvn_dns_records_write_plain(&out, data);
	reader = lvn_dns_message_plain_data(copy, size);
	if (lvn_dns_records_read(&reader, data->type, data) < 0)
		view->error = -EBADMSG;
	return (struct levin_dns_bytes){copy, size};
}

/* Records of one owner come one behind the other. */
static const char *
take_owner(struct view *view, const struct dns_name *owner, const char *previous)
{
	char text[LVN_DNS_NAME_TEXT_CAPACITY];
	size_t length;

	if (lvn_dns_name_equal(owner, view->asked))
		return view->answer.name;
	length = lvn_dns_name_print(owner, text);
	if (previous && strcmp(previous, text) == 0)
		return previous;
	return take_text(view, text, length);
}

/* NULL and the view has an error. */
static struct levin_dns_record *
new_record(struct view *view, const struct dns_reader *reader, const struct dns_record *from,
    const char *previous)
{
	struct dns_reader in = lvn_dns_message_data(reader, from);
	struct levin_dns_record *record;
	struct dns_data data;

	if (lvn_dns_records_read(&in, from->type, &data) < 0) {
		view->error = -EBADMSG;
		return NULL;
	}
	record = take(view, sizeof(*record));
	if (!record)
		return NULL;
	*record = (struct levin_dns_record){
	    .name = take_owner(view, &from->owner, previous),
	    .type = from->type,
	    .dns_class = from->dns_class,
	    .ttl = from->ttl,
	    .data = copy_data(view, &data),
	};
	if (view->error)
		return NULL;
	fill(view, &data, record);
	return record;
}

static void
read_section(struct view *view, struct dns_reader *reader, unsigned count,
    const struct levin_dns_record **first_out)
{
	const struct levin_dns_record **end = first_out;
	const char *previous = NULL;

	for (unsigned i = 0; i < count && !view->error; i++) {
		struct levin_dns_record *record;
		struct dns_record from;

		if (!lvn_dns_message_read_record(reader, &from)) {
			view->error = -EBADMSG;
			return;
		}
		if (from.dns_class != DNS_CLASS_IN || from.type == DNS_TYPE_OPT)
			continue;
		record = new_record(view, reader, &from, previous);
		if (!record)
			return;
		*end = record;
		end = &record->next;
		previous = record->name;
	}
}

static void
set_facts(struct view *view, const struct dns_outcome *outcome, const struct dns_header *header)
{
	struct levin_dns_answer *answer = &view->answer;
	char server[LVN_DNS_SERVER_TEXT_CAPACITY];

	answer->rcode = outcome->rcode;
	answer->is_authentic = (header->flags & DNS_FLAG_AUTHENTIC_DATA) != 0;
	answer->is_authoritative = (header->flags & DNS_FLAG_AUTHORITATIVE) != 0;
	answer->is_truncated = (header->flags & DNS_FLAG_TRUNCATED) != 0;
	answer->has_recursion = (header->flags & DNS_FLAG_RECURSION_AVAILABLE) != 0;
	answer->used_tcp = outcome->by_tcp;
	answer->duration_ns = outcome->took_ns;
	if (!outcome->server)
		return;
	lvn_dns_server_print(outcome->server, server);
	answer->server = take_text(view, server, strlen(server));
}

static void
read_all(struct view *view, const struct dns_outcome *outcome, const uint8_t *message)
{
	struct levin_dns_answer *answer = &view->answer;
	struct dns_question question;
	struct dns_header header;
	struct dns_reader reader;

	if (lvn_dns_message_open(&reader, message, outcome->size, &header) < 0 ||
	    header.counts[DNS_SECTION_QUESTION] != 1 ||
	    !lvn_dns_message_read_question(&reader, &question)) {
		view->error = -EBADMSG;
		return;
	}
	answer->name = take_name(view, &question.name);
	answer->type = question.type;
	set_facts(view, outcome, &header);
	read_section(view, &reader, header.counts[DNS_SECTION_ANSWER], &answer->records);
	read_section(view, &reader, header.counts[DNS_SECTION_AUTHORITY], &answer->authority);
	read_section(view, &reader, header.counts[DNS_SECTION_ADDITIONAL], &answer->additional);
	if (!view->error && !lvn_dns_message_is_done(&reader))
		view->error = -EBADMSG;
}

/*
 * The message with the question's name as it was asked for: names that are compressed end there.
 * NULL and the view has an error.
 */
static uint8_t *
new_message(struct view *view, const struct dns_outcome *outcome)
{
	struct dns_reader reader;
	struct dns_header header;
	struct dns_name name;
	uint8_t *copy;

	if (lvn_dns_message_open(&reader, outcome->message, outcome->size, &header) < 0 ||
	    !lvn_dns_message_read_name(&reader, &name) || !lvn_dns_name_equal(&name, view->asked)) {
		view->error = -EBADMSG;
		return NULL;
	}
	copy = lvn_alloc(outcome->size);
	if (!copy) {
		view->error = -ENOMEM;
		return NULL;
	}
	memcpy(copy, outcome->message, outcome->size);
	memcpy(copy + LVN_DNS_HEADER_SIZE, view->asked->wire, view->asked->size);
	return copy;
}

int
lvn_dns_view_new(const struct dns_outcome *outcome, const struct dns_name *asked,
    struct levin_dns_answer **answer_out)
{
	struct view *view = lvn_calloc(1, sizeof(*view));
	uint8_t *message;
	int error;

	if (!view)
		return -ENOMEM;
	view->asked = asked;
	message = new_message(view, outcome);
	if (message)
		read_all(view, outcome, message);
	lvn_free(message);
	error = view->error;
	if (error)
		lvn_dns_view_free(&view->answer);
	else
		*answer_out = &view->answer;
	return error;
}

void
lvn_dns_view_free(struct levin_dns_answer *answer)
{
	struct view *view;

	if (!answer)
		return;
	view = container_of(answer, struct view, answer);
	while (view->blocks) {
		struct block *block = view->blocks;

		view->blocks = block->next;
		lvn_free(block);
	}
	lvn_free(view);
}
