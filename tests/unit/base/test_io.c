/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/addrinfo.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "support/deny.h"
#include "support/suite.h"

enum { SIMULATED = LVN_IO_FIRST_SIMULATED_FD + 3 };

/* The calls that the simulated world has had, one after the other. */
static char calls[256];

static int
note(const char *name, int fd, long answer)
{
	size_t length = strlen(calls);

	ck_assert_int_eq(fd, SIMULATED);
	snprintf(calls + length, sizeof(calls) - length, "%s ", name);
	return (int)answer;
}

static ssize_t
fake_receive(int fd, const struct iovec *vectors, int count, struct sockaddr *from, unsigned *size)
{
	if (from)
		*size = 6;
	return note(from ? "receive_from" : "receive", fd, count + (long)vectors[0].iov_len);
}

static ssize_t
fake_send(int fd, const struct iovec *vectors, int count, const struct sockaddr *to, unsigned size)
{
	return note(to ? "send_to" : "send", fd, count + (long)vectors[0].iov_len + (long)size);
}

static int
fake_bind(int fd, const struct sockaddr *address, unsigned size)
{
	(void)address;
	return note("bind", fd, (long)size);
}

static int
fake_listen(int fd, int backlog)
{
	return note("listen", fd, backlog);
}

static int
fake_accept(int fd, struct sockaddr *address, unsigned *size)
{
	(void)address;
	*size = 5;
	return note("accept", fd, SIMULATED + 1);
}

static int
fake_connect(int fd, const struct sockaddr *address, unsigned size)
{
	(void)address;
	(void)size;
	return note("connect", fd, -EINPROGRESS);
}

static int
fake_name(int fd, bool of_peer, struct sockaddr *address, unsigned *size)
{
	(void)address;
	(void)size;
	return note(of_peer ? "peer_name" : "name", fd, 0);
}

static int
fake_set_option(int fd, int level, int option, int value)
{
	(void)level;
	(void)option;
	return note("set_option", fd, value);
}

static int
fake_shutdown(int fd, int how)
{
	return note("shutdown", fd, how);
}

static int
fake_socket_error(int fd)
{
	return note("socket_error", fd, ECONNRESET);
}

static int
fake_close(int fd)
{
	return note("close", fd, 7);
}

/* A world of which only the address counts. */
#define WORLD ((struct io_world *)(void *)calls)

static int
fake_socket(struct io_world *world, int family, int type)
{
	ck_assert_ptr_eq(world, WORLD);
	ck_assert_int_eq(type, SOCK_DGRAM);
	return note("socket", SIMULATED, family);
}

static int
fake_random(struct io_world *world, void *data, size_t size)
{
	ck_assert_ptr_eq(world, WORLD);
	memset(data, 7, size);
	return note("random", SIMULATED, 0);
}

static const char *
fake_file(struct io_world *world, const char *path, size_t *size_out)
{
	ck_assert_ptr_eq(world, WORLD);
	*size_out = 5;
	return strcmp(path, "/there") == 0 ? "hello" : NULL;
}

static int
fake_look_up(struct io_world *world, const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **list_out)
{
	ck_assert_ptr_eq(world, WORLD);
	(void)service;
	(void)hints;
	(void)list_out;
	return note(node, SIMULATED, EAI_NONAME);
}

static const struct io_ops fake_ops = {
    .socket = fake_socket,
    .random = fake_random,
    .file = fake_file,
    .look_up = fake_look_up,
    .receive = fake_receive,
    .send = fake_send,
    .bind = fake_bind,
    .listen = fake_listen,
    .accept = fake_accept,
    .connect = fake_connect,
    .name = fake_name,
    .set_option = fake_set_option,
    .socket_error = fake_socket_error,
    .shutdown = fake_shutdown,
    .close = fake_close,
};

static char logged[256];

static void
keep_line(int severity, const char *text)
{
	(void)severity;
	snprintf(logged, sizeof(logged), "%s", text);
}

