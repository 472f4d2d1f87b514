/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_answer.h"

#include <errno.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_edns.h"
#include "dns/dns_records.h"

/* In front of data that are no addresses. */
#define SIZE_SIZE 2

/* A reply that is read: what is malformed in it has been found before. */
struct reply {
	struct dns_header header;
	struct dns_reader answers; /* at the first record of the answer section */
	/* In the case of the message, as most of its names are. */
	struct dns_question question;
	uint16_t rcode;
};

/* What the answer section says about one name. */
struct found {
	size_t count; /* of records of the type */
	size_t size;  /* of their data in an answer */
	uint32_t ttl; /* the lowest of them */
	bool is_alias;
	uint32_t alias_ttl;
	struct dns_name target;
};

static uint32_t
lower_ttl(uint32_t left, uint32_t right)
{
	return left < right ? left : right;
}

/* The bytes of an address of this type; 0 for other types. */
static size_t
address_size(uint16_t type)
{
	if (type == DNS_TYPE_A)
		return 4;
	return type == DNS_TYPE_AAAA ? 16 : 0;
}

/* Data have their size in front of them unless they are addresses. */
static size_t
prefix_size(uint16_t type)
{
	return address_size(type) > 0 ? 0 : SIZE_SIZE;
}

static bool
is_same_question(const struct dns_question *left, const struct dns_question *right)
{
	return left->type == right->type && left->dns_class == right->dns_class &&
	       lvn_dns_name_equal(&left->name, &right->name);
}

/* Reads the header and the question.  Other errors than NXDOMAIN may come without it. */
static int
open_reply(
    struct reply *reply, const void *message, size_t size, const struct dns_question *question)
{
	struct dns_edns edns;
	unsigned questions;

	if (lvn_dns_edns_find(message, size, &edns) < 0 ||
	    lvn_dns_message_open(&reply->answers, message, size, &reply->header) < 0)
		return -EBADMSG;
	if ((reply->header.flags & (DNS_FLAG_RESPONSE | DNS_OPCODE_MASK)) != DNS_FLAG_RESPONSE)
		return -EBADMSG;
	reply->rcode = lvn_dns_edns_rcode(&edns, reply->header.flags);
	questions = reply->header.counts[DNS_SECTION_QUESTION];
	if (questions == 0 && reply->rcode != DNS_RCODE_NOERROR &&
	    reply->rcode != DNS_RCODE_NXDOMAIN)
		return 0;
	if (questions != 1 || !lvn_dns_message_read_question(&reply->answers, &reply->question))
		return -EBADMSG;
	return is_same_question(&reply->question, question) ? 0 : -EBADMSG;
}

/* Reads the data of a record, as those of its type. */
static int
read_data(const struct reply *reply, const struct dns_record *record, struct dns_data *data_out)
{
	struct dns_reader reader = lvn_dns_message_data(&reply->answers, record);

	return lvn_dns_records_read(&reader, record->type, data_out);
}

static int
note_record(const struct reply *reply, const struct dns_record *record, struct found *found)
{
	struct dns_data data;
	size_t size;

	if (read_data(reply, record, &data) < 0)
		return -EBADMSG;
	if (record->type != reply->question.type) {
		found->is_alias = true;
		found->alias_ttl = record->ttl;
		found->target = data.as.name;
		return 0;
	}
	size = lvn_dns_records_plain_size(&data);
	if (size > UINT16_MAX)
		return -EBADMSG;
	found->count++;
	found->size += prefix_size(record->type) + size;
	found->ttl = lower_ttl(found->ttl, record->ttl);
	return 0;
}

/* Whether the record has this owner and the class and type asked for, or is an alias. */
static bool
concerns(const struct reply *reply, const struct dns_record *record, const struct dns_name *name)
{
	return (record->type == reply->question.type || record->type == DNS_TYPE_CNAME) &&
	       record->dns_class == reply->question.dns_class &&
	       lvn_dns_name_equal(&record->owner, name);
}

/* Finds the records and the alias of this name, in whatever order they are. */
static int
look_up(const struct reply *reply, const struct dns_name *name, struct found *found)
{
	struct dns_reader reader = reply->answers;
	struct dns_record record;

	found->count = found->size = 0;
	found->ttl = found->alias_ttl = INT32_MAX;
	found->is_alias = false;
	for (unsigned i = 0; i < reply->header.counts[DNS_SECTION_ANSWER]; i++) {
		if (!lvn_dns_message_read_record(&reader, &record))
			return -EBADMSG;
		if (concerns(reply, &record, name) && note_record(reply, &record, found) < 0)
			return -EBADMSG;
	}
	return 0;
}

