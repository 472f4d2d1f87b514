/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The functions of event2/util.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/deny.h"
#include "support/suite.h"

/* The line that was logged last. */
static char logged[256];

static void
keep_line(int severity, const char *text)
{
	snprintf(logged, sizeof(logged), "%d %s", severity, text);
}

static int
option(evutil_socket_t fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

static evutil_socket_t
tcp_socket(int family)
{
	evutil_socket_t fd = socket(family, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

TEST_RANGE(evutil_socketpair__carries_bytes_both_ways, 0, 3)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	evutil_socket_t ends[2];
	char got[2] = {0};

	ck_assert_int_eq(evutil_socketpair(AF_UNIX, types[_i], 0, ends), 0);
	ck_assert_int_eq(write(ends[0], "a", 1), 1);
	ck_assert_int_eq(write(ends[1], "b", 1), 1);
	ck_assert_int_eq(read(ends[0], got, 1), 1);
	ck_assert_int_eq(read(ends[1], got + 1, 1), 1);

	ck_assert_int_eq(got[0], 'b');
	ck_assert_int_eq(got[1], 'a');
	evutil_closesocket(ends[0]);
	evutil_closesocket(ends[1]);
}

TEST(evutil_socketpair__wrong_arguments)
{
	evutil_socket_t ends[2];

	ck_assert_int_eq(evutil_socketpair(AF_INET, SOCK_STREAM, 0, ends), -1);
	ck_assert_int_eq(errno, EOPNOTSUPP);
	ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 99, ends), -1);
	ck_assert_int_eq(errno, EPROTONOSUPPORT);
	ck_assert_int_eq(evutil_socketpair(AF_UNIX, 77, 0, ends), -1);
}

TEST(evutil_make_socket_nonblocking__and_closeonexec)
{
	evutil_socket_t fd = tcp_socket(AF_INET);

	ck_assert_int_eq(evutil_make_socket_nonblocking(fd), 0);
	ck_assert_int_eq(evutil_make_socket_closeonexec(fd), 0);
	ck_assert_int_eq(evutil_make_socket_nonblocking(fd), 0);

	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(evutil_closesocket(fd), 0);
}

