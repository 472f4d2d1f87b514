/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/fetch_upload.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/util.h>
#include <string.h>

#include "base/private.h"
#include "http/fields.h"
#include "http/request.h"

/* The end of the chunk before, and the size of the next one. */
#define CHUNK_LINE_SIZE 32

int
lvn_http_fetch_upload_announce(struct levin_http_fetch *fetch)
{
	struct http_request *request = lvn_http_request_of(fetch->request);
	struct http_fetch_upload *upload = &fetch->upload;

	request->is_streamed = true;
	request->is_sized = upload->is_sized;
	request->left = upload->size;
	upload->left = upload->size;
	upload->has_begun = false;
	upload->is_finished = false;
	upload->waits = upload->expects;
	if (!upload->expects)
		return 0;
	return lvn_http_fields_add(fetch->request->output_headers, "Expect", strlen("Expect"),
	    "100-continue", strlen("100-continue"));
}

/* A chunk's end is written with the next one, so that what fails changes nothing. */
static int
write_chunk(struct http_fetch_upload *upload, struct evbuffer *output, struct evbuffer *data)
{
	char line[CHUNK_LINE_SIZE];
	int size = evutil_snprintf(line, sizeof(line), "%s%zx\r\n", upload->has_begun ? "\r\n" : "",
	    evbuffer_get_length(data));

	if (evbuffer_prepend(data, line, (size_t)size) < 0)
		return -ENOMEM;
	if (evbuffer_add_buffer(output, data) < 0) {
		evbuffer_drain(data, (size_t)size);
		return -ENOMEM;
	}
	upload->has_begun = true;
	return 0;
}

int
lvn_http_fetch_upload_write(
    struct levin_http_fetch *fetch, struct evbuffer *output, struct evbuffer *data)
{
	struct http_fetch_upload *upload = &fetch->upload;
	size_t size = evbuffer_get_length(data);

	if (size == 0)
		return 0;
	if (!upload->is_sized)
		return write_chunk(upload, output, data);
	if (size > upload->left)
		return -EINVAL;
	if (evbuffer_add_buffer(output, data) < 0)
		return -ENOMEM;
	upload->left -= size;
	return 0;
}

int
lvn_http_fetch_upload_finish(struct levin_http_fetch *fetch, struct evbuffer *output)
{
	struct http_fetch_upload *upload = &fetch->upload;
	const char *end = upload->has_begun ? "\r\n0\r\n\r\n" : "0\r\n\r\n";

	if (upload->is_sized && upload->left > 0)
		return -EINVAL;
	if (!upload->is_sized && evbuffer_add(output, end, strlen(end)) < 0)
		return -ENOMEM;
	upload->is_finished = true;
	return 0;
}
