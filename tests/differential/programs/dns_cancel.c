/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that are cancelled, or whose base is freed or suspended: inside the call, before the
 * loop runs, in callbacks, with the answer at hand or not.
 */
#include "dns_kit.h"

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_server server;
static struct evdns_request *other;
static struct evdns_getaddrinfo_request *other_list;

static void
reply(const struct script_query *query, struct script_message *message)
{
	if (query->name[0] == 'q')
		return;
	script_begin(message, query, query->name[0] == 'x' ? 3 : 0);
	if (query->name[0] != 'x')
		script_add_addresses(message, NULL, query->type, 300, 1);
}

static void
begin(const char *what)
{
	say("%s", what);
	dns = evdns_base_new(base, 0);
	evdns_base_set_option(dns, "timeout", "1");
	evdns_base_set_option(dns, "attempts", "1");
	dns_use(dns, &server);
	dns_callbacks = 0;
	other = NULL;
	other_list = NULL;
}

static struct evdns_request *
ask(const char *name, const char *text)
{
	return evdns_base_resolve_ipv4(
	    dns, name, DNS_QUERY_NO_SEARCH, dns_say_answer, (void *)text);
}

static struct evdns_getaddrinfo_request *
ask_list(const char *name, const char *text, int family)
{
	struct evutil_addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};

	return evdns_getaddrinfo(dns, name, "80", &hints, dns_say_list, (void *)text);
}

/* As much of the loop as there is without waiting for a timeout. */
static void
turn(void)
{
	for (int i = 0; i < 5; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	say("  turned");
}

static void
end(void)
{
	turn();
	evdns_base_free(dns, 1);
	say("  freed");
	turn();
}

static void
cancel_other(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	dns_say_answer(result, type, count, ttl, addresses, arg);
	if (other) {
		say("  cancels the other one");
		evdns_cancel_request(dns, other);
		other = NULL;
	}
}

static void
free_base(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	dns_say_answer(result, type, count, ttl, addresses, arg);
	evdns_base_free(dns, 1);
	say("  freed inside");
}

static void
ask_again(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	dns_say_answer(result, type, count, ttl, addresses, arg);
	ask("a2.test", "  a2");
}

static void
cancels(void)
{
	begin("cancel before the loop");
	evdns_cancel_request(dns, ask("a.test", "  a"));
	say("  cancelled");
	end();

	begin("cancel without the base");
	evdns_cancel_request(NULL, ask("a.test", "  a"));
	say("  cancelled");
	end();

	begin("cancel while it waits for an answer");
	other = ask("q.test", "  q");
	turn();
	evdns_cancel_request(dns, other);
	say("  cancelled");
	end();

	begin("cancel with a callback of another request");
	evdns_base_resolve_ipv4(dns, "a.test", 0, cancel_other, (void *)"  a");
	other = ask("b.test", "  b");
	end();

	begin("cancel an earlier one in a callback");
	other = ask("q.test", "  q");
	evdns_base_resolve_ipv4(dns, "a.test", 0, cancel_other, (void *)"  a");
	end();

	begin("cancel a request that waits for a slot");
	evdns_base_set_option(dns, "max-inflight", "1");
	ask("q1.test", "  q1");
	other = ask("q2.test", "  q2");
	turn();
	evdns_cancel_request(dns, other);
	say("  cancelled");
	end();
}

static void
cancels_of_lists(void)
{
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};

	for (int i = 0; i < 3; i++) {
		begin("cancel getaddrinfo before the loop");
		evdns_getaddrinfo_cancel(ask_list("a.test", "  a", families[i]));
		say("  cancelled");
		end();

		begin("cancel getaddrinfo while it waits for an answer");
		other_list = ask_list("q.test", "  q", families[i]);
		turn();
		evdns_getaddrinfo_cancel(other_list);
		say("  cancelled");
		end();
	}
	begin("cancel getaddrinfo twice");
	other_list = ask_list("q.test", "  q", AF_UNSPEC);
	evdns_getaddrinfo_cancel(other_list);
	evdns_getaddrinfo_cancel(other_list);
	end();
}

/* The order in which requests end with their resolver is the library's own affair. */
static char held[8][80];
static int held_count;

