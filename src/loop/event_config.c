/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * API: event_config_*.
 */
#include <event2/event.h>
#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "loop/base.h"

struct event_config *
event_config_new(void)
{
	struct event_config *cfg = lvn_calloc(1, sizeof(*cfg));

	if (!cfg)
		return NULL;
	cfg->limit.interval_ns = INT64_MAX;
	cfg->limit.callbacks = INT_MAX;
	cfg->limit.from_priority = 1;
	return cfg;
}

void
event_config_free(struct event_config *cfg)
{
	if (!cfg)
		return;
	for (size_t i = 0; i < cfg->avoided_count; i++)
		lvn_free(cfg->avoided[i]);
	lvn_free(cfg->avoided);
	lvn_free(cfg);
}

bool
lvn_event_config_avoids(const struct event_config *config, const char *method)
{
	for (size_t i = 0; i < config->avoided_count; i++)
		if (strcmp(config->avoided[i], method) == 0)
			return true;
	return false;
}

int
event_config_avoid_method(struct event_config *cfg, const char *method)
{
	char *name;
	char **avoided;

	if (!method)
		return -1;
	name = lvn_strdup(method);
	if (!name)
		return -1;
	avoided = lvn_realloc(cfg->avoided, (cfg->avoided_count + 1) * sizeof(*avoided));
	if (!avoided) {
		lvn_free(name);
		return -1;
	}
	cfg->avoided = avoided;
	cfg->avoided[cfg->avoided_count++] = name;
	return 0;
}

int
event_config_require_features(struct event_config *cfg, int feature)
{
	if (!cfg)
		return -1;
	cfg->required = (unsigned)feature;
	return 0;
}

int
event_config_set_flag(struct event_config *cfg, int flag)
{
	if (!cfg)
		return -1;
	cfg->flags |= (unsigned)flag;
	return 0;
}

int
event_config_set_num_cpus_hint(struct event_config *cfg, int cpus)
{
	(void)cpus;
	return cfg ? 0 : -1;
}

int
event_config_set_max_dispatch_interval(struct event_config *cfg, const struct timeval *max_interval,
    int max_callbacks, int min_priority)
{
	if (!cfg)
		return -1;
	cfg->limit.interval_ns = max_interval ? lvn_ns_from_timeval(max_interval) : INT64_MAX;
	cfg->limit.callbacks = max_callbacks >= 0 ? max_callbacks : INT_MAX;
	cfg->limit.from_priority = min_priority < 0 ? 0 : min_priority;
	return 0;
}
