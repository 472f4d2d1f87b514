/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RPC: what is sent, what is refused, queues, timeouts and hooks.
 */

/* What a program has already stays, see rpc__short_names_of_hooks. */
#define INPUT 77

#include "support/rpc_kit.h"

static void
ask_raw(const char *method, const char *body, size_t size)
{
	char head[200];

	connect_client(&client);
	snprintf(head, sizeof(head),
	    "%s /.rpc.Ask HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", method, size);
	ask(&client, head);
	if (is_simulated())
		ck_assert_int_eq(levin_sim_write(client.fd, body, size), (ssize_t)size);
	else
		ck_assert_int_eq(send(client.fd, body, size, 0), (ssize_t)size);
}

#define UNAVAILABLE ERROR_REPLY("503", "Service Unavailable", "110")

static void
expect_refused(const char *method, const char *body, size_t size)
{
	ask_raw(method, body, size);
	expect(&client, UNAVAILABLE);
	expect_closed(&client);
	ck_assert_str_eq(spelled(), "");
	close_client(&client);
}
#define EXPECT_REFUSED(body) expect_refused("POST", body, sizeof(body) - 1)

/* ---- one RPC ---- */

TEST_HTTP(EVRPC_MAKE_REQUEST__reply)
{
	start_rpc(_i, answer);
	make("a");
	expect_spelled("served[a] a:0[yes] ");
	make("b");
	make("c");
	expect_spelled("served[b] b:0[yes] served[c] c:0[yes] ");
	stop_rpc();
}

TEST_HTTP(evrpc_request_done__bytes_of_the_reply)
{
	start_rpc(_i, answer);
	ask_raw("POST", "\1\3abc", 5);
	expect(&client, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nDate: D\r\n"
			"Content-Length: 5\r\n\r\n\1\3yes");
	expect_spelled("served[abc] ");
	stop_rpc();
}

/* As libevent's clients send it. */
TEST_HTTP(evrpc_init__requests_without_host)
{
	start_rpc(_i, answer);
	connect_client(&client);
	ask(&client, "POST /.rpc.Ask HTTP/1.1\r\nContent-Length: 5\r\n\r\n\1\3abc");
	expect(&client, "HTTP/1.1 200 OK\r\n");
	expect_spelled("served[abc] ");
	stop_rpc();
}

TEST_HTTP(evrpc_request_done__later)
{
	start_rpc(_i, keep_rpc);
	make("a");
	expect_spelled("kept ");
	ck_assert_str_eq(
	    ((struct note *)evrpc_get_request((struct evrpc_req_generic *)with_program))->text,
	    "a");
	ck_assert_ptr_nonnull(evhttp_request_get_connection(EVRPC_REQUEST_HTTP(with_program)));
	reply_to_kept("late");
	expect_spelled("a:0[late] ");
	stop_rpc();
}

TEST_HTTP(evrpc_request_done__incomplete_reply)
{
	start_rpc(_i, keep_rpc);
	make("a");
	expect_spelled("kept ");
	EVRPC_REQUEST_DONE(with_program);
	expect_spelled("a:2[-] ");
	stop_rpc();
}

TEST_HTTP(evrpc_request_done__the_client_has_gone)
{
	start_rpc(_i, keep_rpc);
	ask_raw("POST", "\1\3abc", 5);
	expect_spelled("kept ");
	reset_client(&client);
	some_turns();
	ck_assert_ptr_null(evhttp_request_get_connection(EVRPC_REQUEST_HTTP(with_program)));
	reply_to_kept("late");
	stop_rpc();
}

/* ---- what a server refuses ---- */

TEST_HTTP(rpc__other_methods_than_POST)
{
	start_rpc(_i, answer);
	expect_refused("GET", "", 0);
	expect_refused("PUT", "\1\3abc", 5);
	expect_refused("DELETE", "", 0);
	ask_raw("HEAD", "", 0);
	expect(&client, "HTTP/1.1 503 Service Unavailable\r\n");
	stop_rpc();
}

TEST_HTTP(rpc__requests_that_cannot_be_read)
{
	start_rpc(_i, answer);
	EXPECT_REFUSED("");
	EXPECT_REFUSED("\1");
	EXPECT_REFUSED("\1\3ab");
	EXPECT_REFUSED("\2\3abc");
	EXPECT_REFUSED("\1\3abc\1");
	stop_rpc();
}

