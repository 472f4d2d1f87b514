/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arguments that bufferevents and listeners can do nothing with, or nothing sensible: what they
 * answer.  Each call is made in a process of its own.
 */
#include "kit.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/in.h>

static struct event_base *base;
static struct bufferevent *sock, *pair[2], *filter, *bare;
static struct bufferevent_rate_limit_group *group;
static struct ev_token_bucket_cfg *cfg;
static struct evbuffer *empty;
static struct sockaddr_in address;
static struct timeval negative = {-1, 0}, odd = {0, 5000000}, nothing;
static char bytes[64];
static int ends[2];

static void
on_accept(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int size, void *arg)
{
	(void)listener;
	(void)fd;
	(void)peer;
	(void)size;
	(void)arg;
}

static int
some_socket(void)
{
	return kit_fixed(socket(AF_INET, SOCK_STREAM, 0));
}

static void
set_up(void)
{
	base = kit_base();
	empty = evbuffer_new();
	kit_socketpair(ends);
	sock = bufferevent_socket_new(base, ends[0], 0);
	bare = bufferevent_socket_new(base, -1, 0);
	bufferevent_pair_new(base, 0, pair);
	filter = bufferevent_filter_new(pair[0], NULL, NULL, 0, NULL, NULL);
	cfg = ev_token_bucket_cfg_new(1000, 1000, 1000, 1000, NULL);
	group = bufferevent_rate_limit_group_new(base, cfg);
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

#define ANSWER(call) KIT_ANSWER(set_up, #call, call)

static void
streams(void)
{
	ANSWER((bufferevent_socket_new(NULL, -1, 0)) != NULL);
	ANSWER((bufferevent_socket_new(base, -2, 0)) != NULL);
	ANSWER((bufferevent_socket_new(base, 900, 0)) != NULL);
	ANSWER((bufferevent_socket_new(base, -1, BEV_OPT_UNLOCK_CALLBACKS)) != NULL);
	ANSWER(bufferevent_enable(sock, 0));
	ANSWER(bufferevent_enable(sock, 0x7f));
	ANSWER((bufferevent_enable(sock, 0x7f), bufferevent_get_enabled(sock)));
	ANSWER(bufferevent_enable(bare, EV_READ));
	ANSWER((bufferevent_enable(bare, EV_READ), bufferevent_get_enabled(bare)));
	ANSWER(bufferevent_disable(sock, 0x7f));
	ANSWER(bufferevent_enable(bufferevent_socket_new(base, 900, 0), EV_READ));
	ANSWER(bufferevent_enable(bufferevent_socket_new(base, 900, 0), EV_WRITE));
	ANSWER(bufferevent_getwatermark(sock, EV_READ | EV_WRITE, NULL, NULL));
	ANSWER(bufferevent_getwatermark(sock, 0, NULL, NULL));
	ANSWER(bufferevent_getwatermark(sock, EV_READ, NULL, NULL));
	ANSWER((bufferevent_setwatermark(sock, 0, 5, 4), 0));
	ANSWER((bufferevent_setwatermark(sock, EV_READ, 5, 4), 0));
	ANSWER((bufferevent_setwatermark(sock, EV_READ, SIZE_MAX, SIZE_MAX), 0));
	ANSWER(bufferevent_set_timeouts(sock, &negative, &negative));
	ANSWER(
	    (bufferevent_enable(sock, EV_READ), bufferevent_set_timeouts(sock, &negative, &odd)));
	ANSWER(bufferevent_set_timeouts(pair[0], &negative, &odd));
	ANSWER(bufferevent_set_timeouts(filter, &negative, &odd));
	ANSWER(bufferevent_set_timeouts(sock, &nothing, &nothing));
	ANSWER(bufferevent_flush(sock, EV_READ, (enum bufferevent_flush_mode)9));
	ANSWER(bufferevent_flush(pair[0], EV_READ | EV_WRITE, (enum bufferevent_flush_mode)9));
	ANSWER(bufferevent_flush(filter, EV_READ | EV_WRITE, (enum bufferevent_flush_mode)9));
	ANSWER(bufferevent_flush(pair[0], 0, BEV_NORMAL));
	ANSWER(bufferevent_flush(pair[0], 0x70, BEV_NORMAL));
	ANSWER(bufferevent_flush(sock, 0, BEV_NORMAL));
	ANSWER((bufferevent_trigger_event(sock, 0, 0), 0));
	ANSWER(bufferevent_write(sock, NULL, 0));
	ANSWER(bufferevent_write(sock, "x", SIZE_MAX));
	ANSWER(bufferevent_write_buffer(sock, empty));
	ANSWER(bufferevent_write_buffer(sock, bufferevent_get_output(sock)));
	ANSWER(bufferevent_write_buffer(sock, bufferevent_get_input(sock)));
	ANSWER(bufferevent_read(sock, bytes, 0));
	ANSWER(bufferevent_read(sock, bytes, SIZE_MAX));
	ANSWER(bufferevent_read_buffer(sock, bufferevent_get_input(sock)));
	ANSWER(bufferevent_read_buffer(sock, bufferevent_get_output(sock)));
	ANSWER(evbuffer_add(bufferevent_get_input(sock), "x", 1));
	ANSWER((bufferevent_write(pair[1], "xy", 2),
	    evbuffer_drain(bufferevent_get_output(pair[1]), 1)));
	ANSWER((evbuffer_free(bufferevent_get_input(sock)), 0));
	ANSWER((evbuffer_free(bufferevent_get_input(sock)), bufferevent_free(sock),
	    event_base_loop(base, EVLOOP_NONBLOCK)));
}

static void
kinds(void)
{
	ANSWER(bufferevent_setfd(pair[0], ends[1]));
	ANSWER(bufferevent_setfd(filter, ends[1]));
	ANSWER(bufferevent_setfd(sock, 900));
	ANSWER(bufferevent_setfd(sock, -1));
	ANSWER(bufferevent_getfd(pair[0]));
	ANSWER(bufferevent_getfd(filter));
	ANSWER(bufferevent_getfd(bare));
	ANSWER(bufferevent_socket_connect(pair[0], (struct sockaddr *)&address, sizeof(address)));
	ANSWER(bufferevent_socket_connect(filter, (struct sockaddr *)&address, sizeof(address)));
	ANSWER(bufferevent_socket_connect(bare, NULL, 0));
	ANSWER(bufferevent_socket_connect(sock, NULL, 0));
	ANSWER(bufferevent_socket_connect(bare, (struct sockaddr *)&address, 0));
	ANSWER(bufferevent_socket_connect(bare, (struct sockaddr *)&address, -1));
	ANSWER(bufferevent_socket_connect(bare, (struct sockaddr *)&address, 100000));
	ANSWER((address.sin_family = 99,
	    bufferevent_socket_connect(bare, (struct sockaddr *)&address, sizeof(address))));
	ANSWER(bufferevent_socket_connect_hostname(bare, NULL, AF_INET, "localhost", 0));
	ANSWER(bufferevent_socket_connect_hostname(bare, NULL, AF_INET, "localhost", 65536));
	ANSWER(bufferevent_socket_connect_hostname(bare, NULL, AF_INET, "localhost", -1));
	ANSWER(bufferevent_base_set(NULL, sock));
	ANSWER(bufferevent_base_set(base, pair[0]));
	ANSWER(bufferevent_base_set(base, filter));
	ANSWER(bufferevent_base_set(base, sock));
	ANSWER(bufferevent_priority_set(sock, -1));
	ANSWER(bufferevent_priority_set(sock, 1));
	ANSWER(bufferevent_priority_set(sock, 1000));
	ANSWER(bufferevent_priority_set(pair[0], 0));
	ANSWER(bufferevent_priority_set(filter, 0));
	ANSWER(bufferevent_get_priority(pair[0]));
	ANSWER(bufferevent_pair_new(NULL, 0, pair));
	ANSWER(bufferevent_pair_new(base, BEV_OPT_UNLOCK_CALLBACKS, pair));
	ANSWER((bufferevent_pair_get_partner(sock)) != NULL);
	ANSWER((bufferevent_pair_get_partner(filter)) != NULL);
	ANSWER((bufferevent_filter_new(NULL, NULL, NULL, 0, NULL, NULL)) != NULL);
	ANSWER((bufferevent_filter_new(
		   pair[1], NULL, NULL, BEV_OPT_UNLOCK_CALLBACKS, NULL, NULL)) != NULL);
	ANSWER((bufferevent_filter_new(pair[0], NULL, NULL, 0, NULL, NULL)) != NULL);
	ANSWER((bufferevent_get_underlying(sock)) != NULL);
	ANSWER((bufferevent_get_underlying(pair[0])) != NULL);
	ANSWER(bufferevent_socket_get_dns_error(pair[0]));
	ANSWER((bufferevent_get_base(sock)) != NULL);
	ANSWER(bufferevent_socket_connect_hostname(bare, NULL, AF_UNIX, "localhost", 80));
}

static void
limits(void)
{
	ANSWER(bufferevent_get_read_limit(sock) == EV_SSIZE_MAX);
	ANSWER(bufferevent_decrement_read_limit(sock, 1));
	ANSWER(bufferevent_decrement_write_limit(sock, 1));
	ANSWER(bufferevent_set_rate_limit(sock, NULL));
	ANSWER(bufferevent_set_rate_limit(sock, cfg));
	ANSWER((bufferevent_set_rate_limit(sock, cfg), bufferevent_decrement_read_limit(sock, -5)));
	ANSWER(bufferevent_add_to_rate_limit_group(sock, NULL));
	ANSWER(bufferevent_remove_from_rate_limit_group(sock));
	ANSWER((bufferevent_rate_limit_group_new(NULL, cfg)) != NULL);
	ANSWER((bufferevent_rate_limit_group_new(base, NULL)) != NULL);
	ANSWER(bufferevent_rate_limit_group_set_cfg(group, NULL));
	ANSWER(bufferevent_rate_limit_group_set_cfg(NULL, cfg));
	ANSWER(bufferevent_rate_limit_group_set_min_share(group, SIZE_MAX));
	ANSWER((bufferevent_add_to_rate_limit_group(sock, group),
	    bufferevent_rate_limit_group_free(group), 0));
	ANSWER((ev_token_bucket_cfg_new(0, 0, 0, 0, NULL)) != NULL);
	ANSWER((ev_token_bucket_cfg_new(10, 5, 10, 10, NULL)) != NULL);
	ANSWER((ev_token_bucket_cfg_new(SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, NULL)) != NULL);
	ANSWER((ev_token_bucket_cfg_new(1, 1, 1, 1, &negative)) != NULL);
	ANSWER((ev_token_bucket_cfg_new(1, 1, 1, 1, &nothing)) != NULL);
	ANSWER((ev_token_bucket_cfg_new(1, 1, 1, 1, &odd)) != NULL);
	ANSWER((ev_token_bucket_cfg_free(NULL), 0));
	ANSWER(bufferevent_set_max_single_read(sock, SIZE_MAX));
	ANSWER((bufferevent_set_max_single_read(sock, SIZE_MAX),
	    bufferevent_get_max_single_read(sock)));
	ANSWER((bufferevent_set_max_single_read(sock, 0), bufferevent_get_max_single_read(sock)));
}

static void
listeners(void)
{
	ANSWER((evconnlistener_new(NULL, on_accept, NULL, 0, -1, ends[0])) != NULL);
	ANSWER((evconnlistener_new(base, on_accept, NULL, 0, -1, -1)) != NULL);
	ANSWER((evconnlistener_new(base, on_accept, NULL, 0, 0, -1)) != NULL);
	ANSWER((evconnlistener_new(base, on_accept, NULL, 0, 0, 900)) != NULL);
	ANSWER((evconnlistener_new(base, on_accept, NULL, 0, -1, 900)) != NULL);
	ANSWER((evconnlistener_new(
		   base, on_accept, NULL, 0, -1, kit_fixed(open("/dev/null", O_RDONLY)))) != NULL);
	ANSWER((evconnlistener_new(base, on_accept, NULL, 0, -1, ends[0])) != NULL);
	ANSWER((evconnlistener_new(base, NULL, NULL, 0, -1, some_socket())) != NULL);
	ANSWER((evconnlistener_new_bind(base, on_accept, NULL, 0, 0, (struct sockaddr *)&address,
		   sizeof(address))) != NULL);
	ANSWER((evconnlistener_new_bind(base, on_accept, NULL, 0, -1, NULL, 0)) != NULL);
	ANSWER((evconnlistener_new_bind(
		   base, on_accept, NULL, 0, -1, (struct sockaddr *)&address, 0)) != NULL);
	ANSWER((evconnlistener_new_bind(
		   base, on_accept, NULL, 0, -1, (struct sockaddr *)&address, -1)) != NULL);
	ANSWER((evconnlistener_new_bind(
		   base, on_accept, NULL, 0, -1, (struct sockaddr *)&address, 2)) != NULL);
	ANSWER((evconnlistener_new_bind(
		   base, on_accept, NULL, 0, -1, (struct sockaddr *)&address, 100000)) != NULL);
	ANSWER((evconnlistener_new_bind(NULL, on_accept, NULL, 0, -1, (struct sockaddr *)&address,
		   sizeof(address))) != NULL);
	ANSWER(
	    ((address.sin_family = 99, evconnlistener_new_bind(base, on_accept, NULL, 0, -1,
					   (struct sockaddr *)&address, sizeof(address)))) != NULL);
	ANSWER(((address.sin_addr.s_addr = htonl(0x08080808),
		   evconnlistener_new_bind(base, on_accept, NULL, 0, -1,
		       (struct sockaddr *)&address, sizeof(address)))) != NULL);
}

int
main(void)
{
	event_set_log_callback(kit_log_apart);
	streams();
	kinds();
	limits();
	listeners();
	return 0;
}
