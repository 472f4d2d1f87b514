/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server and a client of RPC on one loop.  The RPC Ask has a note, which is one text, as its
 * request and its reply.  For one test file: everything is static.
 *
 *	TEST_HTTP(evrpc_request_done__reply)
 *	{
 *		start_rpc(_i, answer);
 *		make("a");
 *		expect_spelled("served[a] a:0[yes] ");
 *		stop_rpc();
 *	}
 */
#ifndef LEVIN_TESTS_SUPPORT_RPC_KIT_H
#define LEVIN_TESTS_SUPPORT_RPC_KIT_H

#include "support/http_kit.h"

#include <event2/rpc.h>
#include <event2/rpc_struct.h>
#include <event2/tag.h>

struct note {
	char text[40];
	int is_set;
	struct note *next;
	struct note **link;
};

EVRPC_HEADER(Ask, note, note)

static int notes; /* that exist */
static struct note *all_notes;
static struct evrpc_base *rpc;
static struct evrpc_pool *client_pool;
static struct evhttp_connection *connection;
static struct evrpc_req__Ask *with_program;

/* ---- Messages, as generated code has them ---- */

static inline struct note *
note_new_with_arg(void *arg)
{
	struct note *note = calloc(1, sizeof(*note));

	ck_assert_ptr_nonnull(note);
	ck_assert_ptr_null(arg);
	note->next = all_notes;
	note->link = &all_notes;
	if (all_notes)
		all_notes->link = &note->next;
	all_notes = note;
	notes++;
	return note;
}

static inline void
note_free(struct note *note)
{
	notes--;
	*note->link = note->next;
	if (note->next)
		note->next->link = note->link;
	free(note);
}

static inline void
note_clear(struct note *note)
{
	note->is_set = 0;
}

static inline void
note_set(struct note *note, const char *text)
{
	ck_assert_uint_lt(strlen(text), sizeof(note->text));
	strcpy(note->text, text);
	note->is_set = 1;
}

static inline int
note_complete(struct note *note)
{
	return note->is_set ? 0 : -1;
}

static inline void
note_marshal(struct evbuffer *buffer, const struct note *note)
{
	if (note->is_set)
		evtag_marshal_string(buffer, 1, note->text);
}

static inline int
note_unmarshal(struct note *note, struct evbuffer *buffer)
{
	char *text;

	while (evbuffer_get_length(buffer) > 0) {
		if (evtag_unmarshal_string(buffer, 1, &text) < 0)
			return -1;
		snprintf(note->text, sizeof(note->text), "%s", text);
		note->is_set = 1;
		free(text);
	}
	return note_complete(note);
}

EVRPC_GENERATE(Ask, note, note)

/* ---- The server ---- */

/* Callback of RPCs: "served[TEXT] ", and the reply "yes". */
static inline void
answer(struct evrpc_req__Ask *ask, void *arg)
{
	(void)arg;
	spell_text("served[");
	spell_text(ask->request->text);
	spell_text("] ");
	note_set(ask->reply, "yes");
	EVRPC_REQUEST_DONE(ask);
}

/* Callback of RPCs: the reply is owed. */
static inline void
keep_rpc(struct evrpc_req__Ask *ask, void *arg)
{
	(void)arg;
	spell_text("kept ");
	with_program = ask;
}

static inline void
reply_to_kept(const char *text)
{
	note_set(evrpc_get_reply((struct evrpc_req_generic *)with_program), text);
	EVRPC_REQUEST_DONE(with_program);
}

/* ---- The client ---- */

static inline void
spell_status(const struct evrpc_status *status, const struct note *reply, const char *name)
{
	char text[100];

	snprintf(text, sizeof(text), "%s:%d[%s] ", name, status->error,
	    reply->is_set ? reply->text : "-");
	spell_text(text);
}

/* Callback of clients: "NAME:ERROR[REPLY] ".  It frees both messages. */
static inline void
on_reply(struct evrpc_status *status, struct note *request, struct note *reply, void *name)
{
	spell_status(status, reply, name);
	note_free(request);
	note_free(reply);
}

static inline int
make_with(const char *name, void (*cb)(struct evrpc_status *, struct note *, struct note *, void *))
{
	struct note *request = note_new_with_arg(NULL);
	struct note *reply = note_new_with_arg(NULL);

	note_set(request, name);
	note_set(reply, "old");
	return EVRPC_MAKE_REQUEST(Ask, client_pool, request, reply, cb, word(name));
}

static inline void
make(const char *name)
{
	ck_assert_int_eq(make_with(name, on_reply), 0);
}

static inline struct evhttp_connection *
new_connection(struct event_base *of)
{
	struct sockaddr_in address = {.sin_port = htons(HTTP_SIM_PORT)};
	socklen_t size = sizeof(address);
	struct evhttp_connection *made;

	if (!is_simulated())
		ck_assert_int_eq(getsockname(evhttp_bound_socket_get_fd(bound),
				     (struct sockaddr *)&address, &size),
		    0);
	made = evhttp_connection_base_new(of, NULL, "127.0.0.1", ntohs(address.sin_port));
	ck_assert_ptr_nonnull(made);
	return made;
}

static inline void
start_rpc(int i, void (*cb)(struct evrpc_req__Ask *, void *))
{
	start(i);
	rpc = evrpc_init(http);
	ck_assert_ptr_nonnull(rpc);
	ck_assert_int_eq(EVRPC_REGISTER(rpc, Ask, note, note, cb, NULL), 0);
	client_pool = evrpc_pool_new(base);
	ck_assert_ptr_nonnull(client_pool);
	connection = new_connection(base);
	evrpc_pool_add_connection(client_pool, connection);
}

/* No message may be left but those of RPCs that ended without their callback. */
static inline void
stop_rpc_with(int left)
{
	if (rpc)
		evrpc_free(rpc);
	if (client_pool)
		evrpc_pool_free(client_pool);
	some_turns();
	stop();
	ck_assert_int_eq(notes, left);
	while (all_notes)
		note_free(all_notes);
}

static inline void
stop_rpc(void)
{
	stop_rpc_with(0);
}

/* ---- Hooks ---- */

struct hook {
	const char *name;
	int result;
	const char *adds;
	void (*acts)(void);
};

static void *paused;

/* "NAME " */
static inline int
call_hook(void *context, struct evhttp_request *request, struct evbuffer *data, void *arg)
{
	struct hook *hook = arg;

	ck_assert_ptr_nonnull(request);
	spell_text(hook->name);
	spell_text(" ");
	if (hook->adds)
		evtag_marshal_string(data, 1, hook->adds);
	if (hook->result == EVRPC_PAUSE)
		paused = context;
	if (hook->acts)
		hook->acts();
	return hook->result;
}

static inline void *
add_hook(void *to, enum EVRPC_HOOK_TYPE type, struct hook *hook)
{
	void *handle = evrpc_add_hook(to, type, call_hook, hook);

	ck_assert_ptr_nonnull(handle);
	return handle;
}

#endif
