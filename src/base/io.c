/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/addrinfo.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"

#if LVN_HAVE_SENDFILE
#include <sys/sendfile.h>
#endif

/* NULL until a simulated world exists.  Its descriptors cannot exist before it does. */
static _Atomic(const struct io_ops *) simulated;

void
lvn_io_set_simulated(const struct io_ops *ops)
{
	atomic_store_explicit(&simulated, ops, memory_order_release);
}

static const struct io_ops *
simulated_ops(void)
{
	return atomic_load_explicit(&simulated, memory_order_acquire);
}

/*
 * The functions for a simulated descriptor, else NULL.  Where none are registered, the
 * number goes to the system call, which fails with EBADF.
 */
LVN_HOT_INLINE const struct io_ops *
ops_of(int fd)
{
	return lvn_io_is_simulated(fd) ? simulated_ops() : NULL;
}

static ssize_t
result_of(ssize_t rc)
{
	if (rc >= 0)
		return rc;
	errno = (int)-rc;
	return -1;
}

/* An iovec is not const, but sending leaves its bytes alone. */
static struct iovec
vector_of(const void *data, size_t size)
{
	union {
		const void *given;
		void *data;
	} cast = {data};

	return (struct iovec){cast.data, size};
}

/* ---- By world ----------------------------------------------------------------------- */

static int
close_and_keep_errno(int fd)
{
	int saved_errno = errno;

	close(fd);
	errno = saved_errno;
	return -1;
}

/* Where the call that made it could not be asked for it. */
static int
finish_descriptor(int fd, unsigned how)
{
	if (((how & IO_BLOCKING) || lvn_io_make_nonblocking(fd) == 0) &&
	    ((how & IO_INHERITED) || lvn_io_make_close_on_exec(fd) == 0))
		return fd;
	return close_and_keep_errno(fd);
}

#if LVN_HAVE_SOCKET_FLAGS
static int
flags_of(unsigned how)
{
	return (how & IO_BLOCKING ? 0 : SOCK_NONBLOCK) | (how & IO_INHERITED ? 0 : SOCK_CLOEXEC);
}
#endif

int
lvn_io_socket(struct io_world *world, int family, int type, int protocol, unsigned how)
{
	int fd;

	if (LVN_UNLIKELY(world))
		return (int)result_of(simulated_ops()->socket(world, family, type));
#if LVN_HAVE_SOCKET_FLAGS
	fd = socket(family, type | flags_of(how), protocol);
	return fd;
#else
	fd = socket(family, type, protocol);
	return fd < 0 ? -1 : finish_descriptor(fd, how);
#endif
}

int
lvn_io_random(struct io_world *world, void *data, size_t size)
{
	if (LVN_UNLIKELY(world))
		return simulated_ops()->random(world, data, size);
	return lvn_random_fill(data, size);
}

static int
read_simulated_file(
    struct io_world *world, const char *path, size_t most, char **text_out, size_t *size_out)
{
	size_t size;
	const char *file = simulated_ops()->file(world, path, &size);
	char *text;

	if (!file)
		return -ENOENT;
	if (size > most)
		return -EFBIG;
	text = lvn_alloc(size + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, file, size);
	text[size] = '\0';
	*text_out = text;
	*size_out = size;
	return 0;
}

