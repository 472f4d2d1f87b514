/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/lock_callbacks.h"

struct lock_callbacks lvn_lock_callbacks;

void
lvn_lock_callbacks_set_native(bool native)
{
	lvn_lock_callbacks.native = native;
}
