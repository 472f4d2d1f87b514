/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/dns_kit.h"
#include "support/suite.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static int
read_plain(uint16_t type, const uint8_t *bytes, size_t size, struct dns_data *data_out)
{
	struct dns_reader reader = lvn_dns_message_plain_data(bytes, size);

	return lvn_dns_records_read(&reader, type, data_out);
}

/*
 * Reads the data; every beginning of them, and one byte more, must be malformed, unless `open`
 * says that the last field takes whatever comes.  What is written again must be the same.
 */
static struct dns_data
read_exactly(uint16_t type, const uint8_t *bytes, size_t size, bool open)
{
	uint8_t *copy = calloc(1, size + 1), again[512];
	struct writer out = {again, again + sizeof(again), false};
	struct dns_data data;

	memcpy(copy, bytes, size);
	for (size_t cut = 0; cut <= size + 1 && !open; cut++) {
		/* Of exactly this size, so that a sanitizer sees what is read beyond. */
		uint8_t *exact = malloc(cut > 0 ? cut : 1);

		memcpy(exact, copy, cut);
		if (cut != size && read_plain(type, exact, cut, &data) != -EBADMSG)
			ck_abort_msg("%zu bytes of %zu are accepted", cut, size);
		free(exact);
	}
	free(copy);
	ck_assert_int_eq(read_plain(type, bytes, size, &data), 0);
	ck_assert_uint_eq(data.type, type);
	lvn_dns_records_write_plain(&out, &data);
	ck_assert(!out.overrun);
	ck_assert_uint_eq((size_t)(out.at - again), size);
	ck_assert_mem_eq(again, bytes, size);
	ck_assert_uint_eq(lvn_dns_records_plain_size(&data), size);
	return data;
}

static void
check_bytes(const struct dns_bytes *bytes, const char *text)
{
	ck_assert_uint_eq(bytes->size, strlen(text));
	ck_assert_mem_eq(bytes->bytes, text, strlen(text));
}

TEST(lvn_dns_records_read__a_and_aaaa)
{
	struct dns_data data = read_exactly(DNS_TYPE_A, BYTES("\xc0\0\2\1"), false);

	ck_assert_mem_eq(data.as.a, "\xc0\0\2\1", 4);
	data = read_exactly(DNS_TYPE_AAAA, BYTES("0123456789abcdef"), false);
	ck_assert_mem_eq(data.as.aaaa, "0123456789abcdef", 16);
}

TEST(lvn_dns_records_read__types_of_one_name)
{
	static const uint16_t types[] = {DNS_TYPE_NS, DNS_TYPE_CNAME, DNS_TYPE_PTR, DNS_TYPE_DNAME};

	for (size_t i = 0; i < LVN_COUNT_OF(types); i++) {
		struct dns_data data =
		    read_exactly(types[i], BYTES("\3www\7Example\3com\0"), false);

		check_name(&data.as.name, "www.Example.com");
	}
}

TEST(lvn_dns_records_read__mx)
{
	struct dns_data data = read_exactly(DNS_TYPE_MX, BYTES("\1\2\4mail\0"), false);

	ck_assert_uint_eq(data.as.mx.preference, 0x102);
	check_name(&data.as.mx.exchange, "mail");
}

TEST(lvn_dns_records_read__soa)
{
	struct dns_data data = read_exactly(DNS_TYPE_SOA,
	    BYTES("\2ns\0\4host\2ns\0\1\2\3\4\0\0\0\1\0\0\0\2\0\0\0\3\xff\xff\xff\xff"), false);

	check_name(&data.as.soa.primary, "ns");
	check_name(&data.as.soa.mailbox, "host.ns");
	ck_assert_uint_eq(data.as.soa.serial, 0x1020304);
	ck_assert_uint_eq(data.as.soa.refresh, 1);
	ck_assert_uint_eq(data.as.soa.retry, 2);
	ck_assert_uint_eq(data.as.soa.expire, 3);
	ck_assert_uint_eq(data.as.soa.minimum, UINT32_MAX);
}

TEST(lvn_dns_records_read__srv)
{
	struct dns_data data = read_exactly(DNS_TYPE_SRV, BYTES("\0\1\0\2\1\xbb\3sip\0"), false);

	ck_assert_uint_eq(data.as.srv.priority, 1);
	ck_assert_uint_eq(data.as.srv.weight, 2);
	ck_assert_uint_eq(data.as.srv.port, 443);
	check_name(&data.as.srv.target, "sip");
}