/* Everything up to the end of the file, for which there is memory.  0 or -errno. */
static int
read_to_end(int fd, char **text, size_t most, size_t *size_out)
{
	size_t capacity = 0;
	size_t size = 0;

	for (;;) {
		ssize_t got;

		if (size + 1 >= capacity) {
			char *larger = lvn_realloc(*text, capacity ? 2 * capacity : 4096);

			if (!larger)
				return -ENOMEM;
			*text = larger;
			capacity = capacity ? 2 * capacity : 4096;
		}
		got = read(fd, *text + size, capacity - size - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		size += (size_t)got;
		if (size > most)
			return -EFBIG;
		if (got == 0)
			break;
	}
	(*text)[size] = '\0';
	*size_out = size;
	return 0;
}

int
lvn_io_read_file(
    struct io_world *world, const char *path, size_t most, char **text_out, size_t *size_out)
{
	char *text = NULL;
	int fd;
	int rc;

	if (LVN_UNLIKELY(world))
		return read_simulated_file(world, path, most, text_out, size_out);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = read_to_end(fd, &text, most, size_out);
	close(fd);
	if (rc < 0)
		lvn_free(text);
	else
		*text_out = text;
	return rc;
}

/* FNV-1a. */
static uint64_t
hash_text(const char *text, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3;
	return hash;
}

static void
stamp_simulated_file(struct io_world *world, const char *path, struct io_file_stamp *stamp)
{
	size_t size;
	const char *file = simulated_ops()->file(world, path, &size);

	if (file)
		*stamp = (struct io_file_stamp){{1, size, hash_text(file, size)}};
}

void
lvn_io_file_stamp(struct io_world *world, const char *path, struct io_file_stamp *stamp_out)
{
	struct stat status;

	*stamp_out = (struct io_file_stamp){{0}};
	if (LVN_UNLIKELY(world)) {
		stamp_simulated_file(world, path, stamp_out);
		return;
	}
	if (stat(path, &status) < 0)
		return;
	*stamp_out = (struct io_file_stamp){{
	    (uint64_t)status.st_dev,
	    (uint64_t)status.st_ino,
	    (uint64_t)status.st_size,
	    (uint64_t)status.st_mtim.tv_sec,
	    (uint64_t)status.st_mtim.tv_nsec,
	    (uint64_t)status.st_ctim.tv_sec,
	    (uint64_t)status.st_ctim.tv_nsec,
	}};
}

int
lvn_io_look_up(struct io_world *world, const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **list_out)
{
	if (LVN_UNLIKELY(world))
		return simulated_ops()->look_up(world, node, service, hints, list_out);
	return lvn_addrinfo_look_up(node, service, hints, list_out);
}

/* ---- By descriptor ------------------------------------------------------------------ */

ssize_t
lvn_io_read(int fd, void *data, size_t size)
{
	const struct io_ops *ops = ops_of(fd);
	struct iovec vector = {data, size};

	return ops ? result_of(ops->receive(fd, &vector, 1, NULL, NULL)) : read(fd, data, size);
}

ssize_t
lvn_io_write(int fd, const void *data, size_t size)
{
	const struct io_ops *ops = ops_of(fd);
	struct iovec vector = vector_of(data, size);

	return ops ? result_of(ops->send(fd, &vector, 1, NULL, 0)) : write(fd, data, size);
}

ssize_t
lvn_io_readv(int fd, const struct iovec *vectors, int count)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? result_of(ops->receive(fd, vectors, count, NULL, NULL))
		   : readv(fd, vectors, count);
}

ssize_t
lvn_io_writev(int fd, const struct iovec *vectors, int count)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? result_of(ops->send(fd, vectors, count, NULL, 0)) : writev(fd, vectors, count);
}

static ssize_t
receive_one(int fd, void *data, size_t size, int flags, struct sockaddr *from, unsigned *from_size)
{
	const struct io_ops *ops = ops_of(fd);
	struct iovec vector = {data, size};

	if (!from)
		from_size = NULL;
	return ops ? result_of(ops->receive(fd, &vector, 1, from, from_size))
		   : recvfrom(fd, data, size, flags, from, from_size);
}

ssize_t
lvn_io_recvfrom(int fd, void *data, size_t size, struct sockaddr *from, unsigned *from_size)
{
	return receive_one(fd, data, size, 0, from, from_size);
}

static int
receive_in_turn(int fd, struct io_datagram *datagrams, unsigned count)
{
	unsigned done;

	for (done = 0; done < count; done++) {
		struct io_datagram *at = &datagrams[done];
		ssize_t size = receive_one(
		    fd, at->data, at->size, MSG_DONTWAIT, at->address, &at->address_size);

		if (size < 0)
			break;
		at->size = (size_t)size;
	}
	return done > 0 || count == 0 ? (int)done : -1;
}

