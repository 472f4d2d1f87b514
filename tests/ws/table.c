/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Above this, only some of the places to cut at are taken. */
enum { LINE = 1 << 14, MANY_BYTES = 300, CUT_STEP = 997 };

static char line[LINE];

bool
table_fault(const char *how, size_t where, const char *got)
{
	fprintf(stderr, "%s\n\t%s %zu: %s\n", line, how, where, got);
	return false;
}

char *
table_word(char **list, const char *separators)
{
	char *word = *list + strspn(*list, separators);
	size_t size = strcspn(word, separators);

	if (size == 0)
		return NULL;
	*list = word + size + (word[size] != '\0');
	word[size] = '\0';
	return word;
}

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
		*out += table_unescape(
		    behind + 1, (size_t)(close - behind - 1), *out, (size_t)(end - *out));
	return (size_t)(close - text) + 1;
}

static unsigned
hex_of(const char *digits)
{
	char text[3] = {digits[0], digits[1], '\0'};

	return (unsigned)strtoul(text, NULL, 16);
}

/* What is behind a backslash; returns how much of the text it was. */
static size_t
escape(const char *text, char **out, const char *end)
{
	static const char names[] = "rnts0\\", bytes[] = "\r\n\t \0\\";
	const char *name = memchr(names, *text, sizeof(names) - 1);

	if (*text == '*')
		return repeat(text, out, end);
	if (end - *out < 2 || (!name && *text != 'x' && *text != 'e'))
		abort();
	if (*text == 'x') {
		*(*out)++ = (char)hex_of(text + 1);
		return 3;
	}
	if (*text == 'e')
		*(*out)++ = '\r';
	*(*out)++ = *text == 'e' ? '\n' : bytes[name - names];
	return 1;
}

size_t
table_unescape(const char *text, size_t length, char *out, size_t capacity)
{
	const char *end = out + capacity, *behind = text + length;
	char *at = out;

	while (text < behind) {
		if (at == end)
			abort();
		if (*text == '\\')
			text += 1 + escape(text + 1, &at, end);
		else
			*at++ = *text++;
	}
	return (size_t)(at - out);
}

bool
table_in_all_ways(size_t size, table_way_fn *run)
{
	size_t step = size > MANY_BYTES ? CUT_STEP : 1;

	if (!run(size, size, "whole") || !run(1, 1, "by"))
		return false;
	for (size_t cut = 1; cut < size; cut += step)
		if (!run(cut, size, "cut at"))
			return false;
	return true;
}

/* Without the blanks at both ends. */
static char *
trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return text;
}

static void
split(char *text, char *columns[], unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char *bar = i + 1 < count ? strchr(text, '|') : NULL;

		if (!bar && i + 1 < count)
			abort();
		if (bar)
			*bar = '\0';
		columns[i] = trim(text);
		if (bar)
			text = bar + 1;
	}
}

int
table_run(const char *path, unsigned columns, table_case_fn *run)
{
	FILE *file = fopen(path, "r");
	unsigned cases = 0, faults = 0;

	if (!file) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof(line), file)) {
		char copy[LINE], *parts[TABLE_COLUMNS];

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		memcpy(copy, line, sizeof(copy));
		split(copy, parts, columns);
		cases++;
		if (!run(parts))
			faults++;
	}
	fclose(file);
	printf("%u cases, %u faults\n", cases, faults);
	return faults > 0 || cases == 0;
}