TEST(lvn_dns_records_read__naptr)
{
	struct dns_data data =
	    read_exactly(DNS_TYPE_NAPTR, BYTES("\0\1\0\2\1S\7SIP+D2T\0\4_sip\4_tcp\0"), false);

	ck_assert_uint_eq(data.as.naptr.order, 1);
	ck_assert_uint_eq(data.as.naptr.preference, 2);
	check_bytes(&data.as.naptr.flags, "S");
	check_bytes(&data.as.naptr.services, "SIP+D2T");
	check_bytes(&data.as.naptr.expression, "");
	check_name(&data.as.naptr.replacement, "_sip._tcp");
}

TEST(lvn_dns_records_read__tlsa)
{
	struct dns_data data = read_exactly(DNS_TYPE_TLSA, BYTES("\3\1\1hash"), true);

	ck_assert_uint_eq(data.as.tlsa.usage, 3);
	ck_assert_uint_eq(data.as.tlsa.selector, 1);
	ck_assert_uint_eq(data.as.tlsa.matching_type, 1);
	check_bytes(&data.as.tlsa.certificate, "hash");
	ck_assert_int_eq(read_plain(DNS_TYPE_TLSA, BYTES("\3\1"), &data), -EBADMSG);
}

TEST(lvn_dns_records_read__caa)
{
	struct dns_data data = read_exactly(DNS_TYPE_CAA, BYTES("\x80\5issueca.example"), true);

	ck_assert_uint_eq(data.as.caa.flags, 128);
	check_bytes(&data.as.caa.tag, "issue");
	check_bytes(&data.as.caa.value, "ca.example");
	ck_assert_int_eq(read_plain(DNS_TYPE_CAA, BYTES("\0\0value"), &data), -EBADMSG);
	ck_assert_int_eq(read_plain(DNS_TYPE_CAA, BYTES("\0\5issu"), &data), -EBADMSG);
	ck_assert_int_eq(read_plain(DNS_TYPE_CAA, BYTES("\0\3a-b"), &data), -EBADMSG);
	ck_assert_int_eq(read_plain(DNS_TYPE_CAA, BYTES("\0\3aZ9"), &data), 0);
	ck_assert_uint_eq(data.as.caa.value.size, 0);
}

TEST(lvn_dns_records_read__txt_is_one_string_or_more)
{
	struct dns_data data = read_exactly(DNS_TYPE_TXT, BYTES("\3one\0\5three"), true);
	struct dns_bytes string;

	ck_assert(lvn_dns_records_next_string(&data.as.txt, &string));
	check_bytes(&string, "one");
	ck_assert(lvn_dns_records_next_string(&data.as.txt, &string));
	check_bytes(&string, "");
	ck_assert(lvn_dns_records_next_string(&data.as.txt, &string));
	check_bytes(&string, "three");
	ck_assert(!lvn_dns_records_next_string(&data.as.txt, &string));

	ck_assert_int_eq(read_plain(DNS_TYPE_TXT, BYTES(""), &data), -EBADMSG);
	ck_assert_int_eq(read_plain(DNS_TYPE_TXT, BYTES("\4one"), &data), -EBADMSG);
	ck_assert_int_eq(read_plain(DNS_TYPE_TXT, BYTES("\3one\1"), &data), -EBADMSG);
	ck_assert_int_eq(read_plain(DNS_TYPE_TXT, BYTES("\0"), &data), 0);
}

TEST(lvn_dns_records_read__svcb_and_https)
{
	struct dns_data data = read_exactly(
	    DNS_TYPE_HTTPS, BYTES("\0\1\0\0\1\0\3\2h3\0\3\0\2\1\xbb\xff\xff\0\0"), true);
	struct dns_bytes value;
	uint16_t key;

	ck_assert_uint_eq(data.as.svcb.priority, 1);
	check_name(&data.as.svcb.target, ".");
	ck_assert(lvn_dns_records_next_parameter(&data.as.svcb.parameters, &key, &value));
	ck_assert_uint_eq(key, 1);
	check_bytes(&value, "\2h3");
	ck_assert(lvn_dns_records_next_parameter(&data.as.svcb.parameters, &key, &value));
	ck_assert_uint_eq(key, 3);
	check_bytes(&value, "\1\xbb");
	ck_assert(lvn_dns_records_next_parameter(&data.as.svcb.parameters, &key, &value));
	ck_assert_uint_eq(key, 0xffff);
	ck_assert_uint_eq(value.size, 0);
	ck_assert(!lvn_dns_records_next_parameter(&data.as.svcb.parameters, &key, &value));

	data = read_exactly(DNS_TYPE_SVCB, BYTES("\0\0\3www\0"), true);
	ck_assert_uint_eq(data.as.svcb.parameters.size, 0);
}