static int
is_any(void *note)
{
	return note ? 0 : -1;
}

static int
read_any(void *note, struct evbuffer *buffer)
{
	(void)note_unmarshal(note, buffer);
	return 0;
}

TEST_HTTP(rpc__requests_without_members)
{
	start_rpc(_i, answer);
	EVRPC_UNREGISTER(rpc, Ask);
	ck_assert_int_eq(
	    evrpc_register_generic(rpc, "Ask", (void (*)(struct evrpc_req_generic *, void *))answer,
		NULL, (void *(*)(void *))note_new_with_arg, NULL, (void (*)(void *))note_free,
		read_any, (void *(*)(void *))note_new_with_arg, NULL, (void (*)(void *))note_free,
		is_any, (void (*)(struct evbuffer *, void *))note_marshal),
	    0);
	ask_raw("POST", "", 0);
	expect(&client, "HTTP/1.1 200 OK\r\n");
	expect_spelled("served[] ");
	stop_rpc();
}

TEST_HTTP(rpc__tags_of_more_than_32_bits)
{
	start_rpc(_i, answer);
	EXPECT_REFUSED("\x81\x80\x80\x80\x80\x80\x80\x01\3abc");
	EXPECT_REFUSED("\xff\xff\xff\xff\xff\xff\xff");
	stop_rpc();
}

TEST_HTTP(rpc__sizes_that_are_not_there)
{
	start_rpc(_i, answer);
	EXPECT_REFUSED("\1\x7f\xff\xff\xff\xf0"
		       "abc");
	EXPECT_REFUSED("\1\x7f\xff\xff\xff\xff"
		       "abc");
	EXPECT_REFUSED("\1\x70\x00\x00\x00\x80"
		       "abc");
	stop_rpc();
}

/* ---- registering ---- */

static char request_arg, reply_arg;

static void *
new_request(void *arg)
{
	ck_assert_ptr_eq(arg, &request_arg);
	return note_new_with_arg(NULL);
}

static void *
new_reply(void *arg)
{
	ck_assert_ptr_eq(arg, &reply_arg);
	return note_new_with_arg(NULL);
}

static int
register_with_args(const char *name)
{
	return evrpc_register_generic(rpc, name,
	    (void (*)(struct evrpc_req_generic *, void *))answer, NULL, new_request, &request_arg,
	    (void (*)(void *))note_free, (int (*)(void *, struct evbuffer *))note_unmarshal,
	    new_reply, &reply_arg, (void (*)(void *))note_free, (int (*)(void *))note_complete,
	    (void (*)(struct evbuffer *, void *))note_marshal);
}

TEST_HTTP(evrpc_register_generic__arguments_of_constructors)
{
	start_rpc(_i, keep_rpc);
	ck_assert_int_eq(EVRPC_UNREGISTER(rpc, Ask), 0);
	ck_assert_int_eq(register_with_args("Ask"), 0);
	make("a");
	expect_spelled("served[a] a:0[yes] ");
	stop_rpc();
}

TEST_HTTP(evrpc_register_generic__name_that_is_there)
{
	start_rpc(_i, answer);
	ck_assert_int_eq(register_with_args("Ask"), -1);
	make("a");
	expect_spelled("served[a] a:0[yes] ");
	ck_assert_int_eq(EVRPC_UNREGISTER(rpc, Ask), 0);
	ck_assert_int_eq(EVRPC_UNREGISTER(rpc, Ask), -1);
	ck_assert_int_eq(EVRPC_UNREGISTER(rpc, None), -1);
	make("b");
	expect_spelled("b:2[-] ");
	stop_rpc();
}

TEST_HTTP(evrpc_register_rpc__description_of_the_program)
{
	struct evrpc *own = calloc(1, sizeof(*own));

	start_rpc(_i, answer);
	ck_assert_int_eq(EVRPC_UNREGISTER(rpc, Ask), 0);
	own->uri = strdup("Ask");
	own->request_new = (void *(*)(void *))note_new_with_arg;
	own->request_free = (void (*)(void *))note_free;
	own->request_unmarshal = (int (*)(void *, struct evbuffer *))note_unmarshal;
	own->reply_new = (void *(*)(void *))note_new_with_arg;
	own->reply_free = (void (*)(void *))note_free;
	own->reply_complete = (int (*)(void *))note_complete;
	own->reply_marshal = (void (*)(struct evbuffer *, void *))note_marshal;
	ck_assert_int_eq(evrpc_register_rpc(
			     rpc, own, (void (*)(struct evrpc_req_generic *, void *))answer, NULL),
	    0);
	ck_assert_ptr_eq(own->base, rpc);
	make("a");
	expect_spelled("served[a] a:0[yes] ");
	stop_rpc();
}