static ssize_t
send_one(
    int fd, const void *data, size_t size, int flags, const struct sockaddr *to, unsigned to_size)
{
	const struct io_ops *ops = ops_of(fd);
	struct iovec vector = vector_of(data, size);

	if (!to)
		to_size = 0;
	return ops ? result_of(ops->send(fd, &vector, 1, to, to_size))
		   : sendto(fd, data, size, flags | MSG_NOSIGNAL, to, to_size);
}

ssize_t
lvn_io_sendto(int fd, const void *data, size_t size, const struct sockaddr *to, unsigned to_size)
{
	return send_one(fd, data, size, 0, to, to_size);
}

static int
send_in_turn(int fd, const struct io_datagram *datagrams, unsigned count)
{
	unsigned done;

	for (done = 0; done < count; done++) {
		const struct io_datagram *at = &datagrams[done];

		if (send_one(fd, at->data, at->size, MSG_DONTWAIT, at->address, at->address_size) <
		    0)
			break;
	}
	return done > 0 || count == 0 ? (int)done : -1;
}

#if LVN_HAVE_MMSG
static void
describe(const struct io_datagram *datagrams, unsigned count, struct mmsghdr *messages,
    struct iovec *vectors)
{
	for (unsigned i = 0; i < count; i++) {
		const struct io_datagram *datagram = &datagrams[i];

		vectors[i] = (struct iovec){datagram->data, datagram->size};
		messages[i].msg_hdr = (struct msghdr){
		    .msg_name = datagram->address,
		    .msg_namelen = datagram->address ? datagram->address_size : 0,
		    .msg_iov = &vectors[i],
		    .msg_iovlen = 1,
		};
	}
}

/* Old kernels do not have the calls, and a sandbox may forbid them. */
static bool
is_missing(int rc)
{
	return rc < 0 && (errno == ENOSYS || errno == EPERM);
}
#endif

int
lvn_io_receive_many(int fd, struct io_datagram *datagrams, unsigned count)
{
#if LVN_HAVE_MMSG
	struct mmsghdr messages[LVN_IO_DATAGRAMS_MAX];
	struct iovec vectors[LVN_IO_DATAGRAMS_MAX];
	unsigned most = count < LVN_IO_DATAGRAMS_MAX ? count : LVN_IO_DATAGRAMS_MAX;
	int received;

	if (most == 1 || ops_of(fd))
		return receive_in_turn(fd, datagrams, most);
	describe(datagrams, most, messages, vectors);
	received = recvmmsg(fd, messages, most, MSG_DONTWAIT, NULL);
	if (is_missing(received))
		return receive_in_turn(fd, datagrams, most);
	for (int i = 0; i < received; i++) {
		datagrams[i].size = messages[i].msg_len;
		datagrams[i].address_size = messages[i].msg_hdr.msg_namelen;
	}
	return received;
#else
	return receive_in_turn(fd, datagrams, count);
#endif
}

int
lvn_io_send_many(int fd, const struct io_datagram *datagrams, unsigned count)
{
#if LVN_HAVE_MMSG
	struct mmsghdr messages[LVN_IO_DATAGRAMS_MAX];
	struct iovec vectors[LVN_IO_DATAGRAMS_MAX];
	unsigned most = count < LVN_IO_DATAGRAMS_MAX ? count : LVN_IO_DATAGRAMS_MAX;
	int sent;

	if (most == 1 || ops_of(fd))
		return send_in_turn(fd, datagrams, most);
	describe(datagrams, most, messages, vectors);
	sent = sendmmsg(fd, messages, most, MSG_DONTWAIT | MSG_NOSIGNAL);
	return is_missing(sent) ? send_in_turn(fd, datagrams, most) : sent;
#else
	return send_in_turn(fd, datagrams, count);
#endif
}

ssize_t
lvn_io_sendfile(int fd, int file, off_t offset, size_t size)
{
#if LVN_HAVE_SENDFILE
	if (!ops_of(fd))
		return sendfile(fd, file, &offset, size);
#else
	(void)fd;
	(void)file;
	(void)offset;
	(void)size;
#endif
	errno = ENOSYS;
	return -1;
}

