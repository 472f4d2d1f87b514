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

bool
lvn_http_client_queue_take_out(struct http_client *client, struct evhttp_request *request)
{
	struct evhttp_request **link = &client->queue;

	while (*link && *link != request)
		link = &(*link)->next.tqe_next;
	if (!*link)
		return false;
	*link = request->next.tqe_next;
	if (!*link)
		client->queue_end = link;
	return true;
}
