/* SPDX-License-Identifier: BSD-3-Clause */
#include "sequence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t sequence, random_state, hash_state;
static jmp_buf given_up;
static bool full;
static int indent;
static int child_fd = -1;

uint64_t
next_random(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

size_t
below(size_t limit)
{
	return (size_t)(next_random() % limit);
}

bool
chance(size_t of)
{
	return below(of) == 0;
}

static void
hash(const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash_state =
		    (hash_state ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
}

void
note_depth(int depth)
{
	indent = depth;
}

void
note_into(int fd)
{
	child_fd = fd;
}

void
note(const char *format, ...)
{
	char line[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	hash(line, strlen(line) + 1);
	if (child_fd >= 0)
		dprintf(child_fd, "%*s%s\n", indent, "", line);
	else if (full)
		printf("%*s%s\n", indent, "", line);
}

void
note_numbers(const char *what, long one, long other)
{
	if (full)
		printf("%s %ld %ld\n", what, one, other);
	hash_state = (hash_state ^ (uint64_t)one) * UINT64_C(0x100000001b3);
	hash_state = (hash_state ^ (uint64_t)other) * UINT64_C(0x100000001b3);
	hash(what, 1);
}

void
expect(bool right, const char *what)
{
	if (right)
		return;
	printf("seed %llu: WRONG %s\n", (unsigned long long)sequence, what);
	longjmp(given_up, 1);
}

int
play_sequences(int argc, char **argv, void (*play)(uint64_t seed))
{
	uint64_t seed = 1, count = 1;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--full"))
			full = true;
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--count") && i + 1 < argc)
			count = strtoull(argv[++i], NULL, 10);
	}
	for (sequence = seed; sequence < seed + count; sequence++) {
		random_state = sequence * UINT64_C(0x2545f4914f6cdd1d);
		hash_state = UINT64_C(0xcbf29ce484222325);
		indent = 0;
		if (setjmp(given_up))
			continue;
		play(sequence);
		printf("seed %llu: %016llx\n", (unsigned long long)sequence,
		    (unsigned long long)hash_state);
	}
	return 0;
}
