/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_view.h"

#include <arpa/inet.h>
#include <errno.h>
#include <levin/dns.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns_edns.h"
#include "dns/dns_exchange.h"
#include "dns/dns_message.h"
#include "dns/dns_server.h"
#include "support/dns_kit.h"
#include "support/fail_nth.h"
#include "support/suite.h"

#define FLAGS         (DNS_FLAG_RESPONSE | DNS_FLAG_RECURSION_DESIRED)
#define DATA(literal) (literal), sizeof(literal) - 1

static uint8_t message[LVN_DNS_MESSAGE_MAX];
static struct dns_writer writer;

/* A reply to a question about "example.org" in the making. */
static void
begin(uint16_t flags, uint16_t type)
{
	struct dns_question question = {name_of("example.org"), type, DNS_CLASS_IN};

	lvn_dns_message_begin(&writer, message, sizeof(message), 1, flags);
	ck_assert_int_eq(lvn_dns_message_write_question(&writer, &question), 0);
}

static void
add_in_class(enum dns_section section, const char *owner, uint16_t type, uint16_t dns_class,
    const void *data, size_t size)
{
	struct dns_name name = name_of(owner);

	lvn_dns_message_begin_record(&writer, section, &name, type, dns_class, 300);
	lvn_write_bytes(&writer.out, data, size);
	ck_assert_int_eq(lvn_dns_message_end_record(&writer), 0);
}

static void
add(enum dns_section section, const char *owner, uint16_t type, const void *data, size_t size)
{
	add_in_class(section, owner, type, DNS_CLASS_IN, data, size);
}

static int
view_with(const struct dns_outcome *facts, struct levin_dns_answer **answer_out)
{
	size_t size = lvn_dns_message_size(&writer);
	uint8_t *exact = malloc(size);
	struct dns_outcome outcome = *facts;
	struct dns_name asked = name_of("example.org");
	int rc;

	memcpy(exact, message, size);
	outcome.message = exact;
	outcome.size = size;
	rc = lvn_dns_view_new(&outcome, &asked, answer_out);
	/* The answer does not refer to it. */
	memset(exact, 0xff, size);
	free(exact);
	return rc;
}

static struct levin_dns_answer *
view(void)
{
	static const struct dns_outcome facts;
	struct levin_dns_answer *answer;

	ck_assert_int_eq(view_with(&facts, &answer), 0);
	return answer;
}

/* The only record of an answer with this one. */
static struct levin_dns_answer *
view_of(uint16_t type, const void *data, size_t size)
{
	struct levin_dns_answer *answer;

	begin(FLAGS, type);
	add(DNS_SECTION_ANSWER, "example.org", type, data, size);
	answer = view();
	ck_assert_ptr_nonnull(answer->records);
	ck_assert_ptr_null(answer->records->next);
	ck_assert_str_eq(answer->records->name, "example.org");
	ck_assert_uint_eq(answer->records->type, type);
	ck_assert_uint_eq(answer->records->dns_class, 1);
	ck_assert_uint_eq(answer->records->ttl, 300);
	ck_assert_uint_eq(answer->records->data.size, size);
	ck_assert_mem_eq(answer->records->data.bytes, data, size);
	return answer;
}

static void
check_bytes(struct levin_dns_bytes bytes, const char *text)
{
	ck_assert_uint_eq(bytes.size, strlen(text));
	ck_assert_mem_eq(bytes.bytes, text, strlen(text));
}

/* ---- Types ---------------------------------------------------------------------------- */

TEST(lvn_dns_view_new__a_and_aaaa)
{
	struct levin_dns_answer *answer = view_of(DNS_TYPE_A, DATA("\xc0\0\2\1"));
	char text[INET6_ADDRSTRLEN];

	ck_assert_str_eq(
	    inet_ntop(AF_INET, &answer->records->as.a, text, sizeof(text)), "192.0.2.1");
	lvn_dns_view_free(answer);
	answer = view_of(DNS_TYPE_AAAA, DATA("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"));
	ck_assert_str_eq(
	    inet_ntop(AF_INET6, &answer->records->as.aaaa, text, sizeof(text)), "2001:db8::1");
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__types_of_one_name)
{
	static const uint16_t types[] = {DNS_TYPE_NS, DNS_TYPE_CNAME, DNS_TYPE_PTR, DNS_TYPE_DNAME};

	for (size_t i = 0; i < LVN_COUNT_OF(types); i++) {
		struct levin_dns_answer *answer = view_of(types[i], DATA("\3a.b\3Org\0"));

		ck_assert_str_eq(answer->records->as.name, "a\\.b.Org");
		lvn_dns_view_free(answer);
	}
}

