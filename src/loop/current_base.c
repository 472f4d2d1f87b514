/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/current_base.h"

#include <stddef.h>

struct event_base *lvn_current_base;
