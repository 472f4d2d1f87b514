/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Uploads into files of a directory, piece by piece, with progress.
 *
 * usage: http_upload DIRECTORY [PORT]
 *
 * "curl -T FILE http://127.0.0.1:PORT/NAME" writes DIRECTORY/NAME.  It listens on this machine only,
 * on a free port if none is given, and prints the port, then how far each upload is.  SIGTERM and
 * SIGINT end it.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/util.h>
#include <fcntl.h>
#include <levin/http.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST          ((uint64_t)1024 * 1024 * 1024)
#define STEP          ((uint64_t)1024 * 1024)
#define PART          ".part" /* behind the name while a file is not complete */
#define NAME_MAX_SIZE 200

struct upload {
	int directory;
	int fd;
	uint64_t size;
	int has_failed;
	char name[NAME_MAX_SIZE + 1];
	char part[NAME_MAX_SIZE + sizeof(PART)];
};

/* ---- One upload ---- */

static void
on_data(struct evhttp_request *request, struct evbuffer *data, void *arg)
{
	struct upload *upload = arg;
	uint64_t before = upload->size;

	(void)request;
	while (!upload->has_failed && evbuffer_get_length(data) > 0) {
		int written = evbuffer_write(data, upload->fd);

		if (written <= 0)
			upload->has_failed = 1;
		else
			upload->size += (uint64_t)written;
	}
	if (upload->size / STEP > before / STEP)
		printf("%s: %llu MiB\n", upload->name, (unsigned long long)(upload->size / STEP));
}

static void
on_body_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	struct upload *upload = arg;
	int is_done = end == LEVIN_HTTP_COMPLETED && !upload->has_failed;

	if (close(upload->fd) < 0)
		is_done = 0;
	if (is_done &&
	    renameat(upload->directory, upload->part, upload->directory, upload->name) < 0)
		is_done = 0;
	if (!is_done)
		unlinkat(upload->directory, upload->part, 0);
	printf("%s: %llu bytes, %s\n", upload->name, (unsigned long long)upload->size,
	    is_done ? "complete" : "dropped");
	fflush(stdout);
	free(upload);
	/* After other ends the library replies, or there is nobody. */
	if (end == LEVIN_HTTP_COMPLETED && is_done)
		evhttp_send_reply(request, 201, NULL, NULL);
	else if (end == LEVIN_HTTP_COMPLETED)
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
}

static int
is_fine(const char *name)
{
	return name && *name != '.' && strlen(name) <= NAME_MAX_SIZE && !strchr(name, '/');
}

static struct upload *
open_upload(int directory, const char *name)
{
	struct upload *upload = calloc(1, sizeof(*upload));

	if (!upload)
		return NULL;
	upload->directory = directory;
	evutil_snprintf(upload->name, sizeof(upload->name), "%s", name);
	evutil_snprintf(upload->part, sizeof(upload->part), "%s" PART, name);
	upload->fd = openat(
	    directory, upload->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (upload->fd >= 0)
		return upload;
	free(upload);
	return NULL;
}

/* The head has come: a client that is refused here has not sent the body yet. */
static void
on_put(struct evhttp_request *request, void *arg)
{
	const int *directory = arg;
	const char *name = levin_http_request_get_segment(request, "name");
	struct upload *upload = is_fine(name) ? open_upload(*directory, name) : NULL;

	if (!upload) {
		evhttp_send_error(request, is_fine(name) ? 409 : HTTP_BADREQUEST, NULL);
		return;
	}
	if (levin_http_request_limit_body(request, MOST) == 0 &&
	    levin_http_request_read_body(request, on_data, on_body_end, upload) == 0)
		return;
	close(upload->fd);
	free(upload);
	evhttp_send_error(request, HTTP_INTERNAL, NULL);
}

/* ---- The server ---- */

static void
end(evutil_socket_t signo, short what, void *base)
{
	(void)signo;
	(void)what;
	event_base_loopexit(base, NULL);
}

static int
serve(struct event_base *base, struct evhttp *http, int *directory, int port)
{
	struct evhttp_bound_socket *bound =
	    evhttp_bind_socket_with_handle(http, "127.0.0.1", (ev_uint16_t)port);
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (!bound ||
	    levin_http_server_route(
		http, EVHTTP_REQ_PUT, "/{name}", LEVIN_HTTP_AT_HEAD, on_put, directory) < 0 ||
	    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) < 0)
		return 1;
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return event_base_dispatch(base) < 0;
}

static int
watch_signals(struct event_base *loop, struct event *on_signal[2], void *arg)
{
	on_signal[0] = evsignal_new(loop, SIGTERM, end, arg);
	on_signal[1] = evsignal_new(loop, SIGINT, end, arg);
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
	struct event_base *base;
	struct evhttp *http;
	int status = 1;

	if (directory < 0) {
		fprintf(stderr, "usage: http_upload DIRECTORY [PORT]\n");
		return 2;
	}
	base = event_base_new();
	http = base ? evhttp_new(base) : NULL;
	if (http && watch_signals(base, on_signal, base) == 0)
		status = serve(base, http, &directory, argc > 2 ? atoi(argv[2]) : 0);
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
