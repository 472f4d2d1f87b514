/* SPDX-License-Identifier: BSD-3-Clause */
#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/addrinfo.h"
#include "base/resolver_hook.h"
#include "support/suite.h"

/* The arguments of done. */
struct result {
	int count;
	int error;
	struct addrinfo *list;
};

static const struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};

/* A resolver with one request, which stays open until it is cancelled. */
static struct {
	void *resolver;
	const char *node;
	const char *service;
	const struct addrinfo *hints;
	resolver_done_fn *done;
	void *arg;
	int cancelled;
} fake;

static void
on_done(int error, struct addrinfo *list, bool more, void *arg)
{
	struct result *result = arg;

	ck_assert(!more);
	result->count++;
	result->error = error;
	result->list = list;
}

static void *
fake_start(void *resolver, const char *node, const char *service, const struct addrinfo *hints,
    resolver_done_fn *done, void *arg)
{
	fake.resolver = resolver;
	fake.node = node;
	fake.service = service;
	fake.hints = hints;
	fake.done = done;
	fake.arg = arg;
	return &fake;
}

static void
fake_cancel(void *request)
{
	ck_assert_ptr_eq(request, &fake);
	fake.cancelled++;
	fake.done(EAI_AGAIN, NULL, false, fake.arg);
}

static const struct resolver_hook fake_hook = {fake_start, fake_cancel};

TEST(lvn_resolver_hook_get__null_at_first)
{
	ck_assert_ptr_null(lvn_resolver_hook_get());
	lvn_resolver_hook_cancel(&fake);
	ck_assert_int_eq(fake.cancelled, 0);
}

TEST(lvn_resolver_hook_start__no_hook_blocks)
{
	struct result result = {0};
	int resolver;

	ck_assert_ptr_null(
	    lvn_resolver_hook_start(NULL, &resolver, "1.2.3.4", "80", &numeric, on_done, &result));

	ck_assert_int_eq(result.count, 1);
	ck_assert_int_eq(result.error, 0);
	ck_assert_ptr_nonnull(result.list);
	lvn_addrinfo_free(result.list);
}

TEST(lvn_resolver_hook_start__no_resolver_blocks)
{
	struct result result = {0};

	lvn_resolver_hook_set(&fake_hook);

	ck_assert_ptr_null(
	    lvn_resolver_hook_start(NULL, NULL, "localhost", "80", &numeric, on_done, &result));

	ck_assert_int_eq(result.count, 1);
	ck_assert_int_eq(result.error, EAI_NONAME);
	ck_assert_ptr_null(result.list);
	ck_assert(!fake.done);
}

TEST(lvn_resolver_hook_start__passes_the_arguments)
{
	struct result result = {0};
	int resolver;

	lvn_resolver_hook_set(&fake_hook);

	ck_assert_ptr_eq(
	    lvn_resolver_hook_start(NULL, &resolver, "node", "service", &numeric, on_done, &result),
	    &fake);

	ck_assert_ptr_eq(fake.resolver, &resolver);
	ck_assert_str_eq(fake.node, "node");
	ck_assert_str_eq(fake.service, "service");
	ck_assert_ptr_eq(fake.hints, &numeric);
	ck_assert_int_eq(result.count, 0);
}

TEST(lvn_resolver_hook_cancel__calls_the_hook)
{
	struct result result = {0};
	int resolver;
	void *request;

	lvn_resolver_hook_set(&fake_hook);
	request = lvn_resolver_hook_start(NULL, &resolver, "node", NULL, NULL, on_done, &result);

	lvn_resolver_hook_cancel(request);
	lvn_resolver_hook_cancel(NULL);

	ck_assert_int_eq(fake.cancelled, 1);
	ck_assert_int_eq(result.count, 1);
}

TEST(lvn_resolver_hook_set__null_takes_the_hook_back)
{
	lvn_resolver_hook_set(&fake_hook);
	ck_assert_ptr_eq(lvn_resolver_hook_get(), &fake_hook);

	lvn_resolver_hook_set(NULL);

	ck_assert_ptr_null(lvn_resolver_hook_get());
}
