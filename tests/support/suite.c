/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * main of every Check suite: options, choice of tests, and the check for open descriptors.
 */
#include "support/suite.h"

#include <fnmatch.h>
#include <getopt.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/descriptors.h"

#undef _mark_point

enum { STATUS_OF_EARLY_EXIT = 98 };
enum { POINTS_MARKED = 500, POINTS_BETWEEN_MARKS = 5000 };

static const char usage[] =
    "usage: %s [options] [case...]\n"
    "Runs the cases of this suite, or only those whose names match a shell pattern.\n"
    "  -l, --list           print the names of the cases and stop\n"
    "  -i, --iteration N    of a case that runs several times, run only number N\n"
    "  -n, --no-fork        run in this process, for a debugger\n"
    "  -v, --verbose        print every case, not only those that fail\n"
    "  -x, --xml FILE       write the results as XML too\n"
    "  -h, --help           print this\n";

static struct {
	char **patterns;
	int pattern_count;
	int iteration; /* or -1 for all */
	bool list_only;
	bool verbose;
	int case_count;
} choice = {.iteration = -1};

static struct suite_entry *entries; /* by line */

static struct {
	Suite *suite;
	const char *name;
	TCase *group; /* for the next test; NULL after the fixture or the limit has changed */
	SFun set_up;
	SFun tear_down;
	double seconds; /* 0 for the default */
} making;

static struct descriptor_set open_before;
static struct rlimit limit_before; /* of descriptors */
static bool leaks_allowed;
static pid_t running_case; /* 0 between cases */

/* ---- each case ---- */

/*
 * Check takes a case that ends its process with status 0 for one that passed.  A failed
 * assertion ends it as well, but has been reported by then, so the status does not matter.
 */
static void
refuse_early_exit(void)
{
	if (running_case == getpid())
		_exit(STATUS_OF_EARLY_EXIT);
}

static void
before_case(void)
{
	leaks_allowed = false;
	running_case = getpid();
	getrlimit(RLIMIT_NOFILE, &limit_before);
	descriptors_open_now(&open_before);
}

static void
after_case(void)
{
	static struct descriptor_set open_after;
	char text[1024];

	running_case = 0;
	/* The leak sanitizer, which comes last, opens files. */
	setrlimit(RLIMIT_NOFILE, &limit_before);
	if (leaks_allowed || descriptors_open_now(&open_after) < 0)
		return;
	if (descriptors_describe_new(&open_before, &open_after, text, sizeof(text)) > 0)
		ck_abort_msg("descriptors left open: %s", text);
}

static bool
is_chosen(const char *name)
{
	for (int i = 0; i < choice.pattern_count; i++) {
		if (fnmatch(choice.patterns[i], name, 0) == 0)
			return true;
	}
	return choice.pattern_count == 0;
}

/* Of one file the constructors run in an order that compilers choose. */
void
suite_enter(struct suite_entry *entry)
{
	struct suite_entry **at = &entries;

	while (*at && (*at)->line <= entry->line)
		at = &(*at)->next;
	entry->next = *at;
	*at = entry;
}

void
suite_set_fixture(SFun set_up, SFun tear_down)
{
	making.set_up = set_up;
	making.tear_down = tear_down;
	making.group = NULL;
}

void
suite_set_seconds(double seconds)
{
	making.seconds = seconds;
	making.group = NULL;
}

/* A group of Check's for the tests with this fixture and limit. */
static TCase *
group_of_tests(void)
{
	if (making.group)
		return making.group;
	making.group = tcase_create(making.name);
	suite_add_tcase(making.suite, making.group);
	if (making.seconds > 0)
		tcase_set_timeout(making.group, making.seconds);
	/* Outermost, so that a fixture's descriptors are closed when they are counted. */
	tcase_add_checked_fixture(making.group, before_case, after_case);
	if (making.set_up || making.tear_down)
		tcase_add_checked_fixture(making.group, making.set_up, making.tear_down);
	return making.group;
}

