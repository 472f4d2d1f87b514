/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_shutdown.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdbool.h>
#include <sys/time.h>

#include "base/limit.h"

/* Reading waits for the peer only when everything has been sent. */
static int
set_timeouts(struct bufferevent *bufev, const struct tls_shutdown *shutdown)
{
	struct timeval limit = shutdown->timeout;

	return bufferevent_set_timeouts(bufev, shutdown->is_announced ? &limit : NULL, &limit);
}

/* The callback may free the bufferevent, or use it for another connection. */
static void
finish(struct bufferevent *bufev, struct tls_shutdown *shutdown, enum levin_tls_ending ending)
{
	struct tls_shutdown ended = *shutdown;

	*shutdown = (struct tls_shutdown){.callback = NULL};
	bufferevent_setcb(bufev, NULL, NULL, NULL, NULL);
	bufferevent_set_timeouts(bufev, NULL, NULL);
	bufferevent_disable(bufev, EV_READ | EV_WRITE);
	ended.callback(bufev, ending, ended.arg);
}

/* ---- Sending ------------------------------------------------------------------------------- */

static int
announce_locked(struct bufferevent *bufev, struct tls_stream *tls)
{
	struct tls_shutdown *shutdown = &tls->shutdown;

	shutdown->is_announced = true;
	event_base_gettimeofday_cached(bufferevent_get_base(bufev), &shutdown->deadline);
	evutil_timeradd(&shutdown->deadline, &shutdown->timeout, &shutdown->deadline);
	if (set_timeouts(bufev, shutdown) < 0)
		return -ENOMEM;
	return lvn_tls_stream_shutdown(tls);
}

static void
on_written(struct bufferevent *bufev, void *arg)
{
	struct tls_stream *tls = arg;
	struct tls_shutdown *shutdown = &tls->shutdown;
	bool is_good = true;
	bool is_over = false;

	bufferevent_lock(bufev);
	if (!shutdown->is_announced && evbuffer_get_length(bufferevent_get_output(bufev)) == 0) {
		is_good = announce_locked(bufev, tls) == 0;
		is_over = shutdown->peer_has_ended;
	}
	bufferevent_unlock(bufev);
	if (!is_good)
		finish(bufev, shutdown, LEVIN_TLS_ENDING_ERROR);
	else if (is_over)
		finish(bufev, shutdown, LEVIN_TLS_ENDING_CLEAN);
}

/* ---- Receiving ----------------------------------------------------------------------------- */

static bool
is_late(struct bufferevent *bufev, const struct tls_shutdown *shutdown)
{
	struct timeval now;

	event_base_gettimeofday_cached(bufferevent_get_base(bufev), &now);
	return shutdown->is_announced && evutil_timerisset(&shutdown->timeout) &&
	       evutil_timercmp(&now, &shutdown->deadline, >);
}

/* A peer that goes on sending does not keep the connection for ever. */
static void
on_received(struct bufferevent *bufev, void *arg)
{
	struct tls_stream *tls = arg;
	struct evbuffer *input = bufferevent_get_input(bufev);

	evbuffer_drain(input, evbuffer_get_length(input));
	if (is_late(bufev, &tls->shutdown))
		finish(bufev, &tls->shutdown, LEVIN_TLS_ENDING_TIMEOUT);
}

static void
on_event(struct bufferevent *bufev, short what, void *arg)
{
	struct tls_stream *tls = arg;
	struct tls_shutdown *shutdown = &tls->shutdown;

	if (what & BEV_EVENT_TIMEOUT)
		finish(bufev, shutdown, LEVIN_TLS_ENDING_TIMEOUT);
	else if ((what & BEV_EVENT_ERROR) && tls->engine.end == TRANSPORT_TRUNCATED)
		finish(bufev, shutdown, LEVIN_TLS_ENDING_TRUNCATED);
	else if (what & BEV_EVENT_ERROR)
		finish(bufev, shutdown, LEVIN_TLS_ENDING_ERROR);
	else if ((what & BEV_EVENT_EOF) && shutdown->is_announced)
		finish(bufev, shutdown, LEVIN_TLS_ENDING_CLEAN);
	else if (what & BEV_EVENT_EOF)
		shutdown->peer_has_ended = true;
}

/* ---- Beginning ----------------------------------------------------------------------------- */

/*
 * All that needs memory comes now, while the call can still fail.  Reading that a watermark has
 * suspended goes on without a word, or not; reading that is enabled says so.
 */
static int
wait_for_peer_locked(struct bufferevent *bufev, struct tls_stream *tls)
{
	bufferevent_disable(bufev, EV_READ);
	bufferevent_setwatermark(bufev, EV_READ | EV_WRITE, 0, 0);
	if (bufferevent_enable(bufev, EV_READ | EV_WRITE) < 0)
		return -ENOMEM;
	if (evbuffer_get_length(bufferevent_get_output(bufev)) == 0)
		return announce_locked(bufev, tls);
	return set_timeouts(bufev, &tls->shutdown) < 0 ? -ENOMEM : 0;
}

int
lvn_tls_shutdown_begin_locked(struct bufferevent *bufev, struct tls_stream *tls, int64_t timeout_ms,
    levin_tls_shutdown_fn *callback, void *arg)
{
	int rc;

	if (!lvn_tls_stream_is_usable(tls))
		return -ENOTCONN;
	if (tls->shutdown.callback)
		return -EALREADY;
	tls->shutdown = (struct tls_shutdown){
	    .callback = callback,
	    .arg = arg,
	    .timeout = lvn_limit_duration(timeout_ms),
	};
	rc = wait_for_peer_locked(bufev, tls);
	if (rc < 0)
		tls->shutdown = (struct tls_shutdown){.callback = NULL};
	else
		bufferevent_setcb(bufev, on_received, on_written, on_event, tls);
	return rc;
}
