/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backend on a simulated world: time moves when there is nothing to report, and waiting
 * takes none.
 */
#ifndef LVN_SIM_SIM_BACKEND_H
#define LVN_SIM_SIM_BACKEND_H

#include "loop/backend.h"

extern const struct backend_ops lvn_backend_sim;

#endif
