/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/connect_attempts.h"

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/addrinfo.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/resolver_hook.h"
#include "loop/base.h"
#include "stream/connected.h"
#include "stream/deliver.h"
#include "stream/descriptor.h"
#include "stream/direction.h"
#include "stream/timeouts.h"

/* RFC 8305, 8. */
static const struct timeval resolution_delay = {0, 50000};
static const struct timeval attempt_delay = {0, 250000};

/* As many at once: the oldest has had 1.5 s when another address needs its place. */
enum { ATTEMPTS_MAX = 6 };

struct attempt {
	struct event on_writable;
	struct stream *stream;
	struct attempt *next;
	evutil_socket_t fd; /* -1 once it is over */
};

enum phase {
	AWAITING_ADDRESSES,
	UNDER_WAY,
	OVER, /* the stream does not know it any more */
};

/*
 * Invariants:
 *   1. it is in the stream's extras until it is OVER
 *   2. an address of the list that was tried has AF_UNSPEC for its family
 *   3. it is UNDER_WAY  =>  the stream is STREAM_IS_CONNECTING and has no descriptor
 *   4. the timer is pending or active, or an attempt is under way, or more addresses will come,
 *      unless it is paused or OVER
 *
 * The events are EV_FINALIZE, and only the loop frees them: a callback of theirs may wait for the
 * lock while another thread ends all.
 */
struct connect_attempts {
	struct stream *stream;
	struct event timer;     /* of both delays; active to report from the loop */
	struct addrinfo *list;  /* the addresses that are known */
	struct attempt *oldest; /* of those under way */
	unsigned count;
	int last_family; /* that was tried */
	int error;       /* of the last attempt that has failed */
	enum phase phase;
	bool has_timer;   /* `timer` is assigned */
	bool has_lookup;  /* which refers to this, and to the stream */
	bool is_complete; /* no more addresses will come */
	bool is_paused;
};

static void on_timer(evutil_socket_t fd, short what, void *arg);
static void on_attempt(evutil_socket_t fd, short what, void *arg);

static struct connect_attempts *
attempts_of(const struct stream *stream)
{
	return stream->extras ? stream->extras->attempts : NULL;
}

/* ---- Addresses ------------------------------------------------------------------------------ */

/* The descriptor is the program's, or the program does not want more. */
static bool
takes_first_address(const struct stream *stream)
{
	return stream->bev.ev_write.ev_fd >= 0 || (stream->flags & STREAM_TAKES_FIRST_ADDRESS);
}

static bool
is_same(const struct addrinfo *left, const struct addrinfo *right)
{
	return left->ai_addrlen == right->ai_addrlen &&
	       memcmp(left->ai_addr, right->ai_addr, left->ai_addrlen) == 0;
}

static bool
has_several(const struct addrinfo *list)
{
	for (const struct addrinfo *at = list->ai_next; at; at = at->ai_next) {
		if (!is_same(at, list))
			return true;
	}
	return false;
}

static bool
has_family(const struct addrinfo *list, int family)
{
	while (list && list->ai_family != family)
		list = list->ai_next;
	return list != NULL;
}

/* Without hints for the type of socket, the C library's resolver repeats each address. */
static void
mark_as_tried(struct addrinfo *list, const struct addrinfo *address)
{
	for (; list; list = list->ai_next) {
		if (is_same(list, address))
			list->ai_family = AF_UNSPEC;
	}
}

/* The first that is not of the same family as the last one, or else the first.  NULL: none. */
static struct addrinfo *
next_address(const struct connect_attempts *attempts)
{
	struct addrinfo *first = NULL;

	for (struct addrinfo *at = attempts->list; at; at = at->ai_next) {
		if (at->ai_family == AF_UNSPEC)
			continue;
		if (at->ai_family != attempts->last_family)
			return at;
		if (!first)
			first = at;
	}
	return first;
}

/* A longer list has the addresses of the old one in it. */
static void
take_list(struct connect_attempts *attempts, struct addrinfo *list)
{
	if (!list)
		return;
	for (const struct addrinfo *at = attempts->list; at; at = at->ai_next) {
		if (at->ai_family == AF_UNSPEC)
			mark_as_tried(list, at);
	}
	lvn_addrinfo_free(attempts->list);
	attempts->list = list;
}

