/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>

int
lvn_text_compare_start(const char *left, const char *right, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char a = lvn_text_lower(left[i]);
		char b = lvn_text_lower(right[i]);

		if (a != b)
			return a < b ? -1 : 1;
		if (a == '\0')
			break;
	}
	return 0;
}

int
lvn_text_compare(const char *left, const char *right)
{
	return lvn_text_compare_start(left, right, SIZE_MAX);
}

int
lvn_text_format(char *text, size_t capacity, const char *format, va_list args)
{
	int length;

	if (capacity == 0)
		return 0;
	length = vsnprintf(text, capacity, format, args);
	/* After an error the C library may have left the text open. */
	text[capacity - 1] = '\0';
	return length;
}
