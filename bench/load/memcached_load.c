/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A load for memcached on loopback: c connections, each with one command
 * outstanding, one set for nine gets, every reply compared with what it must be.
 *
 * Prints the operations in a second; with the server's process number, after a tenth of the
 * operations more, also the processor time that it spent on one, from its threads' schedstat.  Uses no library: it
 * loads servers on any event loop alike.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define KEYS             1000
#define VALUE_SIZE       100
#define SET_EVERY        10
#define BUFFER_SIZE      512
#define MOST_CONNECTIONS 1000
/* A server that answers nothing for so long has lost a request. */
#define PATIENCE_MS 10000

/*
 * A connection always waits for exactly one reply:
 *   received <= expected_size; the first received bytes of expected have come.
 */
struct connection {
	int fd;
	unsigned next_key;
	long commands;
	char expected[BUFFER_SIZE];
	size_t expected_size;
	size_t received;
};

struct options {
	int port;
	int pid;
	int connections;
	long operations;
	long warm_up;
};

__attribute__((format(printf, 1, 2), noreturn)) static void
fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("memcached_load: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static long
parse_number(const char *option, const char *text, long most)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end || number < 1 || number > most)
		fail("%s wants a number from 1 to %ld, not '%s'", option, most, text);
	return number;
}

static void
parse_options(struct options *options, int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *option = argv[i];
		const char *text = argv[i + 1];

		if (strcmp(option, "--port") == 0)
			options->port = (int)parse_number(option, text, 65535);
		else if (strcmp(option, "--pid") == 0)
			options->pid = (int)parse_number(option, text, INT32_MAX);
		else if (strcmp(option, "--connections") == 0)
			options->connections = (int)parse_number(option, text, MOST_CONNECTIONS);
		else if (strcmp(option, "--operations") == 0)
			options->operations = parse_number(option, text, 1000000000);
		else
			fail("unknown option %s", option);
	}
	if (argc % 2 == 0 || !options->port)
		fail("usage: memcached_load --port N [--pid SERVER] [--connections N] "
		     "[--operations N]");
	options->warm_up = options->pid ? options->operations / 10 + 1 : 0;
}

/* ---- the server's processor time */

static int64_t
thread_cpu_ns(int pid, const char *thread)
{
	char path[300];
	FILE *file;
	unsigned long long cpu_ns = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid, thread);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &cpu_ns) != 1)
		fail("%s cannot be read", path);
	fclose(file);
	return (int64_t)cpu_ns;
}

static int64_t
process_cpu_ns(int pid)
{
	char path[64];
	DIR *threads;
	struct dirent *entry;
	int64_t sum_ns = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	threads = opendir(path);
	if (!threads)
		fail("no process %d", pid);
	while ((entry = readdir(threads)) != NULL) {
		if (entry->d_name[0] != '.')
			sum_ns += thread_cpu_ns(pid, entry->d_name);
	}
	closedir(threads);
	return sum_ns;
}

/* ---- commands */

static void
make_value(char *value, unsigned key)
{
	for (int i = 0; i < VALUE_SIZE; i++)
		value[i] = (char)('a' + (key + (unsigned)i) % 26);
}

static int
make_set(struct connection *connection, char *command, unsigned key, const char *value)
{
	int size = snprintf(connection->expected, BUFFER_SIZE, "STORED\r\n");

	connection->expected_size = (size_t)size;
	return snprintf(command, BUFFER_SIZE, "set key:%u 0 0 %d\r\n%.*s\r\n", key, VALUE_SIZE,
	    VALUE_SIZE, value);
}

static int
make_get(struct connection *connection, char *command, unsigned key, const char *value)
{
	int size = snprintf(connection->expected, BUFFER_SIZE,
	    "VALUE key:%u 0 %d\r\n%.*s\r\nEND\r\n", key, VALUE_SIZE, VALUE_SIZE, value);

	connection->expected_size = (size_t)size;
	return snprintf(command, BUFFER_SIZE, "get key:%u\r\n", key);
}

