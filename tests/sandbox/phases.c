/* SPDX-License-Identifier: BSD-3-Clause */
#include "sandbox/phases.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LARGE 1000000

static const char bytes[LARGE];
static const struct timeval soon = {0, 1000};

static struct event_base *
new_base(const struct event_config *config)
{
	struct event_base *base = event_base_new_with_config(config);

	must(base != NULL, "event_base_new_with_config");
	return base;
}

static void
make_pair(int ends[2])
{
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0, "socketpair");
}

static void
make_base(const struct event_config *config, void (*enter_sandbox)(void))
{
	enter_sandbox();
	new_base(config);
}

/* ---- Looping ------------------------------------------------------------------------- */

static void
count(evutil_socket_t fd, short what, void *calls)
{
	(void)fd;
	(void)what;
	++*(int *)calls;
}

static void
take_byte(evutil_socket_t fd, short what, void *base)
{
	char byte;

	(void)what;
	must(read(fd, &byte, 1) == 1, "read");
	event_base_loopbreak(base);
}

static void
break_loop(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(base);
}

static void
wait_for_byte(struct event_base *base, int ends[2])
{
	struct event *reader = event_new(base, ends[0], EV_READ | EV_PERSIST, take_byte, base);

	must(event_add(reader, NULL) == 0, "event_add");
	must(write(ends[1], "x", 1) == 1, "write");
	must(event_base_dispatch(base) == 0, "event_base_dispatch");
	event_del(reader);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_free(reader);
}

static void
wait_for_signal(struct event_base *base)
{
	struct event *on_signal = evsignal_new(base, SIGUSR1, break_loop, base);

	must(event_add(on_signal, NULL) == 0, "event_add");
	must(kill(getpid(), SIGUSR1) == 0, "kill");
	must(event_base_dispatch(base) == 0, "event_base_dispatch");
	event_free(on_signal);
}

static sem_t may_wake;

/* Begun before the sandbox: making threads is the program's affair. */
static void *
wake_when_told(void *ev)
{
	while (sem_wait(&may_wake) < 0)
		;
	event_active(ev, EV_READ, 1);
	return NULL;
}

static void
loop(const struct event_config *config, void (*enter_sandbox)(void))
{
	struct event_base *base = new_base(config);
	struct event *user = event_new(base, -1, EV_PERSIST, break_loop, base);
	struct event *alive = event_new(base, -1, EV_PERSIST, break_loop, base);
	struct timeval long_time = {1000, 0};
	pthread_t thread;
	int ends[2], calls = 0;

	make_pair(ends);
	sem_init(&may_wake, 0, 0);
	must(pthread_create(&thread, NULL, wake_when_told, user) == 0, "pthread_create");
	enter_sandbox();
	event_base_once(base, -1, EV_TIMEOUT, count, &calls, &soon);
	must(event_base_dispatch(base) == 1 && calls == 1, "a timer");
	wait_for_byte(base, ends);
	wait_for_signal(base);
	event_add(user, NULL);
	event_add(alive, &long_time);
	event_base_once(base, -1, EV_TIMEOUT, count, &calls, NULL);
	event_base_loop(base, EVLOOP_ONCE);
	sem_post(&may_wake);
	must(event_base_dispatch(base) == 0, "an event of another thread");
}

/* ---- Buffers ------------------------------------------------------------------------- */

static void
move_through(struct evbuffer *from, struct evbuffer *to, int ends[2])
{
	while (evbuffer_get_length(from) > 0) {
		must(evbuffer_write(from, ends[1]) > 0, "evbuffer_write");
		while (evbuffer_read(to, ends[0], -1) > 0)
			;
	}
}

static void
use_buffers(const struct event_config *config, void (*enter_sandbox)(void))
{
	struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();
	struct evbuffer_file_segment *segment;
	FILE *file = tmpfile();
	int fd = file ? fileno(file) : -1;
	int ends[2];

	(void)config;
	must(fd >= 0 && write(fd, bytes, LARGE) == LARGE, "a file");
	evbuffer_enable_locking(from, NULL);
	make_pair(ends);
	enter_sandbox();
	evbuffer_add(from, bytes, LARGE);
	move_through(from, to, ends);
	must(evbuffer_add_file(from, dup(fd), 0, LARGE) == 0, "evbuffer_add_file");
	move_through(from, to, ends);
	segment = evbuffer_file_segment_new(fd, 0, LARGE, 0);
	must(segment && evbuffer_add_file_segment(from, segment, 0, LARGE) == 0, "a segment");
	evbuffer_file_segment_free(segment);
	evbuffer_pullup(from, 100000);
	move_through(from, to, ends);
	must(evbuffer_get_length(to) == 3 * LARGE, "evbuffer_get_length");
	evbuffer_free(from);
	evbuffer_free(to);
}

/* ---- Streams ------------------------------------------------------------------------- */

static void
echo(struct bufferevent *stream, void *unused)
{
	(void)unused;
	evbuffer_add_buffer(bufferevent_get_output(stream), bufferevent_get_input(stream));
}

static void
end_when_all_is_there(struct bufferevent *stream, void *base)
{
	if (evbuffer_get_length(bufferevent_get_input(stream)) == LARGE)
		event_base_loopbreak(base);
}

static void
note_event(struct bufferevent *stream, short what, void *base)
{
	(void)stream;
	if (what & (BEV_EVENT_TIMEOUT | BEV_EVENT_ERROR | BEV_EVENT_EOF))
		event_base_loopbreak(base);
}

