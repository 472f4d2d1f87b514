/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/status.h"

#include <stddef.h>

#include "base/compiler.h"

#define FIRST_CODE   100
#define CLASS_SIZE   100
#define NO_CONTENT   204
#define NOT_MODIFIED 304

/* Those that libevent knows have its texts; the others, those of the registry of RFC 9110 16.2. */
static const char *const informational[] = {
    [0] = "Continue", [1] = "Switching Protocols", [2] = "Processing", [3] = "Early Hints"};
static const char *const success[] = {[0] = "OK",
    [1] = "Created",
    [2] = "Accepted",
    [3] = "Non-Authoritative Information",
    [4] = "No Content",
    [5] = "Reset Content",
    [6] = "Partial Content",
    [7] = "Multi-Status",
    [8] = "Already Reported",
    [26] = "IM Used"};
static const char *const redirection[] = {[0] = "Multiple Choices",
    [1] = "Moved Permanently",
    [2] = "Found",
    [3] = "See Other",
    [4] = "Not Modified",
    [5] = "Use Proxy",
    [7] = "Temporary Redirect",
    [8] = "Permanent Redirect"};
static const char *const client_error[] = {[0] = "Bad Request",
    [1] = "Unauthorized",
    [2] = "Payment Required",
    [3] = "Forbidden",
    [4] = "Not Found",
    [5] = "Method Not Allowed",
    [6] = "Not Acceptable",
    [7] = "Proxy Authentication Required",
    [8] = "Request Time-out",
    [9] = "Conflict",
    [10] = "Gone",
    [11] = "Length Required",
    [12] = "Precondition Failed",
    [13] = "Request Entity Too Large",
    [14] = "Request-URI Too Large",
    [15] = "Unsupported Media Type",
    [16] = "Requested range not satisfiable",
    [17] = "Expectation Failed",
    [21] = "Misdirected Request",
    [22] = "Unprocessable Content",
    [23] = "Locked",
    [24] = "Failed Dependency",
    [25] = "Too Early",
    [26] = "Upgrade Required",
    [28] = "Precondition Required",
    [29] = "Too Many Requests",
    [31] = "Request Header Fields Too Large",
    [51] = "Unavailable For Legal Reasons"};
static const char *const server_error[] = {[0] = "Internal Server Error",
    [1] = "Not Implemented",
    [2] = "Bad Gateway",
    [3] = "Service Unavailable",
    [4] = "Gateway Time-out",
    [5] = "HTTP Version not supported",
    [6] = "Variant Also Negotiates",
    [7] = "Insufficient Storage",
    [8] = "Loop Detected",
    [10] = "Not Extended",
    [11] = "Network Authentication Required"};

static const struct status_class {
	const char *name;
	const char *const *texts;
	size_t count;
} classes[] = {
    {"Informational", informational, LVN_COUNT_OF(informational)},
    {"Success", success, LVN_COUNT_OF(success)},
    {"Redirection", redirection, LVN_COUNT_OF(redirection)},
    {"Client Error", client_error, LVN_COUNT_OF(client_error)},
    {"Server Error", server_error, LVN_COUNT_OF(server_error)},
};

const char *
lvn_http_status_text(int code)
{
	const struct status_class *of_code;
	size_t index, in_class;

	if (code < FIRST_CODE)
		return "Unknown Status Class";
	index = (size_t)(code / CLASS_SIZE - 1);
	in_class = (size_t)(code % CLASS_SIZE);
	if (index >= LVN_COUNT_OF(classes))
		return "Unknown Status Class";
	of_code = &classes[index];
	if (in_class < of_code->count && of_code->texts[in_class])
		return of_code->texts[in_class];
	return of_code->name;
}

bool
lvn_http_status_has_body(int code)
{
	return code / CLASS_SIZE != 1 && code != NO_CONTENT && code != NOT_MODIFIED;
}