/* ---- The timer ------------------------------------------------------------------------------ */

static void
assign_timer(struct connect_attempts *attempts)
{
	const struct stream *stream = attempts->stream;

	if (attempts->has_timer)
		return;
	attempts->has_timer = true;
	event_assign(&attempts->timer, stream->bev.ev_base, -1, EV_FINALIZE, on_timer, attempts);
	event_priority_set(&attempts->timer, stream->bev.ev_read.ev_evcallback.evcb_pri);
}

static void
expire_soon(struct connect_attempts *attempts)
{
	assign_timer(attempts);
	event_active(&attempts->timer, EV_TIMEOUT, 1);
}

/* Without memory for it there is no delay. */
static void
start_timer(struct connect_attempts *attempts, const struct timeval *delay)
{
	assign_timer(attempts);
	if (event_add(&attempts->timer, delay) < 0)
		expire_soon(attempts);
}

/* event_base_free may have taken the event away. */
static void
stop_event(struct event *ev)
{
	if (ev->ev_base)
		event_del(ev);
}

static void
stop_timer(struct connect_attempts *attempts)
{
	if (attempts->has_timer)
		stop_event(&attempts->timer);
}

static bool
is_timer_pending(struct connect_attempts *attempts)
{
	return attempts->has_timer && event_pending(&attempts->timer, EV_TIMEOUT, NULL);
}

/* ---- One attempt ---------------------------------------------------------------------------- */

static void
on_finalized(struct event *ev, void *arg)
{
	event_debug_unassign(ev);
	lvn_free(arg);
}

/* By the argument of its callbacks, which is the block that it is in. */
static void
free_with_event(struct stream *stream, struct event *ev)
{
	/* As above. */
	ev->ev_base = stream->bev.ev_base;
	event_finalize(0, ev, on_finalized);
}

static void
append(struct connect_attempts *attempts, struct attempt *attempt)
{
	struct attempt **link = &attempts->oldest;

	while (*link)
		link = &(*link)->next;
	*link = attempt;
	attempts->count++;
}

/* Ends an attempt.  Its descriptor is the caller's. */
static evutil_socket_t
remove_attempt(struct connect_attempts *attempts, struct attempt *attempt)
{
	struct attempt **link = &attempts->oldest;
	evutil_socket_t fd = attempt->fd;

	while (*link != attempt)
		link = &(*link)->next;
	*link = attempt->next;
	attempts->count--;
	attempt->fd = -1;
	free_with_event(attempts->stream, &attempt->on_writable);
	return fd;
}

static void
close_attempt(struct connect_attempts *attempts, struct attempt *attempt)
{
	lvn_io_close((int)remove_attempt(attempts, attempt));
}

static void
note_failure(struct connect_attempts *attempts, struct attempt *attempt, int error)
{
	attempts->error = error;
	close_attempt(attempts, attempt);
}

/* 0 or -errno. */
static int
connect_socket(struct stream *stream, const struct addrinfo *address, evutil_socket_t *fd_out)
{
	int fd = lvn_io_socket(lvn_base_world(stream->bev.ev_base), address->ai_addr->sa_family,
	    SOCK_STREAM, 0, IO_INHERITED);
	int state;

	if (fd < 0)
		return -errno;
	state = lvn_descriptor_connect(fd, address->ai_addr, address->ai_addrlen);
	if (state < 0 || state == CONNECT_REFUSED) {
		lvn_io_close(fd);
		return state < 0 ? state : -ECONNREFUSED;
	}
	*fd_out = fd;
	return 0;
}

static int
watch_attempt(struct attempt *attempt)
{
	return event_add(&attempt->on_writable, NULL) < 0 ? -errno : 0;
}

