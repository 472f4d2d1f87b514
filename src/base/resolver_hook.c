/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/resolver_hook.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/io.h"

/* Set by one thread while others may be looking names up. */
static _Atomic(const struct resolver_hook *) registered;

void
lvn_resolver_hook_set(const struct resolver_hook *hook)
{
	atomic_store_explicit(&registered, hook, memory_order_release);
}

const struct resolver_hook *
lvn_resolver_hook_get(void)
{
	return atomic_load_explicit(&registered, memory_order_acquire);
}

void *
lvn_resolver_hook_start(struct io_world *world, void *resolver, const char *node,
    const char *service, const struct addrinfo *hints, resolver_done_fn *done, void *arg)
{
	const struct resolver_hook *hook = lvn_resolver_hook_get();
	struct addrinfo *list = NULL;
	int error;

	if (resolver && hook)
		return hook->start(resolver, node, service, hints, done, arg);
	error = lvn_io_look_up(world, node, service, hints, &list);
	done(error, error ? NULL : list, false, arg);
	return NULL;
}

void
lvn_resolver_hook_cancel(void *request)
{
	const struct resolver_hook *hook = lvn_resolver_hook_get();

	if (request && hook)
		hook->cancel(request);
}
