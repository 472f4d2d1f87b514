/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners: sockets that are bound, when they are watched, and public functions.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/base.h"
#include "loop/debug.h"
#include "net/accept.h"
#include "net/listener.h"

/* At most so many connections are accepted in a turn; the loop reports the rest again. */
#define BATCH_MAX 64

/* For a negative backlog. */
#define DEFAULT_BACKLOG 128

/* A pause in accepting is twice as long as the one before, until a connection comes. */
#define FIRST_PAUSE_US   10000
#define PAUSES_THAT_GROW 6

/* So many turns in a row without a connection are followed by a pause. */
#define MISSES_MAX 64

/* ---- The socket -------------------------------------------------------------------------- */

static int
keep_alive(int fd)
{
	return lvn_io_set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/*
 * In this order: SO_REUSEPORT has to come before bind.  Options of ports and of TCP have no
 * meaning on other sockets: old kernels ignore them there, newer ones refuse them.
 */
static const struct {
	unsigned flag; /* 0: always */
	bool internet_only;
	int (*apply)(evutil_socket_t fd);
} options[] = {
    {0, false, keep_alive},
    {LEV_OPT_REUSEABLE, false, evutil_make_listen_socket_reuseable},
    {LEV_OPT_REUSEABLE_PORT, true, evutil_make_listen_socket_reuseable_port},
    {LEV_OPT_DEFERRED_ACCEPT, true, evutil_make_tcp_listen_socket_deferred},
};

static int
apply_options(int fd, int family, unsigned flags)
{
	bool is_internet = family == AF_INET || family == AF_INET6;

	for (size_t i = 0; i < LVN_COUNT_OF(options); i++) {
		bool wanted = !options[i].flag || (flags & options[i].flag);

		if (wanted && (is_internet || !options[i].internet_only) &&
		    options[i].apply(fd) < 0)
			return -1;
	}
	return 0;
}

/* If both flags are set, "only" wins. */
static int
apply_families(int fd, int family, unsigned flags)
{
	if (flags & LEV_OPT_BIND_IPV6ONLY)
		return evutil_make_listen_socket_ipv6only(fd);
	if ((flags & LEV_OPT_BIND_IPV4_AND_IPV6) && family == AF_INET6)
		return evutil_make_listen_socket_not_ipv6only(fd);
	return 0;
}

/* Returns a descriptor that is bound and non-blocking, or -errno. */
static int
open_socket(
    struct io_world *world, const struct sockaddr *address, int address_size, unsigned flags)
{
	int family = address ? address->sa_family : AF_UNSPEC;
	unsigned how = flags & LEV_OPT_CLOSE_ON_EXEC ? 0 : IO_INHERITED;
	int fd = lvn_io_socket(world, family, SOCK_STREAM, 0, how);
	int rc;

	if (fd < 0)
		return -errno;
	if (apply_options(fd, family, flags) == 0 && apply_families(fd, family, flags) == 0 &&
	    lvn_io_bind(fd, address, (unsigned)address_size) == 0)
		return fd;
	rc = -errno;
	lvn_io_close(fd);
	return rc;
}

/* ---- When it is watched -------------------------------------------------------------------- */

/* Watches the descriptor, or stops, by invariants 2 and 3.  Returns 0 or -errno. */
static int
update_locked(struct evconnlistener *listener) REQUIRES(listener->lock)
{
	bool wanted =
	    listener->enabled && listener->callback && !listener->paused && !listener->freed;

	if (wanted == listener->watching)
		return 0;
	/* A running callback looks at `watching` before each connection: no need to wait for it. */
	if (!wanted)
		event_del_noblock(&listener->on_readable);
	else if (event_add(&listener->on_readable, NULL) < 0)
		return errno ? -errno : -ENOMEM;
	listener->watching = wanted;
	return 0;
}

static void
pause_locked(struct evconnlistener *listener) REQUIRES(listener->lock)
{
	struct timeval span = {0, FIRST_PAUSE_US << listener->pauses};

	/* Without memory for the timer, the descriptor stays watched. */
	if (event_add(&listener->on_resume, &span) < 0)
		return;
	if (listener->pauses < PAUSES_THAT_GROW)
		listener->pauses++;
	listener->paused = true;
	(void)update_locked(listener);
}

/* Returns 0 or -errno. */
static int
resume_locked(struct evconnlistener *listener) REQUIRES(listener->lock)
{
	if (listener->paused) {
		event_del_noblock(&listener->on_resume);
		listener->paused = false;
	}
	return update_locked(listener);
}

/* ---- On the loop's thread -------------------------------------------------------------- */

static void
call_accept_callback_locked(struct evconnlistener *listener, struct accepted *accepted)
    REQUIRES(listener->lock)
{
	evconnlistener_cb callback = listener->callback;
	void *arg = listener->arg;

	listener->pauses = 0;
	listener->misses = 0;
	lvn_lock_release(&listener->lock);
	callback(listener, accepted->fd, &accepted->address.any, accepted->address_size, arg);
	lvn_lock_acquire(&listener->lock);
}

/* Pauses first, so that the error callback can end the pause. */
static void
report_failure_locked(struct evconnlistener *listener, int error) REQUIRES(listener->lock)
{
	evconnlistener_errorcb callback = listener->error_callback;
	void *arg = listener->arg;

	pause_locked(listener);
	if (!callback) {
		errno = error;
		lvn_log_warn("Error from %s() call", "accept");
		return;
	}
	lvn_lock_release(&listener->lock);
	errno = error;
	callback(listener, arg);
	lvn_lock_acquire(&listener->lock);
}

/*
 * A Unix socket that was shut down stays readable and has no connection.  The pause does not
 * grow, because another process may also have accepted each of the connections first.
 */
static void
count_miss_locked(struct evconnlistener *listener) REQUIRES(listener->lock)
{
	if (++listener->misses < MISSES_MAX)
		return;
	listener->misses = 0;
	listener->pauses = 0;
	pause_locked(listener);
}

static void
accept_batch_locked(struct evconnlistener *listener, int fd) REQUIRES(listener->lock)
{
	struct accepted accepted;
	bool any_connection = false;

	for (int i = 0; i < BATCH_MAX && listener->watching; i++) {
		switch (lvn_accept(fd, listener->how, &accepted)) {
		case ACCEPT_CONNECTION:
			any_connection = true;
			call_accept_callback_locked(listener, &accepted);
			break;
		case ACCEPT_LOST:
			break;
		case ACCEPT_NONE:
			if (i == 0)
				count_miss_locked(listener);
			return;
		case ACCEPT_FAILED:
			report_failure_locked(listener, accepted.error);
			return;
		}
	}
	/* Whatever makes each of them fail must not keep the loop busy. */
	if (!any_connection && listener->watching)
		pause_locked(listener);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct evconnlistener *listener = arg;

	(void)what;
	lvn_lock_acquire(&listener->lock);
	if (!listener->freed)
		accept_batch_locked(listener, fd);
	lvn_lock_release(&listener->lock);
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct evconnlistener *listener = arg;

	(void)fd;
	(void)what;
	lvn_lock_acquire(&listener->lock);
	if (!listener->freed && listener->paused && resume_locked(listener) < 0)
		pause_locked(listener);
	lvn_lock_release(&listener->lock);
}

/* ---- For programs ---------------------------------------------------------------------- */

static struct evconnlistener *
failed(int rc)
{
	errno = -rc;
	return NULL;
}

static struct evconnlistener *
misused(const char *caller, const char *what)
{
	lvn_log_misuse(caller, what);
	return NULL;
}

/* True, with a log line and EINVAL, if debug mode knows that the listener is freed. */
static bool
is_gone(struct evconnlistener *listener, const char *caller)
{
	return lvn_debug_refuses_object(listener, "listener", caller);
}

static bool
enter_live(struct evconnlistener *listener, const char *caller) TRIES(true, listener->lock)
{
	if (is_gone(listener, caller))
		return false;
	lvn_lock_acquire(&listener->lock);
	return true;
}

/* Disabled and without callbacks.  The caller keeps the descriptor.  Returns 0 or -ENOMEM. */
static int
make(struct event_base *base, unsigned flags, evutil_socket_t fd,
    struct evconnlistener **listener_out)
{
	struct evconnlistener *listener = lvn_calloc(1, sizeof(*listener));
	int rc;

	if (!listener)
		return -ENOMEM;
	rc = lvn_lock_init(&listener->lock, flags & LEV_OPT_THREADSAFE);
	if (rc < 0) {
		lvn_free(listener);
		return rc;
	}
	listener->flags = flags;
	if (flags & LEV_OPT_LEAVE_SOCKETS_BLOCKING)
		listener->how |= IO_BLOCKING;
	if (!(flags & LEV_OPT_CLOSE_ON_EXEC))
		listener->how |= IO_INHERITED;
	event_assign(&listener->on_readable, base, fd, EV_READ | EV_PERSIST, on_readable, listener);
	event_assign(&listener->on_resume, base, -1, 0, on_resume, listener);
	*listener_out = listener;
	return 0;
}

/* Neither event is added or runs. */
static void
destroy(struct evconnlistener *listener)
{
	event_debug_unassign(&listener->on_readable);
	event_debug_unassign(&listener->on_resume);
	lvn_lock_clear(&listener->lock);
	lvn_free(listener);
}

static void
on_finalized(struct event *ev, void *arg)
{
	struct evconnlistener *listener = arg;

	(void)ev;
	/* The thread that has freed it may not have released the lock yet. */
	lvn_lock_acquire(&listener->lock);
	lvn_lock_release(&listener->lock);
	destroy(listener);
}

struct evconnlistener *
evconnlistener_new(struct event_base *base, evconnlistener_cb callback, void *arg, unsigned flags,
    int backlog, evutil_socket_t fd)
{
	struct evconnlistener *listener;
	int rc;

	if (!base)
		return misused(__func__, "no base");
	if (backlog != 0 && lvn_io_listen(fd, backlog > 0 ? backlog : DEFAULT_BACKLOG) < 0)
		return NULL;
	rc = make(base, flags, fd, &listener);
	if (rc < 0)
		return failed(rc);
	lvn_lock_acquire(&listener->lock);
	listener->callback = callback;
	listener->arg = arg;
	listener->enabled = !(flags & LEV_OPT_DISABLED);
	rc = update_locked(listener);
	lvn_lock_release(&listener->lock);
	if (rc < 0) {
		destroy(listener);
		return failed(rc);
	}
	lvn_debug_remember(listener);
	return listener;
}

struct evconnlistener *
evconnlistener_new_bind(struct event_base *base, evconnlistener_cb callback, void *arg,
    unsigned flags, int backlog, const struct sockaddr *address, int address_size)
{
	struct evconnlistener *listener;
	int fd;

	if (!base || backlog == 0 || address_size < 0)
		return misused(__func__, "no base, no backlog, or no address");
	fd = open_socket(lvn_base_world(base), address, address_size, flags);
	if (fd < 0)
		return failed(fd);
	listener = evconnlistener_new(base, callback, arg, flags, backlog, fd);
	if (!listener) {
		int saved_errno = errno;

		lvn_io_close(fd);
		errno = saved_errno;
	}
	return listener;
}

/* The event of this listener whose callback runs right now, or is about to. */
static struct event *
running_event(struct event_base *base, struct evconnlistener *listener)
{
	struct event_callback *current;

	if (!base)
		return NULL;
	lvn_base_enter(base);
	current = base->current.callback;
	lvn_base_leave(base);
	if (current == &listener->on_readable.ev_evcallback)
		return &listener->on_readable;
	return current == &listener->on_resume.ev_evcallback ? &listener->on_resume : NULL;
}

void
evconnlistener_free(struct evconnlistener *listener)
{
	struct event *running;
	evutil_socket_t fd;

	if (!listener || !enter_live(listener, __func__))
		return;
	if (listener->freed) {
		lvn_lock_release(&listener->lock);
		lvn_log_misuse(__func__, "the listener is freed");
		return;
	}
	listener->freed = true;
	lvn_debug_forget(listener);
	fd = listener->flags & LEV_OPT_CLOSE_ON_FREE ? listener->on_readable.ev_fd : -1;
	(void)resume_locked(listener);
	running = running_event(listener->on_readable.ev_base, listener);
	if (running)
		event_finalize(0, running, on_finalized);
	lvn_lock_release(&listener->lock);
	if (fd >= 0)
		lvn_io_close(fd);
	if (!running)
		destroy(listener);
}

static int
set_enabled(struct evconnlistener *listener, bool enabled, const char *caller)
{
	int rc;

	if (!enter_live(listener, caller))
		return -1;
	listener->enabled = enabled;
	rc = resume_locked(listener);
	lvn_lock_release(&listener->lock);
	return rc < 0 ? -1 : 0;
}

int
evconnlistener_enable(struct evconnlistener *listener)
{
	return set_enabled(listener, true, __func__);
}

int
evconnlistener_disable(struct evconnlistener *listener)
{
	return set_enabled(listener, false, __func__);
}

struct event_base *
evconnlistener_get_base(struct evconnlistener *listener)
{
	return is_gone(listener, __func__) ? NULL : listener->on_readable.ev_base;
}

evutil_socket_t
evconnlistener_get_fd(struct evconnlistener *listener)
{
	return is_gone(listener, __func__) ? -1 : listener->on_readable.ev_fd;
}

void
evconnlistener_set_cb(struct evconnlistener *listener, evconnlistener_cb callback, void *arg)
{
	if (!enter_live(listener, __func__))
		return;
	listener->callback = callback;
	listener->arg = arg;
	if (update_locked(listener) < 0)
		lvn_log_warnx("evconnlistener_set_cb: the listener cannot be watched");
	lvn_lock_release(&listener->lock);
}

void
evconnlistener_set_error_cb(struct evconnlistener *listener, evconnlistener_errorcb callback)
{
	if (!enter_live(listener, __func__))
		return;
	listener->error_callback = callback;
	lvn_lock_release(&listener->lock);
}
