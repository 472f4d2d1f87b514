/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: parser_table requests|responses FILE
 *        parser_table requests|responses
 *
 * Reads what a connection receives as messages, as a server or a client does, and says in one
 * line what came of it.  With a file: each line of it is a case, whose bytes are read whole, one
 * by one, and cut in two at each place; the line must always be the one that the file has.
 * Without one: prints the line for each case that comes by standard input.
 *
 * A case is CLAUSES | OPTIONS | VERDICT | BYTES, with "\e" for CRLF, "\r", "\n", "\t", "\0",
 * "\xHH", "\\", and "\*N{TEXT}" for N times the text.  Options are those of `options` below,
 * with commas between them, or "-".
 *
 * A verdict is a word for each message and one for the end:
 *	GET or 200       method or status
 *	{VALUE}          the value of a field whose name is X; <VALUE>: of a trailer
 *	!  ?             it asks for an upgrade; it expects a 100
 *	+TEXT            its body
 *	end more         all bytes were read, the last message is whole, or is not
 *	close tunnel     the connection is to close behind this message, or is no HTTP any more
 *	400 ...          the status code of a refusal
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "http/chunked.h"
#include "http/framing.h"
#include "http/head.h"

enum { LINE_CAPACITY = 1 << 19, BYTES_CAPACITY = 1 << 20, TEXT_CAPACITY = 1 << 18, COLUMNS = 4 };

/* Above this, only some of the places to cut at are taken. */
enum { MANY_BYTES = 1500, CUT_STEP = 997 };

enum phase { PHASE_HEAD, PHASE_SIZED, PHASE_CHUNKED, PHASE_UNTIL_CLOSE, PHASE_OVER };

struct plan {
	bool of_responses, to_head, to_connect;
	unsigned lenient;
	struct http_limits limits;
};

struct run {
	const struct plan *plan;
	enum phase phase;
	struct http_head head;
	struct http_head_search search;
	struct http_chunks chunks;
	struct http_framing framing;
	uint64_t left;
	const char *why;
	char text[TEXT_CAPACITY];
	size_t size;
};

static struct run run;
static char line[LINE_CAPACITY], bytes[BYTES_CAPACITY];

static void
put(const char *text, size_t size)
{
	if (size >= TEXT_CAPACITY - run.size)
		abort();
	memcpy(run.text + run.size, text, size);
	run.size += size;
	run.text[run.size] = '\0';
}

static void
put_text(const char *text)
{
	put(text, strlen(text));
}

static void
put_escaped(struct http_slice slice)
{
	for (size_t i = 0; i < slice.size; i++) {
		unsigned char byte = (unsigned char)slice.at[i];
		char escape[8];

		snprintf(
		    escape, sizeof(escape), byte >= ' ' && byte < 0x7f ? "%c" : "\\x%02x", byte);
		put_text(escape);
	}
}

static void
refuse(int status, const char *why)
{
	char word[16];

	snprintf(word, sizeof(word), "%d", status);
	put_text(word);
	run.why = why;
	run.phase = PHASE_OVER;
}

static void
end_message(void)
{
	put_text(" ");
	if (run.framing.keep_alive && !run.framing.must_close)
		run.phase = PHASE_HEAD;
	else {
		put_text("close");
		run.phase = PHASE_OVER;
	}
	run.search = (struct http_head_search){0};
}

static void
put_values(void)
{
	const struct http_field *field;
	unsigned index = 0;

	while ((field = lvn_http_head_next(&run.head, "X", &index))) {
		put_text("{");
		put_escaped(field->value);
		put_text("}");
	}
}

static void
put_message(void)
{
	char status[16];

	if (run.plan->of_responses) {
		snprintf(status, sizeof(status), "%d", run.head.status);
		put_text(status);
	} else
		put_escaped(run.head.method);
	put_values();
	if (run.framing.upgrade)
		put_text("!");
	if (run.framing.expects_continue)
		put_text("?");
}

