/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated world of a random run: its kernel, and a name with several addresses to which
 * streams connect.  Some hosts of it are silent, slow or refuse; one of them at least is neither
 * silent nor refuses.
 */
#ifndef LEVIN_TESTS_FUZZ_STREAM_NETWORK_H
#define LEVIN_TESTS_FUZZ_STREAM_NETWORK_H

#include <event2/bufferevent.h>
#include <levin/sim.h>
#include <stdbool.h>
#include <stddef.h>

/* Sets how the kernel behaves, as pick(bound) chooses.  True if it breaks connections. */
bool stream_network_choose_kernel(struct levin_sim *sim, size_t (*pick)(size_t bound));

/* Makes the hosts, as pick(bound) chooses.  Returns the descriptor of the listener of all. */
int stream_network_open(struct levin_sim *sim, size_t (*pick)(size_t bound));

/* Lets a stream connect to the name.  0 or -1. */
int stream_network_connect(struct bufferevent *client);

/*
 * The other end of a client's descriptor, which is connected; the ends of all other attempts are
 * closed.  -1 if it is not there.
 */
int stream_network_accept(int listener, evutil_socket_t client);

#endif
