/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public functions of tagged data.  A record is a tag, the size of the payload as an integer,
 * and the payload.
 *
 * A record is appended whole or not at all.  What is read is checked against the bytes that are
 * there before anything is allocated; a payload is never read beyond its end.
 */
#include <event2/buffer.h>
#include <event2/tag.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/private.h"
#include "rpc/tag_number.h"

enum { DIGITS_32 = 8, DIGITS_64 = 16, HEADER_SIZE = TAG_SIZE + TAG_INTEGER_SIZE };

/* Exported without a declaration: code of old generators calls them. */
LVN_EXPORT int evtag_decode_int(uint32_t *number, struct evbuffer *buffer);
LVN_EXPORT int evtag_decode_int64(uint64_t *number, struct evbuffer *buffer);
LVN_EXPORT int evtag_encode_tag(struct evbuffer *buffer, uint32_t tag);
LVN_EXPORT int evtag_decode_tag(uint32_t *tag, struct evbuffer *buffer);

void
evtag_init(void)
{
}

/* ---- writing ---- */

/* Copies to the extents, of which the first `*filled` bytes are filled already. */
static void
fill(const struct evbuffer_iovec *extents, size_t *filled, const void *data, size_t size)
{
	const uint8_t *from = data;

	for (size_t i = 0, start = 0; size > 0; start += extents[i++].iov_len) {
		size_t end = start + extents[i].iov_len;
		size_t part = end - *filled;

		if (*filled >= end)
			continue;
		if (part > size)
			part = size;
		memcpy((uint8_t *)extents[i].iov_base + (*filled - start), from, part);
		*filled += part;
		from += part;
		size -= part;
	}
}

/* Cuts the extents to so many bytes, and returns how many extents are left. */
static int
cut(struct evbuffer_iovec *extents, int count, size_t size)
{
	for (int i = 0; i < count; i++) {
		if (extents[i].iov_len >= size) {
			extents[i].iov_len = size;
			return i + 1;
		}
		size -= extents[i].iov_len;
	}
	return count;
}

/* Whether both are in the buffer now, one behind the other; nothing is added otherwise. */
static bool
append(struct evbuffer *buffer, const uint8_t *head, size_t head_size, const void *data,
    size_t data_size)
{
	struct evbuffer_iovec extents[2];
	size_t size = head_size + data_size, filled = 0;
	int count;

	if (!buffer || (!data && data_size > 0)) {
		lvn_log_misuse("evtag_marshal", "no buffer or no data");
		return false;
	}
	evbuffer_lock(buffer);
	count = evbuffer_reserve_space(buffer, (ev_ssize_t)size, extents, 2);
	if (count > 0) {
		fill(extents, &filled, head, head_size);
		fill(extents, &filled, data, data_size);
		count = cut(extents, count, size);
		evbuffer_commit_space(buffer, extents, count);
	}
	evbuffer_unlock(buffer);
	if (count <= 0)
		lvn_log_warnx(
		    "evtag_marshal: nothing is added, memory is short, or the buffer is frozen");
	return count > 0;
}

static size_t
write_header(uint8_t *out, uint32_t tag, uint32_t size)
{
	size_t tag_size = lvn_tag_write(out, tag);

	return tag_size + lvn_tag_write_integer(out + tag_size, size);
}

void
evtag_encode_int(struct evbuffer *evbuf, uint32_t number)
{
	evtag_encode_int64(evbuf, number);
}

void
evtag_encode_int64(struct evbuffer *evbuf, uint64_t number)
{
	uint8_t bytes[TAG_INTEGER_SIZE];

	append(evbuf, bytes, lvn_tag_write_integer(bytes, number), NULL, 0);
}

int
evtag_encode_tag(struct evbuffer *buffer, uint32_t tag)
{
	uint8_t bytes[TAG_SIZE];
	size_t size = lvn_tag_write(bytes, tag);

	return append(buffer, bytes, size, NULL, 0) ? (int)size : -1;
}

void
evtag_marshal(struct evbuffer *evbuf, uint32_t tag, const void *data, uint32_t len)
{
	uint8_t header[HEADER_SIZE];

	append(evbuf, header, write_header(header, tag, len), data, len);
}

void
evtag_marshal_buffer(struct evbuffer *evbuf, uint32_t tag, struct evbuffer *data)
{
	size_t size = data ? evbuffer_get_length(data) : 0;
	uint8_t header[HEADER_SIZE];
	size_t header_size;

	if (!evbuf || !data || evbuf == data || size > UINT32_MAX) {
		lvn_log_misuse(__func__, "two buffers are needed, of less than 4 GiB");
		return;
	}
	header_size = write_header(header, tag, (uint32_t)size);
	if (evbuffer_prepend(data, header, header_size) < 0)
		lvn_log_warnx("%s: nothing is added, memory is short", __func__);
	else if (evbuffer_add_buffer(evbuf, data) < 0)
		evbuffer_drain(data, header_size);
}

