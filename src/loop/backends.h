/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backends there are.
 */
#ifndef LVN_LOOP_BACKENDS_H
#define LVN_LOOP_BACKENDS_H

#include <stdbool.h>

#include "base/platform.h"
#include "loop/backend.h"

#if LVN_HAVE_EPOLL
extern const struct backend_ops lvn_backend_epoll;
#endif
extern const struct backend_ops lvn_backend_poll;
extern const struct backend_ops lvn_backend_select;
extern const struct backend_ops lvn_backend_sim;

/* Whether a wait of the simulated backend would find something without any time passing. */
bool lvn_sim_has_news(void *backend_state);

/* Those that a program may get, best first; NULL at the end.  The simulated is not among them. */
extern const struct backend_ops *const lvn_backends[];

/* Their names, best first; NULL at the end. */
extern const char *lvn_backend_names[];

#endif