void
suite_add_test(const TTest *test, int status, int first, int end)
{
	if (first >= end || !is_chosen(test->name))
		return;
	if (choice.iteration >= 0) {
		if (choice.iteration < first || choice.iteration >= end)
			return;
		first = choice.iteration;
		end = choice.iteration + 1;
	}
	choice.case_count++;
	if (choice.list_only)
		printf("%s%s", test->name, end - first > 1 ? "" : "\n");
	if (choice.list_only && end - first > 1)
		printf(" [%d..%d]\n", first, end - 1);
	_tcase_add_test(group_of_tests(), test, 0, status, first, end);
}

void
suite_mark_point(const char *file, int line)
{
	/* Threads of a case assert as well. */
	static atomic_uint points;
	unsigned before = atomic_fetch_add_explicit(&points, 1, memory_order_relaxed);

	if (before < POINTS_MARKED || before % POINTS_BETWEEN_MARKS == 0)
		_mark_point(file, line);
}

void
suite_allow_open_descriptors(void)
{
	leaks_allowed = true;
}

void
suite_share_openssl(void)
{
	if (LVN_THREAD_SANITIZER)
		suite_allow_open_descriptors();
}

bool
suite_is_emulated(void)
{
	return LEVIN_TEST_EMULATED;
}

double
suite_patience(double seconds)
{
	return seconds * LEVIN_TEST_PATIENCE;
}

/* ---- the run ---- */

static Suite *
make_suite(const char *program)
{
	const char *slash = strrchr(program, '/');

	making.name = slash ? slash + 1 : program;
	making.suite = suite_create(making.name);
	for (struct suite_entry *entry = entries; entry; entry = entry->next)
		entry->apply();
	return making.suite;
}

static int
run(Suite *suite, bool fork_cases, const char *xml)
{
	SRunner *runner = srunner_create(suite); /* owns the suite */
	int failed = 0;

	srunner_set_fork_status(runner, fork_cases ? CK_FORK : CK_NOFORK);
	if (xml)
		srunner_set_xml(runner, xml);
	if (choice.case_count > 0 && !choice.list_only) {
		srunner_run_all(runner, choice.verbose ? CK_VERBOSE : CK_NORMAL);
		failed = srunner_ntests_failed(runner);
	}
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void
set_time_limits(void)
{
	char patience[32];

	setenv("CK_DEFAULT_TIMEOUT", "60", 0);
	snprintf(patience, sizeof(patience), "%d", LEVIN_TEST_PATIENCE);
	setenv("CK_TIMEOUT_MULTIPLIER", patience, 0);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"list", no_argument, NULL, 'l'},
	    {"iteration", required_argument, NULL, 'i'},
	    {"no-fork", no_argument, NULL, 'n'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"xml", required_argument, NULL, 'x'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	bool fork_cases = true;
	const char *xml = NULL;
	int option, status;

	while ((option = getopt_long(argc, argv, "li:nvx:h", options, NULL)) != -1) {
		switch (option) {
		case 'l':
			choice.list_only = true;
			break;
		case 'i':
			choice.iteration = atoi(optarg);
			break;
		case 'n':
			fork_cases = false;
			break;
		case 'v':
			choice.verbose = true;
			break;
		case 'x':
			xml = optarg;
			break;
		default:
			fprintf(option == 'h' ? stdout : stderr, usage, argv[0]);
			return option == 'h' ? EXIT_SUCCESS : 2;
		}
	}
	choice.patterns = argv + optind;
	choice.pattern_count = argc - optind;

	set_time_limits();
	atexit(refuse_early_exit);
	status = run(make_suite(argv[0]), fork_cases, xml);
	/* All tests of a suite may be left out on this platform. */
	if (choice.case_count > 0 || (entries && choice.pattern_count == 0 && choice.iteration < 0))
		return status;
	fprintf(stderr, "%s: no such case; --list prints them\n", argv[0]);
	return 2;
}
