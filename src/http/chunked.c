/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/chunked.h"

#include <stdbool.h>
#include <string.h>

#include "base/number.h"
#include "http/syntax.h"
#include "http/trailer.h"

#define BAD_REQUEST      400
#define FIELDS_TOO_LARGE 431
/* Of which INT64_MAX is the largest multiple, and one more. */
#define BITS_PER_DIGIT 4

/* STATE_BEFORE_SIZE is that of zeroed memory. */
enum state {
	STATE_BEFORE_SIZE,
	STATE_SIZE,
	/* Extensions: *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ) */
	STATE_COMPLETE,  /* behind a size or a quoted string */
	STATE_PADDED,    /* behind blanks that a semicolon must follow */
	STATE_SEMICOLON, /* before a name */
	STATE_NAME,
	STATE_NAMED, /* behind a name and blanks */
	STATE_EQUALS,
	STATE_VALUE,
	STATE_QUOTED,
	STATE_ESCAPED,
	STATE_SIZE_LF,
	STATE_DATA,
	STATE_DATA_CR,
	STATE_DATA_LF,
	STATE_TRAILERS,
	STATE_END,
	STATE_BAD,
};

/* What a byte is inside of extensions. */
enum kind {
	KIND_BAD,
	KIND_TOKEN,
	KIND_TEXT, /* of quoted strings only */
	KIND_BLANK,
	KIND_SEMICOLON,
	KIND_EQUALS,
	KIND_QUOTE,
	KIND_BACKSLASH,
	KIND_CR,
	KIND_COUNT
};

/* The state behind a byte of each kind; 0 where it must not come. */
static const unsigned char extension_steps[][KIND_COUNT] = {
    [STATE_COMPLETE] =
	{
	    [KIND_BLANK] = STATE_PADDED,
	    [KIND_SEMICOLON] = STATE_SEMICOLON,
	    [KIND_CR] = STATE_SIZE_LF,
	},
    [STATE_PADDED] = {[KIND_BLANK] = STATE_PADDED, [KIND_SEMICOLON] = STATE_SEMICOLON},
    [STATE_SEMICOLON] = {[KIND_BLANK] = STATE_SEMICOLON, [KIND_TOKEN] = STATE_NAME},
    [STATE_NAME] =
	{
	    [KIND_TOKEN] = STATE_NAME,
	    [KIND_BLANK] = STATE_NAMED,
	    [KIND_SEMICOLON] = STATE_SEMICOLON,
	    [KIND_EQUALS] = STATE_EQUALS,
	    [KIND_CR] = STATE_SIZE_LF,
	},
    [STATE_NAMED] =
	{
	    [KIND_BLANK] = STATE_NAMED,
	    [KIND_SEMICOLON] = STATE_SEMICOLON,
	    [KIND_EQUALS] = STATE_EQUALS,
	},
    [STATE_EQUALS] =
	{
	    [KIND_BLANK] = STATE_EQUALS,
	    [KIND_TOKEN] = STATE_VALUE,
	    [KIND_QUOTE] = STATE_QUOTED,
	},
    [STATE_VALUE] =
	{
	    [KIND_TOKEN] = STATE_VALUE,
	    [KIND_BLANK] = STATE_PADDED,
	    [KIND_SEMICOLON] = STATE_SEMICOLON,
	    [KIND_CR] = STATE_SIZE_LF,
	},
    [STATE_QUOTED] =
	{
	    [KIND_TOKEN] = STATE_QUOTED,
	    [KIND_TEXT] = STATE_QUOTED,
	    [KIND_BLANK] = STATE_QUOTED,
	    [KIND_SEMICOLON] = STATE_QUOTED,
	    [KIND_EQUALS] = STATE_QUOTED,
	    [KIND_QUOTE] = STATE_COMPLETE,
	    [KIND_BACKSLASH] = STATE_ESCAPED,
	},
    [STATE_ESCAPED] =
	{
	    [KIND_TOKEN] = STATE_QUOTED,
	    [KIND_TEXT] = STATE_QUOTED,
	    [KIND_BLANK] = STATE_QUOTED,
	    [KIND_SEMICOLON] = STATE_QUOTED,
	    [KIND_EQUALS] = STATE_QUOTED,
	    [KIND_QUOTE] = STATE_QUOTED,
	    [KIND_BACKSLASH] = STATE_QUOTED,
	},
};

