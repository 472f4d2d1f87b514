/* SPDX-License-Identifier: BSD-3-Clause */
/* A server's sockets: binding, accepting, listeners, what accepted connections are like. */
#include "http_kit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/un.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static struct evhttp *http;
static int accepted;

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	if (getsockopt(fd, level, name, &value, &size) < 0)
		return -1;
	return value;
}

static void
say_socket(const char *what, int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0) {
		say("%s: not open", what);
		return;
	}
	say("%s: listens %d, reuse address %d, reuse port %d, keep alive %d, no delay %d, close on "
	    "exec %d, "
	    "nonblocking %d",
	    what, option(fd, SOL_SOCKET, SO_ACCEPTCONN), option(fd, SOL_SOCKET, SO_REUSEADDR) > 0,
	    option(fd, SOL_SOCKET, SO_REUSEPORT) > 0, option(fd, SOL_SOCKET, SO_KEEPALIVE) > 0,
	    option(fd, IPPROTO_TCP, TCP_NODELAY) > 0, flags & FD_CLOEXEC,
	    (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

static int
port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &size);
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static void
say_bound(const char *name, struct evhttp_bound_socket *bound)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	char text[80] = "";
	int fd;

	if (!bound) {
		say("%s: NULL", name);
		return;
	}
	fd = evhttp_bound_socket_get_fd(bound);
	getsockname(fd, (struct sockaddr *)&address, &size);
	if (address.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, text, sizeof(text));
	if (address.ss_family == AF_INET6)
		inet_ntop(
		    AF_INET6, &((struct sockaddr_in6 *)&address)->sin6_addr, text, sizeof(text));
	say("%s: family %d, address %s, port %d, listener %d", name, address.ss_family, text,
	    port_of(fd) != 0, evhttp_bound_socket_get_listener(bound) != NULL);
	say_socket(name, fd);
}

static void
say_one(struct evhttp_bound_socket *bound, void *arg)
{
	say("%s: bound, port %d", (char *)arg, port_of(evhttp_bound_socket_get_fd(bound)) != 0);
}

static void
handle(struct evhttp_request *req, void *arg)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(req);
	const struct sockaddr *address = evhttp_connection_get_addr(connection);
	char *peer = NULL;
	ev_uint16_t port = 0;

	evhttp_connection_get_peer(connection, &peer, &port);
	say("%s: remote %s port %d; peer %s port %d; address family %d port %d", (char *)arg,
	    req->remote_host ? req->remote_host : "NULL", req->remote_port != 0,
	    peer ? peer : "NULL", port == req->remote_port, address ? address->sa_family : -1,
	    address && ((const struct sockaddr_in *)address)->sin_port == htons(port));
	say("server %d, base %d, owned %d, kind %d",
	    evhttp_connection_get_server(connection) == http,
	    evhttp_connection_get_base(connection) == http_base, evhttp_request_is_owned(req),
	    req->kind);
	accepted = bufferevent_getfd(evhttp_connection_get_bufferevent(connection));
	say_socket("accepted", accepted);
	evhttp_send_reply(req, 200, "OK", NULL);
}

static void
binding(void)
{
	static const char *const addresses[] = {NULL, "127.0.0.1", "::1", "0.0.0.0",
	    "::", "localhost", "", "256.1.1.1", "nonsense", "[::1]"};
	int port;

	http = evhttp_new(http_base);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		say_bound(addresses[i] ? addresses[i] : "NULL",
		    evhttp_bind_socket_with_handle(http, addresses[i], 0));
	evhttp_foreach_bound_socket(http, say_one, (void *)"each");
	close(http_listen(&port));
	say_bound(
	    "NULL with a port", evhttp_bind_socket_with_handle(http, NULL, (ev_uint16_t)port));
	http_listen(&port);
	say("a port in use: %d", evhttp_bind_socket(http, "127.0.0.1", (ev_uint16_t)port));
	say("%s", evhttp_bind_socket_with_handle(http, "127.0.0.1", (ev_uint16_t)port) ? "bound"
										       : "NULL");
	say("any port: %d", evhttp_bind_socket(http, "127.0.0.1", 0));
	evhttp_free(http);
}

