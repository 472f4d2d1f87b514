/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A function that libevent exports without declaring it publicly.
 */
#ifndef LVN_LOOP_EVENT_GLOBAL_H
#define LVN_LOOP_EVENT_GLOBAL_H

#include "base/compiler.h"

/* Ends debug mode and frees what it knows.  No event may be in use. */
LVN_EXPORT void event_disable_debug_mode(void);

#endif
