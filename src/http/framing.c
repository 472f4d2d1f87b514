/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/framing.h"

#include "base/number.h"
#include "http/slice.h"
#include "http/status.h"

#define SWITCHING_PROTOCOLS 101
#define NO_CONTENT          204
#define BAD_REQUEST         400
#define EXPECTATION_FAILED  417
#define NOT_IMPLEMENTED     501

/* What the fields say, over all their occurrences. */
struct hints {
	uint64_t length;
	bool has_length;
	bool has_coding;
	bool has_other_coding;
	bool is_chunked; /* the last coding */
	bool says_close;
	bool says_keep_alive;
	bool says_upgrade;
	bool has_upgrade;
	bool expects_continue;
	bool expects_else;
	const char *why; /* a length or a coding is malformed; or NULL */
};

static void
set_malformed(struct hints *hints, const char *why)
{
	if (!hints->why)
		hints->why = why;
}

/* 1*DIGIT (RFC 9110 8.6), up to INT64_MAX. */
static void
take_length(struct hints *hints, struct http_slice text, bool may_repeat)
{
	const char *end = text.at + text.size;
	uint64_t length;

	if (text.size == 0 || lvn_number_read_digits(text.at, end, 10, &length) != end ||
	    length > INT64_MAX) {
		set_malformed(hints, "Content-Length is no number");
		return;
	}
	if (hints->has_length && !may_repeat)
		set_malformed(hints, "more than one Content-Length");
	else if (hints->has_length && length != hints->length)
		set_malformed(hints, "Content-Lengths that differ");
	hints->length = length;
	hints->has_length = true;
}

/* One value is one number; if that is allowed, it is a list of equal ones. */
static void
take_lengths(struct hints *hints, struct http_slice value, unsigned lenient)
{
	struct http_slice element;
	bool is_empty = true;

	if (!(lenient & HTTP_LENIENT_SAME_LENGTHS)) {
		take_length(hints, value, false);
		return;
	}
	for (; lvn_http_slice_next(&value, &element); is_empty = false)
		take_length(hints, element, true);
	if (is_empty)
		set_malformed(hints, "Content-Length is empty");
}

/*
 * Chunked comes once, as the last one, without parameters (RFC 9112 6.1, 7).  Nobody sends empty
 * elements here: a list that has some was made to be read in two ways.
 */
static void
take_codings(struct hints *hints, struct http_slice value)
{
	struct http_slice element;
	size_t commas = 0, elements = 0;

	for (size_t i = 0; i < value.size; i++)
		commas += value.at[i] == ',';
	for (; lvn_http_slice_next(&value, &element); elements++) {
		if (hints->is_chunked)
			set_malformed(hints, "a transfer coding after chunked");
		hints->is_chunked = lvn_http_slice_is_nocase(element, "chunked");
		if (!hints->is_chunked)
			hints->has_other_coding = true;
	}
	if (elements != commas + 1)
		set_malformed(hints, "an empty element in Transfer-Encoding");
	hints->has_coding = true;
}

static void
take_connection(struct hints *hints, struct http_slice value)
{
	struct http_slice element;

	while (lvn_http_slice_next(&value, &element)) {
		if (lvn_http_slice_is_nocase(element, "close"))
			hints->says_close = true;
		else if (lvn_http_slice_is_nocase(element, "keep-alive"))
			hints->says_keep_alive = true;
		else if (lvn_http_slice_is_nocase(element, "upgrade"))
			hints->says_upgrade = true;
	}
}

static void
take_expect(struct hints *hints, struct http_slice value)
{
	struct http_slice element;

	while (lvn_http_slice_next(&value, &element)) {
		if (lvn_http_slice_is_nocase(element, "100-continue"))
			hints->expects_continue = true;
		else
			hints->expects_else = true;
	}
}

/* Sizes first: they tell most fields apart. */
static void
take_field(struct hints *hints, const struct http_field *field, unsigned lenient)
{
	switch (field->name.size) {
	case sizeof("Expect") - 1:
		if (lvn_http_slice_is_nocase(field->name, "Expect"))
			take_expect(hints, field->value);
		break;
	case sizeof("Upgrade") - 1:
		if (lvn_http_slice_is_nocase(field->name, "Upgrade"))
			hints->has_upgrade = true;
		break;
	case sizeof("Connection") - 1:
		if (lvn_http_slice_is_nocase(field->name, "Connection"))
			take_connection(hints, field->value);
		break;
	case sizeof("Content-Length") - 1:
		if (lvn_http_slice_is_nocase(field->name, "Content-Length"))
			take_lengths(hints, field->value, lenient);
		break;
	case sizeof("Transfer-Encoding") - 1:
		if (lvn_http_slice_is_nocase(field->name, "Transfer-Encoding"))
			take_codings(hints, field->value);
		break;
	default:
		break;
	}
}

static struct hints
gather(const struct http_head *head, unsigned lenient)
{
	struct hints hints = {.why = NULL};

	for (unsigned i = 0; i < head->field_count; i++)
		take_field(&hints, &head->fields[i], lenient);
	return hints;
}

