/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/redirect.h"

#include <errno.h>
#include <event2/http.h>
#include <string.h>

#include "base/private.h"
#include "http/fields.h"
#include "http/method.h"
#include "http/uri_resolve.h"

bool
lvn_http_redirect_is(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

const struct http_method *
lvn_http_redirect_method(const struct http_method *method, int status)
{
	bool becomes_get =
	    status == 303 ? method->type != EVHTTP_REQ_HEAD
			  : (status == 301 || status == 302) && method->type == EVHTTP_REQ_POST;

	return becomes_get ? lvn_http_method_of_type(EVHTTP_REQ_GET) : method;
}

int
lvn_http_redirect_url(const struct http_url *from, const char *location, bool may_downgrade,
    struct http_url *url_out, const char **why_out)
{
	struct http_url url;
	char *text;
	int rc = lvn_http_uri_resolve(from->uri, location, &text);

	*why_out = "the Location of the redirect is no http or https URL";
	if (rc < 0)
		return rc;
	rc = lvn_http_url_parse(&url, text);
	lvn_free(text);
	if (rc < 0)
		return rc;
	if (from->is_tls && !url.is_tls && !may_downgrade) {
		lvn_http_url_clear(&url);
		*why_out = "the redirect leads from https to http";
		return -EINVAL;
	}
	*url_out = url;
	return 0;
}

static void
remove_fields(struct evkeyvalq *fields, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		lvn_http_fields_remove_all(fields, names[i]);
}

void
lvn_http_redirect_fields(struct evkeyvalq *fields, bool is_same_origin, bool keeps_body)
{
	static const char *const of_origin[] = {
	    "Authorization", "Cookie", "Host", "Origin", "Proxy-Authorization", "Referer"};
	static const char *const of_body[] = {"Content-Digest", "Content-Encoding",
	    "Content-Language", "Content-Location", "Content-Type", "Digest", "Last-Modified"};

	if (!is_same_origin)
		remove_fields(fields, of_origin, LVN_COUNT_OF(of_origin));
	if (!keeps_body)
		remove_fields(fields, of_body, LVN_COUNT_OF(of_body));
}
