/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of requests by URL: levin/http_client.h.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <levin/http_client.h>
#include <string.h>

#include "base/limit.h"
#include "base/private.h"
#include "http/fetch.h"
#include "http/fetch_exchange.h"
#include "http/fields.h"
#include "http/syntax.h"

/* -1 with errno for a negative result. */
static int
translate(int rc)
{
	if (rc >= 0)
		return 0;
	errno = -rc;
	return -1;
}

static int
refuse(const char *caller, const char *why)
{
	lvn_log_misuse(caller, why);
	return translate(-EINVAL);
}

static bool
is_new(const struct levin_http_fetch *fetch)
{
	return fetch && fetch->state == HTTP_FETCH_NEW;
}

struct levin_http_fetch *
levin_http_fetch_new(struct levin_http_client *client, const char *method, const char *url,
    levin_http_fetch_result_fn *callback, void *arg)
{
	struct levin_http_fetch *fetch;

	if (!client || client->is_freed || !method || !url || !callback) {
		(void)refuse(__func__, "something is missing");
		return NULL;
	}
	if (translate(lvn_http_fetch_new(client, method, url, &fetch)) < 0)
		return NULL;
	fetch->on_end = callback;
	fetch->arg = arg;
	return fetch;
}

int
levin_http_fetch_add_field(struct levin_http_fetch *fetch, const char *name, const char *value)
{
	if (!is_new(fetch))
		return refuse(__func__, "it is no request, or it was started");
	if (!name || !value || !lvn_http_syntax_is_token(name, strlen(name)) ||
	    !lvn_http_syntax_is_value(value, strlen(value)))
		return refuse(__func__, "the field cannot be sent");
	return translate(
	    lvn_http_fields_add(&fetch->fields, name, strlen(name), value, strlen(value)));
}

int
levin_http_fetch_set_body(struct levin_http_fetch *fetch, struct evbuffer *body)
{
	if (!is_new(fetch) || !body || fetch->upload.on_writable)
		return refuse(__func__, "it is no request, or it was started");
	if (!fetch->to_send)
		fetch->to_send = evbuffer_new();
	if (!fetch->to_send)
		return translate(-ENOMEM);
	evbuffer_drain(fetch->to_send, evbuffer_get_length(fetch->to_send));
	return translate(evbuffer_add_buffer(fetch->to_send, body) < 0 ? -ENOMEM : 0);
}

int
levin_http_fetch_set_timeouts(
    struct levin_http_fetch *fetch, const struct levin_http_fetch_timeouts *timeouts)
{
	if (!is_new(fetch) || !timeouts)
		return refuse(__func__, "it is no request, or it was started");
	if (!lvn_http_fetch_timeouts_are_valid(timeouts))
		return refuse(__func__, "a limit is below -1");
	fetch->timeouts = *timeouts;
	return 0;
}

int
levin_http_fetch_limit_body(struct levin_http_fetch *fetch, int64_t size)
{
	if (!is_new(fetch))
		return refuse(__func__, "it is no request, or it was started");
	if (!lvn_limit_is_valid(size))
		return refuse(__func__, "a limit is below -1");
	fetch->body_limit = lvn_limit_exact(size);
	fetch->has_body_limit = true;
	return 0;
}

int
levin_http_fetch_limit_redirects(struct levin_http_fetch *fetch, int64_t count)
{
	if (!is_new(fetch))
		return refuse(__func__, "it is no request, or it was started");
	if (!lvn_limit_is_valid(count))
		return refuse(__func__, "a limit is below -1");
	fetch->redirect_limit = lvn_limit_exact(count);
	fetch->has_redirect_limit = true;
	return 0;
}

int
levin_http_fetch_set_unix_socket(struct levin_http_fetch *fetch, const char *path)
{
	char *copy;

	if (!is_new(fetch) || !path)
		return refuse(__func__, "it is no request, or it was started");
	copy = lvn_strdup(path);
	if (!copy)
		return translate(-ENOMEM);
	lvn_free(fetch->unix_path);
	fetch->unix_path = copy;
	return 0;
}

int
levin_http_fetch_on_head(struct levin_http_fetch *fetch, levin_http_fetch_result_fn *callback)
{
	if (!is_new(fetch))
		return refuse(__func__, "it is no request, or it was started");
	fetch->on_head = callback;
	return 0;
}

int
levin_http_fetch_on_data(struct levin_http_fetch *fetch, levin_http_fetch_data_fn *callback)
{
	if (!is_new(fetch))
		return refuse(__func__, "it is no request, or it was started");
	fetch->on_data = callback;
	return 0;
}

int
levin_http_fetch_stream_body(struct levin_http_fetch *fetch, int64_t size, unsigned flags,
    levin_http_fetch_writable_fn *callback)
{
	if (!is_new(fetch) || !callback || fetch->to_send ||
	    (flags & ~(unsigned)LEVIN_HTTP_FETCH_EXPECT_CONTINUE))
		return refuse(__func__, "it is no request, it was started, or it has a body");
	fetch->upload.on_writable = callback;
	fetch->upload.is_sized = size >= 0;
	fetch->upload.size = size >= 0 ? (uint64_t)size : 0;
	fetch->upload.expects = (flags & LEVIN_HTTP_FETCH_EXPECT_CONTINUE) != 0;
	return 0;
}

int
levin_http_fetch_write(struct levin_http_fetch *fetch, struct evbuffer *data)
{
	if (!fetch || !data)
		return refuse(__func__, "something is missing");
	return translate(lvn_http_fetch_exchange_write(fetch, data));
}

int
levin_http_fetch_finish(struct levin_http_fetch *fetch)
{
	if (!fetch)
		return refuse(__func__, "there is no request");
	return translate(lvn_http_fetch_exchange_finish(fetch));
}

int
levin_http_fetch_start(struct levin_http_fetch *fetch)
{
	if (!is_new(fetch))
		return refuse(__func__, "it is no request, or it was started");
	return translate(lvn_http_fetch_exchange_start(fetch));
}

void
levin_http_fetch_pause(struct levin_http_fetch *fetch)
{
	if (fetch && fetch->state != HTTP_FETCH_ENDED)
		lvn_http_fetch_exchange_pause(fetch);
}

void
levin_http_fetch_resume(struct levin_http_fetch *fetch)
{
	if (fetch && fetch->state != HTTP_FETCH_ENDED)
		lvn_http_fetch_exchange_resume(fetch);
}

void
levin_http_fetch_cancel(struct levin_http_fetch *fetch)
{
	if (fetch)
		lvn_http_fetch_end(fetch, LEVIN_HTTP_FETCH_CANCELLED, "the request was cancelled");
}
