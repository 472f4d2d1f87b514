/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_verdict.h"

#include <string.h>

#include "dns/dns_message.h"
#include "support/suite.h"

#define QUESTION                 "\3wWw\7example\0\0\1\0\1"
#define LOWER                    "\3www\7example\0\0\1\0\1"
#define OTHER                    "\3wwv\7example\0\0\1\0\1"
#define ADDRESS                  "\xc0\x0c\0\1\0\1\0\0\1\0\0\4\xc0\0\2\1"
#define SERVERS                  "\0\0\2\0\1\0\0\1\0\0\4\2ns\0"
#define SOA                      "\0\0\6\0\1\0\0\1\0\0\x16\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1"
#define OPT(high_rcode, version) "\0\0\x29\4\xd0" high_rcode version "\0\0\0\0"

static const uint8_t question[] = QUESTION;
static const struct dns_expectation exact = {question, sizeof(question) - 1, true, true};
static const struct dns_expectation plain = {question, sizeof(question) - 1, false, false};

/* Messages, without their ids, and what they are to a question in either way. */
static const struct {
	const char *what;
	const char *bytes;
	size_t size;
	enum dns_verdict exact;
	enum dns_verdict plain;
	unsigned rcode;
} cases[] = {
#define CASE(what, bytes, exact, plain, rcode)                                                  \
	{                                                                                       \
		what, bytes, sizeof(bytes) - 1, DNS_VERDICT_##exact, DNS_VERDICT_##plain, rcode \
	}
    CASE("answer", "\x81\x80\0\1\0\1\0\0\0\0" QUESTION ADDRESS, FINAL, FINAL, 0),
    CASE("no data", "\x81\x80\0\1\0\0\0\0\0\0" QUESTION, FINAL, FINAL, 0),
    CASE("answer with EDNS", "\x81\x80\0\1\0\1\0\0\0\1" QUESTION ADDRESS OPT("\0", "\0"), FINAL,
	FINAL, 0),
    CASE("nxdomain", "\x81\x83\0\1\0\0\0\0\0\0" QUESTION, FINAL, FINAL, 3),
    CASE("yxdomain", "\x81\x86\0\1\0\0\0\0\0\0" QUESTION, FINAL, FINAL, 6),
    CASE("authority without recursion", "\x85\x00\0\1\0\0\0\0\0\0" QUESTION, FINAL, FINAL, 0),
    CASE("lame", "\x81\x00\0\1\0\0\0\0\0\0" QUESTION, ERROR, ERROR, 2),
    CASE("referral", "\x81\x80\0\1\0\0\0\1\0\0" QUESTION SERVERS, ERROR, ERROR, 2),
    CASE(
	"referral without recursion", "\x81\x00\0\1\0\0\0\1\0\0" QUESTION SERVERS, ERROR, ERROR, 2),
    CASE("referral that was asked for", "\x80\x00\0\1\0\0\0\1\0\0" QUESTION SERVERS, FINAL, FINAL,
	0),
    CASE("no data of an authority", "\x85\x80\0\1\0\0\0\1\0\0" QUESTION SERVERS, FINAL, FINAL, 0),
    CASE("no data with servers", "\x81\x80\0\1\0\0\0\2\0\0" QUESTION SERVERS SOA, FINAL, FINAL, 0),
    CASE("no data with SOA", "\x81\x80\0\1\0\0\0\1\0\0" QUESTION SOA, FINAL, FINAL, 0),
    CASE("answer with servers", "\x81\x80\0\1\0\1\0\1\0\0" QUESTION ADDRESS SERVERS, FINAL, FINAL,
	0),
    CASE("no recursion, none asked for", "\x80\x00\0\1\0\0\0\0\0\0" QUESTION, FINAL, FINAL, 0),
    CASE("formerr", "\x81\x81\0\1\0\0\0\0\0\0" QUESTION, EDNS_REFUSED, ERROR, 1),
    CASE("servfail", "\x81\x82\0\1\0\0\0\0\0\0" QUESTION, ERROR, ERROR, 2),
    CASE("notimp", "\x81\x84\0\1\0\0\0\0\0\0" QUESTION, EDNS_REFUSED, ERROR, 4),
    CASE("refused", "\x81\x85\0\1\0\0\0\0\0\0" QUESTION, ERROR, ERROR, 5),
    CASE("notauth", "\x81\x89\0\1\0\0\0\0\0\0" QUESTION, ERROR, ERROR, 9),
    CASE("badvers", "\x81\x80\0\1\0\0\0\0\0\1" QUESTION OPT("\1", "\0"), EDNS_REFUSED, ERROR, 16),
    CASE("badcookie", "\x81\x87\0\1\0\0\0\0\0\1" QUESTION OPT("\1", "\0"), COOKIE_REFUSED,
	COOKIE_REFUSED, 23),
    CASE("bare formerr", "\x81\x81\0\0\0\0\0\0\0\0", EDNS_REFUSED, ERROR, 1),
    CASE("bare notimp", "\x81\x84\0\0\0\0\0\0\0\0", EDNS_REFUSED, ERROR, 4),
    CASE("bare servfail", "\x81\x82\0\0\0\0\0\0\0\0", STRANGE, STRANGE, 0),
    CASE("bare noerror", "\x81\x80\0\0\0\0\0\0\0\0", STRANGE, STRANGE, 0),
    CASE("truncated", "\x83\x80\0\1\0\0\0\0\0\0" QUESTION, TRUNCATED, TRUNCATED, 0),
    CASE("truncated within a record", "\x83\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0", TRUNCATED,
	TRUNCATED, 0),
    CASE("lower case", "\x81\x80\0\1\0\1\0\0\0\0" LOWER ADDRESS, OTHER_CASE, FINAL, 0),
    CASE("question by a pointer", "\x81\x80\0\1\0\0\0\0\0\0\3wWw\7example\0\0\1\0\1", FINAL, FINAL,
	0),
    CASE("question", "\x01\x80\0\1\0\1\0\0\0\0" QUESTION ADDRESS, STRANGE, STRANGE, 0),
    CASE("opcode", "\xa1\x80\0\1\0\1\0\0\0\0" QUESTION ADDRESS, STRANGE, STRANGE, 0),
    CASE("other name", "\x81\x80\0\1\0\1\0\0\0\0" OTHER ADDRESS, STRANGE, STRANGE, 0),
    CASE("other type", "\x81\x80\0\1\0\1\0\0\0\0\3wWw\7example\0\0\2\0\1" ADDRESS, STRANGE, STRANGE,
	0),
    CASE("other class", "\x81\x80\0\1\0\1\0\0\0\0\3wWw\7example\0\0\1\0\3" ADDRESS, STRANGE,
	STRANGE, 0),
    CASE("no question", "\x81\x80\0\0\0\1\0\0\0\0" ADDRESS, STRANGE, STRANGE, 0),
    CASE("two questions", "\x81\x80\0\2\0\0\0\0\0\0" QUESTION QUESTION, STRANGE, STRANGE, 0),
    CASE("half a question", "\x81\x80\0\1\0\0\0\0\0\0\3wWw\7example\0\0\1\0", STRANGE, STRANGE, 0),
    CASE("half a record", "\x81\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\1", ERROR, ERROR, 2),
    CASE("bytes behind the end", "\x81\x80\0\1\0\0\0\0\0\0" QUESTION "x", ERROR, ERROR, 2),
    CASE("two OPT", "\x81\x80\0\1\0\0\0\0\0\2" QUESTION OPT("\0", "\0") OPT("\0", "\0"), ERROR,
	ERROR, 2),
    CASE("half a header", "\x81\x80\0\1\0\0\0\0\0", STRANGE, STRANGE, 0),
};

