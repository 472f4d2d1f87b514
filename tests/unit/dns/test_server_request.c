/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "dns/server_request.h"
#include "support/dns_bytes.h"
#include "support/suite.h"

static struct dns_bytes bytes, reply;
static struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = 53};

static struct server_request *
request_of_query(void)
{
	struct server_query query;
	struct server_request *request;

	ck_assert_int_eq(lvn_server_query_read(bytes.at, bytes.size, &query), 0);
	request =
	    lvn_server_request_new(&query, (const struct sockaddr *)&address, sizeof(address));
	ck_assert_ptr_nonnull(request);
	/* It has a copy of everything. */
	memset(bytes.at, 0xee, bytes.size);
	return request;
}

TEST(lvn_server_request_new__shows_the_questions)
{
	struct server_request *request;

	put_header(&bytes, 7, 0xffff & ~0x8000 & ~0x7800, 2, 0, 0, 1);
	put_question(&bytes, "www.example.com", 28);
	put_16(&bytes, 0xc010);
	put_16(&bytes, 255);
	put_16(&bytes, 3);
	put_opt(&bytes, 1000, 0, 0x8000);
	request = request_of_query();

	ck_assert_ptr_eq(lvn_server_request_of(&request->shown), request);
	ck_assert_int_eq(request->shown.flags, 0x110);
	ck_assert_int_eq(request->shown.nquestions, 2);
	ck_assert_str_eq(request->shown.questions[0]->name, "www.example.com");
	ck_assert_int_eq(request->shown.questions[0]->type, 28);
	ck_assert_int_eq(request->shown.questions[0]->dns_question_class, 1);
	ck_assert_str_eq(request->shown.questions[1]->name, "example.com");
	ck_assert_int_eq(request->shown.questions[1]->type, 255);
	ck_assert_int_eq(request->shown.questions[1]->dns_question_class, 3);
	ck_assert_uint_eq(request->limit, 1000);
	ck_assert(request->head.has_edns && request->head.dnssec_ok);
	ck_assert_uint_eq(request->address_size, sizeof(address));
	ck_assert_mem_eq(&request->address, &address, sizeof(address));
	lvn_server_request_free(request);
}

/* The longest name whose bytes must all be escaped, in as many questions as there may be. */
TEST(lvn_server_request_new__the_longest_names)
{
	enum { COUNT = LVN_SERVER_NAMES_MAX / 255 };
	static const unsigned sizes[] = {63, 63, 63, 61};
	struct server_request *request;

	put_header(&bytes, 7, 0, COUNT, 0, 0, 0);
	for (int i = 0; i < COUNT; i++) {
		for (int label = 0; label < 4; label++) {
			put_8(&bytes, sizes[label]);
			for (unsigned k = 0; k < sizes[label]; k++)
				put_8(&bytes, 1);
		}
		put_8(&bytes, 0);
		put_16(&bytes, (unsigned)i);
		put_16(&bytes, 1);
	}
	request = request_of_query();

	for (int i = 0; i < COUNT; i++) {
		ck_assert_uint_eq(strlen(request->shown.questions[i]->name), 250 * 4 + 3);
		ck_assert_int_eq(request->shown.questions[i]->type, i);
	}
	lvn_server_request_free(request);
}

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

TEST(lvn_server_request_new__without_memory)
{
	struct server_query query;

	put_query(&bytes, 1, "a", 1);
	ck_assert_int_eq(lvn_server_query_read(bytes.at, bytes.size, &query), 0);
	event_set_mem_functions(no_memory, realloc, free);

	ck_assert_ptr_null(
	    lvn_server_request_new(&query, (const struct sockaddr *)&address, sizeof(address)));
}

TEST(lvn_server_request_write__flags_of_the_program_and_the_code)
{
	struct server_request *request;

	put_query(&bytes, 0x1234, "a", 1);
	request = request_of_query();
	request->shown.flags |= 0x480;
	reply.size = lvn_server_request_write(request, 3, reply.at, 512);

	ck_assert_uint_eq(id_of(&reply), 0x1234);
	ck_assert_uint_eq(flags_of(&reply), 0x8583);
	ck_assert_uint_eq(reply.size, 12 + 7);
	lvn_server_request_free(request);
}

static void
add_records(struct server_request *request, size_t count)
{
	static const uint8_t data[4 * 70000];
	static const struct dns_name owner = {3, {1, 'a', 0}};

	ck_assert_int_eq(lvn_dns_reply_add(&request->reply,
			     &(struct dns_reply_record){DNS_SECTION_ANSWER, &owner, 1, 1, 60, NULL,
				 data, sizeof(data) / 70000, count}),
	    0);
}

TEST(lvn_server_request_bound__is_enough)
{
	struct server_request *request;
	size_t bound;

	put_header(&bytes, 1, 0, 1, 0, 0, 1);
	put_question(&bytes, "a", 1);
	put_opt(&bytes, 1000, 0, 0);
	request = request_of_query();
	ck_assert_uint_eq(lvn_server_request_bound(request), 512);
	add_records(request, 1000);
	bound = lvn_server_request_bound(request);
	reply.size = lvn_server_request_write(request, 0, reply.at, bound);
	ck_assert_uint_eq(count_of(&reply, 1), 1000);
	ck_assert_uint_eq(flags_of(&reply), 0x8000);
	add_records(request, 60000);
	ck_assert_uint_eq(lvn_server_request_bound(request), 65535);
	lvn_server_request_free(request);
}
