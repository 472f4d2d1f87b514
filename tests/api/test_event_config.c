/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Choosing a base: methods, features, flags and the environment.
 */
#include <event2/event.h>
#include <levin/version.h>
#include <stdlib.h>
#include <string.h>

#include "base/platform.h"
#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

static struct event_config *
new_config(void)
{
	struct event_config *config = event_config_new();

	ck_assert_ptr_nonnull(config);
	return config;
}

/* The method of a base from this configuration, which is freed; NULL if there is no base. */
static const char *
method_of(struct event_config *config)
{
	struct event_base *base = event_base_new_with_config(config);
	const char *method = base ? event_base_get_method(base) : NULL;

	if (base)
		event_base_free(base);
	event_config_free(config);
	return method;
}

TEST_IF(LVN_HAVE_EPOLL, event_config__methods_are_named_best_first)
{
	static const char *const expected[] = {"epoll", "poll", "select", NULL};
	const char **methods = event_get_supported_methods();

	for (int i = 0; i < 4; i++)
		ck_assert_pstr_eq(methods[i], expected[i]);
	ck_assert_ptr_null(event_base_get_method(NULL));
}

TEST_IF(LVN_HAVE_EPOLL, event_config__best_method_that_is_not_avoided_is_taken)
{
	struct event_config *config;

	ck_assert_str_eq(method_of(NULL), "epoll");
	ck_assert_str_eq(method_of(new_config()), "epoll");
	config = new_config();
	ck_assert_int_eq(event_config_avoid_method(config, "epoll"), 0);
	ck_assert_str_eq(method_of(config), "poll");
	config = new_config();
	event_config_avoid_method(config, "EPOLL");
	event_config_avoid_method(config, "kqueue");
	event_config_avoid_method(config, "poll");
	ck_assert_str_eq(method_of(config), "epoll");
	ck_assert_int_eq(event_config_avoid_method(config = new_config(), NULL), -1);
	event_config_free(config);
	event_config_free(NULL);
}

TEST(event_config__base_without_a_method_is_none)
{
	struct event_config *config = new_config();

	event_config_avoid_method(config, "epoll");
	event_config_avoid_method(config, "poll");
	event_config_avoid_method(config, "select");
	keep_log();

	ck_assert_ptr_null(method_of(config));

	ck_assert(was_logged("event_base_new_with_config: no event mechanism available"));
}

TEST_IF(LVN_HAVE_EPOLL, event_config__required_features_choose_the_method)
{
	static const struct {
		int features;
		const char *method;
	} choices[] = {
	    {0, "epoll"},
	    {EV_FEATURE_ET, "epoll"},
	    {EV_FEATURE_ET | EV_FEATURE_O1, "epoll"},
	    {EV_FEATURE_FDS, "poll"},
	    {EV_FEATURE_FDS | EV_FEATURE_EARLY_CLOSE, "poll"},
	    {EV_FEATURE_FDS | EV_FEATURE_ET, NULL},
	};

	keep_log();
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct event_config *config = new_config();

		ck_assert_int_eq(event_config_require_features(config, EV_FEATURE_FDS), 0);
		ck_assert_int_eq(event_config_require_features(config, choices[i].features), 0);
		ck_assert_pstr_eq(method_of(config), choices[i].method);
	}
}

TEST_RANGE(
    event_base_get_features__of_each_backend, 0, LVN_HAVE_EPOLL ? backends_under_test_count() : 0)
{
	const struct backend_under_test *backend = backend_under_test(_i);
	struct event_base *base = base_on(backend);
	int expected = EV_FEATURE_FDS;

	if (strcmp(backend->method, "epoll") == 0)
		expected = EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE;
	else if (strcmp(backend->method, "poll") == 0)
		expected |= EV_FEATURE_EARLY_CLOSE;
	ck_assert_int_eq(event_base_get_features(base), expected);
	event_base_free(base);
}

TEST(event_config__missing_configuration_is_refused)
{
	ck_assert_int_eq(event_config_require_features(NULL, 0), -1);
	ck_assert_int_eq(event_config_set_flag(NULL, 0), -1);
	ck_assert_int_eq(event_config_set_num_cpus_hint(NULL, 4), -1);
	ck_assert_int_eq(event_config_set_max_dispatch_interval(NULL, NULL, 1, 1), -1);
}

TEST_IF(LVN_HAVE_EPOLL, event_config__flags_and_hints_are_accepted)
{
	struct event_config *config = new_config();

	ck_assert_int_eq(event_config_set_flag(config, 0x7fff0000), 0);
	ck_assert_int_eq(event_config_set_num_cpus_hint(config, 8), 0);
	ck_assert_int_eq(event_config_set_max_dispatch_interval(config, MS(5), 7, 1), 0);
	ck_assert_str_eq(method_of(config), "epoll");
}

