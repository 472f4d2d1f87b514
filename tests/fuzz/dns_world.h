/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Name servers of the random programs: right, slow, silent, closed, failing, lying, old ones and
 * such as change letters or truncate, by UDP and TCP, behind links that lose, double, cut and
 * reorder.  What they do may change at any time.
 *
 * No server says anything wrong that a resolver could not find out: every lie is a reply to
 * something else, from somewhere else, or about a name that was not asked for, and its address
 * is 66.66.66.66.
 */
#ifndef LEVIN_TESTS_FUZZ_DNS_WORLD_H
#define LEVIN_TESTS_FUZZ_DNS_WORLD_H

#include <levin/sim.h>
#include <stdbool.h>
#include <stddef.h>

struct event_base;

enum { DNS_WORLD_SERVERS = 3 };

/* What can come of a question, beside the truth.  Bits. */
enum dns_disturbance {
	DISTURBS_TIME = 1,   /* no reply */
	DISTURBS_ERROR = 2,  /* an error that is the server's */
	DISTURBS_TCP = 4,    /* what needs TCP is not to be had */
	DISTURBS_MEMORY = 8, /* no memory */
};

typedef size_t dns_pick_fn(size_t bound);

/* All servers are right, without a link that loses. */
void dns_world_open(struct levin_sim *sim, struct event_base *base, dns_pick_fn *pick);
void dns_world_close(void);

const char *dns_world_address(int server);
/* Another kind of server, or another link.  Returns what that disturbs from now on. */
unsigned dns_world_change_server(int server);
unsigned dns_world_change_link(int server);

#endif
