/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server that replies to every question with one address: by a server port of evdns, or by
 * datagrams that it reads and writes itself.  Each header has: struct dns_port,
 * dns_port_open(port, variant, fd), dns_port_run(port) until port->wanted questions are answered,
 * and dns_port_turn(port) without waiting.
 */
#ifndef BENCH_DNS_PORT_H
#define BENCH_DNS_PORT_H

#include "engines/engine.h"

#if defined(ENGINE_LIBEVENT)
#include "dns/port_libevent.h"
#else
#include "dns/port_raw.h"
#endif

#endif
