/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The replies of a DNS server port, byte by byte: records, names, sizes, flags, codes.
 */
#include "dns_port_kit.h"

static const char addresses[] = "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20";

static void
end(struct evdns_server_request *request)
{
	say("  respond: %d", evdns_server_request_respond(request, 0));
}

static void
ask_example(void)
{
	put_query("www.Example.com");
	ask();
}

static void
act_addresses(struct evdns_server_request *request)
{
	const char *name = "www.example.com";

	say("  one A: %d", evdns_server_request_add_a_reply(request, name, 1, addresses, 60));
	say("  three A: %d", evdns_server_request_add_a_reply(request, name, 3, addresses, 60));
	say("  one AAAA: %d", evdns_server_request_add_aaaa_reply(request, name, 1, addresses, 60));
	end(request);
}

static void
act_no_addresses(struct evdns_server_request *request)
{
	say("  0 A: %d", evdns_server_request_add_a_reply(request, "a", 0, addresses, 60));
	say("  -1 A: %d", evdns_server_request_add_a_reply(request, "a", -1, addresses, 60));
	say("  0 of NULL: %d", evdns_server_request_add_a_reply(request, "a", 0, NULL, 60));
	say("  1 of NULL: %d", evdns_server_request_add_a_reply(request, "a", 1, NULL, 60));
	say("  no owner: %d", evdns_server_request_add_a_reply(request, NULL, 1, addresses, 60));
	end(request);
}

static void
act_names(struct evdns_server_request *request)
{
	struct in_addr in = {htonl(0x01020304)};
	const char *reverse = "4.3.2.1.in-addr.arpa", *host = "host.example.com";

	say("  CNAME: %d",
	    evdns_server_request_add_cname_reply(request, "a.www.example.com", host, 1 << 30));
	say("  PTR by address: %d",
	    evdns_server_request_add_ptr_reply(request, &in, NULL, host, 1));
	say("  PTR by name: %d",
	    evdns_server_request_add_ptr_reply(request, NULL, reverse, host, 2));
	say("  PTR by both: %d",
	    evdns_server_request_add_ptr_reply(request, &in, reverse, host, 3));
	say("  PTR by none: %d", evdns_server_request_add_ptr_reply(request, NULL, NULL, host, 3));
	end(request);
}

static void
act_sections(struct evdns_server_request *request)
{
	for (int section = 3; section >= -1; section--)
		say("  section %d: %d", section,
		    evdns_server_request_add_reply(
			request, section, "a", 1, 1, 60, 4, 0, addresses));
	end(request);
}

/* One record by evdns_server_request_add_reply. */
static struct {
	const char *owner;
	int type, dns_class, ttl, size, is_name;
	const char *data;
} record;

static void
act_record(struct evdns_server_request *request)
{
	say("  add: %d",
	    evdns_server_request_add_reply(request, 0, record.owner, record.type, record.dns_class,
		record.ttl, record.size, record.is_name, record.data));
	end(request);
}

static void
add_bytes(const char *text, const char *owner, int size, const char *data)
{
	record.owner = owner;
	record.type = 16;
	record.dns_class = 1;
	record.ttl = 60;
	record.size = size;
	record.is_name = 0;
	record.data = data;
	run_case(text, ask_example);
}

static void
add_name(const char *text, int type, const char *owner, const char *data)
{
	record.owner = owner;
	record.type = type;
	record.dns_class = 1;
	record.ttl = 60;
	record.size = -1;
	record.is_name = 1;
	record.data = data;
	run_case(text, ask_example);
}

static void
add_records(void)
{
	add_bytes("bytes", "a.b", 4, addresses);
	add_bytes("no bytes", "a.b", 0, NULL);
	add_bytes("no bytes of some", "a.b", 0, addresses);
	add_bytes("some bytes of none", "a.b", 4, NULL);
	add_bytes("less than no bytes", "a.b", -1, addresses);
	add_bytes("no owner", NULL, 4, addresses);
	add_bytes("owner of the root", "", 4, addresses);
	add_bytes("owner with a dot at the end", "a.b.", 4, addresses);
	add_bytes("owner .", ".", 4, addresses);
	add_bytes("owner with an empty label", "a..b", 4, addresses);
	add_bytes("owner that begins with a dot", ".a", 4, addresses);
	add_bytes("owner with a backslash", "a\\.b", 4, addresses);
	add_bytes("owner in capitals", "WWW.EXAMPLE.com", 4, addresses);
	add_bytes("owner in the case of the question", "www.Example.com", 4, addresses);
	add_name("NS", 2, "example.com", "ns.Example.com");
	add_name("DNAME", 39, "example.com", "ns.Example.com");
	add_name("NS of the root", 2, "a", "");
	add_name("NS with a dot at the end", 2, "a", "b.c.");
	add_name("NS of nothing", 2, "a", NULL);
	record.ttl = -1;
	record.dns_class = 3;
	record.data = "b";
	run_case("a negative TTL, another class", ask_example);
}

static int number;

static void
act_many(struct evdns_server_request *request)
{
	for (int i = 0; i < number; i++)
		evdns_server_request_add_a_reply(request, "www.example.com", 1, addresses, 60);
	end(request);
}

static void
ask_many(void)
{
	for (number = 28; number < 32; number++) {
		say("  %d records", number);
		ask_example();
	}
}

static void
act_flags(struct evdns_server_request *request)
{
	evdns_server_request_set_flags(request, number);
	evdns_server_request_set_flags(request, number == 0x20 ? 0x80 : number);
	say("  set %x: %x", (unsigned)number, (unsigned)request->flags);
	end(request);
}

static void
ask_flags(void)
{
	static const int values[] = {0, 0x400, 0x80, 0x480, 0x20, 0x10, 0x100, 0x200, 0x40, 0x8000};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		number = values[i];
		ask_example();
	}
}

static void
act_codes(struct evdns_server_request *request)
{
	static const int wrong[] = {16, 17, 65, 256, -1};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		say("  respond(%d): %d", wrong[i], evdns_server_request_respond(request, wrong[i]));
	say("  respond(%d): %d", number, evdns_server_request_respond(request, number));
}

static void
ask_codes(void)
{
	for (number = 0; number < 16; number += 3)
		ask_example();
}

static void
act_drop(struct evdns_server_request *request)
{
	say("  drop: %d", evdns_server_request_drop(request));
}

static void
act_address(struct evdns_server_request *request)
{
	struct sockaddr_storage address = {.ss_family = 77};

	for (int size = 0; size <= 32; size += 8) {
		int rc = evdns_server_request_get_requesting_addr(
		    request, (struct sockaddr *)&address, size);

		say("  address in %d bytes: %d, family %d", size, rc, address.ss_family);
	}
	end(request);
}

int
main(void)
{
	static const struct {
		const char *text;
		void (*act)(struct evdns_server_request *request);
		void (*body)(void);
	} cases[] = {
	    {"addresses", act_addresses, ask_example},
	    {"no addresses", act_no_addresses, ask_example},
	    {"names", act_names, ask_example},
	    {"sections", act_sections, ask_example},
	    {"more than 512 bytes", act_many, ask_many},
	    {"flags", act_flags, ask_flags},
	    {"codes", act_codes, ask_codes},
	    {"drop", act_drop, ask_example},
	    {"the client's address", act_address, ask_example},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		act = cases[i].act;
		run_case(cases[i].text, cases[i].body);
	}
	act = act_record;
	add_records();
	return 0;
}
