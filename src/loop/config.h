/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What event_config_* collects for a base that is to be made.
 */
#ifndef LVN_LOOP_CONFIG_H
#define LVN_LOOP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "loop/base.h"

struct event_config {
	char **avoided; /* names of methods */
	size_t avoided_count;
	unsigned required; /* EV_FEATURE_ */
	unsigned flags;    /* EVENT_BASE_FLAG_ */
	int cpus_hint;
	struct dispatch_limit limit;
};

bool lvn_event_config_avoids(const struct event_config *config, const char *method);

#endif