static int
start_attempt(struct connect_attempts *attempts, const struct addrinfo *address)
{
	struct stream *stream = attempts->stream;
	struct attempt *attempt = lvn_calloc(1, sizeof(*attempt));
	int rc;

	if (!attempt)
		return -ENOMEM;
	attempt->stream = stream;
	rc = connect_socket(stream, address, &attempt->fd);
	if (rc < 0)
		goto free_attempt;
	event_assign(&attempt->on_writable, stream->bev.ev_base, attempt->fd,
	    EV_WRITE | EV_PERSIST | EV_FINALIZE, on_attempt, attempt);
	event_priority_set(&attempt->on_writable, stream->bev.ev_read.ev_evcallback.evcb_pri);
	rc = watch_attempt(attempt);
	if (rc < 0)
		goto close_socket;
	append(attempts, attempt);
	return 0;

close_socket:
	event_debug_unassign(&attempt->on_writable);
	lvn_io_close((int)attempt->fd);
free_attempt:
	lvn_free(attempt);
	return rc;
}

/* ---- All attempts --------------------------------------------------------------------------- */

static void
free_attempts(struct connect_attempts *attempts)
{
	lvn_addrinfo_free(attempts->list);
	if (attempts->has_timer)
		free_with_event(attempts->stream, &attempts->timer);
	else
		lvn_free(attempts);
}

/* A lookup that is not cancelled still refers to it. */
static void
end_locked(struct connect_attempts *attempts, struct stream *stream) REQUIRES(stream->input.lock)
{
	void *lookup = lvn_stream_take_lookup_locked(stream);

	stream->extras->attempts = NULL;
	stream->flags &= ~(uint32_t)STREAM_IS_LOOKING_UP;
	attempts->phase = OVER;
	stop_timer(attempts);
	while (attempts->oldest)
		close_attempt(attempts, attempts->oldest);
	if (!attempts->has_lookup)
		free_attempts(attempts);
	lvn_resolver_hook_cancel(lookup);
}

/* Not the address's fault: it may work when another attempt is over. */
static bool
is_shortage(int error)
{
	return error == ENOMEM || error == ENOBUFS || error == EMFILE || error == ENFILE;
}

static void
make_space(struct connect_attempts *attempts)
{
	if (attempts->count == ATTEMPTS_MAX)
		close_attempt(attempts, attempts->oldest);
}

/* Goes on to the next address until there is an attempt.  Whether it must be given its time. */
static bool
start_next(struct connect_attempts *attempts)
{
	struct addrinfo *address;
	int rc;

	while ((address = next_address(attempts)) != NULL) {
		make_space(attempts);
		rc = start_attempt(attempts, address);
		if (rc < 0 && attempts->oldest && is_shortage(-rc))
			return true;
		attempts->last_family = address->ai_family;
		mark_as_tried(attempts->list, address);
		if (rc == 0)
			return true;
		attempts->error = -rc;
	}
	return false;
}

static void
go_on(struct connect_attempts *attempts)
{
	if (attempts->is_paused || !start_next(attempts))
		return;
	if (!attempts->is_complete || next_address(attempts))
		start_timer(attempts, &attempt_delay);
	else
		stop_timer(attempts);
}

static bool
has_failed(const struct connect_attempts *attempts)
{
	return attempts->phase == UNDER_WAY && attempts->is_complete && !attempts->oldest &&
	       !attempts->is_paused && !next_address(attempts);
}

/* The stream is as it was before connecting, but does not time out. */
static void
fail_locked(struct connect_attempts *attempts, struct stream *stream) REQUIRES(stream->input.lock)
{
	int error = attempts->error;

	end_locked(attempts, stream);
	lvn_connected_take_back_events_locked(stream);
	errno = error;
	lvn_deliver_event_locked(stream, BEV_EVENT_ERROR, 0);
}

static void
begin_locked(struct connect_attempts *attempts, struct stream *stream) REQUIRES(stream->input.lock)
{
	attempts->phase = UNDER_WAY;
	stream->flags &= ~(uint32_t)LVN_CONNECTED_STATE_OF_FD;
	stream->flags |= STREAM_IS_CONNECTING;
	(void)lvn_stream_unsuspend_locked(stream, EV_READ, SUSPENDED_BY_DNS);
	(void)lvn_stream_unsuspend_locked(stream, EV_WRITE, SUSPENDED_BY_DNS);
	lvn_timeouts_update_locked(stream, EV_READ | EV_WRITE);
	go_on(attempts);
}

