/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A transport that does all that a plain socket does not, as a small protocol of its own:
 *
 *   - each side says hello first, and waits for the other's hello
 *   - bytes travel in frames of at most FRAME_MAX bytes, and every byte is changed on the wire
 *   - who has received CREDIT bytes must send a credit before it reads on
 *   - who has sent 3 * CREDIT bytes must read a credit before it writes on
 *   - bytes that were read and do not fit are kept, where the kernel does not know of them
 *   - the end is a frame; a connection that closes without it was truncated
 */
#ifndef LEVIN_TESTS_UNIT_STREAM_ODD_TRANSPORT_H
#define LEVIN_TESTS_UNIT_STREAM_ODD_TRANSPORT_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>

#include "base/io.h"
#include "stream/stream.h"
#include "stream/transport.h"
#include "support/suite.h"

enum { FRAME_MAX = 500, CREDIT = 1000, HEAD_SIZE = 3 };
enum frame_type { FRAME_HELLO = 'H', FRAME_DATA = 'D', FRAME_CREDIT = 'C', FRAME_END = 'E' };

struct odd {
	struct stream *stream;
	struct evbuffer *wire_in;  /* as it came */
	struct evbuffer *wire_out; /* as it goes */
	struct evbuffer *kept;     /* decoded, and not in the input yet */
	size_t in_flight;          /* bytes of the output in wire_out */
	size_t may_send;
	size_t received; /* since the last credit */
	bool said_hello, heard_hello, has_ended;
};

static inline struct odd *
odd_of(struct stream *stream)
{
	struct odd *odd = lvn_transport_state(stream);

	odd->stream = stream;
	return odd;
}

static inline void
odd_add_frame(struct odd *odd, enum frame_type type, const unsigned char *data, size_t size)
{
	unsigned char frame[HEAD_SIZE + FRAME_MAX] = {
	    (unsigned char)type, (unsigned char)(size >> 8), (unsigned char)size};

	for (size_t i = 0; i < size; i++)
		frame[HEAD_SIZE + i] = data[i];
	for (size_t i = 0; i < HEAD_SIZE + size; i++)
		frame[i] ^= 0x5a;
	ck_assert_int_eq(evbuffer_add(odd->wire_out, frame, HEAD_SIZE + size), 0);
}

/* True if all is on its way; else *result says what it waits for. */
static inline bool
odd_flush(struct odd *odd, ptrdiff_t *result, struct transport_traffic *traffic)
{
	while (evbuffer_get_length(odd->wire_out) > 0) {
		ptrdiff_t sent = lvn_transport_send(odd->stream, odd->wire_out, SIZE_MAX, traffic);

		if (sent < 0) {
			*result = sent;
			return false;
		}
	}
	return true;
}

/* Decodes one frame if all of it is there. */
static inline bool
odd_take_frame(struct odd *odd)
{
	unsigned char head[HEAD_SIZE], data[FRAME_MAX];
	size_t size;

	if (evbuffer_copyout(odd->wire_in, head, HEAD_SIZE) < HEAD_SIZE)
		return false;
	size = (size_t)(head[1] ^ 0x5a) << 8 | (size_t)(head[2] ^ 0x5a);
	if (evbuffer_get_length(odd->wire_in) < HEAD_SIZE + size)
		return false;
	evbuffer_drain(odd->wire_in, HEAD_SIZE);
	evbuffer_remove(odd->wire_in, data, size);
	for (size_t i = 0; i < size; i++)
		data[i] ^= 0x5a;
	switch (head[0] ^ 0x5a) {
	case FRAME_HELLO:
		odd->heard_hello = true;
		break;
	case FRAME_CREDIT:
		odd->may_send += CREDIT;
		break;
	case FRAME_END:
		odd->has_ended = true;
		break;
	default:
		odd->received += size;
		evbuffer_add(odd->kept, data, size);
		break;
	}
	return true;
}

/* One read of the wire.  Positive, TRANSPORT_TRUNCATED, TRANSPORT_WANT_READ or -errno. */
static inline ptrdiff_t
odd_fill(struct odd *odd, struct transport_traffic *traffic)
{
	ptrdiff_t got = lvn_transport_receive(odd->stream, odd->wire_in, traffic);

	if (got == TRANSPORT_END)
		return TRANSPORT_TRUNCATED;
	if (got < 0)
		return got;
	while (odd_take_frame(odd))
		;
	return got;
}

static inline ptrdiff_t
odd_start(struct stream *stream, struct transport_traffic *traffic)
{
	struct odd *odd = odd_of(stream);
	ptrdiff_t result = 0;

	if (!odd->said_hello)
		odd_add_frame(odd, FRAME_HELLO, NULL, 0);
	odd->said_hello = true;
	if (!odd_flush(odd, &result, traffic))
		return result;
	while (!odd->heard_hello) {
		result = odd_fill(odd, traffic);
		if (result < 0)
			return result;
	}
	return 1;
}

