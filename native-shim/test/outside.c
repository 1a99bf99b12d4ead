/* Queues, epoll sets and files, in this process itself, looked at as if it were another. */
#include "check.h"
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static uint8_t queues[1 << 20];
static char got[1 << 17];

static int32_t word(size_t at) {
    int32_t value;
    memcpy(&value, queues + at, sizeof value);
    return value;
}

static int64_t read_queue(int32_t fd, int32_t capacity) {
    memset(queues, 0, sizeof queues);
    return fp_read_queues(getpid(), (uint8_t *)&fd, 1, queues, capacity);
}

static void test_pipe(void) {
    int ends[2];
    CHECK(pipe2(ends, O_NONBLOCK) == 0 && write(ends[1], "one", 3) == 3 && write(ends[1], "two", 3) == 3);
    CHECK(read_queue(ends[0], sizeof queues) == 24 + 4 + 6);
    CHECK(word(0) == ends[0] && word(4) == 0 && word(8) == 65536 && word(12) == 0 && word(16) == 1);
    CHECK(memcmp(queues + 28, "onetwo", 6) == 0);
    CHECK(read_queue(ends[0], 20) == 34 && read_queue(ends[0], 30) == 34);
    CHECK(read_queue(ends[0], sizeof queues) == 34);
    CHECK(read(ends[0], got, sizeof got) == 6 && write(ends[1], "otherwise", 9) == 9);
    CHECK(fp_fill_queue(getpid(), ends[0], -1, queues) == 0);
    CHECK(read(ends[0], got, sizeof got) == 6 && memcmp(got, "onetwo", 6) == 0);
    close(ends[1]);
    CHECK(read_queue(ends[0], sizeof queues) == 24 && word(12) == 1);
    close(ends[0]);
    CHECK(read_queue(1000, sizeof queues) == 24 && word(4) == -EBADF);
    CHECK(fp_fill_queue(getpid(), 1000, -1, queues) == -EBADF);
}

static void test_packets(void) {
    int ends[2];
    const int32_t packets = 4;
    CHECK(pipe2(ends, O_NONBLOCK | O_DIRECT) == 0);
    CHECK(write(ends[1], "first", 5) == 5 && write(ends[1], "second", 6) == 6);
    CHECK(read_queue(ends[0], sizeof queues) == 24 + 9 + 10 && word(16) == 2);
    memcpy(queues + 12, &packets, sizeof packets);
    CHECK(fp_fill_queue(getpid(), ends[0], -1, queues) == 0);
    CHECK(read(ends[0], got, sizeof got) == 5 && read(ends[0], got, sizeof got) == 6);
    close(ends[0]);
    close(ends[1]);
}

static void test_sockets(void) {
    int pair[2];
    struct stat status[2];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) == 0);
    CHECK(send(pair[0], "one", 3, 0) == 3 && send(pair[0], "message", 7, 0) == 7);
    CHECK(read_queue(pair[1], sizeof queues) == 24 + 7 + 11 && word(16) == 2 && word(8) == -1);
    CHECK(recv(pair[1], got, sizeof got, 0) == 3);
    CHECK(fp_fill_queue(getpid(), pair[1], pair[0], queues) == 0);
    CHECK(recv(pair[1], got, sizeof got, 0) == 3 && recv(pair[1], got, sizeof got, 0) == 7);
    CHECK(recv(pair[1], got, sizeof got, 0) < 0 && errno == EAGAIN);
    CHECK(fstat(pair[0], &status[0]) == 0 && fstat(pair[1], &status[1]) == 0);
    const uint64_t asked[] = {(uint64_t)pair[0], status[0].st_ino};
    uint8_t answer[32];
    uint64_t peer;
    CHECK(fp_describe_sockets(getpid(), (const uint8_t *)asked, 1, answer) == 0);
    memcpy(&peer, answer + 24, sizeof peer);
    CHECK(peer == status[1].st_ino);
    close(pair[0]);
    close(pair[1]);
}

static int lowest_free(void) {
    int fd = dup(0);
    close(fd);
    return fd;
}

