/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public functions of event2/bufferevent_compat.h, which call those of bufferevent.h.
 */
#include <event2/bufferevent.h>
#include <event2/bufferevent_compat.h>
#include <stddef.h>

struct bufferevent *
bufferevent_new(evutil_socket_t fd, bufferevent_data_cb readcb, bufferevent_data_cb writecb,
    bufferevent_event_cb errorcb, void *cbarg)
{
	struct bufferevent *bufev = bufferevent_socket_new(NULL, fd, 0);

	if (bufev)
		bufferevent_setcb(bufev, readcb, writecb, errorcb, cbarg);
	return bufev;
}

void
bufferevent_settimeout(struct bufferevent *bufev, int timeout_read, int timeout_write)
{
	struct timeval read_span = {timeout_read, 0};
	struct timeval write_span = {timeout_write, 0};

	bufferevent_set_timeouts(
	    bufev, timeout_read ? &read_span : NULL, timeout_write ? &write_span : NULL);
}
