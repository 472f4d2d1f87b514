/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For programs about RPC: a message with one text, as generated code has it, and the RPC Ask, which
 * has it as request and reply.
 */
#ifndef DIFFERENTIAL_RPC_KIT_H
#define DIFFERENTIAL_RPC_KIT_H

#include <event2/rpc.h>
#include <event2/rpc_struct.h>
#include <event2/tag.h>

#include "http_client_kit.h"

struct note {
	char *text; /* NULL: not set */
};

struct note *note_new(const char *text);
void *note_new_with_arg(void *arg);
void note_free(struct note *note);
void note_clear(struct note *note);
void note_set(struct note *note, const char *text);
void note_marshal(struct evbuffer *buffer, const struct note *note);
int note_unmarshal(struct note *note, struct evbuffer *buffer);
int note_complete(struct note *note);

EVRPC_HEADER(Ask, note, note)

#endif
