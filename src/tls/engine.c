/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/engine.h"

#include <errno.h>
#include <event2/buffer.h>

ptrdiff_t
lvn_engine_take(struct engine *engine, void *data, size_t size)
{
	int taken;

	if (engine->is_deaf)
		return TRANSPORT_WANT_READ;
	taken = evbuffer_remove(engine->in, data, size);
	if (taken > 0)
		return taken;
	return engine->end ? engine->end : TRANSPORT_WANT_READ;
}

/* Smaller records are better collected. */
#define DIRECT_MIN 4096

/* Returns how much was sent.  Why it was not more shows when the rest is sent from `out`. */
static size_t
send_directly(struct engine *engine, const void *data, size_t size)
{
	size_t most = size < engine->direct ? size : engine->direct;
	ptrdiff_t sent;

	if (size < DIRECT_MIN || most == 0 || evbuffer_get_length(engine->out) > 0)
		return 0;
	sent = lvn_transport_send_directly(engine->stream, data, most, engine->traffic);
	if (sent < 0)
		sent = 0;
	engine->direct = (size_t)sent < size ? 0 : engine->direct - (size_t)sent;
	return (size_t)sent;
}

int
lvn_engine_give(struct engine *engine, const void *data, size_t size)
{
	size_t sent = send_directly(engine, data, size);

	data = (const char *)data + sent;
	size -= sent;
	if (evbuffer_add(engine->out, data, size) < 0) {
		engine->has_no_memory = true;
		return -ENOMEM;
	}
	if (!engine->is_running)
		lvn_transport_wake(engine->stream);
	return 0;
}

void
lvn_engine_note_error(struct engine *engine, unsigned long code)
{
	if (engine->error_count == ENGINE_ERRORS_MAX)
		engine->error_count--;
	engine->errors[engine->error_count++] = code;
}

unsigned long
lvn_engine_pop_error(struct engine *engine)
{
	return engine->error_count > 0 ? engine->errors[--engine->error_count] : 0;
}
