/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A part of every library beside core.  The pointer makes the dynamic linker look for the
 * symbol when it loads the library: a core of another release is refused at once, with
 * "undefined symbol: lvn_private_N".
 */
#include "base/private.h"

__attribute__((used)) static const char *const core_release = &LVN_PRIVATE_VERSION;
