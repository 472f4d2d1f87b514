/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: debug mode, and the end of the process's use of the library.
 */
#include <event2/event.h>

#include "base/block_pool.h"
#include "loop/current_base.h"
#include "loop/debug.h"
#include "loop/event_global.h"

void
event_enable_debug_mode(void)
{
	lvn_debug_enable();
}

void
event_disable_debug_mode(void)
{
	lvn_debug_disable();
}

void
libevent_global_shutdown(void)
{
	lvn_debug_disable();
	lvn_current_base = NULL;
	lvn_block_pool_clear();
}
