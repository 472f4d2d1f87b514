/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_text.h"

#include <string.h>

#include "support/dns_kit.h"
#include "support/suite.h"

/* The text of data in the form of the wire, without compression. */
static void
check_text(uint16_t type, const void *bytes, size_t size, const char *expected)
{
	struct dns_reader reader = lvn_dns_message_plain_data(bytes, size);
	struct dns_data data;
	char text[1024];

	ck_assert_int_eq(lvn_dns_records_read(&reader, type, &data), 0);
	ck_assert_uint_eq(lvn_dns_text_print_data(&data, text, sizeof(text)), strlen(expected));
	ck_assert_str_eq(text, expected);
}

#define CHECK_TEXT(type, literal, expected) check_text(type, literal, sizeof(literal) - 1, expected)

TEST(lvn_dns_text_print_data__addresses_and_names)
{
	CHECK_TEXT(DNS_TYPE_A, "\xc0\0\2\1", "192.0.2.1");
	CHECK_TEXT(DNS_TYPE_AAAA, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", "2001:db8::1");
	CHECK_TEXT(DNS_TYPE_CNAME, "\7Example\3com\0", "Example.com.");
	CHECK_TEXT(DNS_TYPE_NS, "\0", ".");
	CHECK_TEXT(DNS_TYPE_PTR, "\3a.b\0", "a\\.b.");
	CHECK_TEXT(DNS_TYPE_DNAME, "\1x\0", "x.");
}

TEST(lvn_dns_text_print_data__fields)
{
	CHECK_TEXT(DNS_TYPE_MX, "\0\12\4mail\0", "10 mail.");
	CHECK_TEXT(DNS_TYPE_SOA, "\2ns\0\4host\0\xff\xff\xff\xff\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4",
	    "ns. host. 4294967295 1 2 3 4");
	CHECK_TEXT(DNS_TYPE_SRV, "\0\1\0\2\1\xbb\3sip\0", "1 2 443 sip.");
	CHECK_TEXT(
	    DNS_TYPE_NAPTR, "\0\1\0\2\1S\7SIP+D2T\0\4_sip\0", "1 2 \"S\" \"SIP+D2T\" \"\" _sip.");
	CHECK_TEXT(DNS_TYPE_TLSA, "\3\1\1\x0f\xa0", "3 1 1 0fa0");
	CHECK_TEXT(DNS_TYPE_CAA, "\x80\5issueca.example", "128 issue \"ca.example\"");
}

TEST(lvn_dns_text_print_data__strings_escape_what_is_not_printed)
{
	CHECK_TEXT(DNS_TYPE_TXT, "\3a b\0", "\"a b\" \"\"");
	CHECK_TEXT(DNS_TYPE_TXT, "\6\"\\\n\x7f\x80~", "\"\\\"\\\\\\010\\127\\128~\"");
}

TEST(lvn_dns_text_print_data__other_types)
{
	CHECK_TEXT(65280, "\xc0\0\1", "\\# 3 c00001");
	CHECK_TEXT(65280, "", "\\# 0");
}

TEST(lvn_dns_text_print_data__parameters_of_svcb)
{
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\0\3www\0", "0 www.");
	CHECK_TEXT(DNS_TYPE_HTTPS,
	    "\0\1\0"
	    "\0\0\0\4\0\1\0\7"
	    "\0\1\0\6\2h2\2h3"
	    "\0\2\0\0"
	    "\0\3\0\2\1\xbb"
	    "\0\4\0\10\xc0\0\2\1\xc0\0\2\2"
	    "\0\5\0\4\0\x10\x83\xff"
	    "\0\6\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
	    "\0\7\0\7/q{?dns"
	    "\2\x9b\0\3a\"b"
	    "\xff\xff\0\0",
	    "1 . mandatory=alpn,dohpath alpn=h2,h3 no-default-alpn port=443"
	    " ipv4hint=192.0.2.1,192.0.2.2 ech=ABCD/w== ipv6hint=::1 dohpath=\"/q{?dns\""
	    " key667=\"a\\\"b\" key65535");
}

TEST(lvn_dns_text_print_data__values_of_svcb_that_are_not_what_the_key_has)
{
	/* One byte of a list of keys, of a port and of each address, protocols with a comma. */
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\0\0\1a", "1 . key0=\"a\"");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\0\0\0", "1 . key0");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\1\0\4\3a,b", "1 . key1=\"\\003a,b\"");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\1\0\3\1ab", "1 . key1=\"\\001ab\"");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\1\0\1\0", "1 . key1=\"\\000\"");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\1\0\0", "1 . key1");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\2\0\1a", "1 . key2=\"a\"");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\3\0\1a", "1 . key3=\"a\"");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\4\0\3abc", "1 . key4=\"abc\"");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\5\0\0", "1 . key5");
	CHECK_TEXT(DNS_TYPE_SVCB, "\0\1\0\0\6\0\4abcd", "1 . key6=\"abcd\"");
}

