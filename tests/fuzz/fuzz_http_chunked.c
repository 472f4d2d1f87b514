/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes as a chunked body.  The first chooses how they are cut, which changes nothing; and a body
 * that was read is written again, and is read the same.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/must.h"
#include "http/chunked.h"
#include "http/syntax.h"

/* Low enough to be met. */
static const struct http_limits limits = {.head_size = 500, .line_size = 100, .fields = 10};

/* What came of a body. */
struct result {
	enum http_chunks_step step;
	int error;
	size_t used;
	char *data;
	size_t size;
	unsigned trailers;
	uint32_t hash; /* of the trailers */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
add_to_hash(struct result *result, struct http_slice slice)
{
	for (size_t i = 0; i < slice.size; i++)
		result->hash = result->hash * 31 + (unsigned char)slice.at[i];
}

static int
on_trailer(void *arg, const struct http_field *field)
{
	struct result *result = arg;

	must(lvn_http_syntax_is_token(field->name.at, field->name.size));
	must(lvn_http_syntax_is_value(field->value.at, field->value.size));
	must(!lvn_http_slice_is_nocase(field->name, "Content-Length"));
	add_to_hash(result, field->name);
	add_to_hash(result, field->value);
	result->trailers++;
	return 0;
}

/* Takes what can be taken of these bytes, which are a block of their own. */
static void
take(struct result *result, struct http_chunks *chunks, const char *bytes, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);
	size_t at = 0;

	must(copy);
	if (size > 0)
		memcpy(copy, bytes, size);
	do {
		struct http_slice data = {NULL, 0};
		size_t used = 0;

		result->step = lvn_http_chunks_read(
		    chunks, copy + at, size - at, &used, &data, &limits, on_trailer, result);
		must(used <= size - at);
		at += used;
		if (result->step == HTTP_CHUNKS_DATA) {
			must(data.size > 0 && data.at + data.size == copy + at);
			memcpy(result->data + result->size, data.at, data.size);
			result->size += data.size;
		}
	} while (result->step == HTTP_CHUNKS_DATA);
	result->used += at;
	free(copy);
}

static struct result
read_body(const char *bytes, size_t size, size_t step)
{
	struct http_chunks chunks = {0};
	struct result result = {.data = malloc(size > 0 ? size : 1)};

	must(result.data);
	for (size_t come = step < size ? step : size;; come += step) {
		if (come > size)
			come = size;
		take(&result, &chunks, bytes + result.used, come - result.used);
		if (come == size || result.step != HTTP_CHUNKS_MORE)
			break;
	}
	result.error = chunks.error;
	must((result.step == HTTP_CHUNKS_BAD) == (result.error != 0));
	return result;
}

static void
must_be_equal(const struct result *one, const struct result *other)
{
	must(one->step == other->step && one->error == other->error);
	must(one->size == other->size && memcmp(one->data, other->data, one->size) == 0);
	must(one->trailers == other->trailers && one->hash == other->hash);
	/* What else was used of bad bytes does not matter. */
	must(one->step == HTTP_CHUNKS_BAD || one->used == other->used);
}

/* Chunks of `step` bytes. */
static size_t
write_body(char *out, const struct result *result, size_t step)
{
	char *at = out;

	for (size_t from = 0; from < result->size; from += step) {
		size_t size = result->size - from < step ? result->size - from : step;

		at += lvn_http_chunk_head(at, size);
		memcpy(at, result->data + from, size);
		at += size;
		memcpy(at, "\r\n", 2);
		at += 2;
	}
	memcpy(at, "0\r\n\r\n", 5);
	return (size_t)(at + 5 - out);
}

static void
write_again(const struct result *result, size_t step)
{
	char *written = malloc(result->size * (LVN_HTTP_CHUNK_HEAD_SIZE + 3) + 8);
	struct result again;
	size_t size;

	must(written);
	size = write_body(written, result, step);
	again = read_body(written, size, size);
	must(again.step == HTTP_CHUNKS_END && again.used == size);
	must(again.size == result->size && memcmp(again.data, result->data, again.size) == 0);
	free(again.data);
	free(written);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	struct result whole, parts;
	size_t step;

	if (size == 0)
		return 0;
	step = data[0] % 32 + 1U;
	size--;
	whole = read_body(bytes, size, size + 1);
	parts = read_body(bytes, size, step);
	must_be_equal(&whole, &parts);
	write_again(&whole, step);
	free(whole.data);
	free(parts.data);
	return 0;
}
