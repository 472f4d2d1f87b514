/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DNS server that answers every question with one address: as little as a server can do.  It
 * prints its port; after SIGTERM it prints how many queries it has answered, and the nanoseconds of
 * the processor's time that it has used.  Compiled against libevent 2.1, so that it runs on both.
 */
#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

static long answered;

static void
on_query(struct evdns_server_request *request, void *arg)
{
	static const unsigned char address[4] = {192, 0, 2, 1};

	(void)arg;
	evdns_server_request_add_a_reply(request, request->questions[0]->name, 1, address, 60);
	evdns_server_request_set_flags(request, EVDNS_FLAGS_AA);
	evdns_server_request_respond(request, 0);
	answered++;
}

static void
on_term(evutil_socket_t signo, short what, void *base)
{
	(void)signo;
	(void)what;
	event_base_loopbreak(base);
}

static long long
ns_of(struct timeval tv)
{
	return tv.tv_sec * 1000000000LL + tv.tv_usec * 1000LL;
}

int
main(void)
{
	struct event_base *base = event_base_new();
	struct event *term = evsignal_new(base, SIGTERM, on_term, base);
	struct evdns_server_port *port;
	struct sockaddr_in address;
	struct rusage before, after;
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, size) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return EXIT_FAILURE;
	port = evdns_add_server_port_with_base(base, fd, 0, on_query, NULL);
	if (!port || event_add(term, NULL) != 0)
		return EXIT_FAILURE;
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	getrusage(RUSAGE_SELF, &before);
	event_base_dispatch(base);
	getrusage(RUSAGE_SELF, &after);
	printf("%ld %lld\n", answered,
	    ns_of(after.ru_utime) + ns_of(after.ru_stime) - ns_of(before.ru_utime) -
		ns_of(before.ru_stime));
	evdns_close_server_port(port);
	event_free(term);
	event_base_free(base);
	return EXIT_SUCCESS;
}
