/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_cookies.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/random.h"
#include "dns/dns_message.h"
#include "dns/dns_random.h"
#include "support/dns_network_case.h"

/* ---- Alone ------------------------------------------------------------------------------ */

static struct dns_cookies cookies;
static struct dns_random pool;

static union inet_sockaddr
local(uint32_t address)
{
	union inet_sockaddr result = {.v4 = {.sin_family = AF_INET}};

	result.v4.sin_addr.s_addr = htonl(address);
	return result;
}

static const struct dns_cookie *
prepare(uint32_t address)
{
	union inet_sockaddr from = local(address);

	return lvn_dns_cookies_prepare(&cookies, &from, &pool, NULL);
}

TEST(lvn_dns_cookies_prepare__one_for_each_local_address)
{
	const struct dns_cookie first = *prepare(0x0a000001);
	struct dns_cookie other;

	ck_assert_mem_eq(prepare(0x0a000001)->client, first.client, sizeof(first.client));
	other = *prepare(0x0a000002);
	ck_assert_mem_ne(other.client, first.client, sizeof(first.client));
	ck_assert_mem_ne(prepare(0x0a000001)->client, first.client, sizeof(first.client));
}

TEST(lvn_dns_cookies_prepare__another_address_forgets_the_server)
{
	prepare(0x0a000001);
	cookies.cookie.server_size = 8;
	ck_assert_uint_eq(prepare(0x0a000001)->server_size, 8);
	ck_assert_uint_eq(prepare(0x0a000002)->server_size, 0);
}

TEST(lvn_dns_cookies_prepare__without_random_bytes)
{
	lvn_random_set_device_file("/nonexistent");
	/* The kernel's call may still have them; what counts is that nothing else is sent. */
	(void)!prepare(0x0a000001);
	lvn_random_set_device_file(NULL);
	ck_assert_ptr_nonnull(prepare(0x0a000001));
}

static enum dns_cookies_verdict
check(const void *option, size_t size)
{
	uint8_t options[64] = {0, DNS_OPTION_CODE_COOKIE, 0, (uint8_t)size};
	struct dns_edns edns = {.present = true, .options = options, .options_size = size + 4};

	memcpy(options + 4, option, size);
	lvn_dns_cookies_learn(&cookies, &edns);
	return lvn_dns_cookies_check(&cookies, &edns);
}

TEST(lvn_dns_cookies_check__ours_must_come_back)
{
	uint8_t option[41] = {0};
	struct dns_edns none = {.present = false}, empty = {.present = true};

	memcpy(option, prepare(0x0a000001)->client, 8);
	memset(option + 8, 7, 33);
	ck_assert_int_eq(lvn_dns_cookies_check(&cookies, &none), DNS_COOKIES_ABSENT);
	ck_assert_int_eq(lvn_dns_cookies_check(&cookies, &empty), DNS_COOKIES_ABSENT);
	ck_assert_int_eq(check(option, 8), DNS_COOKIES_RIGHT);
	ck_assert_int_eq(lvn_dns_cookies_check(&cookies, &empty), DNS_COOKIES_ABSENT);
	ck_assert_int_eq(check(option, 7), DNS_COOKIES_WRONG);
	ck_assert_int_eq(check(option, 15), DNS_COOKIES_WRONG);
	ck_assert_int_eq(check(option, 41), DNS_COOKIES_WRONG);
	ck_assert_int_eq(check(option, 40), DNS_COOKIES_RIGHT);
	ck_assert_uint_eq(cookies.cookie.server_size, 32);
	ck_assert_int_eq(lvn_dns_cookies_check(&cookies, &none), DNS_COOKIES_MISSING);
	ck_assert_int_eq(lvn_dns_cookies_check(&cookies, &empty), DNS_COOKIES_MISSING);
	/* The server's half may be left out once. */
	ck_assert_int_eq(check(option, 8), DNS_COOKIES_RIGHT);
	ck_assert_uint_eq(cookies.cookie.server_size, 32);
	option[0] ^= 1;
	ck_assert_int_eq(check(option, 8), DNS_COOKIES_WRONG);
	lvn_dns_cookies_forget(&cookies);
	ck_assert_int_eq(lvn_dns_cookies_check(&cookies, &none), DNS_COOKIES_ABSENT);
}

/* ---- With a server ---------------------------------------------------------------------- */

/* Where the cookie is in a question; its size at *size. */
static const uint8_t *
cookie_in(const struct kit_query *query, size_t *size)
{
	static const uint8_t empty[1];
	const uint8_t *option;

	for (size_t at = LVN_DNS_HEADER_SIZE; at + 11 < query->size; at++) {
		option = query->message + at;
		if (memcmp(option, "\0\0\x29\x04\xd0", 5) != 0)
			continue;
		*size = query->size - at - 15;
		return option + 15;
	}
	*size = 0;
	return empty;
}

enum server_cookie { NO_COOKIE, BOTH, WRONG_CLIENT, REFUSED };

