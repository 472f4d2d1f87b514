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
fill_a(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	(void)view;
	memcpy(&record->as.a, data->as.a, sizeof(data->as.a));
}

static void
fill_aaaa(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	(void)view;
	memcpy(&record->as.aaaa, data->as.aaaa, sizeof(data->as.aaaa));
}

static void
fill_name(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	record->as.name = take_name(view, &data->as.name);
}

static void
fill_mx(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	record->as.mx.preference = data->as.mx.preference;
	record->as.mx.exchange = take_name(view, &data->as.mx.exchange);
}

static void
fill_soa(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	const struct dns_soa *soa = &data->as.soa;

	record->as.soa = (struct levin_dns_soa){
	    .primary = take_name(view, &soa->primary),
	    .mailbox = take_name(view, &soa->mailbox),
	    .serial = soa->serial,
	    .refresh = soa->refresh,
	    .retry = soa->retry,
	    .expire = soa->expire,
	    .minimum = soa->minimum,
	};
}

static void
fill_srv(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	record->as.srv = (struct levin_dns_srv){
	    .priority = data->as.srv.priority,
	    .weight = data->as.srv.weight,
	    .port = data->as.srv.port,
	    .target = take_name(view, &data->as.srv.target),
	};
}

static void
fill_txt(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	struct dns_bytes left = data->as.txt, string;
	struct levin_dns_bytes *strings;
	size_t count = 0;

	while (lvn_dns_records_next_string(&left, &string))
		count++;
	strings = take(view, count * sizeof(*strings));
	record->as.txt = (struct levin_dns_txt){strings, count};
	left = data->as.txt;
	for (size_t i = 0; strings && lvn_dns_records_next_string(&left, &string); i++)
		strings[i] = bytes_of(&string);
}

static void
fill_caa(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	const struct dns_caa *caa = &data->as.caa;

	record->as.caa = (struct levin_dns_caa){
	    .flags = caa->flags,
	    .tag = take_text(view, caa->tag.bytes, caa->tag.size),
	    .value = bytes_of(&caa->value),
	};
}

static void
fill_naptr(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	const struct dns_naptr *naptr = &data->as.naptr;

	record->as.naptr = (struct levin_dns_naptr){
	    .order = naptr->order,
	    .preference = naptr->preference,
	    .flags = bytes_of(&naptr->flags),
	    .services = bytes_of(&naptr->services),
	    .expression = bytes_of(&naptr->expression),
	    .replacement = take_name(view, &naptr->replacement),
	};
}

static void
fill_tlsa(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	const struct dns_tlsa *tlsa = &data->as.tlsa;

	(void)view;
	record->as.tlsa = (struct levin_dns_tlsa){
	    .usage = tlsa->usage,
	    .selector = tlsa->selector,
	    .matching_type = tlsa->matching_type,
	    .certificate = bytes_of(&tlsa->certificate),
	};
}

static void
fill_svcb(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	const struct dns_svcb *svcb = &data->as.svcb;
	struct dns_bytes left = svcb->parameters, value;
	struct levin_dns_parameter *parameters;
	size_t count = 0;
	uint16_t key;

	while (lvn_dns_records_next_parameter(&left, &key, &value))
		count++;
	parameters = take(view, count * sizeof(*parameters));
	record->as.svcb = (struct levin_dns_svcb){
	    .priority = svcb->priority,
	    .target = take_name(view, &svcb->target),
	    .parameters = parameters,
	    .count = count,
	};
	left = svcb->parameters;
	for (size_t i = 0; parameters && lvn_dns_records_next_parameter(&left, &key, &value); i++)
		parameters[i] = (struct levin_dns_parameter){key, bytes_of(&value)};
}

static const struct filler {
	uint16_t type;
	void (*fill)(
	    struct view *view, const struct dns_data *data, struct levin_dns_record *record);
} fillers[] = {
    {DNS_TYPE_A, fill_a},
    {DNS_TYPE_AAAA, fill_aaaa},
    {DNS_TYPE_NS, fill_name},
    {DNS_TYPE_CNAME, fill_name},
    {DNS_TYPE_PTR, fill_name},
    {DNS_TYPE_DNAME, fill_name},
    {DNS_TYPE_MX, fill_mx},
    {DNS_TYPE_SOA, fill_soa},
    {DNS_TYPE_SRV, fill_srv},
    {DNS_TYPE_TXT, fill_txt},
    {DNS_TYPE_CAA, fill_caa},
    {DNS_TYPE_NAPTR, fill_naptr},
    {DNS_TYPE_TLSA, fill_tlsa},
    {DNS_TYPE_SVCB, fill_svcb},
    {DNS_TYPE_HTTPS, fill_svcb},
};

static void
fill(struct view *view, const struct dns_data *data, struct levin_dns_record *record)
{
	for (size_t i = 0; i < LVN_COUNT_OF(fillers); i++) {
		if (fillers[i].type == data->type)
			fillers[i].fill(view, data, record);
	}
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
