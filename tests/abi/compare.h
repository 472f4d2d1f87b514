/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the generated values.c: compares what a macro expands to with the text that
 * libevent gives it, white space aside, and remembers differences.
 */
#ifndef LVN_TESTS_ABI_COMPARE_H
#define LVN_TESTS_ABI_COMPARE_H

#include <stdio.h>

#define TEXT_OF(...) #__VA_ARGS__
#define TEXT(...)    TEXT_OF(__VA_ARGS__)

static int differences;
static int comparisons;

static const char *
skip_space(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

static void
compare(const char *name, const char *ours, const char *theirs)
{
	const char *a = skip_space(ours);
	const char *b = skip_space(theirs);

	comparisons++;
	while (*a && *a == *b) {
		a = skip_space(a + 1);
		b = skip_space(b + 1);
	}
	if (*a == *b)
		return;
	printf("%s is\n\t%s\nand should be\n\t%s\n", name, ours, theirs);
	differences++;
}

/* Calls of these are there only when the preprocessor found a difference. */
static inline void
missing(const char *name)
{
	printf("%s is not defined\n", name);
	differences++;
}

static inline void
unexpected(const char *name)
{
	printf("%s is defined\n", name);
	differences++;
}

static int
compared(void)
{
	printf("%d macros compared, %d differ\n", comparisons, differences);
	return comparisons > 0 && differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
