/* SPDX-License-Identifier: BSD-3-Clause */
/* Clients of RPC: what they send, what comes of right and wrong replies, queues, timeouts, hooks. */
#include <event2/event_compat.h>

#include "rpc_kit.h"

static struct evrpc_pool *pool;

static void
done(struct evrpc_status *status, struct note *request, struct note *reply, void *name)
{
	say("  %s: error %d, http %d code %d, request %s, reply %s", (char *)name, status->error,
	    status->http_req != NULL,
	    status->http_req ? evhttp_request_get_response_code(status->http_req) : 0,
	    request->text ? request->text : "-", reply->text ? reply->text : "-");
}

/* What the peer has received, without the fields of HTTP. */
static void
say_sent(void)
{
	char bytes[1000], *body;
	ssize_t n = recv(client_peer, bytes, sizeof(bytes) - 1, 0);

	if (n > 0) {
		bytes[n] = '\0';
		body = strstr(bytes, "\r\n\r\n");
		say("> %.*s", (int)strcspn(bytes, "\r"), bytes);
		http_say_line(">   ", body ? body + 4 : "");
		n = recv(client_peer, bytes, sizeof(bytes), 0);
	}
	say("> (%s)", n < 0 && errno == EAGAIN ? "open" : n == 0 ? "closed" : "else");
}

/* The same of a connection that it accepts, if there is one. */
static void
take(void)
{
	int fd;

	http_turns();
	fd = http_accept(client_listener);
	http_turns();
	if (fd >= 0)
		client_peer = fd;
	say_sent();
}

static void
make(const char *name, const char *reply)
{
	int rc = EVRPC_MAKE_REQUEST(Ask, pool, note_new(name), note_new(reply), done, (void *)name);

	say("make %s: %d", name, rc);
}

static struct evhttp_connection *
add_connection(void)
{
	struct evhttp_connection *connection =
	    evhttp_connection_base_new(http_base, NULL, "127.0.0.1", (ev_uint16_t)client_port);

	evrpc_pool_add_connection(pool, connection);
	return connection;
}

/* The reference asserts that the pool has no base where connections have one. */
static void
begin(void)
{
	event_base_free(http_base);
	http_base = event_init();
	client_listener = http_listen(&client_port);
	pool = evrpc_pool_new(NULL);
	add_connection();
}

static void
finish(void)
{
	say("free the pool");
	evrpc_pool_free(pool);
	http_turns();
	say_sent();
}

static void
answer(const char *code, const char *body, size_t size)
{
	char head[100];

	snprintf(head, sizeof(head), "HTTP/1.1 %s x\r\nContent-Length: %zu\r\n\r\n", code, size);
	say("< %s", code);
	http_say_bytes("<   ", body, size);
	http_put_text(client_peer, head);
	http_put(client_peer, body, size);
	http_turns();
}
#define ANSWER(code, body) answer(code, body, sizeof(body) - 1)

static void
replies(void)
{
	begin();
	make("first", NULL);
	take();
	ANSWER("200", "\1\5right");
	make("old reply", "old");
	take();
	ANSWER("200", "\1\5right");
	make("empty", "old");
	take();
	ANSWER("200", "");
	say_sent();
	make("not found", NULL);
	take();
	ANSWER("404", "");
	make("not found with a body", NULL);
	take();
	ANSWER("404", "\1\5right");
	make("unavailable", NULL);
	take();
	ANSWER("503", "<html>");
	make("cut", NULL);
	take();
	ANSWER("200", "\1\5rig");
	make("other tag", NULL);
	take();
	ANSWER("200", "\2\5right");
	make("more", NULL);
	take();
	ANSWER("200", "\1\5right\1\5right");
	make("reset", NULL);
	take();
	http_reset(client_peer);
	http_turns();
	make("closed", NULL);
	take();
	close(client_peer);
	http_turns();
	make("not http", NULL);
	take();
	client_answer("hello\r\n\r\n");
	make("after", NULL);
	take();
	ANSWER("200", "\1\5right");
	finish();
}