/* The bytes that one call of lvn_http_chunks_read has. */
struct input {
	const char *at;
	const char *end;
	const struct http_limits *limits;
	http_trailer_fn *on_trailer;
	void *arg;
};

static bool
fail(struct http_chunks *chunks, int error, const char *why)
{
	chunks->state = STATE_BAD;
	chunks->error = error;
	chunks->why = why;
	return false;
}

static enum kind
kind_of(char byte)
{
	switch (byte) {
	case ';':
		return KIND_SEMICOLON;
	case '=':
		return KIND_EQUALS;
	case '"':
		return KIND_QUOTE;
	case '\\':
		return KIND_BACKSLASH;
	case '\r':
		return KIND_CR;
	default:
		break;
	}
	if (lvn_http_syntax_is(byte, HTTP_CLASS_TOKEN))
		return KIND_TOKEN;
	if (lvn_http_syntax_is(byte, HTTP_CLASS_BLANK))
		return KIND_BLANK;
	return lvn_http_syntax_is(byte, HTTP_CLASS_VALUE) ? KIND_TEXT : KIND_BAD;
}

static bool
take_extension(struct http_chunks *chunks, char byte)
{
	unsigned char next = extension_steps[chunks->state][kind_of(byte)];

	if (next == 0)
		return fail(chunks, BAD_REQUEST, "the line of a chunk is malformed");
	chunks->state = next;
	if (next == STATE_SIZE_LF)
		return true;
	chunks->extension++;
	chunks->extensions++;
	if (chunks->extension > LVN_HTTP_CHUNK_EXTENSION ||
	    chunks->extensions > LVN_HTTP_CHUNK_EXTENSIONS)
		return fail(chunks, BAD_REQUEST, "chunk extensions are too long");
	return true;
}

/* 1*HEXDIG, up to INT64_MAX; what else comes ends the size. */
static bool
take_size(struct http_chunks *chunks, char byte)
{
	int digit = lvn_number_digit_value(byte);

	if (digit < 0 && chunks->state == STATE_SIZE) {
		chunks->state = STATE_COMPLETE;
		return take_extension(chunks, byte);
	}
	if (digit < 0)
		return fail(chunks, BAD_REQUEST, "a chunk without a size");
	if (++chunks->digits > LVN_HTTP_CHUNK_DIGITS || chunks->left > INT64_MAX >> BITS_PER_DIGIT)
		return fail(chunks, BAD_REQUEST, "a chunk is too large");
	chunks->left = chunks->left << BITS_PER_DIGIT | (unsigned)digit;
	chunks->state = STATE_SIZE;
	return true;
}

/* Goes on if the byte is the one that must come. */
static bool
expect(struct http_chunks *chunks, char byte, char expected, enum state next)
{
	if (byte != expected)
		return fail(chunks, BAD_REQUEST, "a chunk's line or data do not end in CRLF");
	chunks->state = (unsigned char)next;
	return true;
}

/* Takes a byte of the lines around the data. */
static bool
take_line_byte(struct http_chunks *chunks, char byte)
{
	switch (chunks->state) {
	case STATE_BEFORE_SIZE:
	case STATE_SIZE:
		return take_size(chunks, byte);
	case STATE_SIZE_LF:
		chunks->digits = 0;
		chunks->extension = 0;
		return expect(chunks, byte, '\n', chunks->left > 0 ? STATE_DATA : STATE_TRAILERS);
	case STATE_DATA_CR:
		return expect(chunks, byte, '\r', STATE_DATA_LF);
	case STATE_DATA_LF:
		return expect(chunks, byte, '\n', STATE_BEFORE_SIZE);
	default:
		return take_extension(chunks, byte);
	}
}

