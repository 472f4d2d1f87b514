/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_verdict.h"

#include <string.h>

#include "dns/dns_message.h"

/* Rcodes that are a result, as NXDOMAIN is: a name that becomes too long by a DNAME. */
#define RCODE_YXDOMAIN 6

enum match { MATCH_NONE, MATCH_OTHER_CASE, MATCH_EXACT };

/* The question may be written in another way, as long as it is the same. */
static enum match
compare_slowly(const uint8_t *message, size_t size, const struct dns_expectation *expectation)
{
	size_t name_size = expectation->question_size - 4;
	struct reader rest = {
	    expectation->question + name_size, expectation->question + name_size + 4, false};
	struct dns_question question;
	struct dns_reader reader;
	struct dns_header header;

	if (lvn_dns_message_open(&reader, message, size, &header) < 0 ||
	    !lvn_dns_message_read_question(&reader, &question))
		return MATCH_NONE;
	if (question.type != lvn_read_be(&rest, 2) || question.dns_class != lvn_read_be(&rest, 2))
		return MATCH_NONE;
	if (!lvn_dns_name_equal_wire(&question.name, expectation->question, name_size))
		return MATCH_NONE;
	return memcmp(question.name.wire, expectation->question, name_size) == 0 ? MATCH_EXACT
										 : MATCH_OTHER_CASE;
}

static enum match
compare_question(const uint8_t *message, size_t size, const struct dns_expectation *expectation)
{
	if (size >= LVN_DNS_HEADER_SIZE + expectation->question_size &&
	    memcmp(message + LVN_DNS_HEADER_SIZE, expectation->question,
		expectation->question_size) == 0)
		return MATCH_EXACT;
	return compare_slowly(message, size, expectation);
}

/* Some servers return nothing but a header when they do not understand. */
static bool
is_bare_error(const struct dns_header *header)
{
	unsigned rcode = header->flags & DNS_RCODE_MASK;

	return header->counts[DNS_SECTION_QUESTION] == 0 &&
	       header->counts[DNS_SECTION_ANSWER] == 0 &&
	       (rcode == DNS_RCODE_FORMERR || rcode == DNS_RCODE_NOTIMP);
}

/* Whether it replies to the question; OTHER_CASE is an answer. */
static enum match
match_header(const uint8_t *message, size_t size, const struct dns_header *header,
    const struct dns_expectation *expectation)
{
	if (!(header->flags & DNS_FLAG_RESPONSE) || (header->flags & DNS_OPCODE_MASK))
		return MATCH_NONE;
	if (is_bare_error(header))
		return MATCH_EXACT;
	if (header->counts[DNS_SECTION_QUESTION] != 1)
		return MATCH_NONE;
	return compare_question(message, size, expectation);
}

/* RFC 2308 2.2: without an answer, name servers and no SOA say whom to ask instead. */
static bool
is_referral(const uint8_t *message, size_t size)
{
	struct dns_question question;
	struct dns_reader reader;
	struct dns_header header;
	struct dns_record record;
	bool has_servers = false;

	if (lvn_dns_message_open(&reader, message, size, &header) < 0 ||
	    !lvn_dns_message_read_question(&reader, &question))
		return false;
	for (unsigned i = 0; i < header.counts[DNS_SECTION_AUTHORITY]; i++) {
		if (!lvn_dns_message_read_record(&reader, &record) || record.type == DNS_TYPE_SOA)
			return false;
		has_servers |= record.type == DNS_TYPE_NS;
	}
	return has_servers;
}

/* A server that does not know and has not asked others, though it should have. */
static bool
is_lame(const uint8_t *message, size_t size, const struct dns_header *header)
{
	if (header->counts[DNS_SECTION_ANSWER] > 0 || header->flags & DNS_FLAG_AUTHORITATIVE ||
	    !(header->flags & DNS_FLAG_RECURSION_DESIRED))
		return false;
	return !(header->flags & DNS_FLAG_RECURSION_AVAILABLE) || is_referral(message, size);
}

static enum dns_verdict
judge_rcode(unsigned rcode, bool has_edns)
{
	switch (rcode) {
	case DNS_RCODE_NOERROR:
	case DNS_RCODE_NXDOMAIN:
	case RCODE_YXDOMAIN:
		return DNS_VERDICT_FINAL;
	case DNS_RCODE_FORMERR:
	case DNS_RCODE_NOTIMP:
	case DNS_RCODE_BADVERS:
		return has_edns ? DNS_VERDICT_EDNS_REFUSED : DNS_VERDICT_ERROR;
	case DNS_RCODE_BADCOOKIE:
		return DNS_VERDICT_COOKIE_REFUSED;
	default:
		return DNS_VERDICT_ERROR;
	}
}

/* As SERVFAIL, because the same server may send the same malformed message again. */
static void
judge_useless(struct dns_judgement *judgement)
{
	judgement->is_useless = true;
	judgement->flags &= (uint16_t)~DNS_RCODE_MASK;
	judgement->flags |= DNS_RCODE_SERVFAIL;
	judgement->rcode = DNS_RCODE_SERVFAIL;
	judgement->edns = (struct dns_edns){.present = false};
	judgement->verdict = DNS_VERDICT_ERROR;
}

void
lvn_dns_verdict_find(const uint8_t *message, size_t size, const struct dns_expectation *expectation,
    struct dns_judgement *judgement_out)
{
	struct dns_reader reader;
	struct dns_header header;
	enum match match;

	*judgement_out = (struct dns_judgement){.verdict = DNS_VERDICT_STRANGE};
	if (lvn_dns_message_open(&reader, message, size, &header) < 0)
		return;
	match = match_header(message, size, &header, expectation);
	if (match == MATCH_NONE)
		return;
	judgement_out->is_exact = match == MATCH_EXACT;
	judgement_out->flags = header.flags;
	judgement_out->rcode = header.flags & DNS_RCODE_MASK;
	if (match == MATCH_OTHER_CASE && expectation->has_exact_case) {
		judgement_out->verdict = DNS_VERDICT_OTHER_CASE;
	} else if (header.flags & DNS_FLAG_TRUNCATED) {
		judgement_out->verdict = DNS_VERDICT_TRUNCATED;
	} else if (lvn_dns_edns_find(message, size, &judgement_out->edns) < 0) {
		judge_useless(judgement_out);
	} else {
		judgement_out->rcode = lvn_dns_edns_rcode(&judgement_out->edns, header.flags);
		judgement_out->verdict = judge_rcode(judgement_out->rcode, expectation->has_edns);
		if (judgement_out->rcode == DNS_RCODE_NOERROR && is_lame(message, size, &header))
			judge_useless(judgement_out);
	}
}