/* From here it goes on as after bufferevent_socket_connect. */
static void
win_locked(struct connect_attempts *attempts, struct stream *stream, struct attempt *attempt)
    REQUIRES(stream->input.lock)
{
	evutil_socket_t fd = remove_attempt(attempts, attempt);
	int rc = lvn_descriptor_replace_locked(stream, fd);

	if (rc < 0) {
		(void)lvn_descriptor_replace_locked(stream, -1);
		lvn_io_close((int)fd);
		stream->flags |= STREAM_IS_CONNECTING;
		attempts->error = -rc;
		go_on(attempts);
		return;
	}
	end_locked(attempts, stream);
	(void)lvn_connected_await_locked(stream, CONNECT_DONE);
}

/* ---- What the loop calls -------------------------------------------------------------------- */

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct connect_attempts *attempts = arg;
	struct stream *stream = attempts->stream;

	(void)fd;
	(void)what;
	lvn_stream_enter(stream);
	if (stream->flags & STREAM_IS_FREED)
		;
	else if (attempts->phase == AWAITING_ADDRESSES && !takes_first_address(stream))
		begin_locked(attempts, stream);
	else if (attempts->phase == UNDER_WAY)
		go_on(attempts);
	if (has_failed(attempts))
		fail_locked(attempts, stream);
	lvn_stream_leave(stream);
}

static void
on_attempt_locked(struct attempt *attempt, struct stream *stream) REQUIRES(stream->input.lock)
{
	struct connect_attempts *attempts = stream->extras->attempts;
	int error;

	if (attempts->is_paused)
		return;
	error = lvn_io_socket_error((int)attempt->fd);
	if (error == 0) {
		win_locked(attempts, stream, attempt);
	} else if (error != EINPROGRESS && error != EINTR && error != EAGAIN) {
		note_failure(attempts, attempt, error);
		go_on(attempts);
	} else {
		return;
	}
	attempts = stream->extras->attempts;
	if (attempts && has_failed(attempts))
		fail_locked(attempts, stream);
}

static void
on_attempt(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *attempt = arg;
	struct stream *stream = attempt->stream;

	(void)fd;
	(void)what;
	lvn_stream_enter(stream);
	if (attempt->fd >= 0)
		on_attempt_locked(attempt, stream);
	lvn_stream_leave(stream);
}

/* ---- The lookup ------------------------------------------------------------------------------ */

int
lvn_connect_attempts_await_locked(struct stream *stream, struct connect_attempts **attempts_out)
{
	struct stream_extras *extras;
	struct connect_attempts *attempts;

	if (attempts_of(stream) || (stream->flags & STREAM_IS_FREED))
		return -EBUSY;
	extras = lvn_stream_extras_locked(stream);
	if (!extras)
		return -ENOMEM;
	attempts = lvn_calloc(1, sizeof(*attempts));
	extras->lookup_error = attempts ? 0 : EVUTIL_EAI_MEMORY;
	if (!attempts)
		return -ENOMEM;
	attempts->stream = stream;
	attempts->has_lookup = true;
	extras->attempts = attempts;
	stream->flags |= STREAM_IS_LOOKING_UP;
	lvn_stream_reference_locked(stream);
	lvn_stream_suspend_locked(stream, EV_READ, SUSPENDED_BY_DNS);
	lvn_stream_suspend_locked(stream, EV_WRITE, SUSPENDED_BY_DNS);
	*attempts_out = attempts;
	return 0;
}

static void
take_some_locked(struct connect_attempts *attempts, struct stream *stream)
    REQUIRES(stream->input.lock)
{
	if (attempts->phase == UNDER_WAY) {
		if (!attempts->oldest || !is_timer_pending(attempts))
			go_on(attempts);
	} else if (takes_first_address(stream)) {
		return;
	} else if (has_family(attempts->list, AF_INET6)) {
		begin_locked(attempts, stream);
	} else {
		start_timer(attempts, &resolution_delay);
	}
}

static int
connect_to_first(struct stream *stream, const struct addrinfo *list)
{
	return stream->bev.be_ops->connect(stream, list->ai_addr, (int)list->ai_addrlen);
}

