/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_search.h"

#include <errno.h>
#include <event2/dns.h>
#include <string.h>

#include "base/private.h"

/* ---- Suffixes ----------------------------------------------------------------------- */

int
lvn_dns_suffixes_add(const struct dns_suffixes *old, const char *suffix, size_t length,
    bool in_front, struct dns_suffixes **suffixes_out)
{
	size_t count = old ? old->count : 0;
	struct dns_suffixes *suffixes;
	struct dns_name name;
	int rc;

	while (length > 1 && *suffix == '.') {
		suffix++;
		length--;
	}
	rc = lvn_dns_name_parse(suffix, length, &name);
	if (rc < 0)
		return rc;
	if (count == LVN_DNS_SUFFIXES_MAX)
		return -E2BIG;
	suffixes = lvn_alloc(sizeof(*suffixes) + (count + 1) * sizeof(name));
	if (!suffixes)
		return -ENOMEM;
	suffixes->references = 1;
	suffixes->count = count + 1;
	if (count > 0)
		memcpy(&suffixes->names[in_front], old->names, count * sizeof(name));
	suffixes->names[in_front ? 0 : count] = name;
	*suffixes_out = suffixes;
	return 0;
}

struct dns_suffixes *
lvn_dns_suffixes_ref(struct dns_suffixes *suffixes)
{
	if (suffixes)
		suffixes->references++;
	return suffixes;
}

void
lvn_dns_suffixes_unref(struct dns_suffixes *suffixes)
{
	if (suffixes && --suffixes->references == 0)
		lvn_free(suffixes);
}

/* ---- Searches ----------------------------------------------------------------------- */

static bool
is_root(const struct dns_name *name)
{
	return name->size == 1;
}

static bool
is_absolute(const char *text, size_t length)
{
	size_t escapes = 0;

	if (length == 0 || text[length - 1] != '.')
		return false;
	while (escapes < length - 1 && text[length - 2 - escapes] == '\\')
		escapes++;
	return escapes % 2 == 0;
}

static size_t
count_dots(const struct dns_name *name)
{
	size_t labels = 0;

	for (size_t at = 0; name->wire[at] != 0; at += 1 + name->wire[at])
		labels++;
	return labels > 0 ? labels - 1 : 0;
}

bool
lvn_dns_search_is_as_is_first(
    const struct dns_name *name, unsigned ndots, const struct dns_suffixes *suffixes)
{
	return !suffixes || count_dots(name) >= ndots;
}

/* The root among the suffixes is the name as it is, which is tried once. */
static uint8_t
place_as_is(const struct dns_name *name, unsigned ndots, const struct dns_suffixes *suffixes)
{
	uint8_t at = 0;

	if (lvn_dns_search_is_as_is_first(name, ndots, suffixes))
		return 0;
	while (at < suffixes->count && !is_root(&suffixes->names[at]))
		at++;
	return at;
}

int
lvn_dns_search_start(
    struct dns_search *search, const char *name, unsigned ndots, struct dns_suffixes *suffixes)
{
	size_t length = strlen(name);
	struct dns_name parsed;
	int rc = lvn_dns_name_parse(name, length, &parsed);

	if (rc < 0)
		return rc;
	search->name = lvn_alloc(1 + (size_t)parsed.size);
	if (!search->name)
		return -ENOMEM;
	memcpy(search->name, &parsed, 1 + (size_t)parsed.size);
	search->suffixes = is_absolute(name, length) ? NULL : lvn_dns_suffixes_ref(suffixes);
	search->step = 0;
	search->as_is_at = place_as_is(&parsed, ndots, search->suffixes);
	search->result = DNS_ERR_NOTEXIST;
	return 0;
}

void
lvn_dns_search_clear(struct dns_search *search)
{
	lvn_dns_suffixes_unref(search->suffixes);
	search->suffixes = NULL;
	lvn_free(search->name);
	search->name = NULL;
}

/* The name of a step; false if it is left out. */
static bool
name_of_step(const struct dns_search *search, unsigned step, struct dns_name *name_out)
{
	const struct dns_name *suffix;

	memcpy(name_out, search->name, 1 + (size_t)search->name->size);
	if (step == search->as_is_at)
		return true;
	suffix = &search->suffixes->names[step < search->as_is_at ? step : step - 1];
	return !is_root(suffix) && lvn_dns_name_append(name_out, suffix) == 0;
}

bool
lvn_dns_search_next(struct dns_search *search, struct dns_name *name_out)
{
	size_t count = search->suffixes ? search->suffixes->count : 0;

	while (search->step <= count) {
		if (name_of_step(search, search->step++, name_out))
			return true;
	}
	return false;
}

void
lvn_dns_search_current(const struct dns_search *search, struct dns_name *name_out)
{
	(void)name_of_step(
	    search, search->step > 0 ? search->step - 1U : search->as_is_at, name_out);
}

/* Which of two results says more: no such name, a failure, a name without such data. */
static int
weight(int result)
{
	if (result == DNS_ERR_NOTEXIST)
		return 0;
	return result == DNS_ERR_NODATA ? 2 : 1;
}

bool
lvn_dns_search_note(struct dns_search *search, int outcome)
{
	bool keep = search->as_is_at == 0 && search->step > 1;

	if (outcome == DNS_ERR_NONE || search->step == 1)
		search->result = outcome;
	else if (!keep && weight(outcome) > weight(search->result))
		search->result = outcome;
	return outcome != DNS_ERR_NONE && outcome != DNS_ERR_TIMEOUT;
}