static void
hold_answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	(void)ttl;
	snprintf(held[held_count++], sizeof(held[0]), "%s: result %d, type %d, count %d%s",
	    (char *)arg, result, type, count, addresses ? ", addresses" : "");
}

static void
hold_list(int error, struct evutil_addrinfo *list, void *arg)
{
	snprintf(held[held_count++], sizeof(held[0]), "%s: %d%s", (char *)arg, error,
	    list ? ", a list" : "");
}

static int
compare(const void *left, const void *right)
{
	return strcmp(left, right);
}

static void
ask_and_hold(const char *name, const char *text)
{
	evdns_base_resolve_ipv4(dns, name, 0, hold_answer, (void *)text);
}

static void
free_and_turn(int fail)
{
	held_count = 0;
	evdns_base_free(dns, fail);
	say("  freed, %d callbacks", held_count);
	turn();
	qsort(held, (size_t)held_count, sizeof(held[0]), compare);
	for (int i = 0; i < held_count; i++)
		say("%s", held[i]);
}

static void
frees(void)
{
	for (int fail = 0; fail < 2; fail++) {
		begin(fail ? "free, fail" : "free");
		ask_and_hold("q1.test", "  q1");
		ask_and_hold("q2.test", "  q2");
		evdns_getaddrinfo(dns, "q3.test", NULL, NULL, hold_list, (void *)"  q3");
		turn();
		free_and_turn(fail);

		begin(fail ? "free before the loop, fail" : "free before the loop");
		ask_and_hold("a.test", "  a");
		evdns_getaddrinfo(dns, "b.test", NULL, NULL, hold_list, (void *)"  b");
		free_and_turn(fail);

		begin(fail ? "free with waiting requests, fail" : "free with waiting requests");
		evdns_base_set_option(dns, "max-inflight", "1");
		ask_and_hold("q1.test", "  q1");
		ask_and_hold("q2.test", "  q2");
		ask_and_hold("q3.test", "  q3");
		turn();
		free_and_turn(fail);

		begin(fail ? "free after a cancel, fail" : "free after a cancel");
		evdns_cancel_request(
		    dns, evdns_base_resolve_ipv4(dns, "q.test", 0, hold_answer, (void *)"  q"));
		free_and_turn(fail);
	}
	begin("free in a callback");
	evdns_base_resolve_ipv4(dns, "a.test", 0, free_base, (void *)"  a");
	ask("q.test", "  q");
	turn();
	turn();
}

static void
suspends(void)
{
	begin("suspend and resume");
	ask("q1.test", "  q1");
	turn();
	say("  clear: %d", evdns_base_clear_nameservers_and_suspend(dns));
	say("  count: %d", evdns_base_count_nameservers(dns));
	ask("a.test", "  a");
	turn();
	dns_use(dns, &server);
	turn();
	say("  resume: %d", evdns_base_resume(dns));
	turn();
	say("  resume again: %d", evdns_base_resume(dns));
	end();

	begin("cancel while suspended");
	evdns_base_clear_nameservers_and_suspend(dns);
	other = ask("a.test", "  a");
	turn();
	evdns_cancel_request(dns, other);
	end();

	begin("free while suspended");
	evdns_base_clear_nameservers_and_suspend(dns);
	ask("a.test", "  a");
	end();

	begin("resume without a server");
	evdns_base_clear_nameservers_and_suspend(dns);
	ask("a.test", "  a");
	say("  resume: %d", evdns_base_resume(dns));
	turn();
	dns_use(dns, &server);
	turn();
	say("  resume: %d", evdns_base_resume(dns));
	end();

	begin("a server while there is a request and none was there");
	evdns_base_clear_nameservers_and_suspend(dns);
	evdns_base_resume(dns);
	ask("a.test", "  a");
	turn();
	dns_use(dns, &server);
	end();
}

int
main(void)
{
	base = kit_base();
	dns_serve(&server, base, "server", reply);
	cancels();
	cancels_of_lists();
	frees();
	suspends();
	begin("a request in a callback");
	evdns_base_resolve_ipv4(dns, "a.test", 0, ask_again, (void *)"  a");
	end();
	dns_stop(&server);
	event_base_free(base);
	return 0;
}