void
evtag_marshal_int(struct evbuffer *evbuf, uint32_t tag, uint32_t integer)
{
	evtag_marshal_int64(evbuf, tag, integer);
}

void
evtag_marshal_int64(struct evbuffer *evbuf, uint32_t tag, uint64_t integer)
{
	uint8_t bytes[TAG_INTEGER_SIZE];
	size_t size = lvn_tag_write_integer(bytes, integer);

	evtag_marshal(evbuf, tag, bytes, (uint32_t)size);
}

void
evtag_marshal_string(struct evbuffer *buf, uint32_t tag, const char *string)
{
	size_t size = string ? strlen(string) : 0;

	if (!string || size > UINT32_MAX)
		lvn_log_misuse(__func__, "a string of less than 4 GiB is needed");
	else
		evtag_marshal(buf, tag, string, (uint32_t)size);
}

void
evtag_marshal_timeval(struct evbuffer *evbuf, uint32_t tag, struct timeval *tv)
{
	uint8_t bytes[2 * TAG_INTEGER_SIZE];
	size_t size;

	if (!tv) {
		lvn_log_misuse(__func__, "no time");
		return;
	}
	size = lvn_tag_write_integer(bytes, (uint32_t)tv->tv_sec);
	size += lvn_tag_write_integer(bytes + size, (uint32_t)tv->tv_usec);
	evtag_marshal(evbuf, tag, bytes, (uint32_t)size);
}

/* ---- the beginning of a buffer ---- */

/* The first bytes; returns how many there are, at most `capacity`.  A buffer of NULL has none. */
static size_t
look(struct evbuffer *buffer, uint8_t *bytes, size_t capacity)
{
	ev_ssize_t size = buffer ? evbuffer_copyout(buffer, bytes, capacity) : 0;

	return size > 0 ? (size_t)size : 0;
}

struct header {
	uint32_t tag;
	size_t tag_size; /* bytes of the tag */
	uint64_t size;   /* of the payload */
	size_t size_size;
};

/* Whether there is a tag and a size. */
static bool
peek_header(struct evbuffer *buffer, struct header *header)
{
	uint8_t bytes[HEADER_SIZE];
	size_t size = look(buffer, bytes, sizeof(bytes));

	header->tag_size = lvn_tag_read(bytes, size, &header->tag);
	if (header->tag_size == 0)
		return false;
	header->size_size = lvn_tag_read_integer(
	    bytes + header->tag_size, size - header->tag_size, DIGITS_32, &header->size);
	return header->size_size > 0;
}

int
evtag_peek(struct evbuffer *evbuf, uint32_t *ptag)
{
	uint8_t bytes[TAG_SIZE];
	uint32_t tag;
	size_t size = lvn_tag_read(bytes, look(evbuf, bytes, sizeof(bytes)), &tag);

	if (size == 0)
		return -1;
	if (ptag)
		*ptag = tag;
	return (int)size;
}

int
evtag_peek_length(struct evbuffer *evbuf, uint32_t *plength)
{
	struct header header;
	uint64_t length;

	if (!peek_header(evbuf, &header))
		return -1;
	length = header.tag_size + header.size_size + header.size;
	if (length > UINT32_MAX)
		return -1;
	*plength = (uint32_t)length;
	return 0;
}

int
evtag_payload_length(struct evbuffer *evbuf, uint32_t *plength)
{
	struct header header;

	if (!peek_header(evbuf, &header))
		return -1;
	*plength = (uint32_t)header.size;
	return 0;
}

/* ---- reading ---- */

int
evtag_decode_tag(uint32_t *tag, struct evbuffer *buffer)
{
	int size = evtag_peek(buffer, tag);

	if (size > 0)
		evbuffer_drain(buffer, (size_t)size);
	return size;
}

/* An integer at the beginning of the buffer; 0 or -1, and then nothing is removed. */
static int
take_integer(struct evbuffer *buffer, unsigned digits, uint64_t *number)
{
	uint8_t bytes[TAG_INTEGER_SIZE];
	size_t size =
	    lvn_tag_read_integer(bytes, look(buffer, bytes, sizeof(bytes)), digits, number);

	if (size == 0)
		return -1;
	evbuffer_drain(buffer, size);
	return 0;
}

int
evtag_decode_int(uint32_t *number, struct evbuffer *buffer)
{
	uint64_t value;

	if (take_integer(buffer, DIGITS_32, &value) < 0)
		return -1;
	*number = (uint32_t)value;
	return 0;
}