bool
lvn_io_blocks(int fd)
{
	int flags = ops_of(fd) ? O_NONBLOCK : fcntl(fd, F_GETFL);

	return flags >= 0 && !(flags & O_NONBLOCK);
}

bool
lvn_io_is_ready(int fd, bool for_writing)
{
	struct pollfd watched = {.fd = fd, .events = for_writing ? POLLOUT : POLLIN};

	return poll(&watched, 1, 0) != 0;
}

/* `get` and `set` are commands of fcntl. */
static int
add_flag(int fd, int flag, int get, const char *get_name, int set, const char *set_name)
{
	int flags;

	if (ops_of(fd))
		return 0;
	flags = fcntl(fd, get);
	if (flags < 0) {
		lvn_log_warn("fcntl(%d, %s)", fd, get_name);
		return -1;
	}
	if ((flags & flag) || fcntl(fd, set, flags | flag) == 0)
		return 0;
	lvn_log_warn("fcntl(%d, %s)", fd, set_name);
	return -1;
}

int
lvn_io_make_nonblocking(int fd)
{
	return add_flag(fd, O_NONBLOCK, F_GETFL, "F_GETFL", F_SETFL, "F_SETFL");
}

int
lvn_io_make_close_on_exec(int fd)
{
	return add_flag(fd, FD_CLOEXEC, F_GETFD, "F_GETFD", F_SETFD, "F_SETFD");
}

int
lvn_io_set_option(int fd, int level, int option, int value)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? (int)result_of(ops->set_option(fd, level, option, value))
		   : setsockopt(fd, level, option, &value, sizeof(value));
}

int
lvn_io_bind(int fd, const struct sockaddr *address, unsigned size)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? (int)result_of(ops->bind(fd, address, size)) : bind(fd, address, size);
}

int
lvn_io_listen(int fd, int backlog)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? (int)result_of(ops->listen(fd, backlog)) : listen(fd, backlog);
}

/* For kernels without accept4, and where a sandbox forbids it. */
static int
accept_in_steps(int fd, struct sockaddr *address, socklen_t *size, unsigned how)
{
	int accepted = accept(fd, address, size);

	return accepted < 0 ? -1 : finish_descriptor(accepted, how);
}

int
lvn_io_accept(int fd, struct sockaddr *address, unsigned *size, unsigned how)
{
	const struct io_ops *ops = ops_of(fd);
	int accepted = -1;

	if (ops)
		return (int)result_of(ops->accept(fd, address, size));
	errno = ENOSYS;
#if LVN_HAVE_ACCEPT4
	accepted = accept4(fd, address, size, flags_of(how));
#endif
	if (accepted < 0 && (errno == ENOSYS || errno == EPERM))
		accepted = accept_in_steps(fd, address, size, how);
	return accepted;
}

int
lvn_io_connect(int fd, const struct sockaddr *address, unsigned size)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? (int)result_of(ops->connect(fd, address, size)) : connect(fd, address, size);
}

int
lvn_io_getsockname(int fd, struct sockaddr *address, unsigned *size)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? (int)result_of(ops->name(fd, false, address, size))
		   : getsockname(fd, address, size);
}

int
lvn_io_getpeername(int fd, struct sockaddr *address, unsigned *size)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? (int)result_of(ops->name(fd, true, address, size))
		   : getpeername(fd, address, size);
}

int
lvn_io_shutdown(int fd, int how)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? (int)result_of(ops->shutdown(fd, how)) : shutdown(fd, how);
}

int
lvn_io_socket_error(int fd)
{
	const struct io_ops *ops = ops_of(fd);
	socklen_t size = sizeof(int);
	int error = 0;

	if (ops)
		return (int)result_of(ops->socket_error(fd));
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -1;
	return error;
}

int
lvn_io_close(int fd)
{
	const struct io_ops *ops = ops_of(fd);

	return ops ? (int)result_of(ops->close(fd)) : close(fd);
}
