/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Names of libevent 1.4 for tagged data.  Not for new programs.
 */
#ifndef EVENT2_TAG_COMPAT_H_INCLUDED_
#define EVENT2_TAG_COMPAT_H_INCLUDED_

/** @deprecated use evtag_encode_int() */
#define encode_int(evbuf, number) evtag_encode_int((evbuf), (number))
/** @deprecated use evtag_encode_int64() */
#define encode_int64(evbuf, number) evtag_encode_int64((evbuf), (number))

#endif /* EVENT2_TAG_COMPAT_H_INCLUDED_ */