static void test_accompanied(void) {
    union {
        struct cmsghdr head;
        uint8_t bytes[CMSG_SPACE(sizeof(int))];
    } control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec vector = {"cd", 2};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int pair[2], file = open("/proc/self/exe", O_RDONLY);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && lseek(file, 5, SEEK_SET) == 5);
    memcpy(CMSG_DATA(&control.head), &file, sizeof file);
    CHECK(send(pair[0], "ab", 2, 0) == 2 && sendmsg(pair[0], &message, 0) == 2 &&
          send(pair[0], "e", 1, 0) == 1);
    CHECK(close(file) == 0);
    const int before = lowest_free();
    CHECK(read_queue(pair[1], 60) == 24 + 22 + 38 + 5 && lowest_free() == before);
    CHECK(read_queue(pair[1], sizeof queues) == 89 && word(12) == 2 && word(16) == 3);
    CHECK(word(24) == INT32_MIN + 2 && word(28) == 0 && memcmp(queues + 44, "ab", 2) == 0);
    CHECK(word(46) == INT32_MIN + 2 && word(50) == 1 && word(54) == 0);
    file = word(66);
    CHECK(word(74) == 5 && memcmp(queues + 82, "cd", 2) == 0 && word(84) == 1 && queues[88] == 'e');
    CHECK(lseek(file, 9, SEEK_SET) == 9 && fp_put_back_files(queues + 66, 1) == 0);
    CHECK(lseek(file, 0, SEEK_CUR) == 5 && close(file) == 0 && lowest_free() == before);
    CHECK(fp_fill_queue(getpid(), pair[1], pair[0], queues) == -EINVAL);
    CHECK(recv(pair[1], got, sizeof got, 0) == 4 && recv(pair[1], got, sizeof got, 0) == 1);
    close(pair[0]);
    close(pair[1]);
}

static void test_epoll(void) {
    int set = epoll_create1(0), one = eventfd(0, 0), other = eventfd(0, 0);
    struct epoll_event event = {.events = EPOLLIN};
    int32_t entries[] = {one, 0, -1, other, 0, -1};
    char texts[4096];
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, one, &event) == 0);
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, other, &event) == 0);
    CHECK(fp_epoll_compare(getpid(), set, getpid(), (uint8_t *)entries, 2) == 0);
    CHECK(entries[2] == 0 && entries[5] == 0);
    CHECK(dup2(one, other) == other);
    /* The file that was there is closed, and gone from the set. */
    CHECK(fp_epoll_compare(getpid(), set, getpid(), (uint8_t *)entries, 2) == 0 && entries[5] < 0);
    int64_t used = fp_read_fdinfo(getpid(), (uint8_t *)&set, 1, (uint8_t *)texts, sizeof texts);
    CHECK(used > 40 && used <= (int64_t)sizeof texts && strcmp(texts, "anon_inode:[eventpoll]") == 0);
    CHECK(fp_read_fdinfo(getpid(), (uint8_t *)&set, 1, (uint8_t *)texts, 10) == used);
    const int32_t asked[] = {set, one}, others[] = {0, dup(one), 1000};
    int32_t places[] = {-2, -2};
    CHECK(fp_match_files(getpid(), (const uint8_t *)asked, 2, getpid(), (const uint8_t *)others, 3,
                         (uint8_t *)places) == 0);
    CHECK(places[0] == -1 && places[1] == 1);
    close(others[1]);
    close(set);
    close(one);
    close(other);
}

static void test_owners(void) {
    int ends[2];
    int32_t owners[3][4];
    CHECK(pipe(ends) == 0);
    const struct f_owner_ex self = {F_OWNER_PID, getpid()};
    const int32_t asked[] = {ends[0], ends[1], 1000};
    CHECK(fcntl(ends[0], F_SETOWN_EX, &self) == 0 && fcntl(ends[0], F_SETSIG, 34) == 0);
    CHECK(fp_read_owners(getpid(), (const uint8_t *)asked, 3, (uint8_t *)owners) == 0);
    CHECK(owners[0][0] == 0 && owners[0][1] == F_OWNER_PID && owners[0][2] == getpid() && owners[0][3] == 34);
    CHECK(owners[1][0] == 0 && owners[1][2] == 0 && owners[1][3] == 0 && owners[2][0] == -EBADF);
    close(ends[0]);
    close(ends[1]);
}

static void test_files(void) {
    char folder[] = "/tmp/forkpoint-XXXXXX", path[64];
    int64_t held;
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/file", folder);
    int file = open(path, O_CREAT | O_RDWR, 0600);
    CHECK(file >= 0 && write(file, "contents", 8) == 8);
    int64_t copy = fp_copy_file(path, folder, 100, (uint8_t *)&held);
    CHECK(copy >= 0 && (held == 0 || held == 8));
    CHECK(held == 0 || fp_copy_file(path, folder, 7, (uint8_t *)&held) == -EFBIG);
    CHECK(pwrite(file, "something longer", 16, 0) == 16);
    CHECK(fp_write_file(path, (int32_t)copy) == 0);
    CHECK(pread(file, got, sizeof got, 0) == 8 && memcmp(got, "contents", 8) == 0);
    CHECK(fp_create_file(path, (int32_t)copy, 0640, -1, -1) == -EEXIST && unlink(path) == 0);
    CHECK(fp_create_file(path, (int32_t)copy, 0640, -1, -1) == 0);
    struct stat status;
    CHECK(stat(path, &status) == 0 && status.st_size == 8 && (status.st_mode & 07777) == 0640);
    CHECK(fp_copy_file("/nowhere/at/all", folder, 100, (uint8_t *)&held) == -ENOENT);
    CHECK(unlink(path) == 0 && rmdir(folder) == 0 && close(file) == 0 && fp_close((int32_t)copy) == 0);
}

