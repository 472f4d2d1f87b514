/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queries of any type, with name servers in the simulated world.
 */
#include <errno.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <levin/dns.h>
#include <levin/sim.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "support/dns_peer.h"

enum { FLAG_AD = 0x20, FLAG_AA = 0x400 };

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_peer peer;

/* What the last query of the peer had. */
static unsigned query_flags;
static bool query_had_do;

struct answered {
	int calls;
	int result;
	char text[8192]; /* the records of all sections, a line each, with "--" between sections */
	char name[300];
	char server[64];
	int rcode;
	bool has_answer;
	bool is_authentic;
	bool is_truncated;
	bool used_tcp;
	int64_t duration_ns;
	struct levin_dns_request *to_cancel; /* in the callback */
	bool frees_resolver;                 /* in the callback */
};

static void
add_line(struct answered *seen, const char *line)
{
	size_t used = strlen(seen->text);

	ck_assert_int_lt(snprintf(seen->text + used, sizeof(seen->text) - used, "%s\n", line),
	    (int)(sizeof(seen->text) - used));
}

static void
add_section(struct answered *seen, const struct levin_dns_record *record)
{
	for (; record; record = record->next) {
		char line[1024];

		ck_assert_uint_lt(levin_dns_record_print(record, line, sizeof(line)), sizeof(line));
		add_line(seen, line);
	}
}

static void
note_answer(int result, struct levin_dns_answer *answer, void *arg)
{
	struct answered *seen = arg;

	seen->calls++;
	seen->result = result;
	seen->has_answer = answer != NULL;
	if (answer) {
		add_section(seen, answer->records);
		if (answer->authority || answer->additional)
			add_line(seen, "--");
		add_section(seen, answer->authority);
		if (answer->additional)
			add_line(seen, "--");
		add_section(seen, answer->additional);
		snprintf(seen->name, sizeof(seen->name), "%s", answer->name);
		snprintf(seen->server, sizeof(seen->server), "%s",
		    answer->server ? answer->server : "none");
		seen->rcode = answer->rcode;
		seen->is_authentic = answer->is_authentic;
		seen->is_truncated = answer->is_truncated;
		seen->used_tcp = answer->used_tcp;
		seen->duration_ns = answer->duration_ns;
		levin_dns_answer_free(answer);
	}
	if (seen->to_cancel)
		levin_dns_cancel(seen->to_cancel);
	if (seen->frees_resolver) {
		evdns_base_free(dns, 1);
		dns = NULL;
	}
}

static void
set_up(int i)
{
	base = base_on(backend_under_test(i));
	dns_peer_open(&peer, base, "192.0.2.1:53", dns_peer_by_name);
	dns = evdns_base_new(base, 0);
	ck_assert_ptr_nonnull(dns);
	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, peer.address), 0);
}

static void
tear_down(void)
{
	if (dns)
		evdns_base_free(dns, 0);
	dns_run(base, 1);
	dns_peer_close(&peer);
	event_base_free(base);
}

static void
await(struct answered *seen)
{
	for (int i = 0; i < 1000000 && seen->calls == 0; i++)
		dns_run(base, 1);
	ck_assert_int_eq(seen->calls, 1);
}

static struct levin_dns_request *
ask(const char *name, int type, unsigned flags, struct answered *seen)
{
	struct levin_dns_request *request;

	memset(seen, 0, sizeof(*seen));
	request = levin_dns_query(dns, name, type, flags, note_answer, seen);
	ck_assert_ptr_nonnull(request);
	ck_assert_int_eq(seen->calls, 0);
	return request;
}

static void
look_up(const char *name, int type, unsigned flags, struct answered *seen)
{
	ask(name, type, flags, seen);
	await(seen);
}

/* ---- Types ---------------------------------------------------------------------------- */

#define DATA(literal) (literal), sizeof(literal) - 1

