/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For programs about HTTP: cases in processes of their own, for one may crash, a server under
 * test with peers that are plain sockets, and a plain listening socket for clients under test.
 *
 * The clock moves only when the program says so, by http_pass.
 */
#ifndef DIFFERENTIAL_HTTP_KIT_H
#define DIFFERENTIAL_HTTP_KIT_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "kit.h"

extern struct event_base *http_base;

/* Says the name, and runs the case in a process of its own, with a base. */
void http_case(const char *name, void (*run)(void));
/* The same with an argument. */
void http_case_with(const char *name, void (*run)(const void *), const void *arg);

/* A socket that listens on 127.0.0.1, blocking when it is accepted from. */
int http_listen(int *port_out);
/* A socket without reader or writer: connecting to it is refused. */
int http_closed_port(void);

/* A server on 127.0.0.1. */
struct evhttp *http_server(int *port_out);

/* Peers: plain sockets that do not block. */
int http_connect(int port);
int http_accept(int listener);
void http_put(int fd, const char *bytes, size_t size);
#define HTTP_PUT(fd, text) http_put(fd, text, sizeof(text) - 1)
void http_put_text(int fd, const char *text);
/* Says what has come, a line for each line, with "Date: *", and whether the connection is open. */
void http_say_received(int fd);
/* The same, but only the status lines, in one line. */
void http_say_short(int fd);
/* An end with RST. */
void http_reset(int fd);

/* Turns of the loop, until nothing moves any more. */
void http_turns(void);
/* The same, with the clock set forward by so much first. */
void http_pass(int ms);

/* Says bytes, escaped, a line for each line of theirs. */
void http_say_bytes(const char *prefix, const char *bytes, size_t size);
/* Says a text, escaped, in one line. */
void http_say_line(const char *prefix, const char *text);
/* Says what a buffer has, and leaves it. */
void http_say_buffer(const char *prefix, struct evbuffer *buffer);
/* "GET" and so on. */
const char *http_method(int type);
/* "TIMEOUT" and so on. */
const char *http_error(int error);
/* Says method, target, version and fields of a request, and the size of its body. */
void http_say_request(struct evhttp_request *req);
/* Text in a buffer that goes with the process. */
struct evbuffer *http_text(const char *text);

#endif
