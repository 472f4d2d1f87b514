/* SPDX-License-Identifier: BSD-3-Clause */
/* The suite of the same name with kernel TLS, if the kernel has it; else without, as it must be. */
#include <levin/tls.h>

#include "support/tls/certificates.h"

#define FLAGS_OF_CONTEXTS LEVIN_TLS_KERNEL

#include "api/test_levin_tls.c"
