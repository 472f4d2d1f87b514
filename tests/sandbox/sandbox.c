/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: sandbox DOCUMENT BACKEND
 * For each phase of docs/sandboxing.md a child works under a filter that lets it make the
 * system calls of the rows "always" and of the phase, and ends it for any other.
 */
#include <event2/event.h>
#include <event2/thread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/phases.h"
#include "support/deny.h"

#define CALL(name)                \
	{                         \
#name, SYS_##name \
	}

static const struct {
	const char *name;
	int number;
} calls[] = {CALL(accept4), CALL(bind), CALL(brk), CALL(clock_gettime), CALL(close), CALL(connect),
    CALL(dup), CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_pwait), CALL(epoll_pwait2),
    CALL(epoll_wait), CALL(eventfd2), CALL(exit_group), CALL(exit), CALL(fcntl), CALL(fstat),
    CALL(newfstatat), CALL(futex), CALL(getpid), CALL(gettid), CALL(getrandom), CALL(getsockname),
    CALL(getsockopt), CALL(kill), CALL(listen), CALL(lseek), CALL(madvise), CALL(mmap),
    CALL(mprotect), CALL(mremap), CALL(munmap), CALL(pipe2), CALL(poll), CALL(ppoll), CALL(pread64),
    CALL(preadv), CALL(prlimit64), CALL(pselect6), CALL(read), CALL(readv), CALL(recvmsg),
    CALL(recvfrom), CALL(rt_sigaction), CALL(rt_sigpending), CALL(rt_sigprocmask),
    CALL(rt_sigreturn), CALL(rseq), CALL(select), CALL(sendfile), CALL(sendmsg), CALL(sendto),
    CALL(set_robust_list), CALL(setsockopt), CALL(shutdown), CALL(signalfd4), CALL(socket),
    CALL(write), CALL(writev)};

#define CALLS ((int)(sizeof(calls) / sizeof(calls[0])))

static bool allowed[CALLS];

void
must(int is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "sandbox: wrong: %s\n", what);
	_exit(1);
}

/* ---- The document -------------------------------------------------------------------- */

static void
allow(const char *name, size_t size)
{
	for (int i = 0; i < CALLS; i++) {
		if (strlen(calls[i].name) != size || strncmp(calls[i].name, name, size) != 0)
			continue;
		allowed[i] = true;
		return;
	}
	fprintf(stderr, "sandbox: no such system call: %.*s\n", (int)size, name);
	exit(1);
}

/* Each name between back quotes. */
static void
allow_all(const char *row)
{
	const char *begin, *end;

	while ((begin = strchr(row, '`')) != NULL && (end = strchr(begin + 1, '`')) != NULL) {
		allow(begin + 1, (size_t)(end - begin - 1));
		row = end + 1;
	}
}

/* Rows of a table: "| phase | calls |". */
static void
read_row(const char *document, const char *phase)
{
	char line[2048], start[64];
	FILE *file = fopen(document, "r");
	bool found = false;

	must(file != NULL, document);
	snprintf(start, sizeof(start), "| %s |", phase);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, start, strlen(start)) != 0)
			continue;
		allow_all(line + strlen(start));
		found = true;
	}
	fclose(file);
	must(found, phase);
}

/* ---- The filter ---------------------------------------------------------------------- */

static void
report_call(int signo, siginfo_t *info, void *context)
{
	char line[80];
	const char *name = "another system call";
	int size;

	(void)signo;
	(void)context;
	for (int i = 0; i < CALLS; i++)
		if (calls[i].number == info->si_syscall)
			name = calls[i].name;
	size = snprintf(line, sizeof(line), "sandbox: %s, number %d\n", name, info->si_syscall);
	(void)!write(STDERR_FILENO, line, (size_t)size);
	_exit(3);
}

static void
enter_sandbox(void)
{
	static struct sock_filter steps[2 * CALLS + 2];
	struct sigaction on_other = {.sa_sigaction = report_call, .sa_flags = SA_SIGINFO};
	size_t count = 0;

	sigaction(SIGSYS, &on_other, NULL);
	steps[count++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (int i = 0; i < CALLS; i++) {
		if (!allowed[i])
			continue;
		steps[count++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, 0, 1);
		steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
	if (!deny_by(steps, count))
		_exit(77); /* no filters here */
}

static struct event_config *
config_for(const char *backend)
{
	static const char *const all[] = {"epoll", "poll", "select"};
	struct event_config *config = event_config_new();

	for (int i = 0; i < 3; i++)
		if (strcmp(all[i], backend) != 0)
			event_config_avoid_method(config, all[i]);
	return config;
}

static int
run_phase(const struct phase *phase, const char *document, const char *backend)
{
	int status;
	pid_t child = fork();

	must(child >= 0, "fork");
	if (child == 0) {
		alarm(30);
		read_row(document, "always");
		read_row(document, phase->name);
		must(evthread_use_pthreads() == 0, "evthread_use_pthreads");
		phase->run(config_for(backend), enter_sandbox);
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child, "waitpid");
	if (status != 0)
		fprintf(stderr, "sandbox: %s on %s: status %#x\n", phase->name, backend, status);
	return WIFEXITED(status) && WEXITSTATUS(status) == 77 ? 0 : status;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: %s DOCUMENT BACKEND\n", argv[0]);
		return 2;
	}
	for (const struct phase *phase = phases; phase->name; phase++)
		failed |= run_phase(phase, argv[1], argv[2]);
	return failed != 0;
}
