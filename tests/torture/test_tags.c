/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tagged data while memory fails: a record is in the buffer whole or not at all.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/tag.h>
#include <string.h>

#include "torture/torture.h"

/* 0 if the record came into the buffer, -1 if nothing did. */
static int
added(struct evbuffer *buffer, size_t before, size_t size)
{
	size_t after = evbuffer_get_length(buffer);

	EXPECT(after == before || after == before + size);
	return after > before ? 0 : -1;
}

static int
marshal(struct evbuffer *buffer, size_t size)
{
	static const char bytes[5000];
	size_t before = evbuffer_get_length(buffer);

	evtag_marshal(buffer, 1, bytes, (uint32_t)size);
	return added(buffer, before, 1 + 3 + size);
}

static int
marshal_buffer(struct evbuffer *buffer, struct evbuffer *data)
{
	size_t before = evbuffer_get_length(buffer);
	size_t size = evbuffer_get_length(data);
	int rc;

	evtag_marshal_buffer(buffer, 2, data);
	rc = added(buffer, before, 1 + 1 + size);
	EXPECT(evbuffer_get_length(data) == (rc == 0 ? 0 : size));
	return rc;
}

static void
write_and_read(const struct configuration *configuration)
{
	struct evbuffer *buffer, *data;
	char *text = NULL;
	uint32_t tag;
	int size;

	(void)configuration;
	TRY_NEW(buffer, evbuffer_new());
	TRY_NEW(data, evbuffer_new());
	TRY(evbuffer_add(data, "text", 4));
	TRY(marshal(buffer, 5000));
	TRY(marshal(buffer, 4900));
	TRY(marshal_buffer(buffer, data));
	/* What reading has begun it does not put back. */
	size = evtag_unmarshal(buffer, &tag, data);
	EXPECT(size == 5000 ? tag == 1 && evbuffer_get_length(data) == 5000 : size == -1);
	evbuffer_drain(buffer, size == -1 ? 5000 : 0);
	EXPECT(evtag_consume(buffer) == 0);
	EXPECT(evtag_peek(buffer, &tag) == 1 && tag == 2);
	EXPECT((evtag_unmarshal_string(buffer, 2, &text) == 0) == (text != NULL));
	faults_free(text);
	evbuffer_free(data);
	evbuffer_free(buffer);
}

TEST(evtag_marshal__survives_every_failure)
{
	torture(write_and_read, &(struct configuration){.backend = backend_under_test(0)});
}