int
evtag_decode_int64(uint64_t *number, struct evbuffer *buffer)
{
	return take_integer(buffer, DIGITS_64, number);
}

/* The size of a payload that is there; -1 otherwise. */
static int
take_size(struct evbuffer *buffer)
{
	uint64_t size;

	if (take_integer(buffer, DIGITS_32, &size) < 0 || size > INT_MAX ||
	    size > evbuffer_get_length(buffer))
		return -1;
	return (int)size;
}

int
evtag_unmarshal_header(struct evbuffer *evbuf, uint32_t *ptag)
{
	return evtag_decode_tag(ptag, evbuf) < 0 ? -1 : take_size(evbuf);
}

int
evtag_consume(struct evbuffer *evbuf)
{
	int size = evtag_unmarshal_header(evbuf, NULL);

	if (size < 0)
		return -1;
	evbuffer_drain(evbuf, (size_t)size);
	return 0;
}

int
evtag_unmarshal(struct evbuffer *src, uint32_t *ptag, struct evbuffer *dst)
{
	int size = evtag_unmarshal_header(src, ptag);

	if (size < 0 || evbuffer_remove_buffer(src, dst, (size_t)size) != size)
		return -1;
	return size;
}

/* The size of the payload of a record with this tag; -1 otherwise. */
static int
take_header(struct evbuffer *buffer, uint32_t need_tag)
{
	uint32_t tag;
	int size = evtag_unmarshal_header(buffer, &tag);

	return size >= 0 && tag == need_tag ? size : -1;
}

/* The first bytes of a payload, which is removed; returns how many of them there are. */
static size_t
take_payload(struct evbuffer *buffer, size_t payload, uint8_t *bytes, size_t capacity)
{
	size_t size = look(buffer, bytes, payload < capacity ? payload : capacity);

	evbuffer_drain(buffer, payload);
	return size;
}

/* An integer as the payload.  Returns the bytes that it has, or -1. */
static int
unmarshal_integer(struct evbuffer *buffer, uint32_t need_tag, unsigned digits, uint64_t *number)
{
	uint8_t bytes[TAG_INTEGER_SIZE];
	uint32_t tag;
	size_t size;
	int payload;

	/* Unlike elsewhere the size stays where it is if the tag is another one. */
	if (evtag_decode_tag(&tag, buffer) < 0 || tag != need_tag)
		return -1;
	payload = take_size(buffer);
	if (payload < 0)
		return -1;
	size = take_payload(buffer, (size_t)payload, bytes, sizeof(bytes));
	size = lvn_tag_read_integer(bytes, size, digits, number);
	return size > 0 ? (int)size : -1;
}

int
evtag_unmarshal_int(struct evbuffer *evbuf, uint32_t need_tag, uint32_t *pinteger)
{
	uint64_t number;
	int size = unmarshal_integer(evbuf, need_tag, DIGITS_32, &number);

	if (size > 0)
		*pinteger = (uint32_t)number;
	return size;
}

int
evtag_unmarshal_int64(struct evbuffer *evbuf, uint32_t need_tag, uint64_t *pinteger)
{
	return unmarshal_integer(evbuf, need_tag, DIGITS_64, pinteger);
}

int
evtag_unmarshal_fixed(struct evbuffer *src, uint32_t need_tag, void *data, size_t len)
{
	int size = take_header(src, need_tag);

	if (size < 0 || (size_t)size != len)
		return -1;
	evbuffer_remove(src, data, len);
	return 0;
}

int
evtag_unmarshal_string(struct evbuffer *evbuf, uint32_t need_tag, char **pstring)
{
	int size = take_header(evbuf, need_tag);
	char *text;

	if (size < 0)
		return -1;
	text = lvn_alloc((size_t)size + 1);
	if (!text)
		return -1;
	evbuffer_remove(evbuf, text, (size_t)size);
	text[size] = '\0';
	*pstring = text;
	return 0;
}

int
evtag_unmarshal_timeval(struct evbuffer *evbuf, uint32_t need_tag, struct timeval *ptv)
{
	uint8_t bytes[2 * TAG_INTEGER_SIZE];
	uint32_t tag;
	int payload = evtag_unmarshal_header(evbuf, &tag);
	uint64_t seconds, microseconds;
	size_t size, used;

	if (payload < 0)
		return -1;
	size = take_payload(evbuf, (size_t)payload, bytes, sizeof(bytes));
	used = lvn_tag_read_integer(bytes, size, DIGITS_32, &seconds);
	if (tag != need_tag || used == 0 ||
	    lvn_tag_read_integer(bytes + used, size - used, DIGITS_32, &microseconds) == 0)
		return -1;
	ptv->tv_sec = (time_t)seconds;
	ptv->tv_usec = (suseconds_t)microseconds;
	return 0;
}
