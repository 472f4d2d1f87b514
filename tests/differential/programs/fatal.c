/* SPDX-License-Identifier: BSD-3-Clause */
/* Log and fatal callbacks, and what happens without them. */
#include "kit.h"

static void
on_fatal(int code)
{
	say("fatal callback: %d", code);
	exit(33);
}

/* Which debug lines there are is the library's own affair. */
static void
note_unless_debug(int severity, const char *text)
{
	if (severity != EVENT_LOG_DEBUG)
		kit_log(severity, text);
}

static void
plain_warning(void)
{
	event_set_log_callback(NULL);
	dup2(1, 2);
	event_base_loopbreak(NULL);
	event_del(&(struct event){.ev_fd = -1});
}
static void
plain_fatal(void)
{
	event_set_log_callback(NULL);
	dup2(1, 2);
	event_enable_debug_mode();
	event_enable_debug_mode();
}
static void
fatal_callback(void)
{
	event_set_fatal_callback(on_fatal);
	event_enable_debug_mode();
	event_enable_debug_mode();
}
static void
debug_mode_late(void)
{
	event_set_fatal_callback(on_fatal);
	event_base_new();
	event_enable_debug_mode();
}
static void
debug_logging(void)
{
	event_set_log_callback(note_unless_debug);
	event_enable_debug_logging(EVENT_DBG_ALL);
	event_base_free(event_base_new());
	event_enable_debug_logging(EVENT_DBG_NONE);
	say("logged nothing or debug lines");
}

int
main(void)
{
	static void (*const cases[])(void) = {
	    plain_warning, plain_fatal, fatal_callback, debug_mode_late, debug_logging};
	static const char *const names[] = {"warning without callback", "fatal without callback",
	    "fatal with callback", "debug mode after a base was made", "debug logging"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status;
		pid_t pid;

		say("-- %s", names[i]);
		pid = fork();
		if (pid == 0) {
			cases[i]();
			exit(0);
		}
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			say("killed by %s", strsignal(WTERMSIG(status)));
		else
			say("status %d", WEXITSTATUS(status));
	}
	return 0;
}
