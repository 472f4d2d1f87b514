/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server for tests with other programs.  It prints its port, then "METHOD TARGET" for each
 * request if asked to; replies are "METHOD TARGET SIZE", the last being that of the body; "/large"
 * has a megabyte, and "/statistics" says how many connections there are.  It ends with its input.
 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGE_SIZE = 1 << 20 };

static bool prints;
static char large[LARGE_SIZE];

static const char *
name_of(enum evhttp_cmd_type type)
{
	static const char *const names[] = {
	    "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (type == (enum evhttp_cmd_type)(1 << i))
			return names[i];
	return "?";
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct evhttp *http = arg;
	const char *target = evhttp_request_get_uri(request);
	const char *method = name_of(evhttp_request_get_command(request));
	size_t size = evbuffer_get_length(evhttp_request_get_input_buffer(request));
	struct evbuffer *body = evbuffer_new();

	if (!body) {
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	if (prints) {
		printf("%s %s\n", method, target);
		fflush(stdout);
	}
	if (strcmp(target, "/statistics") == 0)
		evbuffer_add_printf(body, "%d\n", evhttp_get_connection_count(http));
	else if (strcmp(target, "/large") == 0)
		evbuffer_add_reference(body, large, sizeof(large), NULL, NULL);
	else
		evbuffer_add_printf(body, "%s %s %zu\n", method, target, size);
	evhttp_send_reply(request, HTTP_OK, NULL, body);
	evbuffer_free(body);
}

static void
on_input(evutil_socket_t fd, short what, void *base)
{
	char bytes[100];

	(void)what;
	if (read((int)fd, bytes, sizeof(bytes)) <= 0)
		event_base_loopbreak(base);
}

static uint16_t
port_of(struct evhttp_bound_socket *bound)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) < 0)
		return 0;
	return ntohs(address.sin_port);
}

static void
limit_descriptors(rlim_t most)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		exit(EXIT_FAILURE);
	limit.rlim_cur = most > 0 && most < limit.rlim_max ? most : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		exit(EXIT_FAILURE);
}

/* So many MiB more than there are now. */
static void
limit_memory(rlim_t mib)
{
	struct rlimit limit;
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%lu", &pages) != 1 || getrlimit(RLIMIT_AS, &limit) < 0)
		exit(EXIT_FAILURE);
	fclose(file);
	limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (mib << 20);
	if (setrlimit(RLIMIT_AS, &limit) < 0)
		exit(EXIT_FAILURE);
}

static void
serve(struct event_base *base, struct evhttp *http)
{
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, "0.0.0.0", 0);
	struct event *input = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, base);

	if (!bound || !input || event_add(input, NULL) < 0)
		exit(EXIT_FAILURE);
	evhttp_set_gencb(http, on_request, http);
	printf("%" PRIu16 "\n", port_of(bound));
	fflush(stdout);
	event_base_dispatch(base);
	event_free(input);
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct evhttp *http = evhttp_new(base);
	rlim_t descriptors = 0;
	rlim_t mib = 0;
	int timeout = 50;
	int option;

	while ((option = getopt(argc, argv, "pd:m:t:")) != -1) {
		if (option == 'p')
			prints = true;
		else if (option == 'd')
			descriptors = (rlim_t)strtoul(optarg, NULL, 10);
		else if (option == 'm')
			mib = (rlim_t)strtoul(optarg, NULL, 10);
		else if (option == 't')
			timeout = atoi(optarg);
		else {
			fprintf(stderr, "usage: %s [-p] [-d DESCRIPTORS] [-m MIB] [-t TIMEOUT]\n",
			    argv[0]);
			return 2;
		}
	}
	/* Clients leave. */
	signal(SIGPIPE, SIG_IGN);
	if (!base || !http)
		return EXIT_FAILURE;
	limit_descriptors(descriptors);
	evhttp_set_timeout(http, timeout);
	if (mib > 0)
		limit_memory(mib);
	memset(large, 'x', sizeof(large));
	serve(base, http);
	evhttp_free(http);
	event_base_free(base);
	return EXIT_SUCCESS;
}
