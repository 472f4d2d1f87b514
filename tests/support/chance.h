/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether numbers have a pattern.
 */
#ifndef LEVIN_TESTS_SUPPORT_CHANCE_H
#define LEVIN_TESTS_SUPPORT_CHANCE_H

#include <check.h>
#include <stdint.h>

enum { CHANCE_CELLS = 256 };

/*
 * Chi-squared of how often each of 256 values came.  Its mean is 255, its deviation 22.6: what is
 * far outside of that is no chance.
 */
static inline void
chance_check_even(const unsigned counts[CHANCE_CELLS], const char *what)
{
	double total = 0, sum = 0;

	for (int i = 0; i < CHANCE_CELLS; i++)
		total += counts[i];
	for (int i = 0; i < CHANCE_CELLS; i++) {
		double difference = counts[i] - total / CHANCE_CELLS;

		sum += difference * difference / (total / CHANCE_CELLS);
	}
	ck_assert_msg(sum > 140 && sum < 400, "%s: chi-squared %.1f", what, sum);
}

/* Pearson's, which is at most `bound` on either side of 0. */
static inline void
chance_check_correlation(
    const uint16_t *one, const uint16_t *other, unsigned count, double bound, const char *what)
{
	double mean_one = 0, mean_other = 0, both = 0, square_one = 0, square_other = 0;

	for (unsigned i = 0; i < count; i++) {
		mean_one += one[i];
		mean_other += other[i];
	}
	mean_one /= count;
	mean_other /= count;
	for (unsigned i = 0; i < count; i++) {
		both += (one[i] - mean_one) * (other[i] - mean_other);
		square_one += (one[i] - mean_one) * (one[i] - mean_one);
		square_other += (other[i] - mean_other) * (other[i] - mean_other);
	}
	ck_assert_msg(both * both < bound * bound * square_one * square_other,
	    "%s: correlation squared %.6f", what, both * both / (square_one * square_other));
}

#endif
