/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * HTTP: servers and clients, URIs, queries, escaping, and lists of header fields.
 *
 * A struct evhttp_uri holds the parts of a URI, or of a relative reference, as RFC 3986 divides
 * them: evhttp_uri_parse() reads a text, evhttp_uri_join() writes one.  Nothing is decoded by them:
 * evhttp_uridecode() and evhttp_uriencode() do that for one part.
 *
 * Header fields, and the parameters of a query, are kept in lists (event2/keyvalq_struct.h): struct
 * evkeyvalq.  A program that makes such a list begins it with TAILQ_INIT, or with zeros, and ends it
 * with evhttp_clear_headers().
 *
 * Texts that are returned for the program to free come from the functions of
 * event_set_mem_functions(), or from malloc.
 */
#ifndef EVENT2_HTTP_H_INCLUDED_
#define EVENT2_HTTP_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct evbuffer;
struct evconnlistener;
struct evdns_base;
struct event_base;
struct evhttp_uri;
struct evkeyvalq;

/** @name Status codes (RFC 9110)
 * @{ */
/** The client may send the body. */
#define HTTP_CONTINUE 100
/** Another protocol follows. */
#define HTTP_SWITCH_PROTOCOLS 101
/** The request is being processed. */
#define HTTP_PROCESSING 102
/** Some header fields, before the response. */
#define HTTP_EARLYHINTS 103
/** Success. */
#define HTTP_OK 200
/** A resource was created. */
#define HTTP_CREATED 201
/** The request will be processed later. */
#define HTTP_ACCEPTED 202
/** A proxy has changed the response. */
#define HTTP_NONAUTHORITATIVE 203
/** Success, without a body. */
#define HTTP_NOCONTENT 204
/** The resource has moved for good. */
#define HTTP_MOVEPERM 301
/** The resource is elsewhere for now. */
#define HTTP_MOVETEMP 302
/** What the client has is current. */
#define HTTP_NOTMODIFIED 304
/** The request is malformed. */
#define HTTP_BADREQUEST 400
/** Credentials are missing or wrong. */
#define HTTP_UNAUTHORIZED 401
/** Payment is required. */
#define HTTP_PAYMENTREQUIRED 402
/** The request is refused. */
#define HTTP_FORBIDDEN 403
/** There is no such resource. */
#define HTTP_NOTFOUND 404
/** The resource does not have this method. */
#define HTTP_BADMETHOD 405
/** The body is too large. */
#define HTTP_ENTITYTOOLARGE 413
/** The Expect field cannot be met. */
#define HTTP_EXPECTATIONFAILED 417
/** The server has failed. */
#define HTTP_INTERNAL 500
/** The server does not know the method. */
#define HTTP_NOTIMPLEMENTED 501
/** The server behind this one has failed. */
#define HTTP_BADGATEWAY 502
/** The server cannot serve now. */
#define HTTP_SERVUNAVAIL 503
/** @} */

/** Methods of requests, one bit each. */
enum evhttp_cmd_type {
	/** Get a resource. */
	EVHTTP_REQ_GET = 1 << 0,
	/** Hand something to a resource. */
	EVHTTP_REQ_POST = 1 << 1,
	/** As GET, without the body. */
	EVHTTP_REQ_HEAD = 1 << 2,
	/** Replace a resource. */
	EVHTTP_REQ_PUT = 1 << 3,
	/** Delete a resource. */
	EVHTTP_REQ_DELETE = 1 << 4,
	/** What a resource can do. */
	EVHTTP_REQ_OPTIONS = 1 << 5,
	/** Send the request back. */
	EVHTTP_REQ_TRACE = 1 << 6,
	/** Make a tunnel. */
	EVHTTP_REQ_CONNECT = 1 << 7,
	/** Change a resource (RFC 5789). */
	EVHTTP_REQ_PATCH = 1 << 8,
	/** Get properties (RFC 4918, as those below). */
	EVHTTP_REQ_PROPFIND = 1 << 9,
	/** Change properties. */
	EVHTTP_REQ_PROPPATCH = 1 << 10,
	/** Make a collection. */
	EVHTTP_REQ_MKCOL = 1 << 11,
	/** Lock a resource. */
	EVHTTP_REQ_LOCK = 1 << 12,
	/** Unlock a resource. */
	EVHTTP_REQ_UNLOCK = 1 << 13,
	/** Copy a resource. */
	EVHTTP_REQ_COPY = 1 << 14,
	/** Move a resource. */
	EVHTTP_REQ_MOVE = 1 << 15
};

/** The last method of enum evhttp_cmd_type. */
#define EVHTTP_REQ_MAX EVHTTP_REQ_MOVE

/** Which message a struct evhttp_request is. */
enum evhttp_request_kind {
	EVHTTP_REQUEST, /**< A request. */
	EVHTTP_RESPONSE /**< A response. */
};

/** @name Flags of URIs
 * @{ */
/**
 * Allow every byte in the path, but '?' and '#'; in the query, but '#'; and in the fragment.  Line
 * ends are allowed as well, so such a URI must not be sent as it is.
 */
#define EVHTTP_URI_NONCONFORMANT 0x01
/**
 * evhttp_uri_get_host() returns an IPv6 address without its brackets.  evhttp_uri_join() writes
 * them, and evhttp_uri_set_host() needs them.
 */
#define EVHTTP_URI_HOST_STRIP_BRACKETS 0x04
/**
 * Read "//unix:SOCKET:" as the name of a Unix socket, such as "http://unix:/run/app.sock:/path".
 * An authority that begins with "unix:" and has no second colon is an error.
 */
#define EVHTTP_URI_UNIX_SOCKET 0x08
/** @} */

/** @name Flags of evhttp_parse_query_str_flags()
 * @{ */
/**
 * A name may be without a value ("a&b=1"; the value is the empty text) or empty ("=1"); nothing
 * between two '&' is skipped.
 */
