/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_receive.h"

#include "dns/dns_message.h"
#include "support/dns_network_case.h"

TEST_FIXTURE(set_up, tear_down);

/* ---- Replies ---------------------------------------------------------------------------- */

TEST(lvn_dns_receive_by_udp__nxdomain_is_final)
{
	struct kit_server *other;

	kit_add_server(&kit, kit_answer_nxdomain);
	kit_ask(&kit, &question, "first.example");
	other = kit_add_server(&kit, kit_answer);
	kit_run_for(&kit, 10000 * KIT_MS);
	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_eq(question.rcode, DNS_RCODE_NXDOMAIN);
	/* Only to find out whether it works. */
	ck_assert_uint_eq(other->queries, 1);
}

/* The first reply is wrong in one way, which is ignored; the right one comes behind it. */
static void
answer_strangely_first(const struct kit_query *query)
{
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, DNS_RCODE_NXDOMAIN, reply);
	size_t question_end = size;

	switch (query->server->delay_ns) {
	case 0:
		reply[0] ^= 1;
		break;
	case 1:
		reply[2] &= 0x7f;
		break;
	case 2:
		reply[2] |= 0x10;
		break;
	case 3:
		reply[question_end - 5] ^= 1;
		break;
	case 4:
		reply[question_end - 3]++;
		break;
	case 5:
		reply[question_end - 1]++;
		break;
	case 6:
		reply[5] = 0;
		break;
	case 7:
		reply[5] = 2;
		break;
	case 8:
		reply[13]++;
		break;
	case 9:
		size = LVN_DNS_HEADER_SIZE - 1;
		break;
	case 10:
		size = 0;
		break;
	default:
		size--;
		break;
	}
	kit_send(query, reply, size);
	kit_answer(query);
}

TEST_RANGE(lvn_dns_receive_by_udp__replies_to_something_else_are_ignored, 0, 12)
{
	struct kit_server *server = kit_add_server(&kit, answer_strangely_first);

	server->delay_ns = _i;
	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
	ck_assert_int_eq(question.took_ns, 0);
	ck_assert_uint_eq(server->queries, 1);
}

static void
answer_from_elsewhere(const struct kit_query *query)
{
	struct levin_sim *sim = query->server->kit->sim;
	struct kit_query copy = *query;
	struct kit_server other = *query->server;

	other.fd =
	    levin_sim_datagram_socket(sim, query->number == 1 ? "10.0.0.1:54" : "10.0.0.9:53");
	copy.server = &other;
	copy.server->kit = query->server->kit;
	{
		uint8_t reply[512];
		size_t size = kit_begin_reply(query, 0, reply);

		kit_send(&copy, reply, kit_add_address_record(reply, size, 9));
	}
	levin_sim_close(other.fd);
	if (query->number == 3)
		kit_answer(query);
}

TEST(lvn_dns_receive_by_udp__replies_from_another_port_or_host_are_ignored)
{
	kit_add_server(&kit, answer_from_elsewhere);

	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
}

static void
answer_twice(const struct kit_query *query)
{
	kit_answer(query);
	kit_answer(query);
}

TEST(lvn_dns_receive_by_udp__one_outcome_for_two_replies)
{
	kit_add_server(&kit, answer_twice);

	kit_ask(&kit, &question, "www.example");
	kit_run_for(&kit, 1000 * KIT_MS);

	kit_expect_address(&question, 1);
}

/* ---- Errors of servers ------------------------------------------------------------------ */

static void
answer_lamely(const struct kit_query *query)
{
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, 0, reply);

	reply[3] &= 0x7f;
	kit_send(query, reply, size);
}

/* Whom to ask instead, from a server that could have asked. */
static void
answer_with_referral(const struct kit_query *query)
{
	static const uint8_t record[] = {0, 0, 2, 0, 1, 0, 0, 1, 0, 0, 4, 2, 'n', 's', 0};
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, 0, reply);

	memcpy(reply + size, record, sizeof(record));
	reply[9] = 1;
	kit_send(query, reply, size + sizeof(record));
}

static void
answer_malformed(const struct kit_query *query)
{
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, 0, reply);

	size = kit_add_address_record(reply, size, 9);
	kit_send(query, reply, size - 1);
}

static void
answer_notimp(const struct kit_query *query)
{
	uint8_t reply[512];

	kit_send(query, reply, kit_begin_reply(query, DNS_RCODE_NOTIMP, reply));
}

