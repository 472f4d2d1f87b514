/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_host_files.h"

#include <errno.h>
#include <stddef.h>

#include "base/private.h"
#include "dns/address_families.h"
#include "dns/address_list.h"
#include "dns/dns_base.h"
#include "dns/dns_hosts.h"
#include "dns/dns_name.h"

#define SYSTEM_PATH "/etc/hosts"

/* 0 or -errno. */
static int
read_file(const struct evdns_base *base, const char *path, struct dns_hosts **hosts_out)
{
	size_t size;
	char *text;
	int rc = lvn_io_read_file(base->world, path, LVN_DNS_HOSTS_SIZE, &text, &size);

	if (rc < 0)
		return rc;
	rc = lvn_dns_hosts_read(text, size, base->key, hosts_out);
	lvn_free(text);
	return rc;
}

/* Behind the others. */
static struct dns_hosts_file *
append(struct evdns_base *base)
{
	struct dns_hosts_file **link = &base->hosts;

	while (*link)
		link = &(*link)->next;
	*link = lvn_calloc(1, sizeof(**link));
	return *link;
}

int
lvn_dns_host_files_load_locked(struct evdns_base *base, const char *path)
{
	struct dns_hosts_file *file;
	struct dns_hosts *hosts;
	int rc = read_file(base, path, &hosts);

	if (rc < 0)
		return rc;
	file = append(base);
	if (!file) {
		lvn_dns_hosts_free(hosts);
		return -ENOMEM;
	}
	file->hosts = hosts;
	return 0;
}

/* One that is not there now may come. */
int
lvn_dns_host_files_load_system_locked(struct evdns_base *base)
{
	int rc;

	if (!base->system_hosts) {
		base->system_hosts = append(base);
		if (!base->system_hosts)
			return -ENOMEM;
	}
	rc = lvn_dns_watch_start(
	    &base->hosts_watch, base->world, SYSTEM_PATH, lvn_dns_base_now_ns(base));
	if (rc < 0)
		return rc;
	lvn_dns_hosts_free(base->system_hosts->hosts);
	base->system_hosts->hosts = NULL;
	return read_file(base, SYSTEM_PATH, &base->system_hosts->hosts);
}

void
lvn_dns_host_files_refresh_locked(struct evdns_base *base, int64_t now_ns)
{
	struct dns_hosts *hosts;

	if (!base->system_hosts || !lvn_dns_watch_has_changed(&base->hosts_watch, now_ns))
		return;
	if (read_file(base, SYSTEM_PATH, &hosts) < 0)
		return;
	lvn_dns_hosts_free(base->system_hosts->hosts);
	base->system_hosts->hosts = hosts;
}

void
lvn_dns_host_files_clear_locked(struct evdns_base *base)
{
	lvn_dns_watch_stop(&base->hosts_watch);
	base->system_hosts = NULL;
	while (base->hosts) {
		struct dns_hosts_file *file = base->hosts;

		base->hosts = file->next;
		lvn_dns_hosts_free(file->hosts);
		lvn_free(file);
	}
}

bool
lvn_dns_host_files_find_locked(const struct evdns_base *base, const struct dns_name *name,
    unsigned families, struct address_list *addresses, struct dns_name *canonical_out)
{
	bool is_found = false;

	for (const struct dns_hosts_file *file = base->hosts; file; file = file->next) {
		const struct dns_host *host = NULL;

		while (file->hosts && (host = lvn_dns_hosts_find(file->hosts, name, host))) {
			union inet_sockaddr address;

			lvn_dns_hosts_address(file->hosts, host, &address);
			if (!(families & (address.any.sa_family == AF_INET ? ADDRESS_FAMILY_4
									   : ADDRESS_FAMILY_6)))
				continue;
			if (!is_found)
				lvn_dns_hosts_canonical(file->hosts, host, canonical_out);
			is_found = true;
			lvn_address_list_add(addresses, &address);
		}
	}
	return is_found;
}
