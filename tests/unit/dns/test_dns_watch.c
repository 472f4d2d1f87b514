/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <levin/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/private.h"
#include "dns/dns_watch.h"
#include "loop/base.h"
#include "support/fail_nth.h"
#include "support/suite.h"

#define S ((int64_t)1000000000)

static struct dns_watch watch;
static char folder[] = "/tmp/levin-watch-XXXXXX";
static char path[64], other[64];
static int64_t now_ns;

static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
}

static void
tear_down(void)
{
	lvn_dns_watch_stop(&watch);
	unlink(path);
	unlink(other);
	rmdir(folder);
}

TEST_FIXTURE(set_up, tear_down);

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
start(void)
{
	ck_assert_int_eq(lvn_dns_watch_start(&watch, NULL, path, now_ns), 0);
}

/* After a second, so that it looks. */
static bool
has_changed(void)
{
	now_ns += S;
	return lvn_dns_watch_has_changed(&watch, now_ns);
}

TEST(lvn_dns_watch_has_changed__made_written_removed)
{
	start();
	ck_assert(!has_changed());

	write_file(path, "a");
	ck_assert(has_changed());
	ck_assert(!has_changed());

	write_file(path, "ab");
	ck_assert(has_changed());
	ck_assert(!has_changed());

	unlink(path);
	ck_assert(has_changed());
	ck_assert(!has_changed());
}

/* As editors and the tools of the system do it. */
TEST(lvn_dns_watch_has_changed__replaced_by_a_file_of_the_same_size_and_time)
{
	struct stat status;

	write_file(path, "a");
	write_file(other, "b");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_eq(
	    utimensat(0, other, (struct timespec[2]){status.st_atim, status.st_mtim}, 0), 0);
	start();

	ck_assert_int_eq(rename(other, path), 0);

	ck_assert(has_changed());
}

/* /etc/resolv.conf is often a link to another folder. */
TEST(lvn_dns_watch_has_changed__behind_a_link)
{
	write_file(other, "a");
	ck_assert_int_eq(symlink(other, path), 0);
	start();
	ck_assert(!has_changed());

	write_file(other, "changed");
	ck_assert(has_changed());

	ck_assert_int_eq(unlink(other), 0);
	ck_assert(has_changed());
}

TEST(lvn_dns_watch_has_changed__looks_once_a_second)
{
	start();
	write_file(path, "a");

	ck_assert(!lvn_dns_watch_has_changed(&watch, now_ns));
	ck_assert(!lvn_dns_watch_has_changed(&watch, now_ns + S - 1));
	ck_assert(lvn_dns_watch_has_changed(&watch, now_ns + S));

	write_file(path, "ab");
	ck_assert(!lvn_dns_watch_has_changed(&watch, now_ns + 2 * S - 1));
	ck_assert(lvn_dns_watch_has_changed(&watch, now_ns + 2 * S));
}

TEST(lvn_dns_watch_has_changed__nothing_is_watched)
{
	ck_assert(!has_changed());

	start();
	lvn_dns_watch_stop(&watch);
	write_file(path, "a");
	ck_assert(!has_changed());
}

TEST(lvn_dns_watch_has_changed__in_a_simulated_world)
{
	struct levin_sim *sim = levin_sim_new(1, NULL);
	struct event_base *base = levin_sim_base_new(sim, NULL);

	ck_assert_int_eq(levin_sim_set_file(sim, "/etc/hosts", "a"), 0);
	ck_assert_int_eq(
	    lvn_dns_watch_start(&watch, lvn_base_world(base), "/etc/hosts", now_ns), 0);
	ck_assert(!has_changed());

	ck_assert_int_eq(levin_sim_set_file(sim, "/etc/hosts", "b"), 0);
	ck_assert(has_changed());
	ck_assert(!has_changed());

	ck_assert_int_eq(levin_sim_set_file(sim, "/etc/hosts", NULL), 0);
	ck_assert(has_changed());
	event_base_free(base);
	levin_sim_free(sim);
}

TEST(lvn_dns_watch_start__in_place_of_another_file)
{
	start();
	ck_assert_int_eq(lvn_dns_watch_start(&watch, NULL, other, now_ns), 0);

	write_file(path, "a");
	ck_assert(!has_changed());
	write_file(other, "a");
	ck_assert(has_changed());
}

TEST(lvn_dns_watch_start__without_memory)
{
	struct fail_nth fail = {0};

	fail_nth_begin(&fail);
	ck_assert_int_eq(lvn_dns_watch_start(&watch, NULL, path, now_ns), -ENOMEM);
	ck_assert(fail_nth_end(&fail));

	ck_assert(!has_changed());
}
