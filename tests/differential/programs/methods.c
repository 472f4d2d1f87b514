/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods, features, configurations and the environment. */
#include "kit.h"

static void
show(const char *name, struct event_base *base)
{
	if (!base) {
		say("%s: no base", name);
		return;
	}
	say("%s: %s, features %x", name, event_base_get_method(base),
	    (unsigned)event_base_get_features(base));
	event_base_free(base);
}

static void
with_env(const char *variable, const char *value, int flags)
{
	struct event_config *config = event_config_new();
	char name[80];

	setenv(variable, value, 1);
	snprintf(name, sizeof(name), "%s=%s flags %x", variable, value, (unsigned)flags);
	say("set_flag = %d", event_config_set_flag(config, flags));
	show(name, event_base_new_with_config(config));
	unsetenv(variable);
	event_config_free(config);
}

int
main(void)
{
	static const char *const names[] = {
	    "epoll", "poll", "select", "kqueue", "EPOLL", "", "nonsense"};
	const char **supported = event_get_supported_methods();
	struct event_config *config;

	for (int i = 0; supported[i]; i++)
		say("supported: %s", supported[i]);
	show("default", event_base_new());
	show("NULL config", event_base_new_with_config(NULL));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		config = event_config_new();
		say("avoid %s = %d", names[i], event_config_avoid_method(config, names[i]));
		show(names[i], event_base_new_with_config(config));
		event_config_free(config);
	}
	config = event_config_new();
	for (int i = 0; i < 3; i++) {
		say("avoid %s = %d", names[i], event_config_avoid_method(config, names[i]));
		show("so far", event_base_new_with_config(config));
	}
	event_config_free(config);
	for (int feature = 0; feature < 16; feature++) {
		char name[40];

		config = event_config_new();
		snprintf(name, sizeof(name), "require %x", (unsigned)feature);
		say("%s = %d", name, event_config_require_features(config, feature));
		show(name, event_base_new_with_config(config));
		event_config_free(config);
	}
	config = event_config_new();
	event_config_require_features(config, EV_FEATURE_FDS);
	event_config_require_features(config, 0);
	show("the last requirement counts", event_base_new_with_config(config));
	say("flag 0x1000 = %d, -1 = %d", event_config_set_flag(config, 0x1000),
	    event_config_set_flag(config, -1));
	say("flag on NULL = %d", event_config_set_flag(NULL, 1));
	say("require on NULL = %d", event_config_require_features(NULL, 1));
	say("cpus on NULL = %d", event_config_set_num_cpus_hint(NULL, 1));
	say("cpus = %d, -3 = %d", event_config_set_num_cpus_hint(config, 4),
	    event_config_set_num_cpus_hint(config, -3));
	event_config_free(config);
	with_env("EVENT_NOEPOLL", "1", 0);
	with_env("EVENT_NOEPOLL", "", 0);
	with_env("EVENT_NOEPOLL", "0", 0);
	with_env("EVENT_NOEPOLL", "1", EVENT_BASE_FLAG_IGNORE_ENV);
	with_env("EVENT_NOPOLL", "1", 0);
	with_env("EVENT_NOSELECT", "1", 0);
	with_env("event_noepoll", "1", 0);
	with_env("EVENT_SHOW_METHOD", "1", 0);
	with_env("EVENT_SHOW_METHOD", "1", EVENT_BASE_FLAG_IGNORE_ENV);
	with_env("EVENT_EPOLL_USE_CHANGELIST", "1", 0);
	with_env("EVENT_PRECISE_TIMER", "1", 0);
	with_env("X", "1", EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	with_env("X", "1", EVENT_BASE_FLAG_PRECISE_TIMER);
	with_env("X", "1", EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_NO_CACHE_TIME);
	with_env("X", "1", EVENT_BASE_FLAG_STARTUP_IOCP);
	setenv("EVENT_NOEPOLL", "1", 1);
	setenv("EVENT_NOPOLL", "1", 1);
	setenv("EVENT_NOSELECT", "1", 1);
	show("none left", event_base_new());
	return 0;
}
