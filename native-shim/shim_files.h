/*
 * Open files of a process, looked at from outside and made anew (queues.c, pipe.c, socket.c, ancillary.c,
 * locks.c, owners.c, epoll.c, handover.c, make_ends.c), and copies of what files contain (files.c).
 */
#ifndef FORKPOINT_SHIM_FILES_H
#define FORKPOINT_SHIM_FILES_H

#include <stdint.h>

/*
 * Descriptors of a process looked at from outside (queues.c, pipe.c, socket.c). They give the number of bytes
 * that the answer has; when there is no room for it, it is not all there.
 *
 * fp_read_fdinfo: fds: count i32. texts: for each what /proc/PID/fd has a link to, NUL, its /proc/PID/fdinfo,
 * NUL.
 */
int64_t fp_read_fdinfo(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *texts, int32_t capacity);
/*
 * What is in pipes and Unix sockets, which stays there. fds: count i32, of ends that can be read. queues: for
 * each i32 descriptor, i32 0 or -errno, i32 size of the pipe or the socket's SO_PEEK_OFF, u32 flags (1 nobody
 * can write into the pipe; 2 descriptors or credentials are in flight; 4, for fp_fill_queue, the messages of
 * a pipe are packets; 8 not all in flight could be had), u32 number of messages, u32 size of the messages,
 * which follow: u32 length and bytes. Without packets a message is what one read gave. Where bit 31 of the
 * length is set, there stand between it and the bytes (unix(7)): u32 number of files, i32 process, user and
 * group of the sender (process 0: not told of), and for each file i32 descriptor, which is the caller's when
 * there was room for the whole answer, i32 status flags, i64 offset, negative: none.
 */
int64_t fp_read_queues(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *queues, int32_t capacity);
/*
 * Puts such a queue in the place of what is there now. writer: the socket's peer; -1 for a pipe. -EINVAL:
 * something comes with a message.
 */
int64_t fp_fill_queue(int32_t pid, int32_t reader, int32_t writer, const uint8_t *queue);
/* ancillary.c. files: count records as such a message has them: their offsets and status flags are put back.
 */
int64_t fp_put_back_files(const uint8_t *files, int32_t count);
/*
 * sockets: count pairs of u64 descriptor, u64 inode. descriptions: for each i32 descriptor, i32 0 or -errno,
 * i32 domain, i32 type, i32 whether it listens, i32 whether it is connected, u64 inode of a Unix socket's
 * peer or 0.
 */
int64_t fp_describe_sockets(int32_t pid, const uint8_t *sockets, int32_t count, uint8_t *descriptions);

/*
 * socket_image.c: sockets without a connection. fds: count i32. images: FP_SOCKET_IMAGE_SIZE bytes for each,
 * which begin with an i32: 0 it cannot be opened anew, 1 it has no name, 2 it has one, 3 it listens, 4 its
 * datagrams have a peer, 5 it is being connected and cannot either; the rest is for fp_make_ends.
 */
#define FP_SOCKET_IMAGE_SIZE 1848
int64_t fp_read_socket_images(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *images);
/* Whether a socket of ours has the state and the names of an image: 1 or 0. */
int64_t fp_is_like(int32_t fd, const uint8_t *image);
/* One of a process's sockets that has them, into this process; none of others: count i32, of ours. -ENOENT.
 */
int64_t fp_take_like(int32_t pid, const uint8_t *image, const uint8_t *others, int32_t count);
/* Has all TCP sockets of a process let others use their addresses (SO_REUSEADDR), what is left of them, too.
 */
int64_t fp_reuse_addresses(int32_t pid);
/* Sets that of a socket of ours and gives what it was. */
int64_t fp_swap_reuse(int32_t fd, int32_t value);

/*
 * tcp_pair.c: TCP connections of which both ends are asked for. fds: count i32. ends: FP_CONNECTION_END_SIZE
 * bytes for each, which begin with the i32 place of the other end, -1: none, or it cannot be had, and u32 at
 * 8: 1 it writes no more, 2 it reads no more (shutdown(2)); from FP_CONNECTION_IMAGE_AT on there is an image
 * with its names.
 */
#define FP_CONNECTION_END_SIZE 1880
#define FP_CONNECTION_IMAGE_AT 32
int64_t fp_read_connections(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *ends);
/*
 * What one end has to read: one message, as fp_read_queues gives it. Gives the number of bytes. -EAGAIN: the
 * other end has written what has not come.
 */
int64_t fp_read_connection(int32_t pid, int32_t reader, int32_t writer, uint8_t *queue, int32_t capacity);
/*
 * tcp_fill.c: gives two sockets of ours what a record (fp_make_ends) of a connection says. -1: none. 1: they
 * are not connected like that any more; both are reset, and their addresses free. Else as fp_make_ends.
 */
int64_t fp_renew_connection(int32_t one, int32_t two, const uint8_t *record, int64_t size);
/* Ends the connection of a socket of ours at once. */
int64_t fp_reset_connection(int32_t fd);

/* locks.c: releases all locks of open files (flock(2); fcntl(2), F_OFD_SETLK). fds: count i32. */
int64_t fp_release_locks(int32_t pid, const uint8_t *fds, int32_t count);

/*
 * Lets a process have more descriptors (prlimit(2)), without a privilege as many as its hard limit allows.
 * Gives its soft limit now. before: the limit as it was, a struct rlimit, to be put back.
 */
