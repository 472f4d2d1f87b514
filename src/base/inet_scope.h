/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv6 addresses with a scope: "fe80::1%eth0".  Asks the kernel for interfaces.
 */
#ifndef LVN_BASE_INET_SCOPE_H
#define LVN_BASE_INET_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/inet.h"

/*
 * Reads an address that may be followed by % and the name or the decimal index of
 * an interface.  The index is 0 when there is none; it is written also when the
 * address is then found to be wrong.  An index is not checked against the interfaces.
 */
bool lvn_inet_scope_read_6(
    const char *text, uint8_t address_out[LVN_INET6_SIZE], unsigned *index_out);

#endif
