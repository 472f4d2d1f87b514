/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A proxy by its URL, and how a tunnel through one is asked for: CONNECT (RFC 9110 9.3.6) or
 * SOCKS5 (RFC 1928, 1929).  Bytes in, bytes out: no sockets.
 */
#ifndef LVN_HTTP_PROXY_H
#define LVN_HTTP_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct evbuffer;

/* Invariant: `authorization` is set for a proxy of HTTP with a user, `user` for one of SOCKS. */
struct http_proxy {
	char *host;
	uint16_t port;
	bool is_socks;
	char *user; /* decoded; NULL: none */
	char *password;
	char *authorization; /* the value of Proxy-Authorization; NULL: none */
};

/*
 * Reads "http://user:password@host:port", or the same with socks5 or socks5h.  Returns 0, -EINVAL
 * or -ENOMEM.
 */
LVN_NODISCARD int lvn_http_proxy_new(const char *url, struct http_proxy **proxy_out);
/* Accepts NULL. */
void lvn_http_proxy_free(struct http_proxy *proxy);

/* Whether a host is in a list such as "localhost,.example.com,10.0.0.1"; "*" is all of them. */
bool lvn_http_proxy_excepts(const char *list, const char *host);

enum http_proxy_result {
	HTTP_PROXY_MORE, /* the proxy's next bytes are needed */
	HTTP_PROXY_OPEN, /* the tunnel is open; what comes next is the server's */
	HTTP_PROXY_REFUSED,
	HTTP_PROXY_NO_MEMORY,
};

/* Zeroed before the first call. */
struct http_proxy_talk {
	int step;
};

/*
 * Goes on with opening a tunnel to a host: reads from `input`, writes to `output`.  Called once
 * when the proxy is connected, and again when bytes have come.  *why_out is set for REFUSED.
 */
enum http_proxy_result lvn_http_proxy_talk(struct http_proxy_talk *talk,
    const struct http_proxy *proxy, const char *host, uint16_t port, struct evbuffer *input,
    struct evbuffer *output, const char **why_out);

#endif
