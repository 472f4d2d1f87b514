/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * HTTP: URIs, queries, escaping, and lists of header fields.
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

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_HTTP_H_INCLUDED_ */