#define EVHTTP_URI_QUERY_NONCONFORMANT 0x01
/** Keep the last parameter of each name only, in either case. */
#define EVHTTP_URI_QUERY_LAST_VAL 0x02
/** @} */

/**
 * Find a header field, or a parameter of a query, by its name.
 *
 * @param headers  the list
 * @param key      the name, in either case
 * @return the value of the first one with this name, which belongs to the list; NULL if there is
 *         none
 *
 * Threads: no other thread may use the list.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_find_header(const struct evkeyvalq *headers, const char *key);

/**
 * Remove the first header field with a name.
 *
 * @param headers  the list
 * @param key      the name, in either case
 * @return 0, or -1 if there is none
 *
 * Threads: no other thread may use the list.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_remove_header(struct evkeyvalq *headers, const char *key);

/**
 * Add a header field at the end of a list.
 *
 * Fields with the same name stay.
 *
 * @param headers  the list
 * @param key      the name, copied; without CR and LF
 * @param value    the value, copied; without CR and LF, not even as a folded line
 * @return 0, or -1 if there is a CR or LF, or memory is short
 *
 * Threads: no other thread may use the list.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_add_header(struct evkeyvalq *headers, const char *key, const char *value);

/**
 * Remove all header fields, and free them.
 *
 * @param headers  the list, which is empty then
 *
 * Threads: no other thread may use the list.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_clear_headers(struct evkeyvalq *headers);

/**
 * Percent-encode a text for a URI.
 *
 * Letters, digits and -._~ stay; every other byte becomes '%' and two hexadecimal digits.
 *
 * @param str  the text
 * @return the encoded text, for free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
char *evhttp_encode_uri(const char *str);

/**
 * Percent-encode bytes for a URI.
 *
 * @param str            the bytes; may be NULL if size is 0
 * @param size           how many they are; negative: up to a zero byte
 * @param space_to_plus  non-zero: a blank becomes '+', as in a query; 0: it becomes "%20"
 * @return the encoded text, for free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
char *evhttp_uriencode(const char *str, ev_ssize_t size, int space_to_plus);

/**
 * Decode a whole URI.
 *
 * '+' becomes a blank behind the first '?' only.  A zero byte ("%00") ends the result early,
 * which the caller cannot see.  Use evhttp_uri_parse() and evhttp_uridecode().
 *
 * @param uri  the encoded text
 * @return the decoded text, for free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
char *evhttp_decode_uri(const char *uri);

/**
 * Decode a part of a URI.
 *
 * A '%' that two hexadecimal digits do not follow stays as it is.  The text may have "%00": then
 * the result has a zero byte before its end, and strlen() does not return its size.  A program that
 * uses the result as a C string compares the two first.
 *
 * @param uri          the encoded text
 * @param decode_plus  non-zero: '+' becomes a blank, as in a query; 0: it stays
 * @param size_out     receives the size of the result; may be NULL
 * @return the decoded bytes and a zero byte, for free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
char *evhttp_uridecode(const char *uri, int decode_plus, size_t *size_out);

/**
 * Read the parameters of a URI's query.
 *
 * As evhttp_uri_parse() and evhttp_parse_query_str(), which are to be used instead.
 *
 * @param uri      the whole URI
 * @param headers  receives the parameters; what was in it is forgotten, not freed
 * @return 0, or -1 if it is no URI, if its query is malformed, or if memory is short; the list is
 *         empty then
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_parse_query(const char *uri, struct evkeyvalq *headers);

/**
 * Read the parameters of a query, such as "a=1&b=2".
 *
 * Values are decoded, with '+' as a blank; names are not decoded.  Names may occur more than once:
 * all are in the list, in their order.  One '&' may stand at the end.
 *
 * @param uri      the query, without '?', as evhttp_uri_get_query() returns it
 * @param headers  receives the parameters; what was in it is forgotten, not freed; to be freed with
 *                 evhttp_clear_headers()
 * @return 0, or -1 if a name is empty or has no '=' behind it, if a value has "%00", or if memory
 *         is short; the list is empty then
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_parse_query_str(const char *uri, struct evkeyvalq *headers);

/**
 * Read the parameters of a query, with flags.
 *
 * @param uri      the query, without '?'
 * @param headers  receives the parameters, as with evhttp_parse_query_str()
 * @param flags    EVHTTP_URI_QUERY_ bits; 0 is as evhttp_parse_query_str()
 * @return 0, or -1 if the query is malformed or memory is short; the list is empty then
 *
 * Threads: safe.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evhttp_parse_query_str_flags(const char *uri, struct evkeyvalq *headers, unsigned flags);

/**
 * Escape a text for HTML.
 *
 * The characters < > " ' & become "&lt;", "&gt;", "&quot;", "&#039;" and "&amp;".
 *
 * @param html  the text
 * @return the escaped text, for free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
char *evhttp_htmlescape(const char *html);

/**
 * Create a URI without any part.
 *
 * @return the URI, to be freed with evhttp_uri_free(); NULL if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_uri *evhttp_uri_new(void);

/**
 * Set the flags of a URI.
 *
 * They hold for setters and getters that are called afterwards; parts that are there stay.
 *
 * @param uri    the URI
 * @param flags  EVHTTP_URI_ bits
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_uri_set_flags(struct evhttp_uri *uri, unsigned flags);

/**
 * Get the scheme of a URI, such as "http".
 *
 * @param uri  the URI
 * @return the scheme, which belongs to the URI; NULL if it has none
 *
 * Threads: no other thread may change the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_uri_get_scheme(const struct evhttp_uri *uri);

/**
 * Get what stands before '@' in the authority of a URI, such as "user:password".
 *
 * @param uri  the URI
 * @return the text, which belongs to the URI; NULL if there is no '@'
 *
 * Threads: no other thread may change the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_uri_get_userinfo(const struct evhttp_uri *uri);

/**
 * Get the host of a URI.
 *
 * An IPv6 address is in brackets, unless the URI has EVHTTP_URI_HOST_STRIP_BRACKETS.
 *
 * @param uri  the URI
 * @return the host, which belongs to the URI; "" if the authority has none, or is a Unix socket;
 *         NULL if there is no authority
 *
 * Threads: no other thread may change the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_uri_get_host(const struct evhttp_uri *uri);

/**
 * Get the name of the Unix socket of a URI that has EVHTTP_URI_UNIX_SOCKET.
 *
 * @param uri  the URI
 * @return the name, which belongs to the URI and is not decoded; NULL if there is none
 *
 * Threads: no other thread may change the URI.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_uri_get_unixsocket(const struct evhttp_uri *uri);

/**
 * Get the port of a URI.
 *
 * @param uri  the URI
 * @return the port; -1 if there is none, or no digit behind the colon
 *
 * Threads: no other thread may change the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_uri_get_port(const struct evhttp_uri *uri);

/**
 * Get the path of a URI.
 *
 * @param uri  the URI
 * @return the path, which belongs to the URI and is not decoded; "" if the text that was parsed has
 *         none; NULL if it was not set
 *
 * Threads: no other thread may change the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_uri_get_path(const struct evhttp_uri *uri);

/**
 * Get the query of a URI, without its '?'.
 *
 * @param uri  the URI
 * @return the query, which belongs to the URI and is not decoded; NULL if there is no '?'
 *
 * Threads: no other thread may change the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_uri_get_query(const struct evhttp_uri *uri);

/**
 * Get the fragment of a URI, without its '#'.
 *
 * @param uri  the URI
 * @return the fragment, which belongs to the URI and is not decoded; NULL if there is no '#'
 *
 * Threads: no other thread may change the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_uri_get_fragment(const struct evhttp_uri *uri);

/**
 * Set the scheme of a URI.
 *
 * @param uri     the URI
 * @param scheme  a letter, then letters, digits and +-. ; NULL removes it
 * @return 0, or -1 if it is no scheme or memory is short; the URI has not changed then
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_uri_set_scheme(struct evhttp_uri *uri, const char *scheme);

/**
 * Set what stands before '@' in the authority of a URI.
 *
 * @param uri       the URI
 * @param userinfo  the text, encoded; NULL removes it
 * @return 0, or -1 if it has other characters or memory is short; the URI has not changed then
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_uri_set_userinfo(struct evhttp_uri *uri, const char *userinfo);

/**
 * Set the host of a URI.
 *
 * @param uri   the URI
 * @param host  a name, an IPv4 address, or an IPv6 address in brackets; without a port.  NULL
 *              removes the authority
 * @return 0, or -1 if it is no host or memory is short; the URI has not changed then
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_uri_set_host(struct evhttp_uri *uri, const char *host);

/**
 * Set the name of a Unix socket, which then stands in place of host and port.
 *
 * @param uri         the URI
 * @param unixsocket  the name, without ':', and with the characters of a path; NULL removes it
 * @return 0, or -1 if it has other characters or memory is short; the URI has not changed then
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evhttp_uri_set_unixsocket(struct evhttp_uri *uri, const char *unixsocket);

/**
 * Set the port of a URI.
 *
 * @param uri   the URI
 * @param port  0 to 65535; -1 removes it
 * @return 0, or -1 for another number; the URI has not changed then
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_uri_set_port(struct evhttp_uri *uri, int port);

/**
 * Set the path of a URI.
 *
 * @param uri   the URI
 * @param path  the path, encoded; without '?' and '#'.  NULL removes it
 * @return 0, or -1 if it has other characters or memory is short; the URI has not changed then
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_uri_set_path(struct evhttp_uri *uri, const char *path);

/**
 * Set the query of a URI.
 *
 * @param uri    the URI
 * @param query  the query, encoded; without its '?', and without '#'.  NULL removes it
 * @return 0, or -1 if it has other characters or memory is short; the URI has not changed then
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_uri_set_query(struct evhttp_uri *uri, const char *query);

/**
 * Set the fragment of a URI.
 *
 * @param uri       the URI
 * @param fragment  the fragment, encoded; without its '#'.  NULL removes it
 * @return 0, or -1 if it has other characters or memory is short; the URI has not changed then
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_uri_set_fragment(struct evhttp_uri *uri, const char *fragment);

/**
 * Parse a URI or a relative reference (RFC 3986), with flags.
 *
 * A port above 65535 is an error.  Nothing is decoded, and no case is changed.
 *
 * @param source_uri  the text
 * @param flags       EVHTTP_URI_ bits; they stay with the URI
 * @return the URI, to be freed with evhttp_uri_free(); NULL, with errno EINVAL if it is none, or
 *         ENOMEM if memory is short
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_uri *evhttp_uri_parse_with_flags(const char *source_uri, unsigned flags);

/**
 * Parse a URI or a relative reference (RFC 3986).
 *
 * @param source_uri  the text
 * @return as evhttp_uri_parse_with_flags() without flags
 *
 * Threads: safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_uri *evhttp_uri_parse(const char *source_uri);

/**
 * Free a URI.
 *
 * @param uri  the URI, or NULL
 *
 * Threads: no other thread may use the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_uri_free(struct evhttp_uri *uri);

/**
 * Write a URI as text.
 *
 * Without a host there is no user information and no port either.
 *
 * @param uri    the URI
 * @param buf    receives the text and a zero byte
 * @param limit  the size of buf
 * @return buf; NULL, and nothing is written, if buf is too small, or if the path cannot stand
 *         behind the other parts: behind a host it is empty or begins with '/', without one it does
 *         not begin with "//", and without a scheme its first segment has no ':'.  With
 *         EVHTTP_URI_UNIX_SOCKET nor may a host or a user be taken for a socket
 *
 * Threads: no other thread may change the URI.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
char *evhttp_uri_join(struct evhttp_uri *uri, char *buf, size_t limit);

/** A request with the method says how long its body is, also when it has none. */
#define EVHTTP_METHOD_HAS_BODY 0x0001

