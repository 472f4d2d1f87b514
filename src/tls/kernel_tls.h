/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernel TLS: a transport for sessions of OpenSSL that the kernel takes over after the handshake,
 * each direction for itself.  What it does not take over goes on as in tls_stream.c, and so does
 * everything where the wire is not a socket of the kernel.
 */
#ifndef LVN_TLS_KERNEL_TLS_H
#define LVN_TLS_KERNEL_TLS_H

#include "stream/transport.h"

/* Its state is a struct tls_stream that owns its session. */
extern const struct transport_ops lvn_kernel_tls_transport;

#endif
