/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: buffers as libevent 1.x had them.
 */
#include <event2/buffer.h>
#include <event2/buffer_compat.h>

#include "buffer/buffer.h"

char *
evbuffer_readline(struct evbuffer *buffer)
{
	return evbuffer_readln(buffer, NULL, EVBUFFER_EOL_ANY);
}

int
evbuffer_setcb(struct evbuffer *buffer, evbuffer_cb cb, void *cbarg)
{
	bool added = true;

	lvn_buffer_enter(buffer);
	lvn_buffer_remove_callbacks_locked(buffer);
	if (cb)
		added = lvn_buffer_add_callback_locked(buffer, NULL, cb, cbarg) != NULL;
	lvn_buffer_leave(buffer);
	return added ? 0 : -1;
}

unsigned char *
evbuffer_find(struct evbuffer *buffer, const unsigned char *what, size_t len)
{
	unsigned char *bytes = NULL;
	struct evbuffer_ptr found;

	lvn_buffer_enter(buffer);
	found = evbuffer_search(buffer, (const char *)what, len, NULL);
	if (found.pos >= 0)
		bytes = evbuffer_pullup(buffer, found.pos + (ev_ssize_t)len);
	lvn_buffer_leave(buffer);
	return bytes ? bytes + found.pos : NULL;
}
