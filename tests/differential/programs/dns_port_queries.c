/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a DNS server port makes of a datagram: which are queries, with which flags, questions and
 * names.
 */
#include "dns_port_kit.h"

static void
plain(void)
{
	put_query("www.Example.com");
	ask();
}

static void
flags(void)
{
	static const int values[] = {0, 0x100, 0x10, 0x20, 0x40, 0x80, 0x200, 0x400, 0x110, 0xf};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		put_header(1, values[i], 1, 0);
		put_question("a.b", 1, 1);
		ask();
	}
}

static void
other_operations(void)
{
	for (int opcode = 1; opcode < 16; opcode += 7) {
		put_header(1, opcode << 11, 1, 0);
		put_question("a.b", 1, 1);
		ask();
	}
}

static void
reply_to_a_query(void)
{
	put_header(1, 0x8000, 1, 0);
	put_question("a.b", 1, 1);
	ask();
}

static int cut_at;

static void
cut(void)
{
	put_query("a.b");
	query.size = cut_at;
	ask();
}

static void
no_question(void)
{
	put_header(1, 0, 0, 0);
	ask();
}

static void
two_questions(void)
{
	put_header(1, 0, 2, 0);
	put_question("a.b", 1, 1);
	put_question("c.a.b", 28, 3);
	ask();
}

static void
sixty_questions(void)
{
	put_header(1, 0, 60, 0);
	for (int i = 0; i < 60; i++)
		put_question("a", i, 1);
	ask();
}

static void
a_question_is_missing(void)
{
	put_header(1, 0, 2, 0);
	put_question("a.b", 1, 1);
	ask();
}

static void
a_record_is_missing(void)
{
	put_header(1, 0, 1, 1);
	put_question("a.b", 1, 1);
	ask();
}

static void
bytes_behind_the_end(void)
{
	put_query("a.b");
	script_put_number(&query, 7, 2);
	ask();
}

static void
edns(void)
{
	put_header(1, 0, 1, 1);
	put_question("a.b", 1, 1);
	script_put(&query, "\0\0\x29\4\xd0\0\0\0\0\0\0", 11);
	ask();
}

/* A second question whose name ends with a pointer, and a name behind it. */
static void
pointer(int to, const char *behind)
{
	put_header(1, 0, 2, 0);
	put_question("a.b", 1, 1);
	script_put(&query, "\1x", 2);
	script_put_number(&query, 0xc000 | (unsigned)to, 2);
	script_put_number(&query, 1, 2);
	script_put_number(&query, 1, 2);
	if (behind)
		script_put_name(&query, behind);
	ask();
}

static void
pointer_back(void)
{
	pointer(12, NULL);
}

static void
pointer_forwards(void)
{
	pointer(12 + 9 + 8, "a");
}

static void
pointer_to_itself(void)
{
	pointer(12 + 9 + 2, NULL);
}

static void
label_of_64_bytes(void)
{
	put_header(1, 0, 1, 0);
	script_put_number(&query, 64, 1);
	for (int i = 0; i < 64; i++)
		script_put(&query, "a", 1);
	script_put(&query, "\0\0\1\0\1", 5);
	ask();
}

static void
root(void)
{
	put_query("");
	ask();
}

static void
labels(int count)
{
	put_header(1, 0, 1, 0);
	for (int i = 0; i < count; i++)
		script_put(&query, "\1a", 2);
	script_put(&query, "\0\0\1\0\1", 5);
	ask();
}

static void
name_of_255_bytes(void)
{
	labels(127);
}

static void
name_of_257_bytes(void)
{
	labels(128);
}

static void
any_bytes(void)
{
	put_header(1, 0, 1, 0);
	script_put(&query, "\6a.\0b\\z\0\0\1\0\1", 12);
	ask();
}

static void
several_in_a_turn(void)
{
	put_query("a.b");
	for (int i = 0; i < 40; i++)
		send_query();
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	while (say_reply())
		;
}

int
main(void)
{
	run_case("a query", plain);
	run_case("flags", flags);
	run_case("other operations", other_operations);
	run_case("a reply", reply_to_a_query);
	for (cut_at = 0; cut_at <= 21; cut_at += 3) {
		char text[40];

		snprintf(text, sizeof(text), "cut after %d bytes", cut_at);
		run_case(text, cut);
	}
	run_case("no question", no_question);
	run_case("two questions", two_questions);
	run_case("sixty questions", sixty_questions);
	run_case("a question is missing", a_question_is_missing);
	run_case("a record is missing", a_record_is_missing);
	run_case("bytes behind the end", bytes_behind_the_end);
	run_case("EDNS", edns);
	run_case("a pointer back", pointer_back);
	run_case("a pointer forwards", pointer_forwards);
	run_case("a pointer to itself", pointer_to_itself);
	run_case("a label of 64 bytes", label_of_64_bytes);
	run_case("the root", root);
	run_case("a name of 255 bytes", name_of_255_bytes);
	run_case("a name of 257 bytes", name_of_257_bytes);
	run_case("a name of any bytes", any_bytes);
	run_case("several in a turn", several_in_a_turn);
	return 0;
}
