/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes as the head of a request and of a response.  The first two choose leniencies and how the
 * bytes are cut.  Where they are cut changes nothing; and what was read is written again, strictly,
 * and is read and framed the same.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/must.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/syntax.h"

/* What is left of these in a head that is written again: nothing. */
#define LENIENT_FORM (HTTP_LENIENT_LF | HTTP_LENIENT_FOLD | HTTP_LENIENT_COLON)

/* Low enough to be met. */
static const struct http_limits limits = {.head_size = 2000, .line_size = 500, .fields = 20};
static const struct http_limits no_limits;

static struct http_head head, again;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Blocks of their own, so that the sanitizer knows where they end. */
static char *
copy_of(const char *bytes, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);

	must(copy);
	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

/* The bytes come by `step` at a time. */
static long
find_end(const char *bytes, size_t size, size_t step)
{
	struct http_head_search search = {0};
	long end = 0;

	for (size_t come = step < size ? step : size; end == 0; come += step) {
		char *copy;

		if (come > size)
			come = size;
		copy = copy_of(bytes, come);
		end = lvn_http_head_find_end(&search, copy, come, &limits);
		free(copy);
		if (come == size)
			break;
	}
	return end;
}

static void
put(char **out, struct http_slice slice)
{
	if (slice.size > 0)
		memcpy(*out, slice.at, slice.size);
	*out += slice.size;
}

static void
put_text(char **out, const char *text)
{
	put(out, lvn_http_slice_of(text));
}

static size_t
write_head(char *out, bool of_response)
{
	char version[] = "HTTP/1.0", status[] = " 000 ";
	char *at = out;

	version[7] = (char)('0' + head.minor);
	for (int i = 3, code = head.status; i > 0; i--, code /= 10)
		status[i] = (char)('0' + code % 10);
	if (of_response) {
		put_text(&at, version);
		put_text(&at, status);
		put(&at, head.reason);
	} else {
		put(&at, head.method);
		put_text(&at, " ");
		put(&at, head.target);
		put_text(&at, " ");
		put_text(&at, version);
	}
	put_text(&at, "\r\n");
	for (unsigned i = 0; i < head.field_count; i++) {
		put(&at, head.fields[i].name);
		put_text(&at, ":");
		put(&at, head.fields[i].value);
		put_text(&at, "\r\n");
	}
	put_text(&at, "\r\n");
	return (size_t)(at - out);
}

static void
must_be_equal(struct http_slice one, struct http_slice other)
{
	must(one.size == other.size && (one.size == 0 || memcmp(one.at, other.at, one.size) == 0));
}

static void
must_be_clean(struct http_slice value)
{
	for (size_t i = 0; i < value.size; i++)
		must(value.at[i] != '\r' && value.at[i] != '\n' && value.at[i] != '\0');
}

static void
compare_heads(void)
{
	must_be_equal(head.method, again.method);
	must_be_equal(head.target, again.target);
	must_be_equal(head.reason, again.reason);
	must(head.form == again.form && head.status == again.status && head.minor == again.minor);
	must(head.field_count == again.field_count);
	for (unsigned i = 0; i < head.field_count; i++) {
		must(lvn_http_syntax_is_token(head.fields[i].name.at, head.fields[i].name.size));
		must_be_clean(head.fields[i].value);
		must_be_equal(head.fields[i].name, again.fields[i].name);
		must_be_equal(head.fields[i].value, again.fields[i].value);
	}
}

static int
parse(struct http_head *into, const char *bytes, size_t size, const struct http_limits *with,
    unsigned lenient, bool of_response)
{
	const char *why = NULL;
	int status = of_response
			 ? lvn_http_head_parse_response(into, bytes, size, with, lenient, &why)
			 : lvn_http_head_parse_request(into, bytes, size, with, lenient, &why);

	must(status >= 0 && (status == 0) == (why == NULL));
	must(status == 0 || into->field_count == 0);
	return status;
}

static int
frame(const struct http_head *of, unsigned lenient, bool of_response, struct http_framing *framing)
{
	const char *why = NULL;
	int status = of_response
			 ? lvn_http_framing_of_response(of, false, false, lenient, framing, &why)
			 : lvn_http_framing_of_request(of, lenient, framing, &why);

	must((status == 0) == (why == NULL));
	return status;
}

static void
compare_framings(unsigned lenient, bool of_response)
{
	struct http_framing one = {0}, other = {0};
	int status = frame(&head, lenient, of_response, &one);

	must(status == frame(&again, lenient, of_response, &other));
	must(one.body == other.body && one.size == other.size);
	must(one.keep_alive == other.keep_alive && one.must_close == other.must_close);
	must(!one.must_close || !one.keep_alive);
	must((one.body == HTTP_BODY_SIZED) == (one.size > 0));
	must(of_response || (one.body != HTTP_BODY_UNTIL_CLOSE && one.body != HTTP_BODY_TUNNEL));
}

static void
check_head(const char *bytes, size_t size, unsigned lenient, bool of_response)
{
	char *copy = copy_of(bytes, size);
	char *written = malloc(2 * size + 64);

	must(written);
	if (parse(&head, copy, size, &limits, lenient, of_response) == 0) {
		size_t length = write_head(written, of_response);
		struct http_head_search search = {0};

		must(lvn_http_head_find_end(&search, written, length, &no_limits) == (long)length);
		must(parse(&again, written, length, &no_limits, lenient & ~LENIENT_FORM,
			 of_response) == 0);
		compare_heads();
		compare_framings(lenient, of_response);
	}
	free(written);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 2;
	long end;

	if (size < 2)
		return 0;
	size -= 2;
	end = find_end(bytes, size, size + 1);
	must(end <= (long)size);
	must(end == find_end(bytes, size, data[1] % 64 + 1U));
	/* What has no end yet is no head, but must do no harm. */
	if (end <= 0)
		end = (long)size;
	check_head(bytes, (size_t)end, data[0], false);
	check_head(bytes, (size_t)end, data[0], true);
	return 0;
}