static enum http_chunks_step
take_data(struct http_chunks *chunks, struct input *input, struct http_slice *data_out)
{
	size_t size = (size_t)(input->end - input->at);

	if (size > chunks->left)
		size = (size_t)chunks->left;
	*data_out = (struct http_slice){input->at, size};
	input->at += size;
	chunks->left -= size;
	if (chunks->left == 0)
		chunks->state = STATE_DATA_CR;
	return HTTP_CHUNKS_DATA;
}

static bool
is_within(size_t size, size_t limit)
{
	return limit == 0 || size <= limit;
}

static bool
check_trailer_size(struct http_chunks *chunks, size_t line_size, const struct http_limits *limits)
{
	if (is_within(line_size, limits->line_size) &&
	    is_within(chunks->trailer_size + line_size, limits->head_size))
		return true;
	return fail(chunks, FIELDS_TOO_LARGE, "trailers are too long");
}

static bool
report_trailer(struct http_chunks *chunks, const struct input *input, const char *line, size_t size)
{
	struct http_field field;
	const char *why;
	int error = lvn_http_head_parse_field(&field, line, size, 0, &why);

	if (error != 0)
		return fail(chunks, error, why);
	if (input->limits->fields > 0 && ++chunks->trailers > input->limits->fields)
		return fail(chunks, FIELDS_TOO_LARGE, "too many trailers");
	if (!input->on_trailer || !lvn_http_trailer_is_allowed(field.name))
		return true;
	error = input->on_trailer(input->arg, &field);
	return error == 0 || fail(chunks, error, "a trailer could not be kept");
}

/* Takes a line of the trailer section.  Returns false when it is not whole, and when it is bad. */
static bool
take_trailer(struct http_chunks *chunks, struct input *input)
{
	const char *line = input->at;
	size_t available = (size_t)(input->end - line);
	const char *feed = memchr(line + chunks->searched, '\n', available - chunks->searched);
	size_t size = feed ? (size_t)(feed + 1 - line) : available;

	chunks->searched = size;
	if (!check_trailer_size(chunks, size, input->limits) || !feed)
		return false;
	if (size == 1 || feed[-1] != '\r')
		return fail(chunks, BAD_REQUEST, "a trailer does not end in CRLF");
	chunks->searched = 0;
	chunks->trailer_size += size;
	input->at += size;
	if (size > 2)
		return report_trailer(chunks, input, line, size - 2);
	chunks->state = STATE_END;
	return true;
}

static bool
has_trailer_bytes(const struct http_chunks *chunks, const struct input *input)
{
	return (size_t)(input->end - input->at) > chunks->searched;
}

/* Up to data, to the end, or to what is missing. */
static enum http_chunks_step
read_on(struct http_chunks *chunks, struct input *input, struct http_slice *data_out)
{
	bool goes_on = true;

	while (goes_on) {
		switch (chunks->state) {
		case STATE_DATA:
			return input->at < input->end ? take_data(chunks, input, data_out)
						      : HTTP_CHUNKS_MORE;
		case STATE_TRAILERS:
			goes_on = has_trailer_bytes(chunks, input) && take_trailer(chunks, input);
			break;
		case STATE_END:
			return HTTP_CHUNKS_END;
		case STATE_BAD:
			return HTTP_CHUNKS_BAD;
		default:
			goes_on = input->at < input->end && take_line_byte(chunks, *input->at++);
			break;
		}
	}
	return chunks->state == STATE_BAD ? HTTP_CHUNKS_BAD : HTTP_CHUNKS_MORE;
}

enum http_chunks_step
lvn_http_chunks_read(struct http_chunks *chunks, const char *bytes, size_t size, size_t *used_out,
    struct http_slice *data_out, const struct http_limits *limits, http_trailer_fn *on_trailer,
    void *arg)
{
	struct input input = {bytes, bytes + size, limits, on_trailer, arg};
	enum http_chunks_step step = read_on(chunks, &input, data_out);

	*used_out = (size_t)(input.at - bytes);
	return step;
}

size_t
lvn_http_chunk_head(char out[LVN_HTTP_CHUNK_HEAD_SIZE], uint64_t size)
{
	char *at = lvn_number_write_digits(out, size, 16);

	memcpy(at, "\r\n", 2);
	return (size_t)(at + 2 - out);
}
