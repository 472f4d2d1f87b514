/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * How an RPC has ended, and the description of an RPC on a server.
 *
 * The layouts are part of the binary interface.
 */
#ifndef EVENT2_RPC_STRUCT_H_INCLUDED_
#define EVENT2_RPC_STRUCT_H_INCLUDED_

#ifdef __cplusplus
extern "C" {
#endif

#ifndef TAILQ_ENTRY
#define EVRPC_DEFINED_TQENTRY_
#define TAILQ_ENTRY(type)               \
	struct {                        \
		struct type *tqe_next;  \
		struct type **tqe_prev; \
	}
#endif

struct evbuffer;
struct evhttp_request;
struct evrpc_base;
struct evrpc_req_generic;

/** The reply is there. */
#define EVRPC_STATUS_ERR_NONE 0
/** No reply has come: the time is over, or the connection has ended. */
#define EVRPC_STATUS_ERR_TIMEOUT 1
/** The reply is none: its status is not 2xx, or it is not such a message. */
#define EVRPC_STATUS_ERR_BADPAYLOAD 2
/** The request was not sent: a hook for output has refused it, or it cannot be sent. */
#define EVRPC_STATUS_ERR_UNSTARTED 3
/** A hook for input has refused the reply. */
#define EVRPC_STATUS_ERR_HOOKABORTED 4

/** How an RPC has ended, for the callback of the client. */
struct evrpc_status {
	/** One of EVRPC_STATUS_ERR_. */
	int error;

	/** The HTTP request with the response, until the callback returns; NULL if there is none. */
	struct evhttp_request *http_req;
};

/** An RPC as a server knows it; for evrpc_register_rpc(). */
struct evrpc {
	/** Links among the RPCs of the server. */
	TAILQ_ENTRY(evrpc) next;

	/** The name, behind "/.rpc." of the path. */
	const char *uri;

	/** Make an empty request. */
	void *(*request_new)(void *);
	/** Argument of request_new. */
	void *request_new_arg;

	/** Free a request. */
	void (*request_free)(void *);

	/** Read a request from a buffer; 0, or -1 if it is not such a message. */
	int (*request_unmarshal)(void *, struct evbuffer *);

	/** Make an empty reply. */
	void *(*reply_new)(void *);
	/** Argument of reply_new. */
	void *reply_new_arg;

	/** Free a reply. */
	void (*reply_free)(void *);

	/** Whether all that a reply needs is set: 0, or -1 if not. */
	int (*reply_complete)(void *);

	/** Append a reply to a buffer. */
	void (*reply_marshal)(struct evbuffer *, void *);

	/** Called for each RPC that comes. */
	void (*cb)(struct evrpc_req_generic *, void *);
	/** Argument of cb. */
	void *cb_arg;

	/** What it is registered with. */
	struct evrpc_base *base;
};

#ifdef EVRPC_DEFINED_TQENTRY_
#undef TAILQ_ENTRY
#undef EVRPC_DEFINED_TQENTRY_
#endif

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_RPC_STRUCT_H_INCLUDED_ */
