/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/client.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/loopback.h"

enum { HEAD_SIZE = 4096, FIRST_SIZE = 32 * 1024 * 1024, ROOM_SIZE = 256 * 1024 };

static atomic_long *received;

char *
http_make_head(const char *method, const char *path, int fields, size_t body_size)
{
	char *head = bench_allocate(1, HEAD_SIZE);
	int size = snprintf(head, HEAD_SIZE, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, path);

	for (int i = 0; i < fields; i++)
		size += snprintf(head + size, HEAD_SIZE - (size_t)size,
		    "X-Field-Number-%d: some value of a usual length, %d\r\n", i, i);
	if (body_size > 0)
		size += snprintf(
		    head + size, HEAD_SIZE - (size_t)size, "Content-Length: %zu\r\n", body_size);
	snprintf(head + size, HEAD_SIZE - (size_t)size, "\r\n");
	return head;
}

void
http_progress_open(void)
{
	received = mmap(
	    NULL, sizeof(*received), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (received == MAP_FAILED)
		bench_fail("mmap");
}

long
http_progress(void)
{
	return atomic_load(received);
}

/* ---- replies */

/* Whether a reply is complete. */
static bool
is_whole(const char *reply, size_t size)
{
	const char *body = memmem(reply, size, "\r\n\r\n", 4);
	const char *length;

	if (!body)
		return false;
	body += 4;
	length = memmem(reply, (size_t)(body - reply), "Content-Length: ", 16);
	if (length)
		return (size_t)(reply + size - body) == strtoul(length + 16, NULL, 10);
	return memcmp(reply + size - 5, "0\r\n\r\n", 5) == 0;
}

size_t
http_receive_first(int fd)
{
	char *reply = bench_allocate(1, FIRST_SIZE);
	size_t size = 0;

	do {
		ssize_t got = recv(fd, reply + size, FIRST_SIZE - size, 0);

		if (got <= 0)
			bench_fail("the server has closed a connection");
		size += (size_t)got;
	} while (!is_whole(reply, size));
	if (memcmp(reply, "HTTP/1.1 200 ", 13) != 0)
		bench_fail("the reply is %.40s", reply);
	free(reply);
	return size;
}

static void
receive(int fd, size_t size)
{
	static char room[ROOM_SIZE];

	while (size > 0) {
		ssize_t got = recv(fd, room, size < sizeof(room) ? size : sizeof(room), 0);

		if (got <= 0)
			exit(0);
		size -= (size_t)got;
	}
}

/* ---- the process */

struct session {
	const struct http_load *load;
	int *fds;
	char *request; /* `depth` of them */
	size_t request_size;
	size_t reply_size;
};

static void
init_session(struct session *session, const struct http_load *load)
{
	size_t head_size = strlen(load->head);
	size_t size = head_size + load->body_size;

	session->load = load;
	session->fds = bench_allocate((size_t)load->connections, sizeof(*session->fds));
	session->request_size = size * (size_t)load->depth;
	session->request = bench_allocate(1, session->request_size);
	for (int i = 0; i < load->depth; i++)
		memcpy(session->request + (size_t)i * size, load->head, head_size);
}

static void
make_first_request(struct session *session, int fd)
{
	loopback_send(fd, session->request, session->request_size / (size_t)session->load->depth);
	session->reply_size = http_receive_first(fd);
	atomic_fetch_add(received, 1);
}

static void
do_round(struct session *session)
{
	const struct http_load *load = session->load;

	for (int i = 0; i < load->connections; i++)
		loopback_send(session->fds[i], session->request, session->request_size);
	for (int i = 0; i < load->connections; i++) {
		receive(session->fds[i], session->reply_size * (size_t)load->depth);
		atomic_fetch_add(received, load->depth);
	}
}

void
http_be_client(const struct sockaddr_in *address, const void *load)
{
	struct session session;

	init_session(&session, load);
	for (int i = 0; i < session.load->connections; i++)
		session.fds[i] = loopback_connect(address);
	for (int i = 0; i < session.load->connections; i++)
		make_first_request(&session, session.fds[i]);
	for (;;)
		do_round(&session);
}

void
http_be_idle_client(const struct sockaddr_in *address, const void *load)
{
	struct session session;

	init_session(&session, load);
	for (int i = 0; i < session.load->connections; i++)
		make_first_request(&session, loopback_connect(address));
	for (;;)
		pause();
}
