/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/proxy.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/util.h>
#include <string.h>

#include "base/private.h"
#include "base/text.h"
#include "http/encoding.h"
#include "http/reader.h"
#include "http/socks5.h"
#include "http/syntax.h"
#include "http/uri.h"

enum { HTTP_PORT = 80, SOCKS_PORT = 1080 };

/* ---- a proxy by its URL ---- */

/* A copy without escapes; NULL if memory is short. */
static char *
decode(const char *text, size_t size)
{
	char *decoded = lvn_alloc(size + 1);

	if (decoded)
		decoded[lvn_http_decode(text, size, HTTP_PLUS_STAYS, decoded)] = '\0';
	return decoded;
}

static void
encode_base64(const uint8_t *bytes, size_t size, char *text_out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		uint32_t three = (uint32_t)bytes[i] << 16;

		if (i + 1 < size)
			three |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < size)
			three |= bytes[i + 2];
		*text_out++ = digits[three >> 18];
		*text_out++ = digits[three >> 12 & 63];
		*text_out++ = i + 1 < size ? digits[three >> 6 & 63] : '=';
		*text_out++ = i + 2 < size ? digits[three & 63] : '=';
	}
	*text_out = '\0';
}

/* RFC 7617. */
static char *
basic(const char *user, const char *password)
{
	size_t size = strlen(user) + 1 + strlen(password);
	char *both = lvn_alloc(size + 1);
	char *value = lvn_alloc(strlen("Basic ") + (size + 2) / 3 * 4 + 1);

	if (both && value) {
		evutil_snprintf(both, size + 1, "%s:%s", user, password);
		memcpy(value, "Basic ", strlen("Basic "));
		encode_base64((const uint8_t *)both, size, value + strlen("Basic "));
	} else {
		lvn_free(value);
		value = NULL;
	}
	lvn_free(both);
	return value;
}

static int
read_user(struct http_proxy *proxy, const char *text)
{
	size_t size = strcspn(text, ":");

	proxy->user = decode(text, size);
	text += size + (text[size] == ':');
	proxy->password = decode(text, strlen(text));
	if (!proxy->user || !proxy->password)
		return -ENOMEM;
	if (!lvn_http_syntax_is_value(proxy->user, strlen(proxy->user)) ||
	    strchr(proxy->user, ':') ||
	    !lvn_http_syntax_is_value(proxy->password, strlen(proxy->password)))
		return -EINVAL;
	if (proxy->is_socks)
		return 0;
	proxy->authorization = basic(proxy->user, proxy->password);
	return proxy->authorization ? 0 : -ENOMEM;
}

static int
fill(struct http_proxy *proxy, struct evhttp_uri *uri)
{
	const char *scheme = uri->parts[URI_SCHEME], *host;

	if (!scheme)
		return -EINVAL;
	proxy->is_socks =
	    lvn_text_compare(scheme, "socks5") == 0 || lvn_text_compare(scheme, "socks5h") == 0;
	if (!proxy->is_socks && lvn_text_compare(scheme, "http") != 0)
		return -EINVAL;
	uri->flags |= EVHTTP_URI_HOST_STRIP_BRACKETS;
	host = lvn_http_uri_host(uri);
	if (!host || !*host || strchr(host, '%') || uri->port == 0)
		return -EINVAL;
	proxy->host = lvn_strdup(host);
	proxy->port = (uint16_t)(uri->port > 0     ? uri->port
				 : proxy->is_socks ? SOCKS_PORT
						   : HTTP_PORT);
	if (!proxy->host)
		return -ENOMEM;
	return uri->parts[URI_USERINFO] ? read_user(proxy, uri->parts[URI_USERINFO]) : 0;
}

int
lvn_http_proxy_new(const char *url, struct http_proxy **proxy_out)
{
	struct http_proxy *proxy;
	struct evhttp_uri *uri;
	int rc = lvn_http_uri_parse(url, strlen(url), 0, &uri);

	if (rc < 0)
		return rc;
	proxy = lvn_calloc(1, sizeof(*proxy));
	rc = proxy ? fill(proxy, uri) : -ENOMEM;
	lvn_http_uri_free(uri);
	if (rc < 0)
		lvn_http_proxy_free(proxy);
	else
		*proxy_out = proxy;
	return rc;
}

