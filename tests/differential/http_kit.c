/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shared parts of the programs about HTTP, see http_kit.h.
 */
#include "http_kit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/syscall.h>

struct event_base *http_base;

/* Plain sockets that are watched for movement. */
static int peers[64];
static int peer_count;

/* What is said of calls is the library's own affair. */
static void __attribute__((constructor)) log_apart(void)
{
	event_set_log_callback(kit_log_apart);
}

static void
wait_for_child(pid_t child)
{
	int status;

	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		say("\tdied: %s", strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		say("\tdied: exit %d", WEXITSTATUS(status));
}

static pid_t
begin_case(const char *name)
{
	pid_t child;

	say("-- %s", name);
	child = fork();
	if (child == 0) {
		alarm(20);
		http_base = kit_base();
	}
	return child;
}

void
http_case(const char *name, void (*run)(void))
{
	pid_t child = begin_case(name);

	if (child == 0) {
		run();
		exit(0);
	}
	wait_for_child(child);
}

void
http_case_with(const char *name, void (*run)(const void *), const void *arg)
{
	pid_t child = begin_case(name);

	if (child == 0) {
		run(arg);
		exit(0);
	}
	wait_for_child(child);
}

static int
bound_socket(int *port_out)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
		say("kit: no socket: %s", strerror(errno));
		exit(2);
	}
	*port_out = ntohs(address.sin_port);
	return fd;
}

int
http_listen(int *port_out)
{
	int fd = bound_socket(port_out);

	if (listen(fd, 20) < 0)
		exit(2);
	return fd;
}

/* The socket stays bound, so that the number goes to nobody else. */
int
http_closed_port(void)
{
	int port;

	bound_socket(&port);
	return port;
}

struct evhttp *
http_server(int *port_out)
{
	struct evhttp *http = evhttp_new(http_base);
	int fd = http_listen(port_out);

	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (!http || evhttp_accept_socket(http, fd) < 0) {
		say("kit: no server");
		exit(2);
	}
	return http;
}

static int
peer(int fd)
{
	int on = 1;

	if (fd < 0) {
		say("kit: no peer: %s", strerror(errno));
		exit(2);
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (peer_count < 64)
		peers[peer_count++] = fd;
	return fd;
}

int
http_connect(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		fd = -1;
	}
	return peer(fd);
}

