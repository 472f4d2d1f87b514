/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which descriptors this process has open, and what they are.
 */
#ifndef LEVIN_TESTS_SUPPORT_DESCRIPTORS_H
#define LEVIN_TESTS_SUPPORT_DESCRIPTORS_H

#include <stddef.h>

enum { DESCRIPTORS_MAX = 65536 };

/* Invariant: a descriptor number fd is open if and only if bit fd is set. */
struct descriptor_set {
	unsigned char bits[DESCRIPTORS_MAX / 8];
};

/* Fills the set from /proc/self/fd.  Returns the count, or -1 where /proc is missing. */
int descriptors_open_now(struct descriptor_set *set);

/*
 * Describes what is open in `after` and not in `before`, such as "7 (pipe:[4711])",
 * in at most size bytes of text.  Returns how many there are.
 */
int descriptors_describe_new(const struct descriptor_set *before,
    const struct descriptor_set *after, char *text, size_t size);

#endif
