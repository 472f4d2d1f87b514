/* SPDX-License-Identifier: BSD-3-Clause */
#include "torture/torture.h"

#include <errno.h>
#include <levin/sim.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/descriptors.h"

/* No program makes more calls than that. */
#define CALLS_MAX 5000

static struct {
	unsigned long n;
	int flavour;
	atomic_bool excused;
} run;

/* ---- Judgement ---- */

void
torture_insist(bool condition, const char *text, int line)
{
	const char *injected = faults_injected();

	if (condition && !faults_hung())
		return;
	faults_disarm();
	ck_abort_msg("%s, line %d, when %s failed (call %lu, flavour %d): %s",
	    faults_hung() ? "the loop hung" : "not so", line, injected ? injected : "nothing",
	    run.n, run.flavour, text);
}

void
torture_excuse(const char *call)
{
	torture_insist(faults_injected() != NULL, call, __LINE__);
	torture_insist(!atomic_exchange(&run.excused, true), call, __LINE__);
}

/* ---- Runs ---- */

static void
be_quiet(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

/* True if a failure was injected. */
static bool
run_once(
    torture_program_fn *program, const struct configuration *configuration, enum fault_kind kind)
{
	static struct descriptor_set before, after;
	char text[256];
	long blocks = faults_live_blocks();

	descriptors_open_now(&before);
	atomic_store(&run.excused, false);
	faults_arm(kind, run.flavour, run.n);
	program(configuration);
	faults_disarm();
	torture_insist(faults_live_blocks() == blocks, "all memory is freed", __LINE__);
	descriptors_open_now(&after);
	if (descriptors_describe_new(&before, &after, text, sizeof(text)) > 0)
		torture_insist(false, text, __LINE__);
	return faults_injected() != NULL;
}

/* Returns the status of the child: 0 if a failure was injected, 1 if none was. */
static bool
run_in_child(
    torture_program_fn *program, const struct configuration *configuration, enum fault_kind kind)
{
	int status;
	pid_t child = check_fork();

	if (child == 0)
		_exit(run_once(program, configuration, kind) ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= 1,
	    "the child ended with status %x when call %lu failed (flavour %d)", status, run.n,
	    run.flavour);
	return WEXITSTATUS(status) == 0;
}

typedef bool one_run_fn(
    torture_program_fn *program, const struct configuration *configuration, enum fault_kind kind);

/* Everything that fails, with each kind of failure up to `last`. */
static void
run_all(torture_program_fn *program, const struct configuration *configuration, one_run_fn *one_run,
    enum fault_kind last)
{
	unsigned long total = 0;

	event_set_log_callback(be_quiet);
	for (int i = 0; i < 3 && configuration->without[i]; i++)
		faults_take_away(configuration->without[i], true);
	for (int kind = FAULT_IN_ALLOCATION; kind <= (int)last; kind++) {
		int flavours = kind == FAULT_IN_ALLOCATION ? 1 : FAULT_FLAVOURS;
		unsigned long injected = 0;

		for (run.flavour = 0; run.flavour < flavours; run.flavour++) {
			for (run.n = 1; one_run(program, configuration, (enum fault_kind)kind);
			     run.n++) {
				injected++;
				ck_assert_uint_lt(run.n, CALLS_MAX);
			}
		}
		total += injected;
		ck_assert(injected > 0 || kind != FAULT_IN_CONNECTION);
	}
	/* Texts need no system call, and a lookup may need no memory of ours. */
	ck_assert_uint_gt(total, 0);
}

static void
torture_up_to(
    torture_program_fn *program, const struct configuration *configuration, enum fault_kind last)
{
	faults_take_memory();
	backend_prepare_process(configuration->backend);
	/* What is kept for the rest of the process comes now. */
	event_set_log_callback(be_quiet);
	run.n = 0;
	faults_arm(FAULT_IN_CALL, 0, 0);
	program(configuration);
	faults_disarm();
	run_all(program, configuration, run_once, last);
	libevent_global_shutdown();
	if (backend_is_simulated(configuration->backend))
		levin_sim_free(simulation_under_test());
	ck_assert_int_eq(faults_live_blocks(), 0);
}

void
torture(torture_program_fn *program, const struct configuration *configuration)
{
	torture_up_to(program, configuration, FAULT_IN_CALL);
}

void
torture_connections(torture_program_fn *program, const struct configuration *configuration)
{
	torture_up_to(program, configuration, FAULT_IN_CONNECTION);
}

void
torture_in_children(torture_program_fn *program, const struct configuration *configuration)
{
	faults_take_memory();
	run_all(program, configuration, run_in_child, FAULT_IN_CALL);
}

/* ---- What programs need ---- */

struct event_base *
torture_base(const struct configuration *configuration)
{
	const char **supported = event_get_supported_methods();
	struct event_config *config;
	struct event_base *base;

	TRY_NEW(config, event_config_new());
	for (int i = 0; supported[i]; i++) {
		if (strcmp(supported[i], configuration->backend->method) != 0)
			TRY(event_config_avoid_method(config, supported[i]));
	}
	TRY(event_config_set_flag(config, configuration->flags));
	if (backend_is_simulated(configuration->backend)) {
		struct levin_sim *sim;

		faults_pause();
		sim = simulation_under_test();
		faults_resume();
		TRY_NEW(base, levin_sim_base_new(sim, config));
	} else {
		TRY_NEW(base, event_base_new_with_config(config));
	}
	event_config_free(config);
	EXPECT(strcmp(event_base_get_method(base), configuration->backend->method) == 0);
	return base;
}

void
torture_run(struct event_base *base, const int *count, int wanted)
{
	int rc = 0;

	/* Each turn of EVLOOP_ONCE runs something, fails, or is the last. */
	for (int turns = 0; *count < wanted && rc != 1; turns++) {
		EXPECT(turns < 100 * (wanted + 1));
		TRY(rc = event_base_loop(base, EVLOOP_ONCE));
	}
	EXPECT(*count >= wanted);
}

void
torture_open_pair(const struct configuration *configuration, evutil_socket_t ends[2])
{
	faults_pause();
	if (backend_is_simulated(configuration->backend))
		ck_assert_int_eq(levin_sim_socketpair(simulation_under_test(), ends), 0);
	else
		ck_assert_int_eq(
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	faults_resume();
}

void
torture_close(evutil_socket_t fd)
{
	faults_pause();
	ck_assert_int_eq(evutil_closesocket(fd), 0);
	faults_resume();
}

void
torture_put(evutil_socket_t fd)
{
	ssize_t size;

	faults_pause();
	size = levin_sim_write(fd, "x", 1);
	if (size < 0 && errno == EBADF)
		size = write(fd, "x", 1);
	ck_assert_int_eq(size, 1);
	faults_resume();
}

void
torture_count(evutil_socket_t fd, short what, void *count)
{
	(void)fd;
	(void)what;
	++*(int *)count;
}

/* Reports without a byte are allowed: a refused descriptor is reported so. */
void
torture_take(evutil_socket_t fd, short what, void *count)
{
	char byte;
	ssize_t size;

	(void)what;
	faults_pause();
	size = levin_sim_read(fd, &byte, 1);
	if (size < 0 && errno == EBADF)
		size = read(fd, &byte, 1);
	faults_resume();
	*(int *)count += size > 0;
}
