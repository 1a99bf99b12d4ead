// Writes into shared memory of every kind, and checks that it is what it was at #BP1 when it goes on from
// there.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#define KINDS 5
#define SIZE (64 << 10)
#define SPARSE (1L << 30)

static const char *names[KINDS] = {"anonymous", "memfd", "shm", "sysv", "sparse"};
unsigned char *areas[KINDS];
static long sizes[KINDS] = {SIZE, SIZE, SIZE, SIZE, SPARSE};

static void *shared(int fd, long size) {
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
}

static void make(void) {
    char name[32];
    areas[0] = shared(-1, SIZE);
    int memory = memfd_create("small", 0), sparse = memfd_create("sparse", 0);
    snprintf(name, sizeof name, "/shared-%d", getpid());
    int shm = shm_open(name, O_RDWR | O_CREAT, 0600);
    shm_unlink(name);
    if (ftruncate(memory, SIZE) || ftruncate(shm, SIZE) || ftruncate(sparse, SPARSE))
        exit(2);
    areas[1] = shared(memory, SIZE);
    areas[2] = shared(shm, SIZE);
    int id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
    areas[3] = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    areas[4] = shared(sparse, SPARSE);
    close(memory);
    close(shm);
    close(sparse);
}

// Every other page has something; the last one of the area too.
static void fill(int value) {
    for (int kind = 0; kind < KINDS; kind++) {
        for (long at = 0; at < SIZE; at += 2 * 4096)
            memset(areas[kind] + at, value + kind, 4096);
        areas[kind][sizes[kind] - 1] = value + kind;
    }
}

static int check(int value) {
    int wrong = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        int bad = areas[kind][sizes[kind] - 1] != value + kind;
        for (long at = 0; at < SIZE; at += 4096)
            bad += areas[kind][at + 1] != (at / 4096 % 2 ? 0 : value + kind);
        if (bad)
            printf("%s: %d\n", names[kind], bad);
        wrong += bad;
    }
    return wrong;
}

__attribute__((noinline)) void marked(void) { __asm__ volatile(""); }

int main(void) {
    make();
    fill(1);
    marked(); // #BP1
    int wrong = check(1);
    for (int kind = 0; kind < KINDS; kind++)
        memset(areas[kind], 99, SIZE);
    areas[4][SPARSE - 1] = 99;
    areas[4][SPARSE / 2] = 99;
    puts(wrong ? "changed" : "EXIT-SUCCESS");
    return 0;
}
