/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shared parts of the programs about DNS, see dns_kit.h.
 */
#include "dns_kit.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

static const char *
type_name(int type)
{
	static char number[12];

	switch (type) {
	case TYPE_A:
		return "A";
	case TYPE_AAAA:
		return "AAAA";
	case TYPE_PTR:
		return "PTR";
	default:
		snprintf(number, sizeof(number), "%d", type);
		return number;
	}
}

static void
serve_one(evutil_socket_t fd, short what, void *arg)
{
	struct dns_server *server = arg;
	static struct script_query query;
	static struct script_message reply;
	socklen_t size = sizeof(server->peer);
	ssize_t n;

	(void)what;
	while ((n = recvfrom(fd, query.message.bytes, sizeof(query.message.bytes), 0,
		    (struct sockaddr *)&server->peer, &size)) > 12) {
		query.message.size = (int)n;
		query.number = ++server->queries;
		script_read_query(&query);
		if (server->label)
			say("  %s is asked for %s %s", server->label, type_name(query.type),
			    query.name);
		reply.size = 0;
		server->reply(&query, &reply);
		if (reply.size)
			sendto(fd, reply.bytes, (size_t)reply.size, 0,
			    (struct sockaddr *)&server->peer, size);
	}
}

void
dns_serve(
    struct dns_server *server, struct event_base *base, const char *label, dns_reply_fn *reply)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);

	memset(server, 0, sizeof(*server));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->label = label;
	server->reply = reply;
	server->fd = kit_fixed(socket(AF_INET, SOCK_DGRAM, 0));
	if (bind(server->fd, (struct sockaddr *)&address, size) < 0 ||
	    getsockname(server->fd, (struct sockaddr *)&address, &size) < 0)
		exit(2);
	server->port = ntohs(address.sin_port);
	server->ev = event_new(base, server->fd, EV_READ | EV_PERSIST, serve_one, server);
	event_add(server->ev, NULL);
}

void
dns_stop(struct dns_server *server)
{
	event_free(server->ev);
	close(server->fd);
}

int
dns_use(struct evdns_base *dns, const struct dns_server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)server->port);
	return evdns_base_nameserver_sockaddr_add(
	    dns, (struct sockaddr *)&address, sizeof(address), 0);
}

const char *
dns_address(const struct dns_server *server)
{
	static char text[32];

	snprintf(text, sizeof(text), "127.0.0.1:%d", server->port);
	return text;
}

int
dns_server_text(struct evdns_base *dns, int i, char text_out[DNS_SERVER_TEXT])
{
	struct sockaddr_storage address;
	int size =
	    evdns_base_get_nameserver_addr(dns, i, (struct sockaddr *)&address, sizeof(address));
	char host[64] = "?";

	if (size < 0)
		return -1;
	if (address.ss_family == AF_INET) {
		struct sockaddr_in *v4 = (void *)&address;

		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(text_out, DNS_SERVER_TEXT, "%s port %d", host, ntohs(v4->sin_port));
	} else {
		struct sockaddr_in6 *v6 = (void *)&address;

		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(text_out, DNS_SERVER_TEXT, "%s port %d%s", host, ntohs(v6->sin6_port),
		    v6->sin6_scope_id ? " scope" : "");
	}
	return size;
}

/* When a server is taken for failed is the library's own affair. */
static void __attribute__((constructor)) log_apart(void)
{
	event_set_log_callback(kit_log_apart);
}

int dns_callbacks;

static void
mark(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

void
dns_wait(struct event_base *base, int count)
{
	struct timeval limit = {1000, 0};
	bool late = false;
	struct event *ev = evtimer_new(base, mark, &late);

	evtimer_add(ev, &limit);
	while (dns_callbacks < count && !late)
		event_base_loop(base, EVLOOP_ONCE);
	if (dns_callbacks != count)
		say("%d callbacks, not %d", dns_callbacks, count);
	dns_callbacks = 0;
	event_free(ev);
}

void
dns_say_answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	char line[4096];
	size_t used = 0;

	dns_callbacks++;
	line[0] = '\0';
	for (int i = 0; addresses && i < count && used < sizeof(line) - 300; i++) {
		char text[256] = "?";

		if (type == DNS_IPv4_A)
			inet_ntop(AF_INET, (char *)addresses + 4 * i, text, sizeof(text));
		else if (type == DNS_IPv6_AAAA)
			inet_ntop(AF_INET6, (char *)addresses + 16 * i, text, sizeof(text));
		else if (type == DNS_PTR)
			snprintf(text, sizeof(text), "%s", ((char **)addresses)[i]);
		used += (size_t)snprintf(line + used, sizeof(line) - used, " %s", text);
	}
	say("%s: result %d, type %d, count %d, ttl %d%s%s", arg ? (char *)arg : "NULL", result,
	    type, count, ttl, addresses ? ":" : ", no addresses", line);
}

