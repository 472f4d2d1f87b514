/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Header fields and the parameters of queries in the hands of programs.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static int log_lines;

static void
count_line(int severity, const char *text)
{
	(void)severity;
	(void)text;
	log_lines++;
}

static int
count_fields(const struct evkeyvalq *list)
{
	int count = 0;

	for (const struct evkeyval *field = list->tqh_first; field; field = field->next.tqe_next)
		count++;
	return count;
}

TEST(evhttp_add_header__find_and_remove)
{
	struct evkeyvalq list = {NULL, &list.tqh_first};

	ck_assert_int_eq(evhttp_add_header(&list, "Accept", "a"), 0);
	ck_assert_int_eq(evhttp_add_header(&list, "ACCEPT", "b"), 0);
	ck_assert_int_eq(evhttp_add_header(&list, "Host", "h"), 0);
	ck_assert_str_eq(evhttp_find_header(&list, "accept"), "a");
	ck_assert_int_eq(evhttp_remove_header(&list, "aCCEPT"), 0);
	ck_assert_str_eq(evhttp_find_header(&list, "accept"), "b");
	ck_assert_int_eq(evhttp_remove_header(&list, "accept"), 0);
	ck_assert_int_eq(evhttp_remove_header(&list, "accept"), -1);
	ck_assert_ptr_null(evhttp_find_header(&list, "accept"));
	ck_assert_int_eq(count_fields(&list), 1);
	evhttp_clear_headers(&list);
	ck_assert_int_eq(count_fields(&list), 0);
}

TEST(evhttp_add_header__refuses_line_ends)
{
	static const char *const texts[] = {
	    "\r", "\n", "x\r\ny", "x\r\n y", "x\n\ty", "x\r\n", "\r\n x", "x\r y"};
	struct evkeyvalq list = {0};

	event_set_log_callback(count_line);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		errno = 0;
		ck_assert_int_eq(evhttp_add_header(&list, "a", texts[i]), -1);
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_int_eq(evhttp_add_header(&list, texts[i], "a"), -1);
	}
	ck_assert_int_eq(log_lines, 16);
	ck_assert_int_eq(count_fields(&list), 0);
	ck_assert_int_eq(evhttp_add_header(&list, "", "\t \x01\x80"), 0);
	evhttp_clear_headers(&list);
}

TEST(evhttp_clear_headers__nodes_that_the_program_made)
{
	struct evkeyvalq list = {NULL, &list.tqh_first};
	struct evkeyval *own = malloc(sizeof(*own));

	ck_assert_int_eq(evhttp_add_header(&list, "a", "1"), 0);
	own->key = strdup("b");
	own->value = strdup("2");
	own->next.tqe_next = NULL;
	own->next.tqe_prev = list.tqh_last;
	*list.tqh_last = own;
	list.tqh_last = &own->next.tqe_next;
	ck_assert_int_eq(evhttp_add_header(&list, "c", "3"), 0);
	ck_assert_str_eq(evhttp_find_header(&list, "b"), "2");
	ck_assert_str_eq(evhttp_find_header(&list, "c"), "3");
	evhttp_clear_headers(&list);
	ck_assert_int_eq(count_fields(&list), 0);
}

TEST(evhttp_parse_query_str__list_need_not_be_initialised)
{
	struct evkeyvalq list;

	memset(&list, 0x55, sizeof(list));
	ck_assert_int_eq(evhttp_parse_query_str("a=1&b=2+3&a=4", &list), 0);
	ck_assert_int_eq(count_fields(&list), 3);
	ck_assert_str_eq(evhttp_find_header(&list, "a"), "1");
	ck_assert_str_eq(evhttp_find_header(&list, "b"), "2 3");
	evhttp_clear_headers(&list);
	memset(&list, 0x55, sizeof(list));
	ck_assert_int_eq(evhttp_parse_query_str("a=1&b", &list), -1);
	ck_assert_int_eq(count_fields(&list), 0);
}

