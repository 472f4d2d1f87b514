/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One call of the program: a name, of which records of one or two types are wanted.  The names
 * of the search list are tried one after the other, with both types at once, each from the
 * cache or from a server, until one of them has records.
 *
 * A request ends exactly once.  Then its report function is called from the loop, without the
 * lock; or it ends inside lvn_dns_request_start, and the caller may report.
 */
#ifndef LVN_DNS_DNS_REQUEST_H
#define LVN_DNS_DNS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_ring.h"
#include "dns/dns_search.h"

struct dns_answer;
struct dns_exchange;
struct dns_outcome;
struct dns_question;
struct dns_request;
struct evdns_base;

/* Instead of a DNS_ERR_ number: not known yet. */
#define LVN_DNS_PENDING (-1)

/* The records of one type that the name has which is being tried. */
struct dns_lookup {
	struct dns_exchange *exchange; /* NULL unless a server is asked */
	struct dns_answer *answer;     /* NULL unless there is one */
	uint32_t ttl;                  /* what is left of that of the answer */
	int16_t result;                /* a DNS_ERR_ number, or LVN_DNS_PENDING */
	uint16_t type;
};

/* What the owner of a request does. */
struct dns_request_ops {
	/*
	 * Called without the lock.  If the request is over, it is the function's to free; else one
	 * of two lookups has records.
	 */
	void (*report)(struct dns_request *request);
	/*
	 * Reads a reply, with the lock held, and returns a DNS_ERR_ number.  NULL: lookups keep
	 * answers, and may have them from the cache.
	 */
	int (*read_reply)(struct dns_request *request, const struct dns_outcome *outcome);
	/* Frees what else the owner has, with the lock held, before the request.  NULL: nothing. */
	void (*clear)(struct dns_request *request);
};

/*
 * The beginning of a struct of its owner, on the heap.  Invariants:
 *   1. it is in `requests` or in `reports` of the base, in the latter if it is over or has news
 *   2. if it is over, no lookup has an exchange
 *   3. if the result is DNS_ERR_NONE, at least one lookup has that result, with records
 */
struct dns_request {
	struct dns_ring link;
	struct evdns_base *base;
	struct dns_ring skew_link; /* in `skewed` of the base, or alone */
	int64_t skew_end_ns;
	struct dns_search search;
	struct dns_lookup lookups[2];
	uint8_t lookup_count;
	uint8_t exchange_flags; /* DNS_EXCHANGE_ */
	bool uses_cache;
	bool is_for_stream; /* a report as soon as one lookup has records, and of every end */
	bool is_starting;
	bool is_over;
	bool is_reported;
	int16_t result; /* a DNS_ERR_ number, once it is over */
	const struct dns_request_ops *ops;
};

/* What is asked for. */
struct dns_wanted {
	const char *name;
	uint16_t types[2]; /* the second one is 0 if there is only one */
	bool searches;
	uint8_t exchange_flags;
	bool uses_cache;
	bool is_for_stream;
	bool is_reported_by_caller; /* if it is over at once */
	const struct dns_request_ops *ops;
};

/*
 * Starts a request in zeroed memory.  Returns 0, and it will be reported; 1 if it is over already
 * and the caller reports it; -EINVAL or -ENAMETOOLONG for a name that is none, or -ENOMEM, and the
 * memory is not used.
 */
LVN_NODISCARD int lvn_dns_request_start(
    struct evdns_base *base, struct dns_request *request, const struct dns_wanted *wanted);

/* Ends a request with DNS_ERR_CANCEL and reports it soon, unless it is reported already. */
void lvn_dns_request_cancel(struct dns_request *request);

/* Takes the request out of everything and frees it.  It is not reported. */
void lvn_dns_request_free_locked(struct dns_request *request);

/* The same, with the lock taken here. */
void lvn_dns_request_free(struct dns_request *request);

/* The DNS_ERR_ number of the status of an answer, or of an rcode. */
int lvn_dns_request_result(uint16_t status);

/* Of the base: those whose second family has had its time; all of them. */
void lvn_dns_request_end_skewed_locked(struct evdns_base *base);
void lvn_dns_request_end_all_locked(struct evdns_base *base, bool fails);

/* Takes a request from `reports` and calls its function, with the lock released meanwhile. */
void lvn_dns_request_report_locked(struct dns_request *request);

#endif
