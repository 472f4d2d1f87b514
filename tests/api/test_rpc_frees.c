/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RPC whose callbacks and hooks free the base, the pool, the connection and the server.
 */
#include "support/rpc_kit.h"

static void
free_rpc_base(void)
{
	evrpc_free(rpc);
	rpc = NULL;
}

static void
free_pool(void)
{
	evrpc_pool_free(client_pool);
	client_pool = NULL;
}

static void
free_server(void)
{
	free_rpc_base();
	evhttp_free(http);
	http = NULL;
}

static void
remove_connection(void)
{
	evrpc_pool_remove_connection(client_pool, connection);
	evhttp_connection_free(connection);
}

static struct hook acting = {"acts", EVRPC_CONTINUE, NULL, NULL};
static void *acting_handle;

static void
remove_acting(void)
{
	ck_assert_int_eq(evrpc_remove_hook(rpc, EVRPC_INPUT, acting_handle), 1);
}

/* ---- evrpc_free ---- */

TEST_HTTP(evrpc_free__inside_a_hook)
{
	for (int type = EVRPC_INPUT; type <= EVRPC_OUTPUT; type++) {
		start_rpc(_i, answer);
		acting.acts = free_rpc_base;
		add_hook(rpc, type, &acting);
		make("a");
		expect_spelled(type == EVRPC_INPUT ? "acts a:2[-] " : "served[a] acts a:2[-] ");
		stop_rpc();
	}
}

TEST_HTTP(evrpc_free__while_a_hook_pauses)
{
	struct hook pausing = {"pauses", EVRPC_PAUSE, NULL, NULL};

	for (int type = EVRPC_INPUT; type <= EVRPC_OUTPUT; type++) {
		start_rpc(_i, answer);
		evrpc_pool_add_connection(client_pool, new_connection(base));
		add_hook(rpc, type, &pausing);
		make("a");
		expect_spelled(type == EVRPC_INPUT ? "pauses " : "served[a] pauses ");
		make("b");
		expect_spelled(type == EVRPC_INPUT ? "pauses " : "served[b] pauses ");
		free_rpc_base();
		expect_spelled_in_any_order("a:2[-] ", "b:2[-] ");
		stop_rpc();
	}
}

TEST_HTTP(evrpc_free__while_the_program_owes_a_reply)
{
	start_rpc(_i, keep_rpc);
	make("a");
	expect_spelled("kept ");
	free_rpc_base();
	reply_to_kept("late");
	expect_spelled("a:2[-] ");
	stop_rpc();
}

static void
free_and_reply(struct evrpc_req__Ask *ask, void *arg)
{
	free_rpc_base();
	answer(ask, arg);
}

TEST_HTTP(evrpc_free__inside_the_callback)
{
	start_rpc(_i, free_and_reply);
	make("a");
	expect_spelled("served[a] a:2[-] ");
	stop_rpc();
}

static void
unregister_and_reply(struct evrpc_req__Ask *ask, void *arg)
{
	ck_assert_int_eq(EVRPC_UNREGISTER(rpc, Ask), 0);
	answer(ask, arg);
}

TEST_HTTP(EVRPC_UNREGISTER__inside_the_callback)
{
	start_rpc(_i, unregister_and_reply);
	make("a");
	expect_spelled("served[a] a:0[yes] ");
	stop_rpc();
}

TEST_HTTP(evrpc_remove_hook__inside_the_hook)
{
	struct hook second = {"second", EVRPC_CONTINUE, NULL, NULL};

	start_rpc(_i, answer);
	acting.acts = remove_acting;
	acting_handle = add_hook(rpc, EVRPC_INPUT, &acting);
	add_hook(rpc, EVRPC_INPUT, &second);
	make("a");
	expect_spelled("acts second served[a] a:0[yes] ");
	make("b");
	expect_spelled("second served[b] b:0[yes] ");
	stop_rpc();
}

/* ---- the HTTP server ---- */

TEST_HTTP(evhttp_free__inside_a_hook_of_rpc)
{
	for (int type = EVRPC_INPUT; type <= EVRPC_OUTPUT; type++) {
		start_rpc(_i, answer);
		acting.acts = free_server;
		add_hook(rpc, type, &acting);
		make("a");
		expect_spelled(type == EVRPC_INPUT ? "acts a:1[-] " : "served[a] acts a:1[-] ");
		stop_rpc();
	}
}

static void
free_server_and_reply(struct evrpc_req__Ask *ask, void *arg)
{
	free_server();
	answer(ask, arg);
}

TEST_HTTP(evhttp_free__inside_the_callback_of_rpc)
{
	start_rpc(_i, free_server_and_reply);
	make("a");
	expect_spelled("served[a] a:1[-] ");
	stop_rpc();
}

