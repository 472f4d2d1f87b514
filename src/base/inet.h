/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Internet addresses between text and bytes in network order.  Knows nothing about
 * sockets, ports and interfaces.
 *
 * Reading is as lenient as libevent's: each number of a dotted address may have
 * blanks, a sign and leading zeros before it and is taken modulo 2^32; a group of
 * an IPv6 address may begin with 0x; the last group may be followed by a colon.
 */
#ifndef LVN_BASE_INET_H
#define LVN_BASE_INET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LVN_INET4_SIZE 4
#define LVN_INET6_SIZE 16

/* The longest texts, with their zero byte. */
#define LVN_INET4_TEXT_CAPACITY 16
#define LVN_INET6_TEXT_CAPACITY 46

/* The whole range must be one address.  Nothing is written unless they return true. */
bool lvn_inet_read_4(const char *text, const char *end, uint8_t address_out[LVN_INET4_SIZE]);
bool lvn_inet_read_6(const char *text, const char *end, uint8_t address_out[LVN_INET6_SIZE]);

/* Write the address in its shortest usual form and a zero byte; return the length of the text. */
size_t lvn_inet_write_4(
    const uint8_t address[LVN_INET4_SIZE], char text_out[LVN_INET4_TEXT_CAPACITY]);
size_t lvn_inet_write_6(
    const uint8_t address[LVN_INET6_SIZE], char text_out[LVN_INET6_TEXT_CAPACITY]);

#endif
