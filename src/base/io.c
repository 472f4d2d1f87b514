/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/platform.h"

#if LVN_HAVE_SENDFILE
#include <sys/sendfile.h>
#endif

/* NULL until a simulated kernel exists.  Its descriptors cannot exist before it does. */
static _Atomic(const struct io_ops *) simulated;

void
lvn_io_set_simulated(const struct io_ops *ops)
{
	atomic_store_explicit(&simulated, ops, memory_order_release);
}

/*
 * The simulated kernel if it has the descriptor, else NULL.  Without a simulated
 * kernel the number goes to the system call, which answers EBADF.
 */
LVN_HOT_INLINE const struct io_ops *
simulated_for(int fd)
{
	if (!lvn_io_is_simulated(fd))
		return NULL;
	return atomic_load_explicit(&simulated, memory_order_acquire);
}

ssize_t
lvn_io_read(int fd, void *data, size_t size)
{
	const struct io_ops *ops = simulated_for(fd);

	return ops ? ops->read(fd, data, size) : read(fd, data, size);
}

ssize_t
lvn_io_write(int fd, const void *data, size_t size)
{
	const struct io_ops *ops = simulated_for(fd);

	return ops ? ops->write(fd, data, size) : write(fd, data, size);
}

ssize_t
lvn_io_readv(int fd, const struct iovec *vectors, int count)
{
	const struct io_ops *ops = simulated_for(fd);

	return ops ? ops->readv(fd, vectors, count) : readv(fd, vectors, count);
}

ssize_t
lvn_io_writev(int fd, const struct iovec *vectors, int count)
{
	const struct io_ops *ops = simulated_for(fd);

	return ops ? ops->writev(fd, vectors, count) : writev(fd, vectors, count);
}

ssize_t
lvn_io_sendfile(int fd, int file, off_t offset, size_t size)
{
#if LVN_HAVE_SENDFILE
	if (!simulated_for(fd))
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

int
lvn_io_make_nonblocking(int fd)
{
	int flags;

	if (simulated_for(fd))
		return 0;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0) {
		lvn_log_warn("fcntl(%d, F_GETFL)", fd);
		return -1;
	}
	if (flags & O_NONBLOCK)
		return 0;
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		lvn_log_warn("fcntl(%d, F_SETFL)", fd);
		return -1;
	}
	return 0;
}

int
lvn_io_make_close_on_exec(int fd)
{
	int flags;

	if (simulated_for(fd))
		return 0;
	flags = fcntl(fd, F_GETFD);
	if (flags < 0) {
		lvn_log_warn("fcntl(%d, F_GETFD)", fd);
		return -1;
	}
	if (flags & FD_CLOEXEC)
		return 0;
	if (fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0) {
		lvn_log_warn("fcntl(%d, F_SETFD)", fd);
		return -1;
	}
	return 0;
}

int
lvn_io_set_option(int fd, int level, int option, int value)
{
	if (simulated_for(fd))
		return 0;
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* For kernels without accept4, and where a sandbox forbids it. */
static int
accept_in_steps(int fd, struct sockaddr *address, socklen_t *size, unsigned how)
{
	int accepted = accept(fd, address, size);
	int saved_errno;

	if (accepted < 0)
		return -1;
	if (((how & IO_ACCEPT_BLOCKING) || lvn_io_make_nonblocking(accepted) == 0) &&
	    ((how & IO_ACCEPT_INHERITED) || lvn_io_make_close_on_exec(accepted) == 0))
		return accepted;
	saved_errno = errno;
	close(accepted);
	errno = saved_errno;
	return -1;
}

int
lvn_io_accept_as(int fd, struct sockaddr *address, unsigned *size, unsigned how)
{
	const struct io_ops *ops = simulated_for(fd);
	int flags = 0;
	int accepted;

	if (ops)
		return ops->accept(fd, address, size);
	if (!(how & IO_ACCEPT_BLOCKING))
		flags |= SOCK_NONBLOCK;
	if (!(how & IO_ACCEPT_INHERITED))
		flags |= SOCK_CLOEXEC;
	accepted = accept4(fd, address, size, flags);
	if (accepted < 0 && (errno == ENOSYS || errno == EPERM))
		accepted = accept_in_steps(fd, address, size, how);
	return accepted;
}

int
lvn_io_accept(int fd, struct sockaddr *address, unsigned *size)
{
	return lvn_io_accept_as(fd, address, size, 0);
}

int
lvn_io_listen(int fd, int backlog)
{
	return simulated_for(fd) ? 0 : listen(fd, backlog);
}

int
lvn_io_connect(int fd, const struct sockaddr *address, unsigned size)
{
	const struct io_ops *ops = simulated_for(fd);

	return ops ? ops->connect(fd, address, size) : connect(fd, address, size);
}

int
lvn_io_shutdown(int fd, int how)
{
	const struct io_ops *ops = simulated_for(fd);

	return ops ? ops->shutdown(fd, how) : shutdown(fd, how);
}

int
lvn_io_socket_error(int fd)
{
	const struct io_ops *ops = simulated_for(fd);
	socklen_t size = sizeof(int);
	int error = 0;

	if (ops)
		return ops->socket_error(fd);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -1;
	return error;
}

int
lvn_io_close(int fd)
{
	const struct io_ops *ops = simulated_for(fd);

	return ops ? ops->close(fd) : close(fd);
}
