/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/server_request.h"

#include <string.h>

#include "base/private.h"

/* For a few records without another allocation. */
#define RECORDS_SPACE 256

/* Fields of the header that the program sees and sets. */
#define SHOWN_FLAGS (DNS_FLAG_RECURSION_DESIRED | DNS_FLAG_CHECKING_DISABLED)

_Static_assert(
    offsetof(struct server_request, space) % sizeof(void *) == 0, "the space is aligned");

#define ALIGN_UP(size) (((size) + sizeof(void *) - 1) & ~(sizeof(void *) - 1))

/* What a question takes, whichever of its bytes have to be escaped. */
static size_t
space_for_question(size_t name_size)
{
	return ALIGN_UP(offsetof(struct evdns_server_question, name) + 4 * name_size + 1);
}

/* Rounding up adds less than a pointer to each. */
static size_t
space_for_questions(const struct server_query *query)
{
	size_t count = query->header.counts[DNS_SECTION_QUESTION];

	return count * (sizeof(struct evdns_server_question *) + space_for_question(0)) +
	       count * sizeof(void *) + ALIGN_UP(4 * query->names_size);
}

/* The root has no name in libevent. */
static void
show_name(const struct dns_name *name, char *text)
{
	char printed[LVN_DNS_NAME_TEXT_CAPACITY];
	size_t size = lvn_dns_name_print(name, printed);

	memcpy(text, name->size > 1 ? printed : "", name->size > 1 ? size + 1 : 1);
}

static void
show_questions(struct server_request *request, const struct server_query *query)
{
	unsigned count = query->header.counts[DNS_SECTION_QUESTION];
	uint8_t *space = request->space + count * sizeof(struct evdns_server_question *);
	struct dns_reader reader =
	    lvn_dns_message_behind_header(query->message, query->questions_end);
	struct dns_question question;

	request->shown.questions = (void *)request->space;
	while (
	    lvn_reader_left(&reader.in) > 0 && lvn_dns_message_read_question(&reader, &question)) {
		struct evdns_server_question *shown = (void *)space;

		shown->type = question.type;
		shown->dns_question_class = question.dns_class;
		show_name(&question.name, shown->name);
		space += space_for_question(question.name.size);
		request->shown.questions[request->shown.nquestions++] = shown;
	}
}

struct server_request *
lvn_server_request_new(
    const struct server_query *query, const struct sockaddr *address, unsigned address_size)
{
	size_t questions_space = space_for_questions(query);
	size_t size = sizeof(struct server_request) + questions_space + query->questions_end;
	struct server_request *request = lvn_alloc(size + RECORDS_SPACE);
	uint8_t *bytes;

	if (!request)
		return NULL;
	*request = (struct server_request){
	    .shown.flags = query->header.flags & SHOWN_FLAGS,
	    .limit = query->edns.udp_size,
	};
	show_questions(request, query);
	bytes = request->space + questions_space;
	memcpy(bytes, query->message, query->questions_end);
	request->head = (struct dns_reply_head){
	    .id = query->header.id,
	    .flags = lvn_server_query_flags(&query->header),
	    .query = bytes,
	    .query_size = query->questions_end,
	    .has_edns = query->edns.present,
	    .dnssec_ok = query->edns.dnssec_ok,
	    .udp_size = LVN_SERVER_UDP_SIZE,
	};
	lvn_dns_reply_init(&request->reply, bytes + query->questions_end, RECORDS_SPACE);
	if (address_size > sizeof(request->address))
		address_size = sizeof(request->address);
	request->address_size = address_size;
	memcpy(&request->address, address, address_size);
	return request;
}

void
lvn_server_request_free(struct server_request *request)
{
	lvn_dns_reply_clear(&request->reply);
	lvn_free(request);
}

struct server_request *
lvn_server_request_of(struct evdns_server_request *shown)
{
	return container_of(shown, struct server_request, shown);
}

size_t
lvn_server_request_bound(const struct server_request *request)
{
	size_t questions_size = (size_t)request->shown.nquestions * (LVN_DNS_NAME_MAX + 4);
	size_t bound = LVN_DNS_HEADER_SIZE + questions_size + lvn_dns_reply_bound(&request->reply) +
		       LVN_DNS_EDNS_SIZE;

	if (bound < LVN_DNS_PLAIN_MAX)
		return LVN_DNS_PLAIN_MAX;
	return bound < LVN_DNS_MESSAGE_MAX ? bound : LVN_DNS_MESSAGE_MAX;
}

size_t
lvn_server_request_write(
    const struct server_request *request, unsigned rcode, void *message, size_t limit)
{
	struct dns_reply_head head = request->head;

	head.flags |= (uint16_t)((unsigned)request->shown.flags | rcode);
	return lvn_dns_reply_write(&request->reply, &head, message, limit);
}