TEST(evutil_make_socket_nonblocking__bad_descriptor_logs_a_line)
{
	event_set_log_callback(keep_line);

	ck_assert_int_eq(evutil_make_socket_nonblocking(-1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_str_eq(logged, "2 fcntl(-1, F_GETFL): Bad file descriptor");
	ck_assert_int_eq(evutil_make_socket_closeonexec(12345), -1);
	ck_assert_str_eq(logged, "2 fcntl(12345, F_GETFD): Bad file descriptor");
}

TEST_IF(LVN_HAVE_LINUX, evutil_make_listen_socket_reuseable__bad_descriptor_logs_nothing)
{
	event_set_log_callback(keep_line);

	ck_assert_int_eq(evutil_make_listen_socket_reuseable(-1), -1);
	ck_assert_int_eq(evutil_make_listen_socket_reuseable_port(-1), -1);
	ck_assert_int_eq(evutil_make_listen_socket_ipv6only(-1), -1);
	ck_assert_int_eq(evutil_make_listen_socket_not_ipv6only(-1), -1);
	ck_assert_int_eq(evutil_make_tcp_listen_socket_deferred(-1), -1);
	ck_assert_int_eq(evutil_set_tcp_keepalive(-1, 1, 60), -1);
	ck_assert_int_eq(evutil_set_tcp_keepalive(-1, 0, 60), -1);
	ck_assert_int_eq(evutil_closesocket(-1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_str_eq(logged, "");
}

TEST_IF(LVN_HAVE_LINUX, evutil_make_listen_socket_reuseable__and_other_options)
{
	evutil_socket_t fd = tcp_socket(AF_INET6);

	ck_assert_int_eq(evutil_make_listen_socket_reuseable(fd), 0);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_REUSEADDR), 1);
	ck_assert_int_eq(evutil_make_listen_socket_reuseable_port(fd), 0);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_REUSEPORT), 1);
	ck_assert_int_eq(evutil_make_listen_socket_ipv6only(fd), 0);
	ck_assert_int_eq(option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	ck_assert_int_eq(evutil_make_listen_socket_not_ipv6only(fd), 0);
	ck_assert_int_eq(option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	ck_assert_int_eq(evutil_make_tcp_listen_socket_deferred(fd), 0);
	ck_assert_int_gt(option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
	evutil_closesocket(fd);
}

TEST_IF(LVN_HAVE_KEEPALIVE, evutil_set_tcp_keepalive__on_with_times_and_off)
{
	evutil_socket_t fd = tcp_socket(AF_INET);

	ck_assert_int_eq(evutil_set_tcp_keepalive(fd, 1, 60), 0);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 60);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 20);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
	ck_assert_int_eq(evutil_set_tcp_keepalive(fd, 0, 0), 0);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	evutil_closesocket(fd);
}

/* From now on the TCP option cannot be set; false where that cannot be had. */
static bool
without_option(evutil_socket_t fd, unsigned name)
{
	int value = 1;

	/* Some 32-bit platforms reach setsockopt through socketcall, which no filter sees into. */
	return deny_system_call_with(SYS_setsockopt, 2, name, ENOPROTOOPT) &&
	       setsockopt(fd, IPPROTO_TCP, (int)name, &value, sizeof(value)) < 0;
}

TEST_RANGE(
    evutil_set_tcp_keepalive__stays_off_when_a_time_cannot_be_set, 0, LVN_HAVE_KEEPALIVE ? 3 : 0)
{
	static const unsigned names[] = {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT};
	evutil_socket_t fd = tcp_socket(AF_INET);

	if (without_option(fd, names[_i])) {
		ck_assert_int_eq(evutil_set_tcp_keepalive(fd, 1, 60), -1);
		ck_assert_int_eq(errno, ENOPROTOOPT);
		ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	}
	evutil_closesocket(fd);
}

TEST_IF(LVN_HAVE_KEEPALIVE, evutil_set_tcp_keepalive__shortest_is_one_second)
{
	evutil_socket_t fd = tcp_socket(AF_INET);

	ck_assert_int_eq(evutil_set_tcp_keepalive(fd, 1, 1), 0);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 1);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 1);
	evutil_closesocket(fd);
}

