/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/dial.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "base/private.h"

static void on_event(struct bufferevent *bev, short what, void *arg);

/* ---- how it ends ---- */

static void
note(struct http_dial *dial, enum levin_http_fetch_end end, const char *reason)
{
	dial->end = end;
	evutil_snprintf(dial->reason, sizeof(dial->reason), "%s", reason);
}

static void
note_failure(struct http_dial *dial, int error)
{
	const char *text = NULL;
	int dns_error = bufferevent_socket_get_dns_error(dial->bev);

	if (dial->is_encrypting) {
		if (dial->tls->get_reason)
			text = dial->tls->get_reason(dial->bev);
		note(dial, LEVIN_HTTP_FETCH_TLS, text ? text : "the TLS handshake has failed");
	} else if (dial->is_talking) {
		note(dial, LEVIN_HTTP_FETCH_PROXY, "the proxy has closed the connection");
	} else if (dns_error) {
		note(dial, LEVIN_HTTP_FETCH_NAME, evutil_gai_strerror(dns_error));
	} else {
		note(dial, LEVIN_HTTP_FETCH_CONNECT,
		    error ? evutil_socket_error_to_string(error) : "the connection has failed");
	}
}

static void
fail(struct http_dial *dial)
{
	lvn_http_dial_stop(dial);
	dial->on_done(dial);
}

/* ---- TLS ---- */

/* The socket of the stream, which ends and leaves it open. */
static evutil_socket_t
take_socket(struct http_dial *dial)
{
	evutil_socket_t fd = bufferevent_getfd(dial->bev);

	bufferevent_setfd(dial->bev, -1);
	lvn_http_dial_stop(dial);
	return fd;
}

static bool
watch(struct http_dial *dial)
{
	bufferevent_setcb(dial->bev, NULL, NULL, on_event, dial);
	return bufferevent_enable(dial->bev, EV_READ | EV_WRITE) == 0;
}

/* NULL also if the program has taken TLS away meanwhile. */
static struct bufferevent *
new_tls_stream(struct http_dial *dial, evutil_socket_t fd)
{
	if (!dial->tls->new_stream)
		return NULL;
	return dial->tls->new_stream(
	    dial->base, fd, dial->route->host, BEV_OPT_CLOSE_ON_FREE, dial->tls->arg);
}

static void
encrypt(struct http_dial *dial)
{
	evutil_socket_t fd = take_socket(dial);

	dial->is_encrypting = true;
	dial->bev = new_tls_stream(dial, fd);
	if (!dial->bev)
		evutil_closesocket(fd);
	if (!dial->bev || !watch(dial)) {
		note(dial, LEVIN_HTTP_FETCH_TLS, "no TLS stream could be made");
		fail(dial);
		return;
	}
	dial->on_tls(dial);
}

/* ---- the proxy ---- */

/* It is connected as far as the server. */
static void
reach_server(struct http_dial *dial)
{
	if (dial->route->is_tls)
		encrypt(dial);
	else
		dial->on_done(dial);
}

/* The server speaks when it was asked: bytes that are there already are the proxy's invention. */
static void
enter_tunnel(struct http_dial *dial)
{
	dial->is_talking = false;
	if (evbuffer_get_length(bufferevent_get_input(dial->bev)) > 0) {
		note(dial, LEVIN_HTTP_FETCH_PROXY, "the proxy has sent bytes of its own");
		fail(dial);
		return;
	}
	bufferevent_setcb(dial->bev, NULL, NULL, on_event, dial);
	reach_server(dial);
}

static void
talk(struct http_dial *dial)
{
	const char *why = NULL;

	switch (lvn_http_proxy_talk(&dial->talk, dial->route->proxy, dial->route->host,
	    dial->route->port, bufferevent_get_input(dial->bev), bufferevent_get_output(dial->bev),
	    &why)) {
	case HTTP_PROXY_MORE:
		return;
	case HTTP_PROXY_OPEN:
		enter_tunnel(dial);
		return;
	case HTTP_PROXY_REFUSED:
		note(dial, LEVIN_HTTP_FETCH_PROXY, why);
		break;
	case HTTP_PROXY_NO_MEMORY:
		note(dial, LEVIN_HTTP_FETCH_NO_MEMORY, "memory is short");
		break;
	}
	fail(dial);
}

static void
on_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	talk(arg);
}

static void
begin_talk(struct http_dial *dial)
{
	dial->is_talking = true;
	bufferevent_setcb(dial->bev, on_readable, NULL, on_event, dial);
	bufferevent_enable(dial->bev, EV_READ);
	talk(dial);
}

/* ---- connecting ---- */

static void
go_on(struct http_dial *dial, short what, int error)
{
	if (!(what & BEV_EVENT_CONNECTED)) {
		note_failure(dial, what & BEV_EVENT_ERROR ? error : 0);
		fail(dial);
	} else if (dial->is_encrypting) {
		dial->on_done(dial);
	} else if (dial->route->proxy) {
		begin_talk(dial);
	} else {
		reach_server(dial);
	}
}

/* What is known at once is reported inside the call that connects. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_dial *dial = arg;
	int error = EVUTIL_SOCKET_ERROR();

	(void)bev;
	if (dial->is_starting) {
		dial->early = what;
		dial->early_error = error;
	} else {
		go_on(dial, what, error);
	}
}

static int
connect_unix(struct http_dial *dial)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t size = strlen(dial->route->unix_path);

	if (size >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, dial->route->unix_path, size + 1);
	return bufferevent_socket_connect(dial->bev, (struct sockaddr *)&address,
	    (int)(offsetof(struct sockaddr_un, sun_path) + size + 1));
}

static int
connect_stream(struct http_dial *dial)
{
	const struct http_route *route = dial->route;
	const char *host = route->proxy ? route->proxy->host : route->host;

	if (route->unix_path)
		return connect_unix(dial);
	return bufferevent_socket_connect_hostname(
	    dial->bev, dial->dns, AF_UNSPEC, host, route->proxy ? route->proxy->port : route->port);
}

int
lvn_http_dial_start(struct http_dial *dial)
{
	if (dial->route->is_tls && !dial->tls) {
		note(
		    dial, LEVIN_HTTP_FETCH_TLS, "the client has no TLS: levin_http_client_set_tls");
		return -1;
	}
	dial->bev = bufferevent_socket_new(dial->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!dial->bev) {
		note(dial, LEVIN_HTTP_FETCH_NO_MEMORY, "memory is short");
		return -1;
	}
	bufferevent_setcb(dial->bev, NULL, NULL, on_event, dial);
	dial->is_starting = true;
	if ((bufferevent_enable(dial->bev, EV_WRITE) < 0 || connect_stream(dial) < 0) &&
	    !dial->early) {
		note_failure(dial, EVUTIL_SOCKET_ERROR());
		lvn_http_dial_stop(dial);
		return -1;
	}
	dial->is_starting = false;
	if (dial->early)
		go_on(dial, dial->early, dial->early_error);
	return 0;
}

void
lvn_http_dial_stop(struct http_dial *dial)
{
	if (dial->bev)
		bufferevent_free(dial->bev);
	dial->bev = NULL;
}

struct bufferevent *
lvn_http_dial_take(struct http_dial *dial)
{
	struct bufferevent *bev = dial->bev;

	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	dial->bev = NULL;
	return bev;
}