static void
without_base(void)
{
	struct evhttp_bound_socket *bound;

	http = evhttp_new(NULL);
	say("new %d", http != NULL);
	bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	say("bound %d", bound != NULL);
}

static void
serve_on(int port)
{
	int fd = http_connect(port);

	HTTP_PUT(fd, GET);
	http_turns();
	http_say_short(fd);
	close(fd);
	http_turns();
}

static void
accepting(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct evhttp_bound_socket *bound;
	int fd, port;

	http = evhttp_new(http_base);
	evhttp_set_gencb(http, handle, (void *)"general");
	fd = http_listen(&port);
	say_socket("before", fd);
	bound = evhttp_accept_socket_with_handle(http, fd);
	say_socket("after", fd);
	say("the same %d", evhttp_bound_socket_get_fd(bound) == fd);
	/* It would block in accept. */
	fcntl(fd, F_SETFL, O_NONBLOCK);
	serve_on(port);

	fd = socket(AF_INET, SOCK_STREAM, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(fd, (struct sockaddr *)&address, sizeof(address));
	say_socket("bound, not listening", fd);
	say("accept %d", evhttp_accept_socket(http, fd));
	say_socket("after", fd);
	say("accept -1: %d", evhttp_accept_socket(http, -1));
	evhttp_free(http);
	say_socket("after evhttp_free", fd);
}

static void
accepting_handles(void)
{
	struct evhttp_bound_socket *bound;
	int fd, port, peer, other, other_port;

	http = evhttp_new(http_base);
	evhttp_set_gencb(http, handle, (void *)"general");
	fd = http_listen(&port);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	bound = evhttp_accept_socket_with_handle(http, fd);
	other = http_listen(&other_port);
	fcntl(other, F_SETFL, O_NONBLOCK);
	evhttp_accept_socket(http, other);
	peer = http_connect(port);
	HTTP_PUT(peer, GET);
	http_turns();
	http_say_short(peer);
	evhttp_del_accept_socket(http, bound);
	say_socket("after evhttp_del_accept_socket", fd);
	HTTP_PUT(peer, GET);
	http_turns();
	http_say_short(peer);
	serve_on(other_port);
	evhttp_free(http);
	say_socket("after evhttp_free", other);
	http_turns();
	http_say_short(peer);
}

static void
listener(int flags)
{
	struct evconnlistener *made;
	struct evhttp_bound_socket *bound;
	int fd, port;

	http = evhttp_new(http_base);
	evhttp_set_gencb(http, handle, (void *)"general");
	fd = http_listen(&port);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	made = evconnlistener_new(http_base, NULL, NULL, LEV_OPT_DISABLED | flags, 0, fd);
	bound = evhttp_bind_listener(http, made);
	say("bound %d, the same %d", bound != NULL,
	    evhttp_bound_socket_get_listener(bound) == made);
	serve_on(port);
	say("enable");
	evconnlistener_enable(made);
	serve_on(port);
	evhttp_del_accept_socket(http, bound);
	say_socket("after evhttp_del_accept_socket", fd);
	evhttp_free(http);
}

static void
listener_closes(void)
{
	listener(LEV_OPT_CLOSE_ON_FREE);
}

static void
listener_keeps(void)
{
	listener(0);
}

static void
listener_paused(void)
{
	struct evhttp_bound_socket *bound;
	int fd, peer;

	http = evhttp_new(http_base);
	evhttp_set_gencb(http, handle, (void *)"general");
	bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	fd = evhttp_bound_socket_get_fd(bound);
	evconnlistener_disable(evhttp_bound_socket_get_listener(bound));
	peer = http_connect(port_of(fd));
	HTTP_PUT(peer, GET);
	http_turns();
	http_say_short(peer);
	evconnlistener_enable(evhttp_bound_socket_get_listener(bound));
	http_turns();
	http_say_short(peer);
	evhttp_free(http);
	say_socket("after evhttp_free", fd);
	http_turns();
	http_say_short(peer);
}

static void
unix_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0differential-http"};
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + 18 + 10;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), peer;

	snprintf(address.sun_path + 18, 11, "%010d", (int)getpid());
	http = evhttp_new(http_base);
	evhttp_set_gencb(http, handle, (void *)"general");
	if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 5) < 0)
		say("kit: no socket");
	say("accept %d", evhttp_accept_socket(http, fd));
	peer = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	say("connect %d", connect(peer, (struct sockaddr *)&address, size));
	HTTP_PUT(peer, GET);
	http_turns();
	http_say_short(peer);
}