static const struct sample {
	const char *type;
	const char *data;
	size_t size;
	const char *text;
} samples[] = {
    {"A", DATA("\xc0\0\2\1"), "192.0.2.1"},
    {"AAAA", DATA("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1"},
    {"NS", DATA("\2ns\4test\0"), "ns.test."},
    {"CNAME", DATA("\4real\4Test\0"), "real.Test."},
    {"PTR", DATA("\4host\4test\0"), "host.test."},
    {"DNAME", DATA("\5other\4test\0"), "other.test."},
    {"MX", DATA("\0\xa\4mail\4test\0"), "10 mail.test."},
    {"SOA", DATA("\2ns\0\4host\2ns\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
	"ns. host.ns. 1 2 3 4 5"},
    {"SRV", DATA("\0\1\0\2\1\xbb\3sip\0"), "1 2 443 sip."},
    {"TXT", DATA("\3one\5t\"w\xffo"), "\"one\" \"t\\\"w\\255o\""},
    {"CAA", DATA("\x80\5issueca.example"), "128 issue \"ca.example\""},
    {"NAPTR", DATA("\0\1\0\2\1S\7SIP+D2T\0\4_sip\4_tcp\0"),
	"1 2 \"S\" \"SIP+D2T\" \"\" _sip._tcp."},
    {"TLSA", DATA("\3\1\1\xab\xcd"), "3 1 1 abcd"},
    {"SVCB", DATA("\0\1\3www\0\0\1\0\3\2h2\0\3\0\2\1\xbb"), "1 www. alpn=h2 port=443"},
    {"HTTPS", DATA("\0\0\3www\0"), "0 www."},
    {"TYPE65280", DATA("\1\2\3"), "\\# 3 010203"},
};

static const struct sample *sample;

static void
reply_sample(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, 0);
	script_add(reply, SECTION_ANSWER, NULL, query->type, 300, sample->data, (int)sample->size);
}

TEST_IN_SIMULATION(levin_dns_query__records_of_every_type)
{
	struct answered seen;
	char expected[256];

	set_up(_i);
	peer.reply = reply_sample;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		sample = &samples[i];

		look_up("Name.test", levin_dns_type_parse(sample->type), 0, &seen);

		ck_assert_int_eq(seen.result, DNS_ERR_NONE);
		snprintf(expected, sizeof(expected), "Name.test. 300 IN %s %s\n", sample->type,
		    sample->text);
		ck_assert_str_eq(seen.text, expected);
	}
	tear_down();
}

/* None of them crashes anything, and none is a success. */
TEST_IN_SIMULATION(levin_dns_query__malformed_data_of_every_type)
{
	struct sample cut;
	struct answered seen;

	set_up(_i);
	peer.reply = reply_sample;
	sample = &cut;
	for (size_t i = 0; i + 1 < sizeof(samples) / sizeof(samples[0]); i++) {
		cut = samples[i];
		cut.size = 1;

		look_up("name.test", levin_dns_type_parse(cut.type), 0, &seen);

		ck_assert_int_eq(seen.result, DNS_ERR_UNKNOWN);
		ck_assert(!seen.has_answer);
	}
	tear_down();
}

static void
reply_all_types(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, 0);
	script_add(reply, SECTION_ANSWER, NULL, TYPE_A, 300, "\1\2\3\4", 4);
	script_add(reply, SECTION_ANSWER, NULL, LEVIN_DNS_TYPE_TXT, 300, "\1t", 2);
}