TEST(lvn_io__a_simulated_number_goes_to_the_simulated_world)
{
	struct iovec vectors[2] = {{NULL, 0}, {NULL, 0}};
	struct sockaddr address;
	unsigned size = 0;
	char data[4];

	lvn_io_set_simulated(&fake_ops);
	ck_assert_int_eq(lvn_io_read(SIMULATED, data, 3), 4);
	ck_assert_int_eq(lvn_io_write(SIMULATED, data, 2), 3);
	ck_assert_int_eq(lvn_io_readv(SIMULATED, vectors, 2), 2);
	ck_assert_int_eq(lvn_io_writev(SIMULATED, vectors, 1), 1);
	ck_assert_int_eq(lvn_io_recvfrom(SIMULATED, data, 3, &address, &size), 4);
	ck_assert_uint_eq(size, 6);
	ck_assert_int_eq(lvn_io_sendto(SIMULATED, data, 3, &address, 10), 14);
	ck_assert_int_eq(lvn_io_bind(SIMULATED, &address, 11), 11);
	ck_assert_int_eq(lvn_io_listen(SIMULATED, 12), 12);
	ck_assert_int_eq(lvn_io_accept(SIMULATED, NULL, &size, 0), SIMULATED + 1);
	ck_assert_uint_eq(size, 5);
	ck_assert_int_eq(lvn_io_connect(SIMULATED, NULL, 16), -1);
	ck_assert_int_eq(errno, EINPROGRESS);
	ck_assert_int_eq(lvn_io_getsockname(SIMULATED, &address, &size), 0);
	ck_assert_int_eq(lvn_io_getpeername(SIMULATED, &address, &size), 0);
	ck_assert_int_eq(lvn_io_set_option(SIMULATED, SOL_SOCKET, SO_REUSEADDR, 1), 1);
	ck_assert_int_eq(lvn_io_shutdown(SIMULATED, SHUT_WR), SHUT_WR);
	ck_assert_int_eq(lvn_io_socket_error(SIMULATED), ECONNRESET);
	ck_assert_int_eq(lvn_io_close(SIMULATED), 7);

	ck_assert_str_eq(calls,
	    "receive send receive send receive_from send_to bind listen accept connect name "
	    "peer_name set_option shutdown socket_error close ");
}

TEST(lvn_io__what_has_no_descriptor_goes_to_the_world_given)
{
	char bytes[3] = {0};
	struct addrinfo *list;

	lvn_io_set_simulated(&fake_ops);
	ck_assert_int_eq(lvn_io_socket(WORLD, AF_INET6, SOCK_DGRAM, 0, 0), AF_INET6);
	ck_assert_int_eq(lvn_io_random(WORLD, bytes, 3), 0);
	ck_assert_int_eq(bytes[2], 7);
	ck_assert_int_eq(lvn_io_look_up(WORLD, "host", "80", NULL, &list), EAI_NONAME);

	ck_assert_str_eq(calls, "socket random host ");
}

TEST(lvn_io_look_up__of_the_real_world_finds_numbers)
{
	struct addrinfo *list;

	ck_assert_int_eq(lvn_io_look_up(NULL, "192.0.2.1", "80", NULL, &list), 0);
	ck_assert_int_eq(list->ai_family, AF_INET);
	lvn_addrinfo_free(list);
}

TEST(lvn_io_read_file__of_a_simulated_world)
{
	char *text = NULL;
	size_t size = 0;

	lvn_io_set_simulated(&fake_ops);
	ck_assert_int_eq(lvn_io_read_file(WORLD, "/there", 5, &text, &size), 0);
	ck_assert_uint_eq(size, 5);
	ck_assert_str_eq(text, "hello");
	lvn_free(text);
	ck_assert_int_eq(lvn_io_read_file(WORLD, "/there", 4, &text, &size), -EFBIG);
	ck_assert_int_eq(lvn_io_read_file(WORLD, "/not", 5, &text, &size), -ENOENT);
}

/* Longer than what is read at first. */
#define FILE_SIZE 10000

TEST(lvn_io_read_file__of_the_real_world)
{
	char path[] = "/tmp/levin-io-XXXXXX";
	int fd = mkstemp(path);
	char *text = NULL;
	size_t size = 0;

	ck_assert_int_ge(fd, 0);
	for (int i = 0; i < FILE_SIZE; i++)
		ck_assert_int_eq(write(fd, &"0123456789"[i % 10], 1), 1);
	close(fd);

	ck_assert_int_eq(lvn_io_read_file(NULL, path, FILE_SIZE, &text, &size), 0);
	ck_assert_uint_eq(size, FILE_SIZE);
	ck_assert_uint_eq(strlen(text), FILE_SIZE);
	ck_assert_int_eq(text[FILE_SIZE - 1], '9');
	lvn_free(text);
	ck_assert_int_eq(lvn_io_read_file(NULL, path, FILE_SIZE - 1, &text, &size), -EFBIG);
	unlink(path);
	ck_assert_int_eq(lvn_io_read_file(NULL, path, FILE_SIZE, &text, &size), -ENOENT);
	ck_assert_int_eq(lvn_io_read_file(NULL, "/", FILE_SIZE, &text, &size), -EISDIR);
}