int64_t fp_raise_descriptor_limit(int32_t pid, int32_t more, uint8_t *before);
int64_t fp_put_back_descriptor_limit(int32_t pid, const uint8_t *before);
/*
 * handover.c, make_ends.c: pipes and sockets taken from one process, or made anew, and handed to another.
 *
 * fp_group_files: fds: count i32. first: for each i32 place of the first one that is the same open file
 * (kcmp(2), KCMP_FILE).
 */
int64_t fp_group_files(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *first);
/*
 * Takes open files of a process into this one. wanted: count records of u64 inode, i32 status flags
 * (fcntl(2), F_GETFL), i32 in and out: the descriptor here; what is not negative is left as it is. Another
 * end of the same pipe will do: the one that is wanted is opened then.
 */
int64_t fp_take_ends(int32_t pid, uint8_t *wanted, int32_t count);
/* fds: count i32. states: a struct fp_end (outside.h) for each. */
int64_t fp_read_ends(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *states);
/*
 * records, one after the other: i32 kind (0 pipe, 1 pair of Unix sockets, 2 a socket whose peer is gone, 3
 * one without a connection, 4 a TCP connection with itself), i32 domain, i32 type (socket(2)), i32 status
 * flags of each end, u32 which ends are not needed (1, 2), u32 which ends write no more (1, 2), u32 size of
 * the queue that each end reads, out: i32 0 or -errno, of kind 3 also the errno of an option that was
 * refused, i32 the two descriptors: in, those of a pair that a process (pid, 0: none) has made for it, -1:
 * none; out, -1 for none. A pipe's first end is read. Then a struct fp_end for each end, and the queues, as
 * fp_read_queues gives them; of kind 3, in the place of the first, what fp_read_socket_images gives: it is
 * made in the network of the process, as are those of kind 4, which have what fp_read_connections gives
 * before each queue; their result may be EADDRNOTAVAIL: at other addresses. What was made is there whatever
 * the result is.
 */
int64_t fp_make_ends(int32_t pid, uint8_t *records, int64_t size);
/* Options, and the length of the queue, of a socket of ours, as a record of kind 3 has them. Gives its
 * result. */
int64_t fp_put_back_socket(int32_t fd, const uint8_t *record, int64_t size);
/* Sends up to 64 descriptors of this process to a socket's peer. pid, number: a process that has the socket.
 */
int64_t fp_hand_over(int32_t pid, int32_t number, const uint8_t *fds, int32_t count);

/*
 * owners.c. fds: count i32. owners: for each i32 0 or -errno, i32 F_OWNER_TID, F_OWNER_PID or F_OWNER_PGRP,
 * i32 its id as the caller knows it, 0: nobody, i32 signal, 0: SIGIO.
 */
int64_t fp_read_owners(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *owners);

/*
 * Which open files of a process another one has as well (kcmp(2), KCMP_FILE). fds: count i32; others:
 * other_count i32, descriptors of `holder`. places: for each of fds i32 the place of the first of others that
 * is the same file, -1: none.
 */
int64_t fp_match_files(int32_t pid, const uint8_t *fds, int32_t count, int32_t holder, const uint8_t *others,
                       int32_t other_count, uint8_t *places);
/*
 * Whether a holder has the files of entries of an epoll set of `pid`, each under the number it was
 * added with. entries: count records of i32 number, i32 how many entries of the same number are before it in
 * the set's fdinfo, and out: i32 0 it is that file (kcmp(2), KCMP_EPOLL_TFD), 1 it is another one, -errno.
 */
int64_t fp_epoll_compare(int32_t pid, int32_t set, int32_t holder, uint8_t *entries, int32_t count);

/*
 * files.c: a copy of a file's contents. folder: where that file is, for a copy that shares its blocks;
 * elsewhere the copy is in memory (-EFBIG: more than `limit` bytes), and `result` has its size: i64. Gives a
 * descriptor.
 */
int64_t fp_copy_file(const char *path, const char *folder, int64_t limit, uint8_t *result);
/* Gives a file the contents of such a copy. */
int64_t fp_write_file(const char *path, int32_t copy);
/* Makes a file with them, where there is none. */
int64_t fp_create_file(const char *path, int32_t copy, int32_t mode, int32_t owner, int32_t group);

/* memory_files.c */

/*
 * A *memory file record*: i64 size, i64 bytes that are kept of its contents (-EFBIG: more than `limit`;
 * -errno: none are, but for the size), i64 seals (fcntl(2), F_GET_SEALS; F_SEAL_SEAL where it can have none).
 * Copies what is in a file without a name (memfd_create(2)) but for `left_out`: count records of u64 low, u64
 * high, places in it at the borders of pages, in order. Gives a descriptor, or -ENODATA: there is nothing.
 * -EEXIST: it has a name.
 */
#define FP_MEMORY_FILE_SIZE 24
int64_t fp_keep_memory_file(const char *path, const uint8_t *left_out, int32_t count, int64_t limit,
                            uint8_t *record);
/*
 * Gives such a file its size and what was kept of it; store -1: nothing was there. Gives its seals as they
 * are now, or the first -errno, when all that can be has been done.
 */
int64_t fp_put_back_memory_file(const char *path, int32_t store, const uint8_t *left_out, int32_t count,
                                const uint8_t *record);

#endif
