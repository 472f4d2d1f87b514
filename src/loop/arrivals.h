/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What has arrived for the loop and is not active yet: reports of the backend, and the
 * inbox that other threads fill.
 */
#ifndef LVN_LOOP_ARRIVALS_H
#define LVN_LOOP_ARRIVALS_H

#include "base/compiler.h"

struct event_base;

/* Activate the events of all reports that are left. */
void lvn_arrivals_activate_ready_locked(struct event_base *base);

/* The same, then what other threads asked for. */
void lvn_arrivals_activate_locked(struct event_base *base);

#endif
