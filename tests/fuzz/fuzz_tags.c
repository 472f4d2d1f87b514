/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes as tagged data, in several chains: all readers agree about sizes, nothing is taken that
 * is not there, and what was read is the same when it is written again.
 */
#include <event2/buffer.h>
#include <event2/tag.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/must.h"

#define CUT 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct evbuffer *
in_chains(const uint8_t *data, size_t size)
{
	struct evbuffer *buffer = evbuffer_new();

	for (size_t at = 0; at < size; at += CUT) {
		size_t part = size - at < CUT ? size - at : CUT;

		must(evbuffer_add_reference(buffer, data + at, part, NULL, NULL) == 0);
	}
	return buffer;
}

static void
must_be_written_the_same(uint32_t tag, struct evbuffer *payload)
{
	size_t size = evbuffer_get_length(payload);
	struct evbuffer *written = evbuffer_new();
	uint32_t again, length;

	evtag_marshal(written, tag, evbuffer_pullup(payload, -1), (uint32_t)size);
	must(evtag_peek_length(written, &length) == 0 && length == evbuffer_get_length(written));
	must(evtag_payload_length(written, &length) == 0 && length == size);
	must(evtag_unmarshal_header(written, &again) == (int)size && again == tag);
	must(size == 0 ||
	     memcmp(evbuffer_pullup(written, -1), evbuffer_pullup(payload, -1), size) == 0);
	evbuffer_free(written);
}

/* The records one behind the other, until one is wrong. */
static void
read_records(const uint8_t *data, size_t size)
{
	struct evbuffer *buffer = in_chains(data, size);
	struct evbuffer *payload = evbuffer_new();
	uint32_t tag, length;

	for (;;) {
		size_t before = evbuffer_get_length(buffer);
		bool has_length = evtag_peek_length(buffer, &length) == 0;
		int got = evtag_unmarshal(buffer, &tag, payload);

		must(evbuffer_get_length(buffer) <= before);
		if (got < 0) {
			must(!has_length || length > before);
			break;
		}
		must(has_length && before - evbuffer_get_length(buffer) == length);
		must(evbuffer_get_length(payload) == (size_t)got);
		must_be_written_the_same(tag, payload);
		evbuffer_drain(payload, (size_t)got);
	}
	evbuffer_free(payload);
	evbuffer_free(buffer);
}

/* Each reader of a typed payload takes the whole record if it succeeds. */
static void
read_typed(const uint8_t *data, size_t size)
{
	enum { READERS = 4 };

	for (int reader = 0; reader < READERS; reader++) {
		struct evbuffer *buffer = in_chains(data, size);
		uint32_t tag = 0, length = 0, number;
		uint64_t large;
		struct timeval time;
		char *text;
		int rc;

		evtag_peek(buffer, &tag);
		if (evtag_peek_length(buffer, &length) < 0)
			length = UINT32_MAX;
		if (reader == 0) {
			rc = evtag_unmarshal_int(buffer, tag, &number);
		} else if (reader == 1) {
			rc = evtag_unmarshal_int64(buffer, tag, &large);
		} else if (reader == 2) {
			rc = evtag_unmarshal_timeval(buffer, tag, &time);
		} else {
			rc = evtag_unmarshal_string(buffer, tag, &text);
			if (rc == 0)
				free(text);
		}
		must(rc < 0 || evbuffer_get_length(buffer) == size - length);
		evbuffer_free(buffer);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_records(data, size);
	read_typed(data, size);
	return 0;
}
