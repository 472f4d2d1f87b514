/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/fields.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "support/fail_nth.h"
#include "support/suite.h"

static void
add(struct evkeyvalq *fields, const char *name, const char *value)
{
	ck_assert_int_eq(lvn_http_fields_add(fields, name, strlen(name), value, strlen(value)), 0);
}

/* The list as text, walked forwards; every link backwards is checked. */
static const char *
text_of(struct evkeyvalq *fields)
{
	static char text[256];
	struct evkeyval **link = &fields->tqh_first;

	text[0] = '\0';
	for (; *link; link = &(*link)->next.tqe_next) {
		ck_assert_ptr_eq((*link)->next.tqe_prev, link);
		strcat(text, (*link)->key);
		strcat(text, "=");
		strcat(text, (*link)->value);
		strcat(text, ";");
	}
	ck_assert_ptr_eq(fields->tqh_last, link);
	return text;
}

/* As a program makes one: three allocations. */
static struct evkeyval *
put_own_node(struct evkeyvalq *fields, const char *name, const char *value)
{
	struct evkeyval *field = lvn_alloc(sizeof(*field));

	ck_assert_ptr_nonnull(field);
	field->key = lvn_strdup(name);
	field->value = lvn_strdup(value);
	field->next.tqe_next = NULL;
	field->next.tqe_prev = fields->tqh_last;
	*fields->tqh_last = field;
	fields->tqh_last = &field->next.tqe_next;
	return field;
}

TEST(lvn_http_fields_add__keeps_the_order_and_repetitions)
{
	struct evkeyvalq fields;

	lvn_http_fields_init(&fields);
	ck_assert_str_eq(text_of(&fields), "");
	add(&fields, "b", "1");
	add(&fields, "a", "2");
	add(&fields, "B", "");
	add(&fields, "", "3");
	ck_assert_str_eq(text_of(&fields), "b=1;a=2;B=;=3;");
	lvn_http_fields_clear(&fields);
	ck_assert_str_eq(text_of(&fields), "");
}

TEST(lvn_http_fields_add__copies_so_many_bytes)
{
	struct evkeyvalq fields = {0};
	const char *bytes = "namevalue";

	ck_assert_int_eq(lvn_http_fields_add(&fields, bytes, 4, bytes + 4, 5), 0);
	ck_assert_int_eq(lvn_http_fields_add(&fields, "a\0b", 3, NULL, 0), 0);
	ck_assert_str_eq(fields.tqh_first->key, "name");
	ck_assert_str_eq(fields.tqh_first->value, "value");
	ck_assert_mem_eq(fields.tqh_first->next.tqe_next->key, "a\0b", 4);
	ck_assert_str_eq(fields.tqh_first->next.tqe_next->value, "");
	lvn_http_fields_clear(&fields);
}

TEST(lvn_http_fields_add__a_list_of_zeros_is_empty)
{
	struct evkeyvalq fields = {0};

	ck_assert_ptr_null(lvn_http_fields_find(&fields, "a"));
	add(&fields, "a", "1");
	ck_assert_str_eq(text_of(&fields), "a=1;");
	lvn_http_fields_clear(&fields);
}

TEST(lvn_http_fields_add__is_one_allocation_and_reports_when_it_fails)
{
	struct evkeyvalq fields = {0};
	struct fail_nth fail = {0};

	add(&fields, "a", "1");
	fail_nth_begin(&fail);
	ck_assert_int_eq(lvn_http_fields_add(&fields, "b", 1, "2", 1), -ENOMEM);
	ck_assert(fail_nth_end(&fail));
	ck_assert_uint_eq(fail.seen, 1);
	ck_assert_str_eq(text_of(&fields), "a=1;");
	fail.number = 1;
	fail_nth_begin(&fail);
	ck_assert_int_eq(lvn_http_fields_add(&fields, "b", 1, "2", 1), 0);
	ck_assert(!fail_nth_end(&fail));
	lvn_http_fields_clear(&fields);
}

TEST(lvn_http_fields_add__sizes_that_overflow_are_too_large)
{
	struct evkeyvalq fields = {0};

	ck_assert_int_eq(lvn_http_fields_add(&fields, "a", SIZE_MAX, "b", 0), -ENOMEM);
	ck_assert_int_eq(lvn_http_fields_add(&fields, "a", 0, "b", SIZE_MAX), -ENOMEM);
	ck_assert_int_eq(
	    lvn_http_fields_add(&fields, "a", SIZE_MAX / 2, "b", SIZE_MAX / 2), -ENOMEM);
	ck_assert_ptr_null(fields.tqh_first);
}

TEST(lvn_http_fields_find__the_first_in_either_case)
{
	struct evkeyvalq fields = {0};

	add(&fields, "Accept", "1");
	add(&fields, "ACCEPT", "2");
	add(&fields, "Accep", "3");
	ck_assert_str_eq(lvn_http_fields_find(&fields, "accept"), "1");
	ck_assert_str_eq(lvn_http_fields_find(&fields, "accep"), "3");
	ck_assert_ptr_null(lvn_http_fields_find(&fields, "acce"));
	ck_assert_ptr_null(lvn_http_fields_find(&fields, ""));
	ck_assert_ptr_eq(lvn_http_fields_find(&fields, "accept"),
	    lvn_http_fields_first(&fields, "Accept")->value);
	lvn_http_fields_clear(&fields);
}

