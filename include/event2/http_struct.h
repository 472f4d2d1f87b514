/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The layout of HTTP requests.  New programs use the functions of event2/http.h: a field that a
 * program changes behind the library's back may have no effect.
 */
#ifndef EVENT2_HTTP_STRUCT_H_INCLUDED_
#define EVENT2_HTTP_STRUCT_H_INCLUDED_

#include <event2/event_struct.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/util.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef TAILQ_ENTRY
#define EVENT_DEFINED_TQENTRY_
#define TAILQ_ENTRY(type)               \
	struct {                        \
		struct type *tqe_next;  \
		struct type **tqe_prev; \
	}
#endif

/** The request's connection belongs to the request: they end together. */
#define EVHTTP_REQ_OWN_CONNECTION 0x0001
/** The request line has the whole URI, as proxies want it. */
#define EVHTTP_PROXY_REQUEST 0x0002
/** The program frees the request: evhttp_request_own() sets it. */
#define EVHTTP_USER_OWNED 0x0004
/** A callback of the request is running: freeing it waits until the callback returns. */
#define EVHTTP_REQ_DEFER_FREE 0x0008
/** The request was freed while EVHTTP_REQ_DEFER_FREE was set. */
#define EVHTTP_REQ_NEEDS_FREE 0x0010

/** A request and the response to it. */
struct evhttp_request {
	/** Links among the requests of the connection. */
	TAILQ_ENTRY(evhttp_request) next;

	/** The connection; NULL once it has ended. */
	struct evhttp_connection *evcon;
	/** EVHTTP_REQ_ flags and EVHTTP_USER_OWNED. */
	int flags;

	/** Fields that were received. */
	struct evkeyvalq *input_headers;
	/** Fields to send. */
	struct evkeyvalq *output_headers;

	/** Address of the peer. */
	char *remote_host;
	/** Port of the peer. */
	ev_uint16_t remote_port;

	/** What evhttp_request_get_host() found. */
	char *host_cache;

	/** Which of the two was received: EVHTTP_REQUEST on a server, EVHTTP_RESPONSE on a client. */
	enum evhttp_request_kind kind;
	/** The method. */
	enum evhttp_cmd_type type;

	/** Bytes of the head that was received. */
	size_t headers_size;
	/** Bytes of the body that was received. */
	size_t body_size;

	/** The target of the request, as it was sent. */
	char *uri;
	/** The target in its parts; NULL on a client. */
	struct evhttp_uri *uri_elems;

	/** Major version of the message that was received. */
	char major;
	/** Minor version. */
	char minor;

	/** Status code of the response. */
	int response_code;
	/** Its reason phrase. */
	char *response_code_line;

	/** The body that was received. */
	struct evbuffer *input_buffer;
	/** Bytes of the body that are still to come; -1 if that is not known. */
	ev_int64_t ntoread;
	/** The response is sent in chunks. */
	unsigned chunked : 1,
	    /** The response is complete. */
	    userdone : 1;

	/** The body to send. */
	struct evbuffer *output_buffer;

	/** Called when the message has been received. */
	void (*cb)(struct evhttp_request *, void *);
	/** Argument of cb and error_cb. */
	void *cb_arg;

	/** Called for each piece of the body. */
	void (*chunk_cb)(struct evhttp_request *, void *);

	/** Called when the head has been received. */
	int (*header_cb)(struct evhttp_request *, void *);

	/** Called when the request fails. */
	void (*error_cb)(enum evhttp_request_error, void *);

	/** Called when the response has been sent. */
	void (*on_complete_cb)(struct evhttp_request *, void *);
	/** Argument of on_complete_cb. */
	void *on_complete_cb_arg;
};

#ifdef EVENT_DEFINED_TQENTRY_
#undef TAILQ_ENTRY
#undef EVENT_DEFINED_TQENTRY_
#endif

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_HTTP_STRUCT_H_INCLUDED_ */
