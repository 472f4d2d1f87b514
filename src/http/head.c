/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/head.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "http/host.h"
#include "http/syntax.h"

#define BAD_REQUEST        400
#define TARGET_TOO_LONG    414
#define FIELDS_TOO_LARGE   431
#define VERSION_NOT_SPOKEN 505
/* "HTTP/1.1" */
#define VERSION_SIZE 8

const struct http_limits lvn_http_limits_default = {
    .head_size = LVN_HTTP_HEAD_SIZE, .line_size = LVN_HTTP_LINE_SIZE, .fields = LVN_HTTP_FIELDS};

/* What is left of a head. */
struct cursor {
	const char *at;
	const char *end;
	const char *line; /* where the line at `at` began */
	const struct http_limits *limits;
	unsigned lenient;
	unsigned lines; /* of fields */
	const char *why;
	char *unfolded; /* where the next folded value goes */
};

void
lvn_http_head_init(struct http_head *head, struct http_field *fields, unsigned capacity)
{
	*head = (struct http_head){.fields = fields, .lent = fields, .field_capacity = capacity};
}

void
lvn_http_head_clear(struct http_head *head)
{
	if (head->fields != head->lent)
		lvn_free(head->fields);
	lvn_free(head->unfolded);
	*head = (struct http_head){.fields = NULL};
}

/* 0, or the status for a line that has grown beyond a limit. */
static int
check_size(const struct http_head_search *search, const struct http_limits *limits)
{
	if ((limits->line_size == 0 || search->at - search->line <= limits->line_size) &&
	    (limits->head_size == 0 || search->at <= limits->head_size))
		return 0;
	return search->lines == 0 ? TARGET_TOO_LONG : FIELDS_TOO_LARGE;
}

/* The first line may begin with a token or be empty; what else comes will be no head. */
static bool
is_beginning(char byte)
{
	return lvn_http_syntax_is(byte, HTTP_CLASS_TOKEN) || byte == '\r' || byte == '\n';
}

/* Counts the line that has ended.  Returns 0, or the status to refuse it with. */
static int
count_line(struct http_head_search *search, bool is_empty, const struct http_limits *limits)
{
	search->line = search->at;
	if (is_empty)
		return ++search->skipped > LVN_HTTP_EMPTY_LINES ? BAD_REQUEST : 0;
	search->lines++;
	/* The first one is no field. */
	return limits->fields > 0 && search->lines - 1 > limits->fields ? FIELDS_TOO_LARGE : 0;
}

static bool
is_empty_line(const char *line, size_t size)
{
	return size == 1 || (size == 2 && line[0] == '\r');
}

long
lvn_http_head_find_end(struct http_head_search *search, const char *bytes, size_t size,
    const struct http_limits *limits)
{
	while (search->at < size) {
		const char *line = bytes + search->line;
		const char *feed = memchr(bytes + search->at, '\n', size - search->at);
		int status;
		bool is_empty;

		search->at = feed ? (size_t)(feed + 1 - bytes) : size;
		if (search->lines == 0 && !is_beginning(*line))
			return -BAD_REQUEST;
		status = check_size(search, limits);
		if (status != 0)
			return -status;
		if (!feed)
			return 0;
		is_empty = is_empty_line(line, search->at - search->line);
		if (is_empty && search->lines > 0)
			return (long)search->at;
		status = count_line(search, is_empty, limits);
		if (status != 0)
			return -status;
	}
	return 0;
}

static int
refuse(struct cursor *cursor, int status, const char *why)
{
	cursor->why = why;
	return status;
}

static bool
is_at(const struct cursor *cursor, char byte)
{
	return cursor->at < cursor->end && *cursor->at == byte;
}

/* Takes the line end, whose line must not have been longer than the limit. */
static int
end_line(struct cursor *cursor, int too_long)
{
	if (is_at(cursor, '\r'))
		cursor->at++;
	else if (!(cursor->lenient & HTTP_LENIENT_LF))
		return refuse(cursor, BAD_REQUEST, "a byte that must not be there, or LF alone");
	if (!is_at(cursor, '\n'))
		return refuse(cursor, BAD_REQUEST, "a byte that must not be there, or CR alone");
	cursor->at++;
	if (cursor->limits->line_size > 0 &&
	    (size_t)(cursor->at - cursor->line) > cursor->limits->line_size)
		return refuse(cursor, too_long, "a line is too long");
	cursor->line = cursor->at;
	return 0;
}

