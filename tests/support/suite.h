/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every test file includes: Check, with three additions.  Each case is told by its
 * name which one runs alone (--case), descriptors that a case leaves open fail it, and
 * cases can be listed.  A test file defines suite_under_test; suite.c has main.
 */
#ifndef LEVIN_TESTS_SUPPORT_SUITE_H
#define LEVIN_TESTS_SUPPORT_SUITE_H

#include <check.h>
#include <stdbool.h>

/* The cases of this file. */
Suite *suite_under_test(void);

/*
 * Stands behind Check's tcase_add_test and its kin: adds the case if it was asked for on
 * the command line, and watches over its descriptors.
 */
void suite_add_case(
    TCase *group, const TTest *test, int signal, int exit_value, int start, int end);
#define _tcase_add_test suite_add_case

/*
 * Each assertion that holds tells Check its place, so that a crash can be reported "after
 * this point".  That costs a system call: loops with thousands of assertions tell now and
 * then.
 */
void suite_mark_point(const char *file, int line);
#define _mark_point suite_mark_point

/* This case is meant to leave descriptors open: the check at its end is switched off. */
void suite_allow_open_descriptors(void);

/*
 * True where an emulator answers system calls: it has fewer signals, no sets for select above
 * FD_SETSIZE, and no futex that inherits priorities.
 */
bool suite_is_emulated(void);

/* Seconds that are long enough here: multiplied where a sanitizer or an emulator is slow. */
double suite_patience(double seconds);

#endif
