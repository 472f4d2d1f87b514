/* SPDX-License-Identifier: BSD-3-Clause */
/* The shared parts of the programs about RPC, see rpc_kit.h. */
#include "rpc_kit.h"

EVRPC_GENERATE(Ask, note, note)

struct note *
note_new(const char *text)
{
	struct note *note = calloc(1, sizeof(*note));

	note->text = text ? strdup(text) : NULL;
	return note;
}

void *
note_new_with_arg(void *arg)
{
	(void)arg;
	say("    a note is made");
	return note_new(NULL);
}

void
note_clear(struct note *note)
{
	free(note->text);
	note->text = NULL;
}

void
note_free(struct note *note)
{
	say("    a note is freed: %s", note->text ? note->text : "-");
	note_clear(note);
	free(note);
}

void
note_set(struct note *note, const char *text)
{
	note_clear(note);
	note->text = strdup(text);
}

void
note_marshal(struct evbuffer *buffer, const struct note *note)
{
	evtag_marshal_string(buffer, 1, note->text);
}

int
note_complete(struct note *note)
{
	return note->text ? 0 : -1;
}

int
note_unmarshal(struct note *note, struct evbuffer *buffer)
{
	while (evbuffer_get_length(buffer) > 0) {
		ev_uint32_t tag;

		if (evtag_peek(buffer, &tag) < 0 || tag != 1 || note->text ||
		    evtag_unmarshal_string(buffer, 1, &note->text) < 0)
			return -1;
	}
	return note_complete(note);
}
