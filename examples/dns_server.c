/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small authoritative DNS server: answers questions about the names of one zone, over UDP and TCP.
 *
 * usage: dns_server FILE [PORT]
 *
 * Each line of FILE is a record: name, TTL, type, data.  The first one is the SOA record, whose name
 * is that of the zone.  Names are written out, without an origin.  Types are A, AAAA, CNAME, MX, NS,
 * PTR, SOA and TXT.  Lines that begin with # are comments.
 *
 *	example.test      3600 SOA  ns.example.test admin.example.test 1 7200 900 1209600 300
 *	www.example.test  60   A    192.0.2.1
 *
 * It listens on this machine only, on a free port if none is given, and prints the port.  SIGTERM
 * and SIGINT end it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define RECORDS_MAX 10000
#define LINE_SIZE   2048
#define DATA_SIZE   1024
#define NAME_SIZE   256

/* Aliases that are followed for one question. */
#define ALIASES_MAX 8

struct record {
	char name[NAME_SIZE];
	int type;
	int ttl;
	/* A name as text, or bytes as in a message. */
	int is_name;
	int size;
	char data[DATA_SIZE];
};

struct server {
	struct event_base *base;
	struct evdns_server_port *udp;
	struct evdns_server_port *tcp;
	struct event *on_term;
	struct event *on_int;
	/* The first one is the SOA record. */
	struct record *records;
	size_t count;
};

/* ---- The zone ---- */

/* Appends to the data of a record.  Returns 0, or -1 if it is full. */
static int
append(struct record *record, const void *bytes, size_t size)
{
	if (size > sizeof(record->data) - (size_t)record->size)
		return -1;
	memcpy(record->data + record->size, bytes, size);
	record->size += (int)size;
	return 0;
}

static int
append_number(struct record *record, unsigned long number, size_t size)
{
	unsigned char bytes[4];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(number >> 8 * (size - 1 - i));
	return append(record, bytes, size);
}

/* At most 255 bytes behind their length: a label, or a part of a TXT record. */
static int
append_counted(struct record *record, const char *text, size_t size, size_t most)
{
	return size > most || append_number(record, size, 1) < 0 || append(record, text, size) < 0
		   ? -1
		   : 0;
}

/* Labels, without compression. */
static int
append_name(struct record *record, const char *name)
{
	while (*name) {
		size_t size = strcspn(name, ".");

		if (size == 0 || append_counted(record, name, size, 63) < 0)
			return -1;
		name += size + (name[size] == '.');
	}
	return append_number(record, 0, 1);
}

static int
read_soa(struct record *record, const char *text)
{
	char server[NAME_SIZE], admin[NAME_SIZE];
	unsigned long numbers[5];

	if (sscanf(text, "%255s %255s %lu %lu %lu %lu %lu", server, admin, &numbers[0], &numbers[1],
		&numbers[2], &numbers[3], &numbers[4]) != 7 ||
	    append_name(record, server) < 0 || append_name(record, admin) < 0)
		return -1;
	for (int i = 0; i < 5; i++) {
		if (append_number(record, numbers[i], 4) < 0)
			return -1;
	}
	return 0;
}

static int
read_mx(struct record *record, const char *text)
{
	char server[NAME_SIZE];
	unsigned long preference;

	if (sscanf(text, "%lu %255s", &preference, server) != 2)
		return -1;
	return append_number(record, preference, 2) < 0 ? -1 : append_name(record, server);
}

static int
read_txt(struct record *record, const char *text)
{
	size_t left = strlen(text);

	do {
		size_t size = left < 255 ? left : 255;

		if (append_counted(record, text, size, 255) < 0)
			return -1;
		text += size;
		left -= size;
	} while (left > 0);
	return 0;
}

static int
read_a(struct record *record, const char *text)
{
	record->size = sizeof(struct in_addr);
	return evutil_inet_pton(AF_INET, text, record->data) == 1 ? 0 : -1;
}

static int
read_aaaa(struct record *record, const char *text)
{
	record->size = sizeof(struct in6_addr);
	return evutil_inet_pton(AF_INET6, text, record->data) == 1 ? 0 : -1;
}

/* A name may have a dot at its end. */
static void
remove_last_dot(char *name)
{
	size_t size = strlen(name);

	if (size > 1 && name[size - 1] == '.')
		name[size - 1] = '\0';
}

