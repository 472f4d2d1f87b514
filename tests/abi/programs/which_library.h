/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For programs of tests/abi, which are run with libevent's libraries and with ours: ends the
 * program if the one that was loaded is not the one that the first argument names.
 */
#ifndef LVN_TESTS_ABI_WHICH_LIBRARY_H
#define LVN_TESTS_ABI_WHICH_LIBRARY_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                         \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			exit(1);                                                                \
		}                                                                               \
	} while (0)

static inline void
expect_library(int argc, char **argv)
{
	int is_ours = dlsym(RTLD_DEFAULT, "levin_version") != NULL;
	int wants_ours;

	if (argc < 2) {
		fprintf(stderr, "usage: %s levin|libevent\n", argv[0]);
		exit(2);
	}
	wants_ours = strcmp(argv[1], "levin") == 0;
	if (is_ours != wants_ours) {
		fprintf(stderr, "runs on %s, not on %s\n", is_ours ? "levin" : "libevent", argv[1]);
		exit(1);
	}
}

#endif