TEST(lvn_dns_view_new__mx)
{
	struct levin_dns_answer *answer = view_of(DNS_TYPE_MX, DATA("\1\2\4mail\0"));

	ck_assert_uint_eq(answer->records->as.mx.preference, 0x102);
	ck_assert_str_eq(answer->records->as.mx.exchange, "mail");
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__soa)
{
	struct levin_dns_answer *answer = view_of(DNS_TYPE_SOA,
	    DATA("\2ns\0\4host\2ns\0\1\2\3\4\0\0\0\1\0\0\0\2\0\0\0\3\xff\xff\xff\xff"));
	const struct levin_dns_soa *soa = &answer->records->as.soa;

	ck_assert_str_eq(soa->primary, "ns");
	ck_assert_str_eq(soa->mailbox, "host.ns");
	ck_assert_uint_eq(soa->serial, 0x1020304);
	ck_assert_uint_eq(soa->refresh, 1);
	ck_assert_uint_eq(soa->retry, 2);
	ck_assert_uint_eq(soa->expire, 3);
	ck_assert_uint_eq(soa->minimum, UINT32_MAX);
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__srv)
{
	struct levin_dns_answer *answer = view_of(DNS_TYPE_SRV, DATA("\0\1\0\2\1\xbb\3sip\0"));
	const struct levin_dns_srv *srv = &answer->records->as.srv;

	ck_assert_uint_eq(srv->priority, 1);
	ck_assert_uint_eq(srv->weight, 2);
	ck_assert_uint_eq(srv->port, 443);
	ck_assert_str_eq(srv->target, "sip");
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__txt)
{
	struct levin_dns_answer *answer = view_of(DNS_TYPE_TXT, DATA("\3one\0\5t\0\"o\xff"));
	const struct levin_dns_txt *txt = &answer->records->as.txt;

	ck_assert_uint_eq(txt->count, 3);
	check_bytes(txt->strings[0], "one");
	check_bytes(txt->strings[1], "");
	ck_assert_uint_eq(txt->strings[2].size, 5);
	ck_assert_mem_eq(txt->strings[2].bytes, "t\0\"o\xff", 5);
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__caa)
{
	struct levin_dns_answer *answer = view_of(DNS_TYPE_CAA, DATA("\x80\5issueca.example"));
	const struct levin_dns_caa *caa = &answer->records->as.caa;

	ck_assert_uint_eq(caa->flags, 128);
	ck_assert_str_eq(caa->tag, "issue");
	check_bytes(caa->value, "ca.example");
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__naptr)
{
	struct levin_dns_answer *answer =
	    view_of(DNS_TYPE_NAPTR, DATA("\0\1\0\2\1S\7SIP+D2T\3!a!\4_sip\4_tcp\0"));
	const struct levin_dns_naptr *naptr = &answer->records->as.naptr;

	ck_assert_uint_eq(naptr->order, 1);
	ck_assert_uint_eq(naptr->preference, 2);
	check_bytes(naptr->flags, "S");
	check_bytes(naptr->services, "SIP+D2T");
	check_bytes(naptr->expression, "!a!");
	ck_assert_str_eq(naptr->replacement, "_sip._tcp");
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__tlsa)
{
	struct levin_dns_answer *answer = view_of(DNS_TYPE_TLSA, DATA("\3\1\2hash"));
	const struct levin_dns_tlsa *tlsa = &answer->records->as.tlsa;

	ck_assert_uint_eq(tlsa->usage, 3);
	ck_assert_uint_eq(tlsa->selector, 1);
	ck_assert_uint_eq(tlsa->matching_type, 2);
	check_bytes(tlsa->certificate, "hash");
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__svcb_and_https)
{
	static const uint16_t types[] = {DNS_TYPE_SVCB, DNS_TYPE_HTTPS};

	for (size_t i = 0; i < LVN_COUNT_OF(types); i++) {
		struct levin_dns_answer *answer =
		    view_of(types[i], DATA("\0\1\3www\0\0\1\0\3\2h2\0\3\0\2\1\xbb"));
		const struct levin_dns_svcb *svcb = &answer->records->as.svcb;

		ck_assert_uint_eq(svcb->priority, 1);
		ck_assert_str_eq(svcb->target, "www");
		ck_assert_uint_eq(svcb->count, 2);
		ck_assert_uint_eq(svcb->parameters[0].key, 1);
		check_bytes(svcb->parameters[0].value, "\2h2");
		ck_assert_uint_eq(svcb->parameters[1].key, 3);
		check_bytes(svcb->parameters[1].value, "\1\xbb");
		lvn_dns_view_free(answer);
	}
}

