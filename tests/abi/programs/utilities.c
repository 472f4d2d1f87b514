/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that uses evutil_ functions, memory and log callbacks and the configuration of a
 * base.
 */
#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>

#include "which_library.h"

static int blocks;

static void *
count_alloc(size_t size)
{
	blocks++;
	return malloc(size);
}

static void *
count_realloc(void *block, size_t size)
{
	if (!block)
		blocks++;
	return realloc(block, size);
}

static void
count_free(void *block)
{
	if (block)
		blocks--;
	free(block);
}

static void
check_addresses(void)
{
	struct sockaddr_storage address;
	struct sockaddr_in *in = (struct sockaddr_in *)&address;
	struct evutil_addrinfo hints, *found = NULL;
	int size = sizeof(address);
	char text[64];

	MUST(evutil_parse_sockaddr_port("127.0.0.1:80", (struct sockaddr *)&address, &size) == 0);
	MUST(size == (int)sizeof(*in) && in->sin_family == AF_INET && ntohs(in->sin_port) == 80);
	MUST(evutil_inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)) == text);
	MUST(strcmp(text, "127.0.0.1") == 0);
	memset(&hints, 0, sizeof(hints));
	hints.ai_flags = EVUTIL_AI_NUMERICHOST;
	hints.ai_socktype = SOCK_STREAM;
	MUST(evutil_getaddrinfo("127.0.0.1", "80", &hints, &found) == 0);
	MUST(evutil_sockaddr_cmp(found->ai_addr, (struct sockaddr *)&address, 1) == 0);
	evutil_freeaddrinfo(found);
}

static void
check_text(void)
{
	char text[8];
	char *end;

	MUST(evutil_snprintf(text, sizeof(text), "%s", "0123456789") == 10);
	MUST(strcmp(text, "0123456") == 0);
	MUST(evutil_strtoll("-9000000000x", &end, 10) == -9000000000LL && *end == 'x');
	MUST(evutil_ascii_strcasecmp("AbC", "aBc") == 0);
	MUST(evutil_ascii_strncasecmp("AbCd", "aBcE", 3) == 0);
}

static void
check_sockets(void)
{
	evutil_socket_t ends[2];
	unsigned char random[16] = {0};
	const unsigned char zero[16] = {0};

	MUST(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	MUST(evutil_make_socket_nonblocking(ends[0]) == 0);
	MUST(evutil_make_socket_closeonexec(ends[0]) == 0);
	MUST(evutil_closesocket(ends[0]) == 0 && evutil_closesocket(ends[1]) == 0);
	evutil_secure_rng_get_bytes(random, sizeof(random));
	MUST(memcmp(random, zero, sizeof(zero)) != 0);
}

int
main(int argc, char **argv)
{
	struct event_config *config;
	struct event_base *base;

	expect_library(argc, argv);
	event_set_mem_functions(count_alloc, count_realloc, count_free);
	MUST(strncmp(event_get_version(), "2.1.", 4) == 0);
	MUST(event_get_version_number() == LIBEVENT_VERSION_NUMBER);
	config = event_config_new();
	MUST(event_config_avoid_method(config, "epoll") == 0);
	MUST(event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0);
	MUST(blocks > 0);
	base = event_base_new_with_config(config);
	MUST(base != NULL);
	MUST(strcmp(event_base_get_method(base), "poll") == 0);
	event_config_free(config);
	event_base_free(base);
	check_addresses();
	check_text();
	check_sockets();
	libevent_global_shutdown();
	MUST(blocks == 0);
	return 0;
}