TEST(lvn_dns_text_print_data__as_much_as_there_is_space_for)
{
	static const char expected[] = "10 mail.example.";
	struct dns_data data = {DNS_TYPE_MX, {.mx = {10, name_of("mail.example")}}};

	for (size_t capacity = 1; capacity <= sizeof(expected); capacity++) {
		char text[sizeof(expected)];

		memset(text, '!', sizeof(text));
		ck_assert_uint_eq(
		    lvn_dns_text_print_data(&data, text, capacity), sizeof(expected) - 1);
		ck_assert_mem_eq(text, expected, capacity - 1);
		ck_assert_int_eq(text[capacity - 1], 0);
		for (size_t i = capacity; i < sizeof(text); i++)
			ck_assert_int_eq(text[i], '!');
	}
}

TEST(lvn_dns_text_print_type__all_are_read_again)
{
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		char text[LVN_DNS_TYPE_TEXT_CAPACITY];
		uint16_t again;

		if (lvn_dns_text_print_type((uint16_t)type, text) != strlen(text) ||
		    !lvn_dns_text_parse_type(text, &again) || again != type)
			ck_abort_msg("%s", text);
	}
}

TEST(lvn_dns_text_print_record__in_one_line)
{
	struct dns_data data = {.type = DNS_TYPE_MX, .as.mx = {10, name_of("mail.a")}};
	char text[64];

	ck_assert_uint_eq(lvn_dns_text_print_record("a", 7, &data, text, sizeof(text)), 21);
	ck_assert_str_eq(text, "a. 7 IN MX 10 mail.a.");
	data.type = 65280;
	data.as.other = (struct dns_bytes){NULL, 0};
	lvn_dns_text_print_record(".", 0, &data, text, sizeof(text));
	ck_assert_str_eq(text, ". 0 IN TYPE65280 \\# 0");
	ck_assert_uint_eq(lvn_dns_text_print_record(".", 0, &data, text, 4), 21);
	ck_assert_str_eq(text, ". 0");
}

TEST(lvn_dns_text_print_type__names_and_numbers)
{
	char text[LVN_DNS_TYPE_TEXT_CAPACITY];

	lvn_dns_text_print_type(DNS_TYPE_HTTPS, text);
	ck_assert_str_eq(text, "HTTPS");
	lvn_dns_text_print_type(UINT16_MAX, text);
	ck_assert_str_eq(text, "TYPE65535");
}

TEST(lvn_dns_text_parse_type__names_in_either_case_and_numbers)
{
	uint16_t type = 7;

	ck_assert(lvn_dns_text_parse_type("nAptr", &type));
	ck_assert_uint_eq(type, DNS_TYPE_NAPTR);
	ck_assert(lvn_dns_text_parse_type("type28", &type));
	ck_assert_uint_eq(type, DNS_TYPE_AAAA);
	ck_assert(lvn_dns_text_parse_type("TYPE65535", &type));
	ck_assert_uint_eq(type, UINT16_MAX);
	ck_assert(!lvn_dns_text_parse_type("TYPE65536", &type));
	ck_assert(!lvn_dns_text_parse_type("TYPE", &type));
	ck_assert(!lvn_dns_text_parse_type("TYPE1x", &type));
	ck_assert(!lvn_dns_text_parse_type("TYPE-1", &type));
	ck_assert(!lvn_dns_text_parse_type("TYPE99999999999999999999", &type));
	ck_assert(!lvn_dns_text_parse_type("AA", &type));
	ck_assert(!lvn_dns_text_parse_type("", &type));
	ck_assert_uint_eq(type, UINT16_MAX);
}
