/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one seam through which the library reads, writes, accepts, connects and
 * closes.  A descriptor of a simulated kernel is recognised by its number, which
 * no real descriptor can have; everything else goes to the system call.
 *
 * All functions answer as the system call does: -1 and errno on failure.
 */
#ifndef LVN_BASE_IO_H
#define LVN_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"

struct iovec;
struct sockaddr;

/* Above the largest descriptor that Linux can hand out (fs.nr_open is below 2^30). */
#define LVN_IO_FIRST_SIMULATED_FD 0x40000000

/* What a simulated kernel does for its descriptors.  Every member must be set. */
struct io_ops {
	ssize_t (*read)(int fd, void *data, size_t size);
	ssize_t (*write)(int fd, const void *data, size_t size);
	ssize_t (*readv)(int fd, const struct iovec *vectors, int count);
	ssize_t (*writev)(int fd, const struct iovec *vectors, int count);
	int (*accept)(
	    int fd, struct sockaddr *address, unsigned *size); /* result is non-blocking */
	int (*connect)(int fd, const struct sockaddr *address, unsigned size);
	int (*shutdown)(int fd, int how);
	int (*socket_error)(int fd); /* SO_ERROR; 0 when there is none */
	int (*close)(int fd);
};

LVN_HOT_INLINE bool
lvn_io_is_simulated(int fd)
{
	return LVN_UNLIKELY(fd >= LVN_IO_FIRST_SIMULATED_FD);
}

/*
 * Set once, by the first simulated kernel that is made.  Before that, and after NULL,
 * a simulated number is a descriptor that is not open: EBADF.
 */
void lvn_io_set_simulated(const struct io_ops *ops);

ssize_t lvn_io_read(int fd, void *data, size_t size);
ssize_t lvn_io_write(int fd, const void *data, size_t size);
ssize_t lvn_io_readv(int fd, const struct iovec *vectors, int count);
ssize_t lvn_io_writev(int fd, const struct iovec *vectors, int count);
/* From a real file, and from the offset. ENOSYS where it cannot be done. */
ssize_t lvn_io_sendfile(int fd, int file, off_t offset, size_t size);
/* The new descriptor is non-blocking and closed on exec. */
int lvn_io_accept(int fd, struct sockaddr *address, unsigned *size);

/* What a new descriptor is otherwise.  A simulated one never blocks and is never inherited. */
enum io_accept_how {
	IO_ACCEPT_BLOCKING = 1,
	IO_ACCEPT_INHERITED = 2, /* by programs that are executed */
};

/* The same with IO_ACCEPT_ bits. */
int lvn_io_accept_as(int fd, struct sockaddr *address, unsigned *size, unsigned how);
/* A simulated listener listens from the beginning: there this succeeds and does nothing. */
int lvn_io_listen(int fd, int backlog);
int lvn_io_connect(int fd, const struct sockaddr *address, unsigned size);
int lvn_io_shutdown(int fd, int how);
/* The error that waits at the socket, which is taken from it; 0 if there is none. */
int lvn_io_socket_error(int fd);
int lvn_io_close(int fd);

/*
 * A simulated descriptor never blocks, is never inherited and has no options: there
 * these three succeed and do nothing.  The first two log what failed.
 */
int lvn_io_make_nonblocking(int fd);
int lvn_io_make_close_on_exec(int fd);
int lvn_io_set_option(int fd, int level, int option, int value);

#endif