/** A method that is not one of enum evhttp_cmd_type. */
struct evhttp_ext_method {
	/** The name. */
	const char *method;
	/** The bit that stands for it. */
	ev_uint32_t type;
	/** 0 or EVHTTP_METHOD_HAS_BODY. */
	ev_uint16_t flags;
};

/** Knows methods; see evhttp_set_ext_method_cmp(). */
typedef int (*evhttp_ext_method_cb)(struct evhttp_ext_method *);

/** @name Servers
 *
 * A server and its connections belong to the thread of their event base: all functions of this
 * file about servers, connections and requests are called on it, or while the loop does not run.
 * Callbacks run on it with no lock held.  Any callback may free the connection, the request or
 * the server, unless its description says otherwise.
 *
 * The server is strict (RFC 9110, RFC 9112): a request whose end is not beyond doubt gets an
 * error, and its connection is closed.  A head may have 64 KiB, 200 fields and 16 KiB in a line,
 * and has to be complete after 60 seconds.
 * @{
 */

/** A server, made by evhttp_new(). */
struct evhttp;
/** Something that a server accepts connections from. */
struct evhttp_bound_socket;
/** A connection. */
struct evhttp_connection;
/** A request with the response to it. */
struct evhttp_request;

/**
 * Make an HTTP server.
 *
 * @param base  the loop for it; NULL for a virtual host, see evhttp_add_virtual_host()
 * @return the server, to be freed with evhttp_free(); NULL if memory is short
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp *evhttp_new(struct event_base *base);

/**
 * Free a server with its virtual hosts, sockets and connections.
 *
 * Connections end at once; the callbacks of evhttp_connection_set_closecb() are called.  Requests
 * whose reply was still owed are freed, unless evhttp_request_own() was called for them.
 *
 * @param http  the server
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_free(struct evhttp *http);

/**
 * Bind a server to an address and a port.
 *
 * @param http     the server
 * @param address  a numeric address or a name; NULL for every address of the host.  A name is
 *                 looked up at once, which may wait.
 * @param port     in the byte order of the host; 0 lets the kernel choose one
 * @return 0, or -1 on failure
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_bind_socket(struct evhttp *http, const char *address, ev_uint16_t port);

/**
 * Bind a server like evhttp_bind_socket(), and get a handle.
 *
 * @param http     the server
 * @param address  likewise
 * @param port     likewise
 * @return the handle, valid until evhttp_del_accept_socket() or evhttp_free(); NULL on failure
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_bound_socket *evhttp_bind_socket_with_handle(
    struct evhttp *http, const char *address, ev_uint16_t port);

/**
 * Accept connections from a socket.
 *
 * @param http  the server
 * @param fd    a socket that listens and does not block; the server owns it on success
 * @return 0, or -1 on failure
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_accept_socket(struct evhttp *http, evutil_socket_t fd);

/**
 * Accept connections like evhttp_accept_socket(), and get a handle.
 *
 * @param http  the server
 * @param fd    likewise
 * @return the handle, valid until evhttp_del_accept_socket() or evhttp_free(); NULL on failure
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_bound_socket *evhttp_accept_socket_with_handle(
    struct evhttp *http, evutil_socket_t fd);

/**
 * Accept connections from a listener.
 *
 * @param http      the server
 * @param listener  a listener of the same base; the server owns it on success, and replaces its
 *                  callback
 * @return the handle, valid until evhttp_del_accept_socket() or evhttp_free(); NULL on failure
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_bound_socket *evhttp_bind_listener(
    struct evhttp *http, struct evconnlistener *listener);

/**
 * Get the listener of a bound socket.
 *
 * @param bound  the handle
 * @return the listener, which belongs to the server
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evconnlistener *evhttp_bound_socket_get_listener(struct evhttp_bound_socket *bound);

/**
 * Get the descriptor of a bound socket.
 *
 * @param bound_socket  the handle
 * @return the descriptor, which belongs to the server
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
evutil_socket_t evhttp_bound_socket_get_fd(struct evhttp_bound_socket *bound_socket);

/** Receives a bound socket; must not remove any. */
typedef void evhttp_bound_socket_foreach_fn(struct evhttp_bound_socket *, void *);

