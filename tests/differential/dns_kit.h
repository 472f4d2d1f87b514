/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For programs about DNS: name servers in the program itself, on loopback, and what callbacks
 * receive as lines of the transcript.
 */
#ifndef DIFFERENTIAL_DNS_KIT_H
#define DIFFERENTIAL_DNS_KIT_H

#include <arpa/inet.h>
#include <event2/dns.h>
#include <netinet/in.h>

#include "dns_script.h"
#include "kit.h"

/* Fills a reply; leaves it empty for none. */
typedef void dns_reply_fn(const struct script_query *query, struct script_message *reply);

struct dns_server {
	const char *label; /* NULL: queries are no part of the transcript */
	dns_reply_fn *reply;
	int fd;
	int port;
	int queries;
	struct event *ev;
	struct sockaddr_in peer; /* of the last query */
};

/* A server on 127.0.0.1 with a port of its own, in the loop of the base. */
void dns_serve(
    struct dns_server *server, struct event_base *base, const char *label, dns_reply_fn *reply);
void dns_stop(struct dns_server *server);
/* Asks that server: evdns_base_nameserver_sockaddr_add. */
int dns_use(struct evdns_base *dns, const struct dns_server *server);
/* "127.0.0.1:PORT" in a buffer that the next call overwrites. */
const char *dns_address(const struct dns_server *server);

/* "ADDRESS port NUMBER" of a name server; returns the size of its address, or -1. */
#define DNS_SERVER_TEXT 80
int dns_server_text(struct evdns_base *dns, int i, char text_out[DNS_SERVER_TEXT]);

/* Callbacks that say what they receive; arg is a text that begins the line. */
void dns_say_answer(int result, char type, int count, int ttl, void *addresses, void *arg);
void dns_say_list(int error, struct evutil_addrinfo *list, void *arg);

/* How many of them were called. */
extern int dns_callbacks;
/* Runs the loop until there were `count` callbacks since the last call; says if that fails. */
void dns_wait(struct event_base *base, int count);

/*
 * While it is set, the library reads this file instead of /etc/resolv.conf or /etc/hosts; an
 * empty path is a file that is not there.
 */
extern const char *dns_resolv_conf, *dns_hosts;
/* Writes a file in a folder of the program's own, which goes with the program. */
const char *dns_write_file(const char *name, const char *text);

#endif