/* An alias has no parameters. */
TEST(lvn_dns_view_new__svcb_without_parameters)
{
	struct levin_dns_answer *answer = view_of(DNS_TYPE_SVCB, DATA("\0\0\0"));

	ck_assert_str_eq(answer->records->as.svcb.target, ".");
	ck_assert_uint_eq(answer->records->as.svcb.count, 0);
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__other_types_are_bytes)
{
	lvn_dns_view_free(view_of(65280, DATA("\1\2\0")));
	lvn_dns_view_free(view_of(65280, DATA("")));
}

/* ---- Messages ------------------------------------------------------------------------- */

TEST(lvn_dns_view_new__facts)
{
	struct dns_server server = {.address_size = sizeof(struct sockaddr_in)};
	const struct dns_outcome facts = {
	    .rcode = DNS_RCODE_BADVERS, .server = &server, .took_ns = 7, .by_tcp = true};
	struct levin_dns_answer *answer;

	server.address.v4.sin_family = AF_INET;
	server.address.v4.sin_port = htons(53);
	inet_pton(AF_INET, "192.0.2.7", &server.address.v4.sin_addr);
	begin(FLAGS | DNS_FLAG_AUTHENTIC_DATA | DNS_FLAG_AUTHORITATIVE | DNS_FLAG_TRUNCATED |
		  DNS_FLAG_RECURSION_AVAILABLE,
	    DNS_TYPE_MX);

	ck_assert_int_eq(view_with(&facts, &answer), 0);

	ck_assert_str_eq(answer->name, "example.org");
	ck_assert_uint_eq(answer->type, DNS_TYPE_MX);
	ck_assert_uint_eq(answer->rcode, DNS_RCODE_BADVERS);
	ck_assert_int_eq(answer->is_authentic, 1);
	ck_assert_int_eq(answer->is_authoritative, 1);
	ck_assert_int_eq(answer->is_truncated, 1);
	ck_assert_int_eq(answer->has_recursion, 1);
	ck_assert_int_eq(answer->used_tcp, 1);
	ck_assert_str_eq(answer->server, "192.0.2.7:53");
	ck_assert_int_eq(answer->duration_ns, 7);
	lvn_dns_view_free(answer);
	begin(FLAGS, DNS_TYPE_MX);
	answer = view();
	ck_assert_int_eq(answer->is_authentic, 0);
	ck_assert_int_eq(answer->is_authoritative, 0);
	ck_assert_int_eq(answer->is_truncated, 0);
	ck_assert_int_eq(answer->has_recursion, 0);
	ck_assert_int_eq(answer->used_tcp, 0);
	ck_assert_ptr_null(answer->server);
	ck_assert_ptr_null(answer->records);
	ck_assert_ptr_null(answer->authority);
	ck_assert_ptr_null(answer->additional);
	lvn_dns_view_free(answer);
}

static void
write_sections(void)
{
	begin(FLAGS, DNS_TYPE_MX);
	add(DNS_SECTION_ANSWER, "example.org", DNS_TYPE_MX, DATA("\0\1\4mail\0"));
	add(DNS_SECTION_ANSWER, "example.org", DNS_TYPE_MX, DATA("\0\2\xc0\x0c"));
	add(DNS_SECTION_AUTHORITY, "org", DNS_TYPE_NS, DATA("\2ns\0"));
	add(DNS_SECTION_ADDITIONAL, "mail", DNS_TYPE_A, DATA("\1\2\3\4"));
	add_in_class(DNS_SECTION_ADDITIONAL, "mail", DNS_TYPE_A, 3, DATA("\1\2\3"));
	lvn_dns_edns_begin(&writer, 1232, false, 0);
	ck_assert_int_eq(lvn_dns_edns_end(&writer), 0);
}

