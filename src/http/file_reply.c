/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/file_reply.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/private.h"
#include "http/byte_range.h"
#include "http/conditions.h"
#include "http/connection.h"
#include "http/fields.h"
#include "http/http_date.h"
#include "http/media_type.h"
#include "http/reply.h"

#define PARTIAL_CONTENT       206
#define RANGE_NOT_SATISFIABLE 416

/* A file that was changed so recently may change again without another time. */
#define RECENT_S 2

#define ETAG_SIZE 64

struct file {
	struct evhttp_request *request;
	const struct levin_http_file *settings;
	const struct stat *status;
	const char *path;
	struct http_validators validators;
	char etag[ETAG_SIZE];
	uint64_t total;
	uint64_t at; /* what is sent */
	uint64_t size;
};

/* ---- what the file is ---- */

static long
nanoseconds_of(const struct stat *status)
{
#ifdef __APPLE__
	return (long)status->st_mtimespec.tv_nsec;
#else
	return (long)status->st_mtim.tv_nsec;
#endif
}

static void
find_validators(struct file *file)
{
	const struct stat *status = file->status;
	struct timeval now;
	bool is_recent;

	event_base_gettimeofday_cached(file->request->evcon->base, &now);
	file->validators.now = now.tv_sec;
	is_recent = (int64_t)status->st_mtime > file->validators.now - RECENT_S;
	/* No date of a reply is in the future (RFC 9110 8.8.2.1). */
	file->validators.modified = status->st_mtime;
	if (file->validators.modified > file->validators.now)
		file->validators.modified = file->validators.now;
	file->validators.is_date_strong = !is_recent;
	file->validators.etag = file->etag;
	if (file->settings && file->settings->etag) {
		file->validators.etag = *file->settings->etag ? file->settings->etag : NULL;
		return;
	}
	evutil_snprintf(file->etag, sizeof(file->etag), "%s\"%llx-%llx.%lx-%llx\"",
	    is_recent ? "W/" : "", (unsigned long long)status->st_ino,
	    (unsigned long long)status->st_mtime, (unsigned long)nanoseconds_of(status),
	    (unsigned long long)status->st_size);
}

/* Returns the status code, and sets what is to be sent. */
static int
choose(struct file *file)
{
	const struct evkeyvalq *fields = file->request->input_headers;
	const char *range = lvn_http_fields_find(fields, "Range");
	bool is_get = file->request->type == EVHTTP_REQ_GET;
	int code = lvn_http_conditions_check(
	    fields, &file->validators, is_get || file->request->type == EVHTTP_REQ_HEAD);

	file->size = file->total;
	if (code != 0 || !is_get || !range ||
	    !lvn_http_conditions_allow_range(fields, &file->validators))
		return code ? code : HTTP_OK;
	switch (lvn_http_byte_range_parse(
	    lvn_http_slice_of(range), file->total, &file->at, &file->size)) {
	case HTTP_RANGE_PART:
		return PARTIAL_CONTENT;
	case HTTP_RANGE_IMPOSSIBLE:
		return RANGE_NOT_SATISFIABLE;
	case HTTP_RANGE_WHOLE:
		break;
	}
	return HTTP_OK;
}

/* ---- the reply ---- */

/* A field that the program has set stays. */
static int
add(struct file *file, const char *name, const char *value)
{
	struct evkeyvalq *fields = file->request->output_headers;

	if (lvn_http_fields_find(fields, name))
		return 0;
	return lvn_http_fields_add(fields, name, strlen(name), value, strlen(value));
}

static int
add_range(struct file *file, int code)
{
	char text[80];

	if (code == PARTIAL_CONTENT)
		evutil_snprintf(text, sizeof(text), "bytes %llu-%llu/%llu",
		    (unsigned long long)file->at, (unsigned long long)(file->at + file->size - 1),
		    (unsigned long long)file->total);
	else if (code == RANGE_NOT_SATISFIABLE)
		evutil_snprintf(
		    text, sizeof(text), "bytes */%llu", (unsigned long long)file->total);
	else
		return 0;
	return add(file, "Content-Range", text);
}

static const char *
type_of(const struct file *file)
{
	if (file->settings && file->settings->content_type)
		return file->settings->content_type;
	return lvn_http_media_type_of(file->path ? file->path : "");
}

static int
add_fields(struct file *file, int code)
{
	struct http_date modified = {0, ""};
	char size[24];

	if (add(file, "Last-Modified", lvn_http_date_text(&modified, file->validators.modified)) <
		0 ||
	    (file->validators.etag && add(file, "ETag", file->validators.etag) < 0) ||
	    add(file, "Accept-Ranges", "bytes") < 0 || add_range(file, code) < 0)
		return -ENOMEM;
	if (code != HTTP_OK && code != PARTIAL_CONTENT)
		return 0;
	evutil_snprintf(size, sizeof(size), "%llu", (unsigned long long)file->size);
	/* For HEAD, which has no body that shows it. */
	lvn_http_fields_remove_all(file->request->output_headers, "Content-Length");
	return add(file, "Content-Type", type_of(file)) < 0 || add(file, "Content-Length", size) < 0
		   ? -ENOMEM
		   : 0;
}

/* Owns the descriptor. */
static int
add_part(struct file *file, int fd)
{
	struct evbuffer_file_segment *segment = evbuffer_file_segment_new(
	    fd, (ev_off_t)file->at, (ev_off_t)file->size, EVBUF_FS_CLOSE_ON_FREE);
	int rc;

	if (!segment) {
		(void)close(fd);
		return -ENOMEM;
	}
	rc = evbuffer_add_file_segment(
	    file->request->output_buffer, segment, 0, (ev_off_t)file->size);
	evbuffer_file_segment_free(segment);
	return rc < 0 ? -ENOMEM : 0;
}

static bool
has_part(const struct file *file, int code)
{
	return (code == HTTP_OK || code == PARTIAL_CONTENT) && file->size > 0 &&
	       file->request->type != EVHTTP_REQ_HEAD;
}

int
lvn_http_file_reply_send(struct evhttp_request *request, int fd, const struct stat *status,
    const char *path, const struct levin_http_file *settings)
{
	struct evbuffer *body = request->output_buffer;
	struct file file = {
	    .request = request,
	    .settings = settings,
	    .status = status,
	    .path = path,
	    .total = (uint64_t)status->st_size,
	};
	int code;
	int rc;

	/* What is there would be sent before the file. */
	evbuffer_drain(body, evbuffer_get_length(body));
	find_validators(&file);
	code = choose(&file);
	rc = add_fields(&file, code);
	if (rc == 0 && has_part(&file, code))
		rc = add_part(&file, fd);
	else
		(void)close(fd);
	if (rc < 0)
		return rc;
	lvn_http_reply_send(request, code, NULL, NULL);
	return 0;
}
