/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a signal of the process to the signal events of a base, by signal number.
 */
#ifndef LVN_LOOP_SIGNALS_SIGNAL_DELIVERY_H
#define LVN_LOOP_SIGNALS_SIGNAL_DELIVERY_H

#include "loop/base.h"

/* 0 or -errno. */
int lvn_signal_delivery_add_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock);
void lvn_signal_delivery_del_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock);

/* Signals have arrived and their descriptor does not report it: activate what takes them. */
void lvn_signal_delivery_activate_locked(struct event_base *base) REQUIRES(base->lock);

/* A signal came so often: activate its events. */
void lvn_signal_delivery_report_locked(struct event_base *base, int signo, unsigned times)
    REQUIRES(base->lock);

/* Calls visit for each event, signals ascending, until it returns non-zero; returns that. */
int lvn_signal_delivery_each_locked(struct event_base *base,
    int (*visit)(struct event *ev, void *context), void *context) REQUIRES(base->lock);

/* Activate the events of the signals that have arrived. */
void lvn_signal_delivery_take_locked(struct event_base *base) REQUIRES(base->lock);

/*
 * In a forked child: the first before the backend is opened anew, the second after it, so
 * that the parent's kernel objects are not touched.  0 or -errno.
 */
int lvn_signal_delivery_reopen_locked(struct event_base *base) REQUIRES(base->lock);
int lvn_signal_delivery_resume_locked(struct event_base *base) REQUIRES(base->lock);
void lvn_signal_delivery_close_locked(struct event_base *base) REQUIRES(base->lock);

#endif
