/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines of bytes as the fields that decide which part of a file is sent, and whether: Range,
 * If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since.  A part is in the file;
 * a date that is read is read again from its own text.
 */
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/must.h"
#include "http/byte_range.h"
#include "http/conditions.h"
#include "http/fields.h"
#include "http/http_date.h"

#define NOW       ((int64_t)1700000000)
#define YEAR_1000 (-(int64_t)30610224000) /* earlier ones are read, but never written */
#define TEXT_MAX  600

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "bytes=", one range, nothing else, by another way. */
static bool
is_one_range(const char *text, size_t size)
{
	char copy[TEXT_MAX + 1];
	size_t before, behind;
	const char *at = copy;

	memcpy(copy, text, size);
	copy[size] = '\0';
	if (strlen(copy) != size || size < 6 || evutil_ascii_strncasecmp(copy, "bytes=", 6) != 0)
		return false;
	at += 6;
	while (size > 6 && strchr(" \t", copy[size - 1]))
		copy[--size] = '\0';
	at += strspn(at, " \t");
	before = strspn(at, "0123456789");
	if (at[before] != '-')
		return false;
	behind = strspn(at + before + 1, "0123456789");
	return at[before + 1 + behind] == '\0' && before + behind > 0;
}

static void
read_range(const char *text, size_t size, uint64_t total)
{
	struct http_slice slice = {text, size};
	uint64_t at = 0, part = 0;

	switch (lvn_http_byte_range_parse(slice, total, &at, &part)) {
	case HTTP_RANGE_PART:
		must(is_one_range(text, size));
		must(part > 0 && at < total && part <= total - at);
		break;
	case HTTP_RANGE_IMPOSSIBLE:
		must(is_one_range(text, size));
		break;
	case HTTP_RANGE_WHOLE:
		break;
	}
}

static void
read_date(const char *text, size_t size)
{
	struct http_date date = {0};
	int64_t seconds = 0, again = 0;
	const char *written;

	if (!lvn_http_date_parse(text, size, NOW, &seconds) || seconds < YEAR_1000)
		return;
	written = lvn_http_date_text(&date, seconds);
	must(lvn_http_date_parse(written, strlen(written), NOW, &again));
	must(again == seconds);
}

/* Each line is the value of one field, which its first byte names. */
static void
add_line(struct evkeyvalq *fields, const char *line, size_t size)
{
	static const char *const names[] = {"If-Match", "If-None-Match", "If-Modified-Since",
	    "If-Unmodified-Since", "If-Range", "Range"};
	const char *name = names[(unsigned char)line[0] % 6];

	if (!memchr(line, '\0', size))
		(void)!lvn_http_fields_add(fields, name, strlen(name), line + 1, size - 1);
}

static void
check(const struct evkeyvalq *fields)
{
	struct http_validators validators = {
	    .etag = "\"a\"", .modified = NOW - 1000, .now = NOW, .is_date_strong = true};
	bool is_allowed = lvn_http_conditions_allow_range(fields, &validators);
	int status = lvn_http_conditions_check(fields, &validators, true);

	must(status == 0 || status == 304 || status == 412);
	must(is_allowed || lvn_http_fields_find(fields, "If-Range"));
	status = lvn_http_conditions_check(fields, &validators, false);
	must(status == 0 || status == 412);
	/* Without a tag and without a strong date no range is sent on a condition. */
	validators.etag = NULL;
	validators.is_date_strong = false;
	must(lvn_http_conditions_allow_range(fields, &validators) ==
	     !lvn_http_fields_find(fields, "If-Range"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evkeyvalq fields;
	const uint8_t *end = data + size;
	char *exact;

	if (size < 2 || size > TEXT_MAX)
		return 0;
	exact = malloc(size - 1);
	memcpy(exact, data + 1, size - 1);
	read_range(exact, size - 1, data[0] & 128 ? UINT64_MAX - data[0] : data[0]);
	read_date(exact, size - 1);
	free(exact);
	lvn_http_fields_init(&fields);
	while (data < end) {
		const uint8_t *stop = memchr(data, '\n', (size_t)(end - data));

		stop = stop ? stop : end;
		if (stop > data)
			add_line(&fields, (const char *)data, (size_t)(stop - data));
		data = stop < end ? stop + 1 : end;
	}
	check(&fields);
	lvn_http_fields_clear(&fields);
	return 0;
}
