/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_config.h"

#include <errno.h>
#include <event2/dns.h>
#include <string.h>
#include <unistd.h>

#include "base/private.h"
#include "dns/dns_base.h"
#include "dns/dns_cache.h"
#include "dns/dns_network.h"
#include "dns/dns_search.h"
#include "dns/dns_server.h"
#include "dns/resolv_conf.h"

#define DNS_PORT 53

/* Of this host, with its zero byte. */
#define HOST_NAME_CAPACITY 256

/* ---- Name servers --------------------------------------------------------------------- */

static int
add_server(struct evdns_base *base, const struct sockaddr *address, unsigned size)
{
	union inet_sockaddr copy = {.any = {.sa_family = AF_UNSPEC}};

	size = size < sizeof(copy) ? size : sizeof(copy);
	memcpy(&copy, address, size);
	if (copy.any.sa_family == AF_INET && copy.v4.sin_port == 0)
		copy.v4.sin_port = htons(DNS_PORT);
	if (copy.any.sa_family == AF_INET6 && copy.v6.sin6_port == 0)
		copy.v6.sin6_port = htons(DNS_PORT);
	return lvn_dns_network_add_locked(base->network, &copy.any, size);
}

/* What other servers have said may not be what these would say. */
static void
forget_answers(struct evdns_base *base)
{
	if (base->cache)
		lvn_dns_cache_clear(base->cache);
}

int
lvn_dns_config_add_server_locked(
    struct evdns_base *base, const struct sockaddr *address, unsigned size)
{
	int rc = add_server(base, address, size);

	if (rc < 0)
		return rc;
	lvn_dns_watch_stop(&base->resolv_conf_watch);
	forget_answers(base);
	return 0;
}

void
lvn_dns_config_clear_servers_locked(struct evdns_base *base)
{
	lvn_dns_watch_stop(&base->resolv_conf_watch);
	lvn_dns_network_clear_locked(base->network);
	forget_answers(base);
}

/* ---- Search list ---------------------------------------------------------------------- */

static void
set_suffixes(struct evdns_base *base, struct dns_suffixes *suffixes)
{
	lvn_dns_suffixes_unref(base->suffixes);
	base->suffixes = suffixes;
}

int
lvn_dns_config_add_suffix_locked(struct evdns_base *base, const char *suffix)
{
	struct dns_suffixes *more;
	int rc = lvn_dns_suffixes_add(base->suffixes, suffix, strlen(suffix), true, &more);

	if (rc < 0)
		return rc;
	set_suffixes(base, more);
	base->has_own_suffixes = true;
	return 0;
}

void
lvn_dns_config_clear_suffixes_locked(struct evdns_base *base)
{
	set_suffixes(base, NULL);
	base->has_own_suffixes = true;
}

void
lvn_dns_config_set_ndots_locked(struct evdns_base *base, int ndots)
{
	base->options.ndots = ndots > 0 ? (unsigned)ndots : 0;
	base->has_own_suffixes = true;
}

int
lvn_dns_config_set_option_locked(struct evdns_base *base, const char *option, const char *value)
{
	unsigned ndots = base->options.ndots;
	int rc = lvn_dns_options_set(&base->options, option, value, DNS_OPTIONS_ALL);

	lvn_dns_network_options_changed_locked(base->network);
	if (base->options.ndots != ndots)
		base->has_own_suffixes = true;
	return rc;
}

/* ---- resolv.conf ---------------------------------------------------------------------- */

/* A file that cannot be read has the text "".  0, or the -errno of reading; -ENOMEM of either. */
static int
read_conf(const struct evdns_base *base, unsigned parts, const char *path, struct resolv_conf *conf)
{
	char host_name[HOST_NAME_CAPACITY] = "";
	char *text = NULL;
	size_t size = 0;
	int rc = -ENOENT;
	int parsed;

	if (path)
		rc = lvn_io_read_file(base->world, path, LVN_RESOLV_CONF_SIZE, &text, &size);
	if (!base->world && gethostname(host_name, sizeof(host_name) - 1) < 0)
		host_name[0] = '\0';
	parsed = lvn_resolv_conf_read(rc < 0 ? "" : text, rc < 0 ? 0 : size,
	    base->has_own_suffixes ? NULL : host_name, parts, &base->options, conf);
	if (rc == 0)
		lvn_free(text);
	if (parsed == 0 && rc == -ENOMEM)
		lvn_resolv_conf_clear(conf);
	return parsed < 0 ? parsed : rc;
}

/* Those that are there already, and those that are too many, are left out. */
static int
add_servers(struct evdns_base *base, const struct resolv_conf *conf)
{
	int rc = 0;

	for (size_t i = 0; i < conf->server_count && rc != -ENOMEM; i++)
		rc = add_server(base, &conf->servers[i].any, sizeof(conf->servers[i]));
	return rc == -ENOMEM ? rc : 0;
}

