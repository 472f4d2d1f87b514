/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random stacks of streams on a simulated base: what is written at one end comes out at the other.
 */
#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/stream_player.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stream_player_set_up(false);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream_play play;

	/* The kernel's whims are the seed's, so that the rest can change by itself. */
	if (size < 2)
		return 0;
	play = stream_player_play(data[0], choices_from_bytes(data + 1, size - 1));
	if (!play.fault[0])
		return 0;
	fprintf(stderr, "%s\n", play.fault);
	__builtin_trap();
}
