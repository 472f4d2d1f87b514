/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a resolver that works beside the loop registers itself, so that lower layers
 * can look names up without knowing it.  Until it has, lookups block.
 */
#ifndef LVN_BASE_RESOLVER_HOOK_H
#define LVN_BASE_RESOLVER_HOOK_H

#include <stdbool.h>

#include "base/compiler.h"

struct addrinfo;
struct io_world;

/*
 * Receives 0 and addresses, or an EAI_ number and NULL.  The list must be freed with
 * lvn_addrinfo_free.  It has all addresses that are known by now, each once, in the order in
 * which they should be tried (RFC 6724), and replaces the list of an earlier call.
 *
 * With `more`, another family is still being asked, and done is called again; there are addresses
 * then.  The last call is what it would be without earlier ones: an error only if no family has
 * addresses, or if the lookup was cancelled.
 */
typedef void resolver_done_fn(int error, struct addrinfo *list, bool more, void *arg);

/*
 * What a resolver does.  For each start, done is called once without `more`: before start returns,
 * which then returns NULL, or later.  Before that call it may be called with `more`, as soon as
 * a family has addresses, also before start returns.  cancel calls done with EVUTIL_EAI_CANCEL
 * before it returns; a request must not be cancelled after the last call, nor inside done.
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
 * NULL, or none is registered, it blocks, calls done once and returns NULL; `world` is where
 * names are looked up then.
 */
void *lvn_resolver_hook_start(struct io_world *world, void *resolver, const char *node,
    const char *service, const struct addrinfo *hints, resolver_done_fn *done, void *arg);

/* Accepts NULL. */
void lvn_resolver_hook_cancel(void *request);

#endif