static void
refused(void)
{
	begin();
	close(client_listener);
	make("refused", NULL);
	http_turns();
	http_pass(5000);
	say("free the pool");
	evrpc_pool_free(pool);
}

static void
queue(void)
{
	int one, two;

	begin();
	add_connection();
	make("one", NULL);
	make("two", NULL);
	make("three", NULL);
	make("four", NULL);
	take();
	one = client_peer;
	take();
	two = client_peer;
	ANSWER("200", "\1\3two");
	say_sent();
	client_peer = one;
	ANSWER("200", "\1\3one");
	say_sent();
	ANSWER("200", "\1\4four");
	client_peer = two;
	ANSWER("200", "\1\5three");
	finish();
}

static void
no_connection(void)
{
	begin();
	say("remove");
	evrpc_pool_free(pool);
	pool = evrpc_pool_new(NULL);
	make("one", NULL);
	http_turns();
	add_connection();
	take();
	ANSWER("200", "\1\5right");
	take();
	finish();
}

static void
removed_connection(void)
{
	struct evhttp_connection *second;

	begin();
	second = add_connection();
	evrpc_pool_remove_connection(pool, second);
	evhttp_connection_free(second);
	make("one", NULL);
	make("two", NULL);
	take();
	ANSWER("200", "\1\3one");
	say_sent();
	ANSWER("200", "\1\3two");
	finish();
}

static void
timeouts(void)
{
	begin();
	evrpc_pool_set_timeout(pool, 5);
	make("late", NULL);
	make("next", NULL);
	take();
	http_pass(4900);
	http_pass(200);
	say_sent();
	take();
	ANSWER("200", "\1\4next");
	make("slow", NULL);
	take();
	http_pass(4000);
	client_answer("HTTP/1.1 200 x\r\nContent-Length: 7\r\n\r\n");
	http_pass(2000);
	ANSWER("200", "\1\4slow");
	finish();
}

static void
old_replies(void)
{
	begin();
	evrpc_pool_set_timeout(pool, 3);
	make("late", "old");
	take();
	http_pass(3100);
	make("reset", "old");
	take();
	http_reset(client_peer);
	http_turns();
	make("without a body", "old");
	take();
	ANSWER("404", "");
	finish();
}

static void
order(void)
{
	int first;

	begin();
	add_connection();
	make("one", NULL);
	take();
	first = client_peer;
	ANSWER("200", "\1\1x");
	make("two", NULL);
	take();
	say("the same connection: %d", client_peer == first);
	ANSWER("200", "\1\1x");
	finish();
}

static void
free_pending(void)
{
	begin();
	make("one", NULL);
	make("two", NULL);
	take();
	finish();
}

/* ---- hooks */

static void *paused;

struct hook {
	const char *name;
	int result;
	const char *adds;
};

static int
hook(void *ctx, struct evhttp_request *req, struct evbuffer *data, void *arg)
{
	struct hook *it = arg;
	void *meta = NULL;
	size_t size = 0;
	int found = evrpc_hook_find_meta(ctx, "key", &meta, &size);
	const char *uri = evhttp_request_get_uri(req);

	say("  hook %s: uri %s, meta %d %.*s, connection %d, pool %d", it->name, uri ? uri : "NULL",
	    found, found == 0 ? (int)size : 0, found == 0 ? (char *)meta : "",
	    evrpc_hook_get_connection(ctx) != NULL, evrpc_request_get_pool(ctx) == pool);
	http_say_buffer("    ", data);
	evrpc_hook_add_meta(ctx, "key", it->name, strlen(it->name));
	if (it->adds)
		evbuffer_add(data, it->adds, strlen(it->adds));
	if (it->result == EVRPC_PAUSE)
		paused = ctx;
	return it->result;
}

static void
resume(enum EVRPC_HOOK_RESULT with)
{
	void *ctx = paused;

	paused = NULL;
	say("resume");
	say("  %d", evrpc_resume_request(pool, ctx, with));
	http_turns();
}

