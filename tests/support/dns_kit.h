/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For suites of the DNS layer: names from text.
 */
#ifndef LEVIN_TESTS_SUPPORT_DNS_KIT_H
#define LEVIN_TESTS_SUPPORT_DNS_KIT_H

#include <check.h>
#include <string.h>

#include "dns/dns_name.h"

static inline struct dns_name
name_of(const char *text)
{
	struct dns_name name;

	ck_assert_int_eq(lvn_dns_name_parse(text, strlen(text), &name), 0);
	return name;
}

/* The name is `text`, letter by letter. */
static inline void
check_name(const struct dns_name *name, const char *text)
{
	char printed[LVN_DNS_NAME_TEXT_CAPACITY];

	ck_assert_uint_eq(lvn_dns_name_print(name, printed), strlen(text));
	ck_assert_str_eq(printed, text);
}

#endif
