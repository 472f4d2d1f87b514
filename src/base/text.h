/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text as the protocols have it: ASCII, whatever the locale says.
 */
#ifndef LVN_BASE_TEXT_H
#define LVN_BASE_TEXT_H

#include <stddef.h>

/* A to Z become a to z; everything else stays. */
static inline char
lvn_text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* -1, 0 or 1, by the characters in lower case. */
int lvn_text_compare(const char *left, const char *right);
/* The same, of the first `count` characters at most. */
int lvn_text_compare_start(const char *left, const char *right, size_t count);

#endif
