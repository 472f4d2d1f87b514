/* SPDX-License-Identifier: BSD-3-Clause */
#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/addrinfo.h"
#include "base/resolver_hook.h"
#include "support/suite.h"

/* What done was told. */
struct answer {
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
on_done(int error, struct addrinfo *list, void *arg)
{
	struct answer *answer = arg;

	answer->count++;
	answer->error = error;
	answer->list = list;
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
	fake.done(EAI_AGAIN, NULL, fake.arg);
}

static const struct resolver_hook fake_hook = {fake_start, fake_cancel};

START_TEST(nothing_is_registered_at_first)
{
	ck_assert_ptr_null(lvn_resolver_hook_get());
	lvn_resolver_hook_cancel(&fake);
	ck_assert_int_eq(fake.cancelled, 0);
}
END_TEST

START_TEST(without_a_hook_a_lookup_is_done_at_once)
{
	struct answer answer = {0};
	int resolver;

	ck_assert_ptr_null(
	    lvn_resolver_hook_start(&resolver, "1.2.3.4", "80", &numeric, on_done, &answer));

	ck_assert_int_eq(answer.count, 1);
	ck_assert_int_eq(answer.error, 0);
	ck_assert_ptr_nonnull(answer.list);
	lvn_addrinfo_free(answer.list);
}
END_TEST

START_TEST(without_a_resolver_a_lookup_is_done_at_once)
{
	struct answer answer = {0};

	lvn_resolver_hook_set(&fake_hook);

	ck_assert_ptr_null(
	    lvn_resolver_hook_start(NULL, "localhost", "80", &numeric, on_done, &answer));

	ck_assert_int_eq(answer.count, 1);
	ck_assert_int_eq(answer.error, EAI_NONAME);
	ck_assert_ptr_null(answer.list);
	ck_assert(!fake.done);
}
END_TEST

START_TEST(the_hook_receives_what_is_looked_up)
{
	struct answer answer = {0};
	int resolver;

	lvn_resolver_hook_set(&fake_hook);

	ck_assert_ptr_eq(
	    lvn_resolver_hook_start(&resolver, "node", "service", &numeric, on_done, &answer),
	    &fake);

	ck_assert_ptr_eq(fake.resolver, &resolver);
	ck_assert_str_eq(fake.node, "node");
	ck_assert_str_eq(fake.service, "service");
	ck_assert_ptr_eq(fake.hints, &numeric);
	ck_assert_int_eq(answer.count, 0);
}
END_TEST

START_TEST(a_request_is_cancelled_by_the_hook)
{
	struct answer answer = {0};
	int resolver;
	void *request;

	lvn_resolver_hook_set(&fake_hook);
	request = lvn_resolver_hook_start(&resolver, "node", NULL, NULL, on_done, &answer);

	lvn_resolver_hook_cancel(request);
	lvn_resolver_hook_cancel(NULL);

	ck_assert_int_eq(fake.cancelled, 1);
	ck_assert_int_eq(answer.count, 1);
}
END_TEST

START_TEST(a_hook_can_be_taken_back)
{
	lvn_resolver_hook_set(&fake_hook);
	ck_assert_ptr_eq(lvn_resolver_hook_get(), &fake_hook);

	lvn_resolver_hook_set(NULL);

	ck_assert_ptr_null(lvn_resolver_hook_get());
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("resolver_hook");
	TCase *group = tcase_create("resolver_hook");

	tcase_add_test(group, nothing_is_registered_at_first);
	tcase_add_test(group, without_a_hook_a_lookup_is_done_at_once);
	tcase_add_test(group, without_a_resolver_a_lookup_is_done_at_once);
	tcase_add_test(group, the_hook_receives_what_is_looked_up);
	tcase_add_test(group, a_request_is_cancelled_by_the_hook);
	tcase_add_test(group, a_hook_can_be_taken_back);
	suite_add_tcase(suite, group);
	return suite;
}