TEST_IF(LVN_HAVE_KEEPALIVE, evutil_set_tcp_keepalive__stays_off_when_its_time_is_refused)
{
	evutil_socket_t fd = tcp_socket(AF_INET);

	ck_assert_int_eq(evutil_set_tcp_keepalive(fd, 1, 0), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(evutil_set_tcp_keepalive(fd, 1, -1), -1);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	evutil_closesocket(fd);
}

TEST(evutil_strtoll__any_base)
{
	char *rest;

	ck_assert_int_eq(evutil_strtoll("-9223372036854775808", NULL, 10), INT64_MIN);
	ck_assert_int_eq(evutil_strtoll("0x1fz", &rest, 0), 31);
	ck_assert_str_eq(rest, "z");
	errno = 0;
	ck_assert_int_eq(evutil_strtoll("9223372036854775808", NULL, 10), INT64_MAX);
	ck_assert_int_eq(errno, ERANGE);
}

static int
through_vsnprintf(char *text, size_t capacity, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = evutil_vsnprintf(text, capacity, format, args);
	va_end(args);
	return length;
}

TEST(evutil_snprintf__always_ends_with_zero)
{
	char text[4] = "###";

	ck_assert_int_eq(evutil_snprintf(text, 0, "%d", 12345), 0);
	ck_assert_str_eq(text, "###");
	ck_assert_int_eq(evutil_snprintf(text, sizeof(text), "%d", 12345), 5);
	ck_assert_str_eq(text, "123");
	ck_assert_int_eq(through_vsnprintf(text, 2, "%s", "xyz"), 3);
	ck_assert_str_eq(text, "x");
}

TEST(evutil_ascii_strcasecmp__ignores_case)
{
	ck_assert_int_eq(evutil_ascii_strcasecmp("Transfer-Encoding", "transfer-ENCODING"), 0);
	ck_assert_int_lt(evutil_ascii_strcasecmp("a", "B"), 0);
	ck_assert_int_gt(evutil_ascii_strcasecmp("B", "a"), 0);
	ck_assert_int_eq(evutil_ascii_strncasecmp("chunked;x", "CHUNKED;y", 8), 0);
	ck_assert_int_lt(evutil_ascii_strncasecmp("chunked;x", "CHUNKED;y", 9), 0);
}

TEST(evutil_date_rfc1123__form_of_http)
{
	time_t when = 784111777;
	struct tm utc;
	char text[64];

	gmtime_r(&when, &utc);
	ck_assert_int_eq(evutil_date_rfc1123(text, sizeof(text), &utc), 29);
	ck_assert_str_eq(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	ck_assert_int_eq(evutil_date_rfc1123(text, sizeof(text), NULL), 29);
	utc.tm_mon = 12;
	ck_assert_int_eq(evutil_date_rfc1123(text, sizeof(text), &utc), -1);
}

TEST(evutil_inet_ntop__and_pton)
{
	struct in6_addr v6;
	struct in_addr v4;
	char text[64];

	ck_assert_int_eq(evutil_inet_pton(AF_INET, "10.1.2.3", &v4), 1);
	ck_assert_str_eq(evutil_inet_ntop(AF_INET, &v4, text, sizeof(text)), "10.1.2.3");
	ck_assert_int_eq(evutil_inet_pton(AF_INET6, "fe80::10.1.2.3", &v6), 1);
	ck_assert_str_eq(evutil_inet_ntop(AF_INET6, &v6, text, sizeof(text)), "fe80::a01:203");
	ck_assert_int_eq(evutil_inet_pton(AF_INET6, "10.1.2.3", &v6), 0);
	ck_assert_int_eq(evutil_inet_pton(AF_UNIX, "10.1.2.3", &v6), -1);
	ck_assert_ptr_null(evutil_inet_ntop(AF_UNIX, &v6, text, sizeof(text)));
}

TEST(evutil_inet_ntop__short_buffer)
{
	struct in6_addr v6 = {{{[15] = 1}}};
	struct in_addr v4 = {htonl(0x0a010203)};
	char text[64] = "as before";

	ck_assert_ptr_null(evutil_inet_ntop(AF_INET6, &v6, text, 3));
	ck_assert_str_eq(text, "as before");
	ck_assert_str_eq(evutil_inet_ntop(AF_INET6, &v6, text, 4), "::1");
	ck_assert_ptr_null(evutil_inet_ntop(AF_INET, &v4, text, 0));
	ck_assert_str_eq(text, "::1");
	ck_assert_ptr_null(evutil_inet_ntop(AF_INET, &v4, text, 8));
	ck_assert_str_eq(text, "10.1.2.");
	ck_assert_str_eq(evutil_inet_ntop(AF_INET, &v4, text, 9), "10.1.2.3");
}

TEST(evutil_inet_pton_scope__reads_the_interface)
{
	struct in6_addr v6;
	struct in_addr v4;
	unsigned index = 99;

	ck_assert_int_eq(evutil_inet_pton_scope(AF_INET6, "fe80::1%lo", &v6, &index), 1);
	ck_assert_uint_eq(index, 1);
	ck_assert_int_eq(evutil_inet_pton_scope(AF_INET6, "fe80::1", &v6, &index), 1);
	ck_assert_uint_eq(index, 0);
	ck_assert_int_eq(evutil_inet_pton_scope(AF_INET6, "fe80::1%no-such-if", &v6, &index), 0);
	index = 99;
	ck_assert_int_eq(evutil_inet_pton_scope(AF_INET, "1.2.3.4", &v4, &index), 1);
	ck_assert_uint_eq(index, 0);
	ck_assert_int_eq(evutil_inet_pton_scope(AF_INET, "1.2.3.4%lo", &v4, &index), 0);
	ck_assert_int_eq(evutil_inet_pton_scope(AF_UNIX, "1.2.3.4", &v4, &index), -1);
}

TEST(evutil_parse_sockaddr_port__writes_the_size_of_the_address)
{
	struct sockaddr_storage space;
	struct sockaddr_in v4;
	int size = sizeof(space);

	memset(&space, 0xaa, sizeof(space));
	ck_assert_int_eq(
	    evutil_parse_sockaddr_port("1.2.3.4:80", (struct sockaddr *)&space, &size), 0);

	memcpy(&v4, &space, sizeof(v4));
	ck_assert_int_eq(size, sizeof(v4));
	ck_assert_int_eq(v4.sin_family, AF_INET);
	ck_assert_uint_eq(ntohs(v4.sin_port), 80);
	ck_assert_uint_eq(ntohl(v4.sin_addr.s_addr), 0x01020304);
	for (size_t i = sizeof(v4); i < sizeof(space); i++)
		ck_assert_int_eq(((const char *)&space)[i], 0);
}

TEST(evutil_parse_sockaddr_port__short_buffer)
{
	struct sockaddr_in6 v6;
	int size = sizeof(v6) - 1;

	memset(&v6, 0xaa, sizeof(v6));
	ck_assert_int_eq(evutil_parse_sockaddr_port("[::1]:80", (struct sockaddr *)&v6, &size), -1);
	ck_assert_int_eq(size, sizeof(v6) - 1);
	ck_assert_uint_eq(v6.sin6_port, 0xaaaa);
	size = -1;
	ck_assert_int_eq(evutil_parse_sockaddr_port("1.2.3.4", (struct sockaddr *)&v6, &size), -1);
	size = sizeof(v6);
	ck_assert_int_eq(
	    evutil_parse_sockaddr_port("1.2.3.4:0", (struct sockaddr *)&v6, &size), -1);
	ck_assert_int_eq(evutil_parse_sockaddr_port("[::1]:80", (struct sockaddr *)&v6, &size), 0);
}

TEST(evutil_sockaddr_cmp__is_an_order)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(1)};
	struct sockaddr_in b = {.sin_family = AF_INET, .sin_port = htons(2)};
	const struct sockaddr *left = (const struct sockaddr *)&a;
	const struct sockaddr *right = (const struct sockaddr *)&b;

	ck_assert_int_eq(evutil_sockaddr_cmp(left, right, 0), 0);
	ck_assert_int_lt(evutil_sockaddr_cmp(left, right, 1), 0);
	ck_assert_int_gt(evutil_sockaddr_cmp(right, left, 1), 0);
}

