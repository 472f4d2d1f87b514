/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the programs share that play seeded sequences: chance, a transcript of each sequence,
 * of which only a hash is printed, and giving a sequence up whose answers are wrong.
 */
#ifndef DIFFERENTIAL_SEQUENCE_H
#define DIFFERENTIAL_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Plays the sequences that the command line asks for (--seed, --count; --full prints what
 * happened) and prints one line for each.  The answer is for main to return.
 */
int play_sequences(int argc, char **argv, void (*play)(uint64_t seed));

/* Chance, from the seed of the sequence. */
uint64_t next_random(void);
size_t below(size_t limit);
/* True once in so many. */
bool chance(size_t of);

/* The transcript. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same in a cheaper form. */
void note_numbers(const char *what, long one, long other);
/* From now on lines are written to this descriptor: those of a child, for its parent to note. */
void note_into(int fd);
/* How far lines are indented from now on. */
void note_depth(int depth);

/* The sequence is given up with a line that says WRONG unless it is right. */
void expect(bool right, const char *what);

#endif
