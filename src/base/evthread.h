/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions about locks that libevent exports without declaring them publicly.
 */
#ifndef LVN_BASE_EVTHREAD_H
#define LVN_BASE_EVTHREAD_H

#include <event2/thread.h>

#include "base/compiler.h"

/* The application's functions, also while lock debugging stands in front of them. */
LVN_EXPORT struct evthread_lock_callbacks *evthread_get_lock_callbacks(void);
LVN_EXPORT struct evthread_condition_callbacks *evthread_get_condition_callbacks(void);

#endif
