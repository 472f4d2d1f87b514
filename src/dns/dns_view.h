/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A whole reply as structs for programs: the answers of levin/dns.h.
 */
#ifndef LVN_DNS_DNS_VIEW_H
#define LVN_DNS_DNS_VIEW_H

#include "base/compiler.h"

struct dns_name;
struct dns_outcome;
struct levin_dns_answer;

/*
 * What an answer may take, in bytes: 16 times the longest message.  A message with compression
 * may stand for more, which is made to do harm.
 */
#define LVN_DNS_VIEW_MAX (1 << 20)

/*
 * Reads the reply of an outcome, all of its sections, and copies what the answer needs.  `asked`
 * is the name of the question in the case that the program has it in: the message has letters of
 * random case (0x20), which the answer does not show.  Returns 0; -EBADMSG when there is not one
 * question with this name, when the message or the data of a record of class IN are malformed, or
 * when there is a byte behind the end; -EMSGSIZE behind LVN_DNS_VIEW_MAX; -ENOMEM.
 */
LVN_NODISCARD int lvn_dns_view_new(const struct dns_outcome *outcome, const struct dns_name *asked,
    struct levin_dns_answer **answer_out);

/* Accepts NULL. */
void lvn_dns_view_free(struct levin_dns_answer *answer);

#endif