static int
read_name(struct record *record, const char *text)
{
	record->is_name = 1;
	if (snprintf(record->data, NAME_SIZE, "%s", text) >= NAME_SIZE)
		return -1;
	remove_last_dot(record->data);
	return 0;
}

static const struct {
	const char *name;
	int type;
	int (*read)(struct record *record, const char *text);
} types[] = {
    {"A", EVDNS_TYPE_A, read_a},
    {"AAAA", EVDNS_TYPE_AAAA, read_aaaa},
    {"CNAME", EVDNS_TYPE_CNAME, read_name},
    {"MX", EVDNS_TYPE_MX, read_mx},
    {"NS", EVDNS_TYPE_NS, read_name},
    {"PTR", EVDNS_TYPE_PTR, read_name},
    {"SOA", EVDNS_TYPE_SOA, read_soa},
    {"TXT", EVDNS_TYPE_TXT, read_txt},
};

static int
read_record(struct record *record, const char *line)
{
	char type[8];
	int data_at = 0;

	memset(record, 0, sizeof(*record));
	if (sscanf(line, "%255s %d %7s %n", record->name, &record->ttl, type, &data_at) != 3 ||
	    data_at == 0)
		return -1;
	remove_last_dot(record->name);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i].name) != 0)
			continue;
		record->type = types[i].type;
		return types[i].read(record, line + data_at);
	}
	return -1;
}

/* Returns 0, or -1 after a message. */
static int
read_zone(struct server *server, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[LINE_SIZE];
	int number = 0;

	if (!file) {
		perror(path);
		return -1;
	}
	while (fgets(line, sizeof(line), file)) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
			continue;
		if (server->count == RECORDS_MAX ||
		    read_record(&server->records[server->count], line) < 0 ||
		    (server->count == 0 && server->records[0].type != EVDNS_TYPE_SOA)) {
			fprintf(stderr, "%s:%d: not understood\n", path, number);
			fclose(file);
			return -1;
		}
		server->count++;
	}
	fclose(file);
	if (server->count == 0)
		fprintf(stderr, "%s: no records\n", path);
	return server->count == 0 ? -1 : 0;
}

/* ---- Answers ---- */

static int
is_below(const char *name, const char *zone)
{
	size_t name_size = strlen(name), zone_size = strlen(zone);

	return name_size >= zone_size &&
	       evutil_ascii_strcasecmp(name + name_size - zone_size, zone) == 0 &&
	       (name_size == zone_size || name[name_size - zone_size - 1] == '.');
}

static void
add(struct evdns_server_request *request, int section, const char *name,
    const struct record *record)
{
	evdns_server_request_add_reply(request, section, name, record->type, EVDNS_CLASS_INET,
	    record->ttl, record->size, record->is_name, record->data);
}

/* Adds the records of this name and type, and returns how many there are. */
static int
add_all(const struct server *server, struct evdns_server_request *request, int section,
    const char *name, int type)
{
	int count = 0;

	for (size_t i = 0; i < server->count; i++) {
		const struct record *record = &server->records[i];

		if ((type != record->type && type != EVDNS_QTYPE_ALL) ||
		    evutil_ascii_strcasecmp(record->name, name) != 0)
			continue;
		add(request, section, name, record);
		count++;
		if (type == EVDNS_TYPE_NS) {
			add_all(
			    server, request, EVDNS_ADDITIONAL_SECTION, record->data, EVDNS_TYPE_A);
			add_all(server, request, EVDNS_ADDITIONAL_SECTION, record->data,
			    EVDNS_TYPE_AAAA);
		}
	}
	return count;
}

static const struct record *
find(const struct server *server, const char *name, int type)
{
	for (size_t i = 0; i < server->count; i++) {
		const struct record *record = &server->records[i];

		if (type == record->type && evutil_ascii_strcasecmp(record->name, name) == 0)
			return record;
	}
	return NULL;
}

/* Whether there is a record of the name, or of one below it. */
static int
exists(const struct server *server, const char *name)
{
	for (size_t i = 0; i < server->count; i++) {
		if (is_below(server->records[i].name, name))
			return 1;
	}
	return 0;
}

