/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shared parts of the differential programs, see kit.h.
 */
#include "kit.h"

#include <stdarg.h>

static int next_fd = KIT_FIRST_FD;

void
say(const char *format, ...)
{
	static int lines;
	va_list args;

	if (++lines > 4000) {
		puts("kit: the transcript does not end");
		_exit(3);
	}
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

const char *
bits(int what)
{
	static const struct {
		int bit;
		const char *name;
	} names[] = {{EV_TIMEOUT, "TIMEOUT"}, {EV_READ, "READ"}, {EV_WRITE, "WRITE"},
	    {EV_SIGNAL, "SIGNAL"}, {EV_PERSIST, "PERSIST"}, {EV_ET, "ET"},
	    {EV_FINALIZE, "FINALIZE"}, {EV_CLOSED, "CLOSED"}};
	static char texts[8][96];
	static unsigned turn;
	char *text = texts[turn++ % 8];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (what & names[i].bit)
			used += (size_t)snprintf(
			    text + used, 96 - used, "%s%s", used ? "|" : "", names[i].name);
	}
	if (what & ~0xff)
		snprintf(text + used, 96 - used, "%s0x%x", used ? "|" : "", what & ~0xff);
	else if (used == 0)
		strcpy(text, "0");
	return text;
}

void
report(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
}

void
report_and_drain(evutil_socket_t fd, short what, void *arg)
{
	say("%s: %s, %d bytes", (const char *)arg, bits(what), kit_drain(fd));
}

/* Copies text with each address, a hexadecimal number of more than eight digits, as "0x*". */
static void
hide_addresses(char *out, size_t size, const char *text)
{
	size_t used = 0;

	while (*text && used + 4 < size) {
		size_t digits = !strncmp(text, "0x", 2) ? strspn(text + 2, "0123456789abcdef") : 0;

		if (digits > 8) {
			memcpy(out + used, "0x*", 3);
			used += 3;
			text += digits + 2;
		} else {
			out[used++] = *text++;
		}
	}
	out[used] = '\0';
}

/* Which assertion fails, where, is the library's own affair: that one fails is not. */
void
kit_log(int severity, const char *text)
{
	static const char *const names[] = {"debug", "msg", "warn", "err"};
	char shown[512];

	hide_addresses(shown, sizeof(shown), text);
	if (strstr(shown, ": Assertion ") && strstr(shown, " failed in "))
		strcpy(shown, "assertion failed");
	say("log[%s] %s", severity >= 0 && severity < 4 ? names[severity] : "?", shown);
}

void
kit_log_apart(int severity, const char *text)
{
	(void)severity;
	say("~ %s", text);
}

/* True in the child. */
bool
kit_begin_call(const char *call, void (*set_up)(void))
{
	pid_t child;
	int status;

	say("%s", call);
	child = fork();
	if (child == 0) {
		alarm(10);
		set_up();
		return true;
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		say("\t%s", strsignal(WTERMSIG(status)));
	return false;
}

void
kit_end_call(long long answer)
{
	say("\t%lld", answer);
	_exit(0);
}

static void __attribute__((constructor)) start(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	event_set_log_callback(kit_log);
	signal(SIGPIPE, SIG_IGN);
}

int
kit_fixed(int fd)
{
	int moved = fcntl(fd, F_DUPFD, next_fd);

	if (moved < 0) {
		say("kit: no descriptor: %s", strerror(errno));
		exit(2);
	}
	next_fd = moved + 1;
	close(fd);
	fcntl(moved, F_SETFL, fcntl(moved, F_GETFL) | O_NONBLOCK);
	return moved;
}

void
kit_close_descriptors(void)
{
	for (int fd = KIT_FIRST_FD; fd < next_fd; fd++)
		close(fd);
}

void
kit_restart_descriptors(void)
{
	next_fd = KIT_FIRST_FD;
}

static void
fix_pair(int ends[2])
{
	for (int i = 0; i < 2; i++)
		ends[i] = kit_fixed(ends[i]);
}

void
kit_pipe(int ends[2])
{
	if (pipe(ends) < 0)
		exit(2);
	fix_pair(ends);
}

void
kit_socketpair(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		exit(2);
	fix_pair(ends);
}

void
kit_put(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		say("kit: short write");
}

int
kit_drain(int fd)
{
	char bytes[4096];
	int total = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		total += (int)n;
	return total;
}

struct event_base *
kit_base(void)
{
	struct event_base *base = event_base_new();

	if (!base) {
		say("kit: no base");
		exit(2);
	}
	return base;
}

struct event_base *
kit_base_with_priorities(int count)
{
	struct event_base *base = kit_base();

	if (event_base_priority_init(base, count) < 0)
		say("kit: no priorities");
	return base;
}

int
kit_loop(struct event_base *base, int flags)
{
	int rc = event_base_loop(base, flags);

	say("loop(%s%s%s%s) = %d%s%s", flags & EVLOOP_ONCE ? "o" : "",
	    flags & EVLOOP_NONBLOCK ? "n" : "", flags & EVLOOP_NO_EXIT_ON_EMPTY ? "e" : "",
	    flags ? "" : "-", rc, event_base_got_exit(base) ? " exit" : "",
	    event_base_got_break(base) ? " break" : "");
	return rc;
}

struct timeval
kit_ms(int ms)
{
	struct timeval tv = {ms / 1000, (ms % 1000) * 1000};

	return tv;
}

int
kit_add_ms(struct event *ev, int ms)
{
	struct timeval tv = kit_ms(ms);

	return event_add(ev, &tv);
}
