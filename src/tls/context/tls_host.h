/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host that a client connects to: a DNS name or an IP address (RFC 9525, 6.1).
 */
#ifndef LVN_TLS_CONTEXT_TLS_HOST_H
#define LVN_TLS_CONTEXT_TLS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_host {
	/* In lower case, without a dot at the end, and without the scope of an address. */
	char text[256];
	uint8_t address[16];
	size_t address_size; /* 0: a DNS name */
};

/*
 * False if the text is neither an address nor a name that DNS can have: labels of letters,
 * digits, hyphens and underscores, of which the last is not a number.  Names with other letters
 * must have been converted to their form in ASCII (RFC 5890).
 */
bool lvn_tls_host_read(struct tls_host *host_out, const char *text);

#endif
