/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/proxy.h"

#include <errno.h>
#include <event2/buffer.h>
#include <string.h>

#include "support/fail_nth.h"
#include "support/suite.h"

TEST(lvn_http_proxy_new__parts_and_defaults)
{
	static const struct {
		const char *url;
		const char *host;
		uint16_t port;
		bool is_socks;
		const char *user;
		const char *password;
		const char *authorization;
	} cases[] = {
	    {"http://p", "p", 80, false, NULL, NULL, NULL},
	    {"HTTP://p:3128/", "p", 3128, false, NULL, NULL, NULL},
	    {"http://[::1]:8080", "::1", 8080, false, NULL, NULL, NULL},
	    {"socks5://p", "p", 1080, true, NULL, NULL, NULL},
	    {"socks5h://me:it@p:1", "p", 1, true, "me", "it", NULL},
	    {"http://Aladdin:open%20sesame@p", "p", 80, false, "Aladdin", "open sesame",
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
	    {"http://a@p", "p", 80, false, "a", "", "Basic YTo="},
	    {"http://a:@p", "p", 80, false, "a", "", "Basic YTo="},
	    {"http://a:b@p", "p", 80, false, "a", "b", "Basic YTpi"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_proxy *proxy;

		ck_assert_int_eq(lvn_http_proxy_new(cases[i].url, &proxy), 0);
		ck_assert_str_eq(proxy->host, cases[i].host);
		ck_assert_uint_eq(proxy->port, cases[i].port);
		ck_assert(proxy->is_socks == cases[i].is_socks);
		ck_assert_pstr_eq(proxy->user, cases[i].user);
		ck_assert_pstr_eq(proxy->password, cases[i].password);
		ck_assert_pstr_eq(proxy->authorization, cases[i].authorization);
		lvn_http_proxy_free(proxy);
	}
	lvn_http_proxy_free(NULL);
}

TEST(lvn_http_proxy_new__refuses_what_is_no_proxy)
{
	static const char *const urls[] = {"", "p", "p:80", "//p", "https://p", "socks4://p",
	    "http://", "http://p:0", "http://p:99999", "http://a%0d:b@p", "http://a%3ab:c@p",
	    "http://p q"};
	struct http_proxy *proxy;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		ck_assert_int_eq(lvn_http_proxy_new(urls[i], &proxy), -EINVAL);
}

TEST(lvn_http_proxy_new__out_of_memory)
{
	struct fail_nth fail = {0, 0};
	struct http_proxy *proxy;
	int rc;

	for (;;) {
		fail_nth_begin(&fail);
		rc = lvn_http_proxy_new("http://a:b@p:1", &proxy);
		if (!fail_nth_end(&fail))
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		fail.number++;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_ge(fail.number, 6);
	lvn_http_proxy_free(proxy);
}

TEST(lvn_http_proxy_excepts__names_domains_and_all)
{
	ck_assert(lvn_http_proxy_excepts("a.example", "a.example"));
	ck_assert(lvn_http_proxy_excepts("A.example", "a.EXAMPLE"));
	ck_assert(lvn_http_proxy_excepts("example", "a.example"));
	ck_assert(lvn_http_proxy_excepts(".example", "a.example"));
	ck_assert(lvn_http_proxy_excepts("x, .example", "a.example"));
	ck_assert(lvn_http_proxy_excepts("*", "a.example"));
	ck_assert(lvn_http_proxy_excepts("10.0.0.1,::1", "::1"));
	ck_assert(!lvn_http_proxy_excepts("", "a.example"));
	ck_assert(!lvn_http_proxy_excepts(",. ,", "a.example"));
	ck_assert(!lvn_http_proxy_excepts("ample", "a.example"));
	ck_assert(!lvn_http_proxy_excepts("b.a.example", "a.example"));
}

/* ---- Talks ---- */

static struct http_proxy *proxy;
static struct http_proxy_talk talk;
static struct evbuffer *input, *output;
static const char *why;

static void
begin_talk(const char *url)
{
	ck_assert_int_eq(lvn_http_proxy_new(url, &proxy), 0);
	memset(&talk, 0, sizeof(talk));
	input = evbuffer_new();
	output = evbuffer_new();
}

static enum http_proxy_result
go_on(const char *host)
{
	return lvn_http_proxy_talk(&talk, proxy, host, 443, input, output, &why);
}

static void
expect_output(const char *bytes, size_t size)
{
	ck_assert_uint_eq(evbuffer_get_length(output), size);
	ck_assert_mem_eq(evbuffer_pullup(output, -1), bytes, size);
	evbuffer_drain(output, size);
}

static void
end_talk(void)
{
	lvn_http_proxy_free(proxy);
	evbuffer_free(input);
	evbuffer_free(output);
}

TEST(lvn_http_proxy_talk__connect_byte_by_byte)
{
	static const char asked[] = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n"
				    "Proxy-Authorization: Basic YTpi\r\n\r\n";
	static const char reply[] = "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\n";

	begin_talk("http://a:b@p");
	ck_assert_int_eq(go_on("a.example"), HTTP_PROXY_MORE);
	expect_output(asked, sizeof(asked) - 1);
	for (size_t i = 0; i + 1 < sizeof(reply) - 1; i++) {
		evbuffer_add(input, reply + i, 1);
		ck_assert_int_eq(go_on("a.example"), HTTP_PROXY_MORE);
	}
	evbuffer_add(input, "\nx", 2);
	ck_assert_int_eq(go_on("a.example"), HTTP_PROXY_OPEN);
	ck_assert_uint_eq(evbuffer_get_length(input), 1);
	end_talk();
}

TEST(lvn_http_proxy_talk__connect_refused)
{
	static const char *const replies[] = {"HTTP/1.1 407 No\r\n\r\n", "HTTP/1.1 502 No\r\n\r\n",
	    "HTTP/1.1 302 No\r\nLocation: /\r\n\r\n", "\5\1", "HTTP/1.1 200 OK\r\nx\r\n\r\n"};

	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		begin_talk("http://p");
		ck_assert_int_eq(go_on("::1"), HTTP_PROXY_MORE);
		expect_output("CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n", 47);
		evbuffer_add(input, replies[i], strlen(replies[i]));
		ck_assert_int_eq(go_on("::1"), HTTP_PROXY_REFUSED);
		ck_assert_ptr_nonnull(why);
		end_talk();
	}
}

TEST(lvn_http_proxy_talk__socks_with_a_user)
{
	begin_talk("socks5://me:it@p");
	ck_assert_int_eq(go_on("a.b"), HTTP_PROXY_MORE);
	expect_output("\5\2\0\2", 4);
	evbuffer_add(input, "\5", 1);
	ck_assert_int_eq(go_on("a.b"), HTTP_PROXY_MORE);
	evbuffer_add(input, "\2", 1);
	ck_assert_int_eq(go_on("a.b"), HTTP_PROXY_MORE);
	expect_output("\1\2me\2it", 7);
	evbuffer_add(input, "\1\0", 2);
	ck_assert_int_eq(go_on("a.b"), HTTP_PROXY_MORE);
	expect_output("\5\1\0\3\3a.b\1\xbb", 10);
	evbuffer_add(input, "\5\0\0\1\0\0\0\0\0\0", 10);
	ck_assert_int_eq(go_on("a.b"), HTTP_PROXY_OPEN);
	ck_assert_uint_eq(evbuffer_get_length(input), 0);
	end_talk();
}

TEST(lvn_http_proxy_talk__socks_refused)
{
	begin_talk("socks5://p");
	ck_assert_int_eq(go_on("a.b"), HTTP_PROXY_MORE);
	expect_output("\5\1\0", 3);
	evbuffer_add(input, "\5\2", 2);
	ck_assert_int_eq(go_on("a.b"), HTTP_PROXY_REFUSED);
	ck_assert_str_eq(why, "the proxy wants a user");
	end_talk();

	begin_talk("socks5://p");
	ck_assert_int_eq(go_on("a.b"), HTTP_PROXY_MORE);
	/* Both replies at once. */
	evbuffer_add(input, "\5\0\5\1", 4);
	ck_assert_int_eq(go_on("a.b"), HTTP_PROXY_REFUSED);
	end_talk();
}