static int
skip_empty_lines(struct cursor *cursor)
{
	for (unsigned lines = 0; is_at(cursor, '\r') || is_at(cursor, '\n'); lines++) {
		int status = end_line(cursor, BAD_REQUEST);

		if (status != 0)
			return status;
		if (lines == LVN_HTTP_EMPTY_LINES)
			return refuse(cursor, BAD_REQUEST, "empty lines before the request");
	}
	return 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* HTTP-version (RFC 9112 2.3). */
static int
read_version(struct http_head *head, struct cursor *cursor)
{
	const char *at = cursor->at;

	if (cursor->end - at < VERSION_SIZE || memcmp(at, "HTTP/", 5) != 0 || !is_digit(at[5]) ||
	    at[6] != '.' || !is_digit(at[7]))
		return refuse(cursor, BAD_REQUEST, "no version where it must be");
	if (at[5] != '1')
		return refuse(cursor, VERSION_NOT_SPOKEN, "a version other than HTTP/1");
	head->major = 1;
	head->minor = at[7] - '0';
	cursor->at += VERSION_SIZE;
	return 0;
}

/* Takes a word of these bytes and the space behind it; empty if it is not so. */
static struct http_slice
take_word(struct cursor *cursor, const char *behind)
{
	struct http_slice word = {cursor->at, (size_t)(behind - cursor->at)};

	if (behind == cursor->end || *behind != ' ')
		return (struct http_slice){NULL, 0};
	cursor->at = behind + 1;
	return word;
}

static const char *
skip_target(const struct cursor *cursor)
{
	const char *at = cursor->at;

	if (!(cursor->lenient & HTTP_LENIENT_TARGET))
		return lvn_http_syntax_skip(at, cursor->end, HTTP_CLASS_TARGET);
	while (at < cursor->end && (unsigned char)*at > ' ' && *at != 0x7f)
		at++;
	return at;
}

/* request-line (RFC 9112 3): exactly one space between its three parts. */
static int
read_request_line(struct http_head *head, struct cursor *cursor)
{
	const char *why;
	int status;

	head->method =
	    take_word(cursor, lvn_http_syntax_skip(cursor->at, cursor->end, HTTP_CLASS_TOKEN));
	if (head->method.size == 0)
		return refuse(cursor, BAD_REQUEST, "the method is no token");
	head->target = take_word(cursor, skip_target(cursor));
	if (head->target.size == 0)
		return refuse(cursor, BAD_REQUEST, "the target has a byte that must not be there");
	status = read_version(head, cursor);
	if (status == 0)
		status = end_line(cursor, TARGET_TOO_LONG);
	if (status != 0)
		return status;
	why = lvn_http_target_check(head->method, head->target, cursor->lenient, &head->form);
	return why ? refuse(cursor, BAD_REQUEST, why) : 0;
}

/* A space and three digits.  A code below 100 is none (RFC 9110 15). */
static int
read_status_code(struct http_head *head, struct cursor *cursor)
{
	const char *at = cursor->at;

	if (cursor->end - at < 4 || at[0] != ' ' || at[1] == '0' || !is_digit(at[1]) ||
	    !is_digit(at[2]) || !is_digit(at[3]))
		return refuse(cursor, BAD_REQUEST, "no status code where it must be");
	head->status = (at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0');
	cursor->at += 4;
	return 0;
}

/*
 * status-line (RFC 9112 4).  The space before a reason that is empty may be missing, as by words
 * that blanks divide.
 */
static int
read_status_line(struct http_head *head, struct cursor *cursor)
{
	int status = read_version(head, cursor);

	if (status == 0)
		status = read_status_code(head, cursor);
	if (status != 0)
		return status;
	head->reason = (struct http_slice){cursor->at, 0};
	if (is_at(cursor, ' ')) {
		head->reason.at = ++cursor->at;
		cursor->at = lvn_http_syntax_skip_value(cursor->at, cursor->end);
		head->reason.size = (size_t)(cursor->at - head->reason.at);
	}
	return end_line(cursor, TARGET_TOO_LONG);
}

static const char *
skip_value(const struct cursor *cursor)
{
	const char *at = lvn_http_syntax_skip_value(cursor->at, cursor->end);

	if (cursor->lenient & HTTP_LENIENT_CONTROLS) {
		while (at < cursor->end && *at != '\r' && *at != '\n' && *at != '\0')
			at++;
	}
	return at;
}

/* field-name ":" OWS field-value OWS (RFC 9112 5), up to what is no part of a value. */
static int
read_field(struct http_field *field, struct cursor *cursor)
{
	const char *name = cursor->at;
	const char *colon = lvn_http_syntax_skip(name, cursor->end, HTTP_CLASS_TOKEN);

	field->name = (struct http_slice){name, (size_t)(colon - name)};
	if (cursor->lenient & HTTP_LENIENT_COLON)
		colon = lvn_http_syntax_skip(colon, cursor->end, HTTP_CLASS_BLANK);
	if (field->name.size == 0 || colon == cursor->end || *colon != ':')
		return refuse(cursor, BAD_REQUEST, "the name of a field is no token");
	cursor->at = colon + 1;
	field->value.at = cursor->at;
	cursor->at = skip_value(cursor);
	field->value.size = (size_t)(cursor->at - field->value.at);
	field->value = lvn_http_slice_trim(field->value);
	return 0;
}

static bool
is_at_blank(const struct cursor *cursor)
{
	return cursor->at < cursor->end && lvn_http_syntax_is(*cursor->at, HTTP_CLASS_BLANK);
}

/* Copies the lines from `raw` to the end of the last one, with spaces for their line ends. */
static struct http_slice
unfold(struct cursor *cursor, const char *raw, size_t size)
{
	struct http_slice value = {cursor->unfolded, size};

	for (size_t i = 0; i < size; i++)
		cursor->unfolded[i] = raw[i] == '\r' || raw[i] == '\n' ? ' ' : raw[i];
	cursor->unfolded += size;
	return lvn_http_slice_trim(value);
}

/* Appends the lines that continue the field (obs-fold, RFC 9112 5.2). */
static int
read_folded(struct http_head *head, struct cursor *cursor, struct http_field *field)
{
	const char *raw = field->value.at;
	const char *end;

	if (!head->unfolded) {
		/* All values together are shorter than the head. */
		head->unfolded = cursor->unfolded = lvn_alloc((size_t)(cursor->end - raw));
		if (!head->unfolded)
			return -ENOMEM;
	}
	do {
		int status;

		cursor->at = end = skip_value(cursor);
		status = end_line(cursor, FIELDS_TOO_LARGE);
		if (status != 0)
			return status;
		cursor->lines++;
	} while (is_at_blank(cursor));
	field->value = unfold(cursor, raw, (size_t)(end - raw));
	return 0;
}

static int
reserve_field(struct http_head *head)
{
	unsigned capacity = head->field_capacity;
	struct http_field *fields;

	if (head->field_count < capacity)
		return 0;
	capacity = capacity == 0 ? LVN_HTTP_USUAL_FIELDS : 2 * capacity;
	fields = lvn_realloc(
	    head->fields == head->lent ? NULL : head->fields, capacity * sizeof(*fields));
	if (!fields)
		return -ENOMEM;
	if (head->lent && head->fields == head->lent)
		memcpy(fields, head->lent, head->field_count * sizeof(*fields));
	head->fields = fields;
	head->field_capacity = capacity;
	return 0;
}

static int
read_field_lines(struct http_head *head, struct cursor *cursor, bool may_fold)
{
	struct http_field *field;
	int status = reserve_field(head);

	if (status != 0)
		return status;
	field = &head->fields[head->field_count];
	status = read_field(field, cursor);
	if (status == 0)
		status = end_line(cursor, FIELDS_TOO_LARGE);
	if (status != 0)
		return status;
	cursor->lines++;
	if (is_at_blank(cursor)) {
		if (!may_fold)
			return refuse(cursor, BAD_REQUEST, "a field is folded");
		status = read_folded(head, cursor, field);
		if (status != 0)
			return status;
	}
	if (cursor->limits->fields > 0 && cursor->lines > cursor->limits->fields)
		return refuse(cursor, FIELDS_TOO_LARGE, "too many fields");
	head->field_count++;
	return 0;
}

/* The fields and the empty line, which must be the end. */
static int
read_fields(struct http_head *head, struct cursor *cursor, bool may_fold)
{
	int status;

	while (!is_at(cursor, '\r') && !is_at(cursor, '\n')) {
		if (cursor->at == cursor->end)
			return refuse(cursor, BAD_REQUEST, "the head has no end");
		status = read_field_lines(head, cursor, may_fold);
		if (status != 0)
			return status;
	}
	status = end_line(cursor, FIELDS_TOO_LARGE);
	if (status == 0 && cursor->at != cursor->end)
		return refuse(cursor, BAD_REQUEST, "the head ends before its end");
	return status;
}

/* One Host in HTTP/1.1, at most one in HTTP/1.0, and a valid one (RFC 9112 3.2). */
static int
check_host(const struct http_head *head, struct cursor *cursor)
{
	unsigned index = 0;
	const struct http_field *host = lvn_http_head_next(head, "Host", &index);

	if (!host) {
		if (head->minor == 0 || (cursor->lenient & HTTP_LENIENT_HOST))
			return 0;
		return refuse(cursor, BAD_REQUEST, "no Host");
	}
	if (lvn_http_head_next(head, "Host", &index))
		return refuse(cursor, BAD_REQUEST, "more than one Host");
	return lvn_http_host_is_valid(host->value) ? 0
						   : refuse(cursor, BAD_REQUEST, "Host is no host");
}

static struct cursor
begin(struct http_head *head, const char *bytes, size_t size, const struct http_limits *limits,
    unsigned lenient)
{
	struct http_head again = {
	    .fields = head->fields, .lent = head->lent, .field_capacity = head->field_capacity};

	lvn_free(head->unfolded);
	*head = again;
	return (struct cursor){
	    .at = bytes, .end = bytes + size, .line = bytes, .limits = limits, .lenient = lenient};
}

static int
finish(struct http_head *head, const struct cursor *cursor, int status, const char **why_out)
{
	if (status == 0)
		return 0;
	head->field_count = 0;
	if (status > 0)
		*why_out = cursor->why;
	return status;
}

int
lvn_http_head_parse_request(struct http_head *head, const char *bytes, size_t size,
    const struct http_limits *limits, unsigned lenient, const char **why_out)
{
	struct cursor cursor = begin(head, bytes, size, limits, lenient);
	int status = skip_empty_lines(&cursor);

	if (status == 0)
		status = read_request_line(head, &cursor);
	if (status == 0)
		status = read_fields(head, &cursor, (lenient & HTTP_LENIENT_FOLD) != 0);
	if (status == 0)
		status = check_host(head, &cursor);
	return finish(head, &cursor, status, why_out);
}

int
lvn_http_head_parse_response(struct http_head *head, const char *bytes, size_t size,
    const struct http_limits *limits, unsigned lenient, const char **why_out)
{
	struct cursor cursor = begin(head, bytes, size, limits, lenient);
	int status = read_status_line(head, &cursor);

	/* Those who receive a response replace the folds (RFC 9112 5.2). */
	if (status == 0)
		status = read_fields(head, &cursor, true);
	return finish(head, &cursor, status, why_out);
}

const struct http_field *
lvn_http_head_next(const struct http_head *head, const char *name, unsigned *index)
{
	size_t size = strlen(name);

	while (*index < head->field_count) {
		const struct http_field *field = &head->fields[(*index)++];

		if (field->name.size == size && lvn_http_slice_is_nocase(field->name, name))
			return field;
	}
	return NULL;
}

bool
lvn_http_head_has_token(const struct http_head *head, const char *name, const char *token)
{
	const struct http_field *field;
	unsigned index = 0;

	while ((field = lvn_http_head_next(head, name, &index))) {
		struct http_slice list = field->value, element;

		while (lvn_http_slice_next(&list, &element)) {
			if (lvn_http_slice_is_nocase(element, token))
				return true;
		}
	}
	return false;
}

int
lvn_http_head_parse_field(struct http_field *field_out, const char *line, size_t size,
    unsigned lenient, const char **why_out)
{
	struct cursor cursor = {.at = line, .end = line + size, .lenient = lenient};
	struct http_field field;
	int status = read_field(&field, &cursor);

	if (status == 0 && cursor.at != cursor.end)
		status = refuse(&cursor, BAD_REQUEST, "a byte that must not be in a value");
	if (status != 0) {
		*why_out = cursor.why;
		return status;
	}
	*field_out = field;
	return 0;
}