/**
 * Call a function for each bound socket of a server.
 *
 * @param http      the server
 * @param function  the function
 * @param argument  its second argument
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_foreach_bound_socket(
    struct evhttp *http, evhttp_bound_socket_foreach_fn *function, void *argument);

/**
 * Stop accepting connections from a bound socket, and close it.
 *
 * Connections that were accepted go on.
 *
 * @param http          the server
 * @param bound_socket  the handle, which is freed
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_del_accept_socket(struct evhttp *http, struct evhttp_bound_socket *bound_socket);

/**
 * Set the function that makes the bufferevents of a server's connections, for example for TLS.
 *
 * @param http  the server
 * @param cb    receives the base and `arg`; returns a bufferevent without a descriptor, which
 *              the server owns.  When it returns NULL the connection is closed.  NULL for
 *              ordinary sockets
 * @param arg   argument of cb
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_bevcb(
    struct evhttp *http, struct bufferevent *(*cb)(struct event_base *, void *), void *arg);

/**
 * Set the function that makes the bufferevents for connections of one bound socket.
 *
 * @param bound  the handle
 * @param cb     as for evhttp_set_bevcb(); NULL for that of the server
 * @param cbarg  argument of cb
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_bound_set_bevcb(struct evhttp_bound_socket *bound,
    struct bufferevent *(*cb)(struct event_base *, void *), void *cbarg);

/**
 * Set the callback for requests to one path.
 *
 * The path of a request is compared after its percent escapes are decoded, without the query.
 *
 * @param http    the server
 * @param path    the path, with its first slash
 * @param cb      receives the request, once it has come whole.  It sends the reply, or keeps the
 *                request and sends it later
 * @param cb_arg  argument of cb
 * @return 0; -1 if the path has a callback already; -2 if memory is short
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_set_cb(struct evhttp *http, const char *path,
    void (*cb)(struct evhttp_request *, void *), void *cb_arg);

/**
 * Remove the callback for a path.
 *
 * @param http  the server
 * @param path  the path
 * @return 0, or -1 if it has none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_del_cb(struct evhttp *http, const char *path);

/**
 * Set the callback for requests to all other paths.
 *
 * Without it they get 404.
 *
 * @param http  the server
 * @param cb    as for evhttp_set_cb(); NULL for none
 * @param arg   argument of cb
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_gencb(struct evhttp *http, void (*cb)(struct evhttp_request *, void *), void *arg);

/**
 * Set the callback that is told of each new request, before it is read.
 *
 * It may set callbacks of the request, such as evhttp_request_set_chunked_cb().
 *
 * @param http  the server
 * @param cb    returns 0, or -1 to close the connection; NULL for none
 * @param arg   argument of cb
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_newreqcb(
    struct evhttp *http, int (*cb)(struct evhttp_request *, void *), void *arg);

/**
 * Set the function that makes the pages of error replies.
 *
 * @param http   the server
 * @param cb     adds the page to the buffer.  When it returns a negative number or adds nothing,
 *               the library's page is sent.  NULL for the library's pages
 * @param cbarg  argument of cb
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_errorcb(struct evhttp *http,
    int (*cb)(struct evhttp_request *req, struct evbuffer *buffer, int error, const char *reason,
	void *cbarg),
    void *cbarg);

/**
 * Add a virtual host to a server.
 *
 * Requests whose host matches the pattern go to the callbacks of the virtual host.  Among several
 * that match, the first counts, and the one deepest inside of it.
 *
 * @param http     the server, or a virtual host
 * @param pattern  a name, in which `*` stands for any text; compared without case
 * @param vhost    a server without sockets, which is freed with `http`
 * @return 0, or -1 if it belongs to a server already, has sockets, or memory is short
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_add_virtual_host(struct evhttp *http, const char *pattern, struct evhttp *vhost);

/**
 * Remove a virtual host, without freeing it.
 *
 * @param http   the server
 * @param vhost  the virtual host, which belongs to the program again
 * @return 0, or -1 if it is none of this server
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_remove_virtual_host(struct evhttp *http, struct evhttp *vhost);

/**
 * Add a name to a server or a virtual host.
 *
 * @param http   the server
 * @param alias  the name, compared without case
 * @return 0, or -1 if memory is short
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_add_server_alias(struct evhttp *http, const char *alias);

/**
 * Remove a name that evhttp_add_server_alias() added.
 *
 * @param http   the server
 * @param alias  the name
 * @return 0, or -1 if there is none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_remove_server_alias(struct evhttp *http, const char *alias);

/**
 * Set the methods that a server accepts.
 *
 * A request of another method that is known gets 405 with the field Allow, of an unknown one 501.
 * At first they are GET, POST, HEAD, PUT and DELETE.
 *
 * @param http     the server
 * @param methods  bits of enum evhttp_cmd_type
 *
 * Threads: that of the base.
 * Since: libevent 2.1; with 32 bits 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_allowed_methods(struct evhttp *http, ev_uint32_t methods);

/**
 * Set the function that knows methods beside those of enum evhttp_cmd_type.
 *
 * @param http  the server
 * @param cmp   receives a method of which one side is filled, name or type, and fills the other;
 *              returns 0, or -1 if it does not know it.  NULL for none
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_ext_method_cmp(struct evhttp *http, evhttp_ext_method_cb cmp);

/**
 * Set the Content-Type of replies that have none.
 *
 * At first it is "text/html; charset=ISO-8859-1".
 *
 * @param http          the server
 * @param content_type  the value, which is copied; NULL for none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_default_content_type(struct evhttp *http, const char *content_type);

/**
 * Limit the heads of requests.
 *
 * A larger one gets 431, or 414 when the request line alone is too large.  Connections that are
 * open already keep their limit.
 *
 * @param http              the server
 * @param max_headers_size  bytes with line ends; 65536 at first; negative for no limit
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_max_headers_size(struct evhttp *http, ev_ssize_t max_headers_size);

/**
 * Limit the bodies of requests.
 *
 * A larger one gets 413.  Connections that are open already keep their limit.
 *
 * @param http           the server
 * @param max_body_size  bytes; negative for no limit, as at first
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_max_body_size(struct evhttp *http, ev_ssize_t max_body_size);

/**
 * Limit the number of connections.
 *
 * One more gets 503 and is closed.
 *
 * @param http             the server
 * @param max_connections  the number; 0 for no limit, as at first
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_max_connections(struct evhttp *http, int max_connections);

/**
 * Get the number of connections of a server.
 *
 * @param http  the server
 * @return the number
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evhttp_get_connection_count(struct evhttp *http);

/**
 * Set the timeouts of a server's connections, for reading and writing, in seconds.
 *
 * A connection on which nothing comes for this time is closed; one that has sent a part of a
 * request gets 408 before.  While the program owes a reply no timeout runs.  Connections that are
 * open already keep their timeouts.
 *
 * @param http     the server
 * @param timeout  seconds, 50 at first; 0 or negative for none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_timeout(struct evhttp *http, int timeout);

/**
 * Set the timeouts of a server's connections, for reading and writing.
 *
 * @param http  the server
 * @param tv    a duration, which is copied; zero or NULL for none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_timeout_tv(struct evhttp *http, const struct timeval *tv);

/**
 * Set the timeout of a server's connections for reading.
 *
 * @param http  the server
 * @param tv    as for evhttp_set_timeout_tv()
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_read_timeout_tv(struct evhttp *http, const struct timeval *tv);

/**
 * Set the timeout of a server's connections for writing.
 *
 * @param http  the server
 * @param tv    as for evhttp_set_timeout_tv()
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_set_write_timeout_tv(struct evhttp *http, const struct timeval *tv);

/**
 * Read what the peer still sends of a refused request to its end, however long that takes.
 *
 * The error is sent at once.  Without the flag what comes after it is dropped for 30 seconds, and
 * then the connection is closed.
 */