/*
 * Goes from the name to that of its last alias, and finds the records there.  Returns how many
 * aliases there were; ttl_out is the lowest of theirs.
 */
static int
follow_aliases(
    const struct reply *reply, struct dns_name *name, struct found *found, uint32_t *ttl_out)
{
	int aliases = 0;

	*ttl_out = INT32_MAX;
	for (;;) {
		if (look_up(reply, name, found) < 0)
			return -EBADMSG;
		if (found->count > 0 || !found->is_alias)
			return aliases;
		if (aliases == LVN_DNS_ALIASES_MAX)
			return -EBADMSG;
		aliases++;
		*name = found->target;
		*ttl_out = lower_ttl(*ttl_out, found->alias_ttl);
	}
}

/* How long it may be remembered that there is nothing at this name: ttl_out, 0 without SOA. */
static int
read_negative_ttl(const struct reply *reply, const struct dns_name *name, uint32_t *ttl_out)
{
	struct dns_reader reader = reply->answers;
	unsigned answers = reply->header.counts[DNS_SECTION_ANSWER];
	unsigned end = answers + reply->header.counts[DNS_SECTION_AUTHORITY];
	struct dns_record record;
	struct dns_data data;

	*ttl_out = 0;
	for (unsigned i = 0; i < end; i++) {
		if (!lvn_dns_message_read_record(&reader, &record))
			return -EBADMSG;
		if (i < answers || record.type != DNS_TYPE_SOA ||
		    record.dns_class != reply->question.dns_class ||
		    !lvn_dns_name_is_below(name, &record.owner))
			continue;
		if (read_data(reply, &record, &data) < 0)
			return -EBADMSG;
		*ttl_out = lower_ttl(record.ttl, data.as.soa.minimum);
		return 0;
	}
	return 0;
}

/* An answer without its records. */
static struct dns_answer *
new_answer(uint16_t type, size_t count, size_t size, const struct dns_name *canonical)
{
	size_t canonical_size = canonical ? canonical->size : 0;
	struct dns_answer *answer = lvn_alloc(sizeof(*answer) + size + canonical_size);

	if (!answer)
		return NULL;
	*answer = (struct dns_answer){
	    .references = 1,
	    .type = type,
	    .count = (uint16_t)count,
	    .canonical_size = (uint8_t)canonical_size,
	    .records_size = (uint32_t)size,
	};
	if (canonical)
		memcpy(answer->data + size, canonical->wire, canonical_size);
	return answer;
}

/* Writes the records of this name, which have been counted, into the answer. */
static int
fill(struct dns_answer *answer, const struct reply *reply, const struct dns_name *name)
{
	struct writer out = {answer->data, answer->data + answer->records_size, false};
	struct dns_reader reader = reply->answers;
	struct dns_record record;
	struct dns_data data;

	for (unsigned i = 0; i < reply->header.counts[DNS_SECTION_ANSWER]; i++) {
		if (!lvn_dns_message_read_record(&reader, &record))
			return -EBADMSG;
		if (record.type != answer->type || !concerns(reply, &record, name))
			continue;
		if (read_data(reply, &record, &data) < 0)
			return -EBADMSG;
		if (prefix_size(record.type) > 0)
			lvn_write_be(&out, lvn_dns_records_plain_size(&data), SIZE_SIZE);
		lvn_dns_records_write_plain(&out, &data);
	}
	LVN_ASSERT(!out.overrun && lvn_writer_left(&out) == 0);
	return 0;
}

/* An answer with the records that were found at `name`. */
static int
read_records(const struct reply *reply, const struct dns_name *name, bool is_alias,
    const struct found *found, struct dns_answer **answer_out)
{
	const struct dns_name *canonical = is_alias ? name : NULL;
	struct dns_answer *answer =
	    new_answer(reply->question.type, found->count, found->size, canonical);

	if (!answer)
		return -ENOMEM;
	answer->ttl = found->ttl;
	if (fill(answer, reply, name) < 0) {
		lvn_free(answer);
		return -EBADMSG;
	}
	*answer_out = answer;
	return 0;
}

/* An answer that there is no such name, or no such record. */
static int
read_nothing(const struct reply *reply, const struct dns_name *name, bool is_alias,
    struct dns_answer **answer_out)
{
	struct dns_answer *answer;
	uint32_t ttl;