TEST_IN_SIMULATION(levin_dns_query__any)
{
	struct answered seen;

	set_up(_i);
	peer.reply = reply_all_types;

	look_up("name.test", LEVIN_DNS_TYPE_ANY, 0, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	ck_assert_ptr_nonnull(strstr(seen.text, " 300 IN A 1.2.3.4\n"));
	ck_assert_ptr_nonnull(strstr(seen.text, " 300 IN TXT \"t\"\n"));
	peer.reply = dns_peer_by_name;
	look_up("n-n.test", LEVIN_DNS_TYPE_ANY, 0, &seen);
	ck_assert_int_eq(seen.result, DNS_ERR_NODATA);
	tear_down();
}

/* ---- Answers -------------------------------------------------------------------------- */

/* The second time that it is asked. */
static void
reply_sections(const struct script_query *query, struct script_message *reply)
{
	if (query->number == 1)
		return;
	script_begin(reply, query, FLAG_AD | FLAG_AA);
	script_add_name(reply, NULL, TYPE_CNAME, 60, "real.test");
	script_add(reply, SECTION_ANSWER, "real.test", LEVIN_DNS_TYPE_MX, 50, "\0\1\4mail\0", 8);
	script_add_soa(reply, 40, 30);
	script_add(reply, SECTION_ADDITIONAL, "mail", TYPE_A, 20, "\1\2\3\4", 4);
}

TEST_IN_SIMULATION(levin_dns_query__sections_and_facts)
{
	struct answered seen;

	set_up(_i);
	peer.reply = reply_sections;
	evdns_base_set_option(dns, "timeout", "2");

	look_up("name.test", LEVIN_DNS_TYPE_MX, 0, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	ck_assert_str_eq(seen.text, "name.test. 60 IN CNAME real.test.\n"
				    "real.test. 50 IN MX 1 mail.\n"
				    "--\n"
				    "test. 40 IN SOA ns.test. mail.test. 1 2 3 4 30\n"
				    "--\n"
				    "mail. 20 IN A 1.2.3.4\n");
	ck_assert_str_eq(seen.name, "name.test");
	ck_assert_str_eq(seen.server, "192.0.2.1:53");
	ck_assert_int_eq(seen.rcode, 0);
	ck_assert(seen.is_authentic);
	ck_assert(!seen.is_truncated);
	ck_assert(!seen.used_tcp);
	ck_assert_int_ge(seen.duration_ns, INT64_C(2000000000));
	ck_assert_int_lt(seen.duration_ns, INT64_C(3000000000));
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_query__results_tell_errors_apart_and_come_with_the_answer)
{
	static const struct {
		const char *name;
		int result, rcode;
	} cases[] = {
	    {"n-n.test", DNS_ERR_NODATA, 0},
	    {"x-x.test", DNS_ERR_NOTEXIST, 3},
	    {"f-f.test", DNS_ERR_FORMAT, 1},
	    {"s-s.test", DNS_ERR_SERVERFAILED, 2},
	    {"i-i.test", DNS_ERR_NOTIMPL, 4},
	    {"r-r.test", DNS_ERR_REFUSED, 5},
	};
	struct answered seen;

	set_up(_i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		look_up(cases[i].name, TYPE_A, 0, &seen);

		ck_assert_int_eq(seen.result, cases[i].result);
		ck_assert(seen.has_answer);
		ck_assert_int_eq(seen.rcode, cases[i].rcode);
		ck_assert_str_eq(seen.server, "192.0.2.1:53");
	}
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_query__silence_ends_at_the_deadline_without_an_answer)
{
	struct answered seen;

	set_up(_i);
	evdns_base_set_option(dns, "timeout", "2");
	evdns_base_set_option(dns, "attempts", "2");

	ask("q-q.test", LEVIN_DNS_TYPE_MX, 0, &seen);
	dns_run(base, 3999);
	ck_assert_int_eq(seen.calls, 0);
	dns_run(base, 2);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.result, DNS_ERR_TIMEOUT);
	ck_assert(!seen.has_answer);
	tear_down();
}

/* NOERROR without its 12 bits: BADVERS, which is none of the DNS_ERR_ constants. */
static void
reply_extended(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, 0);
	reply->bytes[11] = 1;
	script_put(reply, "\0\0\x29\x04\xd0\1\0\0\0\0\0", 11);
}

TEST_IN_SIMULATION(levin_dns_query__the_rcode_has_the_bits_of_edns)
{
	struct answered seen;

	set_up(_i);
	peer.reply = reply_extended;

	look_up("name.test", TYPE_A, 0, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_UNKNOWN);
	ck_assert(seen.has_answer);
	ck_assert_int_eq(seen.rcode, 16);
	ck_assert_str_eq(seen.text, "");
	tear_down();
}

static void
reply_loop(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, 0);
	script_add_name(reply, NULL, TYPE_CNAME, 60, "b.test");
	script_add_name(reply, "b.test", TYPE_CNAME, 60, query->name);
}

TEST_IN_SIMULATION(levin_dns_query__aliases_that_form_a_loop)
{
	struct answered seen;

	set_up(_i);
	peer.reply = reply_loop;

	look_up("a.test", LEVIN_DNS_TYPE_MX, 0, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_UNKNOWN);
	ck_assert(!seen.has_answer);
	tear_down();
}

/* ---- Names ---------------------------------------------------------------------------- */

