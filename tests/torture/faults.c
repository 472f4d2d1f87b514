/* SPDX-License-Identifier: BSD-3-Clause */
#include "torture/faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/suite.h"

/* More waits than that are a loop that spins. */
#define WAITS_MAX 20000

/* A wait without end in which nothing came for so long is a hang. */
#define PATIENCE_S 5

/* How a call may fail, as the manual says or as a sandbox would have it. */
#define CALLS(X)                                          \
	X(allocation, ENOMEM, ENOMEM, ENOMEM)             \
	X(accept, EMFILE, EAGAIN, ECONNABORTED)           \
	X(accept4, EMFILE, ENOSYS, ECONNABORTED)          \
	X(bind, EADDRINUSE, EACCES, ENOMEM)               \
	X(close, EINTR, EIO, EINTR)                       \
	X(connect, ENETUNREACH, ENOBUFS, ECONNREFUSED)    \
	X(epoll_create1, EMFILE, ENOSYS, ENOMEM)          \
	X(epoll_ctl, ENOSPC, ENOMEM, ENOSPC)              \
	X(epoll_pwait2, EINTR, ENOSYS, EPERM)             \
	X(epoll_wait, EINTR, ENOMEM, EINTR)               \
	X(eventfd, EMFILE, ENOSYS, ENOMEM)                \
	X(fcntl, EPERM, ENOSYS, EINTR)                    \
	X(getrandom, EINTR, ENOSYS, EPERM)                \
	X(getsockname, ENOBUFS, EINVAL, ENOMEM)           \
	X(getsockopt, ENOBUFS, EINVAL, ENOMEM)            \
	X(listen, EADDRINUSE, EOPNOTSUPP, EINVAL)         \
	X(membarrier, ENOSYS, EPERM, ENOMEM)              \
	X(mmap64, ENOMEM, ENODEV, EPERM)                  \
	X(pipe, EMFILE, ENFILE, ENOSYS)                   \
	X(poll, EINTR, ENOMEM, EINVAL)                    \
	X(ppoll, EINTR, ENOMEM, ENOSYS)                   \
	X(pread64, EINTR, EINTR, EINTR)                   \
	X(pselect, EINTR, ENOMEM, ENOSYS)                 \
	X(pthread_cond_init, EAGAIN, ENOMEM, EAGAIN)      \
	X(pthread_key_create, EAGAIN, ENOMEM, EAGAIN)     \
	X(pthread_mutex_init, EAGAIN, ENOMEM, EPERM)      \
	X(pthread_mutexattr_init, ENOMEM, ENOMEM, ENOMEM) \
	X(pthread_setspecific, ENOMEM, ENOMEM, ENOMEM)    \
	X(pthread_sigmask, EPERM, ENOSYS, EPERM)          \
	X(read, EINTR, EAGAIN, EINTR)                     \
	X(readv, EINTR, EAGAIN, EINTR)                    \
	X(recvfrom, EINTR, EAGAIN, ECONNREFUSED)          \
	X(recvmmsg, EINTR, ENOSYS, ECONNREFUSED)          \
	X(select, EINTR, ENOMEM, EINVAL)                  \
	X(sendmmsg, EAGAIN, ENOSYS, ECONNREFUSED)         \
	X(sendto, EAGAIN, EPERM, ECONNREFUSED)            \
	X(sendfile64, EINVAL, ENOSYS, EAGAIN)             \
	X(sigaction, EINVAL, EPERM, ENOSYS)               \
	X(setsockopt, ENOPROTOOPT, ENOMEM, EPERM)         \
	X(signalfd, EMFILE, ENOSYS, ENOMEM)               \
	X(socket, EMFILE, ENFILE, ENOMEM)                 \
	X(socketpair, EMFILE, ENFILE, ENOSYS)             \
	X(write, EINTR, EINTR, EINTR)                     \
	X(writev, EINTR, EAGAIN, EINTR)