static void
exchange(struct event_base *base, struct bufferevent *client, struct bufferevent *server)
{
	bufferevent_setcb(server, echo, NULL, note_event, base);
	bufferevent_setcb(client, end_when_all_is_there, NULL, note_event, base);
	bufferevent_enable(server, EV_READ | EV_WRITE);
	bufferevent_enable(client, EV_READ | EV_WRITE);
	bufferevent_write(client, bytes, LARGE);
	must(event_base_dispatch(base) == 0, "event_base_dispatch");
	must(evbuffer_get_length(bufferevent_get_input(client)) == LARGE, "what came back");
	evbuffer_drain(bufferevent_get_input(client), LARGE);
}

static void
stream_over_pair(struct event_base *base, int ends[2])
{
	int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS;
	struct bufferevent *client = bufferevent_socket_new(base, ends[0], options);
	struct bufferevent *server = bufferevent_socket_new(base, ends[1], options);

	exchange(base, client, server);
	bufferevent_set_timeouts(client, &soon, NULL);
	must(event_base_dispatch(base) == 0, "a timeout");
	bufferevent_free(server);
	bufferevent_enable(client, EV_READ);
	must(event_base_dispatch(base) == 0, "the end of the stream");
	bufferevent_free(client);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

/* An address where nobody listens, or a listener that was made before. */
static void
connect_to(struct event_base *base, const struct sockaddr_in *address)
{
	struct bufferevent *client = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	bufferevent_setcb(client, NULL, NULL, note_event, base);
	must(bufferevent_socket_connect(
		 client, (const struct sockaddr *)address, sizeof(*address)) == 0,
	    "bufferevent_socket_connect");
	bufferevent_enable(client, EV_READ | EV_WRITE);
	bufferevent_write(client, "x", 1);
	bufferevent_set_timeouts(client, &soon, NULL);
	must(event_base_dispatch(base) == 0, "event_base_dispatch");
	bufferevent_free(client);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static int
listen_somewhere(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET};
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(fd, (struct sockaddr *)address, sizeof(*address)) == 0 && listen(fd, 5) == 0 &&
		 getsockname(fd, (struct sockaddr *)address, &size) == 0,
	    "a listening socket");
	return fd;
}

static void
use_streams(const struct event_config *config, void (*enter_sandbox)(void))
{
	struct event_base *base = new_base(config);
	struct bufferevent *pair[2];
	struct sockaddr_in address, nobody;
	int ends[2];

	make_pair(ends);
	listen_somewhere(&address);
	close(listen_somewhere(&nobody));
	enter_sandbox();
	stream_over_pair(base, ends);
	connect_to(base, &address);
	connect_to(base, &nobody);
	must(bufferevent_pair_new(base, BEV_OPT_THREADSAFE, pair) == 0, "bufferevent_pair_new");
	exchange(base, pair[0], pair[1]);
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
}

/* ---- Listeners ----------------------------------------------------------------------- */

static void
close_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer,
    int size, void *base)
{
	(void)listener;
	(void)peer;
	(void)size;
	must(fcntl(fd, F_GETFL) & O_NONBLOCK, "a socket that does not block");
	evutil_closesocket(fd);
	event_base_loopbreak(base);
}

static void
accept_from(struct event_base *base, struct evconnlistener *listener, int client)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	must(getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size) == 0,
	    "getsockname");
	must(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	must(event_base_dispatch(base) == 0, "event_base_dispatch");
}

static void
use_listeners(const struct event_config *config, void (*enter_sandbox)(void))
{
	struct event_base *base = new_base(config);
	struct sockaddr_in address = {.sin_family = AF_INET};
	int client = socket(AF_INET, SOCK_STREAM, 0);
	struct evconnlistener *listener;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	enter_sandbox();
	listener = evconnlistener_new_bind(base, close_connection, base,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE |
		LEV_OPT_REUSEABLE_PORT | LEV_OPT_THREADSAFE,
	    -1, (struct sockaddr *)&address, sizeof(address));
	must(listener != NULL, "evconnlistener_new_bind");
	accept_from(base, listener, client);
	evconnlistener_disable(listener);
	evconnlistener_enable(listener);
	evconnlistener_free(listener);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

/* ---- Freeing ------------------------------------------------------------------------- */

static void
free_all(const struct event_config *config, void (*enter_sandbox)(void))
{
	struct event_base *base = new_base(config);
	struct event *on_signal = evsignal_new(base, SIGUSR1, break_loop, base);
	struct bufferevent *stream;
	struct event *reader;
	int ends[2];

	make_pair(ends);
	stream = bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_enable(stream, EV_READ);
	reader = event_new(base, ends[1], EV_READ | EV_PERSIST, count, NULL);
	event_add(reader, NULL);
	event_add(on_signal, NULL);
	evbuffer_add(bufferevent_get_output(stream), bytes, LARGE);
	enter_sandbox();
	event_free(reader);
	event_free(on_signal);
	bufferevent_free(stream);
	event_base_free(base);
	libevent_global_shutdown();
}

const struct phase phases[] = {
    {"making a base", make_base},
    {"looping", loop},
    {"buffers", use_buffers},
    {"streams", use_streams},
    {"listeners", use_listeners},
    {"freeing", free_all},
    {NULL, NULL},
};
