/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cryptographically secure random bytes from the kernel.  Keeps no state, so that nothing
 * has to be done after fork.
 */
#ifndef LVN_BASE_RANDOM_H
#define LVN_BASE_RANDOM_H

#include <stddef.h>

#include "base/compiler.h"

/*
 * Fills `data`, from getrandom or, where that is not to be had, from the device file.
 * Returns 0, or -errno of the device file; then nothing in `data` may be used.
 */
LVN_EXPORT LVN_NODISCARD int lvn_random_fill(void *data, size_t size);

/*
 * The device file to read in place of /dev/urandom; NULL for that again.  The name is
 * not copied.  Not synchronised: before any other call.
 */
void lvn_random_set_device_file(const char *name);

#endif
