/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contexts are made, a client and a server talk and shut down, while every allocation and every
 * system call of ours fails once.  A failure that comes in the middle may end the connection; then
 * both ends are told.
 */
#include <levin/tls.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>

#include "support/tls/certificates.h"
#include "torture/torture.h"

enum { MESSAGE = 30000 };

/* test_levin_tls_kernel.c has others. */
#ifndef FLAGS_OF_CONTEXTS
#define FLAGS_OF_CONTEXTS 0
#endif

static struct certificate *issuer, *certificate;

struct talk {
	struct event_base *base;
	struct levin_tls *client_side;
	struct levin_tls *server_side;
	struct bufferevent *client;
	struct bufferevent *server;
	int connected;
	bool is_excused;
	bool is_over;
};

/* One failure may show at both ends. */
static void
give_up(struct talk *talk, const char *where)
{
	if (!talk->is_excused)
		torture_excuse(where);
	talk->is_excused = talk->is_over = true;
}

static void
on_shut_down(struct bufferevent *bev, enum levin_tls_ending ending, void *arg)
{
	struct talk *talk = arg;

	EXPECT(bev == talk->server);
	if (ending != LEVIN_TLS_ENDING_CLEAN)
		give_up(talk, "the shutdown");
	talk->is_over = true;
}

static void
on_received(struct bufferevent *bev, void *arg)
{
	struct talk *talk = arg;

	if (evbuffer_get_length(bufferevent_get_input(bev)) < MESSAGE)
		return;
	if (levin_tls_shutdown(bev, on_shut_down, talk) < 0)
		give_up(talk, "the shutdown");
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct talk *talk = arg;

	if (what & BEV_EVENT_CONNECTED) {
		talk->connected++;
		return;
	}
	if (!(what & BEV_EVENT_EOF)) {
		give_up(talk, "the connection");
		return;
	}
	if (bev == talk->client) {
		bufferevent_free(bev);
		talk->client = NULL;
	}
}

static struct bufferevent *
make(struct talk *talk, evutil_socket_t fd, const char *host, int options)
{
	struct levin_tls *side = host ? talk->client_side : talk->server_side;
	struct bufferevent *bev;

	TRY_NEW(
	    bev, levin_tls_socket_new(talk->base, fd, side, host, options | BEV_OPT_CLOSE_ON_FREE));
	bufferevent_setcb(bev, NULL, NULL, on_event, talk);
	TRY(bufferevent_set_timeouts(bev, SPAN_MS(100000), SPAN_MS(100000)));
	TRY(bufferevent_enable(bev, EV_READ));
	return bev;
}

static void
open_talk(struct talk *talk, const struct configuration *configuration, int options)
{
	static char message[MESSAGE];
	struct levin_tls_certificate text = {
	    .certificate_pem = certificate->pem, .key_pem = certificate->key_pem};
	struct levin_tls_settings of_server = {.certificates = &text,
	    .certificate_count = 1,
	    .alpn = "talk/1",
	    .flags = FLAGS_OF_CONTEXTS,
	    .shutdown_timeout_ms = 200};
	struct levin_tls_settings of_client = {
	    .trust_pem = issuer->pem, .alpn = "talk/1", .flags = FLAGS_OF_CONTEXTS};
	evutil_socket_t ends[2];

	talk->base = torture_base(configuration);
	TRY_NEW(talk->server_side, levin_tls_server_new(&of_server, NULL, 0));
	TRY_NEW(talk->client_side, levin_tls_client_new(&of_client, NULL, 0));
	torture_open_pair(configuration, ends);
	talk->client = make(talk, ends[0], "a.example", options);
	talk->server = make(talk, ends[1], NULL, options);
	TRY(levin_tls_reload(talk->server_side, NULL, NULL, 0));
	TRY(bufferevent_write(talk->client, message, sizeof(message)));
}

static void
run(struct talk *talk)
{
	while (!talk->is_over)
		TRY(event_base_loop(talk->base, EVLOOP_ONCE));
}

static void
close_talk(struct talk *talk)
{
	if (talk->client)
		bufferevent_free(talk->client);
	bufferevent_free(talk->server);
	levin_tls_free(talk->client_side);
	levin_tls_free(talk->server_side);
	event_base_free(talk->base);
}

static void
make_certificates(void)
{
	signal(SIGPIPE, SIG_IGN);
	issuer = certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	certificate = certificate_new(
	    &(struct certificate_recipe){.issuer = issuer, .valid_for = "DNS:a.example"});
}

static void
free_certificates(void)
{
	certificate_free(issuer);
	certificate_free(certificate);
}

TEST_FIXTURE(make_certificates, free_certificates);

static void
talk_and_shut_down(const struct configuration *configuration)
{
	static char message[MESSAGE];
	struct talk talk = {.is_over = false};

	open_talk(&talk, configuration, 0);
	bufferevent_setcb(talk.server, on_received, NULL, on_event, &talk);
	TRY(bufferevent_write(talk.server, message, sizeof(message)));
	run(&talk);
	close_talk(&talk);
}

/* Other backends fail in the same ways, which other suites show. */
TEST_RANGE(levin_tls__every_failure_once, 0, 2)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(talk_and_shut_down, &configuration);
}

/* ---- The shutdown alone ---------------------------------------------------------------------- */

static int shut_down_options;

/* The peer ends as the server asks; should it fail, the server still has to call back. */
static void
end_too(struct bufferevent *bev, short what, void *arg)
{
	struct talk *talk = arg;

	if ((what & BEV_EVENT_EOF) == 0 && !talk->is_excused) {
		torture_excuse("the peer");
		talk->is_excused = true;
	}
	bufferevent_free(bev);
	talk->client = NULL;
}

/* With output or without, and while a watermark keeps the rest of the input back. */
static void
shut_down(const struct configuration *configuration, size_t output)
{
	static char message[MESSAGE];
	struct talk talk = {.is_over = false};

	faults_pause();
	open_talk(&talk, configuration, shut_down_options);
	bufferevent_setwatermark(talk.server, EV_READ, 0, 100);
	while (talk.connected < 2 || evbuffer_get_length(bufferevent_get_input(talk.server)) < 100)
		TRY(event_base_loop(talk.base, EVLOOP_ONCE));
	bufferevent_setcb(talk.client, NULL, NULL, end_too, &talk);
	TRY(bufferevent_write(talk.server, message, output));
	faults_resume();

	if (levin_tls_shutdown(talk.server, on_shut_down, &talk) < 0)
		give_up(&talk, "the shutdown");
	run(&talk);
	close_talk(&talk);
}

static void
shut_down_without_output(const struct configuration *configuration)
{
	shut_down(configuration, 0);
}

static void
shut_down_with_output(const struct configuration *configuration)
{
	shut_down(configuration, MESSAGE);
}

TEST_RANGE(levin_tls_shutdown__every_failure_once, 0, 2)
{
	struct configuration configuration = {.backend = backend_under_test(0)};

	shut_down_options = _i ? BEV_OPT_DEFER_CALLBACKS : 0;
	torture(shut_down_without_output, &configuration);
}

TEST_RANGE(levin_tls_shutdown__every_failure_once_with_output, 0, 2)
{
	struct configuration configuration = {.backend = backend_under_test(0)};

	shut_down_options = _i ? BEV_OPT_DEFER_CALLBACKS : 0;
	torture(shut_down_with_output, &configuration);
}