TEST(lvn_http_fields_next__walks_the_fields_of_a_name)
{
	struct evkeyvalq fields = {0};
	const struct evkeyval *field;

	add(&fields, "a", "1");
	add(&fields, "b", "2");
	add(&fields, "A", "3");
	add(&fields, "c", "4");
	field = lvn_http_fields_first(&fields, "a");
	ck_assert_str_eq(field->value, "1");
	field = lvn_http_fields_next(field, "a");
	ck_assert_str_eq(field->value, "3");
	ck_assert_ptr_null(lvn_http_fields_next(field, "a"));
	lvn_http_fields_clear(&fields);
}

TEST(lvn_http_fields_remove__first_middle_and_last)
{
	struct evkeyvalq fields = {0};

	add(&fields, "a", "1");
	add(&fields, "b", "2");
	add(&fields, "c", "3");
	lvn_http_fields_remove(&fields, lvn_http_fields_first(&fields, "b"));
	ck_assert_str_eq(text_of(&fields), "a=1;c=3;");
	lvn_http_fields_remove(&fields, lvn_http_fields_first(&fields, "c"));
	ck_assert_str_eq(text_of(&fields), "a=1;");
	add(&fields, "d", "4");
	lvn_http_fields_remove(&fields, lvn_http_fields_first(&fields, "a"));
	ck_assert_str_eq(text_of(&fields), "d=4;");
	lvn_http_fields_remove(&fields, lvn_http_fields_first(&fields, "d"));
	ck_assert_str_eq(text_of(&fields), "");
}

TEST(lvn_http_fields_remove_all__all_of_the_name)
{
	struct evkeyvalq fields = {0};

	lvn_http_fields_remove_all(&fields, "a");
	add(&fields, "a", "1");
	add(&fields, "A", "2");
	add(&fields, "b", "3");
	add(&fields, "a", "4");
	lvn_http_fields_remove_all(&fields, "a");
	ck_assert_str_eq(text_of(&fields), "b=3;");
	lvn_http_fields_clear(&fields);
}

TEST(lvn_http_field_free__a_node_of_the_program_has_three_allocations)
{
	struct evkeyvalq fields;

	lvn_http_fields_init(&fields);
	add(&fields, "a", "1");
	put_own_node(&fields, "b", "2");
	put_own_node(&fields, "c", "3");
	add(&fields, "d", "4");
	ck_assert_str_eq(text_of(&fields), "a=1;b=2;c=3;d=4;");
	ck_assert_str_eq(lvn_http_fields_find(&fields, "B"), "2");
	lvn_http_fields_remove(&fields, lvn_http_fields_first(&fields, "b"));
	ck_assert_str_eq(text_of(&fields), "a=1;c=3;d=4;");
	lvn_http_fields_clear(&fields);
	lvn_http_field_free(NULL);
}

TEST(lvn_http_fields_have_token__all_values_are_one_list)
{
	struct evkeyvalq fields = {0};

	add(&fields, "Connection", "Keep-Alive,Upgrade");
	add(&fields, "Other", "secret");
	add(&fields, "connection", " x ,\t CLOSE\t");
	ck_assert(lvn_http_fields_have_token(&fields, "connection", "keep-alive"));
	ck_assert(lvn_http_fields_have_token(&fields, "Connection", "upgrade"));
	ck_assert(lvn_http_fields_have_token(&fields, "Connection", "X"));
	ck_assert(lvn_http_fields_have_token(&fields, "Connection", "close"));
	ck_assert(!lvn_http_fields_have_token(&fields, "Connection", "secret"));
	ck_assert(!lvn_http_fields_have_token(&fields, "Nothing", "close"));
	lvn_http_fields_clear(&fields);
}

TEST(lvn_http_fields_have_token__whole_elements_only)
{
	static const char *const without[] = {"", ",", " , ", "lose", "closed", "not close",
	    "close;x", "close x", "x=close", "cl,ose"};
	static const char *const with[] = {
	    "close", ",close", "close,", ",, close ,,", "a,b,close", "\tclose", "closed,close"};

	for (size_t i = 0; i < LVN_COUNT_OF(without); i++) {
		struct evkeyvalq fields = {0};

		add(&fields, "c", without[i]);
		ck_assert_msg(!lvn_http_fields_have_token(&fields, "c", "close"), "%s", without[i]);
		lvn_http_fields_clear(&fields);
	}
	for (size_t i = 0; i < LVN_COUNT_OF(with); i++) {
		struct evkeyvalq fields = {0};

		add(&fields, "c", with[i]);
		ck_assert_msg(lvn_http_fields_have_token(&fields, "c", "close"), "%s", with[i]);
		lvn_http_fields_clear(&fields);
	}
}