static bool
is_zero(const struct io_file_stamp *stamp)
{
	static const struct io_file_stamp zero;

	return memcmp(stamp, &zero, sizeof(zero)) == 0;
}

TEST(lvn_io_file_stamp__of_the_real_world)
{
	char path[] = "/tmp/levin-io-XXXXXX";
	struct io_file_stamp first, second;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	lvn_io_file_stamp(NULL, path, &first);
	lvn_io_file_stamp(NULL, path, &second);
	ck_assert(!is_zero(&first));
	ck_assert_mem_eq(&first, &second, sizeof(first));

	ck_assert_int_eq(write(fd, "x", 1), 1);
	close(fd);
	lvn_io_file_stamp(NULL, path, &second);
	ck_assert_mem_ne(&first, &second, sizeof(first));

	unlink(path);
	lvn_io_file_stamp(NULL, path, &second);
	ck_assert(is_zero(&second));
	lvn_io_file_stamp(NULL, "/dev/null/not-a-folder", &second);
	ck_assert(is_zero(&second));
}

TEST(lvn_io_file_stamp__of_a_simulated_world)
{
	struct io_file_stamp first, second;

	lvn_io_set_simulated(&fake_ops);
	lvn_io_file_stamp(WORLD, "/there", &first);
	lvn_io_file_stamp(WORLD, "/there", &second);
	ck_assert(!is_zero(&first));
	ck_assert_mem_eq(&first, &second, sizeof(first));

	lvn_io_file_stamp(WORLD, "/not", &second);
	ck_assert(is_zero(&second));
}

static const struct {
	unsigned how;
	int status;
	int flags;
} sockets[] = {
    {0, O_NONBLOCK, FD_CLOEXEC},
    {IO_BLOCKING, 0, FD_CLOEXEC},
    {IO_INHERITED, O_NONBLOCK, 0},
    {IO_BLOCKING | IO_INHERITED, 0, 0},
};

TEST_RANGE(lvn_io_socket__is_made_as_wanted, 0, 4)
{
	int fd = lvn_io_socket(NULL, AF_INET, SOCK_DGRAM, 0, sockets[_i].how);

	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, sockets[_i].status);
	ck_assert_int_eq(fcntl(fd, F_GETFD), sockets[_i].flags);
	close(fd);
}

TEST(lvn_io_sendto__and_recvfrom_move_a_real_datagram)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *any = (struct sockaddr *)&address;
	unsigned size = sizeof(address);
	int to = lvn_io_socket(NULL, AF_INET, SOCK_DGRAM, 0, IO_BLOCKING);
	int from = lvn_io_socket(NULL, AF_INET, SOCK_DGRAM, 0, IO_BLOCKING);
	char data[8];
	in_port_t port;

	ck_assert_int_eq(lvn_io_bind(to, any, size), 0);
	ck_assert_int_eq(lvn_io_bind(from, any, size), 0);
	ck_assert_int_eq(lvn_io_getsockname(from, any, &size), 0);
	port = address.sin_port;
	ck_assert_int_eq(lvn_io_getsockname(to, any, &size), 0);
	ck_assert_int_eq(lvn_io_sendto(from, "hello", 5, any, size), 5);
	ck_assert_int_eq(lvn_io_recvfrom(to, data, sizeof(data), any, &size), 5);
	ck_assert_uint_eq(address.sin_port, port);
	ck_assert_int_eq(lvn_io_connect(to, any, size), 0);
	ck_assert_int_eq(lvn_io_getpeername(to, any, &size), 0);
	ck_assert_int_eq(lvn_io_sendto(to, "hi", 2, NULL, 0), 2);
	ck_assert_int_eq(lvn_io_recvfrom(from, data, sizeof(data), NULL, NULL), 2);
	lvn_io_close(to);
	lvn_io_close(from);
}