/* ---- what a client refuses ---- */

static const char *raw_reply;
static size_t raw_size;
static int raw_code;

static void
send_raw_reply(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body = evbuffer_new();

	(void)arg;
	evbuffer_add(body, raw_reply, raw_size);
	evhttp_send_reply(request, raw_code, NULL, body);
	evbuffer_free(body);
}

static void
expect_of_reply(int code, const char *body, size_t size, const char *text)
{
	raw_code = code;
	raw_reply = body;
	raw_size = size;
	make("a");
	expect_spelled(text);
}
#define EXPECT_OF_REPLY(code, body, text) expect_of_reply(code, body, sizeof(body) - 1, text)

TEST_HTTP(rpc__replies_that_cannot_be_read)
{
	start_rpc(_i, answer);
	EVRPC_UNREGISTER(rpc, Ask);
	evhttp_set_gencb(http, send_raw_reply, NULL);
	EXPECT_OF_REPLY(200, "\1\4good", "a:0[good] ");
	EXPECT_OF_REPLY(200, "\1\4goo", "a:2[-] ");
	EXPECT_OF_REPLY(200, "\2\4good", "a:2[-] ");
	EXPECT_OF_REPLY(200,
	    "\1\x7f\xff\xff\xff\xf0"
	    "abc",
	    "a:2[-] ");
	EXPECT_OF_REPLY(200, "\xff\xff\xff\xff\xff\xff\xff", "a:2[-] ");
	stop_rpc();
}

/* A body is that of an error page then, however it looks; and no body is no reply. */
TEST_HTTP(rpc__replies_of_other_statuses)
{
	start_rpc(_i, answer);
	EVRPC_UNREGISTER(rpc, Ask);
	evhttp_set_gencb(http, send_raw_reply, NULL);
	EXPECT_OF_REPLY(404, "\1\4good", "a:2[-] ");
	EXPECT_OF_REPLY(503, "", "a:2[-] ");
	EXPECT_OF_REPLY(201, "\1\4good", "a:0[good] ");
	stop_rpc();
}

TEST_HTTP(rpc__connection_that_is_refused)
{
	start_rpc(_i, answer);
	evhttp_del_accept_socket(http, bound);
	make("a");
	expect_spelled("a:2[-] ");
	stop_rpc();
}

TEST_HTTP(rpc__connection_that_ends)
{
	start_rpc(_i, keep_rpc);
	make("a");
	expect_spelled("kept ");
	evhttp_connection_free(evhttp_request_get_connection(EVRPC_REQUEST_HTTP(with_program)));
	expect_spelled("a:1[-] ");
	reply_to_kept("late");
	stop_rpc();
}

/* ---- pools ---- */

TEST_HTTP(evrpc_pool_add_connection__rpcs_that_wait)
{
	start_rpc(_i, answer);
	evrpc_pool_remove_connection(client_pool, connection);
	make("a");
	make("b");
	some_turns();
	ck_assert_str_eq(spelled(), "");
	evrpc_pool_add_connection(client_pool, connection);
	expect_spelled("served[a] a:0[yes] served[b] b:0[yes] ");
	stop_rpc();
}

TEST_HTTP(evrpc_pool_add_connection__several_carry_one_each)
{
	struct evrpc_req__Ask *first;

	start_rpc(_i, keep_rpc);
	evrpc_pool_add_connection(client_pool, new_connection(base));
	make("a");
	expect_spelled("kept ");
	first = with_program;
	make("b");
	make("c");
	expect_spelled("kept ");
	reply_to_kept("to b");
	expect_spelled("b:0[to b] kept ");
	ck_assert_str_eq(with_program->request->text, "c");
	reply_to_kept("to c");
	expect_spelled("c:0[to c] ");
	with_program = first;
	reply_to_kept("to a");
	expect_spelled("a:0[to a] ");
	stop_rpc();
}