#define EVHTTP_SERVER_LINGERING_CLOSE 0x0001

/**
 * Set the flags of a server.
 *
 * @param http   the server
 * @param flags  0 or EVHTTP_SERVER_LINGERING_CLOSE
 * @return 0, or 1 if there are others
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_set_flags(struct evhttp *http, int flags);

/** @} */

/** @name Replies
 *
 * A request is answered once, inside of its callback or later.  The request belongs to the library
 * again with evhttp_send_reply(), evhttp_send_error() or evhttp_send_reply_end(): it is freed when
 * the reply has gone out.  If the connection has ended meanwhile, these functions free it in
 * silence.  A second reply, and pieces of a reply that has not begun, are refused with a log line.
 * @{
 */

/**
 * Send an error as a page, and close the connection.
 *
 * Fields and content that were set for the reply are dropped.
 *
 * @param req     the request
 * @param error   the status code
 * @param reason  the text for it; NULL for the standard one
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_send_error(struct evhttp_request *req, int error, const char *reason);

/**
 * Send a reply.
 *
 * Content-Length, Date, Content-Type and Connection are added where they are missing.  What is in
 * the output buffer of the request is sent first.  A reply to HEAD, and one with a status code
 * that has no content (1xx, 204, 304), is sent without it.
 *
 * @param req      the request
 * @param code     the status code
 * @param reason   the text for it; NULL for the standard one
 * @param databuf  the content, which is moved out of the buffer; may be NULL
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_send_reply(
    struct evhttp_request *req, int code, const char *reason, struct evbuffer *databuf);

/**
 * Begin a reply whose content comes in pieces.
 *
 * With a field Content-Length the content has to be of that size.  Otherwise it is sent in chunks,
 * or to a client of HTTP/1.0 until the connection is closed.
 *
 * @param req     the request
 * @param code    the status code
 * @param reason  the text for it; NULL for the standard one
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_send_reply_start(struct evhttp_request *req, int code, const char *reason);

/**
 * Send a piece of the content of a reply.
 *
 * @param req      the request, after evhttp_send_reply_start()
 * @param databuf  the piece, which is moved out of the buffer; nothing happens if it is empty.
 *                 It stays in the buffer where the reply has no content, and when the connection
 *                 has ended
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_send_reply_chunk(struct evhttp_request *req, struct evbuffer *databuf);

/**
 * Send a piece of the content of a reply, and be told when it has gone out.
 *
 * @param req      as for evhttp_send_reply_chunk()
 * @param databuf  likewise
 * @param cb       called once, when everything has gone out, unless another piece is sent before
 *                 or the connection ends; NULL for none
 * @param arg      argument of cb
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_send_reply_chunk_with_cb(struct evhttp_request *req, struct evbuffer *databuf,
    void (*cb)(struct evhttp_connection *, void *), void *arg);

/**
 * End a reply that evhttp_send_reply_start() has begun.
 *
 * @param req  the request
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_send_reply_end(struct evhttp_request *req);

/** @} */

