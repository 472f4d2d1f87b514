/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/short_memory.h"

#include <event2/event.h>
#include <link.h>
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static unsigned long left;
static unsigned paused;
static bool has_failed;

static bool
fails(void)
{
	if (paused || left == 0 || --left > 0)
		return false;
	has_failed = true;
	return true;
}

static void *
take(size_t size)
{
	return fails() ? NULL : malloc(size);
}

static void *
take_again(void *memory, size_t size)
{
	return fails() ? NULL : realloc(memory, size);
}

static void *
crypto_take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : malloc(size);
}

static void *
crypto_take_again(void *memory, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(memory, size);
}

static void
crypto_give_back(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

/*
 * mbedTLS has no functions to be set, where it is built as usual: it calls the C library's, before
 * which this one stands.  Others of the process, which are many, do not fail.
 */
#if defined(__GLIBC__) && defined(LEVIN_TEST_MBEDTLS)
extern void *__libc_calloc(size_t count, size_t size);
extern void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));

/* Where the libraries are. */
static struct {
	uintptr_t start;
	uintptr_t end;
} parts[16];
static size_t part_count;

static int
note_parts(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	if (!strstr(info->dlpi_name, "libmbed"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type != PT_LOAD || part_count == sizeof(parts) / sizeof(parts[0]))
			continue;
		parts[part_count].start = info->dlpi_addr + header->p_vaddr;
		parts[part_count].end = parts[part_count].start + header->p_memsz;
		part_count++;
	}
	return 0;
}

static bool
is_of_mbedtls(const void *caller)
{
	for (size_t i = 0; i < part_count; i++)
		if ((uintptr_t)caller >= parts[i].start && (uintptr_t)caller < parts[i].end)
			return true;
	return false;
}

static void
find_mbedtls(void)
{
	dl_iterate_phdr(note_parts, NULL);
}

void *
calloc(size_t count, size_t size)
{
	if (is_of_mbedtls(__builtin_return_address(0)) && fails())
		return NULL;
	return __interceptor_calloc ? __interceptor_calloc(count, size)
				    : __libc_calloc(count, size);
}
#else
static void
find_mbedtls(void)
{
}
#endif

void
short_memory_install(void)
{
	event_set_mem_functions(take, take_again, free);
	if (CRYPTO_set_mem_functions(crypto_take, crypto_take_again, crypto_give_back) != 1)
		abort();
	find_mbedtls();
}

void
short_memory_arm(unsigned long n)
{
	left = n;
	has_failed = false;
}

bool
short_memory_has_failed(void)
{
	return has_failed;
}

void
short_memory_pause(void)
{
	paused++;
}

void
short_memory_resume(void)
{
	paused--;
}
