/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: search_peer glibc|levin
 *
 * Looks up the IPv4 address of each name that comes by standard input, one a line, with the C
 * library's getaddrinfo or with evdns_getaddrinfo, and prints the address or the error.  Both read
 * /etc/resolv.conf again for each name.
 */
#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
#include <resolv.h>
#endif

static struct event_base *base;

static void
print(int error, const struct evutil_addrinfo *list)
{
	char text[INET_ADDRSTRLEN] = "";

	if (error == 0)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)list->ai_addr)->sin_addr, text,
		    sizeof(text));
	else if (error == EVUTIL_EAI_NONAME)
		snprintf(text, sizeof(text), "noname");
	else if (error == EVUTIL_EAI_NODATA)
		snprintf(text, sizeof(text), "nodata");
	else if (error == EVUTIL_EAI_AGAIN)
		snprintf(text, sizeof(text), "again");
	else
		snprintf(text, sizeof(text), "error %d", error);
	puts(text);
	fflush(stdout);
}

static void
on_list(int error, struct evutil_addrinfo *list, void *arg)
{
	(void)arg;
	print(error, list);
	if (list)
		evutil_freeaddrinfo(list);
	event_base_loopbreak(base);
}

/* Has always printed when it returns. */
static void
ask_levin(const char *name, const struct evutil_addrinfo *hints)
{
	struct evdns_base *dns =
	    evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_NO_CACHE);

	if (evdns_getaddrinfo(dns, name, NULL, hints, on_list, NULL))
		event_base_dispatch(base);
	evdns_base_free(dns, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

#ifdef __GLIBC__
static void
ask_c_library(const char *name, const struct evutil_addrinfo *hints)
{
	struct evutil_addrinfo *list = NULL;
	int error;

	res_init();
	error = getaddrinfo(name, NULL, hints, &list);
	print(error, list);
	if (list)
		freeaddrinfo(list);
}
#endif

int
main(int argc, char **argv)
{
	struct evutil_addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	char name[256];

	if (argc != 2)
		return 2;
#ifndef __GLIBC__
	if (strcmp(argv[1], "glibc") == 0)
		return 77;
#endif
	base = event_base_new();
	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
#ifdef __GLIBC__
		if (strcmp(argv[1], "glibc") == 0) {
			ask_c_library(name, &hints);
			continue;
		}
#endif
		ask_levin(name, &hints);
	}
	event_base_free(base);
	return 0;
}