/* resolv.conf(5): without a name server, that of this host. */
static int
add_default_server(struct evdns_base *base)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return add_server(base, (const struct sockaddr *)&address, sizeof(address)) == -ENOMEM
		   ? -ENOMEM
		   : 0;
}

/* The options and the search list, if there is one. */
static void
take_settings(struct evdns_base *base, const struct resolv_conf *conf)
{
	base->options = conf->options;
	lvn_dns_network_options_changed_locked(base->network);
	if (conf->suffixes)
		set_suffixes(base, lvn_dns_suffixes_ref(conf->suffixes));
}

static int
error_of(int rc)
{
	switch (rc) {
	case 0:
		return EVDNS_ERROR_NONE;
	case -EISDIR:
		return EVDNS_ERROR_FAILED_TO_STAT_FILE;
	case -EFBIG:
		return EVDNS_ERROR_FILE_TOO_LARGE;
	case -ENOMEM:
		return EVDNS_ERROR_OUT_OF_MEMORY;
	case -EIO:
		return EVDNS_ERROR_SHORT_READ_FROM_FILE;
	default:
		return EVDNS_ERROR_FAILED_TO_OPEN_FILE;
	}
}

/* Takes what is in the file.  0 or -ENOMEM. */
static int
take_all(struct evdns_base *base, unsigned parts, const struct resolv_conf *conf)
{
	take_settings(base, conf);
	if (!(parts & DNS_OPTION_NAMESERVERS))
		return 0;
	forget_answers(base);
	if (conf->server_count == 0 && !(parts & DNS_OPTION_NAMESERVERS_NO_DEFAULT))
		return add_default_server(base);
	return add_servers(base, conf);
}

int
lvn_dns_config_read_locked(struct evdns_base *base, unsigned parts, const char *path)
{
	struct resolv_conf conf;
	bool has_no_server;
	int rc;

	if (path && parts & DNS_OPTION_NAMESERVERS) {
		base->resolv_conf_parts = parts;
		if (lvn_dns_watch_start(
			&base->resolv_conf_watch, base->world, path, lvn_dns_base_now_ns(base)) < 0)
			return EVDNS_ERROR_OUT_OF_MEMORY;
	}
	rc = read_conf(base, parts, path, &conf);
	if (rc == -ENOMEM)
		return EVDNS_ERROR_OUT_OF_MEMORY;
	has_no_server = conf.server_count == 0 && parts & DNS_OPTION_NAMESERVERS &&
			!(parts & DNS_OPTION_NAMESERVERS_NO_DEFAULT);
	if (take_all(base, parts, &conf) < 0)
		rc = -ENOMEM;
	lvn_resolv_conf_clear(&conf);
	return rc == 0 && has_no_server ? EVDNS_ERROR_NO_NAMESERVERS_CONFIGURED : error_of(rc);
}

/* ---- Changes of resolv.conf ----------------------------------------------------------- */

static bool
has_same_servers(const struct evdns_base *base, const struct resolv_conf *conf)
{
	if (lvn_dns_network_count_locked(base->network) != conf->server_count)
		return false;
	for (size_t i = 0; i < conf->server_count; i++) {
		if (lvn_sockaddr_compare(
			&lvn_dns_network_server_locked(base->network, i)->address.any,
			&conf->servers[i].any, true) != 0)
			return false;
	}
	return true;
}

/* Requests under way go on with the new servers. */
static void
follow(struct evdns_base *base, const struct resolv_conf *conf, bool has_search)
{
	take_settings(base, conf);
	if (has_search && !conf->suffixes)
		set_suffixes(base, NULL);
	if (has_same_servers(base, conf))
		return;
	lvn_dns_network_clear_locked(base->network);
	(void)add_servers(base, conf);
	forget_answers(base);
}

void
lvn_dns_config_refresh_locked(struct evdns_base *base, int64_t now_ns)
{
	unsigned parts = base->resolv_conf_parts & (DNS_OPTION_SEARCH | DNS_OPTION_NAMESERVERS);
	struct resolv_conf conf;
	int rc;

	if (!lvn_dns_watch_has_changed(&base->resolv_conf_watch, now_ns))
		return;
	if (base->has_own_suffixes)
		parts &= ~(unsigned)DNS_OPTION_SEARCH;
	rc = read_conf(base, parts, base->resolv_conf_watch.path, &conf);
	if (rc == -ENOMEM)
		return;
	/* It may be about to be written. */
	if (rc == 0 && conf.server_count > 0)
		follow(base, &conf, parts & DNS_OPTION_SEARCH);
	lvn_resolv_conf_clear(&conf);
}

void
lvn_dns_config_clear_locked(struct evdns_base *base)
{
	lvn_dns_watch_stop(&base->resolv_conf_watch);
	set_suffixes(base, NULL);
}
