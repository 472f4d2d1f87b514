/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_files.h"

#include <errno.h>

#include "base/assert.h"
#include "base/memory.h"
#include "sim/sim_watch.h"

#define FIRST_CAPACITY 64

int
lvn_sim_files_reserve(struct levin_sim *sim, size_t count)
{
	struct sim_files *files = &sim->files;
	size_t capacity = files->capacity ? files->capacity : FIRST_CAPACITY;
	struct sim_file **slots;

	if (files->open_count + count > sim->options.descriptor_limit)
		return -EMFILE;
	if (files->open_count + count <= files->capacity)
		return 0;
	while (capacity < files->open_count + count)
		capacity *= 2;
	slots = lvn_sim_kernel_realloc(sim, files->slots, capacity * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = files->capacity; i < capacity; i++)
		slots[i] = NULL;
	files->slots = slots;
	files->capacity = capacity;
	return 0;
}

int
lvn_sim_files_install(struct levin_sim *sim, struct sim_file *file, enum sim_trace_kind kind)
{
	struct sim_files *files = &sim->files;
	size_t number = files->lowest_free;

	while (number < files->capacity && files->slots[number])
		number++;
	LVN_ASSERT(number < files->capacity);
	files->slots[number] = file;
	files->lowest_free = number + 1;
	files->open_count++;
	file->descriptors++;
	file->number = (int)number;
	lvn_sim_kernel_note(sim, kind, (int)number, 0);
	return sim->first_fd + (int)number;
}

void
lvn_sim_files_replace(struct levin_sim *sim, struct sim_file *old, struct sim_file *file)
{
	for (size_t i = 0; i < sim->files.capacity; i++) {
		if (sim->files.slots[i] == old)
			sim->files.slots[i] = file;
	}
	file->descriptors = old->descriptors;
	file->number = old->number;
	lvn_sim_watch_move(old, file);
	old->ops->release(old);
}

struct sim_file *
lvn_sim_files_at(const struct levin_sim *sim, int fd)
{
	if (fd < sim->first_fd || (size_t)(fd - sim->first_fd) >= sim->files.capacity)
		return NULL;
	return sim->files.slots[fd - sim->first_fd];
}

int
lvn_sim_files_close(struct levin_sim *sim, int fd)
{
	struct sim_file *file = lvn_sim_files_at(sim, fd);
	int number = fd - sim->first_fd;

	if (!file)
		return -EBADF;
	lvn_sim_kernel_note(sim, SIM_TRACE_CLOSE, number, 0);
	sim->files.slots[number] = NULL;
	sim->files.open_count--;
	if ((size_t)number < sim->files.lowest_free)
		sim->files.lowest_free = (size_t)number;
	if (--file->descriptors > 0)
		return 0;
	lvn_sim_watch_forget_file(file);
	file->ops->release(file);
	return 0;
}

void
lvn_sim_files_clear(struct levin_sim *sim)
{
	for (size_t i = 0; i < sim->files.capacity; i++) {
		if (sim->files.slots[i])
			lvn_sim_files_close(sim, sim->first_fd + (int)i);
	}
	lvn_free(sim->files.slots);
	sim->files = (struct sim_files){0};
}