/* The base is freed first, but not yet: the callback of an RPC that has no connection replies. */
TEST_HTTP(evhttp_free__while_the_program_owes_a_reply_to_an_rpc)
{
	start_rpc(_i, keep_rpc);
	make("a");
	expect_spelled("kept ");
	free_server();
	expect_spelled("a:1[-] ");
	reply_to_kept("late");
	stop_rpc();
}

/* ---- evrpc_pool_free ---- */

static void
free_pool_on_reply(
    struct evrpc_status *status, struct note *request, struct note *reply, void *name)
{
	on_reply(status, request, reply, name);
	free_pool();
}

TEST_HTTP(evrpc_pool_free__inside_the_callback)
{
	start_rpc(_i, answer);
	make_with("a", free_pool_on_reply);
	make("b");
	make("c");
	expect_spelled("served[a] a:0[yes] ");
	/* The messages of b and c. */
	stop_rpc_with(4);
}

TEST_HTTP(evrpc_pool_free__inside_the_callback_of_one_that_was_refused)
{
	start_rpc(_i, answer);
	acting.result = EVRPC_TERMINATE;
	add_hook(client_pool, EVRPC_OUTPUT, &acting);
	make_with("a", free_pool_on_reply);
	expect_spelled("acts a:3[-] ");
	stop_rpc();
}

TEST_HTTP(evrpc_pool_free__inside_a_hook)
{
	for (int type = EVRPC_INPUT; type <= EVRPC_OUTPUT; type++) {
		start_rpc(_i, answer);
		acting.acts = free_pool;
		add_hook(client_pool, type, &acting);
		make("a");
		expect_spelled(type == EVRPC_INPUT ? "served[a] acts " : "acts ");
		some_turns();
		stop_rpc_with(2);
	}
}

TEST_HTTP(evrpc_pool_free__while_a_hook_pauses)
{
	struct hook pausing = {"pauses", EVRPC_PAUSE, NULL, NULL};

	for (int type = EVRPC_INPUT; type <= EVRPC_OUTPUT; type++) {
		start_rpc(_i, answer);
		add_hook(client_pool, type, &pausing);
		make("a");
		expect_spelled(type == EVRPC_INPUT ? "served[a] pauses " : "pauses ");
		free_pool();
		stop_rpc_with(2);
	}
}

static void
free_pool_on_close(struct evhttp_connection *closed, void *arg)
{
	(void)closed;
	(void)arg;
	spell_text("closed ");
	if (client_pool)
		free_pool();
}

TEST_HTTP_SIM(evrpc_pool_free__inside_the_callback_of_closing)
{
	start_rpc(_i, keep_rpc);
	evhttp_connection_set_closecb(connection, free_pool_on_close, NULL);
	evrpc_pool_set_timeout(client_pool, 5);
	make("a");
	make("b");
	expect_spelled("kept closed ");
	some_turns();
	reply_to_kept("late");
	stop_rpc_with(4);
}

static void
make_another(struct evhttp_connection *closed, void *arg)
{
	(void)closed;
	(void)arg;
	ck_assert_int_eq(make_with("late", on_reply), -1);
}

TEST_HTTP(EVRPC_MAKE_REQUEST__inside_evrpc_pool_free)
{
	start_rpc(_i, answer);
	make("a");
	expect_spelled("served[a] a:0[yes] ");
	evhttp_connection_set_closecb(connection, make_another, NULL);
	free_pool();
	stop_rpc_with(2);
}

TEST_HTTP(evrpc_pool_free__with_rpcs_under_way)
{
	start_rpc(_i, keep_rpc);
	make("a");
	make("b");
	expect_spelled("kept ");
	free_pool();
	some_turns();
	reply_to_kept("late");
	stop_rpc_with(4);
}

/* ---- connections ---- */

TEST_HTTP(evrpc_pool_remove_connection__inside_a_hook)
{
	static const char *const expected[] = {"served[a] acts a:0[yes] ", "acts a:3[-] "};

	for (int type = EVRPC_INPUT; type <= EVRPC_OUTPUT; type++) {
		start_rpc(_i, answer);
		acting.acts = remove_connection;
		add_hook(client_pool, type, &acting);
		make("a");
		expect_spelled(expected[type]);
		stop_rpc();
	}
}

static void
make_on_reply(struct evrpc_status *status, struct note *request, struct note *reply, void *name)
{
	on_reply(status, request, reply, name);
	make("again");
}

TEST_HTTP(EVRPC_MAKE_REQUEST__inside_the_callback)
{
	start_rpc(_i, answer);
	make_with("a", make_on_reply);
	expect_spelled("served[a] a:0[yes] served[again] again:0[yes] ");
	stop_rpc();
}