/* Without what is no record of the question's class. */
TEST(lvn_dns_view_new__sections)
{
	struct levin_dns_answer *answer;
	const struct levin_dns_record *record;

	write_sections();
	answer = view();

	record = answer->records;
	ck_assert_str_eq(record->as.mx.exchange, "mail");
	ck_assert_str_eq(record->next->as.mx.exchange, "example.org");
	ck_assert_ptr_eq(record->next->name, record->name);
	ck_assert_ptr_null(record->next->next);
	ck_assert_str_eq(answer->authority->name, "org");
	ck_assert_str_eq(answer->authority->as.name, "ns");
	ck_assert_ptr_null(answer->authority->next);
	ck_assert_str_eq(answer->additional->name, "mail");
	ck_assert_ptr_null(answer->additional->next);
	lvn_dns_view_free(answer);
}

/* Wherever it is cut, and with a byte more. */
TEST(lvn_dns_view_new__messages_that_are_too_short_or_too_long)
{
	struct dns_outcome outcome = {.message = message};
	struct dns_name asked = name_of("example.org");
	struct levin_dns_answer *answer;
	size_t size;

	write_sections();
	size = lvn_dns_message_size(&writer);
	message[size] = 0;
	for (size_t cut = 0; cut <= size + 1; cut++) {
		uint8_t *exact = malloc(cut > 0 ? cut : 1);

		memcpy(exact, message, cut);
		outcome.message = exact;
		outcome.size = cut;
		if (cut != size)
			ck_assert_int_eq(lvn_dns_view_new(&outcome, &asked, &answer), -EBADMSG);
		free(exact);
	}
}

/* Where the data belong to other records, too, and to types that nobody has asked for. */
TEST(lvn_dns_view_new__malformed_data_in_any_section)
{
	static const struct {
		uint16_t type;
		const char *data;
		size_t size;
	} cases[] = {
	    {DNS_TYPE_A, DATA("\1\2\3")},
	    {DNS_TYPE_A, DATA("\1\2\3\4\5")},
	    {DNS_TYPE_AAAA, DATA("\1\2\3\4")},
	    {DNS_TYPE_NS, DATA("\3ns")},
	    {DNS_TYPE_NS, DATA("\xc0\xff")},
	    {DNS_TYPE_MX, DATA("\0\1")},
	    {DNS_TYPE_SOA, DATA("\0\0\1\2\3\4")},
	    {DNS_TYPE_TXT, DATA("")},
	    {DNS_TYPE_TXT, DATA("\4one")},
	    {DNS_TYPE_SRV, DATA("\0\1\0\2\0\3")},
	    {DNS_TYPE_CAA, DATA("\0\0value")},
	    {DNS_TYPE_NAPTR, DATA("\0\1\0\2\1S")},
	    {DNS_TYPE_TLSA, DATA("\3\1")},
	    {DNS_TYPE_SVCB, DATA("\0\1\0\0\3\0\0\0\1\0\0")},
	    {DNS_TYPE_HTTPS, DATA("\0\1\0\0\1\0\5\2h2")},
	};
	static const struct dns_outcome facts;
	struct levin_dns_answer *answer;

	for (size_t i = 0; i < LVN_COUNT_OF(cases); i++) {
		for (int section = DNS_SECTION_ANSWER; section < DNS_SECTION_COUNT; section++) {
			begin(FLAGS, DNS_TYPE_A);
			add((enum dns_section)section, "other.org", cases[i].type, cases[i].data,
			    cases[i].size);
			if (view_with(&facts, &answer) != -EBADMSG)
				ck_abort_msg("case %zu is accepted in section %d", i, section);
		}
	}
}

TEST(lvn_dns_view_new__one_question_is_needed)
{
	static const struct dns_outcome facts;
	struct levin_dns_answer *answer;

	lvn_dns_message_begin(&writer, message, sizeof(message), 1, FLAGS);
	ck_assert_int_eq(view_with(&facts, &answer), -EBADMSG);
	begin(FLAGS, DNS_TYPE_A);
	ck_assert_int_eq(lvn_dns_message_write_question(
			     &writer, &(struct dns_question){name_of("b"), DNS_TYPE_A, 1}),
	    0);
	ck_assert_int_eq(view_with(&facts, &answer), -EBADMSG);
}

