/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For programs about clients of HTTP: one connection under test, its requests with callbacks that
 * say what they receive, and a peer that is a plain socket.
 */
#ifndef DIFFERENTIAL_HTTP_CLIENT_KIT_H
#define DIFFERENTIAL_HTTP_CLIENT_KIT_H

#include "http_kit.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

extern struct evhttp_connection *client;
extern int client_listener, client_port;
extern int client_peer; /* accepted last, or -1 */

/* Callbacks; arg is a name. */
void client_done(struct evhttp_request *req, void *arg);
void client_error(enum evhttp_request_error error, void *arg);
void client_closed(struct evhttp_connection *connection, void *arg);

/* A listening socket, and a connection to it, which is made with the first request. */
void client_begin(void);
/* Says when the memory of the connection is freed. */
void client_watch(void);
/* A request with this completion callback, and client_error. */
struct evhttp_request *client_request(
    void (*cb)(struct evhttp_request *, void *), const char *name);
/* GET /name. */
void client_make_it(struct evhttp_request *req, const char *name);
struct evhttp_request *client_make(const char *name);
/* Accepts a connection, and says what it has sent. */
void client_take(void);
void client_say_peer(void);
/* Sends this to the client. */
void client_answer(const char *text);
/* Frees the connection, unless it is NULL, and the base. */
void client_finish(void);

struct client_case {
	const char *name;
	void (*run)(void);
};
#define CASE(name)          \
	{                   \
#name, name \
	}
/* Those whose names have the first argument in them, or all. */
void client_cases(const struct client_case *cases, size_t count, int argc, char **argv);

#endif