static void
send_command(struct connection *connection, unsigned key, int is_set)
{
	char value[VALUE_SIZE];
	char command[BUFFER_SIZE];
	int size;

	make_value(value, key);
	if (is_set)
		size = make_set(connection, command, key, value);
	else
		size = make_get(connection, command, key, value);
	connection->received = 0;
	if (send(connection->fd, command, (size_t)size, MSG_NOSIGNAL) != size)
		fail("send: %s", strerror(errno));
}

static void
send_next(struct connection *connection)
{
	unsigned key = connection->next_key++ % KEYS;

	send_command(connection, key, connection->commands++ % SET_EVERY == 0);
}

/* Returns 1 if the reply is complete. */
static int
receive_some(struct connection *connection)
{
	char bytes[BUFFER_SIZE];
	size_t missing = connection->expected_size - connection->received;
	ssize_t size = recv(connection->fd, bytes, sizeof(bytes), 0);

	if (size < 0)
		fail("recv: %s", strerror(errno));
	if (size == 0)
		fail("the server closed a connection");
	if ((size_t)size > missing ||
	    memcmp(bytes, connection->expected + connection->received, (size_t)size) != 0)
		fail("wrong reply: %.*s", (int)size, bytes);
	connection->received += (size_t)size;
	return connection->received == connection->expected_size;
}

/* ---- the load */

static void
connect_to(struct connection *connection, int port, unsigned first_key)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;

	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->fd < 0 ||
	    connect(connection->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("connect: %s", strerror(errno));
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection->next_key = first_key;
}

static void
store_all_keys(struct connection *connection)
{
	for (unsigned key = 0; key < KEYS; key++) {
		send_command(connection, key, 1);
		while (!receive_some(connection))
			;
	}
}

static struct connection *
open_connections(const struct options *options, int epoll_fd)
{
	struct connection *connections = calloc((size_t)options->connections, sizeof(*connections));

	if (!connections)
		fail("out of memory");
	for (int i = 0; i < options->connections; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};

		connect_to(&connections[i], options->port, (unsigned)i * 37);
		connections[i].commands = i;
		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connections[i].fd, &event) < 0)
			fail("epoll_ctl: %s", strerror(errno));
	}
	store_all_keys(&connections[0]);
	return connections;
}

/* Every connection sends until operations were answered; then all wait for what is under way. */
static void
load(const struct options *options, struct connection *connections, int epoll_fd, long operations)
{
	long to_send = operations;
	long to_receive = operations;

	for (int i = 0; i < options->connections && to_send > 0; i++, to_send--)
		send_next(&connections[i]);
	while (to_receive > 0) {
		struct epoll_event events[MOST_CONNECTIONS];
		int count = epoll_wait(epoll_fd, events, MOST_CONNECTIONS, PATIENCE_MS);

		if (count == 0 || (count < 0 && errno != EINTR))
			fail("no reply for %d ms, %ld missing", PATIENCE_MS, to_receive);
		for (int i = 0; i < count; i++) {
			struct connection *connection = events[i].data.ptr;

			if (!receive_some(connection))
				continue;
			to_receive--;
			if (to_send > 0) {
				send_next(connection);
				to_send--;
			}
		}
	}
}

static double
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int
main(int argc, char **argv)
{
	struct options options = {.connections = 50, .operations = 200000};
	struct connection *connections;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int64_t cpu_ns;
	double start_s;
	double span_s;

	parse_options(&options, argc, argv);
	if (epoll_fd < 0)
		fail("epoll_create1: %s", strerror(errno));
	connections = open_connections(&options, epoll_fd);
	load(&options, connections, epoll_fd, options.warm_up);
	cpu_ns = options.pid ? process_cpu_ns(options.pid) : 0;
	start_s = now_s();
	load(&options, connections, epoll_fd, options.operations);
	span_s = now_s() - start_s;
	if (options.pid) {
		cpu_ns = process_cpu_ns(options.pid) - cpu_ns;
		printf("cpu_per_op\tns\t%.6g\t%ld\n", (double)cpu_ns / (double)options.operations,
		    options.operations);
	}
	printf("rate\top/s\t%.6g\t%ld\n", (double)options.operations / span_s, options.operations);
	for (int i = 0; i < options.connections; i++)
		close(connections[i].fd);
	free(connections);
	close(epoll_fd);
	return 0;
}
