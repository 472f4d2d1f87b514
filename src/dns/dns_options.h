/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options of a DNS base: those of evdns_base_set_option, which resolv.conf has as well.
 * One table has their names, ranges and places.
 */
#ifndef LVN_DNS_DNS_OPTIONS_H
#define LVN_DNS_DNS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sockaddr.h"

/* The bits of dns_options.given that somebody asks for. */
enum dns_option_bits {
	GIVEN_TIMEOUT = 1,
	GIVEN_MAX_TIMEOUTS = 2,
	GIVEN_ATTEMPTS = 4,
	GIVEN_INITIAL_PROBE = 8,
	GIVEN_MAX_PROBE = 16,
};

struct dns_options {
	uint32_t given;        /* GIVEN_ bits of the options that were set */
	unsigned ndots;        /* a name with as many dots is first tried as it is */
	unsigned attempts;     /* how often a question is sent; at least 1 */
	unsigned max_timeouts; /* in a row, before a server has failed; at least 1 */
	unsigned max_inflight; /* questions at once, at least 1; the others wait */
	int64_t timeout_ns;    /* of one try */
	int64_t initial_probe_ns;
	int64_t max_probe_ns;
	unsigned probe_factor;       /* from one pause to the next; at least 1 */
	int64_t allow_skew_ns;       /* how long the other family is waited for */
	int64_t tcp_idle_ns;         /* after which an idle connection is closed */
	unsigned edns_udp_size;      /* 512 to 65535 */
	unsigned receive_buffer;     /* SO_RCVBUF; 0: the system's */
	unsigned send_buffer;        /* SO_SNDBUF; 0: the system's */
	bool randomize_case;         /* 0x20 */
	bool use_tcp;                /* use-vc */
	bool ignore_truncation;      /* ignore-tc */
	union inet_sockaddr bind_to; /* the local address for servers that are added from now on */
	unsigned bind_to_size;       /* 0: the kernel chooses; libevent never binds for loopback */
};

/* The values before any option is set. */
void lvn_dns_options_init(struct dns_options *options);

/*
 * Sets one option.  The name ends at its first colon, if it has one.  Options that are unknown,
 * or belong to a part of the configuration (DNS_OPTION_SEARCH, _NAMESERVERS, _MISC) that is not
 * in `parts`, change nothing.  A number out of range becomes the nearest one that is allowed,
 * with a warning.  Returns 0, or -EINVAL with a warning for a value that makes no sense; NULL
 * makes sense for use-vc and ignore-tc.
 */
int lvn_dns_options_set(
    struct dns_options *options, const char *name, const char *value, unsigned parts);

#endif
