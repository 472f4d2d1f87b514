/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * URIs, queries and header fields while memory fails: each call is refused, leaves everything as
 * it was, and succeeds when it is made again.
 */
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <string.h>

#include "torture/torture.h"

static void
build_a_uri(const struct configuration *configuration)
{
	struct evhttp_uri *uri;
	char text[64];

	(void)configuration;
	TRY_NEW(uri, evhttp_uri_new());
	TRY(evhttp_uri_set_scheme(uri, "http"));
	TRY(evhttp_uri_set_userinfo(uri, "u"));
	TRY(evhttp_uri_set_host(uri, "[::1]"));
	TRY(evhttp_uri_set_host(uri, "[::2]"));
	TRY(evhttp_uri_set_path(uri, "/p"));
	TRY(evhttp_uri_set_query(uri, "q"));
	TRY(evhttp_uri_set_fragment(uri, "f"));
	EXPECT(evhttp_uri_join(uri, text, sizeof(text)));
	EXPECT(strcmp(text, "http://u@[::2]/p?q#f") == 0);
	evhttp_uri_free(uri);
	TRY_NEW(uri, evhttp_uri_parse("http://h:80/p"));
	EXPECT(strcmp(evhttp_uri_get_host(uri), "h") == 0);
	TRY(evhttp_uri_set_unixsocket(uri, "/s"));
	evhttp_uri_free(uri);
}

static void
keep_fields(const struct configuration *configuration)
{
	struct evkeyvalq list = {NULL, &list.tqh_first};

	(void)configuration;
	TRY(evhttp_add_header(&list, "a", "1"));
	TRY(evhttp_add_header(&list, "b", "2"));
	EXPECT(strcmp(evhttp_find_header(&list, "a"), "1") == 0);
	EXPECT(strcmp(list.tqh_first->next.tqe_next->value, "2") == 0);
	evhttp_clear_headers(&list);
	TRY(evhttp_parse_query("/?a=1&b=2", &list));
	EXPECT(strcmp(evhttp_find_header(&list, "b"), "2") == 0);
	evhttp_clear_headers(&list);
	TRY(evhttp_parse_query_str_flags("a=1&b=2&a=3", &list, EVHTTP_URI_QUERY_LAST_VAL));
	EXPECT(strcmp(evhttp_find_header(&list, "a"), "3") == 0);
	evhttp_clear_headers(&list);
}

static void
escape(const struct configuration *configuration)
{
	char *text;
	size_t size = 0;

	(void)configuration;
	TRY_NEW(text, evhttp_encode_uri("a b"));
	EXPECT(strcmp(text, "a%20b") == 0);
	faults_free(text);
	TRY_NEW(text, evhttp_uridecode("a%20b", 0, &size));
	EXPECT(size == 3 && strcmp(text, "a b") == 0);
	faults_free(text);
	TRY_NEW(text, evhttp_decode_uri("a?+"));
	EXPECT(strcmp(text, "a? ") == 0);
	faults_free(text);
	TRY_NEW(text, evhttp_htmlescape("<"));
	EXPECT(strcmp(text, "&lt;") == 0);
	faults_free(text);
}

TEST(evhttp_uri__survives_every_failure)
{
	torture(build_a_uri, &(struct configuration){.backend = backend_under_test(0)});
}

TEST(evhttp_add_header__and_queries_survive_every_failure)
{
	torture(keep_fields, &(struct configuration){.backend = backend_under_test(0)});
}

TEST(evhttp_uriencode__and_others_survive_every_failure)
{
	torture(escape, &(struct configuration){.backend = backend_under_test(0)});
}
