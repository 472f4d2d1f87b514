/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Server ports on UDP sockets.  Queries are received, and the replies that their callbacks send are
 * sent, several in one system call.  A reply for which the socket has no space waits in a queue.
 */
#ifndef LVN_DNS_SERVER_UDP_H
#define LVN_DNS_SERVER_UDP_H

#include <event2/dns.h>

#include "base/compiler.h"

struct event_base;

/* Returns 0; -ENOMEM, or why the base cannot watch the socket: then the socket is the caller's. */
LVN_NODISCARD int lvn_server_udp_new(struct event_base *base, int fd,
    evdns_request_callback_fn_type callback, void *arg, struct evdns_server_port **port_out);

#endif