TEST_IF(LVN_HAVE_EPOLL, event_config__changelist_shows_in_the_name)
{
	struct event_config *config = new_config();

	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	ck_assert_str_eq(method_of(config), "epoll (with changelist)");
	config = new_config();
	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	event_config_avoid_method(config, "epoll");
	ck_assert_str_eq(method_of(config), "poll");
}

/* ---- The environment ---- */

TEST_IF(LVN_HAVE_EPOLL, event_config__environment_forbids_methods_by_any_value)
{
	setenv("EVENT_NOEPOLL", "", 1);
	ck_assert_str_eq(method_of(NULL), "poll");
	setenv("EVENT_NOPOLL", "0", 1);
	ck_assert_str_eq(method_of(new_config()), "select");
	setenv("EVENT_NOSELECT", "1", 1);
	keep_log();
	ck_assert_ptr_null(method_of(NULL));
	unsetenv("EVENT_NOEPOLL");
	setenv("event_noepoll", "1", 1);
	ck_assert_str_eq(method_of(NULL), "epoll");
}

TEST_IF(LVN_HAVE_EPOLL, event_config__environment_may_be_ignored)
{
	struct event_config *config = new_config();

	setenv("EVENT_NOEPOLL", "1", 1);
	setenv("EVENT_EPOLL_USE_CHANGELIST", "1", 1);
	event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);

	ck_assert_str_eq(method_of(config), "epoll");
}

TEST_IF(LVN_HAVE_EPOLL, event_config__environment_sets_flags)
{
	struct event_base *base;

	setenv("EVENT_EPOLL_USE_CHANGELIST", "1", 1);
	setenv("EVENT_USE_SIGNALFD", "1", 1);
	setenv("EVENT_PRECISE_TIMER", "1", 1);
	base = event_base_new();

	ck_assert_str_eq(event_base_get_method(base), "epoll (with changelist)");
	ck_assert_str_eq(event_base_get_signal_method(base), "signalfd_signal");
	event_base_free(base);
}

static char shown[64];

static void
keep_message(int severity, const char *text)
{
	if (severity == EVENT_LOG_MSG)
		evutil_snprintf(shown, sizeof(shown), "%s", text);
}

TEST_IF(LVN_HAVE_EPOLL, event_config__method_is_shown_on_request)
{
	struct event_config *config = new_config();

	setenv("EVENT_SHOW_METHOD", "1", 1);
	event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
	event_set_log_callback(keep_message);

	ck_assert_str_eq(method_of(config), "epoll");

	ck_assert_str_eq(shown, "libevent using: epoll");
}

/* ---- Fine timers ---- */

TEST(event_config__precise_base_does_not_round_to_milliseconds)
{
	static const int flags[] = {EVENT_BASE_FLAG_PRECISE_TIMER,
	    EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_EPOLL_DISALLOW_TIMERFD};
	struct timeval span = {0, 300}, before, after;
	int least_us = 1000000;

	for (int i = 0; i < 2; i++) {
		struct event_config *config = new_config();
		struct event_base *base;

		event_config_set_flag(config, flags[i]);
		base = event_base_new_with_config(config);
		event_config_free(config);
		/* The shortest of many: the machine may be busy. */
		for (int n = 0; n < 20; n++) {
			event_gettime_monotonic(base, &before);
			event_base_once(base, -1, EV_TIMEOUT, break_loop, base, &span);
			event_base_dispatch(base);
			event_gettime_monotonic(base, &after);
			evutil_timersub(&after, &before, &after);
			ck_assert_int_ge(after.tv_sec * 1000000 + after.tv_usec, 300);
			if (after.tv_sec == 0 && after.tv_usec < least_us)
				least_us = (int)after.tv_usec;
		}
		event_base_free(base);
	}
	ck_assert_int_lt(least_us, 1000000);
}

/* ---- Versions ---- */

TEST(event_config__versions_of_library_and_headers_agree)
{
	ck_assert_str_eq(event_get_version(), LIBEVENT_VERSION);
	ck_assert_uint_eq(event_get_version_number(), LIBEVENT_VERSION_NUMBER);
	ck_assert_str_eq(event_get_version(), "2.1.12-stable");
	ck_assert_uint_eq(event_get_version_number(), 0x02010c00);
	ck_assert_str_eq(levin_version(), LEVIN_VERSION);
	ck_assert_uint_eq(levin_version_number(), LEVIN_VERSION_NUMBER);
}
