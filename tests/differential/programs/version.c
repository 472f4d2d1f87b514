/* SPDX-License-Identifier: BSD-3-Clause */
/* What programs make of the version. */
#include "kit.h"

int
main(void)
{
	const char *version = event_get_version();

	say("begins with 2.1.: %d", !strncmp(version, "2.1.", 4));
	say("number is 2.1: %d", (event_get_version_number() & 0xffff0000u) == 0x02010000u);
	say("at least the header's: %d", event_get_version_number() >= LIBEVENT_VERSION_NUMBER);
	say("size of an event %zu", event_get_struct_event_size());
	return 0;
}
