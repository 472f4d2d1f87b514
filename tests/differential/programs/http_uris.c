/* SPDX-License-Identifier: BSD-3-Clause */
/* URIs: texts that are parsed, parts that are set, what is written; wrong arguments. */
#include <event2/http.h>

#include "kit.h"

static const char *const texts[] = {"", "/", "//", "///", "////a", "//a", "//a/", "//a:", "//a:/",
    "//a:80", "//a:0", "//a:080", "//a:65535", "//a:65536", "//a:4294967376", "//a:-1", "//a:+1",
    "//a: 1", "//a:x", "//a:1x", "//:80", "//@", "//@a", "//u@a", "//u:p@a", "//u@v@a", "//u%40@a",
    "//a@b:c@d", "//a\\b", "//a//b", "//a/b:c", "http:", "http:/", "http://", "http:///a",
    "http://a", "http://a?", "http://a#", "http://a?q#f", "http://a/b?q?r#f#g", "http://a/?#",
    "http:a", "http:?q", "http:#f", "http://a:80:90/", "http://a::90/", "?", "#", "?q", "#f",
    "?q#f", "a", "a:", "a:b", "a:b/c", "a/b:c", "./a:b", "1a:b", "+a:b", ":a", "a?b:c",
    "h-t.t+p://a", "ht_tp://a", "HTTP://A/", "\xc3\xa9://a", "http://\xc3\xa9/", "a b", "/a b",
    "/a\tb", "/a\r\nb", "/a\x7f", "/a\x80", "/%", "/%1", "/%g1", "/%41", "/%00", "/a?b c", "/a?b%",
    "/a?b#c d", "/a#c%", "/a#c#d", "/a[b]", "/a<b>", "/a\"b", "/a\\b", "/a^b", "/a`b", "/a{b}",
    "/a|b", "/a!$&'()*+,;=:@b", "*", "http://a b/", "http://a%20b/", "http://a%2/", "http://a_b/",
    "http://a!$&'()*+,;=b/", "http://1.2.3.4:5/", "http://[::1]/", "http://[::1]",
    "http://[::1]:80/", "http://[::1]:/", "http://u@[::1]:1/p", "http://[::1", "http://::1]/",
    "http://[]/", "http://[g]/", "http://[::1]x/", "http://[1.2.3.4]/", "http://[::1.2.3.4]/",
    "http://[::1%25eth0]/", "http://[v1.a]/", "http://[v1.]/", "http://[V1.a]/", "http://[v.a]/",
    "http://[vg.a]/", "http://[v1.a:b]/", "mailto:a@b", "urn:a:b", "file:///etc"};

/* What only the reference reads. */
static const char *const addresses[] = {"http://[0x1::]/", "http://[::1:]/", "http://[::00001]/",
    "http://[::ffff:1.2.3. 4]/", "http://[::ffff:1.2.3.+4]/", "http://[::ffff:1.2.3.04]/",
    "http://[::ffff:4294967297.2.3.4]/"};

static const char *
shown(const char *text)
{
	return text ? text : "(none)";
}

static void
say_uri(struct evhttp_uri *uri)
{
	char joined[128];

	say("\t%s %s %s %d %s %s %s", shown(evhttp_uri_get_scheme(uri)),
	    shown(evhttp_uri_get_userinfo(uri)), shown(evhttp_uri_get_host(uri)),
	    evhttp_uri_get_port(uri), shown(evhttp_uri_get_path(uri)),
	    shown(evhttp_uri_get_query(uri)), shown(evhttp_uri_get_fragment(uri)));
	say("\t%s", shown(evhttp_uri_join(uri, joined, sizeof(joined))));
}

static void
parse(const char *text, unsigned flags)
{
	struct evhttp_uri *uri = evhttp_uri_parse_with_flags(text, flags);

	say("[%s] %u: %d", text, flags, uri != NULL);
	if (!uri)
		return;
	say_uri(uri);
	evhttp_uri_free(uri);
}

