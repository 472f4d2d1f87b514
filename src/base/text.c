/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/text.h"

#include <stdint.h>

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