TEST(lvn_dns_records_read__keys_of_svcb_rise)
{
	struct dns_data data;

	ck_assert_int_eq(
	    read_plain(DNS_TYPE_SVCB, BYTES("\0\1\0\0\3\0\0\0\3\0\0"), &data), -EBADMSG);
	ck_assert_int_eq(
	    read_plain(DNS_TYPE_SVCB, BYTES("\0\1\0\0\3\0\0\0\2\0\0"), &data), -EBADMSG);
	ck_assert_int_eq(read_plain(DNS_TYPE_SVCB, BYTES("\0\1\0\0\0\0\0\0\1\0\0"), &data), 0);
	ck_assert_int_eq(read_plain(DNS_TYPE_SVCB, BYTES("\0\1\0\0\3\0\2x"), &data), -EBADMSG);
	ck_assert_int_eq(read_plain(DNS_TYPE_SVCB, BYTES("\0\1\0\0\3\0"), &data), -EBADMSG);
}

TEST(lvn_dns_records_read__other_types_are_bytes)
{
	struct dns_data data = read_exactly(65280, BYTES("\xc0\x0c\0"), true);

	ck_assert_uint_eq(data.as.other.size, 3);
	ck_assert_mem_eq(data.as.other.bytes, "\xc0\x0c\0", 3);
	data = read_exactly(65280, BYTES(""), true);
	ck_assert_uint_eq(data.as.other.size, 0);
}

/* A message with one record, whose data are these. */
static size_t
message_of(uint16_t type, const struct dns_data *data, uint8_t *message, size_t capacity)
{
	struct dns_name owner = name_of("www.example.com");
	struct dns_writer writer;

	lvn_dns_message_begin(&writer, message, capacity, 0, 0);
	lvn_dns_message_begin_record(&writer, DNS_SECTION_ANSWER, &owner, type, DNS_CLASS_IN, 0);
	lvn_dns_records_write(&writer, data);
	if (lvn_dns_message_end_record(&writer) < 0)
		return 0;
	return lvn_dns_message_size(&writer);
}

static struct dns_data
read_message(const uint8_t *message, size_t size, size_t *data_size_out)
{
	struct dns_reader reader;
	struct dns_header header;
	struct dns_record record;
	struct dns_data data;

	ck_assert_int_eq(lvn_dns_message_open(&reader, message, size, &header), 0);
	ck_assert(lvn_dns_message_read_record(&reader, &record));
	*data_size_out = record.data_size;
	reader = lvn_dns_message_data(&reader, &record);
	ck_assert_int_eq(lvn_dns_records_read(&reader, record.type, &data), 0);
	return data;
}

TEST(lvn_dns_records_write__compresses_names_of_rfc_1035_only)
{
	struct dns_data mx = {DNS_TYPE_MX, {.mx = {7, name_of("mail.example.com")}}};
	struct dns_data srv = {DNS_TYPE_SRV, {.srv = {1, 2, 3, name_of("mail.example.com")}}};
	uint8_t message[512];
	struct dns_data again;
	size_t data_size;

	again = read_message(
	    message, message_of(DNS_TYPE_MX, &mx, message, sizeof(message)), &data_size);
	ck_assert_uint_eq(data_size, 2 + 5 + 2);
	ck_assert_uint_eq(again.as.mx.preference, 7);
	check_name(&again.as.mx.exchange, "mail.example.com");
	ck_assert_uint_eq(lvn_dns_records_plain_size(&again), 2 + 18);

	again = read_message(
	    message, message_of(DNS_TYPE_SRV, &srv, message, sizeof(message)), &data_size);
	ck_assert_uint_eq(data_size, 6 + 18);
	check_name(&again.as.srv.target, "mail.example.com");
}

/* RFC 3597 4: names of SRV and NAPTR may come compressed from older servers. */
TEST(lvn_dns_records_read__compressed_names_of_newer_types)
{
	static const uint8_t message[] = "\0\0\0\0\0\0\0\1\0\0\0\0"
					 "\1a\0\0\x21\0\1\0\0\0\0\0\x08\0\1\0\2\0\3\xc0\x0c";
	size_t data_size;
	struct dns_data data = read_message(message, sizeof(message) - 1, &data_size);

	check_name(&data.as.srv.target, "a");
}

TEST(lvn_dns_records_write__strings_longer_than_255_bytes)
{
	uint8_t letters[256] = {0}, message[512];
	struct dns_data data = {DNS_TYPE_NAPTR,
	    {.naptr = {1, 2, {letters, 0}, {letters, 0}, {letters, 255}, name_of(".")}}};
	size_t data_size;
	struct dns_data again;

	again = read_message(
	    message, message_of(DNS_TYPE_NAPTR, &data, message, sizeof(message)), &data_size);
	ck_assert_uint_eq(again.as.naptr.expression.size, 255);
	data.as.naptr.expression.size = 256;
	ck_assert_uint_eq(message_of(DNS_TYPE_NAPTR, &data, message, sizeof(message)), 0);
}