	if (read_negative_ttl(reply, name, &ttl) < 0)
		return -EBADMSG;
	answer = new_answer(reply->question.type, 0, 0, is_alias ? name : NULL);
	if (!answer)
		return -ENOMEM;
	answer->status = reply->rcode == DNS_RCODE_NOERROR ? LVN_DNS_STATUS_NODATA : reply->rcode;
	answer->ttl = ttl;
	*answer_out = answer;
	return 0;
}

static int
read_answer(const struct reply *reply, struct dns_answer **answer_out)
{
	struct dns_name name = reply->question.name;
	struct found found;
	uint32_t ttl;
	int aliases = follow_aliases(reply, &name, &found, &ttl), rc;

	if (aliases < 0)
		return aliases;
	if (reply->rcode == DNS_RCODE_NOERROR && found.count > 0)
		rc = read_records(reply, &name, aliases > 0, &found, answer_out);
	else
		rc = read_nothing(reply, &name, aliases > 0, answer_out);
	if (rc == 0)
		(*answer_out)->ttl = lower_ttl((*answer_out)->ttl, ttl);
	return rc;
}

int
lvn_dns_answer_read(const void *message, size_t size, const struct dns_question *question,
    struct dns_answer **answer_out)
{
	struct dns_answer *answer;
	struct reply reply;
	int rc = open_reply(&reply, message, size, question);

	if (rc < 0)
		return rc;
	if (reply.rcode == DNS_RCODE_NOERROR || reply.rcode == DNS_RCODE_NXDOMAIN) {
		rc = read_answer(&reply, &answer);
	} else {
		answer = lvn_dns_answer_of_failure(question->type, reply.rcode, 0);
		rc = answer ? 0 : -ENOMEM;
	}
	if (rc < 0)
		return rc;
	answer->authentic = (reply.header.flags & DNS_FLAG_AUTHENTIC_DATA) != 0;
	*answer_out = answer;
	return 0;
}

struct dns_answer *
lvn_dns_answer_of_addresses(uint16_t type, uint32_t ttl, const void *addresses, size_t count,
    const struct dns_name *canonical)
{
	size_t size = address_size(type);
	struct dns_answer *answer;

	if (count == 0 || count > UINT16_MAX)
		return NULL;
	LVN_ASSERT(size > 0);
	answer = new_answer(type, count, count * size, canonical);
	if (!answer)
		return NULL;
	answer->ttl = ttl;
	memcpy(answer->data, addresses, count * size);
	return answer;
}

struct dns_answer *
lvn_dns_answer_of_failure(uint16_t type, uint16_t status, uint32_t ttl)
{
	struct dns_answer *answer = new_answer(type, 0, 0, NULL);

	if (!answer)
		return NULL;
	answer->status = status;
	answer->ttl = ttl;
	return answer;
}

struct dns_answer *
lvn_dns_answer_ref(struct dns_answer *answer)
{
	answer->references++;
	return answer;
}

void
lvn_dns_answer_unref(struct dns_answer *answer)
{
	if (answer && --answer->references == 0)
		lvn_free(answer);
}

size_t
lvn_dns_answer_memory(const struct dns_answer *answer)
{
	return sizeof(*answer) + answer->records_size + answer->canonical_size;
}

const uint8_t *
lvn_dns_answer_addresses(const struct dns_answer *answer)
{
	return answer->count > 0 && address_size(answer->type) > 0 ? answer->data : NULL;
}

const uint8_t *
lvn_dns_answer_next(const struct dns_answer *answer, const uint8_t *previous, size_t *size_out)
{
	size_t fixed = address_size(answer->type);
	const uint8_t *at = answer->data;

	if (previous && fixed > 0)
		at = previous + fixed;
	else if (previous)
		at = previous + (size_t)(previous[-2] << 8 | previous[-1]);
	if (at == answer->data + answer->records_size)
		return NULL;
	if (fixed == 0) {
		fixed = (size_t)(at[0] << 8 | at[1]);
		at += SIZE_SIZE;
	}
	*size_out = fixed;
	return at;
}

bool
lvn_dns_answer_canonical(const struct dns_answer *answer, struct dns_name *name_out)
{
	if (answer->canonical_size == 0)
		return false;
	memcpy(name_out->wire, answer->data + answer->records_size, answer->canonical_size);
	name_out->size = answer->canonical_size;
	return true;
}
