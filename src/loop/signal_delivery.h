/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a signal of the process to the signal events of a base.
 */
#ifndef LVN_LOOP_SIGNAL_DELIVERY_H
#define LVN_LOOP_SIGNAL_DELIVERY_H

#include "loop/base.h"

/* 0 or -errno. */
int lvn_signal_delivery_add_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock);
void lvn_signal_delivery_del_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock);

/*
 * Signals came while the base was awake: their descriptor, which does not tell of them, is
 * put before all that the backend has reported.
 */
void lvn_signal_delivery_note_locked(struct event_base *base) REQUIRES(base->lock);

/*
 * In a forked child: the first before the backend is opened anew, the second after it, so
 * that the parent's kernel objects are not touched.  0 or -errno.
 */
int lvn_signal_delivery_reopen_locked(struct event_base *base) REQUIRES(base->lock);
int lvn_signal_delivery_resume_locked(struct event_base *base) REQUIRES(base->lock);
void lvn_signal_delivery_close_locked(struct event_base *base) REQUIRES(base->lock);

#endif
