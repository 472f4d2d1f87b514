/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one seam between the library and sockets.  No other file calls a socket function of
 * the C library.
 *
 * A descriptor of a simulated world is known by its number, which no real descriptor can
 * have.  What has no descriptor yet takes the world as an argument: NULL is the real one,
 * lvn_base_world returns that of an event base.  The library of the simulation registers
 * its functions here; nothing here depends on it.
 *
 * Functions return what the system call returns: -1 and errno on failure.
 */
#ifndef LVN_BASE_IO_H
#define LVN_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"

struct addrinfo;
struct iovec;
struct sockaddr;

/* A simulated world; only the library of the simulation knows what is in it. */
struct io_world;

/* Above the largest descriptor that Linux can hand out (fs.nr_open is below 2^30). */
#define LVN_IO_FIRST_SIMULATED_FD 0x40000000

/*
 * What a simulated world does.  Every member must be set.  All return -errno on failure,
 * none blocks, and every descriptor is non-blocking.
 */
struct io_ops {
	/* By world.  `type` has no flags in it. */
	int (*socket)(struct io_world *world, int family, int type);
	int (*random)(struct io_world *world, void *data, size_t size);
	/* The text of a file and its size, valid until the test changes it. */
	const char *(*file)(struct io_world *world, const char *path, size_t *size_out);
	/* 0 or an EAI_ number; the list is freed by lvn_addrinfo_free. */
	int (*look_up)(struct io_world *world, const char *node, const char *service,
	    const struct addrinfo *hints, struct addrinfo **list_out);

	/* By descriptor.  An address that is not wanted or not given is NULL. */
	ssize_t (*receive)(int fd, const struct iovec *vectors, int count, struct sockaddr *from,
	    unsigned *from_size);
	ssize_t (*send)(int fd, const struct iovec *vectors, int count, const struct sockaddr *to,
	    unsigned to_size);
	int (*bind)(int fd, const struct sockaddr *address, unsigned size);
	int (*listen)(int fd, int backlog);
	int (*accept)(int fd, struct sockaddr *address, unsigned *size);
	int (*connect)(int fd, const struct sockaddr *address, unsigned size);
	int (*name)(int fd, bool of_peer, struct sockaddr *address, unsigned *size);
	int (*set_option)(int fd, int level, int option, int value);
	int (*socket_error)(int fd); /* SO_ERROR; 0 when there is none */
	int (*shutdown)(int fd, int how);
	int (*close)(int fd);
};

LVN_HOT_INLINE bool
lvn_io_is_simulated(int fd)
{
	return LVN_UNLIKELY(fd >= LVN_IO_FIRST_SIMULATED_FD);
}

/*
 * Called by the library of the simulation before its first descriptor exists.  Before that,
 * and after NULL, a simulated number is a descriptor that is not open: EBADF.
 */
LVN_EXPORT void lvn_io_set_simulated(const struct io_ops *ops);

/* How a new descriptor differs from one that is non-blocking and closed on exec. */
enum io_how {
	IO_BLOCKING = 1,
	IO_INHERITED = 2, /* by programs that are executed */
};

/* ---- By world ----------------------------------------------------------------------- */

/* `how` are IO_ bits.  A simulated socket never blocks and is never inherited. */
LVN_EXPORT int lvn_io_socket(
    struct io_world *world, int family, int type, int protocol, unsigned how);

/* Fills the memory with random bytes, in a simulated world from its seed.  0 or -errno. */
LVN_EXPORT int lvn_io_random(struct io_world *world, void *data, size_t size);

/*
 * Reads a configuration file as text with a zero byte behind it, which the caller frees with
 * lvn_free.  0 or -errno: -EFBIG if there are more than `most` bytes.
 */
LVN_EXPORT int lvn_io_read_file(
    struct io_world *world, const char *path, size_t most, char **text_out, size_t *size_out);

/*
 * Tells two states of a file apart: those of one state are the same bytes.  All zero where there
 * is no file, or it cannot be asked for.  In a simulated world it is made of the text.
 */