void
lvn_http_proxy_free(struct http_proxy *proxy)
{
	if (!proxy)
		return;
	lvn_free(proxy->host);
	lvn_free(proxy->user);
	lvn_free(proxy->password);
	lvn_free(proxy->authorization);
	lvn_free(proxy);
}

/* ---- hosts without a proxy ---- */

/* The host itself, or a domain that it is in, with a dot before it or without. */
static bool
matches(const char *entry, size_t size, const char *host)
{
	size_t host_size = strlen(host);

	if (size == 1 && *entry == '*')
		return true;
	if (size > 0 && *entry == '.') {
		entry++;
		size--;
	}
	if (size == 0 || size > host_size ||
	    lvn_text_compare_start(host + host_size - size, entry, size) != 0)
		return false;
	return size == host_size || host[host_size - size - 1] == '.';
}

bool
lvn_http_proxy_excepts(const char *list, const char *host)
{
	static const char separators[] = ", \t";

	for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
		size_t size = strcspn(list, separators);

		if (matches(list, size, host))
			return true;
		list += size;
	}
	return false;
}

/* ---- CONNECT ---- */

enum { BEGINS, WAITS, WAITS_FOR_USER, WAITS_FOR_REPLY };

static enum http_proxy_result
ask_for_tunnel(
    const struct http_proxy *proxy, const char *host, uint16_t port, struct evbuffer *output)
{
	const char *left = strchr(host, ':') ? "[" : "", *right = *left ? "]" : "";
	const char *name = proxy->authorization ? "Proxy-Authorization: " : "";
	const char *value = proxy->authorization ? proxy->authorization : "";

	if (evbuffer_add_printf(output,
		"CONNECT %s%s%s:%u HTTP/1.1\r\nHost: %s%s%s:%u\r\n%s%s%s\r\n", left, host, right,
		port, left, host, right, port, name, value, *value ? "\r\n" : "") < 0)
		return HTTP_PROXY_NO_MEMORY;
	return HTTP_PROXY_MORE;
}

/* 1xx come before the response that counts. */
static enum http_proxy_result
judge(struct evbuffer *input, size_t head_size, int status, const char **why_out)
{
	evbuffer_drain(input, head_size);
	if (status < 200)
		return HTTP_PROXY_MORE;
	*why_out = status == 407 ? "the proxy wants another user or password"
				 : "the proxy has refused the tunnel";
	return status < 300 ? HTTP_PROXY_OPEN : HTTP_PROXY_REFUSED;
}

static enum http_proxy_result
read_response(struct evbuffer *input, const char **why_out)
{
	enum http_proxy_result result = HTTP_PROXY_MORE;
	enum http_reader_result found;

	do {
		struct http_reader reader = {.head_size = 0};
		struct http_head head = {.fields = NULL};

		found = lvn_http_reader_find_head(
		    &reader, &head, input, &lvn_http_limits_default, true);
		if (found == HTTP_READER_DONE)
			result = judge(input, reader.head_size, head.status, why_out);
		lvn_http_head_clear(&head);
	} while (found == HTTP_READER_DONE && result == HTTP_PROXY_MORE);
	if (found == HTTP_READER_REFUSED) {
		*why_out = "the response of the proxy is malformed";
		return HTTP_PROXY_REFUSED;
	}
	return found == HTTP_READER_NO_MEMORY ? HTTP_PROXY_NO_MEMORY : result;
}

static enum http_proxy_result
talk_http(struct http_proxy_talk *talk, const struct http_proxy *proxy, const char *host,
    uint16_t port, struct evbuffer *input, struct evbuffer *output, const char **why_out)
{
	if (talk->step != BEGINS)
		return read_response(input, why_out);
	talk->step = WAITS;
	return ask_for_tunnel(proxy, host, port, output);
}

