/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where log lines, fatal errors and memory go, and the log functions that generated code
 * and old programs call.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/loop_kit.h"
#include "support/suite.h"

/* Declared by no header, but exported. */
void event_err(int eval, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
void event_errx(int eval, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
void event_sock_err(int eval, evutil_socket_t sock, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
void event_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void event_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void event_msgx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void event_sock_warn(evutil_socket_t sock, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static char line[2048];
static int line_severity;

static void
keep_line(int severity, const char *text)
{
	line_severity = severity;
	evutil_snprintf(line, sizeof(line), "%s", text);
}

static void
expect_line(int severity, const char *text)
{
	ck_assert_str_eq(line, text);
	ck_assert_int_eq(line_severity, severity);
	line[0] = '\0';
}

/* ---- Log lines ---- */

TEST(event_set_log_callback__receives_lines)
{
	event_set_log_callback(keep_line);

	event_warnx("%d and %s", 7, "eight");
	expect_line(EVENT_LOG_WARN, "7 and eight");
	event_msgx("a message");
	expect_line(EVENT_LOG_MSG, "a message");
	errno = ENOENT;
	event_warn("opening %s", "it");
	expect_line(EVENT_LOG_WARN, "opening it: No such file or directory");
	ck_assert_int_eq(errno, ENOENT);
	errno = EPIPE;
	event_sock_warn(3, "writing");
	expect_line(EVENT_LOG_WARN, "writing: Broken pipe");
}

TEST(event_set_log_callback__long_line_is_cut)
{
	char text[3000];

	event_set_log_callback(keep_line);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';

	event_warnx("%s", text);

	ck_assert_uint_ge(strlen(line), 500);
	ck_assert_uint_lt(strlen(line), sizeof(text) - 1);
	ck_assert_int_eq(line[strlen(line) - 1], 'x');
	errno = EPIPE;
	event_warn("%s", text);
	ck_assert_int_eq(line[0], 'x');
}

/* What a function writes to standard error. */
static const char *
stderr_of(void (*fn)(void))
{
	static char text[512];
	int ends[2];
	int saved = dup(STDERR_FILENO);
	ssize_t size;

	ck_assert_int_eq(pipe(ends), 0);
	fflush(stderr);
	dup2(ends[1], STDERR_FILENO);
	fn();
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	size = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	text[size < 0 ? 0 : size] = '\0';
	return text;
}

static void
log_each_kind(void)
{
	event_warnx("one");
	event_msgx("two");
}

TEST(event_set_log_callback__null_writes_to_stderr)
{
	ck_assert_str_eq(stderr_of(log_each_kind), "[warn] one\n[msg] two\n");
	event_set_log_callback(keep_line);
	ck_assert_str_eq(stderr_of(log_each_kind), "");
	event_set_log_callback(NULL);
	ck_assert_str_eq(stderr_of(log_each_kind), "[warn] one\n[msg] two\n");
}

/* ---- The end of the process ---- */

static void
leave_with_41(int code)
{
	_exit(code == 17 && strcmp(line, "fatal 5") == 0 ? 41 : 42);
}

static void
do_nothing(int code)
{
	(void)code;
}

enum way { BY_EXIT, BY_CALLBACK, CALLBACK_RETURNS, BY_ERRNO, BY_SOCKET };

static void
end_by(enum way way)
{
	event_set_log_callback(keep_line);
	if (way == BY_CALLBACK)
		event_set_fatal_callback(leave_with_41);
	if (way == CALLBACK_RETURNS)
		event_set_fatal_callback(do_nothing);
	errno = EPERM;
	if (way == BY_ERRNO)
		event_err(17, "fatal %d", 5);
	if (way == BY_SOCKET)
		event_sock_err(17, 3, "fatal %d", 5);
	event_errx(17, "fatal %d", 5);
}

TEST(event_set_fatal_callback__fatal_error_ends_the_process)
{
	static const int statuses[] = {17, 41, 17, 17, 17};
	pid_t child;
	int status;

	for (int way = BY_EXIT; way <= BY_SOCKET; way++) {
		child = fork();
		ck_assert_int_ge(child, 0);
		if (child == 0)
			end_by(way);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), statuses[way]);
	}
}

/* ---- Memory ---- */

static int blocks;
static int calls_until_failure = -1;

static bool
may_have_memory(void)
{
	return calls_until_failure < 0 || calls_until_failure-- > 0;
}

static void *
count_alloc(size_t size)
{
	void *block = may_have_memory() ? malloc(size) : NULL;

	blocks += block != NULL;
	return block;
}

static void *
count_realloc(void *block, size_t size)
{
	void *grown = may_have_memory() ? realloc(block, size) : NULL;

	blocks += grown && !block;
	return grown;
}

static void
count_free(void *block)
{
	blocks -= block != NULL;
	free(block);
}

static struct seen seen;

/* A little of everything that allocates.  False if something was refused. */
static bool
use_the_library(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;
	struct event *ev = NULL;
	bool worked = false;

	if (config && event_config_avoid_method(config, "poll") == 0)
		base = event_base_new_with_config(config);
	if (base)
		ev = event_new(base, 0, EV_READ, see, &seen);
	if (ev && event_base_priority_init(base, 3) == 0 &&
	    event_base_init_common_timeout(base, MS(5)) && event_add(ev, MS(1000)) == 0 &&
	    event_base_once(base, -1, EV_TIMEOUT, see, &seen, MS(0)) == 0 &&
	    event_base_loop(base, EVLOOP_NONBLOCK) >= 0)
		worked = true;
	if (ev)
		event_free(ev);
	if (base)
		event_base_free(base);
	event_config_free(config);
	return worked;
}

TEST(event_set_mem_functions__all_memory_comes_from_them)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], 0), 0);
	event_set_mem_functions(count_alloc, count_realloc, count_free);

	ck_assert(use_the_library());

	ck_assert_int_eq(blocks, 0);
	ck_assert_int_eq(seen.calls, 1);
	close(ends[0]);
	close(ends[1]);
}

TEST(event_set_mem_functions__each_allocation_fails_once)
{
	int ends[2], failures = 0;

	keep_log();
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], 0), 0);
	event_set_mem_functions(count_alloc, count_realloc, count_free);
	for (int i = 0;; i++) {
		bool worked;

		calls_until_failure = i;
		worked = use_the_library();
		ck_assert_int_eq(blocks, 0);
		if (calls_until_failure >= 0 && worked)
			break;
		failures += !worked;
		ck_assert_int_lt(i, 100);
	}
	ck_assert_int_ge(failures, 8);
	close(ends[0]);
	close(ends[1]);
}