TEST_HTTP(evrpc_pool_new__base_for_connections_without_one)
{
	start_rpc(_i, answer);
	evrpc_pool_remove_connection(client_pool, connection);
	evhttp_connection_free(connection);
	evrpc_pool_add_connection(client_pool, new_connection(NULL));
	make("a");
	expect_spelled("served[a] a:0[yes] ");
	stop_rpc();
}

TEST_HTTP(evrpc_pool_remove_connection__rpc_goes_on)
{
	start_rpc(_i, keep_rpc);
	make("a");
	expect_spelled("kept ");
	evrpc_pool_remove_connection(client_pool, connection);
	evrpc_pool_remove_connection(client_pool, connection);
	reply_to_kept("yes");
	expect_spelled("a:0[yes] ");
	evhttp_connection_free(connection);
	stop_rpc();
}

TEST_HTTP_SIM(evrpc_pool_remove_connection__freed_with_an_rpc)
{
	start_rpc(_i, keep_rpc);
	evrpc_pool_set_timeout(client_pool, 5);
	make("a");
	expect_spelled("kept ");
	evrpc_pool_remove_connection(client_pool, connection);
	evhttp_connection_free(connection);
	expect_spelled("a:1[-] ");
	reply_to_kept("late");
	stop_rpc();
}

/* The late reply must not be that of the next RPC. */
TEST_HTTP_SIM(evrpc_pool_set_timeout__late_reply)
{
	start_rpc(_i, keep_rpc);
	evrpc_pool_set_timeout(client_pool, 5);
	make("a");
	make("b");
	expect_spelled("kept ");
	run_for_s(4);
	ck_assert_str_eq(spelled(), "");
	expect_spelled("a:1[-] ");
	reply_to_kept("late");
	expect_spelled("kept ");
	reply_to_kept("to b");
	expect_spelled("b:0[to b] ");
	stop_rpc();
}

TEST_HTTP_SIM(evrpc_pool_set_timeout__none)
{
	start_rpc(_i, keep_rpc);
	evrpc_pool_set_timeout(client_pool, 0);
	make("a");
	run_for_s(3600);
	ck_assert_str_eq(spelled(), "kept ");
	reply_to_kept("late");
	expect_spelled("a:0[late] ");
	stop_rpc();
}

TEST_HTTP_SIM(evrpc_pool_set_timeout__for_connections_that_come_later)
{
	start_rpc(_i, keep_rpc);
	evrpc_pool_remove_connection(client_pool, connection);
	evrpc_pool_set_timeout(client_pool, 100);
	evrpc_pool_add_connection(client_pool, connection);
	make("a");
	run_for_s(99);
	ck_assert_str_eq(spelled(), "kept ");
	expect_spelled("a:1[-] ");
	reply_to_kept("late");
	stop_rpc();
}

TEST_HTTP(EVRPC_MAKE_CTX__changed_before_it_is_sent)
{
	struct note *request = note_new_with_arg(NULL), *reply = note_new_with_arg(NULL);
	struct evrpc_pool *other = evrpc_pool_new(base);
	struct evrpc_request_wrapper *ctx;

	start_rpc(_i, answer);
	note_set(request, "x");
	ctx = EVRPC_MAKE_CTX(Ask, note, note, other, request, reply, on_reply, word("a"));
	ck_assert_ptr_eq(evrpc_request_get_pool(ctx), other);
	evrpc_request_set_pool(ctx, client_pool);
	evrpc_request_set_cb(
	    ctx, (void (*)(struct evrpc_status *, void *, void *, void *))on_reply, word("b"));
	ck_assert_int_eq(evrpc_make_request(ctx), 0);
	expect_spelled("served[x] b:0[yes] ");
	evrpc_pool_free(other);
	stop_rpc();
}

/* ---- hooks ---- */

