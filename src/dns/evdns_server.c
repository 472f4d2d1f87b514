/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DNS servers: public functions of ports and requests.
 */
#include <errno.h>
#include <event2/dns.h>
#include <event2/dns_compat.h>
#include <netinet/in.h>
#include <string.h>

#include "base/private.h"
#include "dns/server_port.h"
#include "dns/server_request.h"
#include "dns/server_tcp.h"
#include "dns/server_udp.h"

/* Flags of the header that the program may set; the others are the library's. */
enum {
	REPLACED_FLAGS = DNS_FLAG_AUTHORITATIVE | DNS_FLAG_RECURSION_AVAILABLE,
	ADDED_FLAGS = DNS_FLAG_TRUNCATED | DNS_FLAG_RECURSION_DESIRED | DNS_FLAG_AUTHENTIC_DATA |
		      DNS_FLAG_CHECKING_DISABLED
};

#define IPV4_SIZE 4
#define IPV6_SIZE 16

/* ---- Ports ----------------------------------------------------------------------------- */

static bool
are_arguments_valid(const char *caller, int flags, evdns_request_callback_fn_type callback)
{
	if (flags == 0 && callback)
		return true;
	lvn_log_misuse(caller, "flags must be 0, and there must be a callback");
	return false;
}

static struct evdns_server_port *
no_port(int rc)
{
	errno = -rc;
	return NULL;
}

struct evdns_server_port *
evdns_add_server_port_with_base(struct event_base *base, evutil_socket_t socket, int flags,
    evdns_request_callback_fn_type callback, void *user_data)
{
	struct evdns_server_port *port;
	int rc;

	if (!are_arguments_valid(__func__, flags, callback))
		return NULL;
	if (socket < 0) {
		lvn_log_misuse(__func__, "no socket");
		return NULL;
	}
	rc = lvn_server_udp_new(base, socket, callback, user_data, &port);
	return rc < 0 ? no_port(rc) : port;
}

struct evdns_server_port *
evdns_add_server_port(
    evutil_socket_t socket, int flags, evdns_request_callback_fn_type callback, void *user_data)
{
	return evdns_add_server_port_with_base(NULL, socket, flags, callback, user_data);
}

struct evdns_server_port *
evdns_add_server_port_with_listener(struct event_base *base, struct evconnlistener *listener,
    int flags, evdns_request_callback_fn_type callback, void *user_data)
{
	struct evdns_server_port *port;
	int rc;

	if (!are_arguments_valid(__func__, flags, callback))
		return NULL;
	if (!listener) {
		lvn_log_misuse(__func__, "no listener");
		return NULL;
	}
	rc = lvn_server_tcp_new(base, listener, callback, user_data, &port);
	return rc < 0 ? no_port(rc) : port;
}

void
evdns_close_server_port(struct evdns_server_port *port)
{
	if (port)
		lvn_server_port_close(port);
}

int
evdns_server_port_set_option(
    struct evdns_server_port *port, enum evdns_server_option option, size_t value)
{
	if (lvn_server_port_set_option(port, option, value) == 0)
		return 0;
	return lvn_log_misuse(__func__, "the port is for UDP, or there is no such option");
}

/* ---- Records --------------------------------------------------------------------------- */

static int
failed(int rc)
{
	errno = -rc;
	return -1;
}

/* A name as text.  The empty one is the root, for which libevent has no other text. */
static int
parse_name(const char *text, struct dns_name *name_out)
{
	if (!text)
		return -EINVAL;
	return *text ? lvn_dns_name_parse(text, strlen(text), name_out)
		     : lvn_dns_name_parse(".", 1, name_out);
}

/* Adds `count` records with bytes, or one with a name if `target` is not NULL. */
static int
add(struct evdns_server_request *req, struct dns_reply_record record, const char *name,
    const char *target, int ttl)
{
	struct dns_name owner, data;
	int rc = parse_name(name, &owner);

	if (rc == 0 && target)
		rc = parse_name(target, &data);
	if (rc < 0)
		return failed(rc);
	record.owner = &owner;
	record.name = target ? &data : NULL;
	/* RFC 2181 8. */
	record.ttl = ttl > 0 ? (uint32_t)ttl : 0;
	rc = lvn_dns_reply_add(&lvn_server_request_of(req)->reply, &record);
	return rc < 0 ? failed(rc) : 0;
}