TEST(evutil_getaddrinfo__numeric_names)
{
	struct evutil_addrinfo hints = {
	    .ai_flags = EVUTIL_AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct evutil_addrinfo *list;
	struct sockaddr_in6 v6;

	ck_assert_int_eq(evutil_getaddrinfo("::1", "8080", &hints, &list), 0);

	ck_assert_ptr_null(list->ai_next);
	memcpy(&v6, list->ai_addr, sizeof(v6));
	ck_assert_uint_eq(ntohs(v6.sin6_port), 8080);
	ck_assert_int_eq(list->ai_protocol, IPPROTO_TCP);
	evutil_freeaddrinfo(list);
	evutil_freeaddrinfo(NULL);
}

TEST(evutil_gai_strerror__texts)
{
	struct evutil_addrinfo hints = {.ai_flags = EVUTIL_AI_NUMERICHOST};
	struct evutil_addrinfo *list;

	ck_assert_int_eq(evutil_getaddrinfo("localhost", "80", &hints, &list), EVUTIL_EAI_NONAME);
	ck_assert_int_eq(evutil_getaddrinfo(NULL, NULL, &hints, &list), EVUTIL_EAI_NONAME);
	hints.ai_family = 77;
	ck_assert_int_eq(evutil_getaddrinfo("::1", "80", &hints, &list), EVUTIL_EAI_FAMILY);
	ck_assert_str_eq(evutil_gai_strerror(0), "No error");
	ck_assert_str_eq(evutil_gai_strerror(EVUTIL_EAI_CANCEL), "Request canceled");
	ck_assert_str_eq(
	    evutil_gai_strerror(EVUTIL_EAI_NONAME), "nodename nor servname provided, or not known");
	ck_assert_ptr_nonnull(evutil_gai_strerror(123456));
}

TEST(evutil_secure_rng_get_bytes__differ_each_time)
{
	unsigned char first[32] = {0};
	unsigned char second[32] = {0};

	ck_assert_int_eq(evutil_secure_rng_init(), 0);
	evutil_secure_rng_get_bytes(first, sizeof(first));
	evutil_secure_rng_add_bytes("seed", 4);
	evutil_secure_rng_get_bytes(second, sizeof(second));

	ck_assert_mem_ne(first, second, sizeof(first));
}

TEST(evutil_secure_rng_set_urandom_device_file__is_read)
{
	char name[] = "/dev/zero";
	unsigned char bytes[32];
	unsigned char zeros[32] = {0};

	ck_assert_int_eq(evutil_secure_rng_set_urandom_device_file(name), 0);
	if (!deny_system_call(SYS_getrandom, EPERM))
		return;
	ck_assert_int_eq(evutil_secure_rng_init(), 0);
	evutil_secure_rng_get_bytes(bytes, sizeof(bytes));
	ck_assert_mem_eq(bytes, zeros, sizeof(bytes));
}

/* Leaves with a status of its own, which no other end has. */
static void
leave(int error)
{
	_exit(error == 1 && strstr(logged, "no source of random bytes") ? 42 : 43);
}

TEST_EXIT(evutil_secure_rng_get_bytes__no_source_ends_the_process, 42)
{
	char name[] = "/nonexistent/urandom";
	unsigned char bytes[32];

	if (!deny_system_call(SYS_getrandom, ENOSYS))
		_exit(42);
	evutil_secure_rng_set_urandom_device_file(name);
	ck_assert_int_eq(evutil_secure_rng_init(), -1);
	event_set_log_callback(keep_line);
	event_set_fatal_callback(leave);
	evutil_secure_rng_get_bytes(bytes, sizeof(bytes));
}

static int64_t
read_us(struct evutil_monotonic_timer *timer)
{
	struct timeval tv;

	ck_assert_int_eq(evutil_gettime_monotonic(timer, &tv), 0);
	ck_assert_int_ge(tv.tv_usec, 0);
	ck_assert_int_lt(tv.tv_usec, 1000000);
	return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

TEST_RANGE(evutil_gettime_monotonic__never_goes_back, 0, 5)
{
	static const int flags[] = {0, EV_MONOT_PRECISE, EV_MONOT_FALLBACK, 4, -1};
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
	int64_t last;

	ck_assert_int_eq(evutil_configure_monotonic_time(timer, flags[_i]), 0);
	last = read_us(timer);
	for (int i = 0; i < 1000; i++) {
		int64_t now = read_us(timer);

		ck_assert_int_ge(now, last);
		last = now;
	}
	evutil_monotonic_timer_free(timer);
}

TEST(evutil_gettime_monotonic__timer_that_was_not_configured)
{
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
	int64_t now = read_us(timer) / 1000000;

	ck_assert_int_le(now, (int64_t)time(NULL) + 1);
	ck_assert_int_ge(now, (int64_t)time(NULL) - 3600);
	evutil_monotonic_timer_free(timer);
}

TEST(evutil_configure_monotonic_time__null)
{
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
	struct timeval tv;

	ck_assert_int_eq(evutil_configure_monotonic_time(NULL, 0), -1);
	ck_assert_int_eq(evutil_gettime_monotonic(NULL, &tv), -1);
	ck_assert_int_eq(evutil_gettime_monotonic(timer, NULL), -1);
	evutil_monotonic_timer_free(timer);
	evutil_monotonic_timer_free(NULL);
}

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

TEST(evutil_monotonic_timer_new__out_of_memory)
{
	event_set_mem_functions(no_memory, realloc, free);

	ck_assert_ptr_null(evutil_monotonic_timer_new());
}