/* Two blocking UDP sockets, the first one bound to `address`. */
static void
open_datagrams(int fds[2], struct sockaddr_in *address)
{
	unsigned size = sizeof(*address);

	for (int i = 0; i < 2; i++)
		fds[i] = lvn_io_socket(NULL, AF_INET, SOCK_DGRAM, 0, IO_BLOCKING);
	*address =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(lvn_io_bind(fds[0], (struct sockaddr *)address, size), 0);
	ck_assert_int_eq(lvn_io_getsockname(fds[0], (struct sockaddr *)address, &size), 0);
}

enum { MANY = LVN_IO_DATAGRAMS_MAX + 3 };

/* Datagrams of 1, 2, 3 ... bytes, to an address or to the peer. */
static void
describe_sent(struct io_datagram *datagrams, struct sockaddr_in *to, char *data)
{
	for (unsigned i = 0; i < MANY; i++) {
		datagrams[i] = (struct io_datagram){data, i + 1, (struct sockaddr *)to, 0};
		datagrams[i].address_size = to ? sizeof(*to) : 0;
	}
}

/* Sends and receives MANY datagrams. */
static void
exchange_many(bool by_address)
{
	struct io_datagram datagrams[MANY];
	struct sockaddr_in senders[MANY], address;
	char data[MANY][MANY] = {{0}};
	int fds[2], received;

	open_datagrams(fds, &address);
	if (!by_address)
		ck_assert_int_eq(
		    lvn_io_connect(fds[1], (struct sockaddr *)&address, sizeof(address)), 0);
	describe_sent(datagrams, by_address ? &address : NULL, data[0]);
	for (int done = 0, sent; done < MANY; done += sent) {
		sent = lvn_io_send_many(fds[1], datagrams + done, (unsigned)(MANY - done));
		ck_assert_int_gt(sent, 0);
	}
	for (int i = 0; i < MANY; i++)
		datagrams[i] = (struct io_datagram){data[i], MANY,
		    by_address ? (struct sockaddr *)&senders[i] : NULL, sizeof(senders[i])};
	for (int done = 0; done < MANY; done += received) {
		received = lvn_io_receive_many(fds[0], datagrams + done, (unsigned)(MANY - done));
		ck_assert_int_gt(received, 0);
	}
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_uint_eq(datagrams[i].size, i + 1);
	if (by_address) {
		ck_assert_uint_eq(datagrams[MANY - 1].address_size, sizeof(senders[0]));
		ck_assert_int_eq(senders[MANY - 1].sin_family, AF_INET);
	}
	ck_assert_int_eq(lvn_io_receive_many(fds[0], datagrams, MANY), -1);
	ck_assert_int_eq(errno, EAGAIN);
	lvn_io_close(fds[0]);
	lvn_io_close(fds[1]);
}

TEST_RANGE(lvn_io_send_many__and_receive_many_move_real_datagrams, 0, 2)
{
	exchange_many(_i == 1);
}

#ifdef SYS_sendmmsg
TEST_RANGE(lvn_io_send_many__and_receive_many_without_the_system_calls, 0, 4)
{
	int error = _i & 1 ? ENOSYS : EPERM;

	deny_system_call(SYS_sendmmsg, error);
	deny_system_call(SYS_recvmmsg, error);

	exchange_many(_i >= 2);
}
#endif