static void
answer_notauth(const struct kit_query *query)
{
	uint8_t reply[512];

	kit_send(query, reply, kit_begin_reply(query, DNS_RCODE_NOTAUTH, reply));
}

static void
answer_badvers(const struct kit_query *query)
{
	static const uint8_t opt[] = {0, 0, 41, 4, 208, DNS_RCODE_BADVERS >> 4, 0, 0, 0, 0, 0};
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, 0, reply);

	memcpy(reply + size, opt, sizeof(opt));
	reply[11] = 1;
	kit_send(query, reply, size + sizeof(opt));
}

static const struct {
	kit_answer_fn *answer;
	unsigned rcode;
} errors[] = {
    {kit_answer_servfail, DNS_RCODE_SERVFAIL},
    {kit_answer_refused, DNS_RCODE_REFUSED},
    {answer_lamely, DNS_RCODE_SERVFAIL},
    {answer_with_referral, DNS_RCODE_SERVFAIL},
    {answer_malformed, DNS_RCODE_SERVFAIL},
    {answer_notimp, DNS_RCODE_NOTIMP},
    {answer_notauth, DNS_RCODE_NOTAUTH},
    {answer_badvers, DNS_RCODE_BADVERS},
};

TEST_RANGE(lvn_dns_receive_by_udp__an_error_of_one_server_leads_to_the_next, 0, 8)
{
	struct kit_server *server = kit_add_server(&kit, errors[_i].answer);

	kit_add_server(&kit, kit_answer);
	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 2);
	ck_assert_int_eq(question.took_ns, 0);
	ck_assert_uint_le(server->queries, 2);
	/* The one that did better is asked first from now on. */
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 2);
	ck_assert_uint_le(server->queries, 2);
}

TEST_RANGE(lvn_dns_receive_by_udp__the_error_of_all_servers_is_the_outcome, 0, 8)
{
	kit_add_server(&kit, errors[_i].answer);
	kit_add_server(&kit, errors[_i].answer);

	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_eq(question.rcode, errors[_i].rcode);
	ck_assert_int_eq(question.took_ns, 0);
	ck_assert_ptr_nonnull(question.server);
}

/* Not that the name has no records, nor what cannot be read: the message is one of a failure. */
TEST(lvn_dns_receive_by_udp__a_useless_reply_of_all_servers_is_a_failure)
{
	static kit_answer_fn *const answers[] = {
	    answer_lamely, answer_with_referral, answer_malformed};

	for (int i = 0; i < 3; i++) {
		kit_add_server(&kit, answers[i]);
		kit_ask(&kit, &question, "www.example");

		ck_assert_int_eq(question.status, 0);
		ck_assert_uint_eq(question.rcode, DNS_RCODE_SERVFAIL);
		ck_assert_uint_eq(question.flags & DNS_RCODE_MASK, DNS_RCODE_SERVFAIL);
		ck_assert_uint_eq(question.size, LVN_DNS_HEADER_SIZE + sizeof("3www7example") + 4);
	}
}

TEST(lvn_dns_receive_by_udp__an_error_is_the_outcome_when_all_others_are_silent)
{
	kit_add_server(&kit, kit_answer_refused);
	kit_add_server(&kit, kit_answer_nothing);

	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_eq(question.rcode, DNS_RCODE_REFUSED);
	ck_assert_uint_eq(question.flags & DNS_RCODE_MASK, DNS_RCODE_REFUSED);
	ck_assert_uint_eq(question.size, LVN_DNS_HEADER_SIZE + sizeof("3www7example") + 4);
	ck_assert_ptr_eq(question.server, lvn_dns_network_server_locked(kit.network, 0));
	/* 2, 4 and 5 seconds for the silent one. */
	ck_assert_int_eq(question.took_ns, 11000 * KIT_MS);
}

/* The message that is made of it has no place for the higher bits, which are all that is set. */
TEST(lvn_dns_receive_by_udp__an_error_of_edns_is_an_error_when_all_others_are_silent)
{
	kit_add_server(&kit, answer_badvers);
	kit_add_server(&kit, kit_answer_nothing);

	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_eq(question.rcode, DNS_RCODE_BADVERS);
	ck_assert_uint_eq(question.flags & DNS_RCODE_MASK, DNS_RCODE_SERVFAIL);
}

/* ---- EDNS ------------------------------------------------------------------------------- */

