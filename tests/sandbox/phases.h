/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program does with the library, phase by phase.  Each phase prepares what it needs,
 * calls enter_sandbox, and works.
 */
#ifndef LEVIN_TESTS_SANDBOX_PHASES_H
#define LEVIN_TESTS_SANDBOX_PHASES_H

struct event_config;

struct phase {
	const char *name; /* as in docs/sandboxing.md */
	void (*run)(const struct event_config *config, void (*enter_sandbox)(void));
};

/* Ends with a phase without a name. */
extern const struct phase phases[];

/* Ends the process. */
void must(int is_right, const char *what);

#endif