int
http_accept(int listener)
{
	struct pollfd wait = {listener, POLLIN, 0};

	if (syscall(SYS_poll, &wait, 1, 0) != 1) {
		say("kit: nobody connects");
		return -1;
	}
	return peer(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

void
http_put(int fd, const char *bytes, size_t size)
{
	ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

	if (n < 0)
		say("put: %s", strerror(errno));
	else if ((size_t)n != size)
		say("put: short");
}

void
http_put_text(int fd, const char *text)
{
	http_put(fd, text, strlen(text));
}

void
http_reset(int fd)
{
	struct linger hard = {1, 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	for (int i = 0; i < peer_count; i++) {
		if (peers[i] == fd)
			peers[i] = -1;
	}
	close(fd);
}

/*
 * The kernel may deliver a little later: a turn in which nothing moves waits for that.  Nobody
 * waits for an acknowledgement that is delayed.
 */
void
http_turns(void)
{
	struct pollfd wait[64];
	int on = 1;

	for (int quiet = 0; quiet < 3; quiet++) {
		for (int i = 0; i < 4; i++)
			event_base_loop(http_base, EVLOOP_NONBLOCK);
		for (int i = 0; i < peer_count; i++) {
			setsockopt(peers[i], IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
			wait[i] = (struct pollfd){peers[i], 0, 0};
		}
		syscall(SYS_poll, wait, peer_count, 1);
	}
}

void
http_pass(int ms)
{
	virtual_advance_us((int64_t)ms * 1000);
	http_turns();
}

static size_t
escape(char *out, const char *bytes, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '\r' || c == '\n' || c == '\t')
			used += (size_t)sprintf(out + used, "\\%c",
			    c == '\r'   ? 'r'
			    : c == '\n' ? 'n'
					: 't');
		else if (c < 0x20 || c > 0x7e || c == '\\')
			used += (size_t)sprintf(out + used, "\\x%02x", c);
		else
			out[used++] = (char)c;
	}
	out[used] = '\0';
	return used;
}

static void
say_line(const char *prefix, const char *bytes, size_t size)
{
	static char text[4 * 65536 + 1];

	if (size > 6 && !strncmp(bytes, "Date: ", 6)) {
		say("%sDate: *\\r\\n", prefix);
		return;
	}
	if (size > 300) {
		escape(text, bytes, 40);
		say("%s%s... (%zu bytes)", prefix, text, size);
		return;
	}
	escape(text, bytes, size);
	say("%s%s", prefix, text);
}

void
http_say_bytes(const char *prefix, const char *bytes, size_t size)
{
	while (size > 0) {
		const char *end = memchr(bytes, '\n', size);
		size_t line = end ? (size_t)(end - bytes) + 1 : size;

		say_line(prefix, bytes, line);
		bytes += line;
		size -= line;
	}
}

void
http_say_line(const char *prefix, const char *text)
{
	say_line(prefix, text, strlen(text));
}

void
http_say_buffer(const char *prefix, struct evbuffer *buffer)
{
	size_t size = evbuffer_get_length(buffer);

	http_say_bytes(prefix, (const char *)evbuffer_pullup(buffer, -1), size);
}

static char received[(1 << 22) + 1];

static size_t
receive(int fd, const char **end_out)
{
	size_t size = 0;
	ssize_t n;

	while ((n = recv(fd, received + size, sizeof(received) - 1 - size, 0)) > 0)
		size += (size_t)n;
	*end_out = n == 0 ? "closed" : errno == EAGAIN ? "open" : strerror(errno);
	return size;
}

void
http_say_received(int fd)
{
	const char *end;
	size_t size = receive(fd, &end);

	http_say_bytes("< ", received, size);
	say("< (%s)", end);
}

/* The status lines among the bytes; a body may stand before one in the same line. */
static size_t
list_replies(char *out, size_t size, const char *bytes)
{
	size_t used = 0;

	while ((bytes = strstr(bytes, "HTTP/")) && used + 100 < size) {
		int length = (int)strcspn(bytes, "\r");

		if (strcspn(bytes, " ") < 12)
			used += (size_t)snprintf(out + used, size - used, "%s%.*s",
			    used ? ", " : "", length < 80 ? length : 80, bytes);
		bytes += length;
	}
	return used;
}

void
http_say_short(int fd)
{
	static char text[4096];
	const char *end;
	size_t size = receive(fd, &end);

	received[size] = '\0';
	if (list_replies(text, sizeof(text), received))
		say("< %s (%s)", text, end);
	else
		say("< %zu bytes (%s)", size, end);
}

const char *
http_method(int type)
{
	static const char *const names[] = {
	    "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"};
	static char odd[16];

	for (int i = 0; i < 9; i++) {
		if (type == 1 << i)
			return names[i];
	}
	snprintf(odd, sizeof(odd), "%d", type);
	return odd;
}

const char *
http_error(int error)
{
	static const char *const names[] = {
	    "TIMEOUT", "EOF", "INVALID_HEADER", "BUFFER_ERROR", "REQUEST_CANCEL", "DATA_TOO_LONG"};

	return error >= 0 && error < 6 ? names[error] : "?";
}

static void
say_field(const struct evkeyval *field)
{
	static char text[2][4 * 70000 + 1];

	escape(text[0], field->key, strlen(field->key));
	if (strlen(field->value) > 300)
		sprintf(text[1], "(%zu bytes)", strlen(field->value));
	else
		escape(text[1], field->value, strlen(field->value));
	say("  [%s]: [%s]", text[0], text[1]);
}

void
http_say_request(struct evhttp_request *req)
{
	struct evkeyval *field;
	const char *uri = evhttp_request_get_uri(req);

	if (uri && strlen(uri) > 200)
		uri = "(long)";
	say("%s %s %d.%d, code %d %s", http_method(evhttp_request_get_command(req)),
	    uri ? uri : "NULL", req->major, req->minor, req->response_code,
	    req->response_code_line ? req->response_code_line : "NULL");
	for (field = req->input_headers->tqh_first; field; field = field->next.tqe_next)
		say_field(field);
	http_say_buffer("  body ", req->input_buffer);
}

struct evbuffer *
http_text(const char *text)
{
	struct evbuffer *buffer = evbuffer_new();

	evbuffer_add(buffer, text, strlen(text));
	return buffer;
}
