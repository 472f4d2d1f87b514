/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What most cases of questions to servers begin and end with: `kit`, a network in the simulated
 * world, and a question for it.  For one test file: everything is static.
 */
#ifndef LEVIN_TESTS_SUPPORT_DNS_NETWORK_CASE_H
#define LEVIN_TESTS_SUPPORT_DNS_NETWORK_CASE_H

#include "support/dns_network_kit.h"
#include "support/suite.h"

static struct dns_kit kit;
static struct kit_question question;

static inline void
set_up(void)
{
	kit_open(&kit, 1);
}

static inline void
tear_down(void)
{
	kit_close(&kit);
}

#endif
