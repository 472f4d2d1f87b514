/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The RPC functions at once, for programs written for libevent 1.4.  New programs include
 * event2/rpc.h.
 */
#ifndef EVENT1_EVRPC_H_INCLUDED_
#define EVENT1_EVRPC_H_INCLUDED_

#include <event.h>
#include <event2/rpc.h>
#include <event2/rpc_compat.h>
#include <event2/rpc_struct.h>

#endif /* EVENT1_EVRPC_H_INCLUDED_ */
