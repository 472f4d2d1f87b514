/* SPDX-License-Identifier: BSD-3-Clause */
#include "sibling.h"

#include <errno.h>
#include <string.h>

#include "base/private.h"

static const char *
use_memory(void)
{
	char *text = lvn_strdup("text"), *more;
	int *zeros = lvn_calloc(4, sizeof(*zeros));
	bool right = text && strcmp(text, "text") == 0 && zeros && zeros[3] == 0;

	more = lvn_realloc(text, 100);
	right = right && more && strcmp(more, "text") == 0;
	lvn_free(more);
	lvn_free(zeros);
	return right ? NULL : "memory";
}

static const char *
use_log(void)
{
	lvn_log_msg("message");
	lvn_log_warnx("warning");
	errno = ENOENT;
	lvn_log_warn("warning with errno");
	if (lvn_log_misuse("sibling_use_core", "nothing is wrong") != -1 || errno != EINVAL)
		return "log";
	return NULL;
}

static const char *
use_locks(void)
{
	struct lock *lock = lvn_private_lock_new();

	if (!lock)
		return "locks";
	lvn_private_lock_acquire(lock);
	lvn_private_lock_acquire(lock);
	lvn_private_lock_release(lock);
	lvn_private_lock_release(lock);
	lvn_private_lock_free(lock);
	return NULL;
}

static const char *
use_random(void)
{
	unsigned char bytes[32] = {0};
	static const unsigned char zeros[32];

	return lvn_random_fill(bytes, sizeof(bytes)) == 0 && memcmp(bytes, zeros, sizeof(bytes))
		   ? NULL
		   : "random bytes";
}

const char *
sibling_use_core(void)
{
	const char *wrong = use_memory();

	wrong = wrong ? wrong : use_log();
	wrong = wrong ? wrong : use_locks();
	wrong = wrong ? wrong : use_random();
	lvn_resolver_hook_set(NULL);
	return wrong;
}
