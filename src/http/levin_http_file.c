/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of files as replies: levin/http_server.h.
 */
#include <errno.h>
#include <event2/http_struct.h>
#include <levin/http_server.h>
#include <unistd.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/file_reply.h"
#include "http/open_below.h"
#include "http/reply.h"

static int
fail(int error)
{
	errno = error;
	return -1;
}

static int
check(struct evhttp_request *request, const char *caller)
{
	if (!request->evcon || request->evcon->has_failed)
		return -EPIPE;
	return lvn_http_reply_is_owed(request, true, caller) ? 0 : -EINVAL;
}

int
levin_http_reply_file(struct evhttp_request *req, int fd, const struct levin_http_file *settings)
{
	struct stat status;
	int rc = check(req, __func__);

	if (rc == 0 && (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)))
		rc = -EINVAL;
	if (rc == 0)
		rc = lvn_http_file_reply_send(req, fd, &status, NULL, settings);
	else
		(void)close(fd);
	return rc < 0 ? fail(-rc) : 0;
}

int
levin_http_reply_path(struct evhttp_request *req, int directory, const char *path,
    const struct levin_http_file *settings)
{
	struct stat status;
	int rc = check(req, __func__);
	int fd;

	if (rc < 0)
		return fail(-rc);
	fd = lvn_http_open_below(directory, path, &status);
	if (fd < 0)
		return fail(-fd);
	rc = lvn_http_file_reply_send(req, fd, &status, path, settings);
	return rc < 0 ? fail(-rc) : 0;
}
