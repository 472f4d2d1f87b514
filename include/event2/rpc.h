/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * RPC: calls from one program to another, whose requests and replies are messages of tagged data
 * over HTTP.
 *
 * Link with libevent_extra (pkg-config libevent_extra).
 *
 * event_rpcgen.py makes the code of the messages from their description.  For each RPC a header
 * of the program has EVRPC_HEADER(), and one source file EVRPC_GENERATE():
 *
 *     EVRPC_HEADER(Search, query, result)
 *     EVRPC_GENERATE(Search, query, result)
 *
 * A server makes a base with evrpc_init() and registers the RPC with EVRPC_REGISTER().  Its
 * callback fills in the reply, at once or later, and calls EVRPC_REQUEST_DONE().
 *
 * A client makes a pool of connections with evrpc_pool_new() and evrpc_pool_add_connection(), and
 * calls EVRPC_MAKE_REQUEST().  Each connection carries one RPC at a time; further ones wait.
 *
 * The request is the body of a POST to "/.rpc." with the name behind it, the reply that of the
 * response with status 200.  A server replies with status 503 to what it cannot read.  Hooks see
 * the bytes of requests and replies and may change or refuse them, see evrpc_add_hook().
 *
 * All functions are called on the thread of the event base.  Callbacks and hooks may call all of
 * them; they may free what they get, the base of the server and the pool.
 */
#ifndef EVENT2_RPC_H_INCLUDED_
#define EVENT2_RPC_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct evbuffer;
struct event_base;
struct evhttp;
struct evhttp_connection;
struct evhttp_request;
/** An RPC on a server; see event2/rpc_struct.h. */
struct evrpc;
/** The RPCs of a server, made by evrpc_init(). */
struct evrpc_base;
/** Connections for RPCs of a client, made by evrpc_pool_new(). */
struct evrpc_pool;
/** An RPC that has come to a server, of any type. */
struct evrpc_req_generic;
/** An RPC of a client, made by EVRPC_MAKE_CTX(). */
struct evrpc_request_wrapper;
/** How an RPC has ended; see event2/rpc_struct.h. */
struct evrpc_status;
/** Data of hooks, and what else the library keeps with an RPC. */
struct evrpc_hook_meta;

/** @name Members of messages
 * For messages that event_rpcgen.py has made: `msg` is a pointer to one, `member` a name.
 * @{ */
/** Whether a member is set. */
#define EVTAG_HAS(msg, member) ((msg)->member##_set == 1)