int
evdns_server_request_add_reply(struct evdns_server_request *req, int section, const char *name,
    int type, int dns_class, int ttl, int datalen, int is_name, const char *data)
{
	/* Without bytes there is nothing to count. */
	int size = is_name || !data ? 0 : datalen;

	if (section < EVDNS_ANSWER_SECTION || section > EVDNS_ADDITIONAL_SECTION || size < 0 ||
	    type != (uint16_t)type || dns_class != (uint16_t)dns_class || (is_name && !data))
		return failed(-EINVAL);
	return add(req,
	    (struct dns_reply_record){
		.section = (enum dns_section)(section + DNS_SECTION_ANSWER),
		.type = (uint16_t)type,
		.dns_class = (uint16_t)dns_class,
		.bytes = (const uint8_t *)data,
		.size = (size_t)size,
		.count = 1,
	    },
	    name, is_name ? data : NULL, ttl);
}

static int
add_addresses(struct evdns_server_request *req, const char *name, uint16_t type, int count,
    const void *addresses, size_t size, int ttl)
{
	if (count < 1 || !addresses)
		return failed(-EINVAL);
	return add(req,
	    (struct dns_reply_record){
		.section = DNS_SECTION_ANSWER,
		.type = type,
		.dns_class = DNS_CLASS_IN,
		.bytes = addresses,
		.size = size,
		.count = (size_t)count,
	    },
	    name, NULL, ttl);
}

int
evdns_server_request_add_a_reply(
    struct evdns_server_request *req, const char *name, int n, const void *addrs, int ttl)
{
	return add_addresses(req, name, DNS_TYPE_A, n, addrs, IPV4_SIZE, ttl);
}

int
evdns_server_request_add_aaaa_reply(
    struct evdns_server_request *req, const char *name, int n, const void *addrs, int ttl)
{
	return add_addresses(req, name, DNS_TYPE_AAAA, n, addrs, IPV6_SIZE, ttl);
}

static int
add_name(struct evdns_server_request *req, const char *name, int type, const char *target, int ttl)
{
	return evdns_server_request_add_reply(
	    req, EVDNS_ANSWER_SECTION, name, type, EVDNS_CLASS_INET, ttl, -1, 1, target);
}

int
evdns_server_request_add_ptr_reply(struct evdns_server_request *req, struct in_addr *in,
    const char *inaddr_name, const char *hostname, int ttl)
{
	char text[LVN_DNS_NAME_TEXT_CAPACITY];
	struct dns_name name;
	uint8_t address[IPV4_SIZE];

	if (!in == !inaddr_name)
		return failed(-EINVAL);
	if (inaddr_name)
		return add_name(req, inaddr_name, DNS_TYPE_PTR, hostname, ttl);
	memcpy(address, &in->s_addr, sizeof(address));
	lvn_dns_name_of_address_4(address, &name);
	lvn_dns_name_print(&name, text);
	return add_name(req, text, DNS_TYPE_PTR, hostname, ttl);
}

int
evdns_server_request_add_cname_reply(
    struct evdns_server_request *req, const char *name, const char *cname, int ttl)
{
	return add_name(req, name, DNS_TYPE_CNAME, cname, ttl);
}

/* ---- Requests -------------------------------------------------------------------------- */

void
evdns_server_request_set_flags(struct evdns_server_request *req, int flags)
{
	req->flags &= ~REPLACED_FLAGS;
	req->flags |= flags & (REPLACED_FLAGS | ADDED_FLAGS);
}

int
evdns_server_request_respond(struct evdns_server_request *req, int err)
{
	struct server_request *request = lvn_server_request_of(req);
	int rc;

	if (err < 0 || err > DNS_RCODE_MASK)
		return failed(-EINVAL);
	rc = request->port->ops->send(request->port, request, (unsigned)err);
	lvn_server_port_end_request(request);
	return rc < 0 ? failed(rc) : 0;
}

int
evdns_server_request_drop(struct evdns_server_request *req)
{
	lvn_server_port_end_request(lvn_server_request_of(req));
	return 0;
}

int
evdns_server_request_get_requesting_addr(
    struct evdns_server_request *req, struct sockaddr *sa, int addr_len)
{
	const struct server_request *request = lvn_server_request_of(req);

	if (addr_len < 0 || (unsigned)addr_len < request->address_size)
		return -1;
	memcpy(sa, &request->address, request->address_size);
	return (int)request->address_size;
}
