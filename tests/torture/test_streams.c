/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two streams talk while every allocation and every system call fails once.  A failure that
 * comes while the loop runs is reported to the event callback, which enables the direction again;
 * all bytes must arrive.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>

#include "torture/torture.h"

enum { MESSAGES = 5, MESSAGE = 3000 };

struct talk {
	struct event_base *base;
	struct bufferevent *sender;
	struct bufferevent *receiver;
	evutil_socket_t ends[2];
	int sent;
	int received;
};

static void
go_on(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	torture_excuse("a stream");
	EXPECT(what & BEV_EVENT_ERROR);
	TRY(bufferevent_enable(bev, what & BEV_EVENT_READING ? EV_READ : EV_WRITE));
}

static void
say(struct talk *talk)
{
	static char message[MESSAGE];

	talk->sent++;
	TRY(bufferevent_write(talk->sender, message, sizeof(message)));
}

static void
listen_to_it(struct bufferevent *bev, void *arg)
{
	struct talk *talk = arg;
	struct evbuffer *input = bufferevent_get_input(bev);

	talk->received += (int)evbuffer_get_length(input);
	TRY(evbuffer_drain(input, evbuffer_get_length(input)));
	if (talk->received % MESSAGE == 0 && talk->sent < MESSAGES)
		say(talk);
}

static struct bufferevent *
make(struct talk *talk, evutil_socket_t fd, int options)
{
	struct bufferevent *bev;

	TRY_NEW(bev, bufferevent_socket_new(talk->base, fd, options | BEV_OPT_CLOSE_ON_FREE));
	return bev;
}

static int way_of_streams;

static void
talk_over_it(const struct configuration *configuration)
{
	static const int options[] = {0, BEV_OPT_DEFER_CALLBACKS,
	    BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS};
	struct talk talk = {.base = torture_base(configuration)};

	torture_open_pair(configuration, talk.ends);
	talk.sender = make(&talk, talk.ends[0], options[way_of_streams]);
	talk.receiver = make(&talk, talk.ends[1], options[way_of_streams]);
	bufferevent_setcb(talk.sender, NULL, NULL, go_on, &talk);
	bufferevent_setcb(talk.receiver, listen_to_it, NULL, go_on, &talk);
	TRY(bufferevent_set_timeouts(talk.receiver, SPAN_MS(1000000), SPAN_MS(1000000)));
	bufferevent_setwatermark(talk.receiver, EV_READ, 0, MESSAGE);
	TRY(bufferevent_set_max_single_write(talk.sender, MESSAGE - 1));
	TRY(bufferevent_enable(talk.receiver, EV_READ));
	say(&talk);
	torture_run(talk.base, &talk.received, MESSAGES * MESSAGE);
	EXPECT(talk.received == MESSAGES * MESSAGE);
	bufferevent_free(talk.sender);
	bufferevent_free(talk.receiver);
	event_base_free(talk.base);
}

/* A constructor that fails has taken nothing over: the descriptor is closed by the test. */
static void
fail_to_make(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	evutil_socket_t ends[2];
	struct bufferevent *bev;

	torture_open_pair(configuration, ends);
	bev = bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE);
	if (bev) {
		bufferevent_free(bev);
	} else {
		torture_excuse("bufferevent_socket_new");
		torture_close(ends[0]);
	}
	torture_close(ends[1]);
	event_base_free(base);
}

TEST_RANGE(bufferevent__every_failure_once, 0, 3 * backends_under_test_count())
{
	struct configuration configuration = {.backend = backend_under_test(_i / 3)};

	way_of_streams = _i % 3;
	torture(talk_over_it, &configuration);
}

TEST_ON_BACKENDS(bufferevent_socket_new__without_memory_does_not_close_the_descriptor)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(fail_to_make, &configuration);
}
