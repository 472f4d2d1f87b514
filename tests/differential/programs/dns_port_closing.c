/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DNS server ports from their beginning to their end: arguments, who closes the socket when,
 * requests that are ended later, and a socket that takes no reply.
 */
#include "dns_port_kit.h"

#include <dlfcn.h>
#include <event2/dns_compat.h>
#include <event2/event_compat.h>

/* ---- A socket that takes no reply: so many calls fail, with this error ---- */

static int failures, failure;

static bool
fails(void)
{
	if (failures == 0)
		return false;
	failures--;
	errno = failure;
	return true;
}

ssize_t
sendto(
    int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t to_size)
{
	ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
	void *found = dlsym(RTLD_NEXT, "sendto");

	memcpy(&real, &found, sizeof(real));
	return fails() ? -1 : real(fd, data, size, flags, to, to_size);
}

int
sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	int (*real)(int, struct mmsghdr *, unsigned, int);
	void *found = dlsym(RTLD_NEXT, "sendmmsg");

	memcpy(&real, &found, sizeof(real));
	return fails() ? -1 : real(fd, messages, count, flags);
}

static void
ask_while_it_fails(int how_often, int error)
{
	put_query("a.b");
	failures = how_often;
	failure = error;
	send_query();
	for (int i = 0; i < 5; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	say_reply();
	failures = 0;
	ask();
	evdns_close_server_port(port);
	say_is_open("closed");
}

static void
full_socket(void)
{
	ask_while_it_fails(1, EAGAIN);
}

static void
refused_reply(void)
{
	ask_while_it_fails(2, EACCES);
}

/* ---- Arguments ---- */

static void
say_port(const char *text, struct evdns_server_port *made)
{
	say("  %s: %s", text, made ? "a port" : "none");
}

static void
arguments(void)
{
	say_port("flags", evdns_add_server_port_with_base(base, server, 1, on_query, NULL));
	say_port("descriptor that is not open",
	    evdns_add_server_port_with_base(base, 999, 0, on_query, NULL));
	say_port("no base", evdns_add_server_port_with_base(NULL, server, 0, on_query, NULL));
	say_port("no base, old function", evdns_add_server_port(server, 0, on_query, NULL));
}

static void
no_descriptor(void)
{
	say_port("descriptor -1", evdns_add_server_port_with_base(base, -1, 0, on_query, NULL));
}

static void
no_callback(void)
{
	int fd = kit_fixed(socket(AF_INET, SOCK_DGRAM, 0));

	say_port("no callback", evdns_add_server_port_with_base(base, fd, 0, NULL, NULL));
}

static void
no_port(void)
{
	evdns_close_server_port(NULL);
}

static void
current_base(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	base = event_init();
	bind(fd, (struct sockaddr *)&address, sizeof(address));
	getsockname(fd, (struct sockaddr *)&address, &size);
	connect(client, (struct sockaddr *)&address, size);
	say_port("old function", evdns_add_server_port(fd, 0, on_query, (void *)"query"));
	put_query("a.b");
	ask();
}

static void
mode_of_the_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	evdns_add_server_port_with_base(base, fd, 0, on_query, NULL);
	say("  the socket %s", fcntl(fd, F_GETFL) & O_NONBLOCK ? "does not block" : "blocks");
}

/* ---- The end ---- */

static struct evdns_server_request *held[8];
static int held_count;

static void
hold(struct evdns_server_request *request)
{
	held[held_count++] = request;
}

static void
closing(void)
{
	evdns_close_server_port(port);
	say_is_open("closed");
	kit_loop(base, 0);
}

static void
closing_with_requests(void)
{
	put_query("a.b");
	ask();
	ask();
	evdns_close_server_port(port);
	say_is_open("closed");
	event_base_loop(base, EVLOOP_NONBLOCK);
	say("  respond: %d", evdns_server_request_respond(held[0], 0));
	say_reply();
	say_is_open("one request is left");
	say("  drop: %d", evdns_server_request_drop(held[1]));
	say_is_open("none is left");
}

static void
query_after_closing(void)
{
	put_query("a.b");
	ask();
	evdns_close_server_port(port);
	ask();
}

static void
closing_after_the_base(void)
{
	put_query("a.b");
	ask();
	event_base_free(base);
	evdns_close_server_port(port);
	say_is_open("closed");
	say("  respond: %d", evdns_server_request_respond(held[0], 0));
	say_reply();
	say_is_open("none is left");
}

static void
answering_later(void)
{
	put_query("a.b");
	ask();
	say("  respond: %d", evdns_server_request_respond(held[0], 0));
	say_reply();
}

static void
close_inside(struct evdns_server_request *request)
{
	evdns_close_server_port(port);
	say_is_open("closed");
	say("  respond: %d", evdns_server_request_respond(request, 0));
	say_is_open("none is left");
}

static void
closing_inside(void)
{
	put_query("a.b");
	send_query();
	ask();
}

int
main(void)
{
	run_case("arguments", arguments);
	run_case("no descriptor", no_descriptor);
	run_case("no callback", no_callback);
	run_case("no port", no_port);
	run_case("the current base", current_base);
	run_case("mode of the socket", mode_of_the_socket);
	run_case("closing", closing);
	act = close_inside;
	run_case("closing inside the callback", closing_inside);
	act = hold;
	run_case("closing with requests", closing_with_requests);
	run_case("a query after closing with a request", query_after_closing);
	run_case("closing after the base", closing_after_the_base);
	run_case("answering later", answering_later);
	act = NULL;
	run_case("a full socket", full_socket);
	run_case("a refused reply", refused_reply);
	return 0;
}
