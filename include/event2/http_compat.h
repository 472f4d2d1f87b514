/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * HTTP functions of libevent 1.x, which have no parameter for the event base.  New programs
 * use event2/http.h.
 */
#ifndef EVENT2_HTTP_COMPAT_H_INCLUDED_
#define EVENT2_HTTP_COMPAT_H_INCLUDED_

#include <event2/http.h>
#include <event2/util.h>
#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make a server on the current base, and bind it.
 *
 * @param address  as for evhttp_bind_socket()
 * @param port     likewise
 * @return the server, or NULL on failure
 *
 * Threads: that of the base.
 * Since: libevent 1.x; new programs call evhttp_new() and evhttp_bind_socket()
 */
EVENT2_EXPORT_SYMBOL
struct evhttp *evhttp_start(const char *address, ev_uint16_t port);

/**
 * Make a client's connection on the current base.
 *
 * @param address  as for evhttp_connection_base_new()
 * @param port     likewise
 * @return the connection; NULL on failure
 *
 * Threads: that of the base.
 * Since: libevent 1.x; new programs call evhttp_connection_base_new()
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_connection *evhttp_connection_new(const char *address, ev_uint16_t port);

/**
 * Give a connection another event base, before the first request.
 *
 * @param evcon  a connection made by evhttp_connection_new()
 * @param base   the base
 *
 * Threads: that of the base.
 * Since: libevent 1.x; new programs call evhttp_connection_base_new()
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_base(struct evhttp_connection *evcon, struct event_base *base);

/** The target of a request: evhttp_request_get_uri(). */
#define evhttp_request_uri evhttp_request_get_uri

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_HTTP_COMPAT_H_INCLUDED_ */
