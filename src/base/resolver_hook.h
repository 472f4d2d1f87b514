/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a resolver that works beside the loop registers itself, so that lower floors
 * can look names up without knowing it.  Until it has, lookups block.
 */
#ifndef LVN_BASE_RESOLVER_HOOK_H
#define LVN_BASE_RESOLVER_HOOK_H

#include "base/compiler.h"

struct addrinfo;

/*
 * Receives 0 and a list that it must free with lvn_addrinfo_free, or an EAI_ number
 * and NULL.
 */
typedef void resolver_done_fn(int error, struct addrinfo *list, void *arg);

/*
 * What a resolver does.  For each start, done is called exactly once: before start
 * returns, which then answers NULL, or later.  cancel makes it happen with
 * EVUTIL_EAI_CANCEL; a request must not be cancelled after done was called.
 */
struct resolver_hook {
	void *(*start)(void *resolver, const char *node, const char *service,
	    const struct addrinfo *hints, resolver_done_fn *done, void *arg);
	void (*cancel)(void *request);
};

/* Once, when the resolver's library makes its first resolver; NULL takes it back. */
LVN_EXPORT void lvn_resolver_hook_set(const struct resolver_hook *hook);

/* The registered hook, or NULL. */
const struct resolver_hook *lvn_resolver_hook_get(void);

/*
 * Looks a name up with `resolver`, an object of the registered resolver.  If that is
 * NULL, or none is registered, it blocks, calls done and answers NULL.
 */
void *lvn_resolver_hook_start(void *resolver, const char *node, const char *service,
    const struct addrinfo *hints, resolver_done_fn *done, void *arg);

/* Accepts NULL. */
void lvn_resolver_hook_cancel(void *request);

#endif
