/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prints the DNS records of a name.
 *
 * usage: resolve [-s SERVER] [-t] [-v] NAME [TYPE]
 *
 * TYPE is A if it is left out; "MX", "TXT", "HTTPS", "ANY" or "TYPE65534" are others.  The servers
 * are those of /etc/resolv.conf, or SERVER, such as 127.0.0.1:5353.  With -t they are asked by TCP.
 * With -v the other sections of the answer are printed as well, and which server replied when.
 *
 * Each record is a line in the form of zone files.  The status is 0 if there are records, 1 if there
 * are none, after a message that says why, and 2 for wrong usage.
 */
#include <event2/dns.h>
#include <event2/event.h>
#include <levin/dns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FOUND = 0, NOT_FOUND = 1, WRONG_USAGE = 2 };

struct resolving {
	const char *name;
	const char *type;
	const char *server; /* NULL: those of the system */
	unsigned flags;
	int is_verbose;
	struct evdns_base *dns;
	int status;
};

static void
print_records(const struct levin_dns_record *record)
{
	for (; record; record = record->next) {
		size_t length = levin_dns_record_print(record, NULL, 0);
		char *text = malloc(length + 1);

		if (!text)
			return;
		levin_dns_record_print(record, text, length + 1);
		puts(text);
		free(text);
	}
}

static void
print_section(const char *title, const struct levin_dns_record *records)
{
	if (records)
		printf("; %s\n", title);
	print_records(records);
}

static void
print_answer(const struct levin_dns_answer *answer, int is_verbose)
{
	print_records(answer->records);
	if (!is_verbose)
		return;
	print_section("authority", answer->authority);
	print_section("additional", answer->additional);
	printf("; rcode %d%s%s, from %s by %s in %.1f ms\n", answer->rcode,
	    answer->is_authoritative ? ", authoritative" : "",
	    answer->is_authentic ? ", authentic" : "", answer->server ? answer->server : "here",
	    answer->used_tcp ? "TCP" : "UDP", (double)answer->duration_ns / 1e6);
}

static void
on_answer(int result, struct levin_dns_answer *answer, void *arg)
{
	struct resolving *resolving = arg;

	if (answer)
		print_answer(answer, resolving->is_verbose);
	levin_dns_answer_free(answer);
	if (result == DNS_ERR_NONE)
		resolving->status = FOUND;
	else
		fprintf(stderr, "resolve: %s %s: %s\n", resolving->name, resolving->type,
		    evdns_err_to_string(result));
	/* Nothing keeps the loop running now. */
	evdns_base_free(resolving->dns, 0);
}

static int
resolve(struct resolving *resolving, struct event_base *base)
{
	int type = levin_dns_type_parse(resolving->type);

	if (type < 0) {
		fprintf(stderr, "resolve: no type %s\n", resolving->type);
		return WRONG_USAGE;
	}
	resolving->dns =
	    evdns_base_new(base, resolving->server ? 0 : EVDNS_BASE_INITIALIZE_NAMESERVERS);
	if (!resolving->dns)
		return NOT_FOUND;
	if (resolving->server &&
	    evdns_base_nameserver_ip_add(resolving->dns, resolving->server) != 0) {
		fprintf(stderr, "resolve: no address: %s\n", resolving->server);
		evdns_base_free(resolving->dns, 0);
		return WRONG_USAGE;
	}
	resolving->status = NOT_FOUND;
	if (!levin_dns_query(
		resolving->dns, resolving->name, type, resolving->flags, on_answer, resolving)) {
		perror(resolving->name);
		evdns_base_free(resolving->dns, 0);
		return WRONG_USAGE;
	}
	event_base_dispatch(base);
	return resolving->status;
}

/* Returns 0, or -1 for wrong usage. */
static int
read_arguments(struct resolving *resolving, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "s:tv")) != -1) {
		if (option == 's')
			resolving->server = optarg;
		else if (option == 't')
			resolving->flags |= LEVIN_DNS_USE_TCP;
		else if (option == 'v')
			resolving->is_verbose = 1;
		else
			return -1;
	}
	if (argc - optind < 1 || argc - optind > 2)
		return -1;
	resolving->name = argv[optind];
	resolving->type = argc - optind == 2 ? argv[optind + 1] : "A";
	return 0;
}

int
main(int argc, char **argv)
{
	struct resolving resolving;
	struct event_base *base;
	int status;

	memset(&resolving, 0, sizeof(resolving));
	if (read_arguments(&resolving, argc, argv) < 0) {
		fprintf(stderr, "usage: resolve [-s SERVER] [-t] [-v] NAME [TYPE]\n");
		return WRONG_USAGE;
	}
	base = event_base_new();
	if (!base)
		return NOT_FOUND;
	status = resolve(&resolving, base);
	event_base_free(base);
	return status;
}
