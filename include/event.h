/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Everything at once, for programs written for libevent 1.4: the events, their
 * structure, bufferevents, and the functions that work on one global base.  New programs
 * include the headers in event2/ that they need.
 */
#ifndef EVENT1_EVENT_H_INCLUDED_
#define EVENT1_EVENT_H_INCLUDED_

#include <event2/event-config.h>

#include <stdarg.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/types.h>

#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_compat.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/event_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/tag.h>
#include <event2/tag_compat.h>
#include <evutil.h>

#endif /* EVENT1_EVENT_H_INCLUDED_ */