/** @name Requests
 *
 * What was received, and what is to be sent.  Texts, lists and buffers belong to the request.
 * @{
 */

/**
 * Make a request, for a client.
 *
 * @param cb   receives the request with the response; NULL in its place if there is none
 * @param arg  argument of cb
 * @return the request, to be freed with evhttp_request_free(); NULL if memory is short
 *
 * Threads: any, for a request that is used on one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_request *evhttp_request_new(void (*cb)(struct evhttp_request *, void *), void *arg);

/**
 * Free a request.
 *
 * Inside one of its callbacks it is freed when the callback returns.  A request whose reply is
 * owed takes its connection with it, after the replies before it have gone out.
 *
 * @param req  the request
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_request_free(struct evhttp_request *req);

/**
 * Keep a request after it has ended, until evhttp_request_free().
 *
 * @param req  the request
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_request_own(struct evhttp_request *req);

/**
 * Tell whether evhttp_request_own() was called.
 *
 * @param req  the request
 * @return 1, or 0
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_request_is_owned(struct evhttp_request *req);

/**
 * Set the callback for the pieces of a body as they come.
 *
 * It finds a piece in the input buffer, which is emptied afterwards.  It is not called for a
 * message without a body.  On a server it can be set by the callback of evhttp_set_newreqcb().
 *
 * @param req  the request
 * @param cb   receives the request and the argument of evhttp_request_new(); NULL for none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_request_set_chunked_cb(
    struct evhttp_request *req, void (*cb)(struct evhttp_request *, void *));

/**
 * Set the callback for the head of the message, before its body comes.
 *
 * @param req  the request
 * @param cb   returns 0, or a negative number to close the connection; NULL for none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_request_set_header_cb(
    struct evhttp_request *req, int (*cb)(struct evhttp_request *, void *));

/** Why a request failed. */
enum evhttp_request_error {
	/** A timeout has expired. */
	EVREQ_HTTP_TIMEOUT,
	/** The peer has closed the connection. */
	EVREQ_HTTP_EOF,
	/** The head of the response is malformed. */
	EVREQ_HTTP_INVALID_HEADER,
	/** Reading or writing has failed. */
	EVREQ_HTTP_BUFFER_ERROR,
	/** evhttp_cancel_request() was called. */
	EVREQ_HTTP_REQUEST_CANCEL,
	/** The body is larger than allowed. */
	EVREQ_HTTP_DATA_TOO_LONG
};