enum call {
#define X(name, ...) CALL_##name,
	CALLS(X)
#undef X
	    CALLS_COUNT
};

static const struct {
	const char *name;
	int errors[FAULT_FLAVOURS];
} calls[CALLS_COUNT] = {
#define X(name, ...) {#name, {__VA_ARGS__}},
    CALLS(X)
#undef X
};

/* How a call on a socket of the network fails when its connection does; others do not fail then. */
static const int losses[CALLS_COUNT][FAULT_FLAVOURS] = {
    [CALL_accept] = {ECONNABORTED, EPROTO, ENETDOWN},
    [CALL_accept4] = {ECONNABORTED, EPROTO, ENETDOWN},
    [CALL_connect] = {ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH},
    [CALL_read] = {ECONNRESET, ETIMEDOUT, EHOSTUNREACH},
    [CALL_readv] = {ECONNRESET, ETIMEDOUT, EHOSTUNREACH},
    [CALL_write] = {EPIPE, ECONNRESET, ENETDOWN},
    [CALL_writev] = {EPIPE, ECONNRESET, ENETDOWN},
};

static struct {
	atomic_bool armed;
	enum fault_kind kind;
	int flavour;
	unsigned long at;
	atomic_ulong count;
	atomic_int injected; /* which call, or -1 */
	atomic_int lost;     /* the descriptor whose connection is lost, or -1 */
	atomic_long waits;
	atomic_bool hung;
	atomic_bool away[CALLS_COUNT];
} fault = {.injected = -1, .lost = -1};

static atomic_long live_blocks;
static _Thread_local int paused;

/* ---- Orders ---- */

void
faults_arm(enum fault_kind kind, int flavour, unsigned long n)
{
	fault.kind = kind;
	fault.flavour = flavour;
	fault.at = n;
	atomic_store(&fault.count, 0);
	atomic_store(&fault.injected, -1);
	atomic_store(&fault.lost, -1);
	atomic_store(&fault.waits, 0);
	atomic_store(&fault.hung, false);
	atomic_store(&fault.armed, true);
}

void
faults_disarm(void)
{
	atomic_store(&fault.armed, false);
}

const char *
faults_injected(void)
{
	int call = atomic_load(&fault.injected);

	return call < 0 ? NULL : calls[call].name;
}

unsigned long
faults_calls(void)
{
	return atomic_load(&fault.count);
}

bool
faults_hung(void)
{
	return atomic_load(&fault.hung);
}

void
faults_pause(void)
{
	paused++;
}

void
faults_resume(void)
{
	paused--;
}

void
faults_take_away(const char *name, bool away)
{
	for (int i = 0; i < CALLS_COUNT; i++) {
		if (strcmp(calls[i].name, name) == 0)
			atomic_store(&fault.away[i], away);
	}
}

/* Whether it is the turn of this call, of that kind, to fail. */
static bool
is_next(enum call call, enum fault_kind kind)
{
	if (paused || !atomic_load(&fault.armed) || kind != fault.kind)
		return false;
	if (atomic_fetch_add(&fault.count, 1) + 1 != fault.at)
		return false;
	atomic_store(&fault.injected, (int)call);
	return true;
}

/* The error that this call is to fail with, or 0. */
static int
error_for(enum call call)
{
	enum fault_kind kind = call == CALL_allocation ? FAULT_IN_ALLOCATION : FAULT_IN_CALL;

	if (!paused && atomic_load(&fault.away[call]))
		return ENOSYS;
	return is_next(call, kind) ? calls[call].errors[fault.flavour] : 0;
}

static bool
fails(enum call call)
{
	int error = error_for(call);

	if (error)
		errno = error;
	return error != 0;
}

/* ---- Memory ---- */

static void *
take_block(size_t size)
{
	void *block = fails(CALL_allocation) ? NULL : malloc(size);

	if (block)
		atomic_fetch_add(&live_blocks, 1);
	return block;
}

