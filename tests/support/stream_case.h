/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What most cases of streams on sockets begin and end with: `bev` on ends[0], with callbacks
 * that spell, and its peer ends[1].  For one test file: everything is static.
 */
#ifndef LEVIN_TESTS_SUPPORT_STREAM_CASE_H
#define LEVIN_TESTS_SUPPORT_STREAM_CASE_H

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static evutil_socket_t ends[2];
static struct bufferevent *bev;

static inline void
set_up(int i, int options)
{
	backend = backend_under_test(i);
	base = base_on(backend);
	open_pair(backend, ends);
	bev = spelling_stream(base, ends[0], options, "");
}

/* A case that has freed `bev` sets it to NULL. */
static inline void
tear_down(void)
{
	if (bev)
		bufferevent_free(bev);
	event_base_free(base);
	close_pair(ends);
}

#endif