/**
 * Set the callback that says why a request of a client has failed.
 *
 * @param req  the request
 * @param cb   receives the reason and the argument of evhttp_request_new(); NULL for none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_request_set_error_cb(
    struct evhttp_request *req, void (*cb)(enum evhttp_request_error, void *));

/**
 * Set the callback for when the reply has gone out.
 *
 * It is not called if the connection ends before; evhttp_connection_set_closecb() tells that.
 *
 * @param req     the request, on a server
 * @param cb      receives the request, which is freed afterwards; NULL for none
 * @param cb_arg  argument of cb
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_request_set_on_complete_cb(
    struct evhttp_request *req, void (*cb)(struct evhttp_request *, void *), void *cb_arg);

/**
 * Get the connection of a request.
 *
 * @param req  the request
 * @return the connection; NULL if it has ended
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_connection *evhttp_request_get_connection(struct evhttp_request *req);

/**
 * Get the target of a request, as it was sent.
 *
 * @param req  the request
 * @return the text; NULL before the head has come
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_request_get_uri(const struct evhttp_request *req);

/**
 * Get the target of a request in its parts.
 *
 * @param req  the request
 * @return the parts; NULL on a client
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const struct evhttp_uri *evhttp_request_get_evhttp_uri(const struct evhttp_request *req);

/**
 * Get the method of a request.
 *
 * @param req  the request
 * @return the method
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
enum evhttp_cmd_type evhttp_request_get_command(const struct evhttp_request *req);

/**
 * Get the status code of a response.
 *
 * @param req  the request
 * @return the code; 0 while there is none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_request_get_response_code(const struct evhttp_request *req);

/**
 * Get the text behind the status code of a response.
 *
 * @param req  the request
 * @return the text; NULL while there is none
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_request_get_response_code_line(const struct evhttp_request *req);

/**
 * Get the header fields that were received.
 *
 * @param req  the request
 * @return the list
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evkeyvalq *evhttp_request_get_input_headers(struct evhttp_request *req);

/**
 * Get the header fields to send.
 *
 * @param req  the request
 * @return the list
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evkeyvalq *evhttp_request_get_output_headers(struct evhttp_request *req);

/**
 * Get the body that was received.
 *
 * @param req  the request
 * @return the buffer
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *evhttp_request_get_input_buffer(struct evhttp_request *req);

/**
 * Get the body to send.
 *
 * @param req  the request
 * @return the buffer
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *evhttp_request_get_output_buffer(struct evhttp_request *req);

/**
 * Get the host that a request is for, without its port.
 *
 * It is the host of an absolute target, else that of the field Host.
 *
 * @param req  the request
 * @return the host, an IPv6 address with its brackets; NULL if there is none or memory is short
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const char *evhttp_request_get_host(struct evhttp_request *req);

/** @} */

/** @name Connections
 * @{
 */

/**
 * Close a connection and free it.
 *
 * The callback of evhttp_connection_set_closecb() is called.  Requests of the connection are freed,
 * unless evhttp_request_own() was called for them.
 *
 * @param evcon  the connection
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_free(struct evhttp_connection *evcon);

/**
 * Get the server of a connection.
 *
 * @param evcon  the connection
 * @return the server; NULL on a client
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp *evhttp_connection_get_server(struct evhttp_connection *evcon);

/**
 * Get the base of a connection.
 *
 * @param req  the connection
 * @return the base
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *evhttp_connection_get_base(struct evhttp_connection *req);

/**
 * Get the bufferevent of a connection.
 *
 * @param evcon  the connection, which owns it and its callbacks
 * @return the bufferevent
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *evhttp_connection_get_bufferevent(struct evhttp_connection *evcon);

/**
 * Get the address and port of the peer.
 *
 * @param evcon    the connection
 * @param address  receives the text, which belongs to the connection
 * @param port     receives the port
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_get_peer(
    struct evhttp_connection *evcon, const char **address, ev_uint16_t *port);

/**
 * Get the address of the peer as the kernel has it.
 *
 * @param evcon  the connection
 * @return the address, which belongs to the connection; NULL if it is not known
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
const struct sockaddr *evhttp_connection_get_addr(struct evhttp_connection *evcon);

/**
 * Set the callback for the end of a connection.
 *
 * @param evcon  the connection
 * @param cb     called once, before anything of the connection is freed; NULL for none
 * @param cbarg  argument of cb
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_closecb(
    struct evhttp_connection *evcon, void (*cb)(struct evhttp_connection *, void *), void *cbarg);

/**
 * Limit the heads that a connection receives.
 *
 * @param evcon                 the connection
 * @param new_max_headers_size  bytes with line ends; 65536 at first; negative for no limit
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_max_headers_size(
    struct evhttp_connection *evcon, ev_ssize_t new_max_headers_size);

/**
 * Limit the bodies that a connection receives.
 *
 * @param evcon              the connection
 * @param new_max_body_size  bytes; negative for no limit, as at first
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_max_body_size(
    struct evhttp_connection *evcon, ev_ssize_t new_max_body_size);

/**
 * Set the timeouts of a connection, for reading and writing, in seconds.
 *
 * On a client it is also the time that connecting may take.
 *
 * @param evcon    the connection
 * @param timeout  seconds; 0 or negative for none on a server, for the standard ones on a client:
 *                 45 for connecting, 50 for reading and writing
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_timeout(struct evhttp_connection *evcon, int timeout);

/**
 * Set the timeouts of a connection, for reading and writing.
 *
 * @param evcon  the connection
 * @param tv     a duration, which is copied; zero or NULL as for evhttp_connection_set_timeout()
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_timeout_tv(struct evhttp_connection *evcon, const struct timeval *tv);

/**
 * Set the timeout of a connection for reading.
 *
 * @param evcon  the connection
 * @param tv     as for evhttp_connection_set_timeout_tv()
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_read_timeout_tv(
    struct evhttp_connection *evcon, const struct timeval *tv);

/**
 * Set the timeout of a connection for writing.
 *
 * @param evcon  the connection
 * @param tv     as for evhttp_connection_set_timeout_tv()
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_write_timeout_tv(
    struct evhttp_connection *evcon, const struct timeval *tv);

/** @} */

/** @name Clients
 *
 * A client's connection connects when there is a request to send, and sends one request after the
 * other.  It stays open between them where the server lets it, and connects again where not.
 *
 * A request ends in one of these ways: its completion callback receives the response; or it
 * receives NULL, after the error callback was told why; or it receives the request with code 0,
 * when no connection could be made.
 * @{
 */

