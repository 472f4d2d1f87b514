/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/backends.h"

#include <event2/event.h>
#include <event2/thread.h>
#include <levin/sim.h>
#include <string.h>

static const char *const methods[] = {"epoll", "poll", "select", "sim"};

/* Without libevent_pthreads there are no locks to switch on. */
#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
enum { WITH_THREADS = 2 };
#else
enum { WITH_THREADS = 1 };
#define evthread_use_pthreads() (-1)
#endif

enum {
	METHODS_COUNT = sizeof(methods) / sizeof(methods[0]),
	SWITCHES_COUNT = 2 * WITH_THREADS,
};

static bool
is_supported(const char *method)
{
	const char **supported = event_get_supported_methods();

	for (int i = 0; supported[i]; i++) {
		if (strcmp(supported[i], method) == 0)
			return true;
	}
	return strcmp(method, "sim") == 0;
}

/* The list, made at the first call: by method, then without and with threads, then debug. */
static const struct backend_under_test *
all_backends(int *count_out)
{
	static struct backend_under_test all[METHODS_COUNT * SWITCHES_COUNT];
	static int count;

	*count_out = count;
	if (count > 0)
		return all;
	for (int i = 0; i < METHODS_COUNT; i++) {
		struct backend_under_test *first = &all[count];

		if (!is_supported(methods[i]))
			continue;
		for (int j = 0; j < SWITCHES_COUNT; j++) {
			first[j] = (struct backend_under_test){
			    .method = methods[i],
			    .threads = j % WITH_THREADS,
			    .debug_mode = j / WITH_THREADS,
			};
		}
		count += SWITCHES_COUNT;
	}
	*count_out = count;
	return all;
}

int
backends_and_sim_count(void)
{
	int count;

	all_backends(&count);
	return count;
}

int
backends_under_test_count(void)
{
	return backends_and_sim_count() - SWITCHES_COUNT;
}

bool
backend_is_simulated(const struct backend_under_test *backend)
{
	return strcmp(backend->method, "sim") == 0;
}

struct levin_sim *
simulation_under_test(void)
{
	static struct levin_sim *sim;

	if (!sim)
		sim = levin_sim_new(1, NULL);
	ck_assert_ptr_nonnull(sim);
	return sim;
}

const struct backend_under_test *
backend_under_test(int i)
{
	int count;
	const struct backend_under_test *all = all_backends(&count);

	ck_assert_int_ge(i, 0);
	ck_assert_int_lt(i, count);
	return &all[i];
}

void
backend_prepare_process(const struct backend_under_test *backend)
{
	static bool done;

	if (done)
		return;
	done = true;
	if (backend->debug_mode)
		event_enable_debug_mode();
	if (backend->threads)
		ck_assert_int_eq(evthread_use_pthreads(), 0);
}

struct event_config *
config_on(const struct backend_under_test *backend)
{
	const char **supported = event_get_supported_methods();
	struct event_config *config;

	backend_prepare_process(backend);
	config = event_config_new();
	ck_assert_ptr_nonnull(config);
	for (int i = 0; supported[i]; i++) {
		if (strcmp(supported[i], backend->method) != 0)
			ck_assert_int_eq(event_config_avoid_method(config, supported[i]), 0);
	}
	return config;
}

struct event_base *
base_on(const struct backend_under_test *backend)
{
	return base_from(backend, config_on(backend));
}

struct event_base *
base_from(const struct backend_under_test *backend, struct event_config *config)
{
	struct event_base *base = backend_is_simulated(backend)
				      ? levin_sim_base_new(simulation_under_test(), config)
				      : event_base_new_with_config(config);

	event_config_free(config);
	ck_assert_ptr_nonnull(base);
	ck_assert_str_eq(event_base_get_method(base), backend->method);
	return base;
}
