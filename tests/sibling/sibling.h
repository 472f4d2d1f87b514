/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEVIN_TESTS_SIBLING_SIBLING_H
#define LEVIN_TESTS_SIBLING_SIBLING_H

/* Call each private function of core.  Returns NULL, or what did not work. */
const char *sibling_use_core(void);

#endif
