/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/fields.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* Where the name of a node of ours is. */
static char *
text_behind(struct evkeyval *field)
{
	return (char *)(field + 1);
}

static char *
copy_text(char *at, const char *text, size_t size)
{
	if (size > 0)
		memcpy(at, text, size);
	at[size] = '\0';
	return at;
}

static struct evkeyval *
make_field(const char *name, size_t name_size, const char *value, size_t value_size)
{
	const size_t fixed = sizeof(struct evkeyval) + 2;
	struct evkeyval *field;

	if (name_size > SIZE_MAX - fixed || value_size > SIZE_MAX - fixed - name_size)
		return NULL;
	field = lvn_alloc(fixed + name_size + value_size);
	if (!field)
		return NULL;
	field->key = copy_text(text_behind(field), name, name_size);
	field->value = copy_text(field->key + name_size + 1, value, value_size);
	return field;
}

void
lvn_http_field_free(struct evkeyval *field)
{
	if (!field)
		return;
	if (field->key != text_behind(field)) {
		lvn_free(field->key);
		lvn_free(field->value);
	}
	lvn_free(field);
}

void
lvn_http_fields_init(struct evkeyvalq *fields)
{
	fields->tqh_first = NULL;
	fields->tqh_last = &fields->tqh_first;
}

void
lvn_http_fields_clear(struct evkeyvalq *fields)
{
	struct evkeyval *field = fields->tqh_first;

	lvn_http_fields_init(fields);
	while (field) {
		struct evkeyval *next = field->next.tqe_next;

		lvn_http_field_free(field);
		field = next;
	}
}

int
lvn_http_fields_add(struct evkeyvalq *fields, const char *name, size_t name_size, const char *value,
    size_t value_size)
{
	struct evkeyval *field = make_field(name, name_size, value, value_size);

	if (!field)
		return -ENOMEM;
	if (!fields->tqh_last)
		lvn_http_fields_init(fields);
	field->next.tqe_next = NULL;
	field->next.tqe_prev = fields->tqh_last;
	*fields->tqh_last = field;
	fields->tqh_last = &field->next.tqe_next;
	return 0;
}

void
lvn_http_fields_remove(struct evkeyvalq *fields, struct evkeyval *field)
{
	struct evkeyval *next = field->next.tqe_next;

	if (next)
		next->next.tqe_prev = field->next.tqe_prev;
	else
		fields->tqh_last = field->next.tqe_prev;
	*field->next.tqe_prev = next;
	lvn_http_field_free(field);
}

void
lvn_http_fields_remove_all(struct evkeyvalq *fields, const char *name)
{
	struct evkeyval *field = lvn_http_fields_first(fields, name);

	while (field) {
		struct evkeyval *next = lvn_http_fields_next(field, name);

		lvn_http_fields_remove(fields, field);
		field = next;
	}
}

struct evkeyval *
lvn_http_fields_last(const struct evkeyvalq *fields)
{
	/* The last link is a member of the last field. */
	return container_of(fields->tqh_last, struct evkeyval, next.tqe_next);
}

static struct evkeyval *
search_from(struct evkeyval *field, const char *name)
{
	while (field && lvn_text_compare(field->key, name) != 0)
		field = field->next.tqe_next;
	return field;
}

struct evkeyval *
lvn_http_fields_first(const struct evkeyvalq *fields, const char *name)
{
	return search_from(fields->tqh_first, name);
}

struct evkeyval *
lvn_http_fields_next(const struct evkeyval *field, const char *name)
{
	return search_from(field->next.tqe_next, name);
}

const char *
lvn_http_fields_find(const struct evkeyvalq *fields, const char *name)
{
	const struct evkeyval *field = lvn_http_fields_first(fields, name);

	return field ? field->value : NULL;
}

static bool
list_has_token(const char *list, const char *token, size_t size)
{
	static const char blanks[] = " \t";

	for (;;) {
		size_t length;

		list += strspn(list, ", \t");
		if (*list == '\0')
			return false;
		length = strcspn(list, ",");
		while (length > 0 && strchr(blanks, list[length - 1]))
			length--;
		if (length == size && lvn_text_compare_start(list, token, size) == 0)
			return true;
		list += length;
		list += strcspn(list, ",");
	}
}

bool
lvn_http_fields_have_token(const struct evkeyvalq *fields, const char *name, const char *token)
{
	const struct evkeyval *field = lvn_http_fields_first(fields, name);
	size_t size = strlen(token);

	for (; field; field = lvn_http_fields_next(field, name)) {
		if (list_has_token(field->value, token, size))
			return true;
	}
	return false;
}