TEST(evhttp_parse_query_str__plus_is_a_blank_in_values)
{
	struct evkeyvalq list;

	ck_assert_int_eq(evhttp_parse_query_str("a+b=c+d%2B", &list), 0);
	ck_assert_str_eq(evhttp_find_header(&list, "a+b"), "c d+");
	evhttp_clear_headers(&list);
}

TEST(evhttp_parse_query_str__a_zero_byte_is_refused)
{
	struct evkeyvalq list;

	errno = 0;
	ck_assert_int_eq(evhttp_parse_query_str("a=1&b=x%00y", &list), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(count_fields(&list), 0);
}

TEST(evhttp_parse_query_str_flags__what_is_malformed_without_them)
{
	struct evkeyvalq list;

	ck_assert_int_eq(evhttp_parse_query_str_flags("a&&b", &list, 0), -1);
	ck_assert_int_eq(
	    evhttp_parse_query_str_flags("a&&b", &list, EVHTTP_URI_QUERY_NONCONFORMANT), 0);
	ck_assert_int_eq(count_fields(&list), 2);
	ck_assert_str_eq(evhttp_find_header(&list, "b"), "");
	evhttp_clear_headers(&list);
	ck_assert_int_eq(
	    evhttp_parse_query_str_flags("=1", &list, EVHTTP_URI_QUERY_NONCONFORMANT), 0);
	ck_assert_str_eq(evhttp_find_header(&list, ""), "1");
	evhttp_clear_headers(&list);
	ck_assert_int_eq(
	    evhttp_parse_query_str_flags("a=1&A=2", &list, EVHTTP_URI_QUERY_LAST_VAL), 0);
	ck_assert_int_eq(count_fields(&list), 1);
	ck_assert_str_eq(evhttp_find_header(&list, "a"), "2");
	evhttp_clear_headers(&list);
}

TEST(evhttp_parse_query__of_a_whole_uri)
{
	struct evkeyvalq list;

	ck_assert_int_eq(evhttp_parse_query("http://h/p?a=b#c", &list), 0);
	ck_assert_str_eq(evhttp_find_header(&list, "a"), "b");
	evhttp_clear_headers(&list);
	ck_assert_int_eq(evhttp_parse_query("/p", &list), 0);
	ck_assert_int_eq(count_fields(&list), 0);
	ck_assert_int_eq(evhttp_parse_query("/a b?a=b", &list), -1);
	ck_assert_int_eq(count_fields(&list), 0);
	ck_assert_int_eq(evhttp_parse_query("/?a", &list), -1);
	ck_assert_int_eq(count_fields(&list), 0);
}

TEST(evhttp_add_header__wrong_arguments)
{
	struct evkeyvalq list = {0};

	event_set_log_callback(count_line);
	ck_assert_ptr_null(evhttp_find_header(NULL, "a"));
	ck_assert_ptr_null(evhttp_find_header(&list, NULL));
	ck_assert_int_eq(evhttp_remove_header(NULL, "a"), -1);
	ck_assert_int_eq(evhttp_remove_header(&list, NULL), -1);
	ck_assert_int_eq(evhttp_add_header(NULL, "a", "b"), -1);
	ck_assert_int_eq(evhttp_add_header(&list, NULL, "b"), -1);
	ck_assert_int_eq(evhttp_add_header(&list, "a", NULL), -1);
	ck_assert_int_eq(evhttp_parse_query_str("a=b", NULL), -1);
	ck_assert_int_eq(evhttp_parse_query("?a=b", NULL), -1);
	ck_assert_int_eq(evhttp_parse_query(NULL, &list), -1);
	ck_assert_int_eq(log_lines, 10);
	/* As the query of a URI that has none. */
	ck_assert_int_eq(evhttp_parse_query_str(NULL, &list), 0);
	evhttp_clear_headers(NULL);
	ck_assert_int_eq(log_lines, 10);
}