TEST_RANGE(lvn_dns_verdict_find__cases, 0, (int)(sizeof(cases) / sizeof(cases[0])))
{
	uint8_t message[512] = {0x12, 0x34};
	struct dns_judgement judgement;

	memcpy(message + 2, cases[_i].bytes, cases[_i].size);
	lvn_dns_verdict_find(message, cases[_i].size + 2, &exact, &judgement);
	ck_assert_msg(
	    judgement.verdict == cases[_i].exact, "%s: %d", cases[_i].what, (int)judgement.verdict);
	lvn_dns_verdict_find(message, cases[_i].size + 2, &plain, &judgement);
	ck_assert_msg(
	    judgement.verdict == cases[_i].plain, "%s: %d", cases[_i].what, (int)judgement.verdict);
	ck_assert_uint_eq(judgement.rcode, cases[_i].rcode);
}

/* Every beginning of a good reply. */
TEST(lvn_dns_verdict_find__cut_anywhere)
{
	static const char whole[] =
	    "\x12\x34\x81\x80\0\1\0\1\0\0\0\1" QUESTION ADDRESS OPT("\0", "\0");
	size_t question_end = LVN_DNS_HEADER_SIZE + sizeof(question) - 1;

	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		uint8_t message[sizeof(whole)];
		struct dns_judgement judgement;

		memcpy(message, whole, size);
		lvn_dns_verdict_find(message, size, &exact, &judgement);
		ck_assert_int_eq(judgement.verdict,
		    size < question_end ? DNS_VERDICT_STRANGE : DNS_VERDICT_ERROR);
	}
}
