/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which callback a request goes to: by virtual host, then by path.
 */
#ifndef LVN_HTTP_ROUTER_H
#define LVN_HTTP_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct evhttp;
struct evhttp_request;

/* 0, -EEXIST or -ENOMEM.  Paths are compared as they are once "%41" has become "A". */
LVN_NODISCARD int lvn_http_router_add_path(struct evhttp *server, const char *path,
    void (*callback)(struct evhttp_request *, void *), void *arg);
/* Whether it was there. */
bool lvn_http_router_remove_path(struct evhttp *server, const char *path);

/* 0, -EEXIST or -ENOMEM.  In a pattern "*" stands for any text. */
LVN_NODISCARD int lvn_http_router_add_host(
    struct evhttp *server, const char *pattern, struct evhttp *host);
bool lvn_http_router_remove_host(struct evhttp *server, struct evhttp *host);
/* 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_router_add_alias(struct evhttp *server, const char *alias);
bool lvn_http_router_remove_alias(struct evhttp *server, const char *alias);

/* Frees paths and aliases. */
void lvn_http_router_clear(struct evhttp *server);

/* Whether a name is that of a virtual host, or an alias of the server. */
bool lvn_http_router_knows_host(struct evhttp *server, const char *name);

/* The server or virtual host that the request is for.  NULL without memory for its name. */
struct evhttp *lvn_http_router_find_server(struct evhttp *server, struct evhttp_request *request);
/* Whether lvn_http_router_add_path has the path of the request. */
bool lvn_http_router_has_path(struct evhttp *host, const struct evhttp_request *request);

/* Calls the program for a request that has come whole; one for nothing gets 404. */
void lvn_http_router_dispatch(struct evhttp *server, struct evhttp_request *request);

#endif