static void
answer_with_cookie(const struct kit_query *query, enum server_cookie kind)
{
	static const uint8_t opt[] = {0, 0, 0x29, 4, 0xd0, 0, 0, 0, 0, 0, 20, 0, 10, 0, 16};
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, kind == REFUSED ? 7 : 0, reply);
	size_t cookie_size;
	const uint8_t *cookie = cookie_in(query, &cookie_size);

	ck_assert_uint_ge(cookie_size, 8);
	if (kind != REFUSED)
		size = kit_add_address_record(reply, size, 1);
	memcpy(reply + size, opt, sizeof(opt));
	if (kind == REFUSED)
		reply[size + 5] = 1;
	memcpy(reply + size + sizeof(opt), cookie, 8);
	memset(reply + size + sizeof(opt) + 8, 's', 8);
	if (kind == WRONG_CLIENT)
		reply[size + sizeof(opt)] ^= 1;
	reply[11] = 1;
	kit_send(query, reply, size + sizeof(opt) + 16);
}

static void
answer_with_both(const struct kit_query *query)
{
	answer_with_cookie(query, BOTH);
}

static bool
has_server_cookie(const struct kit_query *query)
{
	size_t size;
	const uint8_t *cookie = cookie_in(query, &size);

	return size == 16 && memcmp(cookie + 8, "ssssssss", 8) == 0;
}

static void
answer_to_cookie_alone(const struct kit_query *query)
{
	answer_with_cookie(query, has_server_cookie(query) ? BOTH : REFUSED);
}

static void
refuse_cookies(const struct kit_query *query)
{
	answer_with_cookie(query, REFUSED);
}

static void
answer_with_wrong_cookie_first(const struct kit_query *query)
{
	answer_with_cookie(query, WRONG_CLIENT);
	answer_with_cookie(query, BOTH);
}

/* The address is not the last thing in a reply with EDNS. */
#define expect_answer()                                    \
	do {                                               \
		ck_assert_int_eq(question.status, 0);      \
		ck_assert_uint_eq(question.message[7], 1); \
		ck_assert_uint_eq(question.rcode, 0);      \
	} while (0)

TEST_FIXTURE(set_up, tear_down);

TEST(lvn_dns_cookies__that_of_the_server_is_sent_back)
{
	struct kit_server *server = kit_add_server(&kit, answer_with_both);
	size_t size;

	kit_ask(&kit, &question, "www.example");
	expect_answer();
	cookie_in(&server->last, &size);
	ck_assert_uint_eq(size, 8);
	kit_ask(&kit, &question, "www.example");
	expect_answer();
	ck_assert(has_server_cookie(&server->last));
}

TEST(lvn_dns_cookies__a_new_one_is_taken_where_the_server_asks_for_it)
{
	struct kit_server *server = kit_add_server(&kit, answer_to_cookie_alone);

	kit_ask(&kit, &question, "www.example");
	expect_answer();
	ck_assert_uint_eq(server->queries, 2);
	ck_assert_int_eq(question.took_ns, 0);
}

TEST(lvn_dns_cookies__refused_again_leads_to_tcp)
{
	struct kit_server *server = kit_add_server(&kit, refuse_cookies);

	kit_listen(server, kit_answer);
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 1);
	ck_assert(question.by_tcp);
	ck_assert_uint_eq(server->queries, 2);
}

TEST(lvn_dns_cookies__refused_by_all_is_an_error)
{
	struct kit_server *server = kit_add_server(&kit, refuse_cookies);

	kit_listen(server, refuse_cookies);
	kit_ask(&kit, &question, "www.example");
	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_eq(question.rcode, DNS_RCODE_BADCOOKIE);
}

TEST(lvn_dns_cookies__a_reply_with_another_one_is_ignored)
{
	kit_add_server(&kit, answer_with_wrong_cookie_first);
	kit_ask(&kit, &question, "www.example");
	expect_answer();
	ck_assert_uint_eq(kit.network != NULL, 1);
	ck_assert_uint_eq(lvn_dns_network_server_locked(kit.network, 0)->replies, 1);
}

TEST(lvn_dns_cookies__missing_ones_lead_to_tcp)
{
	struct kit_server *server = kit_add_server(&kit, answer_with_both);

	kit_listen(server, answer_with_both);
	kit_ask(&kit, &question, "www.example");
	server->answer = kit_answer;
	for (int i = 0; i < 2; i++) {
		kit_ask(&kit, &question, "www.example");
		expect_answer();
		ck_assert(question.by_tcp);
	}
	/* By TCP they are missing too: the server has none any more. */
	kit_listen(server, kit_answer);
	kit_ask(&kit, &question, "www.example");
	ck_assert(question.by_tcp);
	kit_ask(&kit, &question, "www.example");
	ck_assert(!question.by_tcp);
}

TEST(lvn_dns_cookies__missing_ones_where_there_is_no_tcp)
{
	struct kit_server *server = kit_add_server(&kit, answer_with_both);

	kit_ask(&kit, &question, "www.example");
	server->answer = kit_answer;
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 1);
	ck_assert_int_eq(question.took_ns, 0);
	ck_assert_uint_eq(server->queries, 3);
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->queries, 4);
}
