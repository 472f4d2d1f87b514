/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/reader.h"

#include <event2/buffer.h>
#include <string.h>

#include "base/private.h"

void
lvn_http_reader_next(struct http_reader *reader)
{
	unsigned lenient = reader->lenient;

	memset(reader, 0, sizeof(*reader));
	reader->lenient = lenient;
}

static enum http_reader_result
refuse(struct http_reader *reader, int status, const char *why)
{
	reader->status = status;
	reader->why = why;
	return HTTP_READER_REFUSED;
}

/* Empty if the buffer is. */
static struct evbuffer_iovec
first_extent(struct evbuffer *input)
{
	struct evbuffer_iovec first = {NULL, 0};

	(void)evbuffer_peek(input, -1, NULL, &first, 1);
	return first;
}

/* ---- the head ---- */

/* More than is allowed need not be in one piece: one byte more shows that there are too many. */
static const char *
in_one_piece(struct evbuffer *input, const struct http_limits *limits, size_t *size_out)
{
	size_t size = evbuffer_get_length(input);

	if (limits->head_size && size > limits->head_size + 1)
		size = limits->head_size + 1;
	*size_out = size;
	return (const char *)evbuffer_pullup(input, (ssize_t)size);
}

/*
 * The bytes at the beginning of the buffer, where the end of the head was looked for.  Nearly
 * always it is in the first extent.
 */
static const char *
search(struct http_reader *reader, struct evbuffer *input, const struct http_limits *limits,
    long *end_out)
{
	struct evbuffer_iovec first = first_extent(input);
	const char *bytes = first.iov_base;
	size_t size = first.iov_len;

	*end_out = lvn_http_head_find_end(&reader->search, bytes, size, limits);
	if (*end_out != 0 || size == evbuffer_get_length(input))
		return bytes;
	bytes = in_one_piece(input, limits, &size);
	if (bytes)
		*end_out = lvn_http_head_find_end(&reader->search, bytes, size, limits);
	return bytes;
}

static int
parse(struct http_reader *reader, struct http_head *head, const char *bytes,
    const struct http_limits *limits, bool is_response)
{
	if (is_response)
		return lvn_http_head_parse_response(
		    head, bytes, reader->head_size, limits, reader->lenient, &reader->why);
	return lvn_http_head_parse_request(
	    head, bytes, reader->head_size, limits, reader->lenient, &reader->why);
}

enum http_reader_result
lvn_http_reader_find_head(struct http_reader *reader, struct http_head *head_out,
    struct evbuffer *input, const struct http_limits *limits, bool is_response)
{
	const char *bytes;
	long end;
	int status;

	if (evbuffer_get_length(input) == 0)
		return HTTP_READER_MORE;
	bytes = search(reader, input, limits, &end);
	if (!bytes)
		return HTTP_READER_NO_MEMORY;
	if (end < 0)
		return refuse(reader, (int)-end, "the head is too large");
	if (end == 0)
		return HTTP_READER_MORE;
	reader->head_size = (size_t)end;
	status = parse(reader, head_out, bytes, limits, is_response);
	if (status < 0)
		return HTTP_READER_NO_MEMORY;
	return status ? refuse(reader, status, reader->why) : HTTP_READER_DONE;
}

void
lvn_http_reader_take_head(struct http_reader *reader, struct evbuffer *input)
{
	evbuffer_drain(input, reader->head_size);
	reader->left = reader->framing.body == HTTP_BODY_SIZED ? reader->framing.size : 0;
}

/* ---- the body ---- */

static enum http_reader_result
move(struct http_reader *reader, struct evbuffer *input, struct evbuffer *body, size_t size,
    uint64_t most)
{
	if (size > most || reader->body_size > most - size)
		return refuse(reader, 413, "the body is too large");
	if (evbuffer_remove_buffer(input, body, size) != (int)size)
		return HTTP_READER_NO_MEMORY;
	reader->body_size += size;
	return HTTP_READER_DONE;
}

static enum http_reader_result
read_sized(struct http_reader *reader, struct evbuffer *input, struct evbuffer *body, uint64_t most)
{
	size_t size = evbuffer_get_length(input);
	enum http_reader_result result;

	if (size > reader->left)
		size = (size_t)reader->left;
	result = move(reader, input, body, size, most);
	if (result != HTTP_READER_DONE)
		return result;
	reader->left -= size;
	return reader->left == 0 ? HTTP_READER_DONE : HTTP_READER_MORE;
}

/*
 * One step in the first extent of the buffer.  A trailer line that is cut by its end is put into
 * one piece.  DONE: there may be more to do.
 */
static enum http_reader_result
read_chunk(struct http_reader *reader, struct evbuffer *input, struct evbuffer *body,
    const struct http_limits *limits, uint64_t most)
{
	struct evbuffer_iovec first = first_extent(input);
	bool is_all = first.iov_len == evbuffer_get_length(input);
	struct http_slice data = {NULL, 0};
	enum http_chunks_step step;
	size_t used;

	if (first.iov_len == 0)
		return HTTP_READER_MORE;
	step = lvn_http_chunks_read(&reader->chunks, first.iov_base, first.iov_len, &used, &data,
	    limits, reader->on_trailer, reader->trailer_arg);
	evbuffer_drain(input, used - data.size);
	switch (step) {
	case HTTP_CHUNKS_DATA:
		return move(reader, input, body, data.size, most);
	case HTTP_CHUNKS_BAD:
		if (reader->chunks.error < 0)
			return HTTP_READER_NO_MEMORY;
		return refuse(reader, reader->chunks.error, reader->chunks.why);
	case HTTP_CHUNKS_MORE:
		if (is_all)
			return HTTP_READER_MORE;
		return used == first.iov_len || evbuffer_pullup(input, -1) ? HTTP_READER_DONE
									   : HTTP_READER_NO_MEMORY;
	case HTTP_CHUNKS_END:
		break;
	}
	reader->has_chunks_end = true;
	return HTTP_READER_DONE;
}

static enum http_reader_result
read_chunks(struct http_reader *reader, struct evbuffer *input, struct evbuffer *body,
    const struct http_limits *limits, uint64_t most)
{
	enum http_reader_result result = HTTP_READER_DONE;

	while (result == HTTP_READER_DONE && !reader->has_chunks_end)
		result = read_chunk(reader, input, body, limits, most);
	return result;
}

enum http_reader_result
lvn_http_reader_read_body(struct http_reader *reader, struct evbuffer *input, struct evbuffer *body,
    const struct http_limits *limits, uint64_t most)
{
	enum http_reader_result result;

	switch (reader->framing.body) {
	case HTTP_BODY_SIZED:
		return read_sized(reader, input, body, most);
	case HTTP_BODY_CHUNKED:
		return read_chunks(reader, input, body, limits, most);
	case HTTP_BODY_UNTIL_CLOSE:
		result = move(reader, input, body, evbuffer_get_length(input), most);
		return result == HTTP_READER_DONE ? HTTP_READER_MORE : result;
	case HTTP_BODY_NONE:
	case HTTP_BODY_TUNNEL:
		break;
	}
	return HTTP_READER_DONE;
}

enum http_reader_result
lvn_http_reader_end(struct http_reader *reader)
{
	if (reader->head_size && reader->framing.body == HTTP_BODY_UNTIL_CLOSE)
		return HTTP_READER_DONE;
	return refuse(reader, 400, "the message is cut short");
}
