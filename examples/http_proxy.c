/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A forward proxy of HTTP: tunnels for CONNECT, as browsers and curl ask for with https URLs.
 *
 * usage: http_proxy PORT ALLOWED_PORT...
 *
 * It listens on this machine only, on a free port for 0, and prints the port.  It connects to the
 * ports alone that are given, such as 80 and 443: an open proxy would let anybody send mail in your
 * name.  Other requests than CONNECT get 405.  SIGTERM and SIGINT end it, with all tunnels.
 *
 * A CONNECT is answered when the connection to the target is there.  Then both ends of the tunnel
 * are bufferevents of the program: levin_http_request_take_stream() has given it the client's.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <levin/http.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	OUTPUT_MOST = 65536,
	OUTPUT_LEAST = 16384,
	CONNECT_S = 30,
	BAD_GATEWAY = 502,
	FORBIDDEN = 403
};

struct proxy {
	struct event_base *base;
	struct evdns_base *dns;
	char **allowed; /* ports, to a NULL */
};

static int
is_allowed(const struct proxy *proxy, int port)
{
	for (char **text = proxy->allowed; *text; text++)
		if (atoi(*text) == port)
			return 1;
	return 0;
}

/* ---- A tunnel: two bufferevents, each of which is the argument of the other's callbacks ---- */

/* When the partner's output is full, reading stops until most of it has been sent. */
static void
on_read(struct bufferevent *bev, void *partner)
{
	bufferevent_read_buffer(bev, bufferevent_get_output(partner));
	if (evbuffer_get_length(bufferevent_get_output(partner)) < OUTPUT_MOST)
		return;
	bufferevent_disable(bev, EV_READ);
	bufferevent_setwatermark(partner, EV_WRITE, OUTPUT_LEAST, 0);
}

static void
on_sent(struct bufferevent *bev, void *partner)
{
	(void)bev;
	bufferevent_enable(partner, EV_READ);
}

static void
close_when_written(struct bufferevent *bev, void *arg)
{
	(void)arg;
	bufferevent_free(bev);
}

static void
close_on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(bev);
}

/* This end has closed.  What it sent is still forwarded. */
static void
on_event(struct bufferevent *bev, short what, void *partner)
{
	(void)what;
	on_read(bev, partner);
	bufferevent_free(bev);
	if (evbuffer_get_length(bufferevent_get_output(partner)) == 0) {
		bufferevent_free(partner);
		return;
	}
	bufferevent_disable(partner, EV_READ);
	bufferevent_setwatermark(partner, EV_WRITE, 0, 0);
	bufferevent_setcb(partner, NULL, close_when_written, close_on_event, NULL);
}

/* ---- CONNECT ---- */

/* A target that is being connected to.  It ends with the answer, or with the client. */
struct dial {
	struct evhttp_request *request;
	struct bufferevent *target;
};

static void
begin_tunnel(struct bufferevent *client, struct bufferevent *target)
{
	static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";

	bufferevent_write(client, established, strlen(established));
	bufferevent_set_timeouts(target, NULL, NULL);
	bufferevent_setcb(client, on_read, on_sent, on_event, target);
	bufferevent_setcb(target, on_read, on_sent, on_event, client);
	bufferevent_enable(client, EV_READ | EV_WRITE);
	bufferevent_enable(target, EV_READ | EV_WRITE);
	/* What the client has sent behind its request is not reported again. */
	on_read(client, target);
}

static void
on_dialed(struct bufferevent *target, short what, void *arg)
{
	struct dial *dial = arg;
	struct evhttp_request *request = dial->request;
	struct bufferevent *client = NULL;

	levin_http_request_set_end_callback(request, NULL, NULL);
	free(dial);
	if (what & BEV_EVENT_CONNECTED)
		client = levin_http_request_take_stream(request);
	if (client) {
		begin_tunnel(client, target);
		return;
	}
	bufferevent_free(target);
	evhttp_send_error(request, BAD_GATEWAY, NULL);
}

