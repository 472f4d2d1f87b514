/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/wakeup.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "base/io.h"
#include "base/platform.h"

#if LVN_HAVE_EVENTFD
#include <sys/eventfd.h>
#endif

/* At least the 8 bytes of an eventfd; a pipe that many threads raised is emptied in gulps. */
#define GULP 512

static int
open_eventfd(struct wakeup *wakeup)
{
#if LVN_HAVE_EVENTFD
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	wakeup->read_end = wakeup->write_end = fd;
	return 0;
#else
	(void)wakeup;
	return -ENOSYS;
#endif
}

static int
open_ends(int ends[2])
{
	int rc = 0;

	if (pipe(ends) < 0)
		return -errno;
	for (int i = 0; i < 2 && rc == 0; i++)
		if (lvn_io_make_nonblocking(ends[i]) < 0 || lvn_io_make_close_on_exec(ends[i]) < 0)
			rc = -errno;
	if (rc < 0) {
		close(ends[0]);
		close(ends[1]);
	}
	return rc;
}

static int
open_pipe(struct wakeup *wakeup)
{
	int ends[2];
	int rc = open_ends(ends);

	if (rc < 0)
		return rc;
	wakeup->read_end = ends[0];
	wakeup->write_end = ends[1];
	return 0;
}

int
lvn_wakeup_open(struct wakeup *wakeup)
{
	struct wakeup opened = {.is_open = true};
	int rc = open_eventfd(&opened);

	if (rc < 0)
		rc = open_pipe(&opened);
	if (rc < 0)
		return rc;
	*wakeup = opened;
	return 0;
}

void
lvn_wakeup_close(struct wakeup *wakeup)
{
	if (!wakeup->is_open)
		return;
	close(wakeup->read_end);
	if (wakeup->write_end != wakeup->read_end)
		close(wakeup->write_end);
	*wakeup = (struct wakeup){.is_open = false};
}

void
lvn_wakeup_raise(int write_end)
{
	const uint64_t one = 1;
	int saved_errno = errno;
	ssize_t written;

	/* EAGAIN says that it is full, thus readable already. */
	do
		written = write(write_end, &one, sizeof(one));
	while (written < 0 && errno == EINTR);
	errno = saved_errno;
}

bool
lvn_wakeup_drain(int read_end)
{
	char gulp[GULP];
	int saved_errno = errno;
	bool raised = false;
	ssize_t got;

	do {
		got = read(read_end, gulp, sizeof(gulp));
		if (got > 0)
			raised = true;
	} while (got == (ssize_t)sizeof(gulp) || (got < 0 && errno == EINTR));
	errno = saved_errno;
	return raised;
}
