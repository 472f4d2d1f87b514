/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a message is to the question that it seems to reply to.  Knows no sockets and no state;
 * that the id is right and the sender is the server, the caller has found out.
 */
#ifndef LVN_DNS_DNS_VERDICT_H
#define LVN_DNS_DNS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_edns.h"

enum dns_verdict {
	DNS_VERDICT_STRANGE,    /* no reply, or to another question */
	DNS_VERDICT_OTHER_CASE, /* the question, with letters in another case */
	DNS_VERDICT_FINAL,      /* says whether the name exists, and what is there */
	DNS_VERDICT_TRUNCATED,
	DNS_VERDICT_EDNS_REFUSED, /* the server does not know EDNS, or this version of it */
	DNS_VERDICT_COOKIE_REFUSED,
	DNS_VERDICT_ERROR /* another server may know better */
};

struct dns_expectation {
	const uint8_t *question; /* name, type and class as they were sent */
	size_t question_size;
	bool has_exact_case; /* letters must come back as they were sent */
	bool has_edns;       /* the question had it */
};

struct dns_judgement {
	enum dns_verdict verdict;
	uint16_t flags;  /* of the header */
	uint16_t rcode;  /* all 12 bits */
	bool is_exact;   /* the letters are as they were sent */
	bool is_useless; /* malformed or lame: flags and rcode are those of a failure instead */
	struct dns_edns edns; /* unless the message is truncated or strange */
};

void lvn_dns_verdict_find(const uint8_t *message, size_t size,
    const struct dns_expectation *expectation, struct dns_judgement *judgement_out);

#endif
