/* SPDX-License-Identifier: BSD-3-Clause */
/* Rate limits: configurations, what functions answer, and how bytes pass tick by tick. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "kit.h"

#define MOST ((size_t)EV_RATE_LIMIT_MAX)

static struct event_base *base;
static struct bufferevent *ends[2];

static void
configurations(void)
{
	static const size_t values[][4] = {
	    {0, 0, 0, 0},
	    {1, 1, 1, 1},
	    {10, 5, 1, 1},
	    {1, 1, 10, 5},
	    {0, 5, 1, 1},
	    {1, 1, 0, 5},
	    {MOST, MOST, MOST, MOST},
	    {MOST + 1, MOST + 1, 1, 1},
	    {1, MOST + 1, 1, 1},
	    {1, 1, 1, MOST + 1},
	};
	struct timeval tick = kit_ms(1);

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(
		    values[i][0], values[i][1], values[i][2], values[i][3], i % 2 ? &tick : NULL);

		say("configuration %zu: %d", i, cfg != NULL);
		if (cfg)
			ev_token_bucket_cfg_free(cfg);
	}
}

static void
own(const char *when)
{
	say("%s: left %lld %lld, most %lld %lld", when,
	    (long long)bufferevent_get_read_limit(ends[0]),
	    (long long)bufferevent_get_write_limit(ends[0]),
	    (long long)bufferevent_get_max_to_read(ends[0]),
	    (long long)bufferevent_get_max_to_write(ends[0]));
}

static void
make(void)
{
	int fds[2];

	kit_socketpair(fds);
	ends[0] = bufferevent_socket_new(base, fds[0], 0);
	ends[1] = bufferevent_socket_new(base, fds[1], 0);
}

static void
finish(void)
{
	bufferevent_free(ends[0]);
	bufferevent_free(ends[1]);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	kit_close_descriptors();
}

static void
one(void)
{
	struct timeval tick = kit_ms(100);
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(10, 30, 20, 50, &tick);
	struct ev_token_bucket_cfg *small = ev_token_bucket_cfg_new(5, 7, 8, 9, &tick);

	say("== one");
	make();
	own("none");
	say("single %d %d", (int)bufferevent_get_max_single_read(ends[0]),
	    (int)bufferevent_get_max_single_write(ends[0]));
	bufferevent_set_max_single_read(ends[0], 100);
	own("single read of 100");
	bufferevent_set_max_single_read(ends[0], MOST + 1);
	bufferevent_set_max_single_write(ends[0], 5);
	own("single write of 5");
	bufferevent_set_max_single_write(ends[0], 0);
	say("set %d %d", bufferevent_set_rate_limit(ends[0], cfg),
	    bufferevent_set_rate_limit(ends[0], cfg));
	say("get %d", bufferevent_get_token_bucket_cfg(ends[0]) == cfg);
	own("new");
	say("take %d", bufferevent_decrement_read_limit(ends[0], 100));
	own("taken");
	say("give %d", bufferevent_decrement_read_limit(ends[0], -110));
	own("given");
	say("change %d", bufferevent_set_rate_limit(ends[0], small));
	own("smaller");
	say("change %d", bufferevent_set_rate_limit(ends[0], cfg));
	own("larger");
	say("none %d %d", bufferevent_set_rate_limit(ends[0], NULL),
	    bufferevent_set_rate_limit(ends[0], NULL));
	own("none");
	finish();
	ev_token_bucket_cfg_free(cfg);
	ev_token_bucket_cfg_free(small);
}

static void
group_state(struct bufferevent_rate_limit_group *group, const char *when)
{
	say("%s: group %lld %lld, most %lld %lld", when,
	    (long long)bufferevent_rate_limit_group_get_read_limit(group),
	    (long long)bufferevent_rate_limit_group_get_write_limit(group),
	    (long long)bufferevent_get_max_to_read(ends[0]),
	    (long long)bufferevent_get_max_to_write(ends[0]));
}

static void
groups(void)
{
	struct timeval tick = kit_ms(100);
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(10, 30, 20, 50, &tick);
	struct ev_token_bucket_cfg *small = ev_token_bucket_cfg_new(5, 7, 8, 9, &tick);
	struct bufferevent_rate_limit_group *group = bufferevent_rate_limit_group_new(base, cfg);
	ev_uint64_t totals[2] = {7, 7};

	say("== groups");
	make();
	say("add %d %d", bufferevent_add_to_rate_limit_group(ends[0], group),
	    bufferevent_add_to_rate_limit_group(ends[0], group));
	group_state(group, "one member");
	say("own %d, limit %d", bufferevent_get_token_bucket_cfg(ends[0]) != NULL,
	    bufferevent_get_read_limit(ends[0]) == EV_SSIZE_MAX);
	say("share %d", bufferevent_rate_limit_group_set_min_share(group, MOST + 1));
	say("share %d", bufferevent_rate_limit_group_set_min_share(group, 5));
	bufferevent_add_to_rate_limit_group(ends[1], group);
	group_state(group, "two members");
	bufferevent_rate_limit_group_decrement_read(group, 28);
	group_state(group, "taken");
	bufferevent_rate_limit_group_decrement_read(group, -1000);
	group_state(group, "given");
	say("change %d", bufferevent_rate_limit_group_set_cfg(group, small));
	group_state(group, "smaller");
	say("change %d", bufferevent_rate_limit_group_set_cfg(group, cfg));
	group_state(group, "larger");
	bufferevent_rate_limit_group_get_totals(group, &totals[0], &totals[1]);
	say("totals %d %d", (int)totals[0], (int)totals[1]);
	bufferevent_rate_limit_group_get_totals(group, NULL, NULL);
	bufferevent_rate_limit_group_reset_totals(group);
	say("remove %d %d", bufferevent_remove_from_rate_limit_group(ends[0]),
	    bufferevent_remove_from_rate_limit_group(ends[0]));
	bufferevent_remove_from_rate_limit_group(ends[1]);
	bufferevent_rate_limit_group_free(group);
	finish();
	ev_token_bucket_cfg_free(cfg);
	ev_token_bucket_cfg_free(small);
}

/* In the time that the kit has: a second, in turns. */
static void
bytes(void)
{
	struct timeval tick = kit_ms(100), end = kit_ms(1050);
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(100, 100, 1000, 1000, &tick);
	char data[3000] = {0};

	say("== bytes");
	make();
	bufferevent_set_rate_limit(ends[0], cfg);
	bufferevent_enable(ends[0], EV_READ);
	bufferevent_write(ends[1], data, sizeof(data));
	event_base_loopexit(base, &end);
	event_base_dispatch(base);
	say("read %zu in a second", evbuffer_get_length(bufferevent_get_input(ends[0])));
	finish();
	ev_token_bucket_cfg_free(cfg);
}

int
main(void)
{
	base = kit_base();
	configurations();
	one();
	groups();
	bytes();
	event_base_free(base);
	return 0;
}