/**
 * Make a client's connection.
 *
 * Nothing is sent yet: it connects when there is a request.
 *
 * @param base     the loop
 * @param dnsbase  the resolver; NULL for getaddrinfo(3), which blocks the loop
 * @param address  the name or the numeric address of the server
 * @param port     in the byte order of the host
 * @return the connection, to be freed with evhttp_connection_free(); NULL if memory is short
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_connection *evhttp_connection_base_new(
    struct event_base *base, struct evdns_base *dnsbase, const char *address, ev_uint16_t port);

/**
 * Make a client's connection over a bufferevent of the program, for example for TLS.
 *
 * @param base     the loop
 * @param dnsbase  as for evhttp_connection_base_new()
 * @param bev      a bufferevent without a descriptor, which belongs to the connection on success;
 *                 it is connected again after each end.  NULL for an ordinary socket
 * @param address  likewise
 * @param port     likewise
 * @return the connection, to be freed with evhttp_connection_free(); NULL if memory is short
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_connection *evhttp_connection_base_bufferevent_new(struct event_base *base,
    struct evdns_base *dnsbase, struct bufferevent *bev, const char *address, ev_uint16_t port);

/**
 * Make a client's connection to a Unix socket.
 *
 * @param base  the loop
 * @param bev   as for evhttp_connection_base_bufferevent_new()
 * @param path  the path of the socket
 * @return the connection, to be freed with evhttp_connection_free(); NULL if memory is short
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_connection *evhttp_connection_base_bufferevent_unix_new(
    struct event_base *base, struct bufferevent *bev, const char *path);

/**
 * Make a client's connection over a bufferevent that is connected already.
 *
 * @param base     the loop
 * @param dnsbase  as for evhttp_connection_base_new(), for when it connects again
 * @param bev      the bufferevent, which belongs to the connection on success
 * @return the connection, to be freed with evhttp_connection_free(); NULL if memory is short
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
struct evhttp_connection *evhttp_connection_base_bufferevent_reuse_new(
    struct event_base *base, struct evdns_base *dnsbase, struct bufferevent *bev);

/**
 * Free a client's connection when its last request is done.
 *
 * @param evcon  the connection; it is freed after the callbacks of the last request in its queue
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_free_on_completion(struct evhttp_connection *evcon);

/**
 * Send a request.
 *
 * It waits until the requests before it are done.  Host and Content-Length are added where they
 * are missing; Host is that of the target, if it has one, and else that of the connection.  The callbacks may run before this returns, if no connection can be made.
 *
 * @param evcon  a client's connection
 * @param req    the request, made by evhttp_request_new(); the connection owns it, also on failure
 *               unless evhttp_request_own() was called
 * @param type   the method
 * @param uri    the target as it is sent: a path with its query, or a whole URI for a proxy
 * @return 0; -1 if the method is unknown, the target has a blank or a control in it, or memory
 *         is short; then no callback is called
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_make_request(struct evhttp_connection *evcon, struct evhttp_request *req,
    enum evhttp_cmd_type type, const char *uri);

/**
 * Cancel a request, and free it.
 *
 * The error callback receives EVREQ_HTTP_REQUEST_CANCEL, the completion callback is not called.
 * The connection of a request that was sent already is closed; those behind it get another.
 *
 * @param req  a request whose completion callback was not called yet
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_cancel_request(struct evhttp_request *req);

/**
 * Set the kind of address to connect to.
 *
 * @param evcon   a client's connection
 * @param family  AF_UNSPEC, as at first, AF_INET or AF_INET6
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_family(struct evhttp_connection *evcon, int family);

/**
 * Set the address to connect from.
 *
 * @param evcon    a client's connection, before it connects
 * @param address  a numeric address, which is copied; NULL for any
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_local_address(struct evhttp_connection *evcon, const char *address);

/**
 * Set the port to connect from.
 *
 * @param evcon  a client's connection, before it connects
 * @param port   in the byte order of the host; 0 for any
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_local_port(struct evhttp_connection *evcon, ev_uint16_t port);

/** Connect to the same address again, without looking the name up. */
#define EVHTTP_CON_REUSE_CONNECTED_ADDR 0x0008
/** Read the response although sending the request has failed. */
#define EVHTTP_CON_READ_ON_WRITE_ERROR 0x0010
/** Accepted, and of no effect: a response that is too large is not read to its end. */
#define EVHTTP_CON_LINGERING_CLOSE 0x0020
/** Flags of programs are below this. */
#define EVHTTP_CON_PUBLIC_FLAGS_END 0x100000

/**
 * Set the flags of a client's connection.
 *
 * @param evcon  the connection
 * @param flags  EVHTTP_CON_ bits
 * @return 0, or 1 if there are others
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evhttp_connection_set_flags(struct evhttp_connection *evcon, int flags);

/**
 * Set the function that knows methods beside those of enum evhttp_cmd_type.
 *
 * @param evcon  a client's connection
 * @param cmp    as for evhttp_set_ext_method_cmp()
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_ext_method_cmp(
    struct evhttp_connection *evcon, evhttp_ext_method_cb cmp);

/**
 * Set how long connecting may take.
 *
 * @param evcon  a client's connection
 * @param tv     a duration, which is copied; zero or NULL for 45 seconds
 *
 * Threads: that of the base.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_connect_timeout_tv(
    struct evhttp_connection *evcon, const struct timeval *tv);

/**
 * Set how long to wait before connecting is tried again.
 *
 * Each wait is twice as long as the one before.
 *
 * @param evcon  a client's connection
 * @param tv     a duration, which is copied; NULL for 2 seconds
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_initial_retry_tv(
    struct evhttp_connection *evcon, const struct timeval *tv);

/**
 * Set how often connecting is tried again.
 *
 * @param evcon      a client's connection
 * @param retry_max  the number; 0, as at first, for never; -1 for ever
 *
 * Threads: that of the base.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evhttp_connection_set_retries(struct evhttp_connection *evcon, int retry_max);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_HTTP_H_INCLUDED_ */
