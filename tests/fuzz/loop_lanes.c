/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/loop_lanes.h"

#include <event2/event.h>
#include <sys/socket.h>

static void
open_lane(struct player *player, int at)
{
	int ends[2] = {-1, -1};

	play_compare(player, "socketpair", at, levin_sim_socketpair(player->sim, ends), 0);
	player->lanes[at] = (struct lane){.inner = ends[0], .outer = ends[1]};
}

void
lanes_open(struct player *player)
{
	player->duplicate = -1;
	for (int i = 0; i < MODEL_LANES; i++)
		open_lane(player, i);
}

void
lanes_reopen(struct player *player, int at)
{
	struct lane *lane = &player->lanes[at];

	play_tell(player, "lane %d: opened anew", at);
	if (player->duplicate >= 0)
		play_compare(player, "close", at, levin_sim_close(player->duplicate), 0);
	player->duplicate = -1;
	if (player->keeps_duplicates && choose_rarely(&player->choices, 2))
		player->duplicate = levin_sim_dup(lane->inner);
	play_compare(player, "close", at, levin_sim_close(lane->inner), 0);
	play_compare(player, "close", at, levin_sim_close(lane->outer), 0);
	open_lane(player, at);
	model_reopen(&player->model, at);
}

static short
lane_state(const struct lane *lane)
{
	short state = lane->full ? 0 : EV_WRITE;

	if (lane->unread > 0)
		state |= EV_READ;
	if (lane->ended)
		state |= EV_READ | EV_CLOSED;
	return state;
}

static void
lane_changed(struct player *player, int at, short bits)
{
	model_lane(&player->model, at, bits, lane_state(&player->lanes[at]));
}

static void
world_sends(struct player *player, int at)
{
	struct lane *lane = &player->lanes[at];
	int size = 1 + (int)choose(&player->choices, 9);

	if (lane->ended || lane->unread > 50)
		return;
	play_tell(player, "lane %d: %d bytes arrive", at, size);
	play_compare(
	    player, "a write", at, levin_sim_write(lane->outer, "ninebytes", (size_t)size), size);
	lane->unread += size;
	lane_changed(player, at, EV_READ);
}

static void
world_drains(struct player *player, int at)
{
	struct lane *lane = &player->lanes[at];
	char bytes[LANE_CAPACITY];

	if (!lane->full)
		return;
	play_tell(player, "lane %d: drained", at);
	play_compare(
	    player, "a read", at, levin_sim_read(lane->outer, bytes, sizeof(bytes)), LANE_CAPACITY);
	lane->full = false;
	lane_changed(player, at, EV_WRITE);
}

static void
world_ends(struct player *player, int at)
{
	struct lane *lane = &player->lanes[at];

	if (lane->ended || !choose_rarely(&player->choices, 4))
		return;
	play_tell(player, "lane %d: ended by its peer", at);
	play_compare(player, "a shutdown", at, levin_sim_shutdown(lane->outer, SHUT_WR), 0);
	lane->ended = true;
	lane_changed(player, at, EV_READ | EV_WRITE | EV_CLOSED);
}

static void
world_raises(struct player *player)
{
	int at = (int)choose(&player->choices, MODEL_SIGNALS);

	play_tell(player, "signal %d arrives", at);
	play_compare(
	    player, "a signal", at, levin_sim_raise(player->sim, signal_numbers[at], 0), 0);
	player->model.arrived[at]++;
}

static void
program_reads(struct player *player, int at)
{
	struct lane *lane = &player->lanes[at];
	int size = choose_rarely(&player->choices, 3) ? 1 : 100;
	int expected = lane->unread < size ? lane->unread : size;
	char bytes[100];

	if (expected == 0)
		return;
	play_tell(player, "lane %d: %d bytes read", at, expected);
	play_compare(
	    player, "a read", at, levin_sim_read(lane->inner, bytes, (size_t)size), expected);
	lane->unread -= expected;
	lane_changed(player, at, 0);
}

static void
program_fills(struct player *player, int at)
{
	static const char bytes[LANE_CAPACITY];
	struct lane *lane = &player->lanes[at];

	if (lane->full)
		return;
	play_tell(player, "lane %d: filled", at);
	play_compare(player, "a write", at, levin_sim_write(lane->inner, bytes, sizeof(bytes)),
	    LANE_CAPACITY);
	lane->full = true;
	lane_changed(player, at, 0);
}

void
lanes_move_world(struct player *player)
{
	int lane = (int)choose(&player->choices, MODEL_LANES);

	switch (choose(&player->choices, 9)) {
	case 0:
	case 1:
		world_sends(player, lane);
		break;
	case 2:
		world_drains(player, lane);
		break;
	case 3:
		world_ends(player, lane);
		break;
	case 4:
		world_raises(player);
		break;
	case 8:
		for (int i = 0; i < MODEL_LANES; i++)
			world_sends(player, i);
		break;
	case 5:
		program_fills(player, lane);
		break;
	default:
		program_reads(player, lane);
		break;
	}
}
