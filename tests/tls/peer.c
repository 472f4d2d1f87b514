/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server and a client over TLS, as programs of libevent write them, for conversations with other
 * programs.
 *
 *   tls_peer server    listens at a free port of 127.0.0.1 and says "port N"; sends each line
 *                      back, but closes after "end"; answers what looks like a request of HTTP
 *   tls_peer client    connects to --port of localhost or to --socket, sends what --send says,
 *                      and prints what comes until there is the text of --until or the end
 *
 * Both say on standard error how each connection has ended.
 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <getopt.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct {
	const char *certificates;
	const char *name; /* of the certificate, or that the server's must have */
	const char *send;
	const char *until;
	const char *socket;
	int port;
	int version;
	bool over_stream;
	size_t times; /* how often `send` is sent */
} options = {.certificates = ".", .name = "server", .send = "", .times = 1};

static struct event_base *base;
static SSL_CTX *context;
static int status;

static void
give_up(const char *what)
{
	unsigned long error = ERR_peek_error();

	fprintf(
	    stderr, "tls_peer: %s: %s\n", what, error ? ERR_reason_error_string(error) : "failed");
	exit(2);
}

static const char *
file(const char *name, const char *end)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/%s.%s", options.certificates, name, end);
	return path;
}

static void
make_context(bool is_client)
{
	context = SSL_CTX_new(TLS_method());
	if (!context)
		give_up("SSL_CTX_new");
	if (options.version) {
		SSL_CTX_set_min_proto_version(context, options.version);
		SSL_CTX_set_max_proto_version(context, options.version);
	}
	if (is_client) {
		if (SSL_CTX_load_verify_locations(context, file("ca", "pem"), NULL) != 1)
			give_up("ca.pem");
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
		return;
	}
	if (SSL_CTX_use_certificate_chain_file(context, file(options.name, "pem")) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, file(options.name, "key"), SSL_FILETYPE_PEM) != 1)
		give_up(options.name);
}

static struct bufferevent *
make_stream(evutil_socket_t fd, bool is_client)
{
	enum bufferevent_ssl_state state =
	    is_client ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING;
	SSL *ssl = SSL_new(context);
	struct bufferevent *below, *bev;

	if (!ssl)
		give_up("SSL_new");
	if (is_client &&
	    (!SSL_set_tlsext_host_name(ssl, options.name) || !SSL_set1_host(ssl, options.name)))
		give_up("name");
	if (!options.over_stream) {
		bev = bufferevent_openssl_socket_new(base, fd, ssl, state, BEV_OPT_CLOSE_ON_FREE);
	} else {
		below = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
		bev =
		    bufferevent_openssl_filter_new(base, below, ssl, state, BEV_OPT_CLOSE_ON_FREE);
	}
	if (!bev)
		give_up("no stream");
	return bev;
}

/* Says what has happened, in one line. */
static void
say_event(struct bufferevent *bev, short what)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	unsigned long error = bufferevent_get_openssl_error(bev);

	if (what & BEV_EVENT_CONNECTED)
		fprintf(
		    stderr, "connected %s %s\n", SSL_get_version(ssl), SSL_get_cipher_name(ssl));
	else
		fprintf(stderr, "%s%s%s\n",
		    what & BEV_EVENT_EOF       ? "closed"
		    : what & BEV_EVENT_TIMEOUT ? "timeout"
					       : "error",
		    error ? ": " : "",
		    error && ERR_reason_error_string(error) ? ERR_reason_error_string(error) : "");
}

/* ---- the server */