static void *
resize_block(void *block, size_t size)
{
	void *resized = fails(CALL_allocation) ? NULL : realloc(block, size);

	if (resized && !block)
		atomic_fetch_add(&live_blocks, 1);
	return resized;
}

void
faults_free(void *block)
{
	if (block)
		atomic_fetch_sub(&live_blocks, 1);
	free(block);
}

void
faults_take_memory(void)
{
	event_set_mem_functions(take_block, resize_block, faults_free);
}

long
faults_live_blocks(void)
{
	return atomic_load(&live_blocks);
}

/* ---- The real functions ---- */

typedef void any_fn(void);

/* A sanitizer's, if it is linked into the executable, else the next one after ours. */
static any_fn *
find(const char *name, any_fn *sanitizers)
{
	union {
		void *found;
		any_fn *function;
	} cast = {dlsym(RTLD_NEXT, name)};

	if (sanitizers)
		return sanitizers;
	if (!cast.found)
		abort();
	return cast.function;
}

#define REAL(name)                                                                     \
	extern __typeof__(name) __interceptor_##name __attribute__((weak));            \
	static __typeof__(name) *real_##name(void)                                     \
	{                                                                              \
		static _Atomic(any_fn *) found;                                        \
		any_fn *function = atomic_load_explicit(&found, memory_order_acquire); \
                                                                                       \
		if (!function) {                                                       \
			function = find(#name, (any_fn *)__interceptor_##name);        \
			atomic_store_explicit(&found, function, memory_order_release); \
		}                                                                      \
		return (__typeof__(name) *)function;                                   \
	}

/* Functions that answer -1 and errno. */
#define PASS_ON(result, name, parameters, arguments) \
	REAL(name)                                   \
	result name parameters                       \
	{                                            \
		if (fails(CALL_##name))              \
			return -1;                   \
		return real_##name() arguments;      \
	}

/* The same for functions that a lost connection fails, too. */
#define PASS_ON_CONNECTED(result, name, parameters, arguments) \
	REAL(name)                                             \
	result name parameters                                 \
	{                                                      \
		if (fails_on(CALL_##name, fd))                 \
			return -1;                             \
		return real_##name() arguments;                \
	}

/* Functions that answer an error number. */
#define PASS_ON_POSIX(name, parameters, arguments)              \
	REAL(name)                                              \
	int name parameters                                     \
	{                                                       \
		int error = error_for(CALL_##name);             \
                                                                \
		return error ? error : real_##name() arguments; \
	}

/* glibc declares them with unions of all kinds of addresses. */
#ifdef __GLIBC__
typedef __CONST_SOCKADDR_ARG bound_address;
typedef __SOCKADDR_ARG accepted_address;
#else
typedef const struct sockaddr *bound_address;
typedef struct sockaddr *accepted_address;
#endif

PASS_ON(int, bind, (int fd, bound_address address, socklen_t size), (fd, address, size))
PASS_ON(int, getsockname, (int fd, accepted_address address, socklen_t *size), (fd, address, size))
PASS_ON(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *size),
    (fd, level, name, value, size))

/* Neither a pipe nor a socket of the process itself. */
static bool
is_of_network(int fd)
{
	int domain;
	socklen_t size = sizeof(domain);

	return real_getsockopt()(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       (domain == AF_INET || domain == AF_INET6);
}

/* What is lost stays so until it is closed; a listener goes on. */
static bool
fails_on(enum call call, int fd)
{
	if (fault.kind != FAULT_IN_CONNECTION || !atomic_load(&fault.armed))
		return fails(call);
	if (fd != atomic_load(&fault.lost)) {
		if (!is_of_network(fd) || !is_next(call, FAULT_IN_CONNECTION))
			return false;
		if (call != CALL_accept && call != CALL_accept4)
			atomic_store(&fault.lost, fd);
	}
	errno = losses[call][fault.flavour];
	return true;
}

PASS_ON_CONNECTED(
    int, connect, (int fd, bound_address address, socklen_t size), (fd, address, size))
PASS_ON(int, listen, (int fd, int backlog), (fd, backlog))
PASS_ON(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t size),
    (fd, level, name, value, size))
PASS_ON(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
PASS_ON_CONNECTED(
    int, accept, (int fd, accepted_address address, socklen_t *size), (fd, address, size))
PASS_ON_CONNECTED(int, accept4, (int fd, accepted_address address, socklen_t *size, int flags),
    (fd, address, size, flags))
PASS_ON(int, epoll_create1, (int flags), (flags))
PASS_ON(int, epoll_ctl, (int set, int operation, int fd, struct epoll_event *event),
    (set, operation, fd, event))
PASS_ON(int, eventfd, (unsigned count, int flags), (count, flags))
PASS_ON(int, pipe, (int ends[2]), (ends))
PASS_ON(int, signalfd, (int fd, const sigset_t *mask, int flags), (fd, mask, flags))
PASS_ON(int, socketpair, (int domain, int type, int protocol, int ends[2]),
    (domain, type, protocol, ends))
PASS_ON(int, sigaction, (int signo, const struct sigaction *action, struct sigaction *old),
    (signo, action, old))
PASS_ON_CONNECTED(ssize_t, read, (int fd, void *data, size_t size), (fd, data, size))
PASS_ON_CONNECTED(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
PASS_ON_CONNECTED(
    ssize_t, readv, (int fd, const struct iovec *vectors, int count), (fd, vectors, count))
PASS_ON_CONNECTED(
    ssize_t, writev, (int fd, const struct iovec *vectors, int count), (fd, vectors, count))
PASS_ON(ssize_t, recvfrom,
    (int fd, void *data, size_t size, int flags, accepted_address address, socklen_t *address_size),
    (fd, data, size, flags, address, address_size))
PASS_ON(ssize_t, sendto,
    (int fd, const void *data, size_t size, int flags, bound_address address,
	socklen_t address_size),
    (fd, data, size, flags, address, address_size))
PASS_ON(int, recvmmsg,
    (int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *limit),
    (fd, messages, count, flags, limit))
PASS_ON(int, sendmmsg, (int fd, struct mmsghdr *messages, unsigned count, int flags),
    (fd, messages, count, flags))
PASS_ON(ssize_t, pread64, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at))
PASS_ON(ssize_t, sendfile64, (int to, int from, off64_t *at, size_t size), (to, from, at, size))
REAL(mmap64)
void *
mmap64(void *address, size_t size, int protection, int flags, int fd, off64_t at)
{
	if (fails(CALL_mmap64))
		return MAP_FAILED;
	return real_mmap64()(address, size, protection, flags, fd, at);
}

PASS_ON(ssize_t, getrandom, (void *data, size_t size, unsigned flags), (data, size, flags))

PASS_ON_POSIX(pthread_mutex_init, (pthread_mutex_t * mutex, const pthread_mutexattr_t *attributes),
    (mutex, attributes))
PASS_ON_POSIX(pthread_cond_init, (pthread_cond_t * condition, const pthread_condattr_t *attributes),
    (condition, attributes))
PASS_ON_POSIX(pthread_mutexattr_init, (pthread_mutexattr_t * attributes), (attributes))

/* Sanitizers keep their own data behind keys and do not bear their failure. */
#if !TORTURE_IN_SANITIZER
PASS_ON_POSIX(pthread_key_create, (pthread_key_t * key, void (*destroy)(void *)), (key, destroy))
PASS_ON_POSIX(pthread_setspecific, (pthread_key_t key, const void *value), (key, value))
#endif

REAL(pthread_sigmask)

/* It fails always, where it is taken away, or never. */
int
pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	if (!paused && atomic_load(&fault.away[CALL_pthread_sigmask]))
		return ENOSYS;
	return real_pthread_sigmask()(how, set, old);
}

REAL(close)

/* A close that fails has closed. */
int
close(int fd)
{
	int rc;

	if (atomic_load(&fault.lost) == fd)
		atomic_store(&fault.lost, -1);
	rc = real_close()(fd);
	return fails(CALL_close) ? -1 : rc;
}

REAL(fcntl)

int
fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return fails(CALL_fcntl) ? -1 : real_fcntl()(fd, command, argument);
}

REAL(syscall)

long
syscall(long number, ...)
{
	long values[6];
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		values[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number == SYS_membarrier && fails(CALL_membarrier))
		return -1;
	return real_syscall()(
	    number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

/* ---- Waiting ---- */

static int
hang(void)
{
	atomic_store(&fault.hung, true);
	errno = EIO;
	return -1;
}

/* Counts the waits.  True if it is over. */
static bool
has_spun(void)
{
	return atomic_load(&fault.armed) && atomic_fetch_add(&fault.waits, 1) >= WAITS_MAX;
}

static bool
is_guarded(bool for_ever)
{
	return for_ever && atomic_load(&fault.armed);
}

static const struct timespec *
patience(void)
{
	static struct timespec span;

	span.tv_sec = (time_t)suite_patience(PATIENCE_S);
	return &span;
}

REAL(epoll_wait)

int
epoll_wait(int set, struct epoll_event *events, int count, int timeout)
{
	int n;

	if (fails(CALL_epoll_wait))
		return -1;
	if (has_spun())
		return hang();
	if (!is_guarded(timeout < 0))
		return real_epoll_wait()(set, events, count, timeout);
	n = real_epoll_wait()(set, events, count, (int)patience()->tv_sec * 1000);
	return n == 0 ? hang() : n;
}

#if LVN_HAVE_EPOLL_PWAIT2
REAL(epoll_pwait2)

int
epoll_pwait2(int set, struct epoll_event *events, int count, const struct timespec *timeout,
    const sigset_t *mask)
{
	int n;

	if (fails(CALL_epoll_pwait2))
		return -1;
	if (has_spun())
		return hang();
	if (!is_guarded(timeout == NULL))
		return real_epoll_pwait2()(set, events, count, timeout, mask);
	n = real_epoll_pwait2()(set, events, count, patience(), mask);
	return n == 0 ? hang() : n;
}
#endif

REAL(poll)

int
poll(struct pollfd *slots, nfds_t count, int timeout)
{
	int n;

	if (fails(CALL_poll))
		return -1;
	if (has_spun())
		return hang();
	if (!is_guarded(timeout < 0))
		return real_poll()(slots, count, timeout);
	n = real_poll()(slots, count, (int)patience()->tv_sec * 1000);
	return n == 0 ? hang() : n;
}

REAL(ppoll)

int
ppoll(struct pollfd *slots, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	int n;

	if (fails(CALL_ppoll))
		return -1;
	if (has_spun())
		return hang();
	if (!is_guarded(timeout == NULL))
		return real_ppoll()(slots, count, timeout, mask);
	n = real_ppoll()(slots, count, patience(), mask);
	return n == 0 ? hang() : n;
}

REAL(select)

int
select(int limit, fd_set *reads, fd_set *writes, fd_set *others, struct timeval *timeout)
{
	struct timeval span = {patience()->tv_sec, 0};
	int n;

	if (fails(CALL_select))
		return -1;
	if (has_spun())
		return hang();
	if (!is_guarded(timeout == NULL))
		return real_select()(limit, reads, writes, others, timeout);
	n = real_select()(limit, reads, writes, others, &span);
	return n == 0 ? hang() : n;
}

REAL(pselect)

int
pselect(int limit, fd_set *reads, fd_set *writes, fd_set *others, const struct timespec *timeout,
    const sigset_t *mask)
{
	int n;

	if (fails(CALL_pselect))
		return -1;
	if (has_spun())
		return hang();
	if (!is_guarded(timeout == NULL))
		return real_pselect()(limit, reads, writes, others, timeout, mask);
	n = real_pselect()(limit, reads, writes, others, patience(), mask);
	return n == 0 ? hang() : n;
}
