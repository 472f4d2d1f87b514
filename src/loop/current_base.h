/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The base that event_init made last, for the calls that name none.
 */
#ifndef LVN_LOOP_CURRENT_BASE_H
#define LVN_LOOP_CURRENT_BASE_H

#include "base/compiler.h"

struct event_base;

/* NULL if there is none.  Not synchronised. */
extern struct event_base *lvn_current_base;

#endif
