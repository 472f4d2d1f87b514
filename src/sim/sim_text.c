/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_text.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "base/addrinfo.h"
#include "base/memory.h"

#define HOSTS           "/etc/hosts"
#define DEFAULT_HOSTS   "127.0.0.1 localhost\n::1 localhost\n"
#define LONGEST_ADDRESS 64
#define BLANKS          " \t\r"

struct sim_text {
	struct sim_list link; /* in sim->texts */
	const char *text;
	char path[]; /* with its zero byte, then the text with its own */
};

static struct sim_text *
find(const struct levin_sim *sim, const char *path)
{
	for (struct sim_list *at = sim->texts.next; at != &sim->texts; at = at->next) {
		struct sim_text *file = container_of(at, struct sim_text, link);

		if (strcmp(file->path, path) == 0)
			return file;
	}
	return NULL;
}

static void
free_file(struct sim_text *file)
{
	lvn_sim_list_remove(&file->link);
	lvn_free(file);
}

int
lvn_sim_text_set(struct levin_sim *sim, const char *path, const char *text)
{
	struct sim_text *old = find(sim, path);
	size_t path_size = strlen(path) + 1;
	size_t text_size = text ? strlen(text) + 1 : 0;
	struct sim_text *file;

	if (text) {
		file = lvn_sim_kernel_alloc(sim, sizeof(*file) + path_size + text_size);
		if (!file)
			return -ENOMEM;
		memcpy(file->path, path, path_size);
		memcpy(file->path + path_size, text, text_size);
		file->text = file->path + path_size;
		lvn_sim_list_init(&file->link);
		lvn_sim_list_append(&sim->texts, &file->link);
	}
	if (old)
		free_file(old);
	return 0;
}

void
lvn_sim_text_clear(struct levin_sim *sim)
{
	while (!lvn_sim_list_is_alone(&sim->texts))
		free_file(container_of(sim->texts.next, struct sim_text, link));
}

const char *
lvn_sim_text_find(const struct levin_sim *sim, const char *path)
{
	const struct sim_text *file = find(sim, path);

	return file ? file->text : NULL;
}

/* The next word of the line, which `*at` leaves behind; its length is 0 at the end. */
static const char *
next_word(const char **at, size_t *length_out)
{
	const char *word = *at + strspn(*at, BLANKS);

	*length_out = strcspn(word, BLANKS "#\n");
	*at = word + *length_out;
	return word;
}

/* The address of a line that has the name in it.  False if it has not. */
static bool
read_line(const char *line, const char *name, char address_out[LONGEST_ADDRESS])
{
	size_t length;
	const char *word = next_word(&line, &length);

	if (length == 0 || length >= LONGEST_ADDRESS)
		return false;
	memcpy(address_out, word, length);
	address_out[length] = '\0';
	for (;;) {
		word = next_word(&line, &length);
		if (length == 0)
			return false;
		if (length == strlen(name) && strncasecmp(word, name, length) == 0)
			return true;
	}
}

static int
look_up_number(
    const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list_out)
{
	struct addrinfo numeric = {.ai_family = AF_UNSPEC};

	if (hints)
		numeric = *hints;
	numeric.ai_flags |= AI_NUMERICHOST;
	return getaddrinfo(node, service, &numeric, list_out);
}

/* Appends a copy: lists of the C library cannot be joined.  0 or an EAI_ number. */
static int
append_copy(struct addrinfo **list, const struct addrinfo *from)
{
	for (; from; from = from->ai_next) {
		struct addrinfo *copy = lvn_addrinfo_new(from->ai_addr, from->ai_addrlen, from);

		if (!copy)
			return EAI_MEMORY;
		*list = lvn_addrinfo_join(*list, copy);
	}
	return 0;
}

/* The address may be of a family that is not wanted.  0 or an EAI_ number. */
static int
append_number(
    struct addrinfo **list, const char *address, const char *service, const struct addrinfo *hints)
{
	struct addrinfo *numbers;
	int rc;

	if (look_up_number(address, service, hints, &numbers) != 0)
		return 0;
	rc = append_copy(list, numbers);
	freeaddrinfo(numbers);
	return rc;
}

static int
look_up_name(const char *hosts, const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	char address[LONGEST_ADDRESS];
	int rc = 0;

	while (*hosts && rc == 0) {
		if (read_line(hosts, name, address))
			rc = append_number(list, address, service, hints);
		hosts += strcspn(hosts, "\n");
		hosts += *hosts == '\n';
	}
	return rc == 0 && !*list ? EAI_NONAME : rc;
}

int
lvn_sim_text_look_up(const struct levin_sim *sim, const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **list_out)
{
	const char *hosts = lvn_sim_text_find(sim, HOSTS);
	int rc = look_up_number(node, service, hints, list_out);
	struct addrinfo *list = NULL;

	if (rc != EAI_NONAME || !node || (hints && (hints->ai_flags & AI_NUMERICHOST)))
		return rc;
	rc = look_up_name(hosts ? hosts : DEFAULT_HOSTS, node, service, hints, &list);
	if (rc == 0)
		*list_out = list;
	else
		lvn_addrinfo_free(list);
	return rc;
}
