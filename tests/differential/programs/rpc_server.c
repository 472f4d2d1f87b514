/* SPDX-License-Identifier: BSD-3-Clause */
/* Servers of RPC: what they reply to right and wrong requests, hooks, and what they free. */
#include "rpc_kit.h"

static struct evhttp *http;
static struct evrpc_base *rpc;
static int port;
static struct evrpc_req__Ask *kept;

static void
answer(struct evrpc_req__Ask *ask, void *name)
{
	struct note *request = evrpc_get_request((struct evrpc_req_generic *)ask);

	say("  %s: asked %s, http %d", (char *)name, request->text,
	    EVRPC_REQUEST_HTTP(ask) != NULL);
	note_set(ask->reply, "the answer");
	EVRPC_REQUEST_DONE(ask);
}

static void
answer_nothing(struct evrpc_req__Ask *ask, void *name)
{
	(void)name;
	EVRPC_REQUEST_DONE(ask);
}

static void
keep(struct evrpc_req__Ask *ask, void *name)
{
	(void)name;
	say("  kept");
	kept = ask;
}

static void
other(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("  other: %s", evhttp_request_get_uri(req));
	evhttp_send_reply(req, 200, "Other", NULL);
}

static int
ask_on(int fd, const char *head, const char *body, size_t size)
{
	char text[500];

	snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", head,
	    size);
	say("> %s", head);
	http_say_bytes(">   ", body, size);
	http_put_text(fd, text);
	http_put(fd, body, size);
	http_turns();
	return fd;
}

static void
ask(const char *head, const char *body, size_t size)
{
	int fd = ask_on(http_connect(port), head, body, size);

	http_say_short(fd);
	close(fd);
	http_turns();
}
#define ASK(head, body) ask(head, body, sizeof(body) - 1)

static void
begin(void (*cb)(struct evrpc_req__Ask *, void *))
{
	http = http_server(&port);
	evhttp_set_gencb(http, other, NULL);
	rpc = evrpc_init(http);
	say("register: %d", EVRPC_REGISTER(rpc, Ask, note, note, cb, (void *)"Ask"));
}

static void
finish(void)
{
	evrpc_free(rpc);
	ASK("POST /.rpc.Ask", "\1\3abc");
	evhttp_free(http);
}

static void
requests(void)
{
	begin(answer);
	http_say_received(ask_on(http_connect(port), "POST /.rpc.Ask", "\1\3abc", 5));
	ASK("POST /.rpc.Ask", "");
	ASK("POST /.rpc.Ask", "\1");
	ASK("POST /.rpc.Ask", "\1\3ab");
	ASK("POST /.rpc.Ask", "\2\3abc");
	ASK("POST /.rpc.Ask", "\1\3abc\1\3abc");
	ASK("POST /.rpc.Ask", "\1\1");
	ASK("POST /.rpc.Ask?x", "\1\3abc");
	ASK("POST /.rpc.%41sk", "\1\3abc");
	ASK("POST /.rpc.ask", "\1\3abc");
	ASK("POST /.rpc.None", "\1\3abc");
	ASK("PUT /.rpc.Ask", "\1\3abc");
	finish();
}

static void
get(void)
{
	begin(answer);
	ASK("GET /.rpc.Ask", "");
	ASK("HEAD /.rpc.Ask", "");
	evrpc_free(rpc);
	evhttp_free(http);
}

static void
incomplete_reply(void)
{
	begin(answer_nothing);
	ASK("POST /.rpc.Ask", "\1\3abc");
	finish();
}

static void
registering(void)
{
	begin(answer);
	say("unregister: %d", EVRPC_UNREGISTER(rpc, None));
	say("unregister: %d", EVRPC_UNREGISTER(rpc, Ask));
	ASK("POST /.rpc.Ask", "\1\3abc");
	say("again: %d", EVRPC_REGISTER(rpc, Ask, note, note, answer, (void *)"again"));
	ASK("POST /.rpc.Ask", "\1\3abc");
	finish();
}

static void
registering_twice(void)
{
	begin(answer);
	say("again: %d", EVRPC_REGISTER(rpc, Ask, note, note, keep, (void *)"again"));
	ASK("POST /.rpc.Ask", "\1\3abc");
	say("unregister: %d", EVRPC_UNREGISTER(rpc, Ask));
	ASK("POST /.rpc.Ask", "\1\3abc");
	say("unregister: %d", EVRPC_UNREGISTER(rpc, Ask));
	finish();
}

static void
own_description(void)
{
	struct evrpc *own = calloc(1, sizeof(*own));

	begin(answer);
	own->uri = strdup("Own");
	own->request_new = note_new_with_arg;
	own->request_free = (void (*)(void *))note_free;
	own->request_unmarshal = (int (*)(void *, struct evbuffer *))note_unmarshal;
	own->reply_new = note_new_with_arg;
	own->reply_free = (void (*)(void *))note_free;
	own->reply_complete = (int (*)(void *))note_complete;
	own->reply_marshal = (void (*)(struct evbuffer *, void *))note_marshal;
	say("own: %d", evrpc_register_rpc(rpc, own,
			   (void (*)(struct evrpc_req_generic *, void *))answer, (void *)"own"));
	say("base %d, cb %d, arg %s, uri %s", own->base == rpc,
	    own->cb == (void (*)(struct evrpc_req_generic *, void *))answer, (char *)own->cb_arg,
	    own->uri);
	ASK("POST /.rpc.Own", "\1\3abc");
	say("unregister: %d", EVRPC_UNREGISTER(rpc, Own));
	ASK("POST /.rpc.Own", "\1\3abc");
	finish();
}