/* As libevent does it: the event callback may run inside the call of the program. */
static void
end_lookup_locked(struct connect_attempts *attempts, struct stream *stream, int error)
    REQUIRES(stream->input.lock)
{
	struct addrinfo *list = attempts->list;
	int rc = 0;

	attempts->list = NULL;
	end_locked(attempts, stream);
	(void)lvn_stream_unsuspend_locked(stream, EV_READ, SUSPENDED_BY_DNS);
	(void)lvn_stream_unsuspend_locked(stream, EV_WRITE, SUSPENDED_BY_DNS);
	if (list)
		rc = connect_to_first(stream, list);
	else
		stream->extras->lookup_error = error ? error : EVUTIL_EAI_NODATA;
	lvn_addrinfo_free(list);
	if (rc < 0)
		errno = -rc;
	if (rc < 0 || stream->extras->lookup_error)
		lvn_deliver_event_locked(stream, BEV_EVENT_ERROR, 0);
}

static void
take_all_locked(struct connect_attempts *attempts, struct stream *stream, int error)
    REQUIRES(stream->input.lock)
{
	stream->flags &= ~(uint32_t)STREAM_IS_LOOKING_UP;
	stream->extras->lookup = NULL;
	attempts->is_complete = true;
	if (attempts->phase == UNDER_WAY)
		take_some_locked(attempts, stream);
	else if (!attempts->list || takes_first_address(stream) || !has_several(attempts->list))
		end_lookup_locked(attempts, stream, error);
	else
		begin_locked(attempts, stream);
	if (has_failed(attempts))
		expire_soon(attempts);
}

void
lvn_connect_attempts_on_addresses(int error, struct addrinfo *list, bool more, void *arg)
{
	struct connect_attempts *attempts = arg;
	struct stream *stream = attempts->stream;

	lvn_stream_enter(stream);
	take_list(attempts, list);
	if (attempts->phase != OVER && !(stream->flags & STREAM_IS_FREED)) {
		if (more)
			take_some_locked(attempts, stream);
		else
			take_all_locked(attempts, stream, error);
	}
	if (more) {
		lvn_stream_leave(stream);
		return;
	}
	attempts->has_lookup = false;
	if (attempts->phase == OVER)
		free_attempts(attempts);
	lvn_stream_unreference_and_leave(stream);
}

/* ---- For the stream -------------------------------------------------------------------------- */

bool
lvn_connect_attempts_are_under_way_locked(const struct stream *stream)
{
	const struct connect_attempts *attempts = attempts_of(stream);

	return attempts && attempts->phase == UNDER_WAY;
}

evutil_socket_t
lvn_connect_attempts_fd_locked(const struct stream *stream)
{
	const struct connect_attempts *attempts = attempts_of(stream);

	return attempts && attempts->oldest ? attempts->oldest->fd : -1;
}

static void
pause_attempts(struct connect_attempts *attempts)
{
	stop_timer(attempts);
	for (struct attempt *at = attempts->oldest; at; at = at->next)
		stop_event(&at->on_writable);
}

static void
resume_attempts(struct connect_attempts *attempts)
{
	struct attempt *next;
	int rc;

	for (struct attempt *at = attempts->oldest; at; at = next) {
		next = at->next;
		rc = watch_attempt(at);
		if (rc < 0)
			note_failure(attempts, at, -rc);
	}
	expire_soon(attempts);
}

void
lvn_connect_attempts_watch_locked(struct stream *stream)
{
	struct connect_attempts *attempts = attempts_of(stream);
	bool must_pause = stream->flags & (STREAM_IS_LATE | STREAM_IS_FREED);

	if (!attempts || attempts->phase != UNDER_WAY || must_pause == attempts->is_paused)
		return;
	attempts->is_paused = must_pause;
	if (must_pause)
		pause_attempts(attempts);
	else
		resume_attempts(attempts);
	if (!(stream->flags & STREAM_IS_FREED))
		lvn_timeouts_update_locked(stream, EV_READ | EV_WRITE);
}

evutil_socket_t
lvn_connect_attempts_end_locked(struct stream *stream)
{
	struct connect_attempts *attempts = attempts_of(stream);
	evutil_socket_t fd = -1;

	if (!attempts)
		return -1;
	if (attempts->phase == AWAITING_ADDRESSES && !(stream->flags & STREAM_IS_FREED))
		return -1;
	if (attempts->oldest)
		fd = remove_attempt(attempts, attempts->oldest);
	end_locked(attempts, stream);
	return fd;
}
