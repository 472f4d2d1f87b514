/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_options.h"

#include "base/limit.h"
#include "base/private.h"
#include "ws/ws_handshake.h"

/* What holds where the program sets nothing. */
#define MESSAGE_SIZE    (UINT64_C(16) * 1024 * 1024)
#define EMPTY_FRAGMENTS 16
#define MOST_UNSENT     (1024 * 1024)
#define QUEUE_SIZE      (64 * 1024 * 1024)
#define PING_MS         60000
#define CLOSE_MS        5000
#define HANDSHAKE_MS    30000

static bool
are_null(const void *const *reserved, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (reserved[i])
			return false;
	return true;
}

static bool
are_valid(const struct levin_ws_options *options)
{
	const int64_t limits[] = {options->message_size, options->frame_size,
	    options->empty_fragments, options->most_unsent, options->queue_size,
	    options->ping_interval_ms, options->close_timeout_ms, options->handshake_timeout_ms};

	for (size_t i = 0; i < LVN_COUNT_OF(limits); i++)
		if (!lvn_limit_is_valid(limits[i]))
			return false;
	return true;
}

const char *
lvn_ws_options_why_bad(
    const struct levin_ws_callbacks *callbacks, const struct levin_ws_options *options)
{
	if (!callbacks)
		return "the callbacks are NULL";
	if (!are_null(
		callbacks->reserved, sizeof(callbacks->reserved) / sizeof(callbacks->reserved[0])))
		return "a reserved callback is set";
	if (!options)
		return NULL;
	if (!are_null(options->reserved, sizeof(options->reserved) / sizeof(options->reserved[0])))
		return "a reserved option is set";
	if (!are_valid(options))
		return "a limit is below -1";
	if (!lvn_ws_handshake_are_protocols(options->subprotocols))
		return "a subprotocol is no token";
	return NULL;
}

/* For timers: 0 is none. */
static unsigned
milliseconds(int64_t setting, unsigned usual)
{
	return setting < 0 ? 0 : lvn_limit_count(setting, usual);
}

static void
apply_limits(struct ws_limits *limits, const struct levin_ws_options *options, bool in_pieces)
{
	limits->message = lvn_limit_of(options->message_size, MESSAGE_SIZE);
	/* Of a message in memory the size, with a zero byte and doubled, must be a number. */
	if (!in_pieces && limits->message > SIZE_MAX / 4)
		limits->message = SIZE_MAX / 4;
	limits->frame = lvn_limit_of(options->frame_size, UINT64_MAX);
	limits->empty_fragments = lvn_limit_count(options->empty_fragments, EMPTY_FRAGMENTS);
}

void
lvn_ws_options_apply(struct levin_ws *ws, const struct levin_ws_options *options)
{
	static const struct levin_ws_options usual = {0};
	struct ws_limits limits;

	if (!options)
		options = &usual;
	ws->reader.in_pieces = ws->callbacks.on_piece != NULL;
	apply_limits(&limits, options, ws->reader.in_pieces);
	lvn_ws_reader_init(&ws->reader, ws->is_client ? WS_UNMASKED : WS_MASKED, &limits);
	ws->writer.masking = ws->is_client ? WS_MASKED : WS_UNMASKED;
	ws->most_unsent = lvn_limit_size(options->most_unsent, MOST_UNSENT);
	ws->queue_size = lvn_limit_size(options->queue_size, QUEUE_SIZE);
	ws->close_timeout_ms = milliseconds(options->close_timeout_ms, CLOSE_MS);
	ws->ping_interval_ms = milliseconds(options->ping_interval_ms, PING_MS);
}

unsigned
lvn_ws_options_handshake_ms(const struct levin_ws_options *options)
{
	return milliseconds(options ? options->handshake_timeout_ms : 0, HANDSHAKE_MS);
}