/* What the connection is for, as the version and both lists say it (RFC 9112 9.3). */
static struct http_framing
begin(const struct http_head *head, const struct hints *hints)
{
	struct http_framing framing = {.body = HTTP_BODY_NONE};

	framing.keep_alive = !hints->says_close && (head->minor >= 1 || hints->says_keep_alive);
	/* Older versions have no Upgrade (RFC 9110 7.8). */
	framing.upgrade = head->minor >= 1 && hints->has_upgrade && hints->says_upgrade;
	return framing;
}

static void
set_must_close(struct http_framing *framing)
{
	framing->must_close = true;
	framing->keep_alive = false;
}

/* 0, or the status to refuse the lengths with.  Nothing is chosen between two of them. */
static int
check_lengths(const struct hints *hints, unsigned lenient, const char **why_out)
{
	const char *why = hints->why;

	if (!why && hints->has_length && hints->has_coding &&
	    !(lenient & HTTP_LENIENT_BOTH_LENGTHS))
		why = "Content-Length and Transfer-Encoding";
	if (!why)
		return 0;
	*why_out = why;
	return BAD_REQUEST;
}

/* A body whose length is given (RFC 9112 6.3, rules 4 and 6). */
static void
set_body(struct http_framing *framing, const struct hints *hints)
{
	if (hints->has_coding)
		framing->body = HTTP_BODY_CHUNKED;
	else if (hints->length > 0) {
		framing->body = HTTP_BODY_SIZED;
		framing->size = hints->length;
	}
	if (hints->has_coding && hints->has_length)
		set_must_close(framing);
}

/* The codings of a request: chunked alone, in HTTP/1.1. */
static int
check_request_codings(const struct http_head *head, const struct hints *hints, const char **why_out)
{
	if (!hints->has_coding)
		return 0;
	if (head->minor == 0) {
		*why_out = "Transfer-Encoding in HTTP/1.0";
		return BAD_REQUEST;
	}
	if (!hints->is_chunked) {
		*why_out = "the last transfer coding is not chunked";
		return BAD_REQUEST;
	}
	if (hints->has_other_coding) {
		*why_out = "a transfer coding beside chunked";
		return NOT_IMPLEMENTED;
	}
	return 0;
}

int
lvn_http_framing_of_request(const struct http_head *head, unsigned lenient,
    struct http_framing *framing_out, const char **why_out)
{
	struct hints hints = gather(head, lenient);
	struct http_framing framing = begin(head, &hints);
	int status = check_lengths(&hints, lenient, why_out);

	if (status == 0)
		status = check_request_codings(head, &hints, why_out);
	if (status != 0)
		return status;
	set_body(&framing, &hints);
	if (framing.body != HTTP_BODY_NONE && lvn_http_slice_is(head->method, "CONNECT")) {
		*why_out = "CONNECT with a body";
		return BAD_REQUEST;
	}
	/* HTTP/1.0 has no expectations (RFC 9110 10.1.1). */
	if (head->minor >= 1 && hints.expects_else) {
		*why_out = "an expectation other than 100-continue";
		return EXPECTATION_FAILED;
	}
	framing.expects_continue =
	    head->minor >= 1 && hints.expects_continue && framing.body != HTTP_BODY_NONE;
	*framing_out = framing;
	return 0;
}

static bool
begins_tunnel(int status, bool to_connect)
{
	return status == SWITCHING_PROTOCOLS || (to_connect && status / 100 == 2);
}

/* Responses without a body, whatever their fields say (RFC 9112 6.3, rules 1 and 2). */
static bool
set_bodiless(struct http_framing *framing, const struct http_head *head, const struct hints *hints,
    bool to_head, bool to_connect)
{
	if (begins_tunnel(head->status, to_connect)) {
		framing->body = HTTP_BODY_TUNNEL;
		framing->keep_alive = false;
		return true;
	}
	if (!to_head && lvn_http_status_has_body(head->status))
		return false;
	/* A body that must not be there would be read as the next response. */
	if (head->status == NO_CONTENT && (hints->has_coding || hints->length > 0 || hints->why))
		set_must_close(framing);
	return true;
}

int
lvn_http_framing_of_response(const struct http_head *head, bool to_head, bool to_connect,
    unsigned lenient, struct http_framing *framing_out, const char **why_out)
{
	struct hints hints = gather(head, lenient);
	struct http_framing framing = begin(head, &hints);
	int status;

	if (set_bodiless(&framing, head, &hints, to_head, to_connect)) {
		*framing_out = framing;
		return 0;
	}
	status = check_lengths(&hints, lenient, why_out);
	if (status != 0)
		return status;
	if (hints.has_other_coding) {
		*why_out = "a transfer coding other than chunked";
		return NOT_IMPLEMENTED;
	}
	set_body(&framing, &hints);
	if (!hints.has_coding && !hints.has_length)
		framing.body = HTTP_BODY_UNTIL_CLOSE;
	/* The end of the connection ends the body; in HTTP/1.0 codings are faulty (RFC 9112 6.1). */
	if (framing.body == HTTP_BODY_UNTIL_CLOSE || (head->minor == 0 && hints.has_coding))
		set_must_close(&framing);
	*framing_out = framing;
	return 0;
}