/* ---- SOCKS5 ---- */

static enum http_proxy_result
put(struct evbuffer *output, const uint8_t *bytes, size_t size, const char **why_out)
{
	*why_out = "a name is too long for SOCKS5";
	if (size == 0)
		return HTTP_PROXY_REFUSED;
	return evbuffer_add(output, bytes, size) < 0 ? HTTP_PROXY_NO_MEMORY : HTTP_PROXY_MORE;
}

static enum http_proxy_result
ask_to_connect(struct http_proxy_talk *talk, const char *host, uint16_t port,
    struct evbuffer *output, const char **why_out)
{
	uint8_t bytes[LVN_HTTP_SOCKS5_SIZE];

	talk->step = WAITS_FOR_REPLY;
	return put(output, bytes, lvn_http_socks5_write_connect(bytes, host, port), why_out);
}

static enum http_proxy_result
on_method(struct http_proxy_talk *talk, const struct http_proxy *proxy,
    enum http_socks5_method method, const char *host, uint16_t port, struct evbuffer *output,
    const char **why_out)
{
	uint8_t bytes[LVN_HTTP_SOCKS5_SIZE];

	if (method == HTTP_SOCKS5_NO_USER)
		return ask_to_connect(talk, host, port, output, why_out);
	*why_out = "the proxy wants a user";
	if (!proxy->user)
		return HTTP_PROXY_REFUSED;
	talk->step = WAITS_FOR_USER;
	return put(output, bytes, lvn_http_socks5_write_user(bytes, proxy->user, proxy->password),
	    why_out);
}

static enum http_proxy_result
step_socks(struct http_proxy_talk *talk, const struct http_proxy *proxy, const char *host,
    uint16_t port, struct evbuffer *input, struct evbuffer *output, const char **why_out)
{
	enum http_socks5_method method = HTTP_SOCKS5_NONE;
	uint8_t bytes[LVN_HTTP_SOCKS5_SIZE];
	ev_ssize_t size = evbuffer_copyout(input, bytes, sizeof(bytes));
	int step = talk->step, used = 0;

	if (step == BEGINS) {
		talk->step = WAITS;
		return put(output, bytes,
		    lvn_http_socks5_write_greeting(bytes, proxy->user != NULL), why_out);
	}
	if (step == WAITS)
		used = lvn_http_socks5_read_method(bytes, (size_t)size, &method, why_out);
	else if (step == WAITS_FOR_USER)
		used = lvn_http_socks5_read_status(bytes, (size_t)size, why_out);
	else
		used = lvn_http_socks5_read_reply(bytes, (size_t)size, why_out);
	if (used <= 0)
		return used < 0 ? HTTP_PROXY_REFUSED : HTTP_PROXY_MORE;
	evbuffer_drain(input, (size_t)used);
	if (step == WAITS)
		return on_method(talk, proxy, method, host, port, output, why_out);
	if (step == WAITS_FOR_USER)
		return ask_to_connect(talk, host, port, output, why_out);
	return HTTP_PROXY_OPEN;
}

static enum http_proxy_result
talk_socks(struct http_proxy_talk *talk, const struct http_proxy *proxy, const char *host,
    uint16_t port, struct evbuffer *input, struct evbuffer *output, const char **why_out)
{
	enum http_proxy_result result;
	int before;

	do {
		before = talk->step;
		result = step_socks(talk, proxy, host, port, input, output, why_out);
	} while (result == HTTP_PROXY_MORE && talk->step != before);
	return result;
}

enum http_proxy_result
lvn_http_proxy_talk(struct http_proxy_talk *talk, const struct http_proxy *proxy, const char *host,
    uint16_t port, struct evbuffer *input, struct evbuffer *output, const char **why_out)
{
	if (proxy->is_socks)
		return talk_socks(talk, proxy, host, port, input, output, why_out);
	return talk_http(talk, proxy, host, port, input, output, why_out);
}