/* Pages 0 and 1 have something, 1 is left out; the rest is a hole. */
static void test_memory_files(void) {
    char path[40];
    uint8_t page[4096], record[FP_MEMORY_FILE_SIZE];
    const uint64_t left_out[2] = {4096, 8192};
    int64_t kept[3];
    int file = memfd_create("file", MFD_ALLOW_SEALING);
    memset(page, 7, sizeof page);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    CHECK(pwrite(file, page, sizeof page, 0) == 4096 && pwrite(file, page, sizeof page, 4096) == 4096);
    CHECK(ftruncate(file, 100000) == 0);
    CHECK(fp_keep_memory_file(path, (const uint8_t *)left_out, 1, 4095, record) == -ENODATA);
    memcpy(kept, record, sizeof kept);
    CHECK(kept[0] == 100000 && kept[1] == -EFBIG && kept[2] == 0);
    int64_t store = fp_keep_memory_file(path, (const uint8_t *)left_out, 1, 4096, record);
    memcpy(kept, record, sizeof kept);
    CHECK(store >= 0 && kept[1] == 4096);
    for (int shorter = 0; shorter < 2; shorter++) {
        CHECK(ftruncate(file, shorter ? 10 : 200000) == 0);
        CHECK(shorter || (pwrite(file, "more", 4, 150000) == 4 && pwrite(file, "more", 4, 50000) == 4));
        CHECK(pwrite(file, "else", 4, 0) == 4 && (shorter || pwrite(file, "own", 3, 4096) == 3));
        CHECK(fp_put_back_memory_file(path, (int32_t)store, (const uint8_t *)left_out, 1, record) == 0);
        CHECK(lseek(file, 0, SEEK_END) == 100000 && pread(file, page, sizeof page, 0) == 4096);
        CHECK(page[0] == 7 && page[4095] == 7 && pread(file, page, sizeof page, 4096) == 4096);
        CHECK(shorter ? page[0] == 0 : memcmp(page, "own", 3) == 0);
        CHECK(lseek(file, 8192, SEEK_DATA) < 0 && errno == ENXIO);
    }
    /* Sealed: what is right is no error. */
    CHECK(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    CHECK(fp_put_back_memory_file(path, (int32_t)store, NULL, 0, record) == F_SEAL_WRITE);
    CHECK(fp_close((int32_t)store) == 0);
    CHECK(fp_put_back_memory_file(path, -1, NULL, 0, record) == -EPERM);
    CHECK(close(file) == 0 && fp_keep_memory_file(path, NULL, 0, 0, record) == -ENOENT);
    CHECK(fp_keep_memory_file("/proc/self/exe", NULL, 0, 0, record) < 0);
}

static void test_schedules(void) {
    uint8_t record[FP_SCHEDULE_SIZE], again[FP_SCHEDULE_SIZE], both[2 * FP_SCHEDULE_SIZE] = {0};
    const int32_t own = (int32_t)getpid(), none = 0x7ffffff0;
    int32_t nice = 0;
    memset(record, 0, sizeof record);
    memcpy(record, &own, sizeof own);
    CHECK(fp_read_schedules(record, 1, 0) == 0);
    memcpy(&nice, record + 24, sizeof nice);
    nice++;
    memcpy(record + 24, &nice, sizeof nice);
    CHECK(fp_set_schedules(record, 1) == 0);
    memcpy(again, record, sizeof again);
    CHECK(fp_read_schedules(again, 1, 0) == 0 && memcmp(record, again, sizeof again) == 0);
    const pid_t parent = getppid();
    memcpy(both, &parent, sizeof parent);
    memcpy(both + FP_SCHEDULE_SIZE, &own, sizeof own);
    CHECK(fp_read_schedules(both, 2, 1) == 1 && both[4] == 1 && both[FP_SCHEDULE_SIZE + 4] == 0);
    CHECK(fp_read_schedules(both, 2, 0) == 1 && both[4] == 0 && both[FP_SCHEDULE_SIZE + 4] == 1);
    CHECK(fp_read_schedules(both, 2, 2) == -EINVAL);
    memcpy(again, &none, sizeof none);
    CHECK(fp_read_schedules(again, 1, 0) == -ESRCH && fp_set_schedules(again, 1) == 1);
}

int main(void) {
    test_schedules();
    test_pipe();
    test_packets();
    test_sockets();
    test_accompanied();
    test_epoll();
    test_owners();
    test_files();
    test_memory_files();
    puts("outside: ok");
    return 0;
}