TEST_IN_SIMULATION(levin_dns_query__names_and_types_that_are_none_are_refused)
{
	static const int types[] = {0, 41, 251, 252, 65536, -1};
	struct answered seen = {0};
	char name[300];

	set_up(_i);
	memset(name, 'a', sizeof(name));
	name[64] = '\0';

	ck_assert_ptr_null(levin_dns_query(dns, "a..b", TYPE_A, 0, note_answer, &seen));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(levin_dns_query(dns, "", TYPE_A, 0, note_answer, &seen));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(levin_dns_query(dns, name, TYPE_A, 0, note_answer, &seen));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		errno = 0;
		ck_assert_ptr_null(levin_dns_query(dns, "a", types[i], 0, note_answer, &seen));
		ck_assert_int_eq(errno, EINVAL);
	}
	ck_assert_ptr_null(levin_dns_query(NULL, "a", TYPE_A, 0, note_answer, &seen));
	ck_assert_ptr_null(levin_dns_query(dns, NULL, TYPE_A, 0, note_answer, &seen));
	ck_assert_ptr_null(levin_dns_query(dns, "a", TYPE_A, 0, NULL, &seen));
	levin_dns_cancel(NULL);
	dns_run(base, 10);

	ck_assert_int_eq(seen.calls, 0);
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_query__names_that_no_server_is_asked_for)
{
	struct answered seen;

	set_up(_i);
	evdns_base_search_add(dns, "suffix.test");

	look_up("localhost", TYPE_A, 0, &seen);
	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	ck_assert_str_eq(seen.text, "localhost. 0 IN A 127.0.0.1\n");
	ck_assert_str_eq(seen.server, "none");
	look_up("a.localhost", TYPE_AAAA, 0, &seen);
	ck_assert_str_eq(seen.text, "a.localhost. 0 IN AAAA ::1\n");
	look_up("localhost", LEVIN_DNS_TYPE_MX, 0, &seen);
	ck_assert_int_eq(seen.result, DNS_ERR_NODATA);
	ck_assert(seen.has_answer);
	look_up("a.invalid", LEVIN_DNS_TYPE_MX, 0, &seen);
	ck_assert_int_eq(seen.result, DNS_ERR_NOTEXIST);
	ck_assert_int_eq(seen.rcode, 3);

	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_query__a_search_that_leads_to_the_host_itself)
{
	struct answered seen;

	set_up(_i);
	evdns_base_search_add(dns, "localhost");

	look_up("x-x", TYPE_A, 0, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	ck_assert_str_eq(seen.text, "x-x.localhost. 0 IN A 127.0.0.1\n");
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

static void
reply_by_suffix(const struct script_query *query, struct script_message *reply)
{
	struct script_query part = *query;
	const char *dot = strchr(query->name, '.');

	/* What comes in front of the suffix is for other names. */
	snprintf(part.name, sizeof(part.name), "%s", dot ? dot + 1 : "x-x");
	dns_peer_by_name(&part, reply);
}

/* The answer is that of the name that the result is from. */
TEST_IN_SIMULATION(levin_dns_query__answers_of_a_search)
{
	static const struct {
		const char *suffixes[2];
		int result;
		const char *name;
	} cases[] = {
	    {{"x-x.a", "2-2.b"}, DNS_ERR_NONE, "name.2-2.b"},
	    {{"n-n.a", "x-x.b"}, DNS_ERR_NODATA, "name.n-n.a"},
	    {{"x-x.a", "n-n.b"}, DNS_ERR_NODATA, "name.n-n.b"},
	    {{"n-n.a", "n-n.b"}, DNS_ERR_NODATA, "name.n-n.a"},
	    {{"x-x.a", "x-x.b"}, DNS_ERR_NOTEXIST, "name.x-x.a"},
	    {{"s-s.a", "x-x.b"}, DNS_ERR_SERVERFAILED, "name.s-s.a"},
	};
	struct answered seen;

	set_up(_i);
	peer.reply = reply_by_suffix;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		evdns_base_search_clear(dns);
		evdns_base_search_add(dns, cases[i].suffixes[1]);
		evdns_base_search_add(dns, cases[i].suffixes[0]);

		look_up("name", TYPE_A, 0, &seen);

		ck_assert_int_eq(seen.result, cases[i].result);
		ck_assert_str_eq(seen.name, cases[i].name);
	}
	tear_down();
}

TEST_IN_SIMULATION(LEVIN_DNS_NO_SEARCH__the_name_alone)
{
	struct answered seen;

	set_up(_i);
	evdns_base_search_add(dns, "suffix.test");

	look_up("x-x", TYPE_A, LEVIN_DNS_NO_SEARCH, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_NOTEXIST);
	ck_assert_int_eq(peer.queries, 1);
	tear_down();
}

/* ---- Flags ---------------------------------------------------------------------------- */

static void
note_flags(const struct script_query *query, struct script_message *reply)
{
	const unsigned char *bytes = query->message.bytes;
	const unsigned char *opt;

	query_flags = (unsigned)(bytes[2] << 8 | bytes[3]);
	/* The OPT record is behind the question, and its flags behind type and size. */
	ck_assert_int_eq(bytes[11], 1);
	opt = bytes + 12 + strlen((const char *)bytes + 12) + 1 + 4;
	query_had_do = opt[7] & 0x80;
	script_begin(reply, query, 0);
	script_add_addresses(reply, NULL, query->type, 1, 1);
}

TEST_IN_SIMULATION(levin_dns_query__flags_of_the_query)
{
	struct answered seen;

	set_up(_i);
	peer.reply = note_flags;

	look_up("name.test", TYPE_A, 0, &seen);
	ck_assert_uint_eq(query_flags, 0x0120);
	ck_assert(!query_had_do);
	look_up("name.test", TYPE_A, LEVIN_DNS_DNSSEC_OK, &seen);
	ck_assert(query_had_do);
	look_up("name.test", TYPE_A, LEVIN_DNS_CHECKING_DISABLED, &seen);
	ck_assert_uint_eq(query_flags, 0x0130);
	look_up("name.test", TYPE_A, LEVIN_DNS_NO_RECURSION, &seen);
	ck_assert_uint_eq(query_flags, 0x0020);

	ck_assert_int_eq(peer.queries, 4);
	tear_down();
}

static void
reply_truncated(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, FLAG_TRUNCATED);
	script_add_addresses(reply, NULL, query->type, 300, 1);
}

