/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs, filters and rate limits while memory and system calls fail.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>

#include "torture/torture.h"

static const char text[] = "whatever fails, these bytes arrive";

struct side {
	struct event_base *base;
	char got[sizeof(text)];
	int size;
};

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct side *side = arg;

	side->size += (int)bufferevent_read(
	    bev, side->got + side->size, sizeof(side->got) - (size_t)side->size);
	if (side->size == sizeof(text))
		event_base_loopbreak(side->base);
}

/* There was no memory to read into: that is reported, and reading is disabled. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	EXPECT(what & BEV_EVENT_ERROR);
	torture_excuse("reading or writing");
	TRY(bufferevent_enable(bev, EV_READ | EV_WRITE));
}

/* Its own calls do not fail. */
static enum bufferevent_filter_result
pass(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit, enum bufferevent_flush_mode mode,
    void *context)
{
	(void)limit;
	(void)mode;
	(void)context;
	if (evbuffer_get_length(from) == 0)
		return BEV_NEED_MORE;
	faults_pause();
	EXPECT(evbuffer_add_buffer(to, from) == 0);
	faults_resume();
	return BEV_OK;
}

static void
write_to(struct bufferevent *bev)
{
	TRY(bufferevent_write(bev, text, sizeof(text)));
}

static void
through_a_stack(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	struct side side = {.base = base};
	struct bufferevent *pair[2], *filter;

	TRY(bufferevent_pair_new(base, BEV_OPT_THREADSAFE, pair));
	TRY_NEW(
	    filter, bufferevent_filter_new(pair[0], pass, pass, BEV_OPT_CLOSE_ON_FREE, NULL, NULL));
	bufferevent_setcb(filter, on_read, NULL, on_event, &side);
	TRY(bufferevent_enable(filter, EV_READ));
	write_to(pair[1]);
	torture_run(base, &side.size, sizeof(text));

	EXPECT(memcmp(side.got, text, sizeof(text)) == 0);
	bufferevent_free(filter);
	bufferevent_free(pair[1]);
	event_base_free(base);
}

TEST_ON_BACKENDS(filter__bytes_pass_a_stack_whatever_fails)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(through_a_stack, &configuration);
}

/* No bufferevent waits for a timer that could not be set. */
static void
through_limits(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	struct side side = {.base = base};
	struct ev_token_bucket_cfg *cfg;
	struct bufferevent_rate_limit_group *group;
	struct bufferevent *reader, *writer;
	evutil_socket_t ends[2];

	torture_open_pair(configuration, ends);
	TRY_NEW(cfg, ev_token_bucket_cfg_new(15, 15, 15, 15, SPAN_MS(1)));
	TRY_NEW(group, bufferevent_rate_limit_group_new(base, cfg));
	TRY_NEW(reader, bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE));
	TRY_NEW(writer, bufferevent_socket_new(base, ends[1], BEV_OPT_CLOSE_ON_FREE));
	TRY(bufferevent_set_rate_limit(writer, cfg));
	TRY(bufferevent_add_to_rate_limit_group(reader, group));
	bufferevent_setcb(reader, on_read, NULL, on_event, &side);
	bufferevent_setcb(writer, NULL, NULL, on_event, NULL);
	TRY(bufferevent_enable(reader, EV_READ));
	write_to(writer);
	torture_run(base, &side.size, sizeof(text));

	EXPECT(memcmp(side.got, text, sizeof(text)) == 0);
	bufferevent_free(reader);
	bufferevent_free(writer);
	bufferevent_rate_limit_group_free(group);
	event_base_free(base);
	ev_token_bucket_cfg_free(cfg);
}

TEST_ON_BACKENDS(rate_limit__bytes_pass_whatever_fails)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(through_limits, &configuration);
}