static void
begin_body(void)
{
	static const enum phase phases[] = {[HTTP_BODY_SIZED] = PHASE_SIZED,
	    [HTTP_BODY_CHUNKED] = PHASE_CHUNKED,
	    [HTTP_BODY_UNTIL_CLOSE] = PHASE_UNTIL_CLOSE};

	if (run.framing.body == HTTP_BODY_NONE) {
		end_message();
		return;
	}
	if (run.framing.body == HTTP_BODY_TUNNEL) {
		put_text(" tunnel");
		run.phase = PHASE_OVER;
		return;
	}
	put_text("+");
	run.left = run.framing.size;
	run.chunks = (struct http_chunks){0};
	run.phase = phases[run.framing.body];
}

static int
parse_head(const char *at, size_t size)
{
	const struct plan *plan = run.plan;
	int status;

	if (plan->of_responses)
		status = lvn_http_head_parse_response(
		    &run.head, at, size, &plan->limits, plan->lenient, &run.why);
	else
		status = lvn_http_head_parse_request(
		    &run.head, at, size, &plan->limits, plan->lenient, &run.why);
	if (status != 0)
		return status;
	if (plan->of_responses)
		return lvn_http_framing_of_response(&run.head, plan->to_head, plan->to_connect,
		    plan->lenient, &run.framing, &run.why);
	return lvn_http_framing_of_request(&run.head, plan->lenient, &run.framing, &run.why);
}

/* Each of these returns how many bytes it used; none: more are needed. */
static size_t
read_head(const char *at, size_t size)
{
	long end = lvn_http_head_find_end(&run.search, at, size, &run.plan->limits);
	int status;

	if (end == 0)
		return 0;
	if (end < 0) {
		refuse((int)-end, "the head has no end");
		return size;
	}
	status = parse_head(at, (size_t)end);
	if (status != 0)
		refuse(status, run.why);
	else {
		put_message();
		begin_body();
	}
	return (size_t)end;
}

static size_t
read_sized(const char *at, size_t size)
{
	if (run.phase == PHASE_SIZED && size > run.left)
		size = (size_t)run.left;
	put_escaped((struct http_slice){at, size});
	run.left -= size;
	if (run.phase == PHASE_SIZED && run.left == 0)
		end_message();
	return size;
}

static int
on_trailer(void *arg, const struct http_field *field)
{
	(void)arg;
	if (lvn_http_slice_is_nocase(field->name, "X")) {
		put_text("<");
		put_escaped(field->value);
		put_text(">");
	}
	return 0;
}

static size_t
read_chunked(const char *at, size_t size)
{
	struct http_slice data = {NULL, 0};
	size_t used = 0;
	enum http_chunks_step step = lvn_http_chunks_read(
	    &run.chunks, at, size, &used, &data, &run.plan->limits, on_trailer, NULL);

	if (step == HTTP_CHUNKS_DATA)
		put_escaped(data);
	else if (step == HTTP_CHUNKS_END)
		end_message();
	else if (step == HTTP_CHUNKS_BAD) {
		put_text(" ");
		refuse(run.chunks.error, run.chunks.why);
	}
	return used;
}

static size_t
read_once(const char *at, size_t size)
{
	switch (run.phase) {
	case PHASE_HEAD:
		return read_head(at, size);
	case PHASE_SIZED:
	case PHASE_UNTIL_CLOSE:
		return read_sized(at, size);
	case PHASE_CHUNKED:
		return read_chunked(at, size);
	default:
		return size;
	}
}

/* Reads what can be read of the bytes; returns how many were used. */
static size_t
receive(const char *at, size_t size)
{
	size_t used = 0;

	while (used < size) {
		enum phase phase = run.phase;
		size_t more = read_once(at + used, size - used);

		used += more;
		/* A chunk may have failed or ended without using bytes. */
		if (more == 0 && run.phase == phase)
			break;
	}
	return used;
}