TEST(lvn_io_send_many__fails_with_the_error_of_the_first)
{
	struct sockaddr_in address;
	struct io_datagram datagram = {&address, 1, (struct sockaddr *)&address, sizeof(address)};
	int fds[2];

	open_datagrams(fds, &address);
	address.sin_port = 0;
	ck_assert_int_eq(lvn_io_send_many(fds[1], &datagram, 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(lvn_io_send_many(fds[1], &datagram, 0), 0);
	lvn_io_close(fds[0]);
	lvn_io_close(fds[1]);
}

TEST(lvn_io_send_many__and_receive_many_in_a_simulated_world)
{
	struct sockaddr address;
	char data[4];
	struct io_datagram datagrams[2] = {
	    {data, 4, &address, sizeof(address)}, {data, 3, NULL, sizeof(address)}};

	lvn_io_set_simulated(&fake_ops);
	ck_assert_int_eq(lvn_io_send_many(SIMULATED, datagrams, 2), 2);
	ck_assert_int_eq(lvn_io_receive_many(SIMULATED, datagrams, 2), 2);

	ck_assert_str_eq(calls, "send_to send receive_from receive ");
	ck_assert_uint_eq(datagrams[0].size, 5);
	ck_assert_uint_eq(datagrams[0].address_size, 6);
}

TEST(lvn_io_make__a_simulated_descriptor_takes_every_setting)
{
	lvn_io_set_simulated(&fake_ops);

	ck_assert_int_eq(lvn_io_make_nonblocking(SIMULATED), 0);
	ck_assert_int_eq(lvn_io_make_close_on_exec(SIMULATED), 0);
	ck_assert_str_eq(calls, "");
}

static const int not_open[] = {-1, SIMULATED};

TEST_RANGE(lvn_io__what_is_not_open_is_a_bad_descriptor, 0, 2)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct sockaddr *any = (struct sockaddr *)&address;
	unsigned size = sizeof(address);
	int fd = not_open[_i];
	char data[1];
	struct iovec vector = {data, 1};

	lvn_log_set_callback(keep_line);
#define CK_ASSERT_BAD(call)                     \
	do {                                    \
		errno = 0;                      \
		ck_assert_int_eq(call, -1);     \
		ck_assert_int_eq(errno, EBADF); \
	} while (0)
	CK_ASSERT_BAD(lvn_io_read(fd, data, 1));
	CK_ASSERT_BAD(lvn_io_write(fd, data, 1));
	CK_ASSERT_BAD(lvn_io_readv(fd, &vector, 1));
	CK_ASSERT_BAD(lvn_io_writev(fd, &vector, 1));
	CK_ASSERT_BAD(lvn_io_accept(fd, any, &size, 0));
	CK_ASSERT_BAD(lvn_io_connect(fd, any, size));
	CK_ASSERT_BAD(lvn_io_bind(fd, any, size));
	CK_ASSERT_BAD(lvn_io_listen(fd, 1));
	CK_ASSERT_BAD(lvn_io_getsockname(fd, any, &size));
	CK_ASSERT_BAD(lvn_io_getpeername(fd, any, &size));
	CK_ASSERT_BAD(lvn_io_recvfrom(fd, data, 1, any, &size));
	CK_ASSERT_BAD(lvn_io_sendto(fd, data, 1, any, size));
	CK_ASSERT_BAD(lvn_io_shutdown(fd, SHUT_RDWR));
	CK_ASSERT_BAD(lvn_io_socket_error(fd));
	CK_ASSERT_BAD(lvn_io_make_nonblocking(fd));
	CK_ASSERT_BAD(lvn_io_make_close_on_exec(fd));
	CK_ASSERT_BAD(lvn_io_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	CK_ASSERT_BAD(lvn_io_close(fd));
#undef CK_ASSERT_BAD
}

TEST(lvn_io_read__bytes_pass_through_a_real_pipe)
{
	char ab[] = "ab";
	char cd[] = "cd";
	struct iovec out[2] = {{ab, 2}, {cd, 2}};
	char data[8] = {0};
	struct iovec in[2] = {{data, 1}, {data + 1, 7}};
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(lvn_io_write(ends[1], "xy", 2), 2);
	ck_assert_int_eq(lvn_io_writev(ends[1], out, 2), 4);
	ck_assert_int_eq(lvn_io_read(ends[0], data, 2), 2);
	ck_assert_str_eq(data, "xy");
	ck_assert_int_eq(lvn_io_readv(ends[0], in, 2), 4);
	ck_assert_str_eq(data, "abcd");
	ck_assert_int_eq(lvn_io_close(ends[0]), 0);
	ck_assert_int_eq(lvn_io_close(ends[1]), 0);
}

TEST(lvn_io_make__settings_are_made_once_and_again)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(lvn_io_make_nonblocking(ends[0]), 0);
		ck_assert_int_eq(lvn_io_make_close_on_exec(ends[0]), 0);
		ck_assert_int_eq(fcntl(ends[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
		ck_assert_int_eq(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	}
	close(ends[0]);
	close(ends[1]);
}

TEST(lvn_io_make__a_setting_that_fails_is_logged)
{
	lvn_log_set_callback(keep_line);

	ck_assert_int_eq(lvn_io_make_nonblocking(-1), -1);
	ck_assert_str_eq(logged, "fcntl(-1, F_GETFL): Bad file descriptor");
	ck_assert_int_eq(lvn_io_make_close_on_exec(-1), -1);
	ck_assert_str_eq(logged, "fcntl(-1, F_GETFD): Bad file descriptor");
}

/* What is asked and set of a descriptor, with the lines when that fails. */
static const unsigned setting_commands[] = {F_GETFL, F_SETFL, F_GETFD, F_SETFD};
static const char *const setting_names[] = {"F_GETFL", "F_SETFL", "F_GETFD", "F_SETFD"};

TEST_RANGE(lvn_io_make__a_setting_that_is_refused_is_logged, 0, 4)
{
	char expected[128];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int rc;

	lvn_log_set_callback(keep_line);
	snprintf(
	    expected, sizeof(expected), "fcntl(%d, %s): Permission denied", fd, setting_names[_i]);
	if (deny_system_call_with(DENY_FCNTL, 1, setting_commands[_i], EACCES)) {
		rc = _i < 2 ? lvn_io_make_nonblocking(fd) : lvn_io_make_close_on_exec(fd);
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(errno, EACCES);
		ck_assert_str_eq(logged, expected);
	}
	close(fd);
}

/* A listener on the loopback address. */
static int
listener(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET};
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static int
connected_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(lvn_io_connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	return fd;
}

static void
accept_and_look(int listening, int client)
{
	struct sockaddr_in peer = {0};
	struct sockaddr_in name = {0};
	unsigned size = sizeof(peer);
	socklen_t name_size = sizeof(name);
	int fd = lvn_io_accept(listening, (struct sockaddr *)&peer, &size, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_uint_eq(size, sizeof(peer));
	ck_assert_int_eq(getsockname(client, (struct sockaddr *)&name, &name_size), 0);
	ck_assert_uint_eq(peer.sin_port, name.sin_port);
	close(fd);
}

TEST(lvn_io_accept__a_connection_does_not_block_and_is_not_inherited)
{
	struct sockaddr_in address;
	int listening = listener(&address);
	int client = connected_to(&address);

	accept_and_look(listening, client);
	close(client);
	close(listening);
}

/* Some 32-bit platforms reach accept4 only through socketcall. */
static bool
without_accept4(void)
{
	if (!deny_accept4(ENOSYS))
		return false;
	errno = 0;
	accept4(-1, NULL, NULL, 0);
	return errno == ENOSYS;
}

TEST(lvn_io_accept__in_steps_without_accept4)
{
	struct sockaddr_in address;
	int listening = listener(&address);
	int client = connected_to(&address);

	if (without_accept4()) {
		accept_and_look(listening, client);
		ck_assert_int_eq(lvn_io_make_nonblocking(listening), 0);
		ck_assert_int_eq(lvn_io_accept(listening, NULL, NULL, 0), -1);
		ck_assert_int_eq(errno, EAGAIN);
	}
	close(client);
	close(listening);
}

TEST_RANGE(lvn_io_accept__a_connection_that_cannot_be_set_up_is_closed, 0, 4)
{
	struct sockaddr_in address;
	int listening = listener(&address);
	int client = connected_to(&address);
	char data[1];

	lvn_log_set_callback(keep_line);
	if (without_accept4() &&
	    deny_system_call_with(DENY_FCNTL, 1, setting_commands[_i], EPERM)) {
		ck_assert_int_eq(lvn_io_accept(listening, NULL, NULL, 0), -1);
		ck_assert_int_eq(errno, EPERM);
		ck_assert_int_eq(read(client, data, 1), 0);
	}
	close(client);
	close(listening);
}

TEST(lvn_io_socket_error__of_a_refused_connection_once)
{
	struct sockaddr_in address;
	int listening = listener(&address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd waiting = {fd, POLLOUT, 0};

	close(listening);
	ck_assert_int_eq(lvn_io_socket_error(fd), 0);
	if (lvn_io_connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
	    errno == EINPROGRESS) {
		ck_assert_int_eq(poll(&waiting, 1, -1), 1);
		ck_assert_int_eq(lvn_io_socket_error(fd), ECONNREFUSED);
		ck_assert_int_eq(lvn_io_socket_error(fd), 0);
	} else {
		ck_assert_int_eq(errno, ECONNREFUSED);
	}
	close(fd);
}

TEST(lvn_io_shutdown__ends_what_the_peer_reads)
{
	int ends[2];
	char data[1];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(lvn_io_shutdown(ends[0], SHUT_WR), 0);
	ck_assert_int_eq(lvn_io_read(ends[1], data, 1), 0);
	close(ends[0]);
	close(ends[1]);
}

TEST(lvn_io_set_option__sets)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int value = 0;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(lvn_io_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, &size), 0);
	ck_assert_int_eq(value, 1);
	close(fd);
}
