/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Server ports for TCP, on a listener: which clients may be connected, and for how long without a
 * query.
 */
#ifndef LVN_DNS_SERVER_TCP_H
#define LVN_DNS_SERVER_TCP_H

#include <event2/dns.h>

#include "base/compiler.h"

struct evconnlistener;
struct event_base;

/*
 * The listener becomes the port's, its callback is set, and it is enabled.  The base is that of the
 * listener if it is NULL.  Returns 0 or -ENOMEM; then the listener is the caller's, without callback.
 */
LVN_NODISCARD int lvn_server_tcp_new(struct event_base *base, struct evconnlistener *listener,
    evdns_request_callback_fn_type callback, void *arg, struct evdns_server_port **port_out);

#endif
