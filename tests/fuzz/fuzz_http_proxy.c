/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as what a proxy of HTTP or SOCKS5 replies, at once and cut into pieces: the tunnel opens
 * both times or it does not, at the same byte, and the same was sent.  The URL of a proxy and a list
 * of hosts without one are read from bytes, too.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <stdint.h>
#include <string.h>

#include "fuzz/must.h"
#include "http/proxy.h"

#define TEXT_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct talk {
	enum http_proxy_result result;
	const char *why;
	size_t left; /* of the bytes, behind the reply */
	size_t sent;
	uint8_t bytes[1200];
};

/* `step` bytes at a time. */
static struct talk
talk(const struct http_proxy *proxy, const uint8_t *data, size_t size, size_t step)
{
	struct talk talk = {.why = NULL};
	struct http_proxy_talk state = {0};
	struct evbuffer *input = evbuffer_new(), *output = evbuffer_new();
	ev_ssize_t sent;

	talk.result =
	    lvn_http_proxy_talk(&state, proxy, "host.example", 443, input, output, &talk.why);
	must(talk.result == HTTP_PROXY_MORE);
	while (size > 0 && talk.result == HTTP_PROXY_MORE) {
		size_t some = size < step ? size : step;

		evbuffer_add(input, data, some);
		data += some;
		size -= some;
		talk.result = lvn_http_proxy_talk(
		    &state, proxy, "host.example", 443, input, output, &talk.why);
	}
	talk.left = size + evbuffer_get_length(input);
	sent = evbuffer_remove(output, talk.bytes, sizeof(talk.bytes));
	must(sent > 0 && evbuffer_get_length(output) == 0);
	talk.sent = (size_t)sent;
	evbuffer_free(input);
	evbuffer_free(output);
	return talk;
}

static void
talk_in_pieces(const char *url, const uint8_t *data, size_t size, size_t step)
{
	struct http_proxy *proxy;
	struct talk whole, pieces;

	must(lvn_http_proxy_new(url, &proxy) == 0);
	whole = talk(proxy, data, size, size + 1);
	pieces = talk(proxy, data, size, step);
	must(whole.result == pieces.result && whole.result != HTTP_PROXY_NO_MEMORY);
	must(whole.sent == pieces.sent && memcmp(whole.bytes, pieces.bytes, whole.sent) == 0);
	if (whole.result == HTTP_PROXY_REFUSED)
		must(whole.why && pieces.why);
	if (whole.result == HTTP_PROXY_OPEN)
		must(whole.left == pieces.left);
	lvn_http_proxy_free(proxy);
}

static void
read_text(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1];
	struct http_proxy *proxy;
	int rc;

	memcpy(text, data, size);
	text[size] = '\0';
	(void)lvn_http_proxy_excepts(text, "host.example");
	must(!*text || lvn_http_proxy_excepts("*", text));
	rc = lvn_http_proxy_new(text, &proxy);
	must(rc == 0 || rc == -EINVAL);
	if (rc < 0)
		return;
	must(*proxy->host && proxy->port > 0);
	/* Nothing that would be another field. */
	must(!proxy->authorization || !strpbrk(proxy->authorization, "\r\n"));
	must(!proxy->user || !strpbrk(proxy->user, "\r\n"));
	lvn_http_proxy_free(proxy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const urls[] = {"http://proxy.example", "http://u:p@proxy.example:8080",
	    "socks5://proxy.example", "socks5://u:p@proxy.example"};

	if (size < 1 || size > TEXT_MAX)
		return 0;
	if (data[0] & 4)
		read_text(data + 1, size - 1);
	else
		talk_in_pieces(urls[data[0] & 3], data + 1, size - 1, 1 + (size_t)(data[0] >> 3));
	return 0;
}