static void
later(void)
{
	int fd;

	begin(keep);
	fd = ask_on(http_connect(port), "POST /.rpc.Ask", "\1\3abc", 5);
	http_say_short(fd);
	note_set(evrpc_get_reply((struct evrpc_req_generic *)kept), "late");
	evhttp_add_header(
	    evhttp_request_get_output_headers(EVRPC_REQUEST_HTTP(kept)), "X-Own", "value");
	EVRPC_REQUEST_DONE(kept);
	http_turns();
	http_say_received(fd);
	finish();
}

static void
peer_gone(void)
{
	int fd;

	begin(keep);
	fd = ask_on(http_connect(port), "POST /.rpc.Ask", "\1\3abc", 5);
	http_reset(fd);
	http_turns();
	note_set(kept->reply, "late");
	EVRPC_REQUEST_DONE(kept);
	http_turns();
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

	say("  hook %s: uri %s, meta %d %.*s, connection %d", it->name, evhttp_request_get_uri(req),
	    found, found == 0 ? (int)size : 0, found == 0 ? (char *)meta : "",
	    evrpc_hook_get_connection(ctx) != NULL);
	http_say_buffer("    ", data);
	evrpc_hook_add_meta(ctx, "key", it->name, strlen(it->name));
	if (it->adds)
		evbuffer_add(data, it->adds, strlen(it->adds));
	if (it->result == EVRPC_PAUSE)
		paused = ctx;
	return it->result;
}

static void
hooks_of(int input, int output)
{
	struct hook in1 = {"in1", EVRPC_CONTINUE, NULL}, in2 = {"in2", input, NULL};
	struct hook out1 = {"out1", output, NULL}, out2 = {"out2", EVRPC_CONTINUE, "more"};
	void *handle, *handle_out;
	int fd;

	say("input %d, output %d", input, output);
	begin(answer);
	handle = evrpc_add_hook(rpc, EVRPC_INPUT, hook, &in1);
	evrpc_add_hook(rpc, EVRPC_INPUT, hook, &in2);
	handle_out = evrpc_add_hook(rpc, EVRPC_OUTPUT, hook, &out1);
	evrpc_add_hook(rpc, EVRPC_OUTPUT, hook, &out2);
	fd = ask_on(http_connect(port), "POST /.rpc.Ask", "\1\3abc", 5);
	if (input == EVRPC_TERMINATE || output == EVRPC_TERMINATE)
		http_say_short(fd);
	else
		http_say_received(fd);
	for (int i = 0; paused && i < 5; i++) {
		void *ctx = paused;
		int result = evrpc_resume_request(rpc, ctx, EVRPC_CONTINUE);

		if (paused == ctx)
			paused = NULL;
		say("resume: %d", result);
		http_turns();
		http_say_received(fd);
	}
	say("remove: %d %d", evrpc_remove_hook(rpc, EVRPC_OUTPUT, handle),
	    evrpc_remove_hook(rpc, EVRPC_INPUT, handle));
	say("remove: %d %d", evrpc_remove_hook(rpc, EVRPC_INPUT, handle_out),
	    evrpc_remove_hook(rpc, EVRPC_OUTPUT, handle_out));
	in2.result = EVRPC_CONTINUE;
	ASK("POST /.rpc.Ask", "\1\3abc");
	finish();
}

static void
hooks_continue(void)
{
	hooks_of(EVRPC_CONTINUE, EVRPC_CONTINUE);
}

static void
hooks_terminate_input(void)
{
	hooks_of(EVRPC_TERMINATE, EVRPC_CONTINUE);
}

static void
hooks_terminate_output(void)
{
	hooks_of(EVRPC_CONTINUE, EVRPC_TERMINATE);
}

static void
hooks_pause_input(void)
{
	hooks_of(EVRPC_PAUSE, EVRPC_CONTINUE);
}

static void
hooks_pause_output(void)
{
	hooks_of(EVRPC_CONTINUE, EVRPC_PAUSE);
}

static void
resume_terminate(enum EVRPC_HOOK_TYPE type)
{
	struct hook pauses = {"pauses", EVRPC_PAUSE, NULL};
	void *ctx;
	int fd;

	begin(answer);
	evrpc_add_hook(rpc, type, hook, &pauses);
	fd = ask_on(http_connect(port), "POST /.rpc.Ask", "\1\3abc", 5);
	http_say_short(fd);
	ctx = paused;
	say("resume: %d", evrpc_resume_request(rpc, ctx, EVRPC_TERMINATE));
	http_turns();
	http_say_short(fd);
	say("again: %d", evrpc_resume_request(rpc, ctx, EVRPC_TERMINATE));
	pauses.result = EVRPC_CONTINUE;
	finish();
}

static void
resume_terminate_input(void)
{
	resume_terminate(EVRPC_INPUT);
}

static void
resume_terminate_output(void)
{
	resume_terminate(EVRPC_OUTPUT);
}

int
main(void)
{
	http_case("requests", requests);
	http_case("get", get);
	http_case("incomplete reply", incomplete_reply);
	http_case("registering", registering);
	http_case("registering twice", registering_twice);
	http_case("own description", own_description);
	http_case("later", later);
	http_case("peer gone", peer_gone);
	http_case("hooks continue", hooks_continue);
	http_case("hooks terminate input", hooks_terminate_input);
	http_case("hooks terminate output", hooks_terminate_output);
	http_case("hooks pause input", hooks_pause_input);
	http_case("hooks pause output", hooks_pause_output);
	http_case("resume terminate input", resume_terminate_input);
	http_case("resume terminate output", resume_terminate_output);
	return 0;
}
