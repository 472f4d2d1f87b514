/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/fetch_redirect.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http_struct.h>

#include "base/limit.h"
#include "base/private.h"
#include "http/fields.h"
#include "http/method.h"
#include "http/redirect.h"

static uint64_t
limit_of(const struct levin_http_fetch *fetch)
{
	const struct levin_http_client_settings *settings = &fetch->client->settings;

	if (fetch->has_redirect_limit)
		return fetch->redirect_limit;
	return settings->flags & LEVIN_HTTP_CLIENT_KEEP_REDIRECTS
		   ? 0
		   : lvn_limit_exact(settings->redirects);
}

enum http_fetch_redirect
lvn_http_fetch_redirect_check(struct levin_http_fetch *fetch, const char **why_out)
{
	const char *location = lvn_http_fields_find(fetch->request->input_headers, "Location");
	bool may_downgrade =
	    (fetch->client->settings.flags & LEVIN_HTTP_CLIENT_ALLOW_DOWNGRADE) != 0;
	int rc;

	if (!location || limit_of(fetch) == 0 ||
	    !lvn_http_redirect_is(fetch->request->response_code))
		return HTTP_FETCH_REDIRECT_NONE;
	if (fetch->redirects >= limit_of(fetch)) {
		*why_out = "there are too many redirects";
		return HTTP_FETCH_REDIRECT_REFUSED;
	}
	if (fetch->upload.on_writable && lvn_http_redirect_method(fetch->method,
					     fetch->request->response_code) == fetch->method) {
		*why_out = "the body cannot be sent again to follow the redirect";
		return HTTP_FETCH_REDIRECT_REFUSED;
	}
	rc = lvn_http_redirect_url(&fetch->url, location, may_downgrade, &fetch->next_url, why_out);
	if (rc == -ENOMEM)
		return HTTP_FETCH_REDIRECT_NO_MEMORY;
	return rc < 0 ? HTTP_FETCH_REDIRECT_REFUSED : HTTP_FETCH_REDIRECT_FOLLOWS;
}

static void
leave_origin(struct levin_http_fetch *fetch)
{
	lvn_free(fetch->unix_path);
	fetch->unix_path = NULL;
}

void
lvn_http_fetch_redirect_apply(struct levin_http_fetch *fetch)
{
	const struct http_method *method =
	    lvn_http_redirect_method(fetch->method, fetch->request->response_code);
	bool is_same_origin = lvn_http_url_has_origin_of(&fetch->url, &fetch->next_url);
	bool keeps_body = method == fetch->method;

	lvn_http_redirect_fields(&fetch->fields, is_same_origin, keeps_body);
	if (!is_same_origin)
		leave_origin(fetch);
	if (!keeps_body && fetch->to_send) {
		evbuffer_free(fetch->to_send);
		fetch->to_send = NULL;
	}
	fetch->upload.on_writable = NULL;
	fetch->method = method;
	lvn_http_url_clear(&fetch->url);
	fetch->url = fetch->next_url;
	fetch->next_url = (struct http_url){.text = NULL};
	fetch->redirects++;
	fetch->client->statistics.redirects++;
	lvn_http_fetch_reset(fetch);
}
