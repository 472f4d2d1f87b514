/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: the versions of Levin and of the libevent that it replaces.
 */
#include <event2/event.h>
#include <levin/version.h>

const char *
levin_version(void)
{
	return LEVIN_VERSION;
}

uint32_t
levin_version_number(void)
{
	return LEVIN_VERSION_NUMBER;
}

const char *
event_get_version(void)
{
	return LIBEVENT_VERSION;
}

uint32_t
event_get_version_number(void)
{
	return LIBEVENT_VERSION_NUMBER;
}