static void
serve_by_tcp(struct evdns_server_request *request, void *arg)
{
	char addresses[4 * 200];

	(void)arg;
	memset(addresses, 9, sizeof(addresses));
	ck_assert_int_eq(evdns_server_request_add_a_reply(
			     request, request->questions[0]->name, 200, addresses, 60),
	    0);
	ck_assert_int_eq(evdns_server_request_respond(request, 0), 0);
}

static struct evdns_server_port *
open_tcp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
	struct evconnlistener *listener;
	struct evdns_server_port *port;

	address.sin_addr.s_addr = htonl(0xc0000201);
	listener = evconnlistener_new_bind(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, -1,
	    (struct sockaddr *)&address, sizeof(address));
	ck_assert_ptr_nonnull(listener);
	port = evdns_add_server_port_with_listener(base, listener, 0, serve_by_tcp, NULL);
	ck_assert_ptr_nonnull(port);
	return port;
}

static int
count_lines(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

TEST_IN_SIMULATION(levin_dns_query__a_truncated_answer_comes_by_tcp)
{
	struct evdns_server_port *port;
	struct answered seen;

	set_up(_i);
	peer.reply = reply_truncated;
	port = open_tcp();

	ask("n.t", TYPE_A, 0, &seen);
	await(&seen);

	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	ck_assert(seen.used_tcp);
	ck_assert(!seen.is_truncated);
	ck_assert_int_eq(count_lines(seen.text), 200);
	ck_assert_int_eq(peer.queries, 1);
	evdns_close_server_port(port);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_query__truncated_and_no_tcp)
{
	struct answered seen;

	set_up(_i);
	peer.reply = reply_truncated;

	look_up("name.test", TYPE_A, 0, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_TRUNCATED);
	ck_assert(seen.has_answer);
	ck_assert(seen.is_truncated);
	tear_down();
}

TEST_IN_SIMULATION(LEVIN_DNS_IGNORE_TRUNCATION__the_part_that_has_come)
{
	struct answered seen;

	set_up(_i);
	peer.reply = reply_truncated;

	look_up("name.test", TYPE_A, LEVIN_DNS_IGNORE_TRUNCATION, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_TRUNCATED);
	ck_assert(seen.is_truncated);
	ck_assert_int_eq(count_lines(seen.text), 1);
	tear_down();
}

TEST_IN_SIMULATION(LEVIN_DNS_USE_TCP__no_datagram)
{
	struct evdns_server_port *port;
	struct answered seen;

	set_up(_i);
	port = open_tcp();

	look_up("n.t", TYPE_A, LEVIN_DNS_USE_TCP, &seen);

	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	ck_assert(seen.used_tcp);
	ck_assert_int_eq(peer.queries, 0);
	evdns_close_server_port(port);
	tear_down();
}

/* ---- Ends ----------------------------------------------------------------------------- */

TEST_IN_SIMULATION(levin_dns_cancel__callback_comes_once_from_the_loop)
{
	struct levin_dns_request *request;
	struct answered seen;

	set_up(_i);
	request = ask("1-1.test", TYPE_A, 0, &seen);

	levin_dns_cancel(request);
	ck_assert_int_eq(seen.calls, 0);
	levin_dns_cancel(request);
	dns_run(base, 100);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.result, DNS_ERR_CANCEL);
	ck_assert(!seen.has_answer);
	tear_down();
}

