/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a lookup may come to: the model of a resolver.  It knows what exists (dns_truth.h), how
 * the names of a search follow each other, and what disturbs; it does not know servers, messages
 * or time.
 */
#ifndef LEVIN_TESTS_FUZZ_DNS_MODEL_H
#define LEVIN_TESTS_FUZZ_DNS_MODEL_H

#include <event2/util.h>
#include <stdbool.h>
#include <stdint.h>

#include "fuzz/dns_truth.h"
#include "fuzz/dns_world.h"

enum { MODEL_SUFFIXES_MAX = 3, MODEL_NAMES_MAX = MODEL_SUFFIXES_MAX + 1 };

struct model_search {
	const char *suffixes[MODEL_SUFFIXES_MAX];
	int suffix_count;
	int ndots;
};

struct model_lookup {
	char names[MODEL_NAMES_MAX][TRUTH_NAME_SIZE]; /* to be asked for, in this order */
	int name_count;
	int types[2];
	int type_count;
	bool ignores_truncation;
};

/* Results, DNS_ERR_ numbers, as a set. */
typedef uint32_t model_results;
model_results model_result(int result);

/* The names that a search leads to. */
void model_names(struct model_lookup *lookup, const struct model_search *search, const char *name,
    bool searches);

/* What the lookup may end with, where so much disturbs. */
model_results model_allowed(const struct model_lookup *lookup, unsigned disturbances);

/* The set of results that evdns_getaddrinfo reports so. */
model_results model_of_error(int error);

/* Whether these are all addresses of this type that the name has; that one of the names has. */
bool model_is_of_name(const char *name, int type, const unsigned char *addresses, int count);
bool model_has_addresses(
    const struct model_lookup *lookup, int type, const unsigned char *addresses, int count);

/* The addresses of a family in a list, TRUTH_COUNT_MAX at most; returns how many. */
int model_gather(struct evutil_addrinfo *list, int family, unsigned char *addresses_out);

#endif
