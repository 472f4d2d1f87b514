/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which names are tried for one name of the user, and in which order.  Both families of a
 * request share one position: the first name that has data of either ends the search.
 */
#ifndef LVN_DNS_DNS_SEARCH_H
#define LVN_DNS_DNS_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns_name.h"

/*
 * The suffixes of a search.  Never changes: a new list takes the place of the old one, which
 * lives until the last search with it has ended.
 */
struct dns_suffixes {
	unsigned references; /* protected by the lock of the DNS base */
	size_t count;
	struct dns_name names[]; /* in the order in which they are tried */
};

/* Each name that does not exist costs as many questions. */
#define LVN_DNS_SUFFIXES_MAX 64

/*
 * A list of the old one's suffixes with one more, in front or at the end; the old one, which may
 * be NULL, stays as it is.  Dots before a suffix do not count.  Returns 0, -EINVAL or
 * -ENAMETOOLONG for a suffix that is no name, -E2BIG, or -ENOMEM.
 */
int lvn_dns_suffixes_add(const struct dns_suffixes *old, const char *suffix, size_t length,
    bool in_front, struct dns_suffixes **suffixes_out);

/* Both accept NULL. */
struct dns_suffixes *lvn_dns_suffixes_ref(struct dns_suffixes *suffixes);
void lvn_dns_suffixes_unref(struct dns_suffixes *suffixes);

/*
 * Invariants:
 *   1. the steps before `step` have been tried or left out
 *   2. step as_is_at is the name as it is, the others are those with the suffixes in order
 *   3. the memory of the name ends with its bytes
 */
struct dns_search {
	struct dns_name *name;
	struct dns_suffixes *suffixes; /* NULL: the name alone */
	uint8_t step;
	uint8_t as_is_at;
	int result; /* of the whole search so far: a DNS_ERR_ number */
};

/* Whether the name as it is comes before those with suffixes, which may be NULL. */
bool lvn_dns_search_is_as_is_first(
    const struct dns_name *name, unsigned ndots, const struct dns_suffixes *suffixes);

/*
 * Begins a search for a name as the user wrote it; a dot at its end makes it absolute.
 * `suffixes`, which are referenced, may be NULL for no search.  Returns 0, -EINVAL,
 * -ENAMETOOLONG or -ENOMEM; then there is nothing to clear.
 */
int lvn_dns_search_start(
    struct dns_search *search, const char *name, unsigned ndots, struct dns_suffixes *suffixes);

/* Accepts zeroed memory. */
void lvn_dns_search_clear(struct dns_search *search);

/*
 * The next name to try; false when there is none.  Names that would be too long are left out.
 */
bool lvn_dns_search_next(struct dns_search *search, struct dns_name *name_out);
/* The name that was tried last; the name as it is before the first try. */
void lvn_dns_search_current(const struct dns_search *search, struct dns_name *name_out);

/*
 * Notes the outcome of the last name, a DNS_ERR_ number, and returns whether the search goes on
 * to the next one.  It ends with data, and after a timeout, which the other names would share.
 * search->result is then that of the whole search: of the name as it is, if that was tried
 * first; else that some name has no data, or the first failure, or that no name exists.
 */
bool lvn_dns_search_note(struct dns_search *search, int outcome);

#endif
