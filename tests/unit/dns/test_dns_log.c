/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "dns/dns_log.h"
#include "support/suite.h"

static char last[1024];
static int last_kind;

static void
keep(int kind, const char *text)
{
	ck_assert_uint_lt(strlen(text), sizeof(last));
	memcpy(last, text, strlen(text) + 1);
	last_kind = kind;
	errno = EIO;
}

TEST(lvn_dns_log__goes_to_the_function)
{
	event_set_log_callback(NULL);
	lvn_dns_log_set_fn(keep);
	errno = ENOENT;

	lvn_dns_log_warn("Nameserver %s has failed", "a");
	ck_assert_str_eq(last, "Nameserver a has failed");
	ck_assert_int_eq(last_kind, 1);

	lvn_dns_log_msg("Nameserver %d", 7);
	ck_assert_str_eq(last, "Nameserver 7");
	ck_assert_int_eq(last_kind, 0);
	ck_assert_int_eq(errno, ENOENT);
}

TEST(lvn_dns_log__without_a_function_goes_to_the_log)
{
	lvn_dns_log_set_fn(keep);
	lvn_dns_log_set_fn(NULL);
	event_set_log_callback(keep);

	lvn_dns_log_warn("one %%s");
	ck_assert_str_eq(last, "one %s");
	ck_assert_int_eq(last_kind, EVENT_LOG_WARN);

	lvn_dns_log_msg("two");
	ck_assert_str_eq(last, "two");
	ck_assert_int_eq(last_kind, EVENT_LOG_MSG);
}

TEST(lvn_dns_log__a_long_line_is_cut)
{
	char text[2000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	lvn_dns_log_set_fn(keep);

	lvn_dns_log_warn("%s", text);

	ck_assert_uint_eq(strlen(last), 511);
}