static void
begin_run(const struct plan *plan)
{
	lvn_http_head_clear(&run.head);
	run.plan = plan;
	run.phase = PHASE_HEAD;
	run.search = (struct http_head_search){0};
	run.size = 0;
	run.why = "";
	run.text[0] = '\0';
}

/* The peer closes; `left` bytes were not used. */
static void
end_run(size_t left)
{
	if (run.phase == PHASE_UNTIL_CLOSE)
		put_text(" close");
	else if (run.phase == PHASE_HEAD && left == 0)
		put_text("end");
	else if (run.phase == PHASE_HEAD)
		put_text("more");
	else if (run.phase != PHASE_OVER)
		put_text(" more");
}

/* All bytes come by so many at a time. */
static void
run_by(const struct plan *plan, const char *all, size_t size, size_t step)
{
	size_t used = 0;

	begin_run(plan);
	for (size_t come = step < size ? step : size;; come += step) {
		if (come > size)
			come = size;
		used += receive(all + used, come - used);
		if (come == size)
			break;
	}
	end_run(size - used);
}

/* The first `cut` bytes are in a block of their own, so that a sanitizer sees its end. */
static void
run_cut(const struct plan *plan, const char *all, size_t size, size_t cut)
{
	char *first = malloc(cut > 0 ? cut : 1);
	size_t used;

	if (!first)
		abort();
	memcpy(first, all, cut);
	begin_run(plan);
	used = receive(first, cut);
	free(first);
	used += receive(all + used, size - used);
	end_run(size - used);
}

static unsigned faults;

static bool
is_as(const char *expected, const char *how, size_t where)
{
	if (strcmp(run.text, expected) == 0)
		return true;
	fprintf(stderr, "%s\n\t%s %zu: %s (%s)\n", line, how, where, run.text, run.why);
	return false;
}

static bool
passes(const struct plan *plan, const char *expected, const char *all, size_t size)
{
	run_by(plan, all, size, size);
	if (!is_as(expected, "whole", size))
		return false;
	run_by(plan, all, size, 1);
	if (!is_as(expected, "by", 1))
		return false;
	for (size_t cut = 0; cut<size; cut += size> MANY_BYTES ? CUT_STEP : 1) {
		run_cut(plan, all, size, cut);
		if (!is_as(expected, "cut at", cut))
			return false;
	}
	return true;
}

static size_t unescape(const char *text, size_t length, char *out, size_t capacity);

/* "*N{TEXT}"; returns how much of the text it was. */
static size_t
repeat(const char *text, char **out, const char *end)
{
	char *behind;
	unsigned long count = strtoul(text + 1, &behind, 10);
	const char *close = strchr(behind, '}');

	if (*behind != '{' || !close)
		abort();
	while (count-- > 0)
		*out +=
		    unescape(behind + 1, (size_t)(close - behind - 1), *out, (size_t)(end - *out));
	return (size_t)(close + 1 - text);
}

static size_t
unescape_one(const char *text, char **out, const char *end)
{
	static const char names[] = "rnt0\\", values[] = "\r\n\t\0\\";
	const char *name;

	if (*text == '*')
		return repeat(text, out, end);
	if (*text == 'e') {
		*(*out)++ = '\r';
		*(*out)++ = '\n';
		return 1;
	}
	if (*text == 'x') {
		*(*out)++ =
		    (char)(lvn_number_digit_value(text[1]) * 16 + lvn_number_digit_value(text[2]));
		return 3;
	}
	name = strchr(names, *text);
	if (!name || *text == '\0')
		abort();
	*(*out)++ = values[name - names];
	return 1;
}

static size_t
unescape(const char *text, size_t length, char *out, size_t capacity)
{
	char *at = out;
	const char *end = out + capacity;

	for (size_t i = 0; i < length;) {
		if (end - at < 2)
			abort();
		if (text[i] == '\\')
			i += 1 + unescape_one(text + i + 1, &at, end);
		else
			*at++ = text[i++];
	}
	return (size_t)(at - out);
}

