/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nginx with one process, as it is installed.  What it has served is what the client has received.
 */
#ifndef BENCH_HTTP_NGINX_H
#define BENCH_HTTP_NGINX_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "http/client.h"
#include "support/loopback.h"

enum { NGINX_START_MS = 10000, NGINX_CONFIG_SIZE = 4096 };

struct http_server {
	pid_t process;
	long wanted;
	char folder[32];
};

static const char nginx_config[] =
    "daemon off; master_process off; pid pid; error_log stderr crit;\n"
    "events { worker_connections 15000; }\n"
    "http {\n"
    "  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;\n"
    "  client_max_body_size 0; default_type text/plain; root .;\n"
    "  client_body_temp_path body; proxy_temp_path proxy;\n"
    "  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
    "  server {\n"
    "    listen 127.0.0.1:%d backlog=4096;\n"
    "    location = /hello { return 200 \"" HTTP_TEXT_ESCAPED "\"; }\n"
    "    location = /post { return 200 \"" HTTP_TEXT_ESCAPED "\"; }\n"
    "    location = /file { sendfile on; }\n"
    "    location = /memory { sendfile off; output_buffers 2 64k; }\n"
    "  }\n"
    "}\n";

static inline void
nginx_write_files(const struct http_server *server, int port)
{
	static char text[HTTP_PIECE];
	char path[64];
	int folder = bench_must(open(server->folder, O_DIRECTORY | O_RDONLY), "open");
	FILE *file;
	int fd;

	fd = bench_must(openat(folder, "file", O_CREAT | O_WRONLY, 0644), "openat");
	for (int written = 0; written < HTTP_LARGE; written += HTTP_PIECE)
		bench_must((int)write(fd, text, sizeof(text)), "write");
	close(fd);
	bench_must(linkat(folder, "file", folder, "memory", 0), "linkat");
	snprintf(path, sizeof(path), "%s/conf", server->folder);
	file = fopen(path, "w");
	if (!file || fprintf(file, nginx_config, port) < 0 || fclose(file) != 0)
		bench_fail("no %s", path);
	close(folder);
}

static inline void
nginx_wait_until_it_listens(const struct http_server *server, const struct sockaddr_in *address)
{
	for (int waited = 0; waited < NGINX_START_MS; waited++) {
		int fd = bench_must(socket(AF_INET, SOCK_STREAM, 0), "socket");
		int rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));

		close(fd);
		if (rc == 0)
			return;
		if (waitpid(server->process, NULL, WNOHANG) != 0)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	bench_fail("nginx does not listen");
}

static inline void
http_server_open(struct http_server *server, const char *variant, struct sockaddr_in *address_out)
{
	char path[64];
	int listener = loopback_listen(address_out);

	if (*variant)
		bench_fail("nginx has no variant '%s'", variant);
	close(listener);
	strcpy(server->folder, "/tmp/bench-nginx-XXXXXX");
	if (!mkdtemp(server->folder))
		bench_fail("mkdtemp");
	nginx_write_files(server, ntohs(address_out->sin_port));
	snprintf(path, sizeof(path), "%s/conf", server->folder);
	server->process = bench_must(fork(), "fork");
	if (server->process == 0) {
		execlp("nginx", "nginx", "-p", server->folder, "-c", path, (char *)NULL);
		execl("/usr/sbin/nginx", "nginx", "-p", server->folder, "-c", path, (char *)NULL);
		_exit(1);
	}
	nginx_wait_until_it_listens(server, address_out);
}

static inline void
http_server_add(struct http_server *server, int count)
{
	(void)server;
	(void)count;
}

static inline void
http_server_run(struct http_server *server, long requests)
{
	server->wanted += requests;
	while (http_progress() < server->wanted)
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

/* The counts are those of servers in this process. */
static inline void
http_server_turn(struct http_server *server)
{
	(void)server;
	bench_fail("nginx takes no turns");
}

static inline long
nginx_number(const struct http_server *server, const char *name, const char *format)
{
	char path[64];
	long value;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)server->process, name);
	file = fopen(path, "r");
	if (!file || fscanf(file, format, &value) != 1)
		bench_fail("no %s", path);
	fclose(file);
	return value;
}

static inline int64_t
http_server_cpu_ns(const struct http_server *server)
{
	return nginx_number(server, "schedstat", "%ld");
}

static inline long
http_server_resident_bytes(const struct http_server *server)
{
	return nginx_number(server, "statm", "%*s %ld") * sysconf(_SC_PAGESIZE);
}

static inline void
http_server_close(struct http_server *server)
{
	char command[64];

	kill(server->process, SIGTERM);
	waitpid(server->process, NULL, 0);
	snprintf(command, sizeof(command), "rm -r %s", server->folder);
	bench_must(system(command), "rm");
}

#endif
