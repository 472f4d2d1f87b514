/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Failures on order: the n-th allocation or the n-th system call that the library makes.
 *
 * faults.c defines the functions of the C library that the library calls; being in the
 * executable they come before the real ones.  They pass on what they are asked, count it
 * while armed, and make one call fail.  They also notice a loop that hangs: a wait without
 * end in which nothing comes, or more waits than any program here needs.
 */
#ifndef LEVIN_TESTS_TORTURE_FAULTS_H
#define LEVIN_TESTS_TORTURE_FAULTS_H

#include <stdbool.h>

/* The last one fails calls on sockets of the network as if the connection was lost. */
enum fault_kind { FAULT_IN_ALLOCATION, FAULT_IN_CALL, FAULT_IN_CONNECTION };

/* What a failing call may answer: the errors of each call are tried in turn. */
enum { FAULT_FLAVOURS = 3 };

/* From now on memory comes from here.  Before any other call into the library. */
void faults_take_memory(void);
/* For texts that the program has to free: the counterpart of the library's own allocations. */
void faults_free(void *block);
/* Blocks that are allocated and not freed. */
long faults_live_blocks(void);

/* Call number n of this kind, counted from 1, will fail; none if n is 0. */
void faults_arm(enum fault_kind kind, int flavour, unsigned long n);
void faults_disarm(void);
/* The name of the call that has failed since, or NULL. */
const char *faults_injected(void);
/* How many calls of the kind have been counted since. */
unsigned long faults_calls(void);
/* Whether the loop hung since. */
bool faults_hung(void);

/* Between the two, calls of this thread are the test's own and do not count. */
void faults_pause(void);
void faults_resume(void);

/* While `away`, this kernel has no such call: ENOSYS. */
void faults_take_away(const char *name, bool away);

#endif
