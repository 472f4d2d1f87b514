/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What somebody can guess who does not see the questions: ids, sockets and letters without a
 * pattern, and forged replies that must not count.  LEVIN_FORGED_REPLIES=1000000 sends so many.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns_message.h"
#include "support/chance.h"
#include "support/dns_network_case.h"

TEST_FIXTURE(set_up, tear_down);

/* ---- Patterns ----------------------------------------------------------------------------- */

enum { SAMPLES = 100000, LETTERS = 16 };

/* What was seen of the questions, in their order. */
static struct {
	unsigned count;
	uint16_t ids[SAMPLES];
	uint16_t ports[SAMPLES];
	uint16_t letters[SAMPLES]; /* a bit is set where a letter is upper case */
} seen;

static void
note(const struct kit_query *query)
{
	unsigned letters = 0;

	if (seen.count < SAMPLES) {
		for (int i = 0; i < LETTERS; i++)
			letters |= (unsigned)(query->message[LVN_DNS_HEADER_SIZE + 1 + i] < 'a')
				   << i;
		seen.ids[seen.count] = (uint16_t)(query->message[0] << 8 | query->message[1]);
		seen.ports[seen.count] =
		    ntohs(((const struct sockaddr_in *)&query->from)->sin_port);
		seen.letters[seen.count] = (uint16_t)letters;
		seen.count++;
	}
	kit_answer(query);
}

/* The values, and what each one says about the one `lag` places behind it. */
static void
check_values(const uint16_t *values, const char *what)
{
	unsigned high[CHANCE_CELLS] = {0}, low[CHANCE_CELLS] = {0};

	for (unsigned i = 0; i < SAMPLES; i++) {
		high[values[i] >> 8]++;
		low[values[i] & 0xff]++;
	}
	chance_check_even(high, what);
	chance_check_even(low, what);
	for (unsigned lag = 1; lag <= 4; lag++) {
		unsigned steps[CHANCE_CELLS] = {0}, mixed[CHANCE_CELLS] = {0},
			 pairs[CHANCE_CELLS] = {0};

		for (unsigned i = 0; i + lag < SAMPLES; i++) {
			unsigned one = values[i], other = values[i + lag];

			steps[(uint16_t)(other - one) >> 8]++;
			mixed[(one ^ other) & 0xff]++;
			pairs[(one >> 12) << 4 | other >> 12]++;
		}
		chance_check_even(steps, what);
		chance_check_even(mixed, what);
		chance_check_even(pairs, what);
	}
}

/* Three of four questions come from another socket than the one before, and none in turn. */
static void
check_sockets(void)
{
	unsigned same[4] = {0};

	for (unsigned lag = 1; lag <= 4; lag++) {
		for (unsigned i = 0; i + lag < SAMPLES; i++)
			same[lag - 1] += seen.ports[i] == seen.ports[i + lag];
		ck_assert_uint_gt(same[lag - 1], SAMPLES * 23 / 100);
		ck_assert_uint_lt(same[lag - 1], SAMPLES * 27 / 100);
	}
}

TEST_SECONDS(120);

TEST(lvn_dns_exchange_start__no_pattern_in_what_must_be_guessed)
{
	seen.count = 0;
	kit_add_server(&kit, note);

	for (unsigned i = 0; i < SAMPLES; i++)
		kit_ask(&kit, &question, "abcdefghijklmnop.example");

	ck_assert_uint_eq(seen.count, SAMPLES);
	check_values(seen.ids, "ids");
	check_values(seen.letters, "letters");
	chance_check_correlation(
	    seen.ids, seen.ids + 1, SAMPLES - 1, 0.02, "ids and the next ones");
	chance_check_correlation(seen.ids, seen.letters, SAMPLES, 0.02, "ids and letters");
	chance_check_correlation(seen.ids, seen.ports, SAMPLES, 0.02, "ids and ports");
	check_sockets();
}

/* ---- Forgeries ---------------------------------------------------------------------------- */

enum forgery {
	WRONG_ID,
	OTHER_ID, /* that of the question before */
	WRONG_SOCKET,
	WRONG_ADDRESS,
	WRONG_PORT,
	WRONG_NAME,
	WRONG_TYPE,
	WRONG_CLASS,
	WRONG_COOKIE,
	NO_RESPONSE,
	WRONG_OPERATION,
	WRONG_SECTION,
	CUT,
	WRONG_CASE, /* may be a server's: leads to TCP */
	FORGERIES
};

enum { BATCH = 50, FORGED_BY_DEFAULT = 50000, POISON = 66 };

static unsigned forged[FORGERIES];
static int elsewhere, other_port;
static uint16_t last_id;
static struct sockaddr_storage last_from;

static unsigned
forgeries_wanted(void)
{
	const char *text = getenv("LEVIN_FORGED_REPLIES");

	return text ? (unsigned)strtoul(text, NULL, 0) : FORGED_BY_DEFAULT;
}

/* An OPT record with a cookie; the first byte is that of the client's half, changed by `change`. */
static size_t
add_cookie(const struct kit_query *query, uint8_t *reply, size_t size, unsigned change)
{
	static const uint8_t opt[] = {0, 0, 0x29, 4, 0xd0, 0, 0, 0, 0, 0, 20, 0, 10, 0, 16};
	size_t at = LVN_DNS_HEADER_SIZE;

	while (query->message[at])
		at += query->message[at] + 1U;
	at += 5 + sizeof(opt);
	/* Without one in the question there is none to be wrong. */
	if (at + 8 > query->size)
		return size;
	memcpy(reply + size, opt, sizeof(opt));
	memcpy(reply + size + sizeof(opt), query->message + at, 8);
	memset(reply + size + sizeof(opt) + 8, 's', 8);
	reply[size + sizeof(opt)] ^= (uint8_t)change;
	reply[11] = 1;
	return size + sizeof(opt) + 16;
}

