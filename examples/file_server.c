/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file server: a client sends the name of a file in a line, the server sends the file and
 * closes the connection.  The kernel copies the file to the socket (sendfile).
 *
 * usage: file_server DIRECTORY
 *
 * It listens on a free port of this machine, prints the port, and serves the files of that
 * directory, not those of its subdirectories.  It closes a connection on which nothing moves for a
 * minute.  After SIGTERM it accepts no more clients, and ends when the last one has left.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_SIZE = 255 };

struct server {
	struct evconnlistener *listener;
	struct event *on_term;
};

static int directory;

static void
on_all_sent(struct bufferevent *bev, void *arg)
{
	(void)arg;
	bufferevent_free(bev);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(bev);
}

/* Hands the descriptor over to the output, which closes it. */
static void
send_file(struct bufferevent *bev, int fd)
{
	struct stat about;

	if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode) || about.st_size == 0) {
		close(fd);
		bufferevent_free(bev);
		return;
	}
	bufferevent_setcb(bev, NULL, on_all_sent, on_event, NULL);
	if (evbuffer_add_file(bufferevent_get_output(bev), fd, 0, about.st_size) < 0) {
		close(fd);
		bufferevent_free(bev);
	}
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	char *name = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF);
	int fd;

	(void)arg;
	if (!name) {
		if (evbuffer_get_length(input) > NAME_MAX_SIZE)
			bufferevent_free(bev);
		return;
	}
	bufferevent_disable(bev, EV_READ);
	fd = strchr(name, '/') ? -1 : openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	free(name);
	if (fd < 0)
		bufferevent_free(bev);
	else
		send_file(bev, fd);
}

static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *base)
{
	const struct timeval minute = {60, 0};
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)listener;
	(void)address;
	(void)size;
	if (!bev) {
		evutil_closesocket(fd);
		return;
	}
	bufferevent_setcb(bev, on_read, NULL, on_event, NULL);
	if (bufferevent_set_timeouts(bev, &minute, &minute) != 0 ||
	    bufferevent_enable(bev, EV_READ) != 0)
		bufferevent_free(bev);
}

/* Stops what keeps the loop running; the connections that are left go on. */
static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct server *server = arg;

	(void)signo;
	(void)what;
	event_del(server->on_term);
	evconnlistener_disable(server->listener);
}

static int
print_port(struct evconnlistener *listener)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size) != 0)
		return -1;
	printf("%d\n", ntohs(address.sin_port));
	return fflush(stdout);
}

static int
serve(struct event_base *base)
{
	struct sockaddr_in address;
	struct server server;
	int result = -1;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.on_term = evsignal_new(base, SIGTERM, on_signal, &server);
	server.listener = evconnlistener_new_bind(base, on_connection, base,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1, (struct sockaddr *)&address,
	    sizeof(address));
	if (server.listener && server.on_term && event_add(server.on_term, NULL) == 0 &&
	    print_port(server.listener) == 0)
		result = event_base_dispatch(base);
	if (result < 0)
		fprintf(stderr, "file_server: %s\n", strerror(errno));
	if (server.on_term)
		event_free(server.on_term);
	if (server.listener)
		evconnlistener_free(server.listener);
	return result;
}

int
main(int argc, char **argv)
{
	struct event_base *base;
	int result = -1;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	if (base) {
		result = serve(base);
		event_base_free(base);
	}
	close(directory);
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
