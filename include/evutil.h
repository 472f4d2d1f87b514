/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The old name of event2/util.h, for programs written for libevent 1.4.
 */
#ifndef EVENT1_EVUTIL_H_INCLUDED_
#define EVENT1_EVUTIL_H_INCLUDED_

#include <event2/util.h>

#endif /* EVENT1_EVUTIL_H_INCLUDED_ */