static void
ipv6(void)
{
	struct sockaddr_in6 address;
	socklen_t size = sizeof(address);
	struct evhttp_bound_socket *bound;
	int peer = socket(AF_INET6, SOCK_STREAM, 0);

	http = evhttp_new(http_base);
	evhttp_set_gencb(http, handle, (void *)"general");
	bound = evhttp_bind_socket_with_handle(http, "::1", 0);
	getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size);
	say("connect %d", connect(peer, (struct sockaddr *)&address, size));
	fcntl(peer, F_SETFL, O_NONBLOCK);
	HTTP_PUT(peer, GET);
	http_turns();
	http_say_short(peer);
}

static int bev_options;

static struct bufferevent *
make(struct event_base *base, void *arg)
{
	say("%s: base %d", (char *)arg, base == http_base);
	return bufferevent_socket_new(base, -1, bev_options);
}

static struct bufferevent *
make_none(struct event_base *base, void *arg)
{
	say("%s: base %d", (char *)arg, base == http_base);
	return NULL;
}

static void
bufferevents_with(int options)
{
	int port, fd;

	bev_options = options;
	http = http_server(&port);
	evhttp_set_gencb(http, handle, (void *)"general");
	evhttp_set_bevcb(http, make, (void *)"bevcb");
	fd = http_connect(port);
	http_turns();
	say("connected");
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_short(fd);
	HTTP_PUT(fd, GET "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	http_turns();
	http_say_short(fd);
	say_socket("then", accepted);
	serve_on(port);
	evhttp_set_bevcb(http, make_none, (void *)"none");
	serve_on(port);
	evhttp_set_bevcb(http, NULL, NULL);
	serve_on(port);
	evhttp_free(http);
}

static void
bufferevents(void)
{
	bufferevents_with(BEV_OPT_CLOSE_ON_FREE);
}

static void
bufferevents_keep(void)
{
	bufferevents_with(0);
}

/* With a vhost that has its own. */
static void
bufferevents_vhost(void)
{
	struct evhttp *vhost = evhttp_new(NULL);
	int port, fd;

	http = http_server(&port);
	evhttp_set_gencb(vhost, handle, (void *)"vhost");
	evhttp_add_virtual_host(http, "a", vhost);
	evhttp_set_bevcb(vhost, make, (void *)"vhost's");
	fd = http_connect(port);
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_short(fd);
	evhttp_free(http);
}

/* The order in which several listening sockets and connections are accepted. */
static void
several(void)
{
	int port, fds[3];

	http = http_server(&port);
	evhttp_set_gencb(http, handle, (void *)"general");
	for (int i = 0; i < 3; i++) {
		fds[i] = http_connect(port);
		HTTP_PUT(fds[i], GET);
	}
	http_turns();
	for (int i = 0; i < 3; i++)
		http_say_short(fds[i]);
	evhttp_free(http);
}

static void
free_empty(void)
{
	http = evhttp_new(http_base);
	evhttp_free(http);
	http = evhttp_new(NULL);
	say("set_cb %d", evhttp_set_cb(http, "/a", handle, NULL));
	evhttp_set_gencb(http, handle, NULL);
	evhttp_free(http);
	say("freed");
}

int
main(void)
{
	http_case("binding", binding);
	http_case("without a base", without_base);
	http_case("accepting", accepting);
	http_case("accepting, with handles", accepting_handles);
	http_case("a listener", listener_closes);
	http_case("a listener that keeps its socket", listener_keeps);
	http_case("a listener that is paused", listener_paused);
	http_case("a Unix socket", unix_socket);
	http_case("IPv6", ipv6);
	http_case("bufferevents", bufferevents);
	http_case("bufferevents that do not close", bufferevents_keep);
	http_case("bufferevents of a virtual host", bufferevents_vhost);
	http_case("several connections", several);
	http_case("free", free_empty);
	return 0;
}
