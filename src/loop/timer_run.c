/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_run.h"

#include <string.h>

#define INSERTION_RUN 8

static void
sort_by_insertion(struct timer_entry *entries, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct timer_entry entry = entries[i];
		size_t at = i;

		while (at > 0 && lvn_timer_entry_before(&entry, &entries[at - 1])) {
			entries[at] = entries[at - 1];
			at--;
		}
		entries[at] = entry;
	}
}

static void
merge(const struct timer_entry *left, size_t left_count, const struct timer_entry *right,
    size_t right_count, struct timer_entry *out)
{
	const struct timer_entry *left_end = left + left_count;
	const struct timer_entry *right_end = right + right_count;

	while (left < left_end && right < right_end) {
		bool take_right = lvn_timer_entry_before(right, left);

		*out++ = *(take_right ? right : left);
		right += take_right;
		left += !take_right;
	}
	memcpy(out, left, (size_t)(left_end - left) * sizeof(*out));
	out += left_end - left;
	memcpy(out, right, (size_t)(right_end - right) * sizeof(*out));
}

static bool
is_sorted(const struct timer_entry *entries, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (lvn_timer_entry_before(&entries[i], &entries[i - 1]))
			return false;
	}
	return true;
}

static size_t
smaller_of(size_t left, size_t right)
{
	return left < right ? left : right;
}

void
lvn_timer_run_sort(struct timer_entry *entries, struct timer_entry *spare, size_t count)
{
	struct timer_entry *from = entries;
	struct timer_entry *into = spare;

	if (is_sorted(entries, count))
		return;
	for (size_t at = 0; at < count; at += INSERTION_RUN)
		sort_by_insertion(entries + at, smaller_of(INSERTION_RUN, count - at));
	for (size_t width = INSERTION_RUN; width < count; width *= 2) {
		struct timer_entry *swapped = from;

		for (size_t at = 0; at < count; at += 2 * width) {
			size_t left = smaller_of(width, count - at);
			size_t right = smaller_of(width, count - at - left);

			merge(from + at, left, from + at + left, right, into + at);
		}
		from = into;
		into = swapped;
	}
	if (from != entries)
		memcpy(entries, from, count * sizeof(*entries));
}

void
lvn_timer_run_divide(struct timer_entry *entries, size_t count, size_t middle)
{
	ptrdiff_t wanted = (ptrdiff_t)middle;
	ptrdiff_t low = 0;
	ptrdiff_t high = (ptrdiff_t)count - 1;

	while (low < high) {
		struct timer_entry pivot = entries[wanted];
		ptrdiff_t up = low;
		ptrdiff_t down = high;

		do {
			while (lvn_timer_entry_before(&entries[up], &pivot))
				up++;
			while (lvn_timer_entry_before(&pivot, &entries[down]))
				down--;
			if (up <= down) {
				struct timer_entry swapped = entries[up];

				entries[up++] = entries[down];
				entries[down--] = swapped;
			}
		} while (up <= down);
		if (down < wanted)
			low = up;
		if (wanted < up)
			high = down;
	}
}