TEST_HTTP(evrpc_add_hook__order_and_bytes)
{
	struct hook client_out = {"client-out", 0, "changed", NULL};
	struct hook in1 = {"in1", 0, NULL, NULL}, in2 = {"in2", 0, "more", NULL};
	struct hook out1 = {"out1", 0, NULL, NULL}, out2 = {"out2", 0, "reply", NULL};
	struct hook client_in = {"client-in", 0, NULL, NULL};
	void *handle;

	start_rpc(_i, answer);
	add_hook(client_pool, EVRPC_OUTPUT, &client_out);
	add_hook(client_pool, EVRPC_INPUT, &client_in);
	handle = add_hook(rpc, EVRPC_INPUT, &in1);
	add_hook(rpc, EVRPC_INPUT, &in2);
	add_hook(rpc, EVRPC_OUTPUT, &out1);
	add_hook(rpc, EVRPC_OUTPUT, &out2);
	make("a");
	expect_spelled("client-out in1 in2 served[more] out1 out2 client-in a:0[reply] ");
	ck_assert_int_eq(evrpc_remove_hook(rpc, EVRPC_OUTPUT, handle), 0);
	ck_assert_int_eq(evrpc_remove_hook(rpc, EVRPC_INPUT, handle), 1);
	ck_assert_int_eq(evrpc_remove_hook(rpc, EVRPC_INPUT, handle), 0);
	in2.adds = NULL;
	make("a");
	expect_spelled("client-out in2 served[changed] out1 out2 client-in a:0[reply] ");
	stop_rpc();
}

/* Whoever checks behind a hook that pauses must not be left out. */
TEST_HTTP(evrpc_resume_request__hooks_behind_are_called)
{
	struct hook first = {"first", EVRPC_PAUSE, NULL, NULL};
	struct hook second = {"second", EVRPC_TERMINATE, NULL, NULL};

	start_rpc(_i, answer);
	add_hook(rpc, EVRPC_INPUT, &first);
	add_hook(rpc, EVRPC_INPUT, &second);
	make("a");
	expect_spelled("first ");
	ck_assert_int_eq(evrpc_resume_request(rpc, paused, EVRPC_CONTINUE), 0);
	expect_spelled("second a:2[-] ");
	ck_assert_int_eq(evrpc_resume_request(rpc, paused, EVRPC_CONTINUE), -1);
	stop_rpc();
}

static void
pause_in(int i, bool is_pool, enum EVRPC_HOOK_TYPE type, enum EVRPC_HOOK_RESULT result)
{
	struct hook hook = {"hook", EVRPC_PAUSE, NULL, NULL};
	void *with;

	start_rpc(i, answer);
	with = is_pool ? (void *)client_pool : (void *)rpc;
	add_hook(with, type, &hook);
	make("a");
	while (!paused)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	some_turns();
	spell_text("resume ");
	ck_assert_int_eq(evrpc_resume_request(with, paused, result), 0);
	ck_assert_int_eq(evrpc_resume_request(with, paused, result), -1);
}

TEST_HTTP(evrpc_resume_request__goes_on)
{
	static const char *const expected[] = {"hook resume served[a] a:0[yes] ",
	    "served[a] hook resume a:0[yes] ", "served[a] hook resume a:0[yes] ",
	    "hook resume served[a] a:0[yes] "};

	for (int i = 0; i < 4; i++) {
		paused = NULL;
		pause_in(_i, i >= 2, i % 2 == 0 ? EVRPC_INPUT : EVRPC_OUTPUT, EVRPC_CONTINUE);
		expect_spelled(expected[i]);
		stop_rpc();
	}
}

TEST_HTTP(evrpc_resume_request__terminates)
{
	static const char *const expected[] = {"hook resume a:2[-] ",
	    "served[a] hook resume a:2[-] ", "served[a] hook resume a:4[-] ",
	    "hook resume a:3[-] "};

	for (int i = 0; i < 4; i++) {
		paused = NULL;
		pause_in(_i, i >= 2, i % 2 == 0 ? EVRPC_INPUT : EVRPC_OUTPUT, EVRPC_TERMINATE);
		expect_spelled(expected[i]);
		stop_rpc();
	}
}

/* While a reply waits in a hook, its connection carries the next RPC. */
TEST_HTTP(evrpc_add_hook__connection_of_a_paused_reply)
{
	struct hook hook = {"hook", EVRPC_PAUSE, NULL, NULL};
	void *first;

	start_rpc(_i, answer);
	add_hook(client_pool, EVRPC_INPUT, &hook);
	make("a");
	expect_spelled("served[a] hook ");
	first = paused;
	hook.result = EVRPC_CONTINUE;
	make("b");
	expect_spelled("served[b] hook b:0[yes] ");
	evrpc_resume_request(client_pool, first, EVRPC_CONTINUE);
	expect_spelled("a:0[yes] ");
	stop_rpc();
}