static unsigned
draw(unsigned bound)
{
	return (unsigned)levin_sim_random(kit.sim, bound);
}

/* A change of the question's copy in the reply. */
static void
change_question(enum forgery kind, uint8_t *reply, size_t question_end)
{
	size_t letter = LVN_DNS_HEADER_SIZE + 1 + draw(LETTERS);

	if (kind == WRONG_NAME)
		reply[letter]++; /* the next letter of the same case */
	else if (kind == WRONG_TYPE)
		reply[question_end - 3] ^= (uint8_t)(1 + draw(255));
	else if (kind == WRONG_CLASS)
		reply[question_end - 1] ^= (uint8_t)(1 + draw(255));
	else
		reply[letter] ^= 0x20;
}

static void
change_header(enum forgery kind, uint8_t *reply, const struct kit_query *query)
{
	uint16_t id = (uint16_t)(query->message[0] << 8 | query->message[1]);

	switch (kind) {
	case WRONG_ID:
		id = (uint16_t)(id + 1 + draw(65535));
		break;
	case OTHER_ID:
		id = last_id == id ? (uint16_t)~id : last_id;
		break;
	case NO_RESPONSE:
		reply[2] &= 0x7f;
		break;
	case WRONG_OPERATION:
		reply[2] |= (uint8_t)(8 * (1 + draw(15)));
		break;
	case WRONG_SECTION:
		/* The question is counted as an answer, or comes twice. */
		reply[5] = (uint8_t)(2 * draw(2));
		reply[7] = 2;
		break;
	default:
		break;
	}
	reply[0] = (uint8_t)(id >> 8);
	reply[1] = (uint8_t)id;
}

static void
send_forgery(const struct kit_query *query, enum forgery kind)
{
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, 0, reply);
	size_t question_end = size;
	struct kit_query target = *query;
	struct kit_server from = *query->server;

	size = kit_add_address_record(reply, size, POISON);
	change_header(kind, reply, query);
	if (kind == WRONG_NAME || kind == WRONG_TYPE || kind == WRONG_CLASS || kind == WRONG_CASE)
		change_question(kind, reply, question_end);
	size = add_cookie(query, reply, size, kind == WRONG_COOKIE ? 1 + draw(255) : 0);
	if (kind == CUT)
		size = draw((unsigned)question_end);
	if (kind == WRONG_ADDRESS)
		from.fd = elsewhere;
	else if (kind == WRONG_PORT)
		from.fd = other_port;
	else if (kind == WRONG_SOCKET)
		target.from = last_from;
	target.server = &from;
	kit_send(&target, reply, size);
	forged[kind]++;
}

static bool
is_to_another_socket(const struct kit_query *query)
{
	return last_from.ss_family &&
	       memcmp(&last_from, &query->from, sizeof(struct sockaddr_in)) != 0;
}

static void
answer_with_cookie(const struct kit_query *query)
{
	uint8_t reply[512];
	size_t size = kit_add_address_record(reply, kit_begin_reply(query, 0, reply), 1);

	kit_send(query, reply, add_cookie(query, reply, size, 0));
}

/* The forgeries come first: the attacker is the fastest. */
static void
answer_behind_forgeries(const struct kit_query *query)
{
	unsigned kinds = draw(10) ? WRONG_CASE : FORGERIES;

	for (int i = 0; i < BATCH; i++) {
		enum forgery kind = (enum forgery)draw(kinds);

		if (kind == WRONG_SOCKET && !is_to_another_socket(query))
			kind = WRONG_ID;
		send_forgery(query, kind);
	}
	last_id = (uint16_t)(query->message[0] << 8 | query->message[1]);
	last_from = query->from;
	answer_with_cookie(query);
}

static void
expect_the_truth(void)
{
	ck_assert_uint_eq(question.ended, 1);
	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_eq(question.rcode, 0);
	ck_assert_uint_eq(question.message[7], 1);
	for (size_t i = LVN_DNS_HEADER_SIZE; i + 4 <= question.size; i++)
		ck_assert(memcmp(question.message + i, "\300\0\2\102", 4) != 0);
}

TEST(lvn_dns_receive_by_udp__forged_replies_are_refused)
{
	unsigned wanted = forgeries_wanted(), all = 0;
	struct kit_server *server = kit_add_server(&kit, answer_with_cookie);

	elsewhere = levin_sim_datagram_socket(kit.sim, "10.0.0.66:53");
	other_port = levin_sim_datagram_socket(kit.sim, "10.0.0.1:54");
	kit_listen(server, kit_answer);
	kit_ask(&kit, &question, "abcdefghijklmnop.example");
	server->answer = answer_behind_forgeries;
	for (unsigned sent = 0; sent < wanted; sent += BATCH) {
		kit_ask(&kit, &question, "abcdefghijklmnop.example");
		expect_the_truth();
	}

	for (int kind = 0; kind < FORGERIES; kind++) {
		ck_assert_uint_gt(forged[kind], wanted / 1000);
		all += forged[kind];
	}
	ck_assert_uint_ge(all, wanted);
	levin_sim_close(elsewhere);
	levin_sim_close(other_port);
}
