/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/loop_connections.h"

#include <event2/event.h>
#include <sys/socket.h>

static void
open_connection(struct generator *generator, int at)
{
	int ends[2] = {-1, -1};

	generator_compare(
	    generator, "socketpair", at, levin_sim_socketpair(generator->sim, ends), 0);
	generator->connections[at] = (struct connection){.inner = ends[0], .outer = ends[1]};
}

void
connections_open(struct generator *generator)
{
	generator->duplicate = -1;
	for (int i = 0; i < MODEL_CONNECTIONS; i++)
		open_connection(generator, i);
}

void
connections_reopen(struct generator *generator, int at)
{
	struct connection *connection = &generator->connections[at];

	generator_log(generator, "connection %d: opened anew", at);
	if (generator->duplicate >= 0)
		generator_compare(generator, "close", at, levin_sim_close(generator->duplicate), 0);
	generator->duplicate = -1;
	if (generator->keeps_duplicates && choose_rarely(&generator->choices, 2))
		generator->duplicate = levin_sim_dup(connection->inner);
	generator_compare(generator, "close", at, levin_sim_close(connection->inner), 0);
	generator_compare(generator, "close", at, levin_sim_close(connection->outer), 0);
	open_connection(generator, at);
	model_reopen(&generator->model, at);
}

static short
connection_state(const struct connection *connection)
{
	short state = connection->full ? 0 : EV_WRITE;

	if (connection->unread > 0)
		state |= EV_READ;
	if (connection->ended)
		state |= EV_READ | EV_CLOSED;
	return state;
}

static void
connection_changed(struct generator *generator, int at, short bits)
{
	model_connection(
	    &generator->model, at, bits, connection_state(&generator->connections[at]));
}

static void
world_sends(struct generator *generator, int at)
{
	struct connection *connection = &generator->connections[at];
	int size = 1 + (int)choose(&generator->choices, 9);

	if (connection->ended || connection->unread > 50)
		return;
	generator_log(generator, "connection %d: %d bytes arrive", at, size);
	generator_compare(generator, "a write", at,
	    levin_sim_write(connection->outer, "ninebytes", (size_t)size), size);
	connection->unread += size;
	connection_changed(generator, at, EV_READ);
}

static void
world_drains(struct generator *generator, int at)
{
	struct connection *connection = &generator->connections[at];
	char bytes[CONNECTION_CAPACITY];

	if (!connection->full)
		return;
	generator_log(generator, "connection %d: drained", at);
	generator_compare(generator, "a read", at,
	    levin_sim_read(connection->outer, bytes, sizeof(bytes)), CONNECTION_CAPACITY);
	connection->full = false;
	connection_changed(generator, at, EV_WRITE);
}

static void
world_ends(struct generator *generator, int at)
{
	struct connection *connection = &generator->connections[at];

	if (connection->ended || !choose_rarely(&generator->choices, 4))
		return;
	generator_log(generator, "connection %d: ended by its peer", at);
	generator_compare(
	    generator, "a shutdown", at, levin_sim_shutdown(connection->outer, SHUT_WR), 0);
	connection->ended = true;
	connection_changed(generator, at, EV_READ | EV_WRITE | EV_CLOSED);
}

static void
world_raises(struct generator *generator)
{
	int at = (int)choose(&generator->choices, MODEL_SIGNALS);

	generator_log(generator, "signal %d arrives", at);
	generator_compare(
	    generator, "a signal", at, levin_sim_raise(generator->sim, signal_numbers[at], 0), 0);
	generator->model.arrived[at]++;
}

static void
program_reads(struct generator *generator, int at)
{
	struct connection *connection = &generator->connections[at];
	int size = choose_rarely(&generator->choices, 3) ? 1 : 100;
	int expected = connection->unread < size ? connection->unread : size;
	char bytes[100];

	if (expected == 0)
		return;
	generator_log(generator, "connection %d: %d bytes read", at, expected);
	generator_compare(generator, "a read", at,
	    levin_sim_read(connection->inner, bytes, (size_t)size), expected);
	connection->unread -= expected;
	connection_changed(generator, at, 0);
}

static void
program_fills(struct generator *generator, int at)
{
	static const char bytes[CONNECTION_CAPACITY];
	struct connection *connection = &generator->connections[at];

	if (connection->full)
		return;
	generator_log(generator, "connection %d: filled", at);
	generator_compare(generator, "a write", at,
	    levin_sim_write(connection->inner, bytes, sizeof(bytes)), CONNECTION_CAPACITY);
	connection->full = true;
	connection_changed(generator, at, 0);
}

void
connections_move_world(struct generator *generator)
{
	int connection = (int)choose(&generator->choices, MODEL_CONNECTIONS);

	switch (choose(&generator->choices, 9)) {
	case 0:
	case 1:
		world_sends(generator, connection);
		break;
	case 2:
		world_drains(generator, connection);
		break;
	case 3:
		world_ends(generator, connection);
		break;
	case 4:
		world_raises(generator);
		break;
	case 8:
		for (int i = 0; i < MODEL_CONNECTIONS; i++)
			world_sends(generator, i);
		break;
	case 5:
		program_fills(generator, connection);
		break;
	default:
		program_reads(generator, connection);
		break;
	}
}
