/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The layout of struct bufferevent, for programs that access its members.
 *
 * The layout is part of the binary interface and equals that of libevent 2.1.  New programs
 * use the functions of event2/bufferevent.h, which return all that a program may read.  Only
 * the library creates bufferevents: a program must neither allocate nor copy one.
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

/** Low and high watermark of one direction of a bufferevent. */
struct event_watermark {
	/** In bytes: the read callback needs at least, the write callback at most so many. */
	size_t low;
	/** In bytes: reading is suspended from here; 0 for no limit. */
	size_t high;
};

/** A buffered connection: an input buffer, an output buffer and callbacks. */
struct bufferevent {
	/** The event base, which the bufferevent does not own. */
	struct event_base *ev_base;
	/** The operations of its kind. */
	const struct bufferevent_ops *be_ops;

	/** The event of input and of the read timeout. */
	struct event ev_read;
	/** The event of output and of the write timeout. */
	struct event ev_write;

	/** The input buffer, which the bufferevent owns. */
	struct evbuffer *input;
	/** The output buffer, which the bufferevent owns. */
	struct evbuffer *output;

	/** The watermarks of the input. */
	struct event_watermark wm_read;
	/** The watermarks of the output. */
	struct event_watermark wm_write;

	/** The read callback, or NULL. */
	bufferevent_data_cb readcb;
	/** The write callback, or NULL. */
	bufferevent_data_cb writecb;
	/** The event callback, or NULL. */
	bufferevent_event_cb errorcb;
	/** The argument of the callbacks, which the program owns. */
	void *cbarg;

	/** The read timeout; zero for none. */
	struct timeval timeout_read;
	/** The write timeout; zero for none. */
	struct timeval timeout_write;

	/** The enabled directions: EV_READ, EV_WRITE, both or 0. */
	short enabled;
};

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_BUFFEREVENT_STRUCT_H_INCLUDED_ */
