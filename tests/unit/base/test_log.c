/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/log.h"
#include "support/suite.h"

static char line[2048];
static int severity_of_line;

static void
keep_line(int severity, const char *text)
{
	severity_of_line = severity;
	snprintf(line, sizeof(line), "%s", text);
	errno = EDOM;
}

TEST(lvn_log_warn__has_a_severity_and_keeps_errno)
{
	lvn_log_set_callback(keep_line);
	errno = EPERM;
	lvn_log_warn("a %d", 1);
	ck_assert_str_eq(line, "a 1: Operation not permitted");
	ck_assert_int_eq(severity_of_line, EVENT_LOG_WARN);
	ck_assert_int_eq(errno, EPERM);
	lvn_log_warnx("b");
	ck_assert_str_eq(line, "b");
	ck_assert_int_eq(severity_of_line, EVENT_LOG_WARN);
	lvn_log_msg("c %s", "d");
	ck_assert_str_eq(line, "c d");
	ck_assert_int_eq(severity_of_line, EVENT_LOG_MSG);
	ck_assert_int_eq(errno, EPERM);
}

TEST(lvn_log_debug__only_if_switched_on)
{
	lvn_log_set_callback(keep_line);
	lvn_log_debug("not this");
	ck_assert_str_eq(line, "");
	event_enable_debug_logging(EVENT_DBG_ALL);
	lvn_log_debug("but %s", "this");
	ck_assert_str_eq(line, "but this");
	ck_assert_int_eq(severity_of_line, EVENT_LOG_DEBUG);
	event_enable_debug_logging(EVENT_DBG_NONE);
	lvn_log_debug("not this");
	ck_assert_str_eq(line, "but this");
}

TEST(lvn_log_line__reason_alone)
{
	va_list none;

	lvn_log_set_callback(keep_line);
	memset(&none, 0, sizeof(none));
	lvn_log_line(EVENT_LOG_WARN, "why", NULL, none);
	ck_assert_str_eq(line, ": why");
}

TEST(lvn_log_line__cuts_the_reason)
{
	char text[1022];

	lvn_log_set_callback(keep_line);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	errno = EPERM;
	lvn_log_warn("%s", text);
	ck_assert_str_eq(line, text);
	lvn_log_warn("%s", text + 10);
	ck_assert_int_eq(strncmp(line, text + 10, strlen(text + 10)), 0);
	ck_assert_uint_eq(strlen(line), 1023);
}

static void
write_every_severity(void)
{
	lvn_log_msg("m");
	lvn_log_warnx("w");
	lvn_log_debug_line("d");
}

TEST(lvn_log_warn__stderr_names_the_severity)
{
	char text[128] = "";
	int ends[2];
	pid_t child;
	int status;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		write_every_severity();
		lvn_log_fatal(3, "e");
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	close(ends[1]);
	ck_assert_int_gt(read(ends[0], text, sizeof(text) - 1), 0);
	close(ends[0]);

	ck_assert_str_eq(text, "[msg] m\n[warn] w\n[debug] d\n[err] e\n");
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
}

static void
leave_if_right(int code)
{
	_exit(code == LVN_LOG_CODE_ABORT && strstr(line, "Assertion 1 == 2 failed in ") ? 5 : 6);
}

TEST(lvn_assert__failure_ends_the_process)
{
	for (int with_callback = 0; with_callback < 2; with_callback++) {
		pid_t child = fork();
		int status;

		ck_assert_int_ge(child, 0);
		if (child == 0) {
			lvn_log_set_callback(keep_line);
			if (with_callback)
				lvn_log_set_fatal_callback(leave_if_right);
			LVN_ASSERT(1 == 1);
			LVN_ASSERT(1 == 2);
			_exit(0);
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		if (with_callback)
			ck_assert_int_eq(WEXITSTATUS(status), 5);
		else
			ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}
