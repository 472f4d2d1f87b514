/* SPDX-License-Identifier: BSD-3-Clause */
/* Bufferevents that connect, to addresses and to names. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>

#include "kit.h"

static struct event_base *base;
static struct bufferevent *bev;
static struct sockaddr_in address;

static void
on_read(struct bufferevent *stream, void *name)
{
	say("%s: read, %zu in", (char *)name, evbuffer_get_length(bufferevent_get_input(stream)));
}

static void
on_write(struct bufferevent *stream, void *name)
{
	say("%s: written, %zu out", (char *)name,
	    evbuffer_get_length(bufferevent_get_output(stream)));
}

static void
on_event(struct bufferevent *stream, short what, void *name)
{
	int error = errno;

	say("%s: event %x, %s, enabled %s, fd %d", (char *)name, what,
	    what & BEV_EVENT_ERROR && !bufferevent_socket_get_dns_error(stream) ? strerror(error)
										: "-",
	    bits(bufferevent_get_enabled(stream)), bufferevent_getfd(stream) >= 0);
}

static void
begin(const char *what, int options)
{
	say("-- %s", what);
	bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE | options);
	bufferevent_setcb(bev, on_read, on_write, on_event, (void *)"c");
}

/*
 * A connection over the loopback interface takes no time, but the reports may take two turns.
 * What the loop answers is not told: libevent's waits for descriptors that are not there.
 */
static void
turns(void)
{
	for (int i = 0; i < 3; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	say("out %zu enabled %s fd %d dns error %d",
	    evbuffer_get_length(bufferevent_get_output(bev)), bits(bufferevent_get_enabled(bev)),
	    bufferevent_getfd(bev) >= 0, bufferevent_socket_get_dns_error(bev));
}

static void
end(void)
{
	bufferevent_free(bev);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static int
listen_somewhere(void)
{
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 20) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		exit(1);
	return fd;
}

static int
connect_to(const struct sockaddr_in *to)
{
	return bufferevent_socket_connect(bev, (const struct sockaddr *)to, sizeof(*to));
}

static void
addresses(int options)
{
	struct sockaddr_in closed;
	struct sockaddr odd = {.sa_family = 77};
	int listener = listen_somewhere();

	closed = address;
	close(listener);
	listener = listen_somewhere();

	begin("plain", options);
	say("connect %d", connect_to(&address));
	turns();
	bufferevent_write(bev, "abc", 3);
	turns();
	end();

	begin("with output and reading", options);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_write(bev, "abc", 3);
	turns();
	say("connect %d", connect_to(&address));
	turns();
	end();

	begin("writing disabled", options);
	bufferevent_write(bev, "abc", 3);
	say("connect %d", connect_to(&address));
	bufferevent_disable(bev, EV_WRITE);
	turns();
	end();

	begin("refused", options);
	bufferevent_enable(bev, EV_READ);
	bufferevent_write(bev, "abc", 3);
	say("connect %d", connect_to(&closed));
	turns();
	end();

	begin("odd family", options);
	say("connect %d", bufferevent_socket_connect(bev, &odd, sizeof(odd)));
	turns();
	say("connect to nothing %d", bufferevent_socket_connect(bev, NULL, 0));
	turns();
	end();

	begin("names", options);
	say("family %d", bufferevent_socket_connect_hostname(bev, NULL, AF_UNIX, "127.0.0.1", 80));
	say("port %d %d", bufferevent_socket_connect_hostname(bev, NULL, AF_INET, "127.0.0.1", 0),
	    bufferevent_socket_connect_hostname(bev, NULL, AF_INET, "127.0.0.1", 65536));
	say("no such %d",
	    bufferevent_socket_connect_hostname(bev, NULL, AF_INET6, "127.0.0.1", 80));
	turns();
	bufferevent_enable(bev, EV_READ);
	say("refused %d", bufferevent_socket_connect_hostname(
			      bev, NULL, AF_INET, "127.0.0.1", ntohs(closed.sin_port)));
	turns();
	end();

	begin("a name", options);
	bufferevent_write(bev, "abc", 3);
	say("connect %d", bufferevent_socket_connect_hostname(
			      bev, NULL, AF_UNSPEC, "127.0.0.1", ntohs(address.sin_port)));
	turns();
	end();
	close(listener);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	base = kit_base();
	addresses(0);
	addresses(BEV_OPT_DEFER_CALLBACKS);
	event_base_free(base);
	return 0;
}
