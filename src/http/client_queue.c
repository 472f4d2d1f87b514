/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/client_queue.h"

void
lvn_http_client_queue_push(struct http_client *client, struct evhttp_request *request)
{
	request->next.tqe_next = NULL;
	*client->queue_end = request;
	client->queue_end = &request->next.tqe_next;
}

struct evhttp_request *
lvn_http_client_queue_shift(struct http_client *client)
{
	struct evhttp_request *request = client->queue;

	client->queue = request->next.tqe_next;
	if (!client->queue)
		client->queue_end = &client->queue;
	return request;
}

void
lvn_http_client_queue_unshift(struct http_client *client, struct evhttp_request *request)
{
	request->next.tqe_next = client->queue;
	client->queue = request;
	if (!request->next.tqe_next)
		client->queue_end = &request->next.tqe_next;
}

/* The link to it in a list that begins with `link`, or the last link. */
static struct evhttp_request **
find_link(struct evhttp_request **link, const struct evhttp_request *request)
{
	while (*link && *link != request)
		link = &(*link)->next.tqe_next;
	return link;
}

void
lvn_http_client_queue_fail(struct http_client *client)
{
	*find_link(&client->failing, NULL) = client->queue;
	client->queue = NULL;
	client->queue_end = &client->queue;
}

struct evhttp_request *
lvn_http_client_queue_shift_failing(struct http_client *client)
{
	struct evhttp_request *request = client->failing;

	client->failing = request->next.tqe_next;
	return request;
}

bool
lvn_http_client_queue_take_out(struct http_client *client, struct evhttp_request *request)
{
	struct evhttp_request **link = find_link(&client->queue, request);
	bool is_queued = *link != NULL;

	if (!is_queued)
		link = find_link(&client->failing, request);
	if (!*link)
		return false;
	*link = request->next.tqe_next;
	if (is_queued && !*link)
		client->queue_end = link;
	return true;
}