/* Where a name refers to the question, and where a server repeats it. */
TEST(lvn_dns_view_new__names_are_in_the_case_of_the_program)
{
	struct levin_dns_answer *answer;

	begin(FLAGS, DNS_TYPE_NS);
	for (unsigned i = 0; i < 13; i++)
		message[LVN_DNS_HEADER_SIZE + i] = (uint8_t) "\7EXAMPLE\3oRG"[i];
	add(DNS_SECTION_ANSWER, "Example.Org", DNS_TYPE_NS, DATA("\2nS\xc0\x0c"));
	answer = view();

	ck_assert_str_eq(answer->name, "example.org");
	ck_assert_str_eq(answer->records->name, "example.org");
	ck_assert_str_eq(answer->records->as.name, "nS.example.org");
	lvn_dns_view_free(answer);
}

TEST(lvn_dns_view_new__another_question)
{
	static const struct dns_outcome facts;
	struct levin_dns_answer *answer;

	begin(FLAGS, DNS_TYPE_A);
	message[LVN_DNS_HEADER_SIZE + 1] = 'f';
	ck_assert_int_eq(view_with(&facts, &answer), -EBADMSG);
}

/* ---- Limits --------------------------------------------------------------------------- */

/* A message of addresses, as large as it can be. */
TEST(lvn_dns_view_new__the_longest_message)
{
	struct levin_dns_answer *answer;
	unsigned count = 0, seen = 0;

	begin(FLAGS, DNS_TYPE_A);
	while (lvn_dns_message_size(&writer) + 16 <= sizeof(message)) {
		add(DNS_SECTION_ANSWER, "example.org", DNS_TYPE_A, DATA("\1\2\3\4"));
		count++;
	}
	answer = view();

	for (const struct levin_dns_record *at = answer->records; at; at = at->next)
		seen++;
	ck_assert_uint_gt(count, 4000);
	ck_assert_uint_eq(seen, count);
	lvn_dns_view_free(answer);
}

/* Two bytes of each record stand for a name of a thousand characters. */
TEST(lvn_dns_view_new__more_than_a_message_should_stand_for)
{
	static const struct dns_outcome facts;
	struct dns_name owner = name_of("example.org"), longest = {.size = 0};
	struct levin_dns_answer *answer;

	for (unsigned i = 0; i < 3; i++) {
		longest.wire[longest.size] = LVN_DNS_LABEL_MAX;
		memset(&longest.wire[longest.size + 1], 1, LVN_DNS_LABEL_MAX);
		longest.size = (uint8_t)(longest.size + LVN_DNS_LABEL_MAX + 1);
	}
	longest.wire[longest.size++] = 0;
	begin(FLAGS, DNS_TYPE_NS);
	while (lvn_dns_message_size(&writer) + 300 <= sizeof(message)) {
		lvn_dns_message_begin_record(
		    &writer, DNS_SECTION_ANSWER, &owner, DNS_TYPE_NS, DNS_CLASS_IN, 1);
		lvn_dns_message_write_compressed(&writer, &longest);
		ck_assert_int_eq(lvn_dns_message_end_record(&writer), 0);
	}

	ck_assert_int_eq(view_with(&facts, &answer), -EMSGSIZE);
}

TEST(lvn_dns_view_new__memory_fails_at_each_allocation)
{
	struct dns_server server = {.address_size = sizeof(struct sockaddr_in)};
	const struct dns_outcome facts = {.server = &server};
	struct fail_nth fail = {0};
	struct levin_dns_answer *answer;
	int rc;

	server.address.v4.sin_family = AF_INET;
	begin(FLAGS, DNS_TYPE_TXT);
	for (unsigned i = 0; i < 12; i++)
		add(DNS_SECTION_ANSWER, "example.org", DNS_TYPE_TXT, DATA("\3one\3two"));
	add(DNS_SECTION_AUTHORITY, "org", DNS_TYPE_SOA,
	    DATA("\2ns\0\4host\2ns\0\1\2\3\4\0\0\0\1\0\0\0\2\0\0\0\3\xff\xff\xff\xff"));
	for (unsigned i = 0; i < 12; i++)
		add(DNS_SECTION_ADDITIONAL, "mail", DNS_TYPE_SVCB,
		    DATA("\0\1\3www\0\0\1\0\3\2h2\0\3\0\2\1\xbb"));
	for (;; fail.number++) {
		fail_nth_begin(&fail);
		rc = view_with(&facts, &answer);
		if (!fail_nth_end(&fail))
			break;
		ck_assert_int_eq(rc, -ENOMEM);
	}
	ck_assert_int_eq(rc, 0);
	lvn_dns_view_free(answer);
	ck_assert_uint_gt(fail.number, 3);
}

TEST(lvn_dns_view_free__accepts_null)
{
	lvn_dns_view_free(NULL);
}