static const struct {
	const char *name;
	unsigned lenient;
} options[] = {
    {"lf", HTTP_LENIENT_LF},
    {"fold", HTTP_LENIENT_FOLD},
    {"colon", HTTP_LENIENT_COLON},
    {"controls", HTTP_LENIENT_CONTROLS},
    {"target", HTTP_LENIENT_TARGET},
    {"host", HTTP_LENIENT_HOST},
    {"lengths", HTTP_LENIENT_SAME_LENGTHS},
    {"both", HTTP_LENIENT_BOTH_LENGTHS},
};

static void
set_option(struct plan *plan, const char *name)
{
	const char *value = strchr(name, '=');

	if (strcmp(name, "head") == 0)
		plan->to_head = true;
	else if (strcmp(name, "connect") == 0)
		plan->to_connect = true;
	else if (value && strncmp(name, "fields", 6) == 0)
		plan->limits.fields = (unsigned)strtoul(value + 1, NULL, 10);
	else if (value && strncmp(name, "line", 4) == 0)
		plan->limits.line_size = strtoul(value + 1, NULL, 10);
	else if (value && strncmp(name, "size", 4) == 0)
		plan->limits.head_size = strtoul(value + 1, NULL, 10);
	else {
		for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
			if (strcmp(name, options[i].name) == 0)
				plan->lenient |= options[i].lenient;
		}
	}
}

static struct plan
read_options(char *text, bool of_responses)
{
	struct plan plan = {.of_responses = of_responses, .limits = lvn_http_limits_default};
	char *name, *rest = text;

	while ((name = strtok_r(rest, ",", &rest)))
		set_option(&plan, name);
	return plan;
}

/* Cuts the line at its first bars; the blanks around them are left out, but for the bytes'. */
static bool
split(char *text, char *columns[COLUMNS])
{
	for (unsigned i = 0; i < COLUMNS - 1; i++) {
		char *bar = strstr(text, " | "), *end;

		if (!bar)
			return false;
		columns[i] = text;
		for (end = bar; end > text && end[-1] == ' '; end--)
			continue;
		*end = '\0';
		text = bar + 3;
	}
	columns[COLUMNS - 1] = text;
	return true;
}

static void
take_case(char *text, bool of_responses, bool prints)
{
	char *columns[COLUMNS], *all;
	struct plan plan;
	size_t size;

	if (!split(text, columns)) {
		fprintf(stderr, "no case: %s\n", text);
		faults++;
		return;
	}
	plan = read_options(columns[1], of_responses);
	size = unescape(columns[3], strlen(columns[3]), bytes, sizeof(bytes));
	all = malloc(size > 0 ? size : 1);
	if (!all)
		abort();
	memcpy(all, bytes, size);
	if (prints) {
		run_by(&plan, all, size, size);
		printf("%s|%s\n", run.text, run.why);
		fflush(stdout);
	} else if (!passes(&plan, columns[2], all, size))
		faults++;
	free(all);
}

int
main(int argc, char **argv)
{
	static char copy[LINE_CAPACITY];
	FILE *file = argc > 2 ? fopen(argv[2], "r") : stdin;
	unsigned cases = 0;
	bool of_responses;

	if (argc < 2 || !file)
		return 2;
	of_responses = strcmp(argv[1], "responses") == 0;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (argc > 2 && (line[0] == '#' || line[0] == '\0'))
			continue;
		memcpy(copy, line, sizeof(copy));
		take_case(copy, of_responses, argc <= 2);
		cases++;
	}
	if (argc > 2) {
		printf("%u cases, %u faults\n", cases, faults);
		fclose(file);
	}
	lvn_http_head_clear(&run.head);
	return faults > 0;
}
