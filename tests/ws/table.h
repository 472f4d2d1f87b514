/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cases in lines of text: columns with "|" between them, escapes, and the ways in which the bytes
 * of a case arrive.
 */
#ifndef LEVIN_TESTS_WS_TABLE_H
#define LEVIN_TESTS_WS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_COLUMNS = 5, TABLE_BYTES = 1 << 18 };

/* What a case does with its columns; returns whether all is as it must be. */
typedef bool table_case_fn(char *columns[TABLE_COLUMNS]);

/* Runs each line of a file that is no comment; returns the exit status of a program. */
int table_run(const char *path, unsigned columns, table_case_fn *run);

/* The line of the case and what came of it, on stderr.  Returns false. */
bool table_fault(const char *how, size_t where, const char *got);

/*
 * Replaces "\e" (CRLF), "\r", "\n", "\t", "\s" (a space), "\0", "\xHH", "\\" and "\*N{TEXT}", N times
 * the text.  Returns the size.
 */
size_t table_unescape(const char *text, size_t length, char *out, size_t capacity);

/* A word of a list with spaces or commas between them, which is cut off; NULL at the end. */
char *table_word(char **list, const char *separators);

/* Calls `run` for bytes whole, one by one, and in two parts cut at each place. */
typedef bool table_way_fn(size_t first, size_t step, const char *how);
bool table_in_all_ways(size_t size, table_way_fn *run);

#endif
