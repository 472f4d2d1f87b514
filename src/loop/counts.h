/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many events a base has, and the most it ever had.
 */
#ifndef LVN_LOOP_COUNTS_H
#define LVN_LOOP_COUNTS_H

#include "base/compiler.h"

/* Read and cleared by event_base_get_max_events. */
struct count_peaks {
	int active;
	int added;
	int virtual_;
};

/*
 * Internal events count while they are active, and not among those added: `pending` is one
 * less for each of them then.
 */
struct counts {
	int pending;  /* once for a descriptor or signal, once for a timeout */
	int active;   /* waiting to be run */
	int virtual_; /* what keeps the loop running without an event */
	struct count_peaks most;
};

/* What the API calls added: active ones count there as well. */
LVN_HOT_INLINE int
lvn_counts_added(const struct counts *counts)
{
	return counts->pending + counts->active;
}

LVN_HOT_INLINE void
lvn_counts_activate(struct counts *counts, int is_internal)
{
	counts->active++;
	if (LVN_UNLIKELY(is_internal))
		counts->pending--;
}

LVN_HOT_INLINE void
lvn_counts_deactivate(struct counts *counts, int is_internal)
{
	counts->active--;
	if (LVN_UNLIKELY(is_internal))
		counts->pending++;
}

/* After a batch of additions; `more` were active with them and have been run already. */
LVN_HOT_INLINE void
lvn_counts_note_peak_with(struct counts *counts, int more)
{
	int active = counts->active + more;

	if (active > counts->most.active)
		counts->most.active = active;
	if (counts->pending + active > counts->most.added)
		counts->most.added = counts->pending + active;
}

LVN_HOT_INLINE void
lvn_counts_note_peak(struct counts *counts)
{
	lvn_counts_note_peak_with(counts, 0);
}

#endif
