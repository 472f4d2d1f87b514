/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection that is made: looked up, connected, led through a proxy, and encrypted, where that
 * is asked for.  Has no timeouts of its own.
 */
#ifndef LVN_HTTP_DIAL_H
#define LVN_HTTP_DIAL_H

#include <levin/http_client.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "http/proxy.h"

struct bufferevent;
struct evdns_base;
struct event_base;

#define LVN_HTTP_REASON_SIZE 256

/* What the connections of an origin have in common. */
struct http_route {
	const char *host;
	uint16_t port;
	bool is_tls;
	const char *unix_path;          /* NULL: by host and port */
	const struct http_proxy *proxy; /* NULL: directly, not through a tunnel */
};

/*
 * Zeroed, the first members set, before it is started.
 *
 * Invariant: `bev` is set from the start to one of on_done, lvn_http_dial_take and
 * lvn_http_dial_stop.
 */
struct http_dial {
	struct event_base *base;
	struct evdns_base *dns;
	const struct levin_http_client_tls *tls; /* may be NULL */
	const struct http_route *route;
	void (*on_tls)(struct http_dial *dial); /* connected, TLS begins; frees nothing */
	/* `bev` is connected, or NULL: then `end` and `reason` say why.  It may free the dial. */
	void (*on_done)(struct http_dial *dial);

	struct bufferevent *bev;
	struct http_proxy_talk talk;
	bool is_talking; /* to the proxy */
	bool is_encrypting;
	bool is_starting;
	short early; /* what was reported while it was starting; 0 for nothing */
	int early_error;
	enum levin_http_fetch_end end;
	char reason[LVN_HTTP_REASON_SIZE];
};

/*
 * Returns 0, also if on_done was called already; or -1 with `end` and `reason` set: then it is not
 * called.
 */
LVN_NODISCARD int lvn_http_dial_start(struct http_dial *dial);
/* on_done is not called any more. */
void lvn_http_dial_stop(struct http_dial *dial);
/* The connected stream, which has no callbacks. */
struct bufferevent *lvn_http_dial_take(struct http_dial *dial);

#endif