static void
say_address(const struct evutil_addrinfo *at)
{
	char host[64] = "?";
	unsigned port = 0, scope = 0;

	if (at->ai_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)at->ai_addr;

		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		port = ntohs(v4->sin_port);
	} else {
		const struct sockaddr_in6 *v6 = (const void *)at->ai_addr;

		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		port = ntohs(v6->sin6_port);
		scope = v6->sin6_scope_id;
	}
	say("    %s port %u%s type %d protocol %d size %d%s%s", host, port, scope ? " scope" : "",
	    at->ai_socktype, at->ai_protocol, (int)at->ai_addrlen,
	    at->ai_next && at->ai_next->ai_canonname ? " not first: " : "",
	    at->ai_next && at->ai_next->ai_canonname ? at->ai_next->ai_canonname : "");
}

/* The order of families depends on the addresses that this machine has. */
void
dns_say_list(int error, struct evutil_addrinfo *list, void *arg)
{
	dns_callbacks++;
	say("%s: %d %s%s%s%s", arg ? (char *)arg : "NULL", error, evutil_gai_strerror(error),
	    list ? "" : ", no list", list && list->ai_canonname ? ", name " : "",
	    list && list->ai_canonname ? list->ai_canonname : "");
	for (struct evutil_addrinfo *at = list; at; at = at->ai_next) {
		if (at->ai_family == AF_INET)
			say_address(at);
	}
	for (struct evutil_addrinfo *at = list; at; at = at->ai_next) {
		if (at->ai_family != AF_INET)
			say_address(at);
	}
	if (list)
		evutil_freeaddrinfo(list);
}

/* ---- Files -------------------------------------------------------------------------- */

const char *dns_resolv_conf, *dns_hosts;

static char folder[] = "/tmp/levin_dns_XXXXXX";
static char paths[64][128];
static unsigned path_count;

static void
remove_files(void)
{
	for (unsigned i = 0; i < path_count; i++)
		unlink(paths[i]);
	rmdir(folder);
}

const char *
dns_write_file(const char *name, const char *text)
{
	char *path = paths[path_count];
	FILE *stream;

	if (path_count == 0) {
		if (!mkdtemp(folder))
			exit(2);
		atexit(remove_files);
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	for (unsigned i = 0; i < path_count; i++) {
		if (!strcmp(paths[i], path))
			path = paths[i];
	}
	if (path == paths[path_count])
		path_count++;
	stream = fopen(path, "w");
	if (!stream)
		exit(2);
	fputs(text, stream);
	fclose(stream);
	return path;
}

static const char *
replaced(const char *path)
{
	if (dns_resolv_conf && !strcmp(path, "/etc/resolv.conf"))
		return *dns_resolv_conf ? dns_resolv_conf : "/no/such/file";
	if (dns_hosts && !strcmp(path, "/etc/hosts"))
		return *dns_hosts ? dns_hosts : "/no/such/file";
	return path;
}

/* The C library's functions, defined anew so that the library finds these. */
#define REPLACE(name, ...)                            \
	static int (*real)(__VA_ARGS__);              \
	if (!real) {                                  \
		void *found = dlsym(RTLD_NEXT, name); \
		memcpy(&real, &found, sizeof(found)); \
	}

int
open(const char *path, int flags, ...)
{
	REPLACE("open", const char *, int, ...)
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	return real(replaced(path), flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	REPLACE("open64", const char *, int, ...)
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	return real(replaced(path), flags, mode);
}

int
stat(const char *restrict path, struct stat *restrict out)
{
	REPLACE("stat", const char *, struct stat *)

	return real(replaced(path), out);
}