/* A name that was tried before has an answer, which is freed. */
TEST_IN_SIMULATION(levin_dns_cancel__in_the_middle_of_a_search)
{
	struct levin_dns_request *request;
	struct answered seen;

	set_up(_i);
	evdns_base_search_add(dns, "q-q.b");
	evdns_base_search_add(dns, "x-x.a");
	peer.reply = reply_by_suffix;
	request = ask("name", TYPE_A, 0, &seen);
	dns_run(base, 100);
	ck_assert_int_eq(seen.calls, 0);

	levin_dns_cancel(request);
	dns_run(base, 100);

	ck_assert_int_eq(seen.result, DNS_ERR_CANCEL);
	ck_assert(!seen.has_answer);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_cancel__inside_its_own_callback)
{
	struct levin_dns_request *request;
	struct answered seen;

	set_up(_i);
	request = ask("1-1.test", TYPE_A, 0, &seen);
	seen.to_cancel = request;

	dns_run(base, 100);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.result, DNS_ERR_NONE);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_cancel__another_one_inside_a_callback)
{
	struct answered first, second;

	set_up(_i);
	ask("1-1.test", TYPE_A, 0, &first);
	first.to_cancel = ask("q-q.test", TYPE_A, 0, &second);

	await(&first);
	await(&second);

	ck_assert_int_eq(second.result, DNS_ERR_CANCEL);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_query__resolver_freed_in_the_callback)
{
	struct answered first, second;

	set_up(_i);
	ask("1-1.test", TYPE_A, 0, &first);
	first.frees_resolver = true;
	ask("q-q.test", LEVIN_DNS_TYPE_TXT, 0, &second);

	await(&first);
	await(&second);

	ck_assert_int_eq(first.result, DNS_ERR_NONE);
	ck_assert_int_eq(second.result, DNS_ERR_SHUTDOWN);
	tear_down();
}

/* With an answer of a name before, which is freed. */
TEST_IN_SIMULATION(evdns_base_free__no_callback_of_queries_unless_they_fail)
{
	struct answered seen;

	for (int fails = 0; fails < 2; fails++) {
		set_up(_i);
		evdns_base_search_add(dns, "q-q.b");
		evdns_base_search_add(dns, "x-x.a");
		peer.reply = reply_by_suffix;
		ask("name", TYPE_A, 0, &seen);
		dns_run(base, 100);

		evdns_base_free(dns, fails);
		dns = NULL;
		dns_run(base, 100);

		ck_assert_int_eq(seen.calls, fails);
		if (fails)
			ck_assert_int_eq(seen.result, DNS_ERR_SHUTDOWN);
		tear_down();
	}
}

TEST_IN_SIMULATION(event_base_free__queries_under_way_are_freed)
{
	struct answered seen;

	set_up(_i);
	ask("q-q.test", TYPE_A, 0, &seen);
	dns_run(base, 10);
	evdns_base_free(dns, 1);

	dns_peer_close(&peer);
	event_base_free(base);

	ck_assert_int_eq(seen.calls, 0);
}
