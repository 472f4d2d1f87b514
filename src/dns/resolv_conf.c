/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/resolv_conf.h"

#include <errno.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <limits.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_log.h"
#include "dns/dns_search.h"

/* Of an address or an option, with its zero byte. */
#define WORD_CAPACITY 256
#define DNS_PORT      53

/* What is left of a line. */
struct line {
	const char *at;
	const char *end;
};

struct word {
	const char *start;
	size_t length;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

/* False at the end of the line; a word that begins with # or ; ends it. */
static bool
next_word(struct line *line, struct word *word_out)
{
	const char *start = line->at;
	const char *end;

	while (start < line->end && is_blank(*start))
		start++;
	if (start == line->end || *start == '#' || *start == ';') {
		line->at = line->end;
		return false;
	}
	end = start;
	while (end < line->end && !is_blank(*end))
		end++;
	line->at = end;
	*word_out = (struct word){start, (size_t)(end - start)};
	return true;
}

static bool
is_word(const struct word *word, const char *text)
{
	return word->length == strlen(text) && memcmp(word->start, text, word->length) == 0;
}

/* False if it is too long to be one of those that are looked for. */
static bool
copy_word(const struct word *word, char text_out[WORD_CAPACITY])
{
	if (word->length >= WORD_CAPACITY)
		return false;
	memcpy(text_out, word->start, word->length);
	text_out[word->length] = '\0';
	return true;
}

/* Cuts a word for a log line. */
static int
shown(const struct word *word)
{
	return (int)(word->length < WORD_CAPACITY ? word->length : WORD_CAPACITY);
}

/* ---- nameserver --------------------------------------------------------------------- */

static bool
read_server(const struct word *word, union inet_sockaddr *server_out)
{
	char text[WORD_CAPACITY];
	int size = sizeof(*server_out);
	in_port_t *port;

	if (!copy_word(word, text) || evutil_parse_sockaddr_port(text, &server_out->any, &size) < 0)
		return false;
	port = server_out->any.sa_family == AF_INET ? &server_out->v4.sin_port
						    : &server_out->v6.sin6_port;
	if (*port == 0)
		*port = htons(DNS_PORT);
	return true;
}

static void
add_server(struct resolv_conf *conf, struct line *line)
{
	union inet_sockaddr server;
	struct word word;

	if (!next_word(line, &word))
		return;
	if (!read_server(&word, &server))
		lvn_dns_log_warn(
		    "Unable to parse nameserver address %.*s", shown(&word), word.start);
	else if (conf->server_count == LVN_RESOLV_CONF_SERVERS)
		lvn_dns_log_warn("Too many nameservers; left out %.*s", shown(&word), word.start);
	else
		conf->servers[conf->server_count++] = server;
}

/* ---- domain and search -------------------------------------------------------------- */

/* 0; or -ENOMEM, or -E2BIG when there are too many. */
static int
add_suffix(struct dns_suffixes **suffixes, const struct word *word)
{
	struct dns_suffixes *more;
	int rc = lvn_dns_suffixes_add(*suffixes, word->start, word->length, false, &more);

	if (rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		lvn_dns_log_warn("%s search domain %.*s",
		    rc == -E2BIG ? "Too many domains; left out" : "Left out", shown(word),
		    word->start);
		return rc == -E2BIG ? rc : 0;
	}
	lvn_dns_suffixes_unref(*suffixes);
	*suffixes = more;
	return 0;
}

/* At most so many words of the line take the place of the suffixes so far. */
static int
set_suffixes(struct resolv_conf *conf, struct line *line, size_t most)
{
	struct word word;
	int rc = 0;

	lvn_dns_suffixes_unref(conf->suffixes);
	conf->suffixes = NULL;
	for (size_t i = 0; i < most && rc == 0 && next_word(line, &word); i++)
		rc = add_suffix(&conf->suffixes, &word);
	return rc == -ENOMEM ? rc : 0;
}

static int
set_domain_of_host(struct resolv_conf *conf, const char *host_name)
{
	const char *dot = host_name ? strchr(host_name, '.') : NULL;
	struct word word;

	if (conf->suffixes || !dot || dot[1] == '\0')
		return 0;
	word = (struct word){dot + 1, strlen(dot + 1)};
	return add_suffix(&conf->suffixes, &word);
}

/* ---- options ------------------------------------------------------------------------ */

static void
set_options(struct resolv_conf *conf, struct line *line, unsigned parts)
{
	char text[WORD_CAPACITY];
	struct word word;

	while (next_word(line, &word)) {
		char *colon;

		if (!copy_word(&word, text))
			continue;
		colon = strchr(text, ':');
		/* A refused value is in the log; the other options count. */
		lvn_dns_options_set(&conf->options, text, colon ? colon + 1 : NULL, parts);
	}
}

/* ---- The file ----------------------------------------------------------------------- */

static int
read_line(struct resolv_conf *conf, struct line *line, unsigned parts)
{
	struct word keyword;

	if (!next_word(line, &keyword))
		return 0;
	if (is_word(&keyword, "options"))
		set_options(conf, line, parts);
	if ((parts & DNS_OPTION_NAMESERVERS) && is_word(&keyword, "nameserver"))
		add_server(conf, line);
	if ((parts & DNS_OPTION_SEARCH) && is_word(&keyword, "domain"))
		return set_suffixes(conf, line, 1);
	if ((parts & DNS_OPTION_SEARCH) && is_word(&keyword, "search"))
		return set_suffixes(conf, line, SIZE_MAX);
	return 0;
}

int
lvn_resolv_conf_read(const char *text, size_t size, const char *host_name, unsigned parts,
    const struct dns_options *before, struct resolv_conf *conf_out)
{
	const char *end = text + size;
	struct resolv_conf conf = {.options = *before};
	int rc = 0;

	while (text < end && rc == 0) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		struct line line = {text, newline ? newline : end};

		rc = read_line(&conf, &line, parts);
		text = newline ? newline + 1 : end;
	}
	if (rc == 0 && (parts & DNS_OPTION_SEARCH))
		rc = set_domain_of_host(&conf, host_name);
	if (rc < 0) {
		lvn_resolv_conf_clear(&conf);
		return rc;
	}
	*conf_out = conf;
	return 0;
}

void
lvn_resolv_conf_clear(struct resolv_conf *conf)
{
	lvn_dns_suffixes_unref(conf->suffixes);
	conf->suffixes = NULL;
}
