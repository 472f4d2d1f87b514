/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Texts of records and types.
 */
#include <errno.h>
#include <levin/dns.h>
#include <string.h>

#include "support/suite.h"

TEST(levin_dns_type_parse__names_and_numbers)
{
	ck_assert_int_eq(levin_dns_type_parse("MX"), LEVIN_DNS_TYPE_MX);
	ck_assert_int_eq(levin_dns_type_parse("https"), LEVIN_DNS_TYPE_HTTPS);
	ck_assert_int_eq(levin_dns_type_parse("type65535"), 65535);
	errno = 0;
	ck_assert_int_eq(levin_dns_type_parse("TYPE65536"), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_dns_type_parse("MXX"), -1);
	ck_assert_int_eq(levin_dns_type_parse(""), -1);
	ck_assert_int_eq(levin_dns_type_parse(NULL), -1);
}

TEST(levin_dns_record_print__cuts_the_text_to_fit)
{
	static const uint8_t data[] = {192, 0, 2, 1};
	struct levin_dns_record record = {
	    .name = "a.b", .type = 1, .dns_class = 1, .ttl = 4294967295U};
	static const char expected[] = "a.b. 4294967295 IN A 192.0.2.1";
	char text[sizeof(expected) + 1];

	record.data.bytes = data;
	record.data.size = sizeof(data);
	ck_assert_uint_eq(levin_dns_record_print(&record, NULL, 0), sizeof(expected) - 1);
	for (size_t capacity = 1; capacity <= sizeof(text); capacity++) {
		memset(text, 'x', sizeof(text));
		ck_assert_uint_eq(
		    levin_dns_record_print(&record, text, capacity), sizeof(expected) - 1);
		ck_assert_uint_eq(strlen(text),
		    capacity < sizeof(expected) ? capacity - 1 : sizeof(expected) - 1);
		ck_assert_int_eq(strncmp(text, expected, strlen(text)), 0);
		if (capacity < sizeof(text))
			ck_assert_int_eq(text[capacity], 'x');
	}
	record.name = ".";
	levin_dns_record_print(&record, text, sizeof(text));
	ck_assert_str_eq(text, ". 4294967295 IN A 192.0.2.1");
	record.data.size = 3;
	errno = 0;
	ck_assert_uint_eq(levin_dns_record_print(&record, text, sizeof(text)), 0);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_str_eq(text, "");
}
