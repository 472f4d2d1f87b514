/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/request_handle.h"

#include "base/memory.h"

struct levin_http_handle *
lvn_http_request_handle_new(struct event_base *base, struct evhttp_request *request)
{
	struct levin_http_handle *handle = lvn_calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->base = base;
	handle->request = request;
	atomic_store_explicit(&handle->references, 1, memory_order_relaxed);
	return handle;
}

void
lvn_http_request_handle_reference(struct levin_http_handle *handle)
{
	atomic_fetch_add_explicit(&handle->references, 1, memory_order_relaxed);
}

void
lvn_http_request_handle_unreference(struct levin_http_handle *handle)
{
	if (handle &&
	    atomic_fetch_add_explicit(&handle->references, (unsigned)-1, memory_order_acq_rel) == 1)
		lvn_free(handle);
}
