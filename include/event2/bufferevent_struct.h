/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * What a struct bufferevent looks like.
 *
 * The layout is part of the binary interface and equals that of libevent 2.1.  Only old
 * programs need it: whatever a program may know of a bufferevent, it can ask for by the
 * functions of event2/bufferevent.h.  Bufferevents are made by the library; nobody else
 * can put one into a structure of their own.
 */
#ifndef EVENT2_BUFFEREVENT_STRUCT_H_INCLUDED_
#define EVENT2_BUFFEREVENT_STRUCT_H_INCLUDED_

#include <event2/event-config.h>

#include <sys/time.h>
#include <sys/types.h>

#include <event2/bufferevent.h>
#include <event2/event_struct.h>
#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How full a buffer may get. */
struct event_watermark {
	/** From or down to where callbacks are made. */
	size_t low;
	/** Where reading stops; 0 for nowhere. */
	size_t high;
};

/** A stream with an input and an output buffer. */
struct bufferevent {
	/** The base that it belongs to. */
	struct event_base *ev_base;
	/** What kind it is of. */
	const struct bufferevent_ops *be_ops;

	/** Waits for input, or for the end of the read timeout. */
	struct event ev_read;
	/** Waits for room for output, or for the end of the write timeout. */
	struct event ev_write;

	/** What was received. */
	struct evbuffer *input;
	/** What is to be sent. */
	struct evbuffer *output;

	/** The watermarks of the input. */
	struct event_watermark wm_read;
	/** The watermarks of the output. */
	struct event_watermark wm_write;

	/** Called when there is input. */
	bufferevent_data_cb readcb;
	/** Called when output has gone out. */
	bufferevent_data_cb writecb;
	/** Called when something else has happened. */
	bufferevent_event_cb errorcb;
	/** Handed to the callbacks. */
	void *cbarg;

	/** How long to wait for input; zero for ever. */
	struct timeval timeout_read;
	/** How long output may stand still; zero for ever. */
	struct timeval timeout_write;

	/** EV_READ and EV_WRITE, as they are enabled. */
	short enabled;
};

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_BUFFEREVENT_STRUCT_H_INCLUDED_ */
