/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What exists in the DNS of the random programs: a function of the name and the type, so that
 * servers and the model know the same without a table.  Names are in lower case.
 */
#ifndef LEVIN_TESTS_FUZZ_DNS_TRUTH_H
#define LEVIN_TESTS_FUZZ_DNS_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

enum dns_truth_kind {
	TRUTH_RECORDS,
	TRUTH_NO_NAME, /* for all types of the name */
	TRUTH_NO_DATA,
	TRUTH_SERVFAIL,
	TRUTH_REFUSED,
	TRUTH_SILENCE /* no server replies */
};

enum { TRUTH_NAME_SIZE = 64, TRUTH_COUNT_MAX = 60, TRUTH_TTL = 300 };

struct dns_truth {
	enum dns_truth_kind kind;
	unsigned count; /* of records */
	bool has_alias; /* the records are those of dns_truth_alias */
	bool needs_tcp; /* the records do not fit in a datagram */
};

struct dns_truth dns_truth_of(const char *name, int type);

/* The address number `i` of a name, from 1 on; 4 or 16 bytes, by the type. */
void dns_truth_address(const char *name, int type, unsigned i, unsigned char address_out[16]);
/* To what a name is an alias, and the name that its PTR record has. */
void dns_truth_alias(const char *name, char alias_out[TRUTH_NAME_SIZE]);
void dns_truth_pointer(const char *name, char name_out[TRUTH_NAME_SIZE]);

#endif
