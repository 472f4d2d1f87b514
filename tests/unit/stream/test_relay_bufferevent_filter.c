/* SPDX-License-Identifier: BSD-3-Clause */
/* The suite of the same name, over a transport that is not a plain socket. */
#include "unit/stream/relay_transport.h"
/* Behind the names that it changes. */
#include "api/test_bufferevent_filter.c"