static void
answer_formerr_to_edns(const struct kit_query *query)
{
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, DNS_RCODE_FORMERR, reply);

	if (!kit_has_edns(query))
		kit_answer(query);
	else
		kit_send(query, reply, size);
}

static void
answer_bare_formerr_to_edns(const struct kit_query *query)
{
	uint8_t reply[512];

	kit_begin_reply(query, DNS_RCODE_FORMERR, reply);
	reply[5] = 0;
	if (!kit_has_edns(query))
		kit_answer(query);
	else
		kit_send(query, reply, LVN_DNS_HEADER_SIZE);
}

static void
answer_notimp_to_edns(const struct kit_query *query)
{
	if (kit_has_edns(query))
		answer_notimp(query);
	else
		kit_answer(query);
}

static kit_answer_fn *const without_edns[] = {
    answer_formerr_to_edns, answer_bare_formerr_to_edns, answer_notimp_to_edns};

TEST_RANGE(lvn_dns_receive_by_udp__is_asked_without_edns_where_that_is_refused, 0, 3)
{
	struct kit_server *server = kit_add_server(&kit, without_edns[_i]);

	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->queries, 2);
	ck_assert_int_eq(question.took_ns, 0);

	/* That is remembered for a while. */
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->queries, 3);
	levin_sim_spend(kit.sim, 601000 * KIT_MS);
	kit_ask(&kit, &question, "www.example");
	ck_assert_uint_eq(server->queries, 5);
}

static void
answer_edns_twice(const struct kit_query *query)
{
	answer_formerr_to_edns(query);
	if (kit_has_edns(query))
		answer_formerr_to_edns(query);
}

/* Both refusals are for the first question, and have its id. */
TEST(lvn_dns_receive_by_udp__refusal_of_edns_that_comes_twice)
{
	struct kit_server *server = kit_add_server(&kit, answer_edns_twice);

	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->queries, 2);
	ck_assert_uint_ne(server->ids[0], server->ids[1]);
}

static struct kit_query first_query;

static void
keep_first_query(const struct kit_query *query)
{
	if (query->number == 1)
		first_query = *query;
}

static void
answer_formerr_behind_first(const struct kit_query *query)
{
	if (kit_has_edns(query))
		answer_formerr_to_edns(&first_query);
	answer_formerr_to_edns(query);
}

/* A server refuses EDNS when another one is being asked with it, which refuses it as well. */
TEST(lvn_dns_receive_by_udp__late_refusal_of_edns)
{
	struct kit_server *other;

	kit_add_server(&kit, keep_first_query);
	kit_start(&kit, &question, "www.example");
	other = kit_add_server(&kit, answer_formerr_behind_first);
	kit_run(&kit);

	kit_expect_address(&question, 2);
	ck_assert_uint_eq(other->queries, 2);
}

TEST(lvn_dns_receive_by_udp__silence_does_not_switch_edns_off)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_nothing);

	kit_ask(&kit, &question, "www.example");

	ck_assert_uint_eq(server->queries, 3);
	ck_assert(kit_has_edns(&server->last));
	ck_assert_uint_eq(server->last.message[server->last.size - 20], 1232 >> 8);
	ck_assert_uint_eq(server->last.message[server->last.size - 19], 1232 & 0xff);
}

TEST(lvn_dns_receive_by_udp__no_edns_for_512_bytes)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer);

	kit.options.edns_udp_size = 512;
	kit_ask(&kit, &question, "www.example");

	ck_assert(!kit_has_edns(&server->last));
}

/* ---- The case of letters ---------------------------------------------------------------- */

static bool
has_upper_case(const struct kit_query *query)
{
	for (size_t i = LVN_DNS_HEADER_SIZE; i < query->size; i++) {
		if (query->message[i] >= 'A' && query->message[i] <= 'Z')
			return true;
	}
	return false;
}

TEST(lvn_dns_receive_by_udp__letters_are_in_random_case)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer);

	kit_ask(&kit, &question, KIT_LONG_NAME);

	ck_assert(has_upper_case(&server->last));
	kit_expect_address(&question, 1);
}

TEST(lvn_dns_receive_by_udp__letters_stay_without_randomize_case)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_in_lower_case);

	kit.options.randomize_case = false;
	kit_ask(&kit, &question, "ABc" KIT_LONG_NAME);

	ck_assert_mem_eq(server->last.message + LVN_DNS_HEADER_SIZE, "\4ABca\4name", 10);
	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->queries, 1);
}