static void
close_when_sent(struct bufferevent *bev, void *arg)
{
	(void)arg;
	if (evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		bufferevent_free(bev);
}

static void
answer_request(struct bufferevent *bev)
{
	struct evbuffer *output = bufferevent_get_output(bev);

	evbuffer_add_printf(output, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n");
}

static void
on_line(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	static bool is_request;
	size_t size;
	char *line;

	(void)arg;
	while ((line = evbuffer_readln(input, &size, EVBUFFER_EOL_CRLF)) != NULL) {
		bool is_end = strcmp(line, "end") == 0;

		if (strstr(line, " HTTP/1."))
			is_request = true;
		else if (is_request && size == 0)
			answer_request(bev);
		else if (!is_request && !is_end)
			evbuffer_add_printf(bufferevent_get_output(bev), "%s\n", line);
		is_request = is_request && size > 0;
		free(line);
		if (is_end) {
			bufferevent_setcb(bev, NULL, close_when_sent, NULL, NULL);
			bufferevent_trigger(bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
			return;
		}
	}
}

static void
on_server_event(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	say_event(bev, what);
	if (!(what & BEV_EVENT_CONNECTED))
		bufferevent_free(bev);
}

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	struct bufferevent *bev = make_stream(fd, false);

	(void)listener;
	(void)address;
	(void)size;
	(void)arg;
	bufferevent_setcb(bev, on_line, NULL, on_server_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static void
serve(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct evconnlistener *listener = evconnlistener_new_bind(base, on_accepted, NULL,
	    LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address, sizeof(address));

	if (!listener ||
	    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size))
		give_up("no listener");
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	event_base_dispatch(base);
}

/* ---- the client */

static void
print_input(struct bufferevent *bev)
{
	char bytes[4096];
	size_t size;

	while ((size = bufferevent_read(bev, bytes, sizeof(bytes))) > 0)
		fwrite(bytes, 1, size, stdout);
	fflush(stdout);
}

static void
on_answer(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);

	(void)arg;
	if (!options.until ||
	    evbuffer_search(input, options.until, strlen(options.until), NULL).pos < 0)
		return;
	print_input(bev);
	bufferevent_free(bev);
	event_base_loopexit(base, NULL);
}

static void
on_client_event(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	say_event(bev, what);
	if (what & BEV_EVENT_CONNECTED) {
		for (size_t i = 0; i < options.times; i++)
			bufferevent_write(bev, options.send, strlen(options.send));
		return;
	}
	status = what & BEV_EVENT_EOF ? 0 : 1;
	print_input(bev);
	bufferevent_free(bev);
	event_base_loopexit(base, NULL);
}

static void
ask(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)options.port)};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct bufferevent *bev;
	int fd = -1;

	if (options.over_stream || options.socket) {
		fd = socket(options.socket ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
		if (options.socket)
			strncpy(local.sun_path, options.socket, sizeof(local.sun_path) - 1);
		if (connect(fd,
			options.socket ? (struct sockaddr *)&local : (struct sockaddr *)&address,
			options.socket ? sizeof(local) : sizeof(address)) < 0)
			give_up("connect");
		evutil_make_socket_nonblocking(fd);
	}
	bev = make_stream(fd, true);
	bufferevent_setcb(bev, on_answer, NULL, on_client_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	if (fd < 0 &&
	    bufferevent_socket_connect(bev, (struct sockaddr *)&address, sizeof(address)) < 0)
		give_up("bufferevent_socket_connect");
	event_base_dispatch(base);
}

static const char usage[] =
    "usage: %s [options] server|client\n"
    "  -c, --certificates FOLDER\n"
    "  -n, --name NAME     of the server's certificate, or that it must be for\n"
    "  -p, --port N        to connect to\n"
    "  -u, --socket PATH   the same\n"
    "  -s, --send TEXT     once connected\n"
    "  -t, --times N       how often\n"
    "  -U, --until TEXT    when to close\n"
    "  -V, --version 2|3   TLS 1.2 or 1.3 alone\n"
    "  -f, --filter        over a socket stream\n";

static void
read_options(int argc, char **argv)
{
	static const struct option names[] = {
	    {"certificates", required_argument, NULL, 'c'},
	    {"name", required_argument, NULL, 'n'},
	    {"port", required_argument, NULL, 'p'},
	    {"socket", required_argument, NULL, 'u'},
	    {"send", required_argument, NULL, 's'},
	    {"times", required_argument, NULL, 't'},
	    {"until", required_argument, NULL, 'U'},
	    {"version", required_argument, NULL, 'V'},
	    {"filter", no_argument, NULL, 'f'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:n:p:u:s:t:U:V:f", names, NULL)) != -1) {
		switch (option) {
		case 'c':
			options.certificates = optarg;
			break;
		case 'n':
			options.name = optarg;
			break;
		case 'p':
			options.port = atoi(optarg);
			break;
		case 'u':
			options.socket = optarg;
			break;
		case 's':
			options.send = optarg;
			break;
		case 't':
			options.times = strtoul(optarg, NULL, 0);
			break;
		case 'U':
			options.until = optarg;
			break;
		case 'V':
			options.version = optarg[0] == '2' ? TLS1_2_VERSION : TLS1_3_VERSION;
			break;
		case 'f':
			options.over_stream = true;
			break;
		default:
			fprintf(stderr, usage, argv[0]);
			exit(2);
		}
	}
}

int
main(int argc, char **argv)
{
	read_options(argc, argv);
	if (optind + 1 != argc) {
		fprintf(stderr, usage, argv[0]);
		return 2;
	}
	base = event_base_new();
	if (!base)
		give_up("no base");
	make_context(strcmp(argv[optind], "client") == 0);
	if (strcmp(argv[optind], "client") == 0)
		ask();
	else
		serve();
	event_base_free(base);
	SSL_CTX_free(context);
	return status;
}
