/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server that replies to every question with one address: by a server port of evdns, or by
 * datagrams that it reads and writes itself.  Each header has: struct dns_port, and
 * dns_port_open(port, variant, fd).
 */
#ifndef BENCH_DNS_PORT_H
#define BENCH_DNS_PORT_H

#include "engines/engine.h"

#if defined(ENGINE_LIBEVENT)
#include "dns/port_libevent.h"
#else
#include "dns/port_raw.h"
#endif

/* Until port->wanted questions are answered. */
static inline void
dns_port_run(struct dns_port *port)
{
	while (port->answered < port->wanted)
		engine_run(&port->engine);
}

/* Without waiting. */
static inline void
dns_port_turn(struct dns_port *port)
{
	engine_poll(&port->engine);
}

#endif