#define SET(part, text)                                                                 \
	do {                                                                            \
		say("%s %s: %d", #part, shown(text), evhttp_uri_set_##part(uri, text)); \
		say_uri(uri);                                                           \
	} while (0)

static void
set_parts(void)
{
	struct evhttp_uri *uri = evhttp_uri_new();
	const char *none = NULL;

	say_uri(uri);
	SET(scheme, "http");
	SET(scheme, "");
	SET(scheme, "1");
	SET(scheme, "a:");
	SET(host, "a");
	SET(host, "");
	SET(host, "[::1]");
	SET(host, "::1");
	SET(host, "a:80");
	SET(host, "a b");
	SET(userinfo, "");
	SET(userinfo, "u:p");
	SET(userinfo, "u@");
	SET(path, "p");
	SET(path, "//p");
	SET(path, "/p");
	SET(path, "a?b");
	SET(path, "a b");
	SET(query, "");
	SET(query, "q?/:@");
	SET(query, "q#");
	SET(fragment, "");
	SET(fragment, "f#");
	SET(fragment, "f");
	evhttp_uri_set_flags(uri, EVHTTP_URI_NONCONFORMANT);
	SET(path, "/a b");
	SET(path, "a?b");
	SET(query, "q r");
	SET(query, "q#");
	SET(fragment, "f#");
	evhttp_uri_set_flags(uri, 0);
	SET(path, "/a b");
	SET(path, none);
	SET(query, none);
	SET(fragment, none);
	SET(host, none);
	SET(userinfo, none);
	SET(scheme, none);
	evhttp_uri_free(uri);
}

static void
set_ports(void)
{
	static const int ports[] = {0, 80, -1, -2, 65535, 65536, 2147483647};
	struct evhttp_uri *uri = evhttp_uri_parse("//h:1");

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		say("port %d: %d", ports[i], evhttp_uri_set_port(uri, ports[i]));
		say_uri(uri);
	}
	evhttp_uri_free(uri);
}

/* Paths that are something else where they stand. */
static void
join_odd_paths(void)
{
	struct evhttp_uri *uri = evhttp_uri_new();

	SET(path, "//h/p");
	SET(path, "a:b");
	SET(path, "a/b:c");
	SET(scheme, "s");
	SET(path, "a:b");
	SET(path, "//h/p");
	SET(host, "h");
	evhttp_uri_free(uri);
}

static void
join_with_limits(void)
{
	struct evhttp_uri *uri = evhttp_uri_parse("s://u@h:1/p?q#f");

	for (size_t limit = 0; limit < 20; limit++) {
		char text[32] = "#############################";
		char *joined = evhttp_uri_join(uri, text, limit);

		say("%d: %d %s", (int)limit, joined == text, text);
	}
	evhttp_uri_free(uri);
}

static void
nothing(void)
{
}

static void
pass_nothing(void)
{
	event_set_log_callback(kit_log_apart);
	KIT_ANSWER(nothing, "parse", evhttp_uri_parse(NULL) != NULL);
	KIT_ANSWER(nothing, "free", (evhttp_uri_free(NULL), 0));
	KIT_ANSWER(nothing, "host", evhttp_uri_get_host(NULL) != NULL);
	KIT_ANSWER(nothing, "port", evhttp_uri_get_port(NULL));
	KIT_ANSWER(nothing, "set path", evhttp_uri_set_path(NULL, "/"));
	KIT_ANSWER(nothing, "join", evhttp_uri_join(NULL, NULL, 0) != NULL);
	KIT_ANSWER(
	    nothing, "join into nothing", evhttp_uri_join(evhttp_uri_parse("/a"), NULL, 0) != NULL);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		parse(texts[i], 0);
		parse(texts[i], EVHTTP_URI_NONCONFORMANT);
	}
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		parse(addresses[i], 0);
	set_parts();
	set_ports();
	join_odd_paths();
	join_with_limits();
	pass_nothing();
	return 0;
}