/* The client has gone before there was a connection. */
static void
on_client_gone(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	struct dial *dial = arg;

	(void)request;
	(void)end;
	bufferevent_free(dial->target);
	free(dial);
}

static int
start_dial(struct proxy *proxy, struct evhttp_request *request, const char *host, int port)
{
	const struct timeval limit = {CONNECT_S, 0};
	struct dial *dial = calloc(1, sizeof(*dial));

	if (!dial)
		return -1;
	dial->request = request;
	dial->target = bufferevent_socket_new(proxy->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!dial->target ||
	    levin_http_request_set_end_callback(request, on_client_gone, dial) < 0) {
		if (dial->target)
			bufferevent_free(dial->target);
		free(dial);
		return -1;
	}
	bufferevent_setcb(dial->target, NULL, NULL, on_dialed, dial);
	bufferevent_set_timeouts(dial->target, &limit, &limit);
	if (bufferevent_socket_connect_hostname(dial->target, proxy->dns, AF_UNSPEC, host, port) ==
	    0)
		return 0;
	levin_http_request_set_end_callback(request, NULL, NULL);
	bufferevent_free(dial->target);
	free(dial);
	return -1;
}

static void
on_connect(struct evhttp_request *request, void *arg)
{
	struct proxy *proxy = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *host = evhttp_uri_get_host(uri);
	int port = evhttp_uri_get_port(uri);

	if (!host || !is_allowed(proxy, port))
		evhttp_send_error(request, FORBIDDEN, NULL);
	else if (start_dial(proxy, request, host, port) < 0)
		evhttp_send_error(request, BAD_GATEWAY, NULL);
}

/* ---- The program ---- */

static void
end(evutil_socket_t signo, short what, void *base)
{
	(void)signo;
	(void)what;
	event_base_loopexit(base, NULL);
}

static int
print_port(struct evhttp_bound_socket *bound)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) < 0)
		return -1;
	printf("%d\n", ntohs(address.sin_port));
	return fflush(stdout);
}

static int
serve(struct proxy *proxy, struct evhttp *http, int port)
{
	struct evhttp_bound_socket *bound;

	/* Only these are read; the target of a CONNECT is no path, so it comes here. */
	evhttp_set_allowed_methods(http, EVHTTP_REQ_CONNECT);
	evhttp_set_gencb(http, on_connect, proxy);
	bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", (ev_uint16_t)port);
	if (!bound || print_port(bound) != 0)
		return -1;
	return event_base_dispatch(proxy->base);
}

static int
run(struct proxy *proxy, int port)
{
	struct evhttp *http = evhttp_new(proxy->base);
	struct event *on_term = evsignal_new(proxy->base, SIGTERM, end, proxy->base);
	struct event *on_int = evsignal_new(proxy->base, SIGINT, end, proxy->base);
	int result = -1;

	proxy->dns = evdns_base_new(
	    proxy->base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (proxy->dns && http && on_term && on_int && event_add(on_term, NULL) == 0 &&
	    event_add(on_int, NULL) == 0)
		result = serve(proxy, http, port);
	if (http)
		evhttp_free(http);
	if (proxy->dns)
		evdns_base_free(proxy->dns, 0);
	if (on_term)
		event_free(on_term);
	if (on_int)
		event_free(on_int);
	return result;
}

int
main(int argc, char **argv)
{
	struct proxy proxy = {0};
	int result = -1;

	if (argc < 3) {
		fprintf(stderr, "usage: %s PORT ALLOWED_PORT...\n", argv[0]);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	proxy.allowed = argv + 2;
	proxy.base = event_base_new();
	if (proxy.base) {
		result = run(&proxy, atoi(argv[1]));
		event_base_free(proxy.base);
	}
	if (result < 0)
		fprintf(stderr, "cannot serve\n");
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
