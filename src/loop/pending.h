/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making an event pending: on its descriptor or signal, and on its timeout.
 */
#ifndef LVN_LOOP_PENDING_H
#define LVN_LOOP_PENDING_H

#include <stdbool.h>
#include <sys/time.h>

#include "loop/base.h"

/* Whether to wait for a callback that another thread is running right now. */
enum del_mode {
	DEL_AUTO,    /* unless the event is EV_FINALIZE */
	DEL_BLOCK,   /* always */
	DEL_NOBLOCK, /* never */
};

/* NULL leaves the timeout as it is.  0, or -errno and nothing has changed. */
int lvn_pending_add_locked(struct event_base *base, struct event *ev, const struct timeval *tv)
    REQUIRES(base->lock);

/* Neither pending nor active afterwards. */
void lvn_pending_del_locked(struct event_base *base, struct event *ev, enum del_mode mode)
    REQUIRES(base->lock);

/* The event goes on without a timeout. */
void lvn_pending_remove_timer_locked(struct event_base *base, struct event *ev)
    REQUIRES(base->lock);

/* A persistent event with an interval is about to run: set its next timeout. */
void lvn_pending_renew_timer_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock);

/*
 * Activate the events whose deadline has come, a bounded number of them, so that a
 * million timers do not hold everything else up.  Returns whether some are left.
 */
bool lvn_pending_expire_locked(struct event_base *base) REQUIRES(base->lock);

/* Whether a deadline has come.  Also true while the timers need another turn to find out. */
bool lvn_pending_is_timer_due_locked(struct event_base *base) REQUIRES(base->lock);

/* EV_ bits for which the event is pending or active. */
short lvn_pending_bits(struct event *ev);

#endif