static void
hooks(void)
{
	struct hook in1 = {"in1", EVRPC_CONTINUE, NULL}, in2 = {"in2", EVRPC_CONTINUE, NULL};
	struct hook out1 = {"out1", EVRPC_CONTINUE, NULL}, out2 = {"out2", EVRPC_CONTINUE, "more"};
	void *handle;

	begin();
	evrpc_add_hook(pool, EVRPC_INPUT, hook, &in1);
	evrpc_add_hook(pool, EVRPC_INPUT, hook, &in2);
	handle = evrpc_add_hook(pool, EVRPC_OUTPUT, hook, &out1);
	evrpc_add_hook(pool, EVRPC_OUTPUT, hook, &out2);
	make("all", NULL);
	take();
	ANSWER("200", "\1\5right");
	out2.adds = NULL;
	out1.result = EVRPC_TERMINATE;
	make("output aborts", NULL);
	http_turns();
	say_sent();
	out1.result = EVRPC_PAUSE;
	make("output pauses", NULL);
	http_turns();
	say_sent();
	resume(EVRPC_CONTINUE);
	say_sent();
	ANSWER("200", "\1\5right");
	make("output pauses and aborts", NULL);
	http_turns();
	resume(EVRPC_TERMINATE);
	say_sent();
	out1.result = EVRPC_CONTINUE;
	in1.result = EVRPC_TERMINATE;
	make("input aborts", NULL);
	take();
	ANSWER("200", "\1\5right");
	in1.result = EVRPC_PAUSE;
	make("input pauses", NULL);
	take();
	ANSWER("200", "\1\5right");
	make("waits meanwhile", NULL);
	take();
	resume(EVRPC_CONTINUE);
	say_sent();
	ANSWER("200", "\1\5right");
	if (paused)
		resume(EVRPC_TERMINATE);
	say("remove %d", evrpc_remove_hook(pool, EVRPC_OUTPUT, handle));
	in1.result = EVRPC_CONTINUE;
	make("not found", NULL);
	take();
	ANSWER("404", "");
	make("reset", NULL);
	take();
	http_reset(client_peer);
	http_turns();
	finish();
}

static void
contexts(void)
{
	struct evrpc_request_wrapper *ctx;
	struct evrpc_pool *other;

	begin();
	other = evrpc_pool_new(NULL);
	ctx = EVRPC_MAKE_CTX(
	    Ask, note, note, other, note_new("one"), note_new(NULL), done, (void *)"one");
	say("pool %d", evrpc_request_get_pool(ctx) == other);
	evrpc_request_set_pool(ctx, pool);
	say("pool %d", evrpc_request_get_pool(ctx) == pool);
	evrpc_request_set_cb(
	    ctx, (void (*)(struct evrpc_status *, void *, void *, void *))done, (void *)"other");
	say("make: %d", evrpc_make_request(ctx));
	take();
	ANSWER("200", "\1\5right");
	evrpc_pool_free(other);
	finish();
}

static void
names(void)
{
	begin();
	say("%d",
	    evrpc_send_request_generic(pool, note_new("x"), note_new(NULL),
		(void (*)(struct evrpc_status *, void *, void *, void *))done, (void *)"strange",
		"a/b?c", (void (*)(struct evbuffer *, void *))note_marshal,
		(void (*)(void *))note_clear, (int (*)(void *, struct evbuffer *))note_unmarshal));
	take();
	ANSWER("200", "\1\5right");
	finish();
}

int
main(void)
{
	http_case("replies", replies);
	http_case("refused", refused);
	http_case("queue", queue);
	http_case("no connection", no_connection);
	http_case("removed connection", removed_connection);
	http_case("timeouts", timeouts);
	http_case("old replies", old_replies);
	http_case("order", order);
	http_case("free pending", free_pending);
	http_case("hooks", hooks);
	http_case("contexts", contexts);
	http_case("names", names);
	return 0;
}