/* Answers the question, along aliases.  Returns the response code. */
static int
answer(
    const struct server *server, struct evdns_server_request *request, const char *name, int type)
{
	const struct record *soa = &server->records[0];

	for (int aliases = 0; aliases < ALIASES_MAX; aliases++) {
		const struct record *alias;

		if (add_all(server, request, EVDNS_ANSWER_SECTION, name, type) > 0)
			return DNS_ERR_NONE;
		alias = find(server, name, EVDNS_TYPE_CNAME);
		if (!alias)
			break;
		add(request, EVDNS_ANSWER_SECTION, name, alias);
		name = alias->data;
		if (!is_below(name, soa->name))
			return DNS_ERR_NONE;
	}
	/* The SOA record says for how long the client may remember that there is nothing. */
	add(request, EVDNS_AUTHORITY_SECTION, soa->name, soa);
	return exists(server, name) ? DNS_ERR_NONE : DNS_ERR_NOTEXIST;
}

static void
on_query(struct evdns_server_request *request, void *arg)
{
	const struct server *server = arg;
	const struct evdns_server_question *question = request->questions[0];
	int code = DNS_ERR_REFUSED;

	if (request->nquestions != 1) {
		code = DNS_ERR_FORMAT;
	} else if (question->dns_question_class == EVDNS_CLASS_INET &&
		   question->type != EVDNS_QTYPE_AXFR &&
		   is_below(question->name, server->records[0].name)) {
		evdns_server_request_set_flags(request, EVDNS_FLAGS_AA);
		code = answer(server, request, question->name, question->type);
	}
	evdns_server_request_respond(request, code);
}

/* ---- The server ---- */

/* Returns the descriptor, whose port is then in the address, or -1. */
static evutil_socket_t
open_udp(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	evutil_socket_t fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)address, size) == 0 &&
	    getsockname(fd, (struct sockaddr *)address, &size) == 0)
		return fd;
	evutil_closesocket(fd);
	return -1;
}

/* Both ports have one number: another one is tried if a free one of UDP is used for TCP. */
static int
open_ports(struct server *server, struct sockaddr_in address)
{
	int tries = address.sin_port ? 1 : 20;

	while (tries-- > 0) {
		struct sockaddr_in bound = address;
		evutil_socket_t fd = open_udp(&bound);
		struct evconnlistener *listener;

		if (fd < 0)
			return -1;
		listener = evconnlistener_new_bind(server->base, NULL, NULL,
		    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, (struct sockaddr *)&bound,
		    sizeof(bound));
		if (!listener) {
			evutil_closesocket(fd);
			continue;
		}
		server->tcp = evdns_add_server_port_with_listener(
		    server->base, listener, 0, on_query, server);
		server->udp =
		    evdns_add_server_port_with_base(server->base, fd, 0, on_query, server);
		if (!server->tcp)
			evconnlistener_free(listener);
		if (!server->udp)
			evutil_closesocket(fd);
		printf("%d\n", ntohs(bound.sin_port));
		return server->tcp && server->udp ? fflush(stdout) : -1;
	}
	return -1;
}

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct server *server = arg;

	(void)signo;
	(void)what;
	event_base_loopexit(server->base, NULL);
}

static int
open_server(struct server *server, unsigned short port)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	server->base = event_base_new();
	if (!server->base || open_ports(server, address) != 0)
		return -1;
	server->on_term = evsignal_new(server->base, SIGTERM, on_signal, server);
	server->on_int = evsignal_new(server->base, SIGINT, on_signal, server);
	if (!server->on_term || !server->on_int || event_add(server->on_term, NULL) != 0 ||
	    event_add(server->on_int, NULL) != 0)
		return -1;
	return 0;
}

static void
close_server(struct server *server)
{
	if (server->on_int)
		event_free(server->on_int);
	if (server->on_term)
		event_free(server->on_term);
	if (server->udp)
		evdns_close_server_port(server->udp);
	if (server->tcp)
		evdns_close_server_port(server->tcp);
	if (server->base)
		event_base_free(server->base);
	free(server->records);
}

int
main(int argc, char **argv)
{
	struct server server;
	int status = EXIT_SUCCESS;

	if (argc < 2) {
		fprintf(stderr, "usage: dns_server FILE [PORT]\n");
		return EXIT_FAILURE;
	}
	memset(&server, 0, sizeof(server));
	server.records = calloc(RECORDS_MAX, sizeof(*server.records));
	if (!server.records || read_zone(&server, argv[1]) != 0) {
		free(server.records);
		return EXIT_FAILURE;
	}
	if (open_server(&server, argc > 2 ? (unsigned short)atoi(argv[2]) : 0) != 0 ||
	    event_base_dispatch(server.base) < 0) {
		fprintf(stderr, "dns_server: %s\n", strerror(errno));
		status = EXIT_FAILURE;
	}
	close_server(&server);
	return status;
}
