/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The suite of the same name with kernel TLS.  OpenSSL then calls the system itself, and its calls
 * fail like the library's.
 */
#include <levin/tls.h>

#include "support/tls/certificates.h"

#define FLAGS_OF_CONTEXTS LEVIN_TLS_KERNEL

#include "torture/test_levin_tls.c"
