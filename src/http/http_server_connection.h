/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server's side of a connection: requests are read one behind the other, and each is answered
 * before the next is looked at.  Replies that are complete at once go out together.
 *
 * Reading stays on while the program owes a reply, up to a limit: so a peer that has gone is
 * noticed, and requests that come early are in memory already.
 */
#ifndef LVN_HTTP_SERVER_CONNECTION_H
#define LVN_HTTP_SERVER_CONNECTION_H

#include "http/connection.h"

struct sockaddr;

/*
 * Serves the connection.  Owns `bev`, also on failure (-ENOMEM).  `is_socket`: it is a plain
 * socket, whose two directions can be closed apart.
 */
LVN_NODISCARD int lvn_http_server_connection_start(struct evhttp *server, struct bufferevent *bev,
    bool is_socket, const struct sockaddr *peer, unsigned peer_size);

/* The program asks for the body of the current request: a client that waits for that is told. */
void lvn_http_server_connection_read_body(struct evhttp_connection *connection);
/* It is to be the last request; without one the connection ends. */
void lvn_http_server_connection_drain(struct evhttp_connection *connection);
/* It goes on, from the loop. */
void lvn_http_server_connection_wake(struct evhttp_connection *connection);

#endif
