/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file server: the files below a directory, with ranges and conditions, and an access log.
 *
 * usage: http_files DIRECTORY [PORT]
 *
 * It listens on this machine only, on a free port if none is given, and prints the port, then a line
 * for each request.  SIGTERM and SIGINT let the requests that are under way end.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <fcntl.h>
#include <levin/http.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRAIN_MS 10000

/* As the header of levin_http_reply_path() says. */
static int
status_of(int error)
{
	switch (error) {
	case EISDIR:
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
	case ELOOP:
	case EACCES:
		return HTTP_NOTFOUND;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return HTTP_SERVUNAVAIL;
	default:
		return HTTP_INTERNAL;
	}
}

static void
on_file(struct evhttp_request *request, void *arg)
{
	const int *directory = arg;
	const char *path = levin_http_request_get_segment(request, "*");

	if (levin_http_reply_path(request, *directory, path, NULL) == 0)
		return;
	if (errno == EPIPE)
		evhttp_request_free(request);
	else
		evhttp_send_error(request, status_of(errno), NULL);
}

static void
print_request(const struct levin_http_log_entry *entry, void *arg)
{
	(void)arg;
	printf("%s %s %s %d %llu bytes %lld us\n", entry->peer, entry->method ? entry->method : "-",
	    entry->target ? entry->target : "-", entry->code, (unsigned long long)entry->bytes_out,
	    (long long)(entry->head_us + entry->body_us + entry->wait_us + entry->reply_us));
	fflush(stdout);
}

static void
on_drained(struct evhttp *http, void *loop)
{
	(void)http;
	event_base_loopexit(loop, NULL);
}

static struct event_base *base;

static void
drain(evutil_socket_t signo, short what, void *http)
{
	(void)signo;
	(void)what;
	/* A second signal does not wait. */
	if (levin_http_server_drain(http, DRAIN_MS, on_drained, base) < 0)
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
serve(struct evhttp *http, int *directory, int port)
{
	const struct levin_http_server_settings settings = {
	    .keep_alive_timeout_ms = 10000, .write_timeout_ms = 30000, .connections = 1000};
	struct evhttp_bound_socket *bound =
	    evhttp_bind_socket_with_handle(http, "127.0.0.1", (ev_uint16_t)port);

	if (!bound || levin_http_server_configure(http, &settings) < 0 ||
	    levin_http_server_set_log(http, print_request, NULL) < 0 ||
	    levin_http_server_route(http, EVHTTP_REQ_GET, "/*", 0, on_file, directory) < 0 ||
	    print_port(bound) != 0)
		return 1;
	return event_base_dispatch(base) < 0;
}

static int
watch_signals(struct event_base *loop, struct event *on_signal[2], void *arg)
{
	on_signal[0] = evsignal_new(loop, SIGTERM, drain, arg);
	on_signal[1] = evsignal_new(loop, SIGINT, drain, arg);
	if (!on_signal[0] || !on_signal[1])
		return -1;
	return event_add(on_signal[0], NULL) < 0 || event_add(on_signal[1], NULL) < 0 ? -1 : 0;
}

static void
free_signals(struct event *on_signal[2])
{
	for (int i = 0; i < 2; i++)
		if (on_signal[i])
			event_free(on_signal[i]);
}

int
main(int argc, char **argv)
{
	int directory = argc > 1 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct event *on_signal[2] = {NULL, NULL};
	struct evhttp *http;
	int status = 1;

	if (directory < 0) {
		fprintf(stderr, "usage: http_files DIRECTORY [PORT]\n");
		return 2;
	}
	base = event_base_new();
	http = base ? evhttp_new(base) : NULL;
	if (http && watch_signals(base, on_signal, http) == 0)
		status = serve(http, &directory, argc > 2 ? atoi(argv[2]) : 0);
	if (status != 0)
		fprintf(stderr, "cannot serve\n");
	free_signals(on_signal);
	if (http)
		evhttp_free(http);
	if (base)
		event_base_free(base);
	close(directory);
	return status;
}