struct io_file_stamp {
	uint64_t words[7];
};

LVN_EXPORT void lvn_io_file_stamp(
    struct io_world *world, const char *path, struct io_file_stamp *stamp_out);

/*
 * Looks a name up and blocks until there is a result.  In a simulated world the names are
 * those of its file /etc/hosts.  0 or an EAI_ number; lvn_addrinfo_free frees the list.
 */
LVN_EXPORT int lvn_io_look_up(struct io_world *world, const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **list_out);

/* ---- By descriptor ------------------------------------------------------------------ */

ssize_t lvn_io_read(int fd, void *data, size_t size);
ssize_t lvn_io_write(int fd, const void *data, size_t size);
ssize_t lvn_io_readv(int fd, const struct iovec *vectors, int count);
ssize_t lvn_io_writev(int fd, const struct iovec *vectors, int count);
/* From a real file, and from the offset. ENOSYS where it cannot be done. */
ssize_t lvn_io_sendfile(int fd, int file, off_t offset, size_t size);

/* One datagram.  Its sender and *from_size are left out if `from` is NULL. */
LVN_EXPORT ssize_t lvn_io_recvfrom(
    int fd, void *data, size_t size, struct sockaddr *from, unsigned *from_size);
/* One datagram, never with a SIGPIPE; to the connected peer if `to` is NULL. */
LVN_EXPORT ssize_t lvn_io_sendto(
    int fd, const void *data, size_t size, const struct sockaddr *to, unsigned to_size);

/* One of several datagrams. */
struct io_datagram {
	void *data;
	size_t size;              /* of the memory at data; then of the datagram in it */
	struct sockaddr *address; /* its sender or receiver; NULL: not wanted, the connected peer */
	unsigned address_size;    /* of the memory at address; then of the address in it */
};

/* One call receives or sends at most so many; a larger `count` is no error. */
#define LVN_IO_DATAGRAMS_MAX 32

/*
 * Several datagrams, without waiting, whatever the mode of the descriptor.  Returns how many were
 * received or sent; -1 when it was not even the first one, for instance with EAGAIN.
 */
LVN_EXPORT int lvn_io_receive_many(int fd, struct io_datagram *datagrams, unsigned count);
/* Changes nothing in `datagrams`.  Never with a SIGPIPE. */
LVN_EXPORT int lvn_io_send_many(int fd, const struct io_datagram *datagrams, unsigned count);

LVN_EXPORT int lvn_io_bind(int fd, const struct sockaddr *address, unsigned size);
int lvn_io_listen(int fd, int backlog);
/* `how` are IO_ bits. */
int lvn_io_accept(int fd, struct sockaddr *address, unsigned *size, unsigned how);
LVN_EXPORT int lvn_io_connect(int fd, const struct sockaddr *address, unsigned size);
LVN_EXPORT int lvn_io_getsockname(int fd, struct sockaddr *address, unsigned *size);
LVN_EXPORT int lvn_io_getpeername(int fd, struct sockaddr *address, unsigned *size);
LVN_EXPORT int lvn_io_shutdown(int fd, int how);
/* The error that waits at the socket, which is taken from it; 0 if there is none. */
LVN_EXPORT int lvn_io_socket_error(int fd);
LVN_EXPORT int lvn_io_close(int fd);
LVN_EXPORT int lvn_io_set_option(int fd, int level, int option, int value);

/* Whether calls on the descriptor block.  Those on a simulated one never do. */
bool lvn_io_blocks(int fd);
/* Whether reading, or writing at most LVN_IO_PIECE bytes, would not block now. */
bool lvn_io_is_ready(int fd, bool for_writing);
/* POSIX: what a pipe that is writable takes at once. */
#define LVN_IO_PIECE 4096

/*
 * On a simulated descriptor these succeed and do nothing.  They log what failed.
 */
int lvn_io_make_nonblocking(int fd);
int lvn_io_make_close_on_exec(int fd);

#endif
