/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file server: a client sends the name of a file in a line and is sent its bytes.  They go
 * from the file to the socket without passing through this program.
 *
 * usage: file_server DIRECTORY
 *
 * It listens on a free port of this machine, which it prints, and serves the files that lie in
 * the directory itself.
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

enum { NAME_MOST = 255 };

static int directory;

static void
close_it(struct bufferevent *bev, void *arg)
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

/* The descriptor belongs to the output from here on. */
static void
send_file(struct bufferevent *bev, int fd)
{
	struct stat about;

	if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode) || about.st_size == 0) {
		close(fd);
		bufferevent_free(bev);
		return;
	}
	bufferevent_setcb(bev, NULL, close_it, on_event, NULL);
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
		if (evbuffer_get_length(input) > NAME_MOST)
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
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)listener;
	(void)address;
	(void)size;
	if (!bev) {
		close(fd);
		return;
	}
	bufferevent_setcb(bev, on_read, NULL, on_event, NULL);
	bufferevent_enable(bev, EV_READ);
}

static void
on_signal(evutil_socket_t signo, short what, void *base)
{
	(void)signo;
	(void)what;
	event_base_loopbreak(base);
}

static void
print_port(struct evconnlistener *listener)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size);
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address;
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *ending;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = evconnlistener_new_bind(base, on_connection, base,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1, (struct sockaddr *)&address,
	    sizeof(address));
	if (!base || !listener) {
		fprintf(stderr, "listen: %s\n", strerror(errno));
		return 1;
	}
	ending = evsignal_new(base, SIGTERM, on_signal, base);
	event_add(ending, NULL);
	print_port(listener);

	event_base_dispatch(base);

	event_free(ending);
	evconnlistener_free(listener);
	event_base_free(base);
	close(directory);
	return 0;
}
