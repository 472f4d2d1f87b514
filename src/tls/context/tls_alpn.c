/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_alpn.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/private.h"

int
lvn_tls_alpn_encode(const char *names, unsigned char **list_out, size_t *size_out)
{
	size_t size = strlen(names) + 1;
	unsigned char *list;
	size_t at = 0;

	if (size > UINT16_MAX - sizeof(uint16_t) || strpbrk(names, " \t"))
		return -EINVAL;
	list = lvn_alloc(size);
	if (!list)
		return -ENOMEM;
	/* A name and the comma behind it, or the zero byte, need as much as a length and the name. */
	while (at < size) {
		size_t name_size = strcspn(names + at, ",");

		if (name_size == 0 || name_size > UINT8_MAX) {
			lvn_free(list);
			return -EINVAL;
		}
		list[at] = (unsigned char)name_size;
		memcpy(list + at + 1, names + at, name_size);
		at += name_size + 1;
	}
	*list_out = list;
	*size_out = size;
	return 0;
}