static int
refuse(void *context, struct evhttp_request *request, struct evbuffer *data, void *arg)
{
	(void)context;
	(void)request;
	(void)data;
	(void)arg;
	return EVRPC_TERMINATE;
}

static void
count_end(struct evrpc_status *status, struct note *request, struct note *reply, void *count)
{
	ck_assert_int_eq(status->error, EVRPC_STATUS_ERR_UNSTARTED);
	ck_assert_ptr_null(status->http_req);
	note_free(request);
	note_free(reply);
	++*(int *)count;
}

/* Each is refused from inside of one call, one after the other. */
TEST_HTTP(evrpc_add_hook__many_are_refused_without_nesting)
{
	int count = 0;

	start_rpc(_i, answer);
	evrpc_pool_remove_connection(client_pool, connection);
	ck_assert_ptr_nonnull(evrpc_add_hook(client_pool, EVRPC_OUTPUT, refuse, NULL));
	for (int i = 0; i < 20000; i++)
		ck_assert_int_eq(EVRPC_MAKE_REQUEST(Ask, client_pool, note_new_with_arg(NULL),
				     note_new_with_arg(NULL), count_end, &count),
		    0);
	evrpc_pool_add_connection(client_pool, connection);
	ck_assert_int_eq(count, 20000);
	stop_rpc();
}

static int
keep_and_find(void *context, struct evhttp_request *request, struct evbuffer *data, void *is_output)
{
	void *found = NULL;
	size_t size = 99;

	(void)request;
	(void)data;
	ck_assert_ptr_eq(evrpc_hook_get_connection(context), connection);
	ck_assert_int_eq(evrpc_hook_find_meta(context, "none", &found, &size), -1);
	if (is_output) {
		evrpc_hook_add_meta(context, "key", "value", 5);
		evrpc_hook_add_meta(context, "key", "later", 5);
		evrpc_hook_add_meta(context, "empty", NULL, 0);
		return EVRPC_CONTINUE;
	}
	ck_assert_int_eq(evrpc_hook_find_meta(context, "key", &found, &size), 0);
	ck_assert_uint_eq(size, 5);
	ck_assert_mem_eq(found, "value", 5);
	ck_assert_int_eq(evrpc_hook_find_meta(context, "empty", &found, &size), 0);
	ck_assert_uint_eq(size, 0);
	return EVRPC_CONTINUE;
}

TEST_HTTP(evrpc_hook_add_meta__from_request_to_reply)
{
	start_rpc(_i, answer);
	ck_assert_ptr_nonnull(
	    evrpc_add_hook(client_pool, EVRPC_OUTPUT, keep_and_find, word("output")));
	ck_assert_ptr_nonnull(evrpc_add_hook(client_pool, EVRPC_INPUT, keep_and_find, NULL));
	make("a");
	expect_spelled("served[a] a:0[yes] ");
	stop_rpc();
}

TEST(rpc__short_names_of_hooks)
{
	ck_assert_int_eq(INPUT, 77);
	ck_assert_int_eq(OUTPUT, EVRPC_OUTPUT);
}

TEST_HTTP(rpc__wrong_use)
{
	start_rpc(_i, answer);
	keep_log();
	ck_assert_ptr_null(evrpc_init(NULL));
	evrpc_free(NULL);
	evrpc_pool_free(NULL);
	evrpc_request_done(NULL);
	evrpc_pool_add_connection(client_pool, NULL);
	evrpc_pool_remove_connection(client_pool, NULL);
	ck_assert_int_eq(evrpc_unregister_rpc(rpc, NULL), -1);
	ck_assert_ptr_null(evrpc_add_hook(rpc, (enum EVRPC_HOOK_TYPE)2, call_hook, NULL));
	ck_assert_int_eq(evrpc_remove_hook(rpc, (enum EVRPC_HOOK_TYPE)2, NULL), 0);
	ck_assert_int_eq(evrpc_make_request(NULL), -1);
	ck_assert_int_eq(
	    evrpc_make_request(EVRPC_MAKE_CTX(Ask, note, note, NULL, NULL, NULL, on_reply, NULL)),
	    -1);
	ck_assert_int_gt(logged_count(EVENT_LOG_WARN), 8);
	stop_rpc();
}