static inline ptrdiff_t
odd_read(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	struct odd *odd = odd_of(stream);
	size_t size = evbuffer_get_length(odd->kept);
	ptrdiff_t result = 0;

	if (odd->received >= CREDIT) {
		odd->received -= CREDIT;
		odd_add_frame(odd, FRAME_CREDIT, NULL, 0);
	}
	if (!odd_flush(odd, &result, traffic))
		return result;
	if (size == 0 && !odd->has_ended) {
		result = odd_fill(odd, traffic);
		if (result < 0 && !odd->has_ended)
			return result;
		size = evbuffer_get_length(odd->kept);
	}
	if (size == 0)
		return odd->has_ended ? TRANSPORT_END : TRANSPORT_WANT_READ;
	if (size > most)
		size = most;
	evbuffer_unfreeze(stream->bev.input, 0);
	ck_assert_int_eq(evbuffer_remove_buffer(odd->kept, stream->bev.input, size), (int)size);
	evbuffer_freeze(stream->bev.input, 0);
	return (ptrdiff_t)size;
}

static inline ptrdiff_t
odd_write(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	struct odd *odd = odd_of(stream);
	unsigned char bytes[FRAME_MAX];
	size_t size = sizeof(bytes);
	ptrdiff_t result = 0;

	if (odd->in_flight == 0) {
		while (odd->may_send == 0) {
			result = odd_fill(odd, traffic);
			if (result < 0)
				return result;
		}
		size = most < size ? most : size;
		size = odd->may_send < size ? odd->may_send : size;
		evbuffer_unfreeze(stream->bev.output, 1);
		odd->in_flight = (size_t)evbuffer_copyout(stream->bev.output, bytes, size);
		evbuffer_freeze(stream->bev.output, 1);
		odd->may_send -= odd->in_flight;
		odd_add_frame(odd, FRAME_DATA, bytes, odd->in_flight);
	}
	if (!odd_flush(odd, &result, traffic))
		return result;
	if (!lvn_transport_is_sent(stream))
		return TRANSPORT_WANT_WRITE;
	result = (ptrdiff_t)odd->in_flight;
	odd->in_flight = 0;
	evbuffer_unfreeze(stream->bev.output, 1);
	evbuffer_drain(stream->bev.output, (size_t)result);
	evbuffer_freeze(stream->bev.output, 1);
	return result;
}

static inline bool
odd_pending(struct stream *stream)
{
	struct odd *odd = odd_of(stream);

	return evbuffer_get_length(odd->kept) > 0 || odd->has_ended || odd->received >= CREDIT;
}

static inline void
odd_on_fd(struct stream *stream, evutil_socket_t fd)
{
	struct odd *odd = odd_of(stream);

	(void)fd;
	evbuffer_drain(odd->wire_in, SIZE_MAX);
	evbuffer_drain(odd->wire_out, SIZE_MAX);
	evbuffer_drain(odd->kept, SIZE_MAX);
	odd->in_flight = 0;
	odd->may_send = 3 * (size_t)CREDIT;
	odd->received = 0;
	odd->said_hello = odd->heard_hello = odd->has_ended = false;
}

static inline void
odd_close(struct stream *stream)
{
	struct odd *odd = odd_of(stream);
	struct transport_traffic traffic = {SIZE_MAX, 0, 0, false};
	ptrdiff_t result;

	odd_add_frame(odd, FRAME_END, NULL, 0);
	(void)odd_flush(odd, &result, &traffic);
}

static inline void
odd_destroy(struct stream *stream)
{
	struct odd *odd = odd_of(stream);

	evbuffer_free(odd->wire_in);
	evbuffer_free(odd->wire_out);
	evbuffer_free(odd->kept);
	free(odd);
}

static const struct transport_ops odd_transport = {
    .name = "odd",
    .read = odd_read,
    .write = odd_write,
    .start = odd_start,
    .pending = odd_pending,
    .on_fd = odd_on_fd,
    .close = odd_close,
    .destroy = odd_destroy,
};

static inline struct odd *
odd_new(void)
{
	struct odd *odd = calloc(1, sizeof(*odd));

	ck_assert_ptr_nonnull(odd);
	odd->wire_in = evbuffer_new();
	odd->wire_out = evbuffer_new();
	odd->kept = evbuffer_new();
	odd->may_send = 3 * (size_t)CREDIT;
	return odd;
}

static inline struct bufferevent *
odd_stream(struct event_base *base, evutil_socket_t fd, int options)
{
	struct stream *stream = lvn_transport_new(base, fd, options, &odd_transport, odd_new());

	ck_assert_ptr_nonnull(stream);
	return &stream->bev;
}

static inline struct bufferevent *
odd_on_top(struct bufferevent *below, int options)
{
	struct stream *stream = lvn_transport_new_on_top(below, options, &odd_transport, odd_new());

	ck_assert_ptr_nonnull(stream);
	return &stream->bev;
}

#endif
