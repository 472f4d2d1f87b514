/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs of connected descriptors that do not block.
 */
#ifndef BENCH_SUPPORT_PIPES_H
#define BENCH_SUPPORT_PIPES_H

enum { PIPE_READ_END, PIPE_WRITE_END };

/* Returns count pairs, to be given to pairs_close; ends the program if it cannot. */
int (*pairs_open_pipes(int count))[2];
int (*pairs_open_sockets(int count))[2];
void pairs_close(int (*pairs)[2], int count);

void pipe_write_byte(int fd);
/* Returns how many bytes were read: 0 if there was none. */
int pipe_read_byte(int fd);
/* Bytes that lie in a pipe or socket unread. */
int pipe_bytes_waiting(int fd);

#endif
