/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: reading into buffers from descriptors, and writing to these.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <limits.h>

#include "buffer/buffer.h"
#include "buffer/buffer_io.h"

/* The bytes that were moved, or -1 and errno. */
static int
translate(int rc, size_t size)
{
	if (rc == 0)
		return (int)size;
	errno = -rc;
	return -1;
}

int
evbuffer_read(struct evbuffer *buffer, evutil_socket_t fd, int howmuch)
{
	size_t got = 0;
	int rc = -EPERM;

	lvn_buffer_enter(buffer);
	if (!lvn_buffer_is_frozen_locked(buffer, FROZEN_BACK))
		rc = lvn_buffer_read_locked(
		    buffer, fd, howmuch < 0 ? INT_MAX : (size_t)howmuch, &got);
	lvn_buffer_leave(buffer);
	return translate(rc, got);
}

int
evbuffer_write_atmost(struct evbuffer *buffer, evutil_socket_t fd, ev_ssize_t howmuch)
{
	size_t sent = 0;
	int rc = -EPERM;

	lvn_buffer_enter(buffer);
	if (buffer->size == 0 || howmuch == 0)
		rc = -EINVAL;
	else if (!lvn_buffer_is_frozen_locked(buffer, FROZEN_FRONT))
		rc = lvn_buffer_write_locked(
		    buffer, fd, howmuch < 0 ? SIZE_MAX : (size_t)howmuch, &sent);
	lvn_buffer_leave(buffer);
	return translate(rc, sent);
}

int
evbuffer_write(struct evbuffer *buffer, evutil_socket_t fd)
{
	return evbuffer_write_atmost(buffer, fd, -1);
}

int
evbuffer_set_max_read(struct evbuffer *buf, size_t max)
{
	struct buffer_extras *extras;

	if (max == 0 || max > INT_MAX)
		return -1;
	lvn_buffer_enter(buf);
	extras = lvn_buffer_prepare_extras_locked(buf);
	if (extras)
		extras->max_read = max;
	lvn_buffer_leave(buf);
	return extras ? 0 : -1;
}

size_t
evbuffer_get_max_read(struct evbuffer *buf)
{
	size_t max;

	lvn_buffer_enter(buf);
	max = lvn_buffer_max_read_locked(buf);
	lvn_buffer_leave(buf);
	return max;
}
