/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The HTTP functions at once, for programs written for libevent 1.4.
 */
#ifndef EVENT1_EVHTTP_H_INCLUDED_
#define EVENT1_EVHTTP_H_INCLUDED_

#include <event.h>
#include <event2/http.h>
#include <event2/http_compat.h>
#include <event2/http_struct.h>

#endif /* EVENT1_EVHTTP_H_INCLUDED_ */