#ifndef EVENT2_RPC_COMPAT_H_INCLUDED_
/** Set a member; a text and a message are copied.  Returns 0, or -1 if memory is short. */
#define EVTAG_ASSIGN(msg, member, value) (*(msg)->base->member##_assign)((msg), (value))
/** Set a member of bytes, which are copied.  Returns 0, or -1 if memory is short. */
#define EVTAG_ASSIGN_WITH_LEN(msg, member, value, len) \
	(*(msg)->base->member##_assign)((msg), (value), (len))
/** Get a member, which stays the message's.  Returns 0, or -1 if it is not set. */
#define EVTAG_GET(msg, member, pvalue) (*(msg)->base->member##_get)((msg), (pvalue))
/** Get a member of bytes, which stay the message's.  Returns 0, or -1 if it is not set. */
#define EVTAG_GET_WITH_LEN(msg, member, pvalue, plen) \
	(*(msg)->base->member##_get)((msg), (pvalue), (plen))
#endif /* EVENT2_RPC_COMPAT_H_INCLUDED_ */

/** Append a number or a text to an array.  Returns where it is, or NULL if memory is short. */
#define EVTAG_ARRAY_ADD_VALUE(msg, member, value) (*(msg)->base->member##_add)((msg), (value))
/** Append an empty message to an array.  Returns it, or NULL if memory is short. */
#define EVTAG_ARRAY_ADD(msg, member) (*(msg)->base->member##_add)(msg)
/** Get an entry of an array.  Returns 0, or -1 if there is no such entry. */
#define EVTAG_ARRAY_GET(msg, member, offset, pvalue) \
	(*(msg)->base->member##_get)((msg), (offset), (pvalue))
/** The number of entries in an array. */
#define EVTAG_ARRAY_LEN(msg, member) ((msg)->member##_length)
/** @} */

/** @name Types of RPCs
 * @{ */
/** The type of an RPC on a server. */
#define EVRPC_STRUCT(rpcname) struct evrpc_req__##rpcname

/**
 * Declare an RPC: its type on a server, and the function that sends it from a client.
 *
 * `reqstruct` and `rplystruct` are names of messages.
 */
#define EVRPC_HEADER(rpcname, reqstruct, rplystruct)                                               \
	EVRPC_STRUCT(rpcname)                                                                      \
	{                                                                                          \
		struct evrpc_hook_meta *hook_meta;                                                 \
		struct reqstruct *request;                                                         \
		struct rplystruct *reply;                                                          \
		struct evrpc *rpc;                                                                 \
		struct evhttp_request *http_req;                                                   \
		struct evbuffer *rpc_data;                                                         \
	};                                                                                         \
	EVENT2_EXPORT_SYMBOL                                                                       \
	int evrpc_send_request_##rpcname(struct evrpc_pool *, struct reqstruct *,                  \
	    struct rplystruct *,                                                                   \
	    void (*)(struct evrpc_status *, struct reqstruct *, struct rplystruct *, void *cbarg), \
	    void *);

/** Define the function that sends an RPC; once for each EVRPC_HEADER(). */
#define EVRPC_GENERATE(rpcname, reqstruct, rplystruct)                                            \
	int evrpc_send_request_##rpcname(struct evrpc_pool *pool, struct reqstruct *request,      \
	    struct rplystruct *reply,                                                             \
	    void (*cb)(                                                                           \
		struct evrpc_status *, struct reqstruct *, struct rplystruct *, void *cbarg),     \
	    void *cbarg)                                                                          \
	{                                                                                         \
		return evrpc_send_request_generic(pool, request, reply,                           \
		    (void (*)(struct evrpc_status *, void *, void *, void *))cb, cbarg, #rpcname, \
		    (void (*)(struct evbuffer *, void *))reqstruct##_marshal,                     \
		    (void (*)(void *))rplystruct##_clear,                                         \
		    (int (*)(void *, struct evbuffer *))rplystruct##_unmarshal);                  \
	}
/** @} */

/* ---- Servers ---- */

/** Register an RPC as evrpc_register_generic() does, with the functions of its messages. */
#define EVRPC_REGISTER(base, name, request, reply, callback, cbarg)                            \
	evrpc_register_generic(base, #name,                                                    \
	    (void (*)(struct evrpc_req_generic *, void *))callback, cbarg,                     \
	    (void *(*)(void *))request##_new_with_arg, NULL, (void (*)(void *))request##_free, \
	    (int (*)(void *, struct evbuffer *))request##_unmarshal,                           \
	    (void *(*)(void *))reply##_new_with_arg, NULL, (void (*)(void *))reply##_free,     \
	    (int (*)(void *))reply##_complete,                                                 \
	    (void (*)(struct evbuffer *, void *))reply##_marshal)
/** Unregister an RPC as evrpc_unregister_rpc() does. */
#define EVRPC_UNREGISTER(base, name) evrpc_unregister_rpc((base), #name)
/** The HTTP request of an RPC on a server: for its fields and its peer. */
#define EVRPC_REQUEST_HTTP(rpc_req) (rpc_req)->http_req
/** Send the reply to an RPC as evrpc_request_done() does. */
#define EVRPC_REQUEST_DONE(rpc_req)                                                     \
	do {                                                                            \
		struct evrpc_req_generic *req_ = (struct evrpc_req_generic *)(rpc_req); \
		evrpc_request_done(req_);                                               \
	} while (0)

/**
 * Make a base for the RPCs of an HTTP server.
 *
 * The server accepts requests without the field Host from then on: libevent's own clients of RPC
 * send none.
 *
 * @param server  the server; it must not be freed before the base
 * @return the base, to be freed with evrpc_free(); NULL if memory is short
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evrpc_base *evrpc_init(struct evhttp *server);

/**
 * Free the base of a server's RPCs, and what is registered with it.
 *
 * RPCs that wait in a hook are refused with status 503 at once.  Others that are under way stay
 * with the program, which calls evrpc_request_done(); they are refused then, because the hooks
 * for their replies are gone.
 *
 * @param base  the base
 *
 * Threads: that of the event base.
 * Since: libevent 2.1; there no RPC may be under way
 */
EVENT2_EXPORT_SYMBOL
void evrpc_free(struct evrpc_base *base);

/**
 * Register an RPC; EVRPC_REGISTER() calls it.
 *
 * @param base           the base
 * @param name           its name; a client finds it at "/.rpc." and the name
 * @param callback       called with each RPC whose request could be read; it, or another function
 *                       later, fills in the reply and calls evrpc_request_done()
 * @param cbarg          argument of callback
 * @param req_new        make an empty request; NULL if memory is short
 * @param req_new_arg    argument of req_new
 * @param req_free       free a request
 * @param req_unmarshal  read a request from a buffer; 0, or -1 if it is not such a message
 * @param rpl_new        make an empty reply; NULL if memory is short
 * @param rpl_new_arg    argument of rpl_new
 * @param rpl_free       free a reply
 * @param rpl_complete   0, or -1 if something that a reply needs is not set
 * @param rpl_marshal    append a reply to a buffer
 * @return 0, or -1 if there is such a name or memory is short
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evrpc_register_generic(struct evrpc_base *base, const char *name,
    void (*callback)(struct evrpc_req_generic *, void *), void *cbarg, void *(*req_new)(void *),
    void *req_new_arg, void (*req_free)(void *), int (*req_unmarshal)(void *, struct evbuffer *),
    void *(*rpl_new)(void *), void *rpl_new_arg, void (*rpl_free)(void *),
    int (*rpl_complete)(void *), void (*rpl_marshal)(struct evbuffer *, void *));

/**
 * Register an RPC that the program has described.
 *
 * @param base  the base
 * @param rpc   the description.  It and the name in it were allocated with malloc(), or with the
 *              function of event_set_mem_functions(), and belong to the base on success
 * @param cb    as for evrpc_register_generic()
 * @param arg   argument of cb
 * @return 0, or -1 if there is such a name or memory is short
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evrpc_register_rpc(struct evrpc_base *base, struct evrpc *rpc,
    void (*cb)(struct evrpc_req_generic *, void *), void *arg);

/**
 * Unregister an RPC.
 *
 * Those that are under way go on.
 *
 * @param base  the base
 * @param name  its name
 * @return 0, or -1 if there is none
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evrpc_unregister_rpc(struct evrpc_base *base, const char *name);

/**
 * Send the reply to an RPC; EVRPC_REQUEST_DONE() calls it.
 *
 * The RPC, its request and its reply belong to the library from then on.  If the reply is not
 * complete the client gets status 503, and if the client has gone nothing is sent.
 *
 * @param req  the RPC
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evrpc_request_done(struct evrpc_req_generic *req);

/**
 * Get the request of an RPC on a server.
 *
 * @param req  the RPC
 * @return the request, which stays the library's
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void *evrpc_get_request(struct evrpc_req_generic *req);

/**
 * Get the reply of an RPC on a server, to be filled in.
 *
 * @param req  the RPC
 * @return the reply, which stays the library's
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void *evrpc_get_reply(struct evrpc_req_generic *req);

/* ---- Clients ---- */

/** Send an RPC as evrpc_send_request_generic() does: the function that EVRPC_GENERATE() defines. */
#define EVRPC_MAKE_REQUEST(name, pool, request, reply, cb, cbarg) \
	evrpc_send_request_##name((pool), (request), (reply), (cb), (cbarg))
/** Make an RPC as evrpc_make_request_ctx() does, with the functions of its messages. */
#define EVRPC_MAKE_CTX(rpcname, reqstruct, rplystruct, pool, request, reply, cb, cbarg) \
	evrpc_make_request_ctx(pool, request, reply, #rpcname,                          \
	    (void (*)(struct evbuffer *, void *))reqstruct##_marshal,                   \
	    (void (*)(void *))rplystruct##_clear,                                       \
	    (int (*)(void *, struct evbuffer *))rplystruct##_unmarshal,                 \
	    (void (*)(struct evrpc_status *, void *, void *, void *))cb, cbarg)

/**
 * Make a pool of connections.
 *
 * @param base  the event base for connections that are made without one; or NULL
 * @return the pool, to be freed with evrpc_pool_free(); NULL if memory is short
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evrpc_pool *evrpc_pool_new(struct event_base *base);

/**
 * Free a pool and its connections.
 *
 * RPCs that wait or are under way end without their callbacks.
 *
 * @param pool  the pool
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evrpc_pool_free(struct evrpc_pool *pool);

/**
 * Add a connection to a pool.
 *
 * @param pool   the pool
 * @param evcon  a client's connection without requests; the pool frees it
 *
 * Threads: that of the event base.
 * Since: libevent 2.1; there a pool and its connections must not both have a base
 */
EVENT2_EXPORT_SYMBOL
void evrpc_pool_add_connection(struct evrpc_pool *pool, struct evhttp_connection *evcon);

/**
 * Take a connection out of a pool.
 *
 * An RPC that is under way on it goes on.  If the program frees the connection before it has
 * ended, it ends with the timeout of the pool, or with the pool.
 *
 * @param pool   the pool
 * @param evcon  the connection, which is the program's from then on
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evrpc_pool_remove_connection(struct evrpc_pool *pool, struct evhttp_connection *evcon);

/**
 * Set the time after which an RPC fails.
 *
 * It runs from when the request is sent, and is set for the connections of the pool, too:
 * those that are added later get it if they have no timeout of their own.  Without this call the
 * timeouts of the connections hold, which are 50 seconds.
 *
 * @param pool             the pool
 * @param timeout_in_secs  the time in seconds; 0 for no limit
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evrpc_pool_set_timeout(struct evrpc_pool *pool, int timeout_in_secs);

/**
 * Send an RPC; EVRPC_MAKE_REQUEST() calls it, by way of the function of EVRPC_GENERATE().
 *
 * Where all connections are busy, or there is none yet, the RPC waits.
 *
 * @param pool           the pool
 * @param request        the request, which stays the caller's; until cb is called
 * @param reply          is filled in, and cleared if the RPC fails; likewise
 * @param cb             called once when the RPC has ended, maybe inside of this call
 * @param cb_arg         argument of cb
 * @param rpcname        the name of the RPC
 * @param req_marshal    append a request to a buffer
 * @param rpl_clear      make a reply empty
 * @param rpl_unmarshal  read a reply from a buffer; 0, or -1 if it is not such a message
 * @return 0, or -1 if memory is short; cb is not called then
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evrpc_send_request_generic(struct evrpc_pool *pool, void *request, void *reply,
    void (*cb)(struct evrpc_status *, void *, void *, void *), void *cb_arg, const char *rpcname,
    void (*req_marshal)(struct evbuffer *, void *), void (*rpl_clear)(void *),
    int (*rpl_unmarshal)(void *, struct evbuffer *));

/**
 * Make an RPC that is sent later; EVRPC_MAKE_CTX() calls it.
 *
 * @param pool           the pool
 * @param request        as for evrpc_send_request_generic(), as all below
 * @param reply          likewise
 * @param rpcname        likewise
 * @param req_marshal    likewise
 * @param rpl_clear      likewise
 * @param rpl_unmarshal  likewise
 * @param cb             likewise
 * @param cbarg          likewise
 * @return the RPC, for evrpc_make_request(); NULL if memory is short
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evrpc_request_wrapper *evrpc_make_request_ctx(struct evrpc_pool *pool, void *request,
    void *reply, const char *rpcname, void (*req_marshal)(struct evbuffer *, void *),
    void (*rpl_clear)(void *), int (*rpl_unmarshal)(void *, struct evbuffer *),
    void (*cb)(struct evrpc_status *, void *, void *, void *), void *cbarg);

/**
 * Send an RPC that evrpc_make_request_ctx() has made.
 *
 * @param ctx  the RPC; the library frees it, also on failure
 * @return 0, or -1 if it has no pool or memory is short; its callback is not called then
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evrpc_make_request(struct evrpc_request_wrapper *ctx);

/**
 * Get the pool of an RPC.
 *
 * @param ctx  the RPC, or what a hook of a pool gets
 * @return the pool
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evrpc_pool *evrpc_request_get_pool(struct evrpc_request_wrapper *ctx);

/**
 * Set the pool of an RPC that was not sent yet.
 *
 * @param ctx   the RPC
 * @param pool  the pool
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evrpc_request_set_pool(struct evrpc_request_wrapper *ctx, struct evrpc_pool *pool);

/**
 * Set the callback of an RPC.
 *
 * @param ctx     the RPC, or what a hook of a pool gets
 * @param cb      as for evrpc_send_request_generic()
 * @param cb_arg  likewise
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evrpc_request_set_cb(struct evrpc_request_wrapper *ctx,
    void (*cb)(struct evrpc_status *, void *request, void *reply, void *arg), void *cb_arg);

/* ---- Hooks ---- */

/** Which bytes a hook sees. */
enum EVRPC_HOOK_TYPE {
	EVRPC_INPUT, /**< Those that have come: requests of a server, replies of a pool. */
	EVRPC_OUTPUT /**< Those that are sent: replies of a server, requests of a pool. */
};

#ifndef _WIN32
#ifndef INPUT
/** EVRPC_INPUT, for old programs; others may undefine it. */
#define INPUT EVRPC_INPUT
#endif
#ifndef OUTPUT
/** EVRPC_OUTPUT, likewise. */
#define OUTPUT EVRPC_OUTPUT
#endif
#endif

/** What a hook returns. */
enum EVRPC_HOOK_RESULT {
	EVRPC_TERMINATE = -1, /**< The RPC fails. */
	EVRPC_CONTINUE = 0,   /**< It goes on. */
	EVRPC_PAUSE = 1       /**< It waits for evrpc_resume_request(). */
};

/**
 * Add a hook: a function that sees the bytes of requests or replies, and may change them.
 *
 * Hooks are called in the order in which they were added.  A hook for output is called when the
 * message is in the buffer and before it is sent; a hook for input before the message is read.
 * Hooks compress, encrypt or authenticate.
 *
 * @param vbase      the struct evrpc_base of a server, or a struct evrpc_pool
 * @param hook_type  which bytes
 * @param cb         called with a context, for the functions below; the HTTP request; the buffer
 *                   with the bytes; and cb_arg.  It returns one of enum EVRPC_HOOK_RESULT
 * @param cb_arg     argument of cb
 * @return a handle for evrpc_remove_hook(); NULL if memory is short
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void *evrpc_add_hook(void *vbase, enum EVRPC_HOOK_TYPE hook_type,
    int (*cb)(void *, struct evhttp_request *, struct evbuffer *, void *), void *cb_arg);

/**
 * Remove a hook.
 *
 * @param vbase      as for evrpc_add_hook()
 * @param hook_type  likewise
 * @param handle     what that returned
 * @return 1, or 0 if there is no such hook
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evrpc_remove_hook(void *vbase, enum EVRPC_HOOK_TYPE hook_type, void *handle);

/**
 * Let an RPC go on whose hook returned EVRPC_PAUSE.
 *
 * @param vbase  as for evrpc_add_hook()
 * @param ctx    the context that the hook was called with
 * @param res    EVRPC_CONTINUE calls the hooks behind that one; all else ends the RPC
 * @return 0, or -1 if no such RPC waits
 *
 * Threads: that of the event base.
 * Since: libevent 2.1; there the hooks behind are left out
 */
EVENT2_EXPORT_SYMBOL
int evrpc_resume_request(void *vbase, void *ctx, enum EVRPC_HOOK_RESULT res);

/**
 * Keep data with an RPC, for other hooks.
 *
 * @param ctx        the context that a hook was called with
 * @param key        a name for the data; if there is data with it, that is what is found
 * @param data       the data, which is copied
 * @param data_size  how many bytes
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evrpc_hook_add_meta(void *ctx, const char *key, const void *data, size_t data_size);

/**
 * Find the data that evrpc_hook_add_meta() has kept with an RPC.
 *
 * @param ctx        the context that a hook was called with
 * @param key        the name
 * @param data       receives where the data is, until the end of the RPC
 * @param data_size  receives how many bytes
 * @return 0, or -1 if there is none
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evrpc_hook_find_meta(void *ctx, const char *key, void **data, size_t *data_size);

/**
 * Get the connection of an RPC.
 *
 * @param ctx  the context that a hook was called with
 * @return the connection; NULL if it has gone
 *
 * Threads: that of the event base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_connection *evrpc_hook_get_connection(void *ctx);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_RPC_H_INCLUDED_ */
